#!/usr/bin/env python3
"""Principal components and t-SNE of random rows, for tests/view/projection_test.cpp.

usage: projection.py [tests/golden/view/projection.json]

Needs scikit-learn; the versions that made the committed file stand inside.
"""
import importlib.metadata
import json
import sys

import numpy
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE


def rounded(array):
    return [float(f"{x:.4g}") for x in numpy.asarray(array).ravel()]


def main(path="tests/golden/view/projection.json"):
    rng = numpy.random.default_rng(7)
    # Variances that are close to each other, and a mean far from 0.
    rows = rng.normal(size=(60, 20)) * numpy.linspace(3, 1, 20) @ rng.normal(size=(20, 20)) + 10
    rows = numpy.array(rounded(rows), dtype=numpy.float32).reshape(60, 20)
    pca = PCA(3, svd_solver="full").fit(rows.astype(numpy.float64))
    out = {
        "versions": {name: importlib.metadata.version(name) for name in ("scikit-learn", "numpy")},
        "pca": {"width": 20, "rows": rounded(rows), "axes": pca.components_.ravel().tolist(),
                "variances": pca.explained_variance_.tolist(),
                "values": pca.transform(rows.astype(numpy.float64)).ravel().tolist()},
    }
    points = numpy.concatenate([rng.normal(size=(50, 8)) + 4 * rng.normal(size=8) for _ in range(4)])
    points = numpy.array(rounded(points), dtype=numpy.float32).reshape(200, 8)
    tsne = TSNE(2, perplexity=20, init="pca", method="barnes_hut", angle=0.2, max_iter=1000, random_state=0)
    tsne.fit(points)
    out["tsne"] = {"width": 8, "rows": rounded(points), "perplexity": 20, "divergence": float(tsne.kl_divergence_)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(out, file)
        file.write("\n")


main(*sys.argv[1:])

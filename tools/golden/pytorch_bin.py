#!/usr/bin/env python3
"""Small files of torch.save for tests/io/pytorch_bin_test.cpp.

usage: pytorch_bin.py [tests/golden/io]

Needs torch; the committed files are of torch 2.13.0.
"""
import collections
import os
import struct
import sys
import zipfile
import zlib

import torch


def tensors():
    base = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    counted = {"i64": torch.int64, "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8}
    out = {
        "base": base,
        "transposed": base.t(),
        "column": base[:, 1],
        "part": base.view(-1)[2:5],
        "expanded": torch.tensor([[7.0], [8.0]]).expand(2, 3),
        "permuted": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4).permute(2, 0, 1),
        "f64": torch.tensor([0.1, -2.0], dtype=torch.float64),
        "f16": torch.tensor([1.5, -65504.0, 6e-8], dtype=torch.float16),
        "bf16": torch.tensor([1.5, -3e38], dtype=torch.bfloat16),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(4.25),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(torch.tensor([9.0])),
    }
    out.update({name: torch.tensor([-1 if name != "u8" else 255, 2], dtype=t) for name, t in counted.items()})
    return out


class Wicked:
    def __reduce__(self):
        return os.system, ("echo this was run",)


def zip64(source, target):
    """The same entries, with every size and offset in a zip64 field, as in files of more than 4 GiB."""
    body, directory, count = b"", b"", 0
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            data, name = archive.read(entry), entry.filename.encode()
            crc = zlib.crc32(data)
            wide = struct.pack("<HHQQQ", 1, 24, len(data), len(data), len(body))
            directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", 45, 45, 0, 0, 0, 0, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(name),
                                     len(wide), 0, 0, 0, 0, 0xFFFFFFFF) + name + wide
            body += struct.pack("<4s5H3I2H", b"PK\3\4", 45, 0, 0, 0, 0, crc, len(data), len(data), len(name), 0) + name + data
            count += 1
    end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(body) + len(directory), 1)
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with open(target, "wb") as file:
        file.write(body + directory + end + locator + last)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "tests/golden/io"
    os.makedirs(folder, exist_ok=True)

    def save(name, value, **options):
        torch.save(value, os.path.join(folder, name), **options)

    save("tensors.bin", tensors())
    save("legacy.bin", tensors(), _use_new_zipfile_serialization=False)
    linear = torch.nn.Linear(2, 1)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[1.0, 2.0]]))
        linear.bias.fill_(3.0)
    save("small.bin", linear.state_dict())
    save("small_legacy.bin", linear.state_dict(), _use_new_zipfile_serialization=False)
    inner = collections.OrderedDict(("module." + name, t) for name, t in linear.state_dict().items())
    save("wrapped.bin", {"epoch": 3, "rate": 0.5, "seed": 1 << 70, "betas": (0.9, 0.98), "names": ["a", None],
                         "shape": torch.Size([2, 1]), "model": {"state_dict": inner}})
    save("wicked.bin", {"weight": Wicked()})
    zip64(os.path.join(folder, "small.bin"), os.path.join(folder, "zip64.bin"))
    for name in ("small.bin", "zip64.bin"):
        assert torch.equal(torch.load(os.path.join(folder, name))["weight"], linear.weight)


main()

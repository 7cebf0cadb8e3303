#!/usr/bin/env python3
"""Golden records of TensorBoard's own writer for tests/train: python3 tools/golden/events.py tests/golden/events.json"""
import io
import json
import sys

from tensorboard import version
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter


def record(event):
    out = io.BytesIO()
    RecordWriter(out).write(event.SerializeToString())
    return out.getvalue().hex()


TIME, STEP = 1234567890.125, 4321
SCALARS = {"eval/bleu": 12.5, "eval/loss": 3.1, "train/learning_rate": 0.0005, "train/loss": 0.0}
summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=t, simple_value=v) for t, v in SCALARS.items()])
start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
golden = {
    "tensorboard": version.VERSION,
    "time": TIME,
    "step": STEP,
    "scalars": SCALARS,
    "version_record": record(event_pb2.Event(wall_time=TIME, file_version="brain.Event:2")),
    "start_record": record(event_pb2.Event(wall_time=TIME, step=STEP, session_log=start)),
    "scalars_record": record(event_pb2.Event(wall_time=TIME, step=STEP, summary=summary)),
}
with open(sys.argv[1], "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")

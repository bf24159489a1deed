"""A Python library's side of the talk (see answers.ts): questions come as lines of JSON on stdin, answers go to stdout.

Run: python participant.py NAME THREADS. NAME is a module beside this file, with `version` and
`prepare(workload, inputs, threads)`, which gives (run, output), or None where the library has no way to do the work.
"""

import importlib
import json
import os
import statistics
import sys
import time

name, threads = sys.argv[1], int(sys.argv[2])
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(threads)
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import numpy as np  # noqa: E402  threads are set before it is loaded

module = importlib.import_module(name)
prepared = None


def slice_of(run, milliseconds):
    """Runs for at least so long; the median time of one, and how many."""
    seconds = []
    while sum(seconds) < milliseconds / 1000:
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), len(seconds)


def answer(question):
    global prepared
    if question["ask"] == "open":
        return {"kind": "opened", "name": name, "version": module.version, "device": f"{threads} threads"}
    if question["ask"] == "prepare":
        inputs = [np.fromfile(each["file"], dtype=np.float32).reshape(each["shape"]) for each in question["inputs"]]
        prepared = module.prepare(question["workload"], inputs, threads)
        if prepared is None:
            return {"kind": "cannot"}
        np.asarray(prepared[1](), dtype=np.float32).tofile(question["output"])
        return {"kind": "prepared", "amount": 0}
    seconds, runs = slice_of(prepared[0], question["milliseconds"])
    return {"kind": "slice", "seconds": seconds, "runs": runs}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # whatever it is, the asking side tells it
        reply = {"kind": "failed", "message": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(reply) + "\n")
    answers.flush()

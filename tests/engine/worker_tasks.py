"""Tasks that the worker tests run in a process of its own."""

import ctypes
import os
import signal
import threading
from pathlib import Path

from netcore.errors import PhotoError
from netcore.training.runs import Run
from netcore.training.status import RunStatus


def echo(arguments, payload, stop):
    return arguments, payload


def print_much(arguments, payload, stop):
    print("noise " * 100)
    os.write(1, b"more noise\n")
    return {"said": "done"}, b""


def refuse(arguments, payload, stop):
    raise PhotoError("The picture is {width} x {height} pixels.", "Take a larger one.", width=3, height=4)


def wait_for_ever(arguments, payload, stop):
    threading.Event().wait()


def wait_for_stop(arguments, payload, stop):
    return {"stopped": stop.wait()}, b""


def take_memory(arguments, payload, stop):
    return {"taken": len(bytearray(arguments["bytes"]))}, b""


def use_memory_again(arguments, payload, stop):
    import resource

    def use():
        return [b"x" * 8 * 1024**2 for _ in range(6)]

    use()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    use()
    return {"pages": resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before}, b""


def flood(arguments, payload, stop):
    return {}, bytes(16 * 1024**2)


def hang_while_saving(arguments, payload, stop):
    from netcore import files
    from netcore.training.job import run_job

    files.os.fsync = lambda _: threading.Event().wait()
    return run_job(arguments, payload, stop)


def hang_while_evaluating(arguments, payload, stop):
    from netcore.training import job

    job.evaluate = lambda *_: threading.Event().wait()
    return job.run_job(arguments, payload, stop)


def compute_for_ever(arguments, payload, stop):
    while True:
        pass


def end_without_a_word(arguments, payload, stop):
    os._exit(0)


def crash(arguments, payload, stop):
    ctypes.string_at(0)


def write_garbage(arguments, payload, stop):
    os.write(1, b"\xff" * 100_000)
    Path(arguments["folder"], "status.json").write_bytes(b'{"state": 7, "epoch": NaN, "mine": []}')
    os._exit(0)


def die(arguments, payload, stop):
    os.kill(os.getpid(), signal.SIGKILL)


def die_while_evaluating(arguments, payload, stop):
    from netcore.training import job

    job.evaluate = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    return job.run_job(arguments, payload, stop)


def talk_after_stop(arguments, payload, stop):
    run = Run.load(Path(arguments["folder"]))
    run.write_status(RunStatus("running", epoch=1, step=1, steps=1))
    stop.wait()
    run.write_status(RunStatus("running", epoch=99, step=9, steps=9))
    return {"state": "done", "epoch": 99}, bytes(1_000_000)


def talk_without_end(arguments, payload, stop):
    run = Run.load(Path(arguments["folder"]))
    while True:
        run.write_status(RunStatus("running", epoch=99, step=9, steps=9), durable=False)


def tell_niceness():
    print(os.nice(0), flush=True)

"""Tasks that the worker tests run in a process of its own."""

import os
import signal
import threading

from netcore.errors import PhotoError


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


def flood(arguments, payload, stop):
    return {}, bytes(16 * 1024**2)


def die(arguments, payload, stop):
    os.kill(os.getpid(), signal.SIGKILL)

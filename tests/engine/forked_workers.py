"""Workers that are forked from a process that has torch loaded: real processes, born in milliseconds."""

import multiprocessing
import os
import runpy
import subprocess
import sys
import threading
from multiprocessing.connection import wait
from pathlib import Path

from netcore.training.scheduler import PREPARE
from netcore.worker import process as worker
from netcore.worker.spare import Spare

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.engine.warm_worker"])


def live(requests):
    """The whole life of ``python -m netcore.worker``, but for the loading of torch."""
    os.setsid()
    os.dup2(requests.fileno(), 0)
    requests.close()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    sys.stdin = os.fdopen(0, closefd=False)
    runpy.run_module("netcore.worker", run_name="__main__")


class ForkedProcess:
    """As much of ``subprocess.Popen`` as the engine uses of a worker."""

    def __init__(self):
        reader, writer = CONTEXT.Pipe(duplex=False)
        with reader, writer:
            self._process = CONTEXT.Process(target=live, args=(reader,), daemon=True)
            self._process.start()
            self.stdin = os.fdopen(os.dup(writer.fileno()), "wb")
        self.pid = self._process.pid
        self.returncode = None
        self._lock = threading.Lock()

    def poll(self):
        with self._lock:
            if self.returncode is None and wait([self._process.sentinel], 0):
                self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None and not wait([self._process.sentinel], timeout):
            raise subprocess.TimeoutExpired("a forked worker", timeout)
        return self.poll()


class ForkingSpare(Spare):
    """Has a warm worker for every task, however many start at once, and outlives the schedulers that use it."""

    def __init__(self):
        super().__init__(PREPARE)
        self.given = []
        """The folders of the runs, in the order in which they got a worker."""

    def warm_up(self):
        pass

    def start(self, task, arguments, *, limits, confinement, log):
        self.given.append(Path(arguments["folder"]))
        process = ForkedProcess()
        worker.give(process, task, arguments, limits=limits, confinement=confinement, log=log)
        return process

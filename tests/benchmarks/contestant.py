"""A contestant in a process of its own, so that none meets what another loaded: ours as a worker, peers as they are.

It reads a line of JSON, answers with one, and ends with its input. ``{"preset", "count", "batch_size"}`` says what to
train next; an empty object trains one epoch of it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from netcore.data.mnist import Digits, load_mnist
from netcore.model.presets import get_preset
from netcore.settings import PROJECT_FOLDER
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from netcore.worker.process import environment
from tests.benchmarks.peers import LEARNING_RATE, PEERS

THREADS = 1
OURS = {"ours": "float32", "ours in bfloat16": "bfloat16"}


class Contestant:
    def __init__(self, name, log):
        self.name = name
        with log.open("wb") as problems:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.contestant", name],
                cwd=PROJECT_FOLDER,
                env=environment() if name in OURS else None,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=problems,
                text=True,
            )
        self.log = log

    def prepare(self, preset, count, batch_size):
        self._ask({"preset": preset, "count": count, "batch_size": batch_size})

    def train_epoch(self):
        return self._ask({})

    def end(self):
        self.process.communicate()

    def _ask(self, order):
        print(json.dumps(order), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer, self.log.read_text()
        return json.loads(answer)


def our_loop(stack, digits, batch_size, precision):
    """The training pass of an epoch of ``train``: checked, reported and stoppable as in a run."""
    config = TrainingConfig(
        epochs=1,
        batch_size=batch_size,
        learning_rate=LEARNING_RATE,
        training_size=len(digits) - 1,
        validation_size=1,
        threads=THREADS,
        precision=precision,
    )

    def run():
        with tempfile.TemporaryDirectory() as folder:
            history = train(
                stack.build(0),
                config,
                digits,
                Path(folder),
                network=stack,
                on_progress=lambda progress: None,
                should_stop=lambda: False,
            )
        return config.training_size / history.epochs[0].images_per_second

    return run


def make(name, stack, digits, batch_size):
    if name in OURS:
        return our_loop(stack, digits, batch_size, OURS[name])
    return PEERS[name][1](stack, digits, batch_size)


def main(name):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a peer prints is no answer
    torch.set_num_threads(THREADS)
    everything, run = load_mnist("train"), None
    for line in sys.stdin:
        order = json.loads(line)
        if order:
            digits = Digits(everything.images[: order["count"]], everything.labels[: order["count"]])
            run = make(name, get_preset(order["preset"]).stack, digits, order["batch_size"])
        print(json.dumps(None if order else run()), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

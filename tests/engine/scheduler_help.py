"""What the scheduler's tests share: runs of all lengths, their hashes, processes, and looking until something is so."""

import threading
import time
from dataclasses import replace
from pathlib import Path

from netcore.data.mnist import load_mnist
from netcore.training.checkpoints import read_checkpoint
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from tests.engine.training_help import hash_checkpoint, small_config

PATIENCE = 120


def wait_until(condition):
    """Look until ``condition()`` holds; a run that never gets there fails the test."""
    deadline = time.monotonic() + PATIENCE
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        tick.wait(0.02)


def long_config(**settings):
    long = {"epochs": 200, "training_size": 50_000, "validation_size": 1000, "batch_size": 16}
    return small_config("SGD", **{**long, **settings})


def middle_config(**settings):
    """Epochs that take a noticeable part of a second."""
    return small_config(**{"epochs": 3, "training_size": 4000, "validation_size": 500, **settings})


def train_alone(run, folder, epochs=None):
    """What the run would give had nobody disturbed it: the hashes of both checkpoints."""
    config = replace(run.config, epochs=epochs or run.config.epochs)
    folder.mkdir(parents=True)
    train(run.network.build(config.seed), config, load_mnist("train"), folder, network=run.network)
    return hashes(folder)


def hashes(folder):
    return [hash_checkpoint(read_checkpoint(folder / name)) for name in (BEST_NAME, LAST_NAME)]


def children_of(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(path.parent.name))
    return found

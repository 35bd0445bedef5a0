"""A process that saves checkpoints in a loop is killed again and again.

``python -m tests.engine.killed_savers FOLDER N``.
It forks from an interpreter that has torch loaded and has computed nothing, so that a life costs milliseconds. Each
life saves the best, then the last, then writes the history, as a training does. After each death both checkpoints are
read; what is wrong is printed.
"""

import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from netcore.files import remove_temporaries
from netcore.training.checkpoints import read_checkpoint, write_checkpoint
from netcore.training.layout import BEST_NAME, LAST_NAME


def save_for_ever(folder):
    checkpoint = read_checkpoint(folder / LAST_NAME)
    while True:
        checkpoint = replace(checkpoint, epoch=checkpoint.epoch % 200 + 1)
        for name in (BEST_NAME, LAST_NAME):
            write_checkpoint(folder / name, checkpoint)


def main(folder, deaths):
    chance = random.Random(0)
    leftovers = 0
    for _ in range(deaths):
        child = os.fork()
        if child == 0:
            save_for_ever(folder)
        time.sleep(chance.uniform(0.002, 0.06))  # the moment of death is what is drawn, nothing is waited for
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        best, last = read_checkpoint(folder / BEST_NAME), read_checkpoint(folder / LAST_NAME)
        if best.damage or last.damage or (best.epoch - last.epoch) % 200 not in (0, 1):
            print(f"best {best.epoch} {best.damage}, last {last.epoch} {last.damage}")
        leftovers += len(list(folder.glob(".*.tmp")))
        remove_temporaries(folder, (BEST_NAME, LAST_NAME))
    print(f"{leftovers} temporary files swept", file=sys.stderr)


main(Path(sys.argv[1]), int(sys.argv[2]))

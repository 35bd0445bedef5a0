"""Every optimizer with every schedule, killed twice on its way and resumed; what ends differently is printed.

``python -m tests.engine.killed_trainers FOLDER``.
It forks from an interpreter that has torch loaded and has computed nothing, so that a life costs milliseconds. The
network has Dropout and both kinds of BatchNorm, digits are augmented, some labels are wrong, gradients are clipped:
whatever a resume forgets changes the result. A life ends by SIGKILL after a step that is drawn, or between the files
of an epoch.
"""

import os
import random
import signal
import sys
import traceback
from itertools import product
from pathlib import Path

from netcore.data.mnist import load_mnist
from netcore.files import remove_temporaries
from netcore.training import loop
from netcore.training.checkpoints import read_checkpoint
from netcore.training.config import OPTIMIZERS
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.passes import pinned
from netcore.training.schedules import SCHEDULES
from tests.engine.training_help import HARD, few_digits, hash_checkpoint, small_config

EPOCHS = 4
BETWEEN_THE_FILES = 0
"""In the place of a step: after the best checkpoint of the epoch, or where it has none, before the last one."""


def configs():
    everything = {"max_norm": 0.5, "shift": 2, "rotation": 10.0, "label_noise": 0.1}
    for optimizer, schedule in product(OPTIMIZERS, SCHEDULES):
        yield small_config(optimizer, schedule=schedule, schedule_epochs=1, epochs=EPOCHS, **everything)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def train(config, folder, death):
    write, seen = loop.write_checkpoint, []

    def write_or_die(path, checkpoint):
        if (checkpoint.epoch, BETWEEN_THE_FILES) == death and path.name == LAST_NAME:
            die()
        write(path, checkpoint)

    def die_in_time():
        if (seen[-1].epoch, seen[-1].step) == death:
            die()

    loop.write_checkpoint = write_or_die
    model = HARD.build(config.seed)
    more = {"on_progress": seen.append, "should_stop": die_in_time}
    loop.train(model, config, few_digits(250), folder, network=HARD, **more)


def live(config, folder, death=None):
    """Train in a process of its own until the epoch and step of its death, or to the end."""
    child = os.fork()
    if child == 0:
        try:
            train(config, folder, death)
        except BaseException:  # noqa: BLE001 - a child must never go on as its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status != (signal.SIGKILL if death else 0):
        print(f"{folder}: death at {death}, and it ended with {status}")
    remove_temporaries(folder, (BEST_NAME, LAST_NAME))


def outcome(folder):
    """What two trainings have in common that are the same: tensors, learning rate and all that was measured."""
    for name in (BEST_NAME, LAST_NAME):
        checkpoint = read_checkpoint(folder / name)
        history = [{**item, "seconds": 0, "images_per_second": 0} for item in checkpoint.meta["history"]]
        yield hash_checkpoint(checkpoint), checkpoint.best_loss, checkpoint.meta["learning_rate"], history


def main(folder):
    with pinned(threads=1):
        pass  # torch loads its compiler for this, once for all lives
    load_mnist("test")
    compared = 0
    for number, config in enumerate(configs()):
        whole, parts = (folder / f"{config.optimizer} {config.schedule} {name}" for name in ("whole", "parts"))
        for each in (whole, parts):
            each.mkdir()
        chance = random.Random(number)
        live(config, whole)
        live(config, parts, (2, chance.randint(1, config.steps)))
        live(config, parts, (chance.randint(2, EPOCHS), BETWEEN_THE_FILES if number % 2 else chance.randint(1, 5)))
        live(config, parts)
        if list(outcome(whole)) != list(outcome(parts)):
            print(f"{parts}: another result")
        compared += 1
    print(f"{compared} trainings compared", file=sys.stderr)


main(Path(sys.argv[1]))

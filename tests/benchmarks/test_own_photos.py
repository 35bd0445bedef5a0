"""How many photos of each kind are read rightly: as many digits as stand on them, each as what it is (pytest -s)."""

import pytest
import torch

from netcore.data.digits import prepare_digits
from netcore.data.grey import unpack
from netcore.data.mnist import load_mnist
from netcore.errors import DataError
from netcore.model.presets import get_preset
from netcore.settings import usable_cores
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from tests.engine.drawn_digits import middle_lines
from tests.engine.own_photos import KINDS, photo_of

pytestmark = pytest.mark.benchmark

PHOTOS = 20
DIGITS = 200


def test_photos_of_every_kind(is_shown, tmp_path):
    digits = load_mnist("test")
    strokes = middle_lines(digits.images[:DIGITS].numpy())
    network = get_preset("cnn").stack.build(seed=0)
    size = None if is_shown else 2000
    config = TrainingConfig(epochs=3 if is_shown else 1, batch_size=128, threads=usable_cores(), training_size=size)
    train(network, config, load_mnist("train"), tmp_path)
    network.eval()
    print()
    for name, kind in KINDS.items():
        seeds = range(PHOTOS if is_shown else 1)
        right = sum(reads(network, *photo_of(kind, seed, strokes), digits.labels) for seed in seeds)
        print(f"{name:26} {right:3} of {len(seeds)}")


def reads(network, photo, chosen, labels):
    try:
        found = prepare_digits(photo)
    except DataError:
        return False
    with torch.inference_mode():
        said = network(torch.cat([unpack(steps.pixels) for steps in found]).unsqueeze(1) / 255).argmax(dim=1)
    return said.tolist() == labels[chosen].tolist()

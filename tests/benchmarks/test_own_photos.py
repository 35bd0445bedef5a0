"""How many digits on photos of each kind are found and read as what they are (pytest -s)."""

from dataclasses import replace

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
LEAST = 0.95
"""Of the digits of each kind, with the whole training."""


def test_photos_of_every_kind(is_shown, tmp_path):
    digits = load_mnist("test")
    strokes = middle_lines(digits.images[:DIGITS].numpy())
    network = get_preset("cnn").stack.build(seed=0)
    whole = TrainingConfig(epochs=3, batch_size=128, threads=usable_cores())
    config = whole if is_shown else replace(whole, epochs=1, training_size=2000)
    train(network, config, load_mnist("train"), tmp_path)
    network.eval()
    shares = {}
    print()
    for name, kind in KINDS.items():
        photos = [photo_of(kind, seed, strokes) for seed in range(PHOTOS if is_shown else 1)]
        right = sum(count_right(network, photo, digits.labels[chosen].tolist()) for photo, chosen in photos)
        total = sum(len(chosen) for _, chosen in photos)
        print(f"{name:26} {right:3} of {total:3} digits on {len(photos)} photos: {right / total:.0%}")
        shares[name] = right / total
    assert {name: share for name, share in shares.items() if share < LEAST} == {} or not is_shown


def count_right(network, photo, labels):
    """How many digits are read as what they are; none where another number of them is found."""
    try:
        found = prepare_digits(photo)
    except DataError:
        return 0
    if len(found) != len(labels):
        return 0
    with torch.inference_mode():
        said = network(torch.cat([unpack(steps.pixels) for steps in found]).unsqueeze(1) / 255).argmax(dim=1)
    return sum(here == label for here, label in zip(said.tolist(), labels, strict=True))

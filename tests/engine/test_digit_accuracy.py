"""How often the presets are right on digits that were drawn anew and photographed; ``-s`` prints each step's worth.

The digits are MNIST test digits as lines, inked again: with pens, papers, cameras that the networks never saw.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import pytest
import torch

from netcore.data.digits import DigitOptions, prepare_digit, prepare_digits
from netcore.data.mnist import load_mnist
from netcore.errors import DataError
from netcore.model.presets import get_preset
from netcore.settings import usable_cores
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from tests.engine.drawn_digits import brushed, cover, drawn, middle_lines, resized
from tests.engine.photographed_digits import Scene, photograph

COUNT = 2000
STEPS = [field.name for field in fields(DigitOptions) if field.name not in ("scale", "batch")]


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """The CNN after three epochs, and the course's MLP."""
    made = {}
    for name in ("cnn", "mlp"):
        made[name] = get_preset(name).stack.build(seed=0)
        config = TrainingConfig(epochs=3, batch_size=128, threads=usable_cores())
        train(made[name], config, load_mnist("train"), tmp_path_factory.mktemp(name))
        made[name].eval()
    return made


@pytest.fixture(scope="module")
def strokes():
    return middle_lines(load_mnist("test").images[:COUNT].numpy())


@dataclass(frozen=True)
class Canvas:
    """A kind of drawing."""

    floor: float
    size: tuple[float, float] = (90, 240)
    pen: tuple[float, float] = (6, 24)
    ink: object = 0
    paper: object = 255
    angle: float = 0
    change: Callable = lambda covered: covered


CANVASES = {
    "thin pen": Canvas(0.95, pen=(2, 2)),
    "thick pen": Canvas(0.90, size=(140, 240), pen=(30, 30)),
    "tiny": Canvas(0.94, size=(40, 40), pen=(2, 5)),
    "huge": Canvas(0.94, size=(268, 276)),
    "grey on grey": Canvas(0.94, ink=150, paper=190),
    "red on yellow": Canvas(0.94, ink=(220, 30, 30), paper=(250, 240, 120)),
    "turned": Canvas(0.92, angle=15),
    "soft brush": Canvas(0.90, pen=(10, 20), change=lambda covered: brushed(covered, 6)),
}
SCENES = {
    "paper": Scene(),
    "gradient": Scene(gradient=0.6),
    "shadow edge": Scene(shadow=0.55),
    "squared": Scene(lines="squared"),
    "squared, grey": Scene(lines="squared", line_colour=(170, 170, 170), turn=8),
    "ruled": Scene(lines="ruled", pitch=70),
    "blur, vignette": Scene(blur=3, vignette=0.5),
    "table": Scene(table=0.25, turn=6),
    "pencil": Scene(ink=(120, 120, 125), patchy=0.5),
    "all at once": Scene(gradient=0.3, shadow=0.4, vignette=0.2, lines="squared", turn=6, lean=0.1, blur=1.5, noise=5),
}


def at_random(rng, size, side=280):
    return tuple(rng.uniform(size / 2 + 1, side - 1 - size / 2, 2))


def redrawn(index, strokes):
    """One of the 2,000: random size, place, pen and polarity, from middle lines or from MNIST's own ink."""
    rng = np.random.default_rng(index)
    size, ink = rng.uniform(90, 240), int(rng.choice([0, 255]))
    place = at_random(rng, size)
    if index % 2:
        covered = cover(strokes[index], size=size, pen=rng.uniform(5, 26), place=place)
    else:
        image = load_mnist("test").images[index].numpy()
        covered = resized(image, size=size, place=place, thicker=rng.uniform(-0.015, 0.015) * size)
    return drawn(covered, ink=ink, paper=255 - ink)


def of_kind(canvas, index, strokes):
    rng = np.random.default_rng(index)
    size = rng.uniform(*canvas.size)
    covered = cover(
        strokes[index],
        size=size,
        pen=rng.uniform(*canvas.pen),
        place=at_random(rng, size),
        angle=rng.uniform(-canvas.angle, canvas.angle),
    )
    return drawn(canvas.change(covered), ink=canvas.ink, paper=canvas.paper)


def taken(scene, index, strokes):
    """A photo of one digit somewhere in the middle of a sheet."""
    rng = np.random.default_rng(index)
    size, place = rng.uniform(70, 170), (rng.uniform(210, 430), rng.uniform(180, 300))
    angle = rng.uniform(-10, 10)
    covered = cover(strokes[index], size=size, pen=rng.uniform(4, 8), place=place, angle=angle, canvas=(640, 480))
    return photograph(covered, scene, rng)


def pixels_of(prepare, indices):
    """The fields of many digits, prepared on all cores; an empty one where the picture was refused."""

    def one(index):
        try:
            return bytes.fromhex(prepare(index))
        except DataError:
            return bytes(784)

    with ThreadPoolExecutor(usable_cores()) as pool:
        return torch.frombuffer(bytearray(b"".join(pool.map(one, indices))), dtype=torch.uint8).reshape(-1, 1, 28, 28)


def accuracy(network, pixels, indices, highest=1):
    with torch.inference_mode():
        said = network(pixels.float() * (highest / 255)).argmax(dim=1)
    return float((said == load_mnist("test").labels[list(indices)]).float().mean())


def test_two_thousand_redrawn_digits_are_recognised(networks, strokes):
    indices = range(COUNT)
    pixels = pixels_of(lambda index: prepare_digit(redrawn(index, strokes)).pixels, indices)
    right = {name: accuracy(network, pixels, indices) for name, network in networks.items()}
    print("\n2,000 digits drawn anew, every step on:", {name: f"{share:.1%}" for name, share in right.items()})
    assert right["cnn"] >= 0.96
    assert right["mlp"] >= 0.92


def test_report_says_what_each_step_is_worth(networks, strokes):
    indices = range(0, COUNT, 20)
    images = {
        index: redrawn(index, strokes) if index % 100 else taken(SCENES["all at once"], index, strokes)
        for index in indices
    }
    worth = {}
    for off in ("", *STEPS):
        options = DigitOptions(**{off: False} if off else {})
        pixels = pixels_of(lambda index, options=options: prepare_digit(images[index], options).pixels, indices)
        worth[off or "all on"] = {name: accuracy(network, pixels, indices) for name, network in networks.items()}
        if not off:
            worth["scale"] = {name: accuracy(net, pixels, indices, 255) for name, net in networks.items()}
    print("\nright on 80 drawings and 20 photographs, with one step off:")
    for step, right in worth.items():
        print(f"  {step:8}", *(f"{name} {share:.1%}" for name, share in right.items()))
    assert worth["all on"]["cnn"] >= 0.9
    for step in ("light", "ink", "crop", "fit", "centre"):
        assert worth[step]["cnn"] < worth["all on"]["cnn"], step


@pytest.mark.parametrize("kind", CANVASES)
def test_other_pens_and_papers_are_recognised(networks, strokes, kind):
    indices = range(0, COUNT, 25)
    pixels = pixels_of(lambda index: prepare_digit(of_kind(CANVASES[kind], index, strokes)).pixels, indices)
    right = accuracy(networks["cnn"], pixels, indices)
    print(f"\n{kind}: {right:.1%} of {len(indices)} drawings")
    assert right >= CANVASES[kind].floor


@pytest.mark.parametrize("kind", SCENES)
def test_photographs_are_recognised_and_nothing_else_is_found_on_them(networks, strokes, kind):
    indices = range(3, COUNT, 125)

    def prepare(index):
        found = prepare_digits(taken(SCENES[kind], index, strokes))
        return found[0].pixels if len(found) == 1 else bytes(784).hex()

    right = accuracy(networks["cnn"], pixels_of(prepare, indices), indices)
    print(f"\n{kind}: {right:.1%} of {len(indices)} photographs with exactly one digit found")
    assert right >= 0.8

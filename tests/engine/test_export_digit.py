"""The script behind one's own digit, run on its own, gives the page's numbers."""

import ast
import subprocess
import sys

import numpy as np
import pytest

from netcore.data.digits import DigitOptions, find_digits, prepare_digit
from netcore.data.grey import unpack
from netcore.data.mnist import load_mnist
from netcore.export.digit import own_digit_source
from netcore.model.presets import get_preset
from tests.engine.drawn_digits import cover, drawn, middle_lines, transparent
from tests.engine.own_photos import KINDS, photo_of
from tests.engine.photographed_digits import Scene, photograph

ALL = DigitOptions()
NONE = DigitOptions(light=False, ink=False, specks=False, crop=False, pen=False, fit=False, centre=False, scale=False)


@pytest.fixture(scope="module")
def pictures():
    strokes = middle_lines(load_mnist("test").images[:3].numpy())
    large = [
        cover(one, size=130, pen=7, place=(150 + 200 * at, 300), canvas=(800, 600)) for at, one in enumerate(strokes)
    ]
    several = np.maximum.reduce(large)
    scene = Scene(lines="squared", gradient=0.4, shadow=0.3, turn=5)
    return {
        "drawing": transparent(cover(strokes[0], size=150, pen=3, place=(100, 120))),
        "photo": photograph(large[1], scene, np.random.default_rng(2)),
        "shadow": photo_of(KINDS["fills 100 %, felt pen"], 15, strokes)[0],
        "several": drawn(several),
    }


def logits_of(source, picture, folder):
    picture.save(folder / "digit.png")
    run = subprocess.run([sys.executable, "-c", source], cwd=folder, capture_output=True, text=True, check=True)
    return ast.literal_eval(run.stdout)


@pytest.mark.parametrize(
    ("picture", "options", "name"),
    [
        ("drawing", ALL, "cnn"),
        ("drawing", NONE, "mlp"),
        ("photo", ALL, "cnn"),
        ("photo", DigitOptions(light=False), "mlp"),
        ("shadow", ALL, "cnn"),
    ],
    ids=["drawing", "drawing, no step", "photo", "photo, light as it is", "photo, shadow"],
)
def test_script_prints_the_logits_of_the_digit_that_we_prepare(pictures, picture, options, name, tmp_path):
    stack = get_preset(name).stack
    steps = prepare_digit(pictures[picture], options)
    expected = stack.build(3).eval()(unpack(steps.pixels).unsqueeze(1) / (255 / steps.highest))
    printed = logits_of(own_digit_source(stack, seed=3, options=options), pictures[picture], tmp_path)
    assert printed[0] == pytest.approx(expected[0].tolist(), rel=1e-4, abs=1e-4)


def test_script_takes_the_one_of_several_digits(pictures, tmp_path):
    stack = get_preset("mlp").stack
    region = find_digits(pictures["several"])[1]
    steps = prepare_digit(pictures["several"], region=region)
    expected = stack.build(3).eval()(unpack(steps.pixels).unsqueeze(1) / 255)
    printed = logits_of(own_digit_source(stack, seed=3, options=ALL, region=region), pictures["several"], tmp_path)
    assert printed[0] == pytest.approx(expected[0].tolist(), abs=1e-4)


def test_script_leaves_out_what_is_switched_off_and_names_nothing_of_ours():
    whole = own_digit_source(get_preset("mlp").stack, seed=0, options=ALL, trained=True, mode="train")
    bare = own_digit_source(get_preset("mlp").stack, seed=0, options=NONE)
    assert "netcore" not in whole
    assert 'torch.load("checkpoint_best.pth", weights_only=True)' in whole and "model.train()" in whole
    for gone in ("set_pen", "drop_specks", "shift_to_centre", "x / 255", "level[box_of"):
        assert gone in whole and gone not in bare

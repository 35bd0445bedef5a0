"""One's own digits for tests: strokes that make one, and a network that knows digits."""

from PIL import Image, ImageDraw

from netcore.data.mnist import load_mnist
from netcore.model.presets import get_preset
from netcore.training.config import TrainingConfig
from netcore.training.loop import train

SEVEN = {"points": [60, 50, 220, 50, 190, 110, 130, 240], "width": 20, "erases": False}
ONE = {"points": [140, 40, 140, 240], "width": 20, "erases": False}


def moved(stroke, x, y=0, *, smaller=1):
    """The stroke made ``smaller`` and moved right and down."""
    places = stroke["points"]
    points = [round(place / smaller) + (y if index % 2 else x) for index, place in enumerate(places)]
    return {**stroke, "points": points, "width": max(1, round(stroke["width"] / smaller))}


SEVENTY_ONE = [moved(SEVEN, 5, 60, smaller=2), moved(ONE, 140, 60, smaller=2)]


def sheet(*strokes):
    """The strokes in blue ink on grey paper, as wide as they need."""
    wide = max(max(stroke["points"][::2]) for stroke in strokes) + 60
    image = Image.new("RGB", (wide, 280), (225, 222, 214))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        pen.line(stroke["points"], fill=(30, 40, 120), width=stroke["width"], joint="curve")
    return image


def train_small(work, *, epochs=2, size=6000):
    """The course's MLP in hand, trained on some digits for a second."""
    spec, config = get_preset("mlp").stack, TrainingConfig(epochs=epochs, training_size=size, validation_size=500)
    run = work.runs.create(spec, config)
    train(spec.build(0), config, load_mnist("train"), run.folder, network=spec)
    return run

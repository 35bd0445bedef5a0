"""Stacks to begin with. Knows nothing of how they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.errors import StackError
from netcore.model.stack import Stack


@dataclass(frozen=True)
class Preset:
    """A stack under a name that people know it by."""

    name: str
    title: str
    does: str
    text: str

    @property
    def stack(self) -> Stack:
        """The stack itself: ``[N, 1, 28, 28]`` to ``[N, 10]``."""
        return Stack.parse(self.text)


_PRESETS = (
    Preset("mlp", "Course MLP", "The course's network.", "flatten, linear(784,128), relu, linear(128,10)"),
    Preset(
        "mlp_dropout",
        "MLP with Dropout",
        "A wider MLP that train() and eval() treat differently.",
        "flatten, linear(784,256), relu, dropout(p=0.3), linear(256,128), relu, dropout(p=0.3), linear(128,10)",
    ),
    # LeCun et al., Gradient-based learning applied to document recognition, 1998; here with a linear output.
    Preset(
        "lenet5",
        "LeNet-5",
        "The classic of handwritten digits (LeCun et al., 1998).",
        "conv2d(1,6,5,padding=2), tanh, avgpool2d(2), conv2d(6,16,5), tanh, avgpool2d(2), "
        "flatten, linear(400,120), tanh, linear(120,84), tanh, linear(84,10)",
    ),
    Preset(
        "cnn",
        "CNN with BatchNorm",
        "A small CNN: 98.5 % of the test digits are right after three epochs.",
        "conv2d(1,16,3,padding=1), batchnorm2d(16), relu, maxpool2d(2), "
        "conv2d(16,32,3,padding=1), batchnorm2d(32), relu, maxpool2d(2), flatten, linear(1568,10)",
    ),
)


def list_presets() -> tuple[Preset, ...]:
    """All presets, the course's network first."""
    return _PRESETS


def get_preset(name: str) -> Preset:
    """The preset of that name. Raises ``StackError`` where there is none."""
    for preset in _PRESETS:
        if preset.name == name:
            return preset
    raise StackError(
        "There is no preset called {name}.",
        "Choose one of {names}.",
        name=name[:40],
        names=", ".join(preset.name for preset in _PRESETS),
    )

"""A stack as the class that says the same: its text, and that class around the very layers. Knows no other forms.

Every character of the text comes from the catalogue's own names and from checked numbers, never from a visitor's text:
that is why ``to_class_form`` may run it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from netcore.model.custom.text import FILE_NAME
from netcore.model.layers import Layer
from netcore.model.shape import Shape
from netcore.model.stack import Stack
from netcore.model.trace import trace

CLASS_NAME = "Network"

# The names that people give to the attributes of their classes.
_ATTRIBUTES = MappingProxyType(
    {
        "Linear": "fc",
        "Conv2d": "conv",
        "MaxPool2d": "pool",
        "AvgPool2d": "pool",
        "AdaptiveAvgPool2d": "pool",
        "BatchNorm1d": "norm",
        "BatchNorm2d": "norm",
        "LayerNorm": "norm",
        "Dropout2d": "dropout",
    }
)


def class_definition(stack: Stack) -> str:
    """The same network as a class deriving ``nn.Module``, the text that a ``CustomSource`` takes.

    The layers are made in the order of the stack, so the same seed gives the same weights.
    """
    return _write_class(stack, shape_comments(stack))


def bare_definition(stack: Stack) -> str:
    """``class_definition`` without its comments, for which the stack has to be traced: the same lines, to be run."""
    return _write_class(stack, [""] * len(stack.layers))


def _write_class(stack: Stack, comments: list[str]) -> str:
    names = _name_attributes(stack.layers)
    made = [f"        self.{name} = nn.{layer.code}" for name, layer in zip(names, stack.layers, strict=True)]
    called = [f"        x = self.{name}(x)" for name in names]
    return "\n".join(
        (
            "from torch import nn",
            "",
            "",
            f"class {CLASS_NAME}(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *made,
            "",
            "    def forward(self, x):",
            *put_beside(called, comments),
            "        return x",
            "",
        )
    )


def to_class_form(stack: Stack, sequential: nn.Sequential) -> nn.Module:
    """The class of ``bare_definition`` with the layers of ``sequential``, which ``stack`` has built.

    To run line by line what a stack does in one loop of torch's; in tracebacks the text is called ``FILE_NAME``.
    """
    namespace: dict[str, Any] = {"__name__": "network"}
    exec(compile(bare_definition(stack), FILE_NAME, "exec", dont_inherit=True), namespace)
    with torch.device("meta"):  # its own layers are replaced at once
        model: nn.Module = namespace[CLASS_NAME]()
    for name, layer in zip(_name_attributes(stack.layers), sequential, strict=True):
        setattr(model, name, layer)
    return model


def shape_comments(stack: Stack) -> list[str]:
    """The output shape of each layer with N for the batch, as far as the layers fit; where they do not, it says so."""
    result = trace(stack, 1)
    comments = [_write(layer.output_shape) for layer in result.layers]
    if result.problem:
        comments.append("does not fit")
    return comments + [""] * (len(stack.layers) - len(comments))


def put_beside(lines: list[str], comments: list[str]) -> list[str]:
    """The lines with their comments, all in one column."""
    width = max(len(line) for line in lines)
    return [f"{line:<{width}}  # {comment}" if comment else line for line, comment in zip(lines, comments, strict=True)]


def _name_attributes(layers: tuple[Layer, ...]) -> list[str]:
    """``fc1, relu1, fc2``: numbered where a name comes more than once."""
    stems = [_ATTRIBUTES.get(layer.kind, layer.kind.lower()) for layer in layers]
    return [
        f"{stem}{stems[: place + 1].count(stem)}" if stems.count(stem) > 1 else stem for place, stem in enumerate(stems)
    ]


def _write(shape: Shape) -> str:
    return f"[{', '.join(('N', *(str(size) for size in shape[1:])))}]"

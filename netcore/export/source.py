"""A stack as PyTorch code: as ``nn.Sequential``, and as a class deriving ``nn.Module``. Both run alone.

Every character of the code comes from the catalogue's own names and from checked numbers, never from a visitor's text:
that is why ``prove_equal`` may run it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import nn

from netcore.model.custom.source import CustomSource
from netcore.model.layers import Layer
from netcore.model.shape import Shape
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.model.trace import trace
from netcore.seeds import seeded

CLASS_NAME = "Network"
IMPORTS = "import torch\nfrom torch import nn"
"""What a script of ours needs of torch; every ready-made class begins with it."""

_WALK_STACK = """\
for layer in model:
    x = layer(x)
    print(type(layer).__name__, list(x.shape))
"""
_WALK_CLASS = """\


def show(layer, inputs, output):
    print(type(layer).__name__, list(output.shape))


for layer in model.modules():
    if not list(layer.children()):
        layer.register_forward_hook(show)
print(list(model(x).shape))
"""

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


@dataclass(frozen=True)
class Proof:
    """The answers of two networks that were built from the two sources with the same seed."""

    seed: int
    sequential_logits: tuple[float, ...]
    """Of the first image; the same image for both, drawn with the seed."""
    class_logits: tuple[float, ...]
    equal: bool
    """Whether all outputs are equal to the last bit."""


def sequential_source(stack: Stack) -> str:
    """The lines that make ``model``, an ``nn.Sequential``, with the output shape of each layer beside it."""
    lines = [f"    nn.{layer.code}," for layer in stack.layers]
    body = "\n".join(_beside(lines, _comments(stack)))
    return f"from torch import nn\n\nmodel = nn.Sequential(\n{body}\n)\n"


def class_source(stack: Stack) -> str:
    """The same network as a class deriving ``nn.Module``, and the line that makes ``model``."""
    return f"{class_definition(stack)}\n\nmodel = {CLASS_NAME}()\n"


def class_definition(stack: Stack) -> str:
    """The same network as a class deriving ``nn.Module``, the text that a ``CustomSource`` takes.

    The layers are made in the order of the stack, so the same seed gives the same weights.
    """
    names = _name_attributes(stack.layers)
    made = [f"        self.{name} = nn.{layer.code}" for name, layer in zip(names, stack.layers, strict=True)]
    called = [f"        x = self.{name}(x)" for name in names]
    comments = _comments(stack)
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
            *_beside(called, comments),
            "        return x",
            "",
        )
    )


def seeded_source(network: NetworkSpec, seed: int, imports: str = IMPORTS) -> str:
    """A script up to ``model`` with the first weights that ``build(seed)`` gives.

    ``imports`` is what stands at its top: ``IMPORTS``, and what the lines that follow need.
    """
    if isinstance(network, Stack):
        source = sequential_source(network).replace("from torch import nn", imports, 1)
        return source.replace("model =", f"torch.manual_seed({seed})\nmodel =", 1)
    if isinstance(network, CustomSource):
        own = network.source.splitlines()
        missing = [line for line in imports.splitlines() if line not in own]
        source = "\n".join((*missing, network.definition.rstrip(), ""))
    else:
        source = network.source.replace(IMPORTS, imports, 1)
    return f"{source}\n\ntorch.manual_seed({seed})\nmodel = {network.call}\n"


def walk_source(network: NetworkSpec, batch: int, seed: int) -> str:
    """A script that builds the network with ``seed``, sends a batch through it and prints every shape on the way."""
    walk = _WALK_STACK if isinstance(network, Stack) else _WALK_CLASS
    return f"{seeded_source(network, seed)}model.eval()\n\nx = torch.rand({batch}, 1, 28, 28)\n{walk}"


def prove_equal(stack: Stack, seed: int, images: int = 4) -> Proof:
    """Run both sources with the same seed and send the same ``[images, 1, 28, 28]`` through both, in eval().

    Raises the ``StackError`` of the trace where the layers do not fit.
    """
    problem = trace(stack, images).problem
    if problem:
        raise problem.refusal
    with seeded(seed):
        batch = torch.rand(images, 1, 28, 28)
    with torch.inference_mode():
        first = _run(sequential_source(stack), seed).eval()(batch)
        second = _run(class_source(stack), seed).eval()(batch)
    return Proof(
        seed, tuple(first[0].flatten().tolist()), tuple(second[0].flatten().tolist()), torch.equal(first, second)
    )


def _run(source: str, seed: int) -> nn.Module:
    namespace: dict[str, nn.Module] = {}
    with seeded(seed):
        exec(source, namespace)
    return namespace["model"]


def _name_attributes(layers: tuple[Layer, ...]) -> list[str]:
    """``fc1, relu1, fc2``: numbered where a name comes more than once."""
    stems = [_ATTRIBUTES.get(layer.kind, layer.kind.lower()) for layer in layers]
    return [
        f"{stem}{stems[: place + 1].count(stem)}" if stems.count(stem) > 1 else stem for place, stem in enumerate(stems)
    ]


def _comments(stack: Stack) -> list[str]:
    """The output shape of each layer with N for the batch, as far as the layers fit; where they do not, it says so."""
    result = trace(stack, 1)
    comments = [_write(layer.output_shape) for layer in result.layers]
    if result.problem:
        comments.append("does not fit")
    return comments + [""] * (len(stack.layers) - len(comments))


def _write(shape: Shape) -> str:
    return f"[{', '.join(('N', *(str(size) for size in shape[1:])))}]"


def _beside(lines: list[str], comments: list[str]) -> list[str]:
    width = max(len(line) for line in lines)
    return [f"{line:<{width}}  # {comment}" if comment else line for line, comment in zip(lines, comments, strict=True)]

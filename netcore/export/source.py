"""A stack as PyTorch code: as ``nn.Sequential``, and as a class deriving ``nn.Module``. Both run alone.

Every character of the code comes from the catalogue's own names and from checked numbers, never from a visitor's text:
that is why ``prove_equal`` may run it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from netcore.model.class_form import CLASS_NAME, class_definition, put_beside, shape_comments
from netcore.model.custom.source import CustomSource
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.model.trace import trace
from netcore.seeds import seeded

IMPORTS = "import torch\nfrom torch import nn"
"""What a script of ours needs of torch; every ready-made class begins with it."""

_WALK_STACK = """\
for layer in model:
    x = layer(x)
    print(type(layer).__name__, list(x.shape))
"""
SHOW_SHAPES = """\


def show(layer, inputs, output):
    print(type(layer).__name__, list(output.shape))


for layer in model.modules():
    if not list(layer.children()):
        layer.register_forward_hook(show)
"""
"""Lines behind ``model``: whatever is sent through it then, each of its layers prints the shape of what it gives."""


def weights_lines(*, trained: bool, mode: str) -> list[str]:
    """The lines behind ``model`` that give it a run's weights, where it is ``trained``, and put it into ``mode``."""
    restore = [
        'info = torch.load("checkpoint_best.pth", weights_only=True)  # download it on the training page',
        'model.load_state_dict(info["model_state"])',
    ]
    return [*(restore if trained else []), f"model.{mode}()"]


def seed_lines(*, seed: int, mode: str) -> list[str]:
    """The line before a forward pass that draws at random: none in eval()."""
    return [f"torch.manual_seed({seed})  # for Dropout"] if mode == "train" else []


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
    body = "\n".join(put_beside(lines, shape_comments(stack)))
    return f"from torch import nn\n\nmodel = nn.Sequential(\n{body}\n)\n"


def class_source(stack: Stack) -> str:
    """The same network as a class deriving ``nn.Module``, and the line that makes ``model``."""
    return f"{class_definition(stack)}\n\nmodel = {CLASS_NAME}()\n"


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
    walk = _WALK_STACK if isinstance(network, Stack) else f"{SHOW_SHAPES}print(list(model(x).shape))\n"
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

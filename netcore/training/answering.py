"""The task of a confined process that answers one question about a network: build it, restore it, ask, answer.

Knows nothing of who asks (``netcore.model.custom.confined``) or of what the question is.
"""

from __future__ import annotations

import inspect
import threading
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import torch
from torch import Tensor, nn

from netcore.data.mnist import load_mnist
from netcore.errors import CodeError
from netcore.model.custom.build import refuse_too_large
from netcore.model.custom.source import CustomSource
from netcore.model.shape import Shape
from netcore.model.spec import NetworkSpec, spec_from_json
from netcore.model.stack import Stack
from netcore.model.trace import trace
from netcore.model.xray.failure import explain_failure
from netcore.training.checkpoints import read_checkpoint
from netcore.training.restore import restore_model
from netcore.worker.plain import from_plain, to_plain
from netcore.worker.task import find_task

_ASKED = (
    "netcore.model.graph.drawing",
    "netcore.model.inside.attribution",
    "netcore.model.inside.closeup",
    "netcore.model.inside.ranking",
    "netcore.model.questions",
    "netcore.model.stepping.asking",
    "netcore.model.xray.inspection",
    "netcore.model.xray.registration",
)
"""Where the functions are that are asked most: loaded before the fork, they need not be loaded after it."""


def prepare() -> None:
    """What every question needs: torch with what it loads at its first trace, and the digits. Starts no thread."""
    torch.set_num_threads(1)
    trace(Stack.parse("flatten, linear(784, 10)"))
    load_mnist("train")
    load_mnist("test")
    for module in _ASKED:
        import_module(module)


def answer_question(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """Call ``arguments["function"]`` about ``arguments["network"]``, as ``to_plain`` writes its result.

    A function whose first parameter is an ``nn.Module`` gets the network built from ``weights_seed``, with the weights
    of ``checkpoint`` where there is one, and beside it the specification where it has an argument ``network`` for that;
    any other gets the specification alone.
    """
    network = spec_from_json(arguments["network"])
    function = find_task(arguments["function"])
    hints = get_type_hints(function)
    given = {name: from_plain(hints[name], text.encode()) for name, text in arguments["given"].items()}
    try:
        subject: Any = network
        if hints[next(iter(inspect.signature(function).parameters))] is nn.Module:
            subject = build_network(network, arguments["weights_seed"], arguments["checkpoint"])
            if hints.get("network") == NetworkSpec:
                given["network"] = network
        return {}, to_plain(function(subject, **given))
    except Exception as error:
        if isinstance(network, CustomSource):
            raise explain_failure(network, error) from error
        raise


def build_network(network: NetworkSpec, seed: int, checkpoint: str | None) -> nn.Module:
    """The network with its first weights, or those of the file ``checkpoint``. Only for a confined process."""
    if isinstance(network, CustomSource):
        refuse_too_large(network)
    model = network.build(seed)
    if checkpoint:
        restore_model(model, read_checkpoint(Path(checkpoint)).model_state)
    if isinstance(network, CustomSource):
        model.register_forward_hook(_check_output)
    return model


def _check_output(model: nn.Module, given: tuple[Any, ...], output: Any) -> None:
    """Raise ``CodeError`` where a class gives something that nobody can read as logits."""
    line = type(model).forward.__code__.co_firstlineno
    if not isinstance(output, Tensor):
        raise CodeError(
            "forward gives a value of type {kind}; a network gives a tensor of logits.",
            "Return the logits.",
            kind=type(output).__name__,
            line=line,
        )
    if output.dim() != 2 or len(output) != len(given[0]):
        raise CodeError(
            "forward makes {shape} of {count} images; a network gives one row of logits for each.",
            "Keep the batch as the first axis, and end with Linear(..., 10).",
            shape=str(Shape(output.shape)),
            count=len(given[0]),
            line=line,
        )
    if not output.is_floating_point():
        raise CodeError(
            "forward gives numbers of type {kind}, and logits have decimals.",
            "Return the logits, without argmax.",
            kind=str(output.dtype).removeprefix("torch."),
            line=line,
        )

"""The web process's door to networks that it must not run: one question, answered in a confined process.

Whatever is a function of a network, with plain arguments and a frozen result, can be asked this way, of a class that a
student wrote as of any other network. Imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from netcore.errors import OvertimeError
from netcore.model.custom.overtime import Overtime
from netcore.model.custom.policy import code_policy
from netcore.model.custom.source import CustomSource
from netcore.model.spec import NetworkSpec, spec_to_json
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits
from netcore.worker.nursery import Nursery
from netcore.worker.plain import from_plain, to_plain
from netcore.worker.protocol import MAX_PAYLOAD_BYTES

if TYPE_CHECKING:
    from netcore.model.trace import Trace

T = TypeVar("T")

QUESTION_SECONDS = 5
"""How long a class may compute to be built and to answer."""
_PATIENCE = 15.0
"""Seconds. On a machine where others compute too, five seconds of computing take longer than five seconds."""

_LIMITS = Limits(
    wall_seconds=_PATIENCE,
    cpu_seconds=QUESTION_SECONDS,
    memory_bytes=2 * 1024**3,
    file_bytes=1024**2,
    open_files=64,
)


FILE_LIMITS = replace(_LIMITS, wall_seconds=30, cpu_seconds=20, file_bytes=MAX_PAYLOAD_BYTES)
"""Of a task that takes or gives a file of weights."""


@dataclass(frozen=True)
class Told(Generic[T]):
    """An answer, and what the network's own lines printed meanwhile."""

    result: T
    printed: str


def ask(
    answer_type: type[T] | Any,
    function: str,
    network: NetworkSpec,
    *,
    weights_seed: int = 0,
    checkpoint: Path | None = None,
    **arguments: object,
) -> T:
    """What ``function`` (``"netcore.model.parameters:describe_parameters"``) says of ``network``, as ``answer_type``.

    Where its first parameter is an ``nn.Module`` it gets the network built from ``weights_seed``, with the weights of
    ``checkpoint`` where one is given; else the specification. ``arguments`` and the result are what
    ``netcore.worker.plain`` takes. Raises ``CodeError`` where classes do not run here and for whatever the class's own
    lines raise, with the line; ``WorkerError`` where it breaks a limit; and what the function itself raises.
    """
    return ask_aloud(
        answer_type, function, network, weights_seed=weights_seed, checkpoint=checkpoint, **arguments
    ).result


def ask_aloud(
    answer_type: type[T] | Any,
    function: str,
    network: NetworkSpec,
    *,
    weights_seed: int = 0,
    checkpoint: Path | None = None,
    **arguments: object,
) -> Told[T]:
    """``ask``, with what the class printed while it was built and run."""
    given = {name: to_plain(value).decode() for name, value in arguments.items()}
    if isinstance(network, CustomSource):
        code_policy().check()
        _overtime().check(network, f"{function} {given}")
    question = {
        "function": function,
        "network": spec_to_json(network),
        "weights_seed": weights_seed,
        "checkpoint": str(checkpoint) if checkpoint else None,
        "given": given,
    }
    try:
        reply = nursery().ask(
            "netcore.training.answering:answer_question",
            question,
            limits=_LIMITS,
            # The folder: where the newest file is damaged, the generation before it is read.
            confinement=Confinement(readable=(str(checkpoint.parent),) if checkpoint else ()),
        )
    except OvertimeError:
        if isinstance(network, CustomSource):
            _overtime().note(network, f"{function} {given}")
        raise
    return Told(from_plain(answer_type, reply.payload), reply.printed)


def trace_network(network: NetworkSpec, batch: int) -> Trace:
    """The shapes of ``batch`` digits on their way: traced here, or asked in a confined process where it is a class.

    Raises what ``ask`` raises, and ``StackError`` for a batch outside ``1..MAX_BATCH``.
    """
    # torch takes seconds to load, and whoever only looks at runs needs none
    from netcore.model.trace import Trace, trace

    if not isinstance(network, CustomSource):
        return trace(network, batch)
    traced: Trace = ask(Trace, "netcore.model.xray.inspection:inspect_source", network, batch=batch)
    return traced


@cache
def _overtime() -> Overtime:
    return Overtime()


@cache
def nursery() -> Nursery:
    """Where this process has its questions answered."""
    return Nursery("netcore.training.answering:prepare")

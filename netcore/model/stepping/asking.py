"""A network stopped at its lines, asked with plain arguments, in whichever process. Knows nothing of who asks."""

from __future__ import annotations

from torch import Tensor, nn

from netcore.data.grey import unpack
from netcore.errors import NetcoreError
from netcore.model.class_form import bare_definition, class_definition, to_class_form
from netcore.model.custom.source import CustomSource
from netcore.model.forward import to_input
from netcore.model.modes import refuse_single_values
from netcore.model.problem import Problem
from netcore.model.ready_made import ReadyMade
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.model.stepping.closeup import Closeup
from netcore.model.stepping.recording import Explain, look_at, record
from netcore.model.stepping.stops import Recording
from netcore.model.xray.failure import explain_failure
from netcore.seeds import seeded


def source_of(network: NetworkSpec) -> str:
    """The text at whose lines the network stops: its class, or the class that says the same as a stack."""
    return class_definition(network) if isinstance(network, Stack) else network.source


def _lines_of(network: NetworkSpec) -> str:
    """``source_of``, perhaps without comments: the lines are the same."""
    return bare_definition(network) if isinstance(network, Stack) else network.source


def record_stops(model: nn.Module, *, network: NetworkSpec, images: str, mode: str, seed: int) -> Recording:
    """Every stop of ``model``, which ``network`` has built, on digits as ``netcore.data.grey.pack`` writes them.

    The model is put into ``mode`` and changed by what that does: it has to be one's own. Autograd follows.
    """
    model, batch = _prepare(model, network, images, mode)
    with seeded(seed):
        return record(model, batch, _lines_of(network), _explain(network))


def look_at_tensor(
    model: nn.Module,
    *,
    network: NetworkSpec,
    images: str,
    mode: str,
    seed: int,
    place: int,
    name: str,
    image: int,
) -> Closeup:
    """The tensor ``name`` at the stop ``place`` (from 0) of the same run, closely; of a batch, its image ``image``."""
    model, batch = _prepare(model, network, images, mode)
    with seeded(seed):
        return look_at(model, batch, _lines_of(network), _explain(network), place=place, name=name, image=image)


def _prepare(model: nn.Module, network: NetworkSpec, images: str, mode: str) -> tuple[nn.Module, Tensor]:
    if isinstance(network, Stack) and isinstance(model, nn.Sequential):
        model = to_class_form(network, model)
    model.train(mode == "train")
    if mode == "train":
        refuse_single_values(model)
    return model, to_input(unpack(images))


def _explain(network: NetworkSpec) -> Explain:
    def explain(error: Exception) -> Problem | None:
        refusal: Exception = error
        if not isinstance(network, ReadyMade):
            source = network if isinstance(network, CustomSource) else CustomSource(_lines_of(network))
            refusal = explain_failure(source, error)
        if not isinstance(refusal, NetcoreError):
            return None
        line = refusal.values.get("line")
        values = {name: _plain(value) for name, value in refusal.values.items() if name != "line"}
        return Problem(
            0, refusal.what, refusal.cure, tuple(values.items()), "", None, line if isinstance(line, int) else 0
        )

    return explain


def _plain(value: object) -> int | str:
    return value if isinstance(value, int | str) else str(value)

"""The mends of parts that are not registered, tried before they are offered. The reasons stand in reasons.py.

It builds and runs the class, so it works only in a process that runs code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from torch import Tensor, nn

from netcore.model.custom.source import CustomSource
from netcore.model.xray.diagnosis import Diagnosis, find_mended
from netcore.model.xray.edits import Edit, find_statement, write_diff
from netcore.model.xray.holdings import Holding
from netcore.model.xray.misfits import read_layer
from netcore.model.xray.observation import Observation, observe
from netcore.model.xray.parts import Part, find_parts
from netcore.model.xray.registering import (
    Container,
    find_prefix,
    keep_on_self,
    move_to_init,
    put_in_container,
    register_buffer,
    wrap_whole,
)
from netcore.model.xray.text import Text


@dataclass(frozen=True)
class Mend:
    """What makes the network keep a part. It was tried: the class runs with it, and has fewer ghosts."""

    label: str
    """In a few signs: ``nn.ModuleList``, ``self.fc1``."""
    diff: str
    """As a unified diff."""
    mended: CustomSource


def run_both_modes(network: CustomSource, images: Tensor, seed: int) -> Observation:
    """What there is to see of registration: eval() and train(), and what autograd follows."""
    return observe(network, images.clone(), modes=(False, True), gradients=True, seed=seed)


def find_mends(network: CustomSource, found: list[Part], images: Tensor, seed: int) -> dict[int, Mend]:
    """By ``id`` of the part's thing. Each mend is tried once, also where it mends several parts."""
    text, tried, mends = Text(network.source), dict[tuple[Edit, ...], CustomSource | None](), dict[int, Mend]()
    for part in found:
        label, edits = _find_mend(text, part)
        if not edits:
            continue
        if edits not in tried:
            diagnosis = Diagnosis(0, "", "", (), label, edits)
            tried[edits] = find_mended(network, diagnosis, lambda mended: _helps(mended, found, images, seed))
        mended = tried[edits]
        if mended:
            mends[id(part.thing)] = Mend(label, write_diff(network.source, mended.source), mended)
    return mends


def _helps(mended: CustomSource, found: list[Part], images: Tensor, seed: int) -> bool:
    seen = run_both_modes(mended, images, seed)
    if seen.error or not isinstance(seen.output, Tensor):
        return False
    return _count_wrong(find_parts(seen)) < _count_wrong(found)


def _count_wrong(found: list[Part]) -> int:
    return sum(part.state in ("ghost", "lost", "undecided") for part in found)


def _find_mend(text: Text, part: Part) -> tuple[str, tuple[Edit, ...]]:
    """The mend in a few signs, and its edits; none where there is no mend that is likely enough."""
    if part.state == "lost":
        return _keep(text, part)
    if part.state != "ghost" and (part.state != "undecided" or part.used):
        return "", ()
    if part.holding is None or part.anew:
        return _move(text, part) if part.state == "ghost" else ("", ())
    return _mend_holding(text, part)


def _mend_holding(text: Text, part: Part) -> tuple[str, tuple[Edit, ...]]:
    holding, thing = part.holding, part.thing
    assert holding is not None
    if holding.holder == "closure":
        return _keep(text, part)
    kind = _choose_container(holding)
    if kind and (holding.of_layer or (isinstance(thing, Tensor) and thing.requires_grad)):
        return f"nn.{kind}", put_in_container(text, holding.owner, holding.attribute, kind)
    if holding.holder == "attribute" and part.state == "ghost" and isinstance(thing, Tensor):
        return "register_buffer", register_buffer(text, holding.owner, holding.attribute)
    return "", ()


def _choose_container(holding: Holding) -> Container | None:
    if holding.holder in ("list", "tuple", "set"):
        return "ModuleList" if holding.of_layer else "ParameterList"
    if holding.holder == "dict":
        return "ModuleDict" if holding.of_layer else None
    return "Parameter" if holding.holder == "attribute" and not holding.of_layer else None


def _keep(text: Text, part: Part) -> tuple[str, tuple[Edit, ...]]:
    """``self.`` before a variable of ``__init__``."""
    statement = find_statement(text.tree, part.made)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if statement is None or not isinstance(target, ast.Name):
        return "", ()
    return f"self.{target.id}", keep_on_self(text, target.id, statement)


def _move(text: Text, part: Part) -> tuple[str, tuple[Edit, ...]]:
    """From ``forward`` into ``__init__``; where it stands there already, the parameter around the whole expression."""
    if part.made is None:
        return "", ()
    if not part.anew:
        return "nn.Parameter", wrap_whole(text, part.made)
    layer = read_layer(part.thing) if isinstance(part.thing, nn.Module) else None
    code = f"{find_prefix(text)}{layer.code}" if layer else None
    wrapper = "" if isinstance(part.thing, nn.Module | nn.Parameter) else f"{find_prefix(text)}Parameter"
    edits, name = move_to_init(text, part.made, code, wrapper)
    return (f"self.{name}", edits) if edits else ("", ())

"""A layer and an input that do not go together, and the three kinds of mend. Knows nothing of why they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netcore.errors import StackError
from netcore.model.layers import Layer, make_layer
from netcore.model.shape import Shape


@dataclass(frozen=True)
class Mismatch:
    """A layer and an input that do not go together, in sentences with the names of ``values``."""

    what: str
    cure: str
    values: tuple[tuple[str, Any], ...]
    label: str = ""
    """The mend in a few signs: ``in_features = 3136``, ``+ Flatten()``."""
    layers: tuple[Layer, ...] = ()
    """What stands in place of the layer after the mend. Empty takes the layer away; without ``label``, no mend."""


def set_arguments(layer: Layer, shape: Shape, what: str, changes: dict[str, Any], **values: Any) -> Mismatch:
    """A mismatch whose mend changes arguments of ``layer``; the first one is what the sentence ``what`` is about."""
    name, value = next(iter(changes.items()))
    changed = make_layers((layer.kind, *(changes.get(item, old) for item, old in layer.arguments)))
    got = dict(changed[0].arguments)[name] if changed else value
    label = f"{name} = {got}"
    wanted = dict(layer.arguments)[name]
    known = (("layer", layer.code), ("shape", shape), ("wanted", wanted), ("got", got), ("label", label))
    return Mismatch(what, "Set {label}.", (*known, *values.items()), label if changed else "", changed)


def insert_before(layer: Layer, shape: Shape, what: str, addition: tuple[Any, ...], **values: Any) -> Mismatch:
    """A mismatch whose mend puts the layer ``addition``, kind and arguments, before ``layer``."""
    added = make_layers(addition)
    code = added[0].code if added else ""
    cure = "Put {added} before it." if added else "Make the layers before it smaller."
    known = (("layer", layer.code), ("shape", shape), ("added", code), *values.items())
    return Mismatch(what, cure, known, f"+ {code}" if added else "", (*added, layer))


def replace_by(layer: Layer, shape: Shape, what: str, other: tuple[Layer, ...]) -> Mismatch:
    """A mismatch whose mend puts ``other`` in place of ``layer``; where it is empty, there is none."""
    code = other[0].code if other else ""
    cure = "Use {other} instead." if other else "Make the layers before it smaller."
    return Mismatch(what, cure, (("layer", layer.code), ("shape", shape), ("other", code)), code, other)


def make_layers(*wanted: tuple[Any, ...]) -> tuple[Layer, ...]:
    """The layers, or none where one of them would be out of its range."""
    try:
        return tuple(make_layer(*arguments) for arguments in wanted)
    except StackError:
        return ()

"""One layer with its arguments: made, changed, written, built. Knows nothing of the layers beside it.

Torch is imported only where a layer is built: a page that lists layers must not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netcore.errors import StackError
from netcore.model.catalogue import Value, get_kind, shorten

if TYPE_CHECKING:
    from torch import nn

_BARE = "Leave its brackets empty: here, {kind} takes no arguments."


@dataclass(frozen=True)
class Layer:
    """A layer that can be built: its kind and all of its arguments, in the order of the kind. From ``make_layer``."""

    kind: str
    arguments: tuple[tuple[str, Value], ...] = ()

    @property
    def parameters(self) -> int:
        """How many numbers the layer learns."""
        return get_kind(self.kind).count_parameters(dict(self.arguments))

    @property
    def code(self) -> str:
        """The layer as Python writes it, without what torch takes by default: ``Conv2d(1, 32, 3, padding=1)``."""
        return f"{self.kind}({', '.join(self._written())})"

    def __str__(self) -> str:
        """The layer as ``Stack.parse`` reads it: ``conv2d(1,32,3,padding=1)``, ``relu``."""
        written = ",".join(word.replace(" ", "") for word in self._written())
        return self.kind.lower() + (f"({written})" if written else "")

    def change(self, **arguments: object) -> Layer:
        """This layer with other values. Raises ``StackError`` as ``make_layer`` does."""
        return make_layer(self.kind, **{**dict(self.arguments), **arguments})

    def to_json(self) -> dict[str, Any]:
        """JSON types; ``Stack.from_json`` reads them."""
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in self.arguments}
        return {"layer": self.kind, **values}

    def build(self) -> nn.Module:
        """The layer as a module with fresh weights, on the device and with the generator that torch has now."""
        from torch import nn

        return getattr(nn, self.kind)(**dict(self.arguments))

    def _written(self) -> list[str]:
        values = dict(self.arguments)
        words = []
        for argument in get_kind(self.kind).arguments:
            value = values[argument.name]
            if argument.required:
                words.append(repr(value))
            elif value != (values[argument.follows] if argument.follows else argument.start):
                words.append(f"{argument.name}={value!r}")
        return words


def make_layer(kind_name: str, /, *given: object, **named: object) -> Layer:
    """The layer of that kind, its arguments by place or by name as in torch.

    Raises ``StackError`` for a kind that is not in the catalogue, an argument that is missing, unknown, given twice,
    of another type, or out of its range.
    """
    kind = get_kind(kind_name)
    names = [argument.name for argument in kind.arguments]
    if len(given) > len(names):
        raise StackError(
            "{kind} was given too many values: {count}.",
            "It takes at most {most}: {names}." if names else _BARE,
            kind=kind.name,
            count=len(given),
            most=len(names),
            names=", ".join(names),
        )
    values = dict(zip(names, given, strict=False))
    for name, value in named.items():
        if name not in names or name in values:
            raise StackError(
                "{kind} cannot take {argument}.",
                "It takes each of these once: {names}." if names else _BARE,
                kind=kind.name,
                argument=shorten(name),
                names=", ".join(names),
            )
        values[name] = value
    cleaned: dict[str, Value] = {}
    for argument in kind.arguments:
        if argument.name in values:
            cleaned[argument.name] = argument.clean(kind.name, values[argument.name])
        elif argument.required:
            raise StackError(
                "{kind} needs {argument}.",
                "Write it like {example}.",
                kind=kind.name,
                argument=argument.name,
                example=str(start_layer(kind.name)),
            )
        else:
            cleaned[argument.name] = cleaned[argument.follows] if argument.follows else argument.start
    return Layer(kind.name, tuple(cleaned.items()))


def start_layer(kind_name: str) -> Layer:
    """The layer of that kind with the values that a form begins with."""
    return make_layer(kind_name, **{item.name: item.start for item in get_kind(kind_name).arguments if item.required})

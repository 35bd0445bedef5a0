"""A network as the class that a student wrote: text, checked. Does not run it (see build, in a process of its own)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netcore.errors import CodeError, StackError
from netcore.model.custom.anatomy import Anatomy, read_anatomy
from netcore.model.custom.text import FILE_NAME as FILE_NAME
from netcore.model.custom.wall import find_refusals
from netcore.seeds import seeded
from netcore.settings import runs_code, trusts_code

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class CustomSource:
    """The text of a class deriving ``nn.Module`` that takes ``[N, 1, 28, 28]``, with all that it needs.

    A ``CustomSource`` that exists was checked by the static wall; the constructor raises the ``CodeError`` of the first
    thing that the wall refuses. Line ends are ``\\n`` whatever the text came with.
    """

    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", self.source.replace("\r\n", "\n").replace("\r", "\n"))
        for finding in find_refusals(self.source, trusted=trusts_code()):
            raise finding.refusal

    @classmethod
    def from_json(cls, value: object) -> CustomSource:
        """The class that ``to_json`` wrote, checked again. Raises ``StackError`` or ``CodeError`` for anything else."""
        source = value.get("source") if isinstance(value, dict) else None
        if not isinstance(source, str):
            raise StackError("This is not a saved network.", "It needs a text called source.")
        return cls(source)

    @cached_property
    def anatomy(self) -> Anatomy:
        """Its imports and classes."""
        return read_anatomy(ast.parse(self.source, FILE_NAME))

    @property
    def class_name(self) -> str:
        """The class that is the network: ``Network``, or the last one that no other class uses."""
        assert self.anatomy.network  # the wall saw to it
        return self.anatomy.network.name

    @property
    def call(self) -> str:
        """How the network is made: ``Network()``, or as the text says it: ``CustomModel(nbClasses=10)``."""
        call = self.anatomy.call
        return ast.unparse(call) if call else f"{self.class_name}()"

    @property
    def definition(self) -> str:
        """The text without the line that makes the network: nobody but ``build`` makes one."""
        making = self.anatomy.making
        lines = self.source.split("\n")
        if making:
            lines[making.lineno - 1 : making.end_lineno] = [""] * (
                (making.end_lineno or making.lineno) - making.lineno + 1
            )
        return "\n".join(lines)

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.class_name

    def to_json(self) -> dict[str, Any]:
        """JSON types: the text."""
        return {"source": self.source}

    def build(self, seed: int | None = None) -> nn.Module:
        """The network on the CPU, fresh, the same for the same ``seed``, made as ``ClassName()``.

        Only in a process that was confined for it: raises ``CodeError`` in any other.
        """
        if not runs_code():
            raise CodeError(
                "This process does not run the code of {name}.",
                "Ask for it through the page.",
                name=self.class_name,
                line=1,
            )
        from netcore.model.custom.build import build_class

        if seed is None:
            return build_class(self)
        with seeded(seed):
            return build_class(self)

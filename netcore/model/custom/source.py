"""A network as the class that a student wrote: text, checked. Does not run it (see build, in a process of its own)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netcore.errors import CodeError, StackError
from netcore.model.custom.anatomy import Anatomy, read_anatomy
from netcore.model.custom.cutting import rewrite
from netcore.model.custom.text import FILE_NAME as FILE_NAME
from netcore.model.custom.tidying import tidy_text
from netcore.model.custom.wall import judge_text
from netcore.seeds import seeded
from netcore.settings import runs_code, trusts_code
from netcore.syntax import parse_python

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class CustomSource:
    """The text of a class deriving ``nn.Module`` that takes ``[N, 1, 28, 28]``, with all that it needs.

    A ``CustomSource`` that exists was checked by the static wall; the constructor raises the ``CodeError`` of the first
    thing that the wall refuses. The text is tidied first: line ends, prompts, a byte order mark.
    """

    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", tidy_text(self.source))
        for finding in judge_text(self.source, trusts_code()):  # what was judged is what runs
            raise finding.refusal

    @classmethod
    def from_json(cls, value: object) -> CustomSource:
        """The class that ``to_json`` wrote, checked again. Raises ``StackError`` or ``CodeError`` for anything else."""
        source = value.get("source") if isinstance(value, dict) else None
        if not isinstance(source, str):
            raise StackError("This is not a saved network.", "It needs a text called source.")
        return cls(source)

    @cached_property
    def tree(self) -> ast.Module:
        """What the text says: what the wall read, and what runs."""
        return parse_python(self.source, FILE_NAME)

    @cached_property
    def anatomy(self) -> Anatomy:
        """Its imports and classes."""
        return read_anatomy(self.tree)

    @property
    def class_name(self) -> str:
        """The class that is the network: the one that the text makes, ``Network``, or the last that no other uses."""
        assert self.anatomy.network  # the wall saw to it
        return self.anatomy.network.name

    @property
    def call(self) -> str:
        """How the network is made: ``Network()``, or with the values of the text: ``CustomModel(nbClasses=10)``."""
        call = self.anatomy.call
        return ast.unparse(call) if call else f"{self.class_name}()"

    @property
    def definition(self) -> str:
        """The text without the line that makes the network."""
        making = self.anatomy.making
        line = making.line if making else None
        return rewrite(self.source, self.tree, {line: None}) if line else self.source

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

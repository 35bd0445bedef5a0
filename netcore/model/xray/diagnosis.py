"""What is wrong at a line of a class, in sentences, and the edits that may mend it. Not how it was found."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netcore.errors import CodeError
from netcore.model.custom.source import CustomSource
from netcore.model.xray.edits import Edit, apply_edits, find_node
from netcore.model.xray.recorder import Operation
from netcore.model.xray.text import Text


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong. Whoever offers the edits tries them first: they are the likeliest, and not proven."""

    line: int
    what: str
    cure: str
    values: tuple[tuple[str, Any], ...] = ()
    """What stands in the sentences: numbers, words, and shapes as they are written."""
    label: str = ""
    """The mend in a few signs: ``in_features = 3136``."""
    edits: tuple[Edit, ...] = ()


def say(
    text: Text,
    operation: Operation,
    what: str,
    cure: str,
    values: tuple[tuple[str, Any], ...],
    label: str = "",
    edits: tuple[Edit, ...] = (),
) -> Diagnosis:
    """A diagnosis about an operation, which the sentence ``what`` calls ``{words}``: what stands in the text."""
    place = operation.place
    node = find_node(text.tree, place, ast.expr)
    words = text.quote(node) if node else operation.name
    return Diagnosis(place.line if place else 1, what, cure, (("words", words), *values), label, edits)


def find_mended(network: CustomSource, found: Diagnosis, helps: Callable[[CustomSource], bool]) -> CustomSource | None:
    """The class with the edits, where it may exist and ``helps`` says that what was wrong is gone."""
    try:
        mended = CustomSource(apply_edits(network.source, found.edits))
    except CodeError:
        return None
    return mended if helps(mended) else None

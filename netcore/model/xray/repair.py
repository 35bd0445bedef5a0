"""The mend of a text that the static wall refuses: tried, before anybody offers it. Runs nothing, knows no torch."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from netcore.model.custom.finding import Finding
from netcore.model.custom.text import parse_source
from netcore.model.custom.tidying import list_respellings
from netcore.model.custom.wall import find_refusals
from netcore.model.xray.edits import apply_edits
from netcore.model.xray.mends import find_mends
from netcore.model.xray.text import Text


@dataclass(frozen=True)
class Repair:
    """A mend that was tried."""

    label: str
    """The first line that changes, as it is afterwards; with a minus before it, the first that is left out."""
    source: str
    """The whole text."""


def find_repair(source: str, finding: Finding) -> Repair | None:
    """The text without what ``finding`` is about, everything else as it was; None where no mend is known.

    A repair was tried: the wall finds less in it than before, and that finding no more.
    """
    if isinstance(parse_source(source), Finding):
        return _respell(source, finding)
    text, before = Text(source), len(find_refusals(source))
    for edits in find_mends(text, finding):
        mended = apply_edits(source, edits)
        if isinstance(parse_source(mended), Finding):
            continue
        left = find_refusals(mended)
        if len(left) < before and (finding.what, finding.values) not in [(other.what, other.values) for other in left]:
            return Repair(_write_label(source, mended), mended)
    return None


def _respell(source: str, finding: Finding) -> Repair | None:
    """The same text in the signs that Python reads, where the line that it stopped at is read then."""
    for mended in list_respellings(source):
        left = find_refusals(mended)
        if finding.line not in [other.line for other in left if other.what == finding.what]:
            return Repair(_write_label(source, mended), mended)
    return None


def _write_label(source: str, mended: str) -> str:
    changes = list(difflib.ndiff(source.splitlines(), mended.splitlines()))
    for sign, before in (("+ ", ""), ("- ", "− ")):
        for line in changes:
            if line.startswith(sign) and line[2:].strip():
                return before + line[2:].strip()
    return ""

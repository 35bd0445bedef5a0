"""What a person calls a run and notes about it. Knows the run's folder, and nothing of training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from netcore.errors import RunError
from netcore.files import read_json, write_json
from netcore.training.layout import LABEL_NAME

MAX_TITLE = 40
MAX_NOTE = 500


@dataclass(frozen=True)
class Label:
    """A title and a note. The constructor raises ``RunError`` for one that is too long."""

    title: str = ""
    """One line; empty where nobody gave the run one."""
    note: str = ""

    def __post_init__(self) -> None:
        for words, most in ((self.title, MAX_TITLE), (self.note, MAX_NOTE)):
            if not isinstance(words, str) or len(words) > most:
                raise RunError(
                    "The name or note has {count} characters, and {most} are the limit.",
                    "Shorten it.",
                    count=len(words) if isinstance(words, str) else 0,
                    most=most,
                )


def read_label(folder: Path) -> Label:
    """The label in a run's folder; an empty one where there is none that can be read."""
    value = read_json(folder / LABEL_NAME)
    try:
        return Label(**value) if isinstance(value, dict) else Label()
    except (TypeError, RunError):
        return Label()


def write_label(folder: Path, title: str, note: str) -> None:
    """Give a run a title, on one line, and a note. Raises ``RunError`` where one is too long."""
    write_json(folder / LABEL_NAME, asdict(Label(" ".join(title.split()), note.strip())))

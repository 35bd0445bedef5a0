"""Classes to begin with: those of the ready-made networks, and three that show what goes wrong. Runs none of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from netcore.model.custom.source import CustomSource
from netcore.model.ready_made import list_ready_made

_FOLDER = Path(__file__).parent.parent / "networks"

# The one place to add a template that is no ready-made network: its file in networks/, and what it shows.
_MORE = (
    ("two_paths", "Two paths", "Two convolutions look at the same image; torch.cat joins what they find."),
    (
        "functional_dropout",
        "Trap: F.dropout",
        "F.dropout without training=self.training goes on in eval(): the answers change from one call to the next.",
    ),
    (
        "plain_list",
        "Trap: a list of layers",
        "Layers in a plain list are not registered: they run, and do not learn. nn.ModuleList registers them.",
    ),
    (
        "unregistered",
        "Trap: a layer without self",
        "A layer that is no attribute of self is not trained and not saved; this one is even new at every call.",
    ),
)


@dataclass(frozen=True)
class Template:
    """A class to begin with."""

    name: str
    title: str
    does: str
    """What it shows, in a sentence."""
    source: str

    @cached_property
    def network(self) -> CustomSource:
        """The class as a network."""
        return CustomSource(self.source)


@cache
def list_templates() -> tuple[Template, ...]:
    """All of them, in the order in which they are shown."""
    ready = [Template(entry.name, entry.title, entry.does, entry.source) for entry in list_ready_made()]
    more = [Template(*words, (_FOLDER / f"{words[0]}.py").read_text(encoding="utf-8")) for words in _MORE]
    return (*ready, *more)

"""Networks that a stack cannot say: ready-made classes deriving ``nn.Module``. Knows their names, not their insides.

Each class lives alone in a file of ``netcore/model/networks``, which imports torch; it is loaded when it is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from netcore.errors import StackError
from netcore.seeds import seeded

if TYPE_CHECKING:
    from torch import nn

_FOLDER = Path(__file__).parent / "networks"


@dataclass(frozen=True)
class _Entry:
    class_name: str
    title: str
    does: str


# The one place to add a class: its file in networks/, its class, and what it shows that a stack cannot.
_ENTRIES = MappingProxyType(
    {
        "residual": _Entry(
            "ResidualCNN", "Residual CNN", "Several paths: the input of a block is added to its output."
        ),
        "two_heads": _Entry(
            "TwoHeads",
            "Two heads",
            "One trunk, two heads: forward returns the ten logits, both() also returns the logits of even or odd.",
        ),
        "features_classifier": _Entry(
            "FeaturesClassifier",
            "Features and classifier",
            "Layers in two named groups, as torchvision's AlexNet and VGG.",
        ),
        "conditional": _Entry(
            "SkipInTraining",
            "A condition in forward",
            "An if in forward: in train(), a block is skipped at random (stochastic depth).",
        ),
        "frozen": _Entry(
            "FrozenBackbone",
            "Frozen backbone",
            "The features do not learn (requires_grad_(False)); only the head does.",
        ),
    }
)


@dataclass(frozen=True)
class ReadyMade:
    """One of the ready-made classes, by name. The constructor raises ``StackError`` for a name that is not one."""

    name: str

    def __post_init__(self) -> None:
        if self.name not in _ENTRIES:
            raise StackError(
                "There is no ready-made network called {name}.",
                "Choose one of {names}.",
                name=str(self.name)[:40],
                names=", ".join(_ENTRIES),
            )

    @classmethod
    def from_json(cls, value: object) -> ReadyMade:
        """The network that ``to_json`` wrote. Raises ``StackError`` for anything else."""
        name = value.get("name") if isinstance(value, dict) else None
        if not isinstance(name, str):
            raise StackError("This is not a saved network.", "It needs a text called name.")
        return cls(name)

    @property
    def title(self) -> str:
        """What a person calls it."""
        return _ENTRIES[self.name].title

    @property
    def does(self) -> str:
        """What it shows that a stack cannot, in a sentence."""
        return _ENTRIES[self.name].does

    @property
    def class_name(self) -> str:
        """The name of its class in ``source``."""
        return _ENTRIES[self.name].class_name

    @property
    def call(self) -> str:
        """How the network is made."""
        return f"{self.class_name}()"

    @property
    def source(self) -> str:
        """The source of its class, imports included: it runs alone, anywhere with PyTorch."""
        return (_FOLDER / f"{self.name}.py").read_text(encoding="utf-8")

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {"name": self.name}

    def build(self, seed: int | None = None) -> nn.Module:
        """The network on the CPU, fresh, the same for the same ``seed``; it takes ``[N, 1, 28, 28]`` to ``[N, 10]``."""
        make = getattr(import_module(f"netcore.model.networks.{self.name}"), self.class_name)
        if seed is None:
            return make()
        with seeded(seed):
            return make()


def list_ready_made() -> tuple[ReadyMade, ...]:
    """All of them, in the order in which they are shown."""
    return tuple(ReadyMade(name) for name in _ENTRIES)

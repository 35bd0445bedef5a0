"""The engine of Netcore: define, see, train and re-use neural networks. Imports neither streamlit nor plotly.

The public names are loaded when they are first used (PEP 562): importing torch takes seconds, and a process that
only decodes a picture or draws a title never needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netcore.data.mnist import Digits as Digits
    from netcore.data.mnist import load_mnist as load_mnist
    from netcore.data.photos import ExamplePhoto as ExamplePhoto
    from netcore.data.photos import decode_photo as decode_photo
    from netcore.data.photos import example_photos as example_photos
    from netcore.errors import NetcoreError as NetcoreError
    from netcore.model.ready_made import ReadyMade as ReadyMade
    from netcore.model.stack import Stack as Stack
    from netcore.training.config import TrainingConfig as TrainingConfig

_PUBLIC = {
    "Digits": "netcore.data.mnist",
    "ExamplePhoto": "netcore.data.photos",
    "NetcoreError": "netcore.errors",
    "ReadyMade": "netcore.model.ready_made",
    "Stack": "netcore.model.stack",
    "TrainingConfig": "netcore.training.config",
    "decode_photo": "netcore.data.photos",
    "example_photos": "netcore.data.photos",
    "load_mnist": "netcore.data.mnist",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'netcore' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)

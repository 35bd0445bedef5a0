"""Cached doors to the engine. Whatever comes out of a cache is shared by all visitors and never changed."""

from __future__ import annotations

import sys
import threading
from functools import cache
from importlib import import_module

import streamlit as st

from netcore.model.spec import NetworkSpec


def is_warm() -> bool:
    """Whether torch is loaded. Until then, what needs it can wait until the page is on the screen."""
    return "torch" in sys.modules


@cache
def warm_up() -> None:
    """Load torch in the background, once a server, as soon as the first page is drawn."""
    threading.Thread(target=_import_engine, name="warm-up", daemon=True).start()


@st.cache_data(max_entries=256, show_spinner=False)
def parameter_count(_spec: NetworkSpec, identity: str) -> int:
    """How many numbers a network learns. ``identity`` is its fingerprint."""
    return sum(parameter.numel() for parameter in _spec.build(0).parameters())


def _import_engine() -> None:
    import_module("netcore.model.forward")

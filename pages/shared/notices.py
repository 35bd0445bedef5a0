"""What went wrong, in the same place and the same words everywhere. Knows no page."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from netcore.errors import NetcoreError
from pages.shared import text

_LOG = logging.getLogger("netcore")


def show_error(refusal: NetcoreError) -> None:
    """Draw an engine's refusal: what happened with its value, and the cure."""
    st.error(text.error(refusal), icon=":material/error:")


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Run the body; where the engine refuses, show its sentence and go on behind the block.

    Anything else that fails is our mistake: the details go to the log under an id that the sentence shows.
    """
    try:
        yield
    except NetcoreError as refusal:
        show_error(refusal)
    except OSError as failure:
        identity = secrets.token_hex(3)
        _LOG.exception("failure %s", identity)
        st.error(text.page("frame")("failure", reason=text.plain(str(failure)), identity=identity))

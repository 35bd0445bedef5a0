"""What went wrong, in the same place and the same words everywhere. Knows no page."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from netcore.errors import BusyError, NetcoreError
from pages.shared import frame, text
from pages.shared.workspace import Workspace

_LOG = logging.getLogger("netcore")
_SECONDS_BETWEEN_QUESTIONS = 2.0


def show_error(refusal: NetcoreError, about: str = "") -> None:
    """Draw an engine's refusal: what happened with its value, and the cure. ``about`` names the file it is about."""
    subject = f"**{text.plain(about)}**: " if about else ""
    st.error(subject + text.error(refusal), icon=":material/error:")


@contextmanager
def refusals_shown(mend_on: str | None = None, work: Workspace | None = None) -> Iterator[None]:
    """Run the body; where the engine refuses, show its sentence and go on behind the block.

    ``mend_on`` is the page where it can be mended: a link to it stands below the sentence.
    A disk that refuses is said too; its details go to the log under a number that the sentence shows.
    """
    try:
        yield
    except BusyError as busy:
        st.info(text.page("frame")("busy", place=busy.values["place"]), icon=":material/hourglass_top:")
        _ask_again(time.monotonic())
    except NetcoreError as refusal:
        show_error(refusal)
        if mend_on and work:
            label = text.page("frame")("mend_on", page=text.page("frame")(mend_on))
            st.page_link(frame.path(mend_on), label=label, icon=frame.ICONS[mend_on], query_params={"w": work.identity})
    except OSError as failure:
        st.error(_log_disk(failure), icon=":material/error:")


@st.fragment(run_every=_SECONDS_BETWEEN_QUESTIONS)
def _ask_again(asked: float) -> None:
    if time.monotonic() - asked > _SECONDS_BETWEEN_QUESTIONS / 2:  # not while the page itself is drawn
        st.rerun()


@contextmanager
def failures_kept() -> Iterator[None]:
    """Stand over every callback that writes; where the disk refuses, the run that follows says so and goes on.

    An error that leaves a callback would take the whole page with it.
    """
    try:
        yield
    except OSError as failure:
        frame.show_next(_log_disk(failure))


@contextmanager
def failures_shown() -> Iterator[None]:
    """Run a whole page; where it fails, show a sentence instead of a traceback.

    The details of a mistake of ours go to the log under a number that the sentence shows.
    """
    try:
        with refusals_shown():
            yield
    except Exception:  # noqa: BLE001 - the one place that catches all, and it logs
        st.error(_log("mistake"), icon=":material/error:")


def _log_disk(failure: OSError) -> str:
    return _log("failure", reason=text.plain(failure.strerror or str(failure)))


def _log(key: str, **values: str) -> str:
    """Write the error at hand to the log, and return the sentence with its number."""
    identity = secrets.token_hex(3)
    _LOG.exception("failure %s", identity)
    return text.page("frame")(key, identity=identity, **values)

"""What every page shares: window, menu, network in hand. Knows which pages there are, not what is on them."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page

from netcore.errors import NetcoreError
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.settings import announce_address
from netcore.training.runs import Run
from pages.shared import engine, lamp, reveal, text, trained, workspace

ICONS = {
    "home": ":material/home:",
    "model": ":material/account_tree:",
    "samples": ":material/filter_5:",
    "training": ":material/trending_down:",
    "zoo": ":material/photo_library:",
}

_FAILURE = "failure"
SECONDS_BETWEEN_LOOKS = 2.0

say = text.page("frame")


def navigate() -> Page:
    """Draw what every page shares and return the page that was asked for."""
    announce_address(st.get_option("server.address"))
    st.set_page_config(page_title="Netcore", page_icon=_favicon(), layout="wide")
    pages = {
        name: st.Page(path(name), title=say(name), icon=icon, default=name == "home") for name, icon in ICONS.items()
    }
    page = st.navigation(list(pages.values()), position="hidden")
    # Only now: a click can break off this run, and then the frame has yet to be drawn.
    st.session_state["framed"] = True
    work = workspace.current()
    with st.sidebar:
        _draw_menu(work)
        if page != pages["zoo"]:  # there the page draws the network that it is about
            _draw_hand(work)
    return page


def ensure() -> None:
    """Draw the frame where Streamlit ran a page without ``app.py``: the first request of a fresh server does that.

    The run that follows goes through ``app.py``. Without it the first click of that visitor would be lost: its
    widget belongs to a page that Streamlit then takes for another one.
    """
    if not st.session_state.get("framed"):
        navigate()
        st.rerun()


def header(name: str) -> DeltaGenerator:
    """Draw a page's title and the one sentence that says what one can do there.

    Returns the place at the right of the title where ``show_code`` puts the page's code, the same on every page.
    """
    words = text.page(name)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(words("title"), anchor=False, width="content")
        place = st.container(width="content")
    st.markdown(words("sentence"))
    failure = st.session_state.pop(_FAILURE, None)
    if failure:
        st.error(failure, icon=":material/error:")
    return place


def show_next(failure: str) -> None:
    """Show this sentence under the header when the page is drawn next: a callback runs before there is a page."""
    st.session_state[_FAILURE] = failure


def show_code(place: DeltaGenerator, source: str, about: str = "") -> None:
    """Put the PyTorch lines that did what the page shows one click away, at the place that ``header`` returned.

    ``about`` says what they give, where that is not the very result on the screen.
    """
    with place.popover(say("code"), icon=":material/code:", help=about or say("code_help")):
        st.code(source, language="python")


def path(name: str) -> str:
    """A page's file, for ``st.page_link`` and ``st.switch_page``."""
    return f"pages/{name}.py"


@cache
def _favicon() -> str:
    # As an address of its own: a picture that the server lends out is gone when the page is run again.
    picture = Path(__file__).with_name("favicon.png").read_bytes()
    return "data:image/png;base64," + b64encode(picture).decode()


def _draw_menu(work: workspace.Workspace) -> None:
    """Draw a link to each page that takes the workspace along.

    Streamlit's own menu leaves it out of the address. Put back a moment later, it would be one more step for Back.
    """
    with st.container(gap="xxsmall"):
        for name, icon in ICONS.items():
            address = {"w": work.identity}
            st.page_link(path(name), label=say(name), icon=icon, help=say(f"{name}_help"), query_params=address)


def _draw_hand(work: workspace.Workspace) -> None:
    hand, run = work.hand, work.run_in_hand
    active = next((one for one in trained.runs_of(work, hand.spec) if one.status().is_active), None)
    with st.container(border=True, gap="xsmall"):
        st.caption(say("hand"))
        st.markdown(f"**{hand.name}**")
        if not reveal.is_on():  # then the class is asked how many numbers a layer learns
            _draw_size(hand.spec)
        lamp.show(hand.mode)
        if active:
            _watch(hand, active)
        else:
            st.caption(weights_in_words(hand, run))
            if not run or not run.best_path.exists():
                trained.offer_weights(work, hand, "hand_use_weights")
        origin = "training" if run or active else "model"
        st.page_link(
            path(origin),
            label=say(f"hand_open_{origin}"),
            icon=ICONS[origin],
            query_params={"w": work.identity},
        )


def _watch(hand: workspace.Hand, active: Run) -> None:
    """Say how far the training is, live, and how good the weights are that it has given so far."""

    @st.fragment(run_every=SECONDS_BETWEEN_LOOKS, key=f"hand_{active.identity}")
    def watch() -> None:
        status = active.status()
        if not status.is_active:
            st.rerun()  # the whole page: it asks the network with its new weights
        key = "hand_training" if status.epoch else "hand_training_soon"
        st.caption(say(key, run=active.name, epoch=status.epoch, epochs=active.config.epochs))
        if hand.run == active.identity and active.best_path.exists():
            st.caption(weights_in_words(hand, active))

    watch()


def _draw_size(spec: NetworkSpec) -> None:
    if isinstance(spec, Stack):
        st.caption(say("hand_parameters", count=text.number(spec.parameters)))
    elif engine.is_warm():
        with suppress(NetcoreError):  # a class that does not run here: the pages that need it say why
            st.caption(say("hand_parameters", count=text.number(engine.parameter_count(spec))))


def weights_in_words(hand: workspace.Hand, run: Run | None) -> str:
    """Where the weights of the network in hand come from."""
    if run is None:
        return say("hand_untrained", seed=hand.seed)
    if not run.best_path.exists():
        return say("hand_none" if run.status().has_ended else "hand_waiting", run=run.name)
    best = run.history().best
    if best is None:  # or its first epoch is just being written down
        return say("hand_waiting" if run.read_status().is_active else "hand_brought", run=run.name)
    return say("hand_best", run=run.name, epoch=best.epoch, accuracy=text.percent(best.validation_accuracy))

"""The learning rate of one run: changed while it trains, and its curve. Knows no form."""

from __future__ import annotations

import streamlit as st

from netcore.training.config import TrainingConfig
from netcore.training.history import History
from netcore.training.runs import Run
from netcore.training.schedules import SCHEDULES
from netcore.training.wish import read_wish, wish_learning_rate
from pages.shared import decimals, text, training_form
from pages.shared.charts import look, training

say = text.page("training")


def draw_change(run: Run, *, disabled: bool = False) -> None:
    """Draw the control that gives a run another learning rate from its next epoch on."""
    rate = read_wish(run.folder) or run.config.learning_rate
    with st.popover(say("change_rate"), icon=":material/speed:", disabled=disabled):
        st.markdown(say("change_rate_does"))
        key = f"training_rate_{run.identity}"
        wanted = decimals.draw(say("learning_rate"), rate, key=key)
        if st.button(say("change_rate_yes"), icon=":material/speed:"):
            with training_form.settings_named():
                rate = wish_learning_rate(run.folder, wanted)
        if rate != run.config.learning_rate:
            st.caption(say("change_rate_asked", rate=f"{rate:g}", first=f"{run.config.learning_rate:g}"))


def draw_asked(run: Run) -> None:
    """Say with which learning rate a run goes on, where that is not the one of its settings."""
    rate = read_wish(run.folder)
    if rate and rate != run.config.learning_rate:
        st.caption(say("rate_to_come", rate=f"{rate:g}", first=f"{run.config.learning_rate:g}"))


def draw_curve(config: TrainingConfig, history: History, end: int) -> None:
    """Draw the learning rate over the steps of a run up to the epoch ``end``, where it moved."""
    rates = [rate for result in history.epochs for rate in result.rates]
    if len(set(rates)) < 2:
        return
    first, highest, last = (f"{rate:.3g}" for rate in (rates[0], max(rates), rates[-1]))
    epoch = history.last_epoch
    if max(rates) in (rates[0], rates[-1]):
        title = say("rate_title", first=first, last=last, epoch=epoch)
    else:
        title = say("rate_title_over", first=first, highest=highest, last=last, epoch=epoch)
    # A planned schedule is a shape, and shows it on an even axis; what falls by factors falls evenly on the other.
    is_logarithmic = not SCHEDULES[config.schedule].is_planned
    words = {"title": title, "epoch": say("epoch"), "value": say("rate")}
    st.plotly_chart(
        training.built_once(training.rates, history, words, end=end, is_logarithmic=is_logarithmic),
        config=look.CONFIG,
        alt=say("rate_alt", title=title),
        key="training_rates",
    )

"""The learning rate of one run: changed while it trains, a tenth of it after it diverged, its curve. Knows no form."""

from __future__ import annotations

import streamlit as st

from netcore.training.history import History
from netcore.training.runs import Run
from netcore.training.wish import read_wish, wish_learning_rate
from pages.shared import run_picker, text, trainings
from pages.shared.charts import look, training
from pages.shared.workspace import Workspace

say = text.page("training")


def draw_change(run: Run, *, disabled: bool = False) -> None:
    """Draw the control that gives a run another learning rate from its next epoch on."""
    rate = read_wish(run.folder) or run.config.learning_rate
    with st.popover(say("change_rate"), icon=":material/speed:", disabled=disabled):
        st.markdown(say("change_rate_does"))
        key = f"training_rate_{run.identity}"
        wanted = st.number_input(say("learning_rate"), value=rate, step=rate / 2, format="%g", key=key)
        if st.button(say("change_rate_yes"), icon=":material/speed:") and wanted is not None:
            wish_learning_rate(run.folder, float(wanted))
            rate = float(wanted)
        if rate != run.config.learning_rate:
            st.caption(say("change_rate_asked", rate=f"{rate:g}", first=f"{run.config.learning_rate:g}"))


def draw_asked(run: Run) -> None:
    """Say with which learning rate a run goes on, where that is not the one of its settings."""
    rate = read_wish(run.folder)
    if rate and rate != run.config.learning_rate:
        st.caption(say("rate_to_come", rate=f"{rate:g}", first=f"{run.config.learning_rate:g}"))


def draw_slower(work: Workspace, run: Run) -> None:
    """Draw the button that starts a diverged run again with a tenth of its learning rate."""
    rate = trainings.slower(run).learning_rate
    label = say("train_slower", rate=f"{rate:g}")
    if st.button(label, type="primary", icon=":material/speed:", help=say("train_slower_help", run=run.name)):
        run_picker.show(trainings.start_slower(work, run))
        st.rerun()


def draw_curve(history: History) -> None:
    """Draw the learning rate of each epoch, where it was not the same in all."""
    rates = [result.learning_rate for result in history.epochs]
    if len(set(rates)) < 2:
        return
    title = say("rate_title", first=f"{rates[0]:.3g}", last=f"{rates[-1]:.3g}", epoch=len(rates))
    st.plotly_chart(
        training.built_once(training.rates, history, {"title": title, "epoch": say("epoch"), "value": say("rate")}),
        config=look.CONFIG,
        alt=say("rate_alt", title=title),
        key="training_rates",
    )

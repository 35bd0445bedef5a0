"""All runs of the workspace side by side. Knows what they measured, not how to change them."""

from __future__ import annotations

import streamlit as st

from netcore.training.label import read_label
from netcore.training.runs import Run
from pages.shared import run_picker, run_words, text
from pages.shared.workspace import Hand, Workspace

say = text.page("training")


def draw(work: Workspace) -> None:
    """A table that opens on demand; a click on a row takes that run."""
    table = st.expander(say("all_runs"), icon=":material/table_rows:", key="training_all_runs", on_change="rerun")
    if not table.open:
        return
    runs = work.runs.list()
    columns: dict[str, list[object]] = {say(name): [] for name in _COLUMNS}
    for run in runs:
        for name, value in zip(_COLUMNS, _row(run), strict=True):
            columns[say(name)].append(value)
    key = f"training_runs_{hash(tuple(run.identity for run in runs))}"
    with table:
        st.dataframe(
            columns,
            column_config={
                say("best_loss"): st.column_config.NumberColumn(format="%.4f"),
                say("best_accuracy"): st.column_config.NumberColumn(format="percent"),
                say("test_accuracy"): st.column_config.NumberColumn(format="percent"),
            },
            hide_index=True,
            key=key,
            on_select=lambda: _take(runs, key),
            selection_mode="single-row",
            alt=say("all_runs_alt"),
        )


_COLUMNS = (
    "run",
    "run_title",
    "state",
    "network",
    "settings",
    "epochs",
    "best_epoch",
    "best_loss",
    "best_accuracy",
    "test_accuracy",
    "took",
    "note",
)


def _row(run: Run) -> tuple[object, ...]:
    status, history, label, config = run.status(), run.history(), read_label(run.folder), run.config
    best = history.best if run.best_path.exists() else None
    shown = say("settings_short", optimizer=config.optimizer, rate=f"{config.learning_rate:g}", batch=config.batch_size)
    return (
        run.name.capitalize(),
        label.title,
        say(f"state_{status.state}"),
        Hand(run.network).name,
        ", ".join((shown, *run_words.describe_others(config))),
        f"{history.last_epoch} / {config.epochs}",
        best.epoch if best else None,
        best.validation_loss if best else None,
        best.validation_accuracy if best else None,
        status.test_accuracy if best else None,
        text.duration(sum(epoch.seconds for epoch in history.epochs)),
        label.note,
    )


def _take(runs: tuple[Run, ...], key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(runs):
        run_picker.show(runs[rows[0]])

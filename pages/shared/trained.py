"""What the runs of a network have come to, and the way to use their weights. Draws no curves and starts no page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from netcore.model.spec import NetworkSpec, fingerprint
from netcore.training.layout import RECORD_NAME
from netcore.training.runs import Run, RunStore
from pages.shared import text, trainings
from pages.shared.workspace import Hand, Workspace

say = text.page("frame")


def runs_of(work: Workspace, spec: NetworkSpec) -> tuple[Run, ...]:
    """The runs that train or have trained this very network, the newest first."""
    return _runs(work.folder / "runs", _records(work.folder / "runs"), fingerprint(spec), spec)


def offer_weights(work: Workspace, hand: Hand, key: str) -> bool:
    """Where another run has trained the untrained network in hand, draw the button that uses its best weights.

    Returns whether there is one.
    """
    trained = [
        (best.validation_accuracy, run)
        for run in runs_of(work, hand.spec)
        if run.best_path.exists() and (best := run.history().best)
    ]
    if not trained:
        return False
    accuracy, run = max(trained, key=lambda one: one[0])
    label = say("use_weights", run=run.name, accuracy=text.percent(accuracy))
    if st.button(label, icon=":material/star:", help=say("use_weights_help"), key=key):
        work.take(trainings.hand_of(work, run))
        st.rerun()
    return True


@st.cache_data(max_entries=256, show_spinner=False)
def _runs(folder: Path, records: tuple[tuple[str, int], ...], identity: str, _spec: NetworkSpec) -> tuple[Run, ...]:
    """Reading all runs takes long where there are many, and their records change rarely."""
    return tuple(run for run in RunStore(folder).list() if run.network == _spec)


def _records(folder: Path) -> tuple[tuple[str, int], ...]:
    """What changes whenever a run is begun, changed or deleted."""
    found = []
    for path in folder.glob(f"run-*/{RECORD_NAME}"):
        try:
            found.append((path.parent.name, path.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return tuple(sorted(found))

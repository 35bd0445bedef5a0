"""The same digit through two or three of a workspace's runs. Knows the answers, nothing of the page that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from netcore.training.label import read_label
from netcore.training.runs import Run
from pages.shared import engine, frame, notices, text
from pages.shared.charts import look, strip
from pages.shared.sample import Sample
from pages.shared.workspace import Hand, Workspace

say = text.page("inside")

_CHOSEN = "side_chosen"
MOST = 3


@dataclass(frozen=True)
class _Candidate:
    """Weights that a run has kept."""

    run: Run
    kind: str
    """``"best"`` or ``"last"``."""

    @property
    def key(self) -> str:
        """What stands for it in the widget: a run that trains on stays chosen."""
        return f"{self.run.identity} {self.kind}"

    @property
    def path(self) -> Path:
        """The checkpoint."""
        return self.run.best_path if self.kind == "best" else self.run.last_path


def draw(work: Workspace, mode: str, sample: Sample) -> None:
    """The choice of up to three checkpoints, and a column with the answer of each, asked in ``mode``."""
    candidates = {made.key: made for run in work.runs.list() for made in _candidates_of(run)}
    if not candidates:
        st.info(say("side_empty"), icon=":material/info:")
        label, icon = say("side_train"), frame.ICONS["training"]
        st.page_link(frame.path("training"), label=label, icon=icon, query_params={"w": work.identity})
        return
    _drop_deleted(candidates)
    chosen = st.multiselect(
        say("side_chosen"),
        list(candidates),
        format_func=lambda key: _name(candidates[key]),
        help=say("side_help"),
        key=_CHOSEN,
        max_selections=MOST,
        persist_state="session",
    )
    if mode == "train":
        st.badge(say("side_in_train"), icon=":material/model_training:", color="orange")
    answers: list[int] = []
    for column, key in zip(st.columns(max(2, len(chosen))), chosen, strict=False):
        with column, notices.refusals_shown():
            answers.append(_draw_one(candidates[key], mode, sample))
    if len(answers) > 1:
        alike = len(set(answers)) == 1
        words = (
            say("side_agree", answer=answers[0]) if alike else say("side_differ", answers=", ".join(map(str, answers)))
        )
        st.markdown(words)


def _draw_one(candidate: _Candidate, mode: str, sample: Sample) -> int:
    """One column: which weights, what they say. Returns the answer."""
    run = candidate.run
    st.markdown(f"**{text.plain(_name(candidate))}**  \n:gray[{text.plain(Hand(run.network).name)}]")
    path = candidate.path
    version = path.stat().st_mtime_ns if path.exists() else 0
    network = engine.Network(run.network, run.config.seed, mode, str(path), version)
    replaced = engine.replaced_epoch(network)
    if replaced:
        st.warning(say("side_replaced", epoch=replaced), icon=":material/history:")
    answer = engine.forward(network, [sample])
    said, probabilities = answer.predictions[0], answer.probabilities[0]
    known = "side_unlabelled" if sample.label is None else "side_right" if said == sample.label else "side_wrong"
    title = say(known, answer=said, chance=text.percent(probabilities[said]))
    words = {"title": title, "digit": say("class"), "hover": say("side_hover")}
    figure = strip.answer(probabilities, sample.label, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("side_alt", name=_name(candidate)), key=f"side_{candidate.key}")
    return said


def _candidates_of(run: Run) -> list[_Candidate]:
    """The best and the last weights; the best alone where there are none yet, so that the run can say so."""
    kinds = [kind for kind in ("best", "last") if _Candidate(run, kind).path.exists()]
    return [_Candidate(run, kind) for kind in kinds or ["best"]]


def _drop_deleted(candidates: dict[str, _Candidate]) -> None:
    """Forget what is not there any more, in words; at first, choose the newest two with weights."""
    if _CHOSEN not in st.session_state:
        ready = [key for key, made in candidates.items() if made.kind == "best" and made.path.exists()]
        st.session_state[_CHOSEN] = ready[:2]
    gone = [key for key in st.session_state[_CHOSEN] if key not in candidates]
    if gone:
        st.session_state[_CHOSEN] = [key for key in st.session_state[_CHOSEN] if key in candidates]
        names = ", ".join(sorted({key.split()[0].replace("-", " ") for key in gone}))
        st.caption(say("side_gone", names=text.plain(names)))


def _name(candidate: _Candidate) -> str:
    title = read_label(candidate.run.folder).title
    return say(f"side_{candidate.kind}", run=f"{candidate.run.name}: {title}" if title else candidate.run.name)

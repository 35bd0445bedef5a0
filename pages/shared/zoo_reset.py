"""The pretrained network beside a copy with fresh weights. Knows the results, not their computing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import lamp, pretrained, text, zoo_answers
from pages.shared.pretrained import Photo

if TYPE_CHECKING:
    from netcore.zoo.reset import ResetReport
    from netcore.zoo.weights import LoadedModel

say = text.page("zoo")

_RESETS = "zoo_resets"
_LOOP = """\
for module in model.modules():
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()"""


def draw(loaded: LoadedModel, photo: Photo) -> None:
    """The pretrained network beside a copy with fresh weights, and what the reset reached."""
    resets: dict[str, int] = st.session_state.setdefault(_RESETS, {})
    name = loaded.entry.name
    st.code(_LOOP, language="python")
    st.button(
        say("reset_again" if name in resets else "reset"),
        icon=":material/restart_alt:",
        type="primary",
        help=say("reset_help"),
        on_click=lambda: resets.update({name: resets.get(name, 0) + 1}),
    )
    if name not in resets:
        st.caption(say("reset_first"))
        return
    lamp.show("eval")
    with st.spinner(say("resetting")):
        report, answer = pretrained.classify_after_reset(loaded, photo, resets[name])
    before, after = st.columns(2)
    with before:
        zoo_answers.draw_top(
            pretrained.classify(loaded, [photo])[0], "before" if loaded.published else "before_own", key="zoo_before"
        )
    with after:
        zoo_answers.draw_top(answer, "after", key="zoo_after")
    _draw_report(report, resets[name])


def _draw_report(report: ResetReport, seed: int) -> None:
    total = report.total_parameters
    with st.container(horizontal=True):
        for key, count, note in (
            ("reset_count", report.reset_parameters, text.percent(report.reset_parameters / total)),
            ("missed_count", report.missed_parameters, text.percent(report.missed_parameters / total)),
            ("statistics_count", report.reset_buffers, None),
        ):
            words = text.number(count)
            st.metric(say(key), words, note, delta_color="off", delta_arrow="off", help=say(f"{key}_help", seed=seed))
    reached, nothing, missed = st.tabs(
        [
            say("reached", count=len(report.reset)),
            say("nothing", count=sum(count for _, count in report.nothing_to_reset)),
            say("missed", count=len(report.missed)),
        ]
    )
    layer, kind, parameters = say("layer"), say("kind"), say("parameters")
    reached.dataframe(
        {
            layer: [each.name for each in report.reset],
            kind: [each.kind for each in report.reset],
            parameters: [each.parameters for each in report.reset],
        },
        height=240,
        alt=say("reached_alt"),
    )
    nothing.dataframe(
        {kind: [name for name, _ in report.nothing_to_reset], say("number"): [n for _, n in report.nothing_to_reset]},
        height=240,
        alt=say("nothing_alt"),
    )
    if not report.missed:
        missed.markdown(say("missed_none"))
        return
    missed.markdown(say("missed_some"))
    missed.dataframe(
        {
            say("parameter"): [each.name for each in report.missed],
            say("owner"): [each.owner for each in report.missed],
            say("shape"): [str(list(each.shape)) for each in report.missed],
            parameters: [each.parameters for each in report.missed],
        },
        height=240,
        alt=say("missed_alt"),
    )

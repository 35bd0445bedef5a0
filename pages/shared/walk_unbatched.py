"""The walk without ``unsqueeze(0)``: what really happened, in PyTorch's words and in ours. Knows no widget above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import engine, sample_answers, text
from pages.shared.sample import Sample
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.model.unbatched import Step, Unbatched

say = text.page("walk")


def draw(network: engine.Network, sample: Sample) -> None:
    """Call ``model(image)`` with ``[1, 28, 28]`` and tell what came of it."""
    engine.check_logits(network, 1)
    found = sample_answers.unbatched_of(network, sample)
    st.code("logits = model(image)  # [1, 28, 28]", language="python")
    if found.verdict == "error":
        st.markdown(say("unbatched_error"))
        st.code(found.error, language=None, wrap_lines=True)
        st.error("  \n".join(_explain(found)), icon=":material/error:")
    else:
        expected = engine.trace_of(network.spec, 1).output_shape
        st.warning(_tell(found, expected), icon=":material/warning:")
    if found.steps:
        st.table(_rows(found.steps), border="horizontal", hide_index=True, alt=say("unbatched_alt"))
    st.markdown(say("unbatched_mend"))


def _tell(found: Unbatched, expected: tuple[int, ...] | None) -> str:
    shape = shape_text(found.shape or ())
    if found.verdict == "the same":
        return say("unbatched_same", shape=shape)
    if found.verdict == "another shape":
        return say("unbatched_shape", shape=shape, expected=shape_text(expected or ()))
    return say("unbatched_numbers", shape=shape) if found.shape else say("unbatched_nothing")


def _explain(found: Unbatched) -> list[str]:
    words = [_where(found), say("unbatched_why", first=say("unbatched_first"))]
    for step in found.steps[:-1]:
        if step.code.startswith("Conv2d(") and len(step.shape) == 3:
            words.append(say("unbatched_late", code=_code(step), shape=shape_text(step.shape)))
            break
    for step in found.steps[:-1]:
        if step.code.startswith("Flatten(start_dim=1") and len(step.shape) == 3 and step.shape[0] > 1:
            rows, height, width = step.shape
            words.append(say("unbatched_flatten", rows=rows, count=height * width))
    return words


def _where(found: Unbatched) -> str:
    if not found.steps:
        return say("unbatched_forward_first")
    step = found.steps[-1]
    shape = shape_text(step.shape)
    if not step.expected:
        return say("unbatched_where_new", code=_code(step), shape=shape)
    told = "unbatched_where" if found.raised_inside else "unbatched_forward"
    return say(told, code=_code(step), shape=shape, expected=shape_text(step.expected))


def _rows(steps: tuple[Step, ...]) -> dict[str, list[str]]:
    return {
        say("unbatched_layer"): [_code(step) for step in steps],
        say("unbatched_got"): [shape_text(step.shape) for step in steps],
        say("unbatched_expected"): [shape_text(step.expected) if step.expected else "–" for step in steps],
    }


def _code(step: Step) -> str:
    return text.plain(step.code)

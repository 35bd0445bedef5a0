"""The same photo with model.eval() and without. Knows the results, not their computing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import pretrained, text, zoo_answers
from pages.shared.pretrained import Photo

if TYPE_CHECKING:
    from netcore.zoo.copies import ModeAnswers
    from netcore.zoo.weights import LoadedModel

say = text.page("zoo")

_MOST_PASSES = 10
_FORGOTTEN = """\
model.train()  # where model.eval() was forgotten
logits = model(x)"""


def draw(loaded: LoadedModel, photo: Photo) -> None:
    """Both answers side by side, every pass without eval(), and what those passes leave behind."""
    st.code(_FORGOTTEN, language="python")
    passes = st.slider(say("passes"), 1, _MOST_PASSES, 5, help=say("passes_help"), key="zoo_passes")
    with st.spinner(say("passing")):
        answers = pretrained.compare_modes(loaded, photo, passes)
    with_eval, without = st.columns(2)
    with with_eval:
        zoo_answers.draw_top(answers.with_eval, "eval", key="zoo_with_eval", small=True)
    with without:
        zoo_answers.draw_top(answers.without[0], "train", key="zoo_without_eval", small=True)
    _draw_passes(answers)


def _draw_passes(answers: ModeAnswers) -> None:
    best = answers.with_eval.predictions[0]
    st.markdown(say("agreeing", agreeing=answers.agreeing, passes=len(answers.without), category=best.category))
    firsts = [answer.predictions[0] for answer in answers.without]
    st.table(
        {
            say("pass"): list(range(1, len(firsts) + 1)),
            say("pass_says"): [first.category for first in firsts],
            say("probability"): [f"{100 * first.probability:.1f}" for first in firsts],
        },
        border="horizontal",
        hide_index=True,
        alt=say("passes_alt"),
    )
    after = answers.afterwards.predictions[0]
    moved = answers.afterwards.logits != answers.with_eval.logits
    values = {"category": after.category, "probability": text.percent(after.probability)}
    st.markdown(say("after_moved" if moved else "after_same", **values))
    kinds = Counter(layer.kind for layer in answers.layers)
    layers = ", ".join(f"{count} × `{kind}`" for kind, count in kinds.most_common())
    st.caption(say("mode_layers", layers=layers) if layers else say("mode_layers_none"))

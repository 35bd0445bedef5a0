"""Follow a digit through the network in hand: image, batch, logits, probabilities, and what lies between."""

from __future__ import annotations

import streamlit as st

from pages.shared import (
    digits,
    engine,
    frame,
    lamp,
    notices,
    own_digit,
    own_picture,
    preparation,
    reveal,
    sample_picker,
    sample_tabs,
    text,
    untrained,
    walk,
    workspace,
)

frame.ensure()
code = frame.header("samples")
say = text.page("samples")
work = workspace.current()

source = sample_picker.pick_source()
sample = picture = None
controls, result = st.columns([1, 2], gap="large")
with controls:
    with notices.refusals_shown():
        if source == "mnist":
            sample = sample_picker.pick()
        else:
            picture = own_picture.pick(source, work)
    with notices.refusals_shown():
        sample_picker.pick_weights(work)
    reveal.pick()

with result, notices.refusals_shown("model", work):
    network = engine.network(work)
    replaced = engine.replaced_epoch(network)
    lamp.warn(work)
    if not network.is_trained:
        untrained.warn(work)
    if replaced:
        st.warning(say("replaced", epoch=replaced), icon=":material/history:")
    if picture:
        sample = own_digit.draw(network, picture)
    if not sample:
        st.info(say(f"nothing_{source}"), icon=":material/draw:")
    else:
        digits.hold(sample)
        reveal.draw(network, sample)
        if sample.place and not reveal.hidden(network, sample):
            frame.show_code(code, engine.sample_source(network, sample.place, walk.count_of(sample)))
        elif sample.own and not reveal.hidden(network, sample):
            frame.show_code(code, preparation.source(network, sample.own))
        sample_tabs.draw(work, network, sample)

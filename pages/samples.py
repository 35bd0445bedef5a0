"""Follow an MNIST image through the network in hand: image, batch, logits, probabilities."""

from __future__ import annotations

import streamlit as st

from pages.shared import engine, frame, notices, sample_picker, text, walk, workspace

frame.ensure()
code = frame.header("samples")
say = text.page("samples")
work = workspace.current()

controls, result = st.columns([1, 2], gap="large")
with controls:
    sample = sample_picker.pick()
    with notices.refusals_shown():
        sample_picker.pick_weights(work)

with result, notices.refusals_shown("model", work):
    network = engine.network(work)
    replaced = engine.replaced_epoch(network)
    if replaced:
        st.warning(say("replaced", epoch=replaced), icon=":material/history:")
    frame.show_code(code, engine.sample_source(network, sample.split, sample.index))
    one, many = st.tabs([say("walk"), say("batch")], key="samples_tab", on_change="rerun")
    if one.open:
        with one:
            walk.draw_one(network, sample)
    if many.open:
        with many:
            walk.draw_batch(network, sample)

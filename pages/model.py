"""Define the network in hand, see every shape on its way, and look inside."""

from __future__ import annotations

import streamlit as st

from pages.shared import engine, frame, inspection, layer_table, network_tabs, notices, stack_editor, text, workspace

frame.ensure()
code = frame.header("model")
say = text.page("model")
work = workspace.current()
hand = work.hand

controls, result = st.columns([3, 5], gap="medium")
with controls:
    stack_editor.draw(work)
with result, notices.refusals_shown():
    batch = layer_table.pick_batch()
    with st.skeleton(height=300):
        traced = engine.trace_of(hand.spec, batch)
        layer_table.draw(work, traced)
with notices.refusals_shown():
    frame.show_code(code, inspection.walk_of(hand.spec, batch, hand.seed))
    network_tabs.draw(work, fits=traced.problem is None)

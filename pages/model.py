"""Define the network in hand, see every shape on its way, and look inside."""

from __future__ import annotations

import streamlit as st

from netcore.model.custom.source import CustomSource
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from pages.shared import (
    class_editor,
    engine,
    frame,
    inspection,
    layer_table,
    network_picker,
    network_tabs,
    notices,
    stack_editor,
    text,
    workspace,
)

frame.ensure()
code = frame.header("model")
say = text.page("model")
work = workspace.current()
hand = work.hand

# A class is written in lines of eighty signs, and needs the room.
controls, result = st.columns([4, 3] if isinstance(hand.spec, CustomSource) else [3, 5], gap="medium")
with controls:
    network_picker.draw(work, hand.spec)
    editor = st.container()
    if isinstance(hand.spec, Stack):
        stack_editor.draw(work, hand.spec)
    elif isinstance(hand.spec, ReadyMade):
        st.markdown(hand.spec.does)
traced = None
with result, notices.refusals_shown():
    batch = layer_table.pick_batch()
    with st.skeleton(height=300):
        traced = engine.trace_of(hand.spec, batch)
        layer_table.draw(work, traced)
if isinstance(hand.spec, CustomSource):
    with editor:
        class_editor.draw(work, hand.spec, layer_table.problems_of(traced) if traced else ())
    if traced and not traced.problem:
        with result, notices.refusals_shown():
            class_editor.draw_printed(hand.spec)
with notices.refusals_shown():
    frame.show_code(code, inspection.walk_of(hand.spec, batch, hand.seed))
    network_tabs.draw(work, fits=traced is not None and traced.problem is None)

"""Classify photos with pretrained networks, see what they receive, and reset their weights."""

from __future__ import annotations

import streamlit as st

from pages.shared import (
    breakpoint_tab,
    counting,
    frame,
    graphs,
    network_graph,
    notices,
    pretrained,
    text,
    views,
    zoo_answers,
    zoo_download,
    zoo_hand,
    zoo_input,
    zoo_modes,
    zoo_modules,
    zoo_picker,
    zoo_reset,
    zoo_table,
    zoo_tensors,
    zoo_weights,
)

frame.ensure()
code = frame.header("zoo")
say = text.page("zoo")

controls, result = st.columns([1, 2], gap="large")
with controls, st.skeleton(height=300):
    entry = zoo_picker.pick_network()
    photos = zoo_picker.pick_photos()
    zoo_weights.draw(entry)
state = zoo_weights.state(entry)
zoo_hand.draw(entry, state)
lines = pretrained.source(entry, own_weights=state == "own weights")
frame.show_code(code, lines, zoo_weights.explain_code(entry, state))

with result, notices.refusals_shown():
    names = (
        "predictions",
        "received",
        "modes",
        "reset_tab",
        "picture",
        "counting",
        "breakpoint",
        "weights_tab",
        "modules",
        "catalogue",
    )
    with views.opened("zoo", names) as view:
        if view == "catalogue":
            zoo_table.draw()
        elif view == "modules":
            zoo_modules.draw(entry)
        elif view == "picture":
            graph = graphs.graph_of_entry(entry, 1)
            network_graph.draw(graph, "zoo", entry.name, file_name=entry.model, beside=False)
        elif view == "counting":
            graph = graphs.graph_of_entry(entry, counting.pick_batch("zoo"), training=True)
            counting.draw(graph, "zoo", beside=False)
        elif state == "can be downloaded" or pretrained.find_fetch(entry).is_running:
            zoo_download.offer(entry)
        elif not photos and view != "weights_tab":
            st.info(say("no_photo"), icon=":material/add_photo_alternate:")
        else:
            with st.skeleton(height=300):
                loaded = zoo_weights.load(entry)
            if loaded:
                if view == "predictions":
                    zoo_answers.draw(loaded, photos)
                elif view == "received":
                    zoo_input.draw(loaded, zoo_picker.pick_one(photos, "zoo_input_photo"))
                elif view == "weights_tab":
                    zoo_tensors.draw(loaded)
                elif view == "breakpoint":
                    breakpoint_tab.draw_photo(loaded, zoo_picker.pick_one(photos, "zoo_stops_photo"))
                elif view == "modes":
                    zoo_modes.draw(loaded, zoo_picker.pick_one(photos, "zoo_modes_photo"))
                elif view == "reset_tab":
                    zoo_reset.draw(loaded, zoo_picker.pick_one(photos, "zoo_reset_photo"))

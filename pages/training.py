"""Train the network in hand, watch it, keep its best checkpoint, go on later."""

from __future__ import annotations

import streamlit as st

from pages.shared import (
    augmented_digits,
    engine,
    frame,
    layer_table,
    notices,
    outside_file,
    run_picker,
    run_table,
    text,
    training_form,
    training_watch,
    trainings,
    views,
    workspace,
)

frame.ensure()
code = frame.header("training")
say = text.page("training")
work = workspace.current()
hand = work.hand
active = work.runs.active()
shown = "training_shown"

controls, result = st.columns([1, 2], gap="large")
with controls:
    st.markdown(say("hand", name=text.plain(hand.name)))
    st.page_link(frame.path("model"), label=say("change"), icon=frame.ICONS["model"], query_params={"w": work.identity})
    start = st.container()  # above the settings that it names: it is on the screen without scrolling
    form = training_form.draw(work)
    config = None
    with start, notices.refusals_shown():
        trainings.claim(work)
        config = form.config()
        augmented_digits.draw(form.pictures, config)
    with start, notices.refusals_shown():
        # Where a setting is refused, the button and an uploaded file stay where they are.
        label = training_form.name_start(config)
        waits = config is None or active is not None
        clicked = st.button(label, type="primary", icon=":material/play_arrow:", key="training_start", disabled=waits)
        if clicked and config:
            engine.check_training(hand.spec, config)
            run_picker.show(trainings.start(work, config))
            views.want(shown)  # on a phone it is drawn below all the settings
            st.rerun()
    with start, notices.refusals_shown():
        if engine.is_warm():
            layer_table.draw_warnings(engine.trace_of(hand.spec, layer_table.chosen_batch()))
    with start, notices.refusals_shown():
        outside_file.draw(work, config, active)
    if active:
        start.caption(say("busy", run=active.name.capitalize()))

with result, st.container(key=shown):
    views.show_wanted(shown)
    run = run_picker.pick(work, active)
    if run:
        frame.show_code(code, engine.training_source(run.network, run.config), say("code_help_run", run=run.name))
        training_watch.draw(work, run)
        run_table.draw(work)
    else:
        if config:
            frame.show_code(code, engine.training_source(hand.spec, config), say("code_help"))
        st.markdown(say("empty"))

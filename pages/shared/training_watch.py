"""One run on the screen: where it stands, what one can do with it, its curves. Reads the run's folder, nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import streamlit as st

from netcore.errors import CheckpointError
from netcore.settings import MAX_EPOCHS
from netcore.training.history import History
from netcore.training.runs import Run
from netcore.training.scheduler import scheduler
from netcore.training.schedules import SCHEDULES
from netcore.training.status import RunStatus
from netcore.training.verdict import judge
from pages.shared import checkpoint_card, notices, rate_control, run_picker, run_words, text, trainings
from pages.shared.charts import look, training
from pages.shared.checkpoint_card import Best
from pages.shared.workspace import Workspace

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_OF_SILENCE = 10.0

say = text.page("training")


def draw(work: Workspace, run: Run) -> None:
    """Draw the run, and while it trains draw it again every second, without the rest of the page."""
    was_active = run.status().is_active

    @st.fragment(run_every=SECONDS_BETWEEN_LOOKS if was_active else None, key=f"watch_{run.identity}")
    @notices.failures_shown()  # while it trains, this part runs without the rest of the page
    def watch() -> None:
        status, history = run.status(), run.history()
        ending = scheduler().ending(run)
        if status.is_active != was_active:
            st.rerun()
        best, damage = _find_best(run, status, history)
        with notices.refusals_shown():
            _draw_standing(run, status, history, ending)
            if status.is_active:
                _draw_endings(run, status, ending)
            else:
                _draw_beginnings(work, run, status, history, best)
        _draw_numbers(status, best)
        _draw_curves(run, status, history, best)
        with notices.refusals_shown():
            if damage:
                notices.show_error(damage)
            checkpoint_card.draw(run, status, best, was_written=history.best is not None)

    st.caption(run_words.describe(run.config))
    watch()


def _find_best(run: Run, status: RunStatus, history: History) -> tuple[Best | None, CheckpointError | None]:
    try:
        return checkpoint_card.find_best(run, status, history), None
    except CheckpointError as damage:
        return None, damage


def _draw_standing(run: Run, status: RunStatus, history: History, ending: str) -> None:
    config = run.config
    if status.is_active and ending:
        st.progress(_share_done(run, status), say("pausing" if ending == "paused" else "stopping"))
    elif status.state == "queued":
        st.progress(_share_done(run, status), _waiting_in_words(run))
    elif status.state == "running":
        words = say("starting")
        if status.images_per_second:
            words = say(
                "progress",
                epoch=status.epoch,
                epochs=config.epochs,
                step=status.step,
                steps=status.steps,
                rate=f"{status.images_per_second:,.0f}",
                left=text.duration(status.seconds_left),
            )
        st.progress(_share_done(run, status), words)
        silent = time.time() - run.pulse() / 1e9
        if silent > SECONDS_OF_SILENCE:
            st.caption(say("silent", seconds=text.duration(silent)))
    elif status.problem:
        notices.show_error(status.problem)
    elif history.lowest and status.state == "done" and history.last_epoch < config.epochs:
        lowest = history.lowest.epoch
        st.markdown(say("ended_done_early", epoch=history.last_epoch, best=lowest, patience=config.patience))
    else:
        by_wish = status.state in ("paused", "stopped")
        key = f"ended_{status.state}_early" if by_wish and not history.epochs else f"ended_{status.state}"
        if status.state == "done" and config.epochs == 1:
            key = "ended_done_one"
        words = say(key, epoch=history.last_epoch, epochs=config.epochs)
        nothing_lost = by_wish and 0 < history.last_epoch == history.last_saved
        st.markdown(f"{words} {say('nothing_lost')}" if nothing_lost else words)
    verdict = judge(history)
    if verdict and not status.is_active:
        st.markdown(run_words.describe_verdict(verdict))
    if status.found_damage:
        st.warning(say("recovered", damage=text.error(status.found_damage)), icon=":material/healing:")
    if history.epochs and history.epochs[-1].save_problem:
        problem = text.plain(history.epochs[-1].save_problem)
        lost = not status.is_active and history.last_saved < history.last_epoch
        words = say("save_lost" if lost else "save_problem", problem=problem, epoch=history.last_saved + 1)
        st.warning(words, icon=":material/save:")


def _share_done(run: Run, status: RunStatus) -> float:
    steps = max(1, run.config.epochs * status.steps)
    return min(1.0, (max(0, status.epoch - 1) * status.steps + status.step) / steps)


def _waiting_in_words(run: Run) -> str:
    place = scheduler().place(run)
    if place is None:
        return say("starting")
    if place.seconds is None:
        return say("queued", place=place.number)
    return say("queued_about", place=place.number, left=text.duration(max(1.0, place.seconds)))


def _draw_endings(run: Run, status: RunStatus, ending: str) -> None:
    # Called back, so that the click is known before this is drawn: what it does takes a moment, and is shown at once.
    with st.container(horizontal=True):
        for end, name in ((scheduler().pause, "pause"), (scheduler().stop, "stop")):
            st.button(
                say(name),
                icon=f":material/{name}:",
                help=say(f"{name}_help"),
                key=f"training_{name}",
                disabled=bool(ending),
                on_click=_end,
                args=(end, run),
            )
        rate_control.draw_change(run, disabled=bool(ending) or status.epoch >= run.config.epochs)


def _end(end: Callable[[Run], None], run: Run) -> None:
    with notices.failures_kept():
        end(run)


def _draw_beginnings(work: Workspace, run: Run, status: RunStatus, history: History, best: Best | None) -> None:
    can_go_on = status.state != "diverged"
    with st.container(horizontal=True):
        if can_go_on:
            _draw_going_on(work, run, status, history, best)
        _draw_advice(work, run, status, history)
        if can_go_on:
            is_at_its_end = run.is_complete(history) and SCHEDULES[run.config.schedule].is_planned
            rate_control.draw_change(run, disabled=is_at_its_end)
        can_take = work.hand.run != run.identity and best is not None
        if can_take and st.button(say("take"), icon=":material/back_hand:", help=say("take_help")):
            work.take(trainings.hand_of(work, run))
            st.rerun()
    if can_go_on:
        rate_control.draw_asked(run)


def _draw_advice(work: Workspace, run: Run, status: RunStatus, history: History) -> None:
    """The button that trains the network again with settings that fit what went wrong, where something did."""
    advised = trainings.advised(run, status, history)
    if not advised:
        return
    label = say("train_advised", changes=run_words.describe_changes(run.config, advised))
    kind: Literal["primary", "secondary"] = "primary" if status.state == "diverged" else "secondary"
    if st.button(label, type=kind, icon=":material/build:", help=say("train_advised_help", run=run.name)):
        run_picker.show(trainings.start_again(work, run, advised))
        st.rerun()


def _draw_going_on(work: Workspace, run: Run, status: RunStatus, history: History, best: Best | None) -> None:
    last, saved = history.last_epoch, history.last_saved
    if not run.is_complete(history):
        going_on = "go_on" if status.state == "paused" else "resume"
        label = say(going_on, epoch=saved + 1) if saved else say("start_again")
        if st.button(label, type="primary", icon=":material/play_arrow:", help=say("resume_help")):
            _start(work, run)
    elif last + trainings.MORE_EPOCHS <= MAX_EPOCHS:
        label, is_planned = say("train_more", count=trainings.MORE_EPOCHS), SCHEDULES[run.config.schedule].is_planned
        why = say("planned_help") if is_planned else say("resume_help")
        if st.button(label, icon=":material/play_arrow:", help=why, disabled=is_planned):
            _train_more(work, run, last + trainings.MORE_EPOCHS)
    if best and best.epoch < last:
        label = say("back", epoch=best.epoch + 1)
        if st.button(label, icon=":material/undo:", help=say("back_help")):
            _start(work, run, "best")


def _start(work: Workspace, run: Run, start_from: str = "last") -> None:
    with notices.refusals_shown():
        trainings.resume(work, run, start_from)
        st.rerun()


def _train_more(work: Workspace, run: Run, epochs: int) -> None:
    _start(work, run.with_config(run.config.lengthened(epochs)))
    run.write_record()  # reached only where the start was refused: the run stays as it was


def _draw_numbers(status: RunStatus, best: Best | None) -> None:
    if not best or best.accuracy is None:
        return
    with st.container(horizontal=True):
        st.metric(say("best_epoch"), best.epoch, icon=":material/star:")
        st.metric(say("best_loss"), text.number(best.loss))
        st.metric(say("best_accuracy"), text.percent(best.accuracy))
        if status.test_accuracy is not None and not best.damage:
            st.metric(say("test_accuracy"), text.percent(status.test_accuracy), help=say("test_accuracy_help"))


def _draw_curves(run: Run, status: RunStatus, history: History, best: Best | None) -> None:
    lowest = history.lowest
    if not lowest:
        st.caption(say("first_epoch"))
        return
    loss_title = say("loss_title", epoch=lowest.epoch)
    if best and best.epoch != lowest.epoch:
        loss_title = say("loss_title_other", epoch=lowest.epoch, best=best.epoch)
    shown = (history.find(best.epoch) if best else None) or lowest
    accuracy_title = say("accuracy_title", epoch=shown.epoch, accuracy=text.percent(shown.validation_accuracy))
    is_over = not status.is_active and run.is_complete(history)
    place = {"star": best.epoch if best else 0, "end": history.last_epoch if is_over else run.config.epochs}
    common = {name: say(name) for name in ("epoch", "training", "validation")}
    count = len(history.epochs)
    charts = (
        (training.losses, "loss", loss_title, "guess_loss"),
        (training.accuracies, "accuracy", accuracy_title, "guess_accuracy"),
    )
    for column, (draw, value, title, guess) in zip(st.columns(2), charts, strict=True):
        words = {**common, "title": title, "value": say(value), "guess": say(guess)}
        column.plotly_chart(
            training.built_once(draw, history, words, **place),
            config=look.CONFIG,
            alt=say(f"{value}_alt", count=count, title=title),
            key=f"training_{value}",
        )
    rate_control.draw_curve(run.config, history, place["end"])

"""The best checkpoint of a run: is there one, what is in it, take it away, delete it. Knows no training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from netcore.errors import CheckpointError
from netcore.training.history import EpochResult, History
from netcore.training.layout import BEST_NAME
from netcore.training.runs import Run
from netcore.training.status import RunStatus
from pages.shared import engine, notices, text

say = text.page("training")


@dataclass(frozen=True)
class Best:
    """What lies on the disk as a run's best checkpoint."""

    epoch: int
    loss: float
    accuracy: float | None
    """Of the validation digits, in [0, 1]; None where its epoch was trained elsewhere."""
    lower: EpochResult | None
    """The epoch with a lower loss, whose weights are not on the disk; None where there is none."""
    since: int | None
    """The first epoch from which on none was lower; None where a later one was."""
    damage: CheckpointError | None
    """What is wrong with the newest file, where this is the generation before it."""


def find_best(run: Run, status: RunStatus, history: History) -> Best | None:
    """What is in a run's best checkpoint as the file is now; None where there is no file.

    Raises ``CheckpointError`` where it is damaged, and the one before it too.
    """
    if not run.best_path.exists():
        return None
    written = history.best
    if status.is_active and written:  # the file may be replaced at any moment, and is as new as the history
        epoch, loss, damage = written.epoch, written.validation_loss, None
    else:
        found = engine.checkpoint(str(run.best_path), run.best_path.stat().st_mtime_ns)
        epoch, loss, damage = found.epoch, found.best_loss, found.damage
    measured, lowest = history.find(epoch), history.lowest
    return Best(
        epoch=epoch,
        loss=loss,
        accuracy=measured.validation_accuracy if measured else None,
        lower=lowest if lowest and lowest.validation_loss < loss else None,
        since=history.lowest_since(epoch),
        damage=damage,
    )


def draw(run: Run, status: RunStatus, best: Best | None, *, was_written: bool) -> None:
    """Draw the card. ``was_written`` says whether the run ever had a best checkpoint."""
    with st.container(border=True):
        st.subheader(say("card"), anchor=False)
        if not best:
            if not run.best_path.exists():
                st.markdown(say("card_deleted" if was_written else "card_none"))
            else:
                _draw_delete(run, None)
            return
        _draw_words(run, best)
        if status.is_active:
            return  # the file may be replaced at any moment: its insides can be seen when the run is over
        with st.container(horizontal=True):
            st.download_button(
                say("download"),
                run.best_path.read_bytes,
                file_name=BEST_NAME,
                mime="application/octet-stream",
                icon=":material/download:",
                help=say("download_help"),
                on_click="ignore",
            )
            _draw_delete(run, best.epoch)
        inside = st.expander(say("open_file"), icon=":material/folder_open:", key="card_inside", on_change="rerun")
        if inside.open:
            with inside, notices.refusals_shown():
                _draw_inside(run)


def _draw_words(run: Run, best: Best) -> None:
    if best.damage:
        notices.show_error(best.damage)
        st.markdown(say("previous", epoch=best.epoch))
    file = run.best_path.stat()
    time, size = f"{datetime.fromtimestamp(file.st_mtime):%H:%M:%S}", text.size(file.st_size)
    told = {"epoch": best.epoch, "loss": text.number(best.loss), "time": time, "size": size}
    if best.accuracy is None:  # no epoch of this run has beaten the file that it began with
        st.markdown(say("card_brought", **told))
    else:
        st.markdown(say("card_words", **told, accuracy=text.percent(best.accuracy)))
    if best.lower and best.since:
        st.markdown(
            say("card_since", epoch=best.lower.epoch, loss=text.number(best.lower.validation_loss), since=best.since)
        )
    elif best.lower:
        st.markdown(say("card_lower", epoch=best.lower.epoch, loss=text.number(best.lower.validation_loss)))
    st.caption(say("card_resume", epoch=best.epoch + 1))


def _draw_delete(run: Run, epoch: int | None) -> None:
    with st.popover(say("delete"), icon=":material/delete:"):
        st.markdown(say("delete_sure", epoch=epoch, run=run.name) if epoch else say("delete_damaged"))
        if st.button(say("delete_yes"), icon=":material/delete:"):
            run.delete_best()
            st.rerun()


def _draw_inside(run: Run) -> None:
    found = engine.checkpoint(str(run.best_path), run.best_path.stat().st_mtime_ns)
    entries = ", ".join(found.optimizer_entries)
    contents = {
        "epoch": say("key_epoch", epoch=found.epoch),
        "best_loss": say("key_best_loss", loss=text.number(found.best_loss)),
        "model_state": say("key_model_state", count=len(found.tensors), parameters=text.number(found.parameters)),
        "optim_state": say("key_optim_state", optimizer=found.optimizer, entries=text.plain(entries))
        if entries
        else say("key_optim_state_none", optimizer=found.optimizer),
        "meta": say(
            "key_meta" if found.threads == 1 else "key_meta_threads",
            seed=found.seed,
            threads=found.threads,
            version=text.plain(found.torch_version),
        ),
    }
    st.table({say("key"): [f"`{key}`" for key in found.keys], say("content"): [contents[key] for key in found.keys]})
    st.table(
        {
            say("tensor"): [f"`{tensor.name}`" for tensor in found.tensors],
            say("shape"): [f"`{list(tensor.shape)}`" for tensor in found.tensors],
        }
    )

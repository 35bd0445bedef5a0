"""The best checkpoint of a run: is there one, what is in it, take it away, delete it. Knows no training."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from netcore.training.history import History
from netcore.training.layout import BEST_NAME
from netcore.training.runs import Run
from netcore.training.status import RunStatus
from pages.shared import engine, notices, text

say = text.page("training")


def draw(run: Run, status: RunStatus, history: History) -> None:
    """Draw the card, with a run's file as it is now."""
    best, path = history.best, run.best_path
    with st.container(border=True):
        st.subheader(say("card"), anchor=False)
        if not path.exists():
            st.markdown(say("card_none") if best is None else say("card_deleted"))
            return
        file = path.stat()
        time, size = f"{datetime.fromtimestamp(file.st_mtime):%H:%M:%S}", text.size(file.st_size)
        if best:
            epoch, accuracy = best.epoch, text.percent(best.validation_accuracy)
            loss = text.number(best.validation_loss)
            st.markdown(say("card_words", epoch=epoch, loss=loss, accuracy=accuracy, time=time, size=size))
        else:  # no epoch of this run has beaten the file that it began with
            brought = engine.checkpoint(str(path), file.st_mtime_ns)
            epoch, loss = brought.epoch, text.number(brought.best_loss)
            st.markdown(say("card_brought", epoch=epoch, loss=loss, time=time, size=size))
        st.caption(say("card_resume", epoch=epoch + 1))
        if status.is_active:
            return  # the file may be replaced at any moment: its insides can be seen when the run is over
        with st.container(horizontal=True):
            st.download_button(
                say("download"),
                path.read_bytes,
                file_name=BEST_NAME,
                mime="application/octet-stream",
                icon=":material/download:",
                help=say("download_help"),
                on_click="ignore",
            )
            _draw_delete(run, epoch)
        inside = st.expander(say("open_file"), icon=":material/folder_open:", key="card_inside", on_change="rerun")
        if inside.open:
            with inside, notices.refusals_shown():
                _draw_inside(path, file.st_mtime_ns)


def _draw_delete(run: Run, epoch: int) -> None:
    with st.popover(say("delete"), icon=":material/delete:"):
        st.markdown(say("delete_sure", epoch=epoch, run=run.name))
        if st.button(say("delete_yes"), icon=":material/delete:"):
            run.delete_best()
            st.rerun()


def _draw_inside(path: Path, version: int) -> None:
    found = engine.checkpoint(str(path), version)
    if found.damage:
        notices.show_error(found.damage)
        st.markdown(say("previous", epoch=found.epoch))
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

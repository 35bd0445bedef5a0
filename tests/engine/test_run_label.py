"""A run's name and note are kept beside it, and its folder leaves as one file."""

import io
import zipfile

import pytest

from netcore.errors import RunError
from netcore.training.bundle import bundle
from netcore.training.label import Label, read_label, write_label
from netcore.training.runs import RunStore
from tests.engine.training_help import SMALL, small_config


@pytest.fixture
def run(tmp_path):
    return RunStore(tmp_path).create(SMALL, small_config())


def test_a_name_is_one_line_and_reads_back_with_its_note(run):
    write_label(run.folder, "  with \n dropout ", " Ψ: lines\nstay ")
    assert read_label(run.folder) == Label("with dropout", "Ψ: lines\nstay")


@pytest.mark.parametrize(("title", "note"), [("x" * 41, ""), ("", "x" * 501)])
def test_too_long_a_name_or_note_is_refused_and_the_old_one_stays(run, title, note):
    write_label(run.folder, "old", "")
    with pytest.raises(RunError, match=r"characters, and \d+ are the limit\. Shorten it\."):
        write_label(run.folder, title, note)
    assert read_label(run.folder).title == "old"


@pytest.mark.parametrize("content", ["", "[]", '{"title": 5, "note": ""}', '{"name": "x"}', "[" * 9999])
def test_a_label_that_cannot_be_read_is_empty(run, content):
    (run.folder / "label.json").write_text(content)
    assert read_label(run.folder) == Label()


def test_the_archive_holds_the_files_but_neither_locks_nor_half_written_ones(run):
    run.best_path.write_bytes(b"weights")
    (run.folder / ".checkpoint_best.pth.x.tmp").write_bytes(b"half")
    with run.hold("run"):
        archive = zipfile.ZipFile(io.BytesIO(bundle(run)))
    assert archive.namelist() == ["run-1/checkpoint_best.pth", "run-1/config.json"]
    assert archive.read("run-1/checkpoint_best.pth") == b"weights"

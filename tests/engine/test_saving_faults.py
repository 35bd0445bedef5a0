"""Whatever fails during a save, and whenever the process dies, a whole checkpoint stays and nothing else does.

Of the list KR in the research notes on reliability; the id of each stands in its test.
"""

import errno
import os
import random
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace

import pytest

from netcore import files
from netcore.errors import CheckpointError
from netcore.files import previous_path, remove_temporaries, write_atomically
from netcore.settings import PROJECT_FOLDER
from netcore.training.checkpoints import read_checkpoint, recover_checkpoint, write_checkpoint
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from netcore.training.runs import RunStore
from tests.engine.training_help import SMALL, few_digits, small_config


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    train(SMALL.build(0), small_config(epochs=1), few_digits(), folder, network=SMALL)
    return folder


@pytest.fixture
def path(trained, tmp_path):
    """A checkpoint of epoch 2, and the one of epoch 1 that it replaced."""
    path = tmp_path / LAST_NAME
    path.write_bytes((trained / LAST_NAME).read_bytes())
    write_checkpoint(path, replace(read_checkpoint(path), epoch=2))
    return path


def names(folder):
    return sorted(item.name for item in folder.iterdir())


BOTH = [LAST_NAME, f"{LAST_NAME}.prev"]


class Machine:
    """Counts the calls that a save makes of the system, and fails at the one whose turn it is."""

    def __init__(self, monkeypatch, fail_at):
        self.calls = []
        self.fail_at = fail_at
        for module, name in [(os, "fsync"), (os, "link"), (os, "replace"), (os, "open"), (os, "close")]:
            monkeypatch.setattr(module, name, self.counted(name, getattr(module, name)))
        create = self.counted("create", tempfile.NamedTemporaryFile)
        monkeypatch.setattr(files.tempfile, "NamedTemporaryFile", lambda **how: self.open(create(**how)))

    def open(self, file):
        for name in ("write", "flush", "close"):
            setattr(file, name, self.counted(name, getattr(file, name)))
        return file

    def counted(self, name, call):
        def counted(*arguments, **more):
            self.calls.append(name)
            if len(self.calls) == self.fail_at:
                raise OSError(errno.ENOSPC, "No space left on device")
            return call(*arguments, **more)

        return counted


def test_every_call_of_a_save_fails_once_and_the_old_or_the_new_file_is_whole(path, monkeypatch):
    """KR12."""
    new = replace(read_checkpoint(path), epoch=3)
    failed = []
    while True:
        with monkeypatch.context() as patched:
            machine = Machine(patched, len(failed) + 1)
            try:
                write_checkpoint(path, new)
                break
            except OSError as error:
                assert error.errno == errno.ENOSPC
        failed.append(machine.calls[len(failed)])
        found = read_checkpoint(path)
        assert (found.epoch in (2, 3), found.damage) == (True, None), failed
        assert names(path.parent) == BOTH, failed
        assert read_checkpoint(previous_path(path)).epoch in (1, 2, 3), failed
    assert read_checkpoint(path).epoch == 3
    assert {"create", "write", "flush", "fsync", "close", "link", "replace", "open"} <= set(failed)
    assert failed.count("fsync") == 2  # of the file and of the folder
    assert len(failed) >= 10


def test_where_there_are_no_hard_links_the_newest_is_saved_all_the_same(path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_checkpoint(path, replace(read_checkpoint(path), epoch=3))
    assert read_checkpoint(path).epoch == 3
    assert names(path.parent) == BOTH


def test_two_hundred_deaths_during_saves_and_never_an_unreadable_checkpoint(trained, tmp_path):
    """KR01."""
    for name in (BEST_NAME, LAST_NAME):
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.killed_savers", str(tmp_path), "200"],
        cwd=PROJECT_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    swept = int(done.stderr.split()[0])
    assert swept > 0, "no life ended in the middle of a save"
    assert names(tmp_path) == [BEST_NAME, f"{BEST_NAME}.prev", *BOTH]


def test_a_reader_in_a_loop_beside_three_hundred_saves_sees_no_error_and_epochs_that_only_grow(path):
    """KR19."""
    checkpoint = read_checkpoint(path)
    over = threading.Event()
    seen, problems = [], []

    def read():
        while not over.is_set():
            try:
                found = read_checkpoint(path)
                seen.append(found.epoch)
                assert found.damage is None
            except (CheckpointError, AssertionError, OSError) as error:
                problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(300):
        write_checkpoint(path, replace(checkpoint, epoch=2 + number // 2))
    over.set()
    reader.join()
    assert problems == []
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_each_of_a_hundred_flipped_bits_leads_to_the_generation_before_and_is_named(path):
    """KR15."""
    whole = path.read_bytes()
    chance = random.Random(1)
    for _ in range(100):
        place, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        found = read_checkpoint(path)
        assert found.epoch == 1
        assert "checkpoint_last.pth is damaged: its bytes are not the ones written." in str(found.damage)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04"], ids=["rename without data", "torn"])
def test_a_damaged_file_gives_way_to_the_generation_before_it(path, content):
    """KR14."""
    path.write_bytes(content)
    assert read_checkpoint(path).epoch == 1
    assert "is damaged" in str(recover_checkpoint(path))
    assert (read_checkpoint(path).epoch, read_checkpoint(path).damage) == (1, None)
    assert names(path.parent) == [LAST_NAME]
    assert recover_checkpoint(path) is None


def test_a_file_that_somebody_deleted_is_not_brought_back(path):
    path.unlink()
    assert recover_checkpoint(path) is None
    with pytest.raises(CheckpointError, match=r"There is no checkpoint_last\.pth"):
        read_checkpoint(path)


def test_two_damaged_generations_are_one_refusal_about_the_newest(path):
    path.write_bytes(b"")
    previous_path(path).write_bytes(b"")
    assert recover_checkpoint(path) is None
    with pytest.raises(CheckpointError, match=r"^checkpoint_last\.pth is damaged"):
        read_checkpoint(path)


def test_a_file_that_the_system_cannot_read_is_a_refusal(path):
    path.unlink()
    previous_path(path).unlink()
    path.mkdir()
    with pytest.raises(CheckpointError, match=r"checkpoint_last\.pth cannot be read: Is a directory"):
        read_checkpoint(path)


def test_half_a_temporary_file_is_ignored_and_swept_but_those_of_others_stay(path):
    """KR13."""
    data = path.read_bytes()
    for end in range(0, len(data), 4096):
        (path.parent / f".{LAST_NAME}.{end}.tmp").write_bytes(data[:end])
    other = path.parent / ".config.json.abc.tmp"
    other.write_bytes(b"{")
    assert read_checkpoint(path).epoch == 2
    remove_temporaries(path.parent, [LAST_NAME, BEST_NAME])
    assert names(path.parent) == [other.name, *BOTH]


def test_deleting_the_best_checkpoint_deletes_the_generation_before_it_too(tmp_path, trained):
    run = RunStore(tmp_path).create(SMALL, small_config())
    for _ in range(2):
        write_checkpoint(run.best_path, read_checkpoint(trained / BEST_NAME))
    assert previous_path(run.best_path).exists()
    run.delete_best()
    run.delete_best()
    assert names(run.folder) == ["config.json"]


def test_a_folder_that_is_gone_a_file_in_its_place_or_a_link_never_loses_what_was_there(path, tmp_path):
    """KR16."""
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "gone" / LAST_NAME, b"x")
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(NotADirectoryError):
        write_atomically(tmp_path / "file" / LAST_NAME, b"x")
    assert (tmp_path / "file").read_bytes() == b"kept"
    outside = tmp_path / "outside"
    outside.write_bytes(b"kept")
    path.unlink()
    path.symlink_to(outside)
    write_atomically(path, b"new", keep_previous=True)
    assert (path.read_bytes(), path.is_symlink(), outside.read_bytes()) == (b"new", False, b"kept")


def test_names_beyond_ascii_are_kept(tmp_path):
    """KR16."""
    folder = tmp_path / "élève 学生 🎓"
    folder.mkdir()
    write_atomically(folder / LAST_NAME, b"1", keep_previous=True)
    write_atomically(folder / LAST_NAME, b"2", keep_previous=True)
    assert ((folder / LAST_NAME).read_bytes(), previous_path(folder / LAST_NAME).read_bytes()) == (b"2", b"1")

"""A class trains like any other network, in a worker that reaches nothing but the run's own folder."""

import os
import socket
from dataclasses import replace

import pytest

from netcore.errors import CodeError, RunError, WorkerError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.spec import spec_from_json
from netcore.training.budget import Budget
from netcore.training.checkpoints import read_checkpoint
from netcore.training.runs import Run, RunStore
from netcore.training.scheduler import PREPARE, Scheduler
from netcore.worker.confinement import isolation
from netcore.worker.nursery import Nursery
from netcore.worker.spare import Spare
from tests.engine.good_classes import wrap
from tests.engine.scheduler_help import PATIENCE, hashes, long_config, wait_until
from tests.engine.training_help import small_config

pytestmark = pytest.mark.usefixtures("nursery")
needs_walls = pytest.mark.skipif(
    not (isolation().files and isolation().processes), reason="this system offers neither Landlock nor seccomp"
)
GOOD = wrap(
    "self.norm = nn.BatchNorm2d(1)\nself.drop = nn.Dropout(0.3)",
    "x = self.drop(self.norm(x))",
)


@pytest.fixture(scope="module")
def trusting():
    """A scheduler whose workers run every class as it is written: the static wall is switched off."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETCORE_CODE", "trusted")
        own, spare = Nursery("netcore.training.answering:prepare"), Spare(PREPARE)
        patch.setattr(confined, "nursery", lambda: own)
        spare.warm_up()
        made = Scheduler(1, Budget(folder_bytes=20 * 1024**2), spare)
        yield made
        made.close()
        own.close()


def new_run(tmp_path, source, config=None, workspace="a"):
    store = RunStore(tmp_path / (workspace * 32) / "runs")
    return store.create(CustomSource(source), config or small_config())


def train(scheduler, run):
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    return run.status()


def test_a_class_is_trained_saved_with_its_source_and_resumed_to_the_same_bits(tmp_path, scheduler):
    whole, parted = (new_run(tmp_path, GOOD, workspace=letter) for letter in "ab")
    assert train(scheduler, whole).state == "done"
    assert whole.status().test_accuracy > 0.05
    half = parted.with_config(replace(parted.config, epochs=2))
    assert train(scheduler, half).state == "done"
    assert train(scheduler, Run.load(parted.folder).with_config(whole.config)).state == "done"
    assert hashes(parted.folder) == hashes(whole.folder)
    meta = read_checkpoint(whole.best_path).meta
    assert spec_from_json(meta["network"]) == CustomSource(GOOD)
    assert Run.load(whole.folder).network == CustomSource(GOOD)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        ("if self.training:\n    x = self.fc(x)", "self.fc"),
        ("if self.training:\n    x = x[99]", "x[99]"),
        ("if self.training:\n    return None", "ends in NoneType"),
        ("return self.fc(x.flatten(1)).detach()", "does not depend on its parameters"),
        ("if self.training:\n    x.repeat(9999, 9999, 1, 1)", "needs more memory than a run may use"),
    ],
)
def test_a_class_that_fails_in_training_fails_in_words(tmp_path, scheduler, forward, words):
    status = train(scheduler, new_run(tmp_path, wrap(forward=forward)))
    assert status.state == "failed"
    assert words in str(status.problem)


def test_a_class_with_a_problem_does_not_start(tmp_path, scheduler):
    with pytest.raises(CodeError, match=r"x\[99\]") as caught:
        scheduler.start(new_run(tmp_path, wrap(forward="x = x[99]")))
    assert caught.value.values["line"] > 1


def test_a_class_that_takes_too_long_to_look_at_does_not_start(tmp_path, scheduler, monkeypatch):
    monkeypatch.setattr(confined, "_LIMITS", replace(confined._LIMITS, wall_seconds=1.5))
    with pytest.raises(WorkerError, match=r"longer than 1\.5 s"):
        scheduler.start(new_run(tmp_path, wrap(forward="while True:\n    pass")))


def test_where_classes_do_not_run_none_is_trained(tmp_path, scheduler, monkeypatch):
    run = new_run(tmp_path, GOOD)
    monkeypatch.setenv("NETCORE_CODE", "off")
    with pytest.raises(CodeError, match="Classes do not run here"):
        scheduler.start(run)


def test_a_forward_that_never_ends_is_stopped_when_it_is_asked_to(tmp_path, scheduler):
    forward = "self.steps += 1\nif self.steps > 30:\n    while True:\n        pass"
    run = new_run(tmp_path, wrap("self.steps = 0", forward), long_config())
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    scheduler.stop(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "stopped"


HOSTILE = """
import ctypes, os, socket, subprocess
from pathlib import Path
attempts = {
    "read another workspace": lambda: Path(SECRET).read_text(),
    "write beside the run": lambda: Path(SECRET).with_name("new").write_text("x"),
    "overwrite": lambda: Path(SECRET).write_text("x"),
    "list": lambda: os.listdir(Path(SECRET).parent),
    "climb": lambda: (Path(TMP) / ".." / ".." / "x").write_text("x"),
    "link": lambda: os.symlink(SECRET, Path(TMP) / "checkpoint_best.pth"),
    "hard link": lambda: os.link(SECRET, Path(TMP) / "mine"),
    "folder": lambda: os.mkdir(Path(TMP) / "folder"),
    "pipe": lambda: os.mkfifo(Path(TMP) / "status"),
    "chmod": lambda: os.chmod(SECRET, 0),
    "fork": lambda: os.fork() or os._exit(0),
    "program": lambda: subprocess.run(["true"]),
    "network": lambda: socket.create_connection(("127.0.0.1", PORT), 1),
    "server": lambda: os.kill(SERVER, 0),
    "parent": lambda: os.kill(os.getppid(), 0),
}
def attack():
    for name, attempt in attempts.items():
        try:
            attempt()
            print("OUT", name)
        except OSError:
            print("shut", name)
"""


@needs_walls
def test_a_hostile_training_reaches_nothing_but_its_folder(tmp_path, trusting):
    secret = tmp_path / ("b" * 32) / "secret"
    secret.parent.mkdir()
    secret.write_text("mine")
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = {"SECRET": str(secret), "PORT": server.getsockname()[1], "SERVER": os.getpid()}
        given = "".join(f"{name} = {value!r}\n" for name, value in words.items())
        head = f"{given}TMP = __import__('os').environ['TMPDIR']\n{HOSTILE}"
        run = new_run(tmp_path, wrap(top=head, forward="if self.training:\n    attack()"))
        assert train(trusting, run).state == "done"
    said = (run.folder / "worker.log").read_text()
    assert "shut server" in said
    assert "OUT" not in said
    assert secret.read_text() == "mine"
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]
    assert all(path.is_file() and not path.is_symlink() for path in run.folder.iterdir())


@needs_walls
def test_a_training_cannot_take_its_locks_away_and_so_is_started_once(tmp_path, trusting):
    top = "import os\nfrom pathlib import Path\n"
    forward = (
        "if self.training:\n    for path in Path(os.environ['TMPDIR']).glob('*.lock'):\n        path.unlink()\n"
        "    for role in ('run', 'queue'):\n        try:\n"
        "            os.unlink(os.environ['TMPDIR'] + f'.{role}.lock')\n"
        "        except OSError:\n            print('shut', role)"
    )
    run = new_run(tmp_path, wrap(top=top, forward=forward), long_config())
    trusting.start(run)
    wait_until(lambda: run.status().step > 0)
    with pytest.raises(RunError, match="run 1 is training already"):
        trusting.start(run)
    assert run.status().state == "running"
    trusting.stop(run)
    assert trusting.wait(run, PATIENCE)
    said = (run.folder / "worker.log").read_text()
    assert "shut run" in said and "shut queue" in said
    RunStore(run.folder.parent).delete(run)
    assert list(run.folder.parent.iterdir()) == []


@needs_walls
def test_what_a_training_writes_into_files_without_a_name_counts_too(tmp_path, trusting):
    top = "import os\nKEPT = []\n"
    forward = (
        "if self.training:\n    for i in range(60):\n        path = os.environ['TMPDIR'] + f'/junk{i}'\n"
        "        KEPT.append(open(path, 'wb'))\n        os.unlink(path)\n        KEPT[-1].write(bytes(2**20))\n"
        "        KEPT[-1].flush()\n    while True:\n        pass"
    )
    run = new_run(tmp_path, wrap(top=top, forward=forward))
    status = train(trusting, run)
    assert status.state == "failed"
    assert "grew beyond 0.0 GB" in str(status.problem)


@needs_walls
@pytest.mark.parametrize(("files", "size"), [(300, 2**20), (400, 0)], ids=["large files", "many files"])
def test_a_training_that_fills_its_folder_is_ended_and_can_be_removed(tmp_path, trusting, files, size):
    top = "import os\n"
    forward = (
        f"if self.training:\n    for i in range({files}):\n"
        f"        open(os.environ['TMPDIR'] + f'/junk{{i}}', 'wb').write(bytes({size}))\n    while True:\n        pass"
    )
    run = new_run(tmp_path, wrap(top=top, forward=forward))
    status = train(trusting, run)
    assert status.state == "failed"
    assert "grew beyond 0.0 GB" in str(status.problem)
    RunStore(run.folder.parent).delete(run)
    assert not run.folder.exists()


@needs_walls
def test_a_training_that_starts_threads_without_end_is_ended(tmp_path, trusting):
    top = (
        "import threading\ndef multiply():\n    while True:\n"
        "        try:\n            threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "        except RuntimeError:\n            pass\n"
    )
    run = new_run(tmp_path, wrap(top=top, forward="if self.training and len(x) > 3:\n    multiply()"))
    status = train(trusting, run)
    assert status.state == "failed"
    assert "had more than 256 threads" in str(status.problem)

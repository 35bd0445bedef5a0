"""What it costs a training to be watched: ten tabs that follow it on a real server, against none (pytest -s)."""

import statistics
import time

import pytest

from netcore.model.presets import get_preset
from netcore.training.config import TrainingConfig
from netcore.training.runs import RunStore
from tests.benchmarks.sessions import Session
from tests.e2e.conftest import Server

pytestmark = pytest.mark.benchmark

TABS = 10
ROUNDS = 3
SECONDS = 6.0
IDENTITY = "ab" * 16


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "home")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def run(server):
    """A run that trains on the server and that nobody watches."""
    config = TrainingConfig(epochs=200)
    run = RunStore(server.home / "workspaces" / IDENTITY / "runs").create(get_preset("mlp").stack, config)
    starter = open_tab(server)
    starter.click("Start")
    wait_until(lambda: run.history().epochs)
    starter.close()
    return run


def test_ten_tabs_that_watch_a_training_beside_none(server, run, is_shown):
    rounds, seconds = (ROUNDS, SECONDS) if is_shown else (1, 2.0)
    speeds, renewals = {0: [], TABS: []}, 0
    for _ in range(rounds):
        for count in speeds:
            tabs = [open_tab(server) for _ in range(count)]
            before, drawn = run.history().last_epoch + 1, sum(tab.renewals for tab in tabs)
            time.sleep(seconds)
            wait_until(lambda before=before: len(run.history().epochs) > before)
            speeds[count] += [epoch.images_per_second for epoch in run.history().epochs[before:]]
            renewals += sum(tab.renewals for tab in tabs) - drawn
            for tab in tabs:
                tab.close()
    assert run.status().is_active
    alone, watched = (statistics.median(rates) for rates in speeds.values())
    drawings = renewals / rounds / seconds
    print(f"\nmlp, watched by {TABS} tabs ({drawings:.1f} drawings a second): {watched:,.0f} images/s, that is")
    print(f"  {watched / alone:.3f} x watched by nobody ({alone:,.0f})")


def open_tab(server):
    tab = Session(server.url, "training", f"w={IDENTITY}")
    tab.wait()
    return tab


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)

"""A download goes on whoever leaves, once for all, and everybody sees how far it is."""

import threading

import pytest

from netcore.errors import WeightsError
from netcore.zoo import fetches
from netcore.zoo.catalogue import find_entry
from netcore.zoo.fetches import Fetch, Fetches, speed

ENTRY = find_entry("resnet18")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A download that waits half-way for ``server.go`` and then ends as ``server.problem`` says."""

    class Server:
        begun, go, problem, asked = threading.Event(), threading.Event(), None, 0

    def fetch(entry, on_progress, *, should_stop, anew):
        Server.asked += 1
        Server.anew, Server.should_stop = anew, should_stop
        on_progress(1000, 2000)
        Server.begun.set()
        assert Server.go.wait(30)
        if Server.problem:
            raise Server.problem

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(fetches, "fetch_weights", fetch)
    return Server


def finish(server):
    server.go.set()
    for thread in threading.enumerate():
        if thread.name == f"fetch {ENTRY.name}":
            thread.join(30)


def test_before_anybody_asks_nothing_runs():
    assert Fetches().find(ENTRY) == Fetch()


def test_all_who_ask_watch_the_same_download(server):
    ours = Fetches()
    ours.start(ENTRY)
    assert server.begun.wait(30)
    ours.start(ENTRY)
    assert ours.find(ENTRY) == Fetch(is_running=True, done=1000, total=2000, waiting=1, is_awaited=True)
    finish(server)
    assert server.asked == 1
    assert ours.find(ENTRY) == Fetch(done=1000, total=2000, waiting=1, is_awaited=True)


def test_a_download_that_failed_says_why_and_can_be_begun_again(server):
    server.problem = WeightsError("No network.", "Try again.")
    ours = Fetches()
    ours.start(ENTRY)
    finish(server)
    assert ours.find(ENTRY).problem is server.problem
    assert not ours.find(ENTRY).is_running
    server.problem = None
    ours.start(ENTRY)
    finish(server)
    assert ours.find(ENTRY).problem is None
    assert server.asked == 2


def test_a_download_ends_when_the_last_one_who_waits_has_enough(server):
    ours = Fetches()
    ours.start(ENTRY, "ann")
    assert server.begun.wait(30)
    ours.start(ENTRY, "bob")
    ours.cancel(ENTRY, "ann")
    assert ours.find(ENTRY).waiting == 1
    assert not server.should_stop()
    ours.cancel(ENTRY, "bob")
    assert server.should_stop()
    assert ours.find(ENTRY) == Fetch()
    ours.cancel(ENTRY, "bob")
    finish(server)
    assert ours.find(ENTRY) == Fetch()


def test_a_damaged_file_is_asked_for_anew(server):
    ours = Fetches()
    ours.start(ENTRY, "ann", anew=True)
    finish(server)
    assert server.anew


def test_speed_is_what_came_by_the_time_it_took_and_falls_while_nothing_comes():
    steps = ((10.0, 5000), (11.0, 6000), (12.0, 8000))
    assert speed(steps, 12.0) == 1500
    assert speed(steps, 16.0) == 500
    assert speed(steps[:1], 12.0) is None

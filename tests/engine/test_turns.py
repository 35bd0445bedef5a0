"""Questions are answered in turns: nobody waits for one who asks much, and who waits knows the place."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from netcore.errors import BusyError
from netcore.worker.turns import Turns
from tests.engine.scheduler_help import wait_until


class Askers:
    """Threads that take a turn each and hold it until they are told to let it go."""

    def __init__(self, turns):
        self.turns, self.begun, self._let_go, self._threads = turns, [], {}, []

    def ask(self, asker, name=None):
        name = name or asker
        self._let_go[name] = threading.Event()
        waiting = len(self.turns._waiting) + self.turns.running

        def hold():
            with self.turns.taken(asker, 60):
                self.begun.append(name)
                self._let_go[name].wait(60)

        self._threads.append(threading.Thread(target=hold))
        self._threads[-1].start()
        wait_until(lambda: len(self.turns._waiting) + self.turns.running == waiting + 1)

    def end(self, name):
        running = self.turns.running
        self._let_go[name].set()
        wait_until(lambda: self.turns.running < running or self.turns._waiting == [] or name != self.begun[-1])

    def close(self):
        for event in self._let_go.values():
            event.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def askers():
    made = Askers(Turns(at_once=2, at_most=4))
    yield made
    made.close()


def test_one_who_asks_much_has_one_turn_at_a_time_and_others_go_first(askers):
    for number in range(5):
        askers.ask("greedy", f"greedy {number}")
    askers.ask("new")
    wait_until(lambda: askers.begun == ["greedy 0", "new"])
    askers.ask("newer")
    askers.end("greedy 0")
    wait_until(lambda: askers.begun == ["greedy 0", "new", "newer"])
    askers.end("new")
    wait_until(lambda: askers.begun == ["greedy 0", "new", "newer", "greedy 1"])


def test_whose_last_turn_is_longest_ago_is_next(askers):
    for name in ("a", "b"):
        with askers.turns.taken(name, 1):
            pass
    askers.ask("x")
    askers.ask("y")
    for name in ("b", "a", "c"):
        askers.ask(name)
    for name, expected in (("x", "c"), ("y", "a"), ("c", "b")):
        askers.end(name)
        wait_until(lambda expected=expected: askers.begun[-1] == expected)


def test_who_takes_longer_makes_room_until_there_are_too_many():
    turns = Turns(at_once=1, at_most=3)
    with ExitStack() as stack:
        first = stack.enter_context(turns.taken("a", 1))
        with pytest.raises(BusyError), turns.taken("b", 0.01):
            pass
        assert first.make_room()
        second = stack.enter_context(turns.taken("b", 1))
        assert second.make_room()
        third = stack.enter_context(turns.taken("c", 1))
        assert not third.make_room()
        assert turns.running == 3
        with pytest.raises(BusyError), turns.taken("d", 0.01):
            pass
    assert turns.running == 0


def test_who_waits_too_long_is_told_the_place(askers):
    for name in ("a", "b", "c"):
        askers.ask(name)
    with (
        pytest.raises(BusyError, match=r"Others are being answered: you are number 2 in the queue\. Wait a moment"),
        askers.turns.taken("d", 0.05),
    ):
        pass


def test_strangers_are_told_apart():
    turns = Turns(at_once=8, at_most=8)
    begun = threading.Barrier(8)

    def ask(_):
        with turns.taken(None, 10):
            begun.wait(10)  # all of them have a turn at once

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))

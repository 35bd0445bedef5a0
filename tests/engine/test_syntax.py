"""Text is read as a tree whatever other threads read meanwhile."""

import ast
import gc
import threading

import pytest

from netcore.syntax import parse_python

TEXT = "\n".join(f"a{number} = [f(i, {number}) for i in (1, 2)]" for number in range(100))


class _Interrupter:
    """Garbage that lets another thread read a text at the moment in which it is collected."""

    def __init__(self, collected):
        self.itself, self.collected = self, collected

    def __del__(self):
        other = threading.Thread(target=ast.parse, args=("a = 1",))
        other.start()
        other.join()
        self.collected.append(1)


@pytest.fixture
def interrupted():
    """How often another thread has read a text in the middle of the reading of the first one."""
    collected = []
    gc.collect()
    _Interrupter(collected)
    yield collected
    gc.collect()


def test_another_thread_in_the_middle_of_the_reading_changes_nothing(interrupted):
    assert not interrupted
    tree = parse_python(TEXT)
    assert interrupted
    assert ast.dump(tree) == ast.dump(ast.parse(TEXT))


def test_a_text_that_is_no_python_is_told_as_python_tells_it():
    with pytest.raises(SyntaxError, match="invalid syntax"):
        parse_python("a =")

"""What stands in a file's place and is none of ours is taken for nothing, and nobody fails over it."""

import pytest

from netcore.files import read_json
from netcore.training.history import EpochResult, History, read_history, write_history
from netcore.training.layout import HISTORY_NAME

GARBAGE = {
    "nothing": b"",
    "noise": bytes(range(256)),
    "brackets that never end": b"[" * 100_000,
    "a number too large": b"9" * 5000,
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_no_json_and_no_history(tmp_path, data):
    (tmp_path / HISTORY_NAME).write_bytes(data)
    assert read_json(tmp_path / HISTORY_NAME) is None
    assert read_history(tmp_path) == History()


def test_more_than_ours_ever_are_is_not_read(tmp_path):
    """SC06: a worker may fill its folder."""
    path = tmp_path / HISTORY_NAME
    history = History((EpochResult(1, 0.5, 0.8, 0.5, 0.8, 0.05, 1.0, 1.0, True),))
    write_history(tmp_path, history)
    assert read_history(tmp_path) == history
    assert read_json(path) == history.to_json()[0]
    with path.open("ab") as file:
        file.write(b" " * 5 * 1024**2)
    assert read_history(tmp_path) == History()
    assert read_json(path) is None


def test_a_folder_in_the_place_of_the_file_is_no_json_and_no_history(tmp_path):
    (tmp_path / HISTORY_NAME).mkdir()
    assert read_json(tmp_path / HISTORY_NAME) is None
    assert read_history(tmp_path) == History()


def test_a_file_that_is_not_there_is_no_json_and_no_history(tmp_path):
    assert read_json(tmp_path / HISTORY_NAME) is None
    assert read_history(tmp_path) == History()

"""A pickle that repeats itself is measured as what it would become, and nobody makes that."""

import io
import pickle
import zipfile

import pytest
import torch

from netcore.data.archive import seal
from netcore.data.pickled import Call, Name, OpcodeError, TooMuchError, read_pickle
from netcore.errors import CheckpointError, ConfigError
from netcore.training.checkpoints import describe_checkpoint, read_checkpoint

MOST = 1_000_000


def dump(value):
    return pickle.dumps(value, protocol=2)


def size_of(pickled):
    return read_pickle(pickled, MOST).size


def doubled(make, times):
    value = make("ab")
    for _ in range(times):
        value = make((value, value))
    return value


@pytest.mark.parametrize("make", [tuple, list], ids=["tuples", "lists"])
def test_what_is_repeated_counts_each_time(make):
    assert 3 * 2**10 <= size_of(dump(doubled(make, 10))) <= 10 * 2**10
    with pytest.raises(TooMuchError):
        read_pickle(dump(doubled(make, 40)), MOST)


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
def test_every_protocol_says_the_same(protocol):
    value = {"a": [1, -(2**40), 2.5, None, True, "ä" * 300], "b": (1, (2, ("x", b"y"))[1:]), 3: [[], {}, ()]}
    value["again"] = value["a"]
    assert read_pickle(pickle.dumps(value, protocol), MOST).value == value or protocol < 3


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_name_stays_a_word_and_a_call_is_not_made(protocol, capsys):
    class Loud:
        def __reduce__(self):
            return print, ("this must not run",)

    found = read_pickle(pickle.dumps({"x": Loud(), "y": print}, protocol), MOST).value
    name = Name("__builtin__" if protocol == 2 else "builtins", "print")
    assert (found["x"].what, found["x"].arguments, found["y"]) == (name, ("this must not run",), name)
    assert isinstance(found["x"], Call)
    assert capsys.readouterr().out == ""


def test_an_opcode_that_is_not_read_is_named():
    with pytest.raises(OpcodeError, match="INST"):
        read_pickle(b"(iposix\nsystem\n.", MOST)


def test_frames_and_memo_of_protocol_4_bring_nothing_that_is_not_there():
    bomb = b"\x80\x04" + b"]\x94" + b"(" + b"h\x00" * 3 + b"e."
    for data in (b"\x80\x04\x95" + b"\xff" * 8 + b"N.", b"\x80\x04\x8d" + b"\xff" * 8 + b"aa.", bomb):
        with pytest.raises(ValueError):
            read_pickle(data, MOST)
    assert read_pickle(b"\x80\x04" + b"\x94".join([b"N"] * 2) + b".", MOST).value is None


def test_keys_with_one_hash_do_not_meet():
    keys = b"".join(pickle.dumps(number * (2**61 - 1), 2)[2:-1] + b"N" for number in range(1, 3000))
    assert len(read_pickle(b"\x80\x02}(" + keys + b"u.", MOST).value) == 2999


def test_characters_count_and_the_largest_value_is_the_measure():
    assert size_of(dump(["a" * 1000] * 100)) > 100_000
    assert size_of(dump({"a": "b" * 1000, "c": (1, 2.5, None, True)})) < 1100
    assert size_of(dump([])) == 1


def test_what_contains_itself_is_endless():
    value = []
    value.append(value)
    with pytest.raises(TooMuchError):
        read_pickle(dump(value), MOST)
    # Repeated first, and made larger afterwards.
    late = b"\x80\x02](]q\x01h\x01" + b"h\x01X\x01\x00\x00\x00aa" + b"e."
    with pytest.raises(TooMuchError):
        read_pickle(late, MOST)


@pytest.mark.parametrize(
    "nonsense", [b"\x80\x02a.", b"\x80\x02h\x05.", b"\x80\x02(a.", b"\x80\x02q\x01.", b"\x80\x02("]
)
def test_what_is_no_pickle_is_a_value_error(nonsense):
    with pytest.raises(ValueError):
        read_pickle(nonsense, MOST)


def write(path, change):
    """A checkpoint file as a training that wants to harm its readers can write one, seal and all."""
    config = {"optimizer": "Adam", "seed": 1, "threads": 1}
    content = {
        "epoch": 1,
        "best_loss": 0.5,
        "model_state": {},
        "optim_state": {"state": {}},
        "meta": {"format": 1, "config": config, "torch": torch.__version__[:6], **change},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", dump(content))
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/byteorder", "little")
    path.write_bytes(seal(buffer.getvalue()))


@pytest.mark.parametrize("change", [{"torch": doubled(list, 60)}, {"x": doubled(list, 60)}, {"x": "a" * 5_000_000}])
def test_a_checkpoint_that_unfolds_without_end_is_refused_before_it_is_read(tmp_path, change):
    write(tmp_path / "checkpoint_best.pth", change)
    with pytest.raises(CheckpointError, match="holds far more than a training's four entries"):
        read_checkpoint(tmp_path / "checkpoint_best.pth")


@pytest.mark.parametrize("config", [{}, {"optimizer": "Adam"}, {"seed": "x"}])
def test_a_checkpoint_whose_settings_cannot_be_is_refused_in_words(tmp_path, config):
    write(tmp_path / "checkpoint_best.pth", {"config": config})
    assert read_checkpoint(tmp_path / "checkpoint_best.pth").epoch == 1
    with pytest.raises(ConfigError):
        describe_checkpoint(tmp_path / "checkpoint_best.pth")

"""A pickle that repeats itself is measured as what it would become, and nobody makes that."""

import io
import pickle
import zipfile

import pytest
import torch

from netcore.data.archive import seal
from netcore.data.unfolding import unfolded_size
from netcore.errors import CheckpointError, ConfigError
from netcore.training.checkpoints import describe_checkpoint, read_checkpoint

MOST = 1_000_000


def dump(value):
    return pickle.dumps(value, protocol=2)


def doubled(make, times):
    value = make("ab")
    for _ in range(times):
        value = make((value, value))
    return value


@pytest.mark.parametrize("make", [tuple, list], ids=["tuples", "lists"])
def test_what_is_repeated_counts_each_time(make):
    assert 3 * 2**10 <= unfolded_size(dump(doubled(make, 10)), MOST) <= 10 * 2**10
    assert unfolded_size(dump(doubled(make, 60)), MOST) == MOST + 1


def test_characters_count_and_the_largest_value_is_the_measure():
    assert unfolded_size(dump(["a" * 1000] * 100), MOST) > 100_000
    assert unfolded_size(dump({"a": "b" * 1000, "c": (1, 2.5, None, True)}), MOST) < 1100
    assert unfolded_size(dump([]), MOST) == 1


def test_what_contains_itself_is_endless():
    value = []
    value.append(value)
    assert unfolded_size(dump(value), MOST) == MOST + 1
    # Repeated first, and made larger afterwards.
    late = b"\x80\x02](]q\x01h\x01" + b"h\x01X\x01\x00\x00\x00aa" + b"e."
    assert unfolded_size(late, MOST) == MOST + 1


@pytest.mark.parametrize(
    "nonsense", [b"\x80\x02a.", b"\x80\x02h\x05.", b"\x80\x02(a.", b"\x80\x02q\x01.", b"\x80\x02("]
)
def test_what_is_no_pickle_is_a_value_error(nonsense):
    with pytest.raises(ValueError):
        unfolded_size(nonsense, MOST)


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

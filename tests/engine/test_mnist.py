"""MNIST is the published one, and a file that is not says so."""

import gzip
import hashlib

import pytest
import torch

from netcore.data.mnist import FILES_FOLDER, load_mnist, read_idx
from netcore.errors import DataError

PUBLISHED_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


@pytest.mark.parametrize("name", PUBLISHED_MD5)
def test_the_files_are_the_published_ones(name):
    data = gzip.decompress((FILES_FOLDER / f"{name}.gz").read_bytes())
    assert hashlib.md5(data, usedforsecurity=False).hexdigest() == PUBLISHED_MD5[name]


@pytest.mark.parametrize(("split", "count"), [("train", 60_000), ("test", 10_000)])
def test_each_split_has_its_images_and_labels(split, count):
    digits = load_mnist(split)
    assert digits.images.shape == (count, 28, 28)
    assert digits.images.dtype == torch.uint8
    assert digits.labels.shape == (count,)
    assert digits.labels.dtype == torch.int64
    assert digits.labels.unique().tolist() == list(range(10))


def test_the_first_training_digits_are_the_known_ones():
    assert load_mnist("train").labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]


def test_the_data_set_is_loaded_once_a_process():
    assert load_mnist("test") is load_mnist("test")


def test_taking_digits_copies_them():
    digits = load_mnist("test")
    taken = digits.take(torch.tensor([3, 1]))
    taken.images.zero_()
    assert taken.labels.tolist() == [0, 2]
    assert digits.images[3].any()


def test_an_unknown_split_is_refused():
    with pytest.raises(DataError, match=r'MNIST has no part "valid"\. Use "train" or "test"\.'):
        load_mnist("valid")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"The file x\.gz is missing\. Put the published MNIST file back"):
        read_idx(tmp_path / "x.gz")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not hold what its header says"),
        (b"not gzip at all", "cannot be decompressed"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x04abcd")[:-6], "cannot be decompressed"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x05abcd"), "does not hold what its header says"),
        (gzip.compress(b"\0\0\x09\x01\0\0\0\x04abcd"), "does not hold what its header says"),
        (gzip.compress(b"\0\0\x08\x02\0\0\0\x02\0\0\0\x02abcd"), "does not hold what its header says"),
        (gzip.compress(b"\0\0\x08"), "does not hold what its header says"),
    ],
    ids=["empty", "other bytes", "cut short", "too few bytes", "other type", "two axes", "no axes"],
)
def test_a_damaged_file_is_refused(tmp_path, data, reason):
    path = tmp_path / "x.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match=reason):
        read_idx(path)

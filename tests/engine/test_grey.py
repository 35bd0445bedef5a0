"""Digits as text, and back."""

import pytest
import torch

from netcore.data.grey import pack, unpack
from netcore.data.mnist import load_mnist
from netcore.errors import DataError


@pytest.mark.parametrize("count", [1, 3])
def test_digits_come_back_as_they_were(count):
    images = load_mnist("test").images[:count]
    assert torch.equal(unpack(pack(images)), images)


def test_one_digit_comes_back_as_a_batch_of_one():
    image = load_mnist("test").images[7]
    assert torch.equal(unpack(pack(image)), image.unsqueeze(0))


@pytest.mark.parametrize("text", ["", "00", "0" * 1567, "g" * 1568, "ff" * 785])
def test_text_that_is_no_digit_is_refused(text):
    with pytest.raises(DataError, match=f"{len(text)} signs of text are no digits of 784 grey levels"):
        unpack(text)

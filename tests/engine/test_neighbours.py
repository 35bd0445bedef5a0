"""The nearest digits, and the mean of many: against the plain sums."""

import pytest
import torch

from netcore.cores import map_over_cores
from netcore.data.grey import pack, unpack
from netcore.data.mean import mean_digit
from netcore.data.mnist import load_mnist
from netcore.data.neighbours import MAX_NEIGHBOURS, nearest
from netcore.errors import DataError


@pytest.mark.parametrize("index", [0, 8, 9_999])
def test_the_nearest_digits_are_those_that_torch_finds_with_all_distances_at_once(index):
    one = load_mnist("test").images[index]
    found = nearest(pack(one), count=7)
    train = load_mnist("train")
    distances = torch.cdist(one.flatten()[None].double() / 255, train.images[:].flatten(1).double() / 255)[0]
    expected = distances.topk(7, largest=False)
    assert [neighbour.index for neighbour in found] == expected.indices.tolist()
    assert [neighbour.distance for neighbour in found] == pytest.approx(expected.values.tolist(), rel=1e-5)
    assert [neighbour.label for neighbour in found] == train.labels[expected.indices].tolist()


def test_a_digit_is_its_own_nearest_at_distance_zero_unless_it_is_left_out():
    one = pack(load_mnist("train").images[41])
    assert (nearest(one)[0].index, nearest(one)[0].distance) == (41, 0.0)
    others = nearest(one, without=41, count=MAX_NEIGHBOURS)
    assert 41 not in [neighbour.index for neighbour in others]
    assert len(others) == MAX_NEIGHBOURS


@pytest.mark.parametrize("count", [0, MAX_NEIGHBOURS + 1, 1.0, True])
def test_a_number_of_neighbours_out_of_range_is_refused(count):
    with pytest.raises(DataError, match=f"^{count} neighbours were asked for. Ask for a whole number from 1 to 100.$"):
        nearest(pack(load_mnist("test").images[0]), count=count)


def test_neighbours_of_two_digits_at_once_are_refused():
    with pytest.raises(DataError, match=r"^These are 2 digits\. Ask for the neighbours of one\.$"):
        nearest(pack(load_mnist("test").images[:2]))


def test_the_mean_of_digits_is_the_mean_of_each_pixel():
    indices = [3, 17, 59_999]
    expected = load_mnist("train").images[indices].double().mean(dim=0).round().to(torch.uint8)
    assert torch.equal(unpack(mean_digit("train", indices))[0], expected)


def test_the_mean_of_no_digit_is_refused():
    with pytest.raises(DataError, match=r"^There is no digit to take the mean of\. Choose at least one\.$"):
        mean_digit("test", [])


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_spread_over_cores_comes_back_in_order(threads, monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert map_over_cores(lambda item: item * item, range(50)) == [item * item for item in range(50)]

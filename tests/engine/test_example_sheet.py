"""The example sheet: what stands on it is found, whatever the seed."""

import pytest

from netcore.data.digits import find_digits
from netcore.data.example_sheet import NUMBER, example_sheet


@pytest.mark.parametrize("seed", range(5))
def test_each_digit_of_an_example_sheet_is_found_between_the_lines(seed):
    assert len(find_digits(example_sheet(seed))) == len(NUMBER)


def test_the_same_seed_gives_the_same_sheet_and_another_one_another():
    assert example_sheet(1).tobytes() == example_sheet(1).tobytes()
    assert example_sheet(1).tobytes() != example_sheet(2).tobytes()

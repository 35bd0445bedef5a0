"""A drawing's strokes: what is taken, what is refused, and the picture that they make."""

import numpy as np
import pytest

from netcore.data.strokes import MAX_POINTS, PAPER_SIDE, Stroke, paint, read_strokes
from netcore.errors import DataError

LINE = Stroke(((40, 140), (240, 140)), 20)


def ink(*strokes):
    return np.asarray(paint(strokes).getchannel("A"))


def test_a_stroke_is_as_wide_as_its_pen_and_round_at_its_ends():
    levels = ink(LINE)
    assert levels.shape == (PAPER_SIDE, PAPER_SIDE)
    assert abs(int((levels[:, 140] > 127).sum()) - 20) <= 1
    assert abs(int((levels[140] > 127).sum()) - 220) <= 2
    assert ((levels > 0) & (levels < 255)).sum() > 0


def test_a_tap_leaves_a_dot():
    levels = ink(Stroke(((140, 140),), 20))
    assert abs(int((levels > 127).sum()) - 314) < 20


def test_the_eraser_takes_ink_away_and_what_comes_after_it_stays():
    eraser = Stroke(((140, 0), (140, 280)), 40, erases=True)
    assert ink(LINE, eraser)[140, 140] == 0
    assert ink(LINE, eraser)[140, 60] == 255
    assert ink(eraser, LINE)[140, 140] == 255


def test_the_picture_is_black_and_transparent_where_there_is_no_ink():
    drawing = paint([LINE])
    assert (drawing.mode, drawing.getpixel((140, 140)), drawing.getpixel((5, 5))) == (
        "RGBA",
        (0, 0, 0, 255),
        (0, 0, 0, 0),
    )


def test_a_tap_is_a_stroke_of_one_point():
    (stroke,) = read_strokes([{"points": [140, 150], "width": 20, "erases": False}])
    assert stroke.points == ((140, 150),)


def test_a_pen_that_leaves_the_paper_and_comes_back_leaves_no_ink_along_the_edge():
    way = [140, 40, -60, 40, -60, 240, 140, 240]
    (stroke,) = read_strokes([{"points": way, "width": 20, "erases": False}])
    levels = ink(stroke)
    assert (levels[40, 5], levels[240, 5], levels[140, :60].max()) == (255, 255, 0)


def test_a_pen_is_followed_one_paper_around_the_paper_at_most():
    (stroke,) = read_strokes([{"points": [-(10**9), 10, 10**9, 300], "width": 20, "erases": False}])
    assert stroke.points == ((-280, 10), (560, 300))


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "points",
        {"points": []},
        [7],
        [{}],
        [{"points": [], "width": 20, "erases": False}],
        [{"points": [1], "width": 20, "erases": False}],
        [{"points": [1, 2, 3], "width": 20, "erases": False}],
        [{"points": [1.5, 2], "width": 20, "erases": False}],
        [{"points": [float("nan"), 2], "width": 20, "erases": False}],
        [{"points": [True, 2], "width": 20, "erases": False}],
        [{"points": ["1", "2"], "width": 20, "erases": False}],
        [{"points": [1, 2], "width": 0, "erases": False}],
        [{"points": [1, 2], "width": 10**9, "erases": False}],
        [{"points": [1, 2], "width": 20, "erases": "no"}],
    ],
)
def test_what_is_no_drawing_is_refused(value):
    with pytest.raises(DataError, match=r"^What the browser sent is not a drawing\. It was not kept: draw again\.$"):
        read_strokes(value)


def test_a_drawing_without_end_is_refused_with_its_length():
    with pytest.raises(DataError, match="The drawing has 20001 points, more than the 20000 that are taken"):
        read_strokes([{"points": [1, 1] * (MAX_POINTS + 1), "width": 20, "erases": False}])

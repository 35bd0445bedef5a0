"""The zoo's charts: which networks no other beats, and pixels as they are."""

from pages.shared.charts import zoo as charts


def offer(name, cost, top1, **options):
    return charts.Offer(name, cost, top1, **{"is_here": False, "is_chosen": False, **options})


def test_the_line_joins_those_that_none_beats_at_a_lower_cost():
    offers = [
        offer("dear", 9, 80),
        offer("cheap", 1, 60),
        offer("worse", 2, 59),
        offer("twin", 1, 58),
        offer("mid", 3, 70),
    ]
    assert [each.name for each in charts.undominated(offers)] == ["cheap", "mid", "dear"]


def test_every_network_is_one_point_and_the_chosen_one_says_its_name():
    offers = [offer("a", 1, 60), offer("b", 2, 70, is_here=True), offer("c", 3, 80, is_here=True, is_chosen=True)]
    keys = ("title", "cost", "top1", "here", "elsewhere", "chosen", "front")
    figure = charts.accuracy_against_cost(offers, words={key: key for key in keys})
    points = {trace.name: list(trace.customdata) for trace in figure.data if trace.customdata is not None}
    assert points == {"elsewhere": ["a"], "here": ["b"], "chosen": ["c"]}
    assert [trace.name for trace in figure.data if "text" in trace.mode] == ["chosen"]


def test_pixels_stand_at_their_own_rows_and_columns():
    figure = charts.pixels([[0.5, 1.0], [1.5, 2.0]], x=[7, 8], y=[3, 4], words={"title": "t", "x": "x", "y": "y"})
    (heat,) = figure.data
    assert (list(heat.x), list(heat.y), [list(row) for row in heat.z]) == ([7, 8], [3, 4], [[0.5, 1.0], [1.5, 2.0]])

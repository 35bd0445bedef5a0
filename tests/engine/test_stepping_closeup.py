"""One tensor at one stop, closely: the right tensor at the right moment, its histogram, its picture, all bounded."""

import pytest
import torch

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.errors import WorkerError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.stack import Stack
from netcore.model.stepping.asking import look_at_tensor, record_stops
from netcore.model.stepping.closeup import MAX_CELLS, Closeup, Picture, look_closely
from netcore.model.stepping.stops import Recording
from netcore.training.loop import train
from netcore.training.runs import RunStore
from tests.engine.good_classes import GOOD, wrap
from tests.engine.training_help import few_digits, small_config

STACK = Stack.parse("conv2d(1, 4, 3), relu, flatten, linear(2704, 10)")
IMAGES = load_mnist("test").images[:3]
GIVEN = {"images": pack(IMAGES), "mode": "eval", "seed": 0}
RECORD, LOOK = "netcore.model.stepping.asking:record_stops", "netcore.model.stepping.asking:look_at_tensor"


@pytest.fixture(scope="module", autouse=True)
def nursery():
    yield
    confined.nursery().close()


def numbers_of(picture):
    floats = torch.frombuffer(bytearray.fromhex(picture.numbers), dtype=torch.float32)
    return floats.view(picture.tiles, picture.height, picture.width)


def look(network, place, name="x", image=0):
    return look_at_tensor(network.build(0), network=network, **GIVEN, place=place, name=name, image=image)


def test_the_pixels_are_those_of_that_stop_and_that_image():
    batch = IMAGES.unsqueeze(1).float() / 255
    model = STACK.build(0)
    assert numbers_of(look(STACK, 0).picture).equal(batch[:, 0])
    assert numbers_of(look(STACK, 1, image=2).picture).equal(model[0](batch)[2].detach())
    assert numbers_of(look(STACK, 2, image=1).picture).equal(model[:2](batch)[1].detach())
    logits = look(STACK, 5, name="return")
    assert numbers_of(logits.picture).equal(model(batch).detach()[None])
    assert sum(logits.histogram.counts) == 30 and logits.histogram.high == model(batch).max().item()


def test_nothing_is_shown_of_what_is_no_tensor_there_or_never_came():
    assert look(STACK, 0, name="nothing") == look(STACK, 99) == Closeup(None, None)


@pytest.mark.usefixtures("here")
def test_in_place_changes_are_seen_where_they_happened():
    network = CustomSource(wrap(forward="x = x + 0\nx.fill_(3)"))
    assert look(network, 2).histogram.low < 3 - 1e-6 < 3 + 1e-6 < look(network, 2).histogram.high
    assert look(network, 1).histogram.high == 1.0


@pytest.mark.usefixtures("here")
def test_what_comes_before_a_line_that_raises_can_be_seen():
    network = CustomSource(wrap(forward="x = x * 2\nx = x.nonsense"))
    assert look(network, 1).histogram.high == 2.0
    assert look(network, 2) == Closeup(None, None)


@pytest.mark.parametrize(
    ("shape", "kind", "drawn", "whole", "step"),
    [
        ((3, 1, 28, 28), "images", (3, 28, 28), 3, 1),
        ((3, 6, 14, 14), "maps", (6, 14, 14), 6, 1),
        ((3, 64, 28, 28), "maps", (25, 28, 28), 64, 1),
        ((1, 28, 28), "maps", (1, 28, 28), 1, 1),
        ((3, 5, 7), "matrix", (1, 5, 7), 1, 1),
        ((3, 10), "matrix", (1, 3, 10), 1, 1),
        ((784, 128), "matrix", (1, 262, 43), 1, 3),
        ((7,), "vector", (1, 1, 7), 1, 1),
        ((784,), "vector", (1, 13, 64), 1, 1),
        ((100_000,), "vector", (1, 312, 64), 1, 1),
        ((3, 3, 224, 224), "maps", (3, 75, 75), 3, 3),
        ((1, 64, 112, 112), "maps", (25, 28, 28), 64, 4),
    ],
)
def test_each_shape_has_its_picture(shape, kind, drawn, whole, step):
    picture = look_closely(torch.rand(shape), 3, 0).picture
    assert (picture.kind, (picture.tiles, picture.height, picture.width)) == (kind, drawn)
    assert (picture.all_tiles, picture.step) == (whole, step)
    assert picture.tiles * picture.height * picture.width <= MAX_CELLS


@pytest.mark.parametrize("shape", [(), (1,), (0, 4), (2, 2, 2, 2, 2)])
def test_what_cannot_be_drawn_has_no_picture(shape):
    assert look_closely(torch.ones(shape), 3, 0).picture is None


def test_one_image_of_features_is_a_vector_in_lines():
    picture = look_closely(torch.arange(100.0)[None], 1, 0).picture
    assert (picture.kind, picture.height, picture.width) == ("vector", 2, 64)
    assert numbers_of(picture).flatten()[:100].equal(torch.arange(100.0))
    assert numbers_of(picture).flatten()[100:].isnan().all()


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([True, False]),
        torch.tensor([1, 2]),
        torch.tensor([3 + 4j, 1]),
        torch.tensor([1.0, 2.0], dtype=torch.float16),
        torch.tensor([float("nan"), 1.0]),
    ],
    ids=lambda tensor: str(tensor.dtype),
)
def test_every_kind_of_number_is_counted_and_drawn(tensor):
    closeup = look_closely(tensor, 1, 0)
    assert sum(closeup.histogram.counts) == tensor.isfinite().sum() and closeup.picture.width == 2


def test_what_has_no_finite_number_has_no_histogram():
    assert look_closely(torch.full((4,), torch.inf), 1, 0).histogram is None


@pytest.mark.parametrize("change", [{"width": 9}, {"tiles": 0}, {"numbers": ""}, {"height": 10**6, "width": 10**6}])
def test_a_picture_that_does_not_add_up_is_refused(change):
    fields = {"kind": "matrix", "tiles": 1, "height": 1, "width": 1, "numbers": 8 * "0", "all_tiles": 1, "step": 1}
    Picture(**fields)
    with pytest.raises(WorkerError, match="cannot be read"):
        Picture(**{**fields, **change})


def test_a_stack_is_asked_in_a_confined_process_with_the_same_answer():
    answer = confined.ask(Recording, RECORD, STACK, **GIVEN)
    assert answer == record_stops(STACK.build(0), network=STACK, **GIVEN)
    closeup = confined.ask(Closeup, LOOK, STACK, **GIVEN, place=1, name="x", image=2)
    assert closeup == look(STACK, 1, image=2)


@pytest.mark.parametrize("name", GOOD)
def test_classes_that_people_write_stop_at_their_lines(name):
    network = CustomSource(GOOD[name])
    recording = confined.ask(Recording, RECORD, network, **GIVEN)
    assert recording.problem is None
    lines = network.source.splitlines()
    assert all(lines[stop.line - 1].strip() for stop in recording.stops)
    returned = [stop for stop in recording.stops if stop.kind == "return" and not stop.depth]
    if name == "sequential_subclass":  # its forward is torch's own
        assert recording.stops == () and recording.complete
    else:
        assert returned[-1].locals[0].value.shape == (3, 10)


def test_what_a_class_raises_comes_back_in_words():
    network = CustomSource(wrap(forward="x = x + 1\nraise ValueError(x.shape)"))
    recording = confined.ask(Recording, RECORD, network, **GIVEN)
    assert recording.problem.line == recording.stops[-1].line
    assert "torch.Size([3, 1, 28, 28])" in str(recording.problem.refusal)


def test_an_output_that_is_no_logits_is_said_after_the_last_stop():
    network = CustomSource(wrap(forward="return x.sum()"))
    recording = confined.ask(Recording, RECORD, network, **GIVEN)
    assert [stop.kind for stop in recording.stops] == ["line", "return"]
    assert "a network gives one row of logits for each" in str(recording.problem.refusal)


def test_a_trained_stack_is_stopped_with_the_weights_of_its_checkpoint(tmp_path):
    run = RunStore(tmp_path / "runs").create(STACK, small_config(epochs=1))
    model = STACK.build(run.config.seed)
    train(model, run.config, few_digits(), run.folder, network=STACK)
    logits = model.eval()(IMAGES.unsqueeze(1).float() / 255)
    recording = confined.ask(Recording, RECORD, STACK, checkpoint=run.best_path, **GIVEN)
    assert recording.stops[-1].locals[0].value.high == pytest.approx(logits.max().item(), rel=1e-5)

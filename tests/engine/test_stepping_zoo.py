"""Pretrained networks stopped at torchvision's own lines, and left as they were."""

import pytest
import torch
from torch.nn import functional

from netcore.data.photos import decode_photo, example_photos
from netcore.model.stepping.statements import read_statements
from netcore.settings import PROJECT_FOLDER
from netcore.zoo.inference import classify, prepare
from netcore.zoo.stepping import look_at_photo, record_photo, source_of
from netcore.zoo.weights import load_pretrained


@pytest.fixture(scope="module")
def photo():
    return decode_photo(example_photos()[0].path.read_bytes())


@pytest.fixture(scope="module", params=["efficientnet_lite0", "squeezenet1_0"])
def loaded(request):
    if request.param == "efficientnet_lite0":
        return load_pretrained(request.param)
    folder = PROJECT_FOLDER.parent / "shared" / "torch_home" / "hub" / "checkpoints"
    files = sorted(folder.glob("squeezenet1_0*.pth"))
    if not files:
        pytest.skip("the weights of squeezenet1_0 are not here")
    return load_pretrained(request.param, own_weights=True, path=files[0])


def test_every_line_of_its_class_that_runs_is_a_stop_and_the_last_gives_the_logits(loaded, photo):
    recording = record_photo(loaded, photo)
    assert recording.complete and recording.problem is None
    end = recording.stops[-1]
    assert (end.kind, end.depth, end.locals[0].value.shape) == ("return", 0, (1, 1000))
    assert end.locals[0].value.high == pytest.approx(max(classify(loaded, [photo])[0].logits), rel=1e-4)
    assert {stop.line for stop in recording.stops} <= read_statements(source_of(loaded)).reachable
    assert len({stop.module for stop in recording.stops}) > 5


def test_what_it_receives_is_seen_at_the_first_stop(loaded, photo):
    picture = look_at_photo(loaded, photo, place=0, name="x").picture
    numbers = torch.frombuffer(bytearray.fromhex(picture.numbers), dtype=torch.float32)
    assert (picture.kind, picture.all_tiles, picture.step) == ("maps", 3, 3)
    batch = prepare(photo, loaded).batch
    assert numbers.view(picture.tiles, picture.height, picture.width).equal(
        functional.avg_pool2d(batch, 3, ceil_mode=True)[0]
    )


def test_the_shared_network_is_as_it_was(loaded, photo):
    before = {name: tensor.clone() for name, tensor in loaded.model.state_dict().items()}
    record_photo(loaded, photo)
    assert all(tensor.equal(before[name]) for name, tensor in loaded.model.state_dict().items())
    assert not loaded.model.training and not any(list(module._forward_hooks) for module in loaded.model.modules())

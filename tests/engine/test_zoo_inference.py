"""The network is shown the right numbers, and what it says is what plain PyTorch says."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from PIL import Image

from netcore.data.photos import decode_photo, example_photos
from netcore.errors import PhotoError, WeightsError
from netcore.zoo.efficientnet_lite import HalvingUnit
from netcore.zoo.inference import classify, prepare
from netcore.zoo.weights import load_pretrained


@pytest.fixture(scope="module")
def lite():
    return load_pretrained("efficientnet_lite0")


@pytest.fixture(scope="module")
def photos():
    return {photo.name: decode_photo(photo.path.read_bytes()) for photo in example_photos()}


def test_the_bundled_network_knows_the_three_example_pictures(lite, photos):
    cat, espresso, rocket = classify(lite, list(photos.values()))
    assert {prediction.category for prediction in cat.predictions[:3]} == {"tabby", "tiger cat", "Egyptian cat"}
    assert cat.predictions[0].probability == pytest.approx(0.393, abs=0.005)
    assert espresso.predictions[0].category == "espresso"
    assert espresso.predictions[0].probability > 0.9
    assert [prediction.category for prediction in rocket.predictions[:2]] == ["missile", "projectile"]


@pytest.mark.parametrize(("kernel", "first"), [(3, 0), (5, -1)])
def test_convolutions_of_stride_two_pad_as_the_weights_were_trained(kernel, first):
    unit = HalvingUnit(1, 1, kernel).eval()
    torch.nn.init.zeros_(unit[0].weight)
    unit[0].weight.data[0, 0, -first, -first] = 1  # picks the pixel at each window's place 0, 2, 4…
    pixels = torch.arange(16.0).reshape(1, 1, 4, 4) / 16
    assert torch.allclose(unit(pixels), pixels[:, :, ::2, ::2], atol=1e-3)


def test_a_classification_is_what_plain_pytorch_says(lite, photos):
    answer = classify(lite, [photos["cat"]], top_k=3)[0]
    with torch.inference_mode():
        logits = lite.model(lite.transform(photos["cat"]).unsqueeze(0))
    probabilities, indices = logits.softmax(1).topk(3)
    assert logits.shape == (1, 1000)
    assert answer.logits == tuple(logits[0].tolist())
    assert [prediction.index for prediction in answer.predictions] == indices[0].tolist()
    assert [prediction.probability for prediction in answer.predictions] == probabilities[0].tolist()
    assert answer.predictions[0].logit == max(answer.logits)
    assert answer.seconds > 0


def test_many_photos_go_through_in_batches_and_each_gets_its_own_answer(lite, photos):
    sizes = []

    class Counting(torch.nn.Module):
        def forward(self, x):
            sizes.append(len(x))
            return lite.model(x)

    many = [*photos.values()] * 3
    answers = classify(dataclasses.replace(lite, model=Counting()), many)
    assert sorted(sizes) == [1, 2, 2, 2, 2]
    for photo, answer in zip(many, answers, strict=True):
        alone = classify(lite, [photo])[0]
        assert answer.predictions[0].index == alone.predictions[0].index
        assert torch.allclose(torch.tensor(answer.logits), torch.tensor(alone.logits), atol=1e-3)
        assert answer.seconds > 0


def test_many_photos_leave_torch_its_threads(lite, photos):
    def threads_of_a_new_thread():
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(torch.get_num_threads).result()

    before = torch.get_num_threads(), threads_of_a_new_thread()
    classify(lite, [*photos.values()])
    assert (torch.get_num_threads(), threads_of_a_new_thread()) == before


def test_what_the_network_receives_is_the_middle_of_the_photo_normalised(lite, photos):
    received = prepare(photos["rocket"], lite)
    assert received.batch.shape == (1, 3, 224, 224)
    assert -1 <= received.batch.min() < received.batch.max() <= 1
    assert (received.picture.size, received.resized_side) == ((224, 224), 256)
    assert (received.mean, received.std) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    white = prepare(Image.new("RGB", (300, 300), "white"), lite)
    assert white.batch.min() == white.batch.max() == 1
    assert white.picture.getpixel((0, 0)) == (255, 255, 255)


def test_a_photo_that_was_not_decoded_first_is_refused_all_the_same(lite):
    with pytest.raises(PhotoError, match="too long and thin"):
        classify(lite, [Image.new("RGB", (10, 1000))])
    with pytest.raises(PhotoError, match="mode RGBA"):
        classify(lite, [Image.new("RGBA", (100, 100))])


def test_too_many_photos_are_refused(lite, photos):
    with pytest.raises(PhotoError, match=r"These are 33 photos\. Choose at most 32"):
        classify(lite, [photos["cat"]] * 33)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_are_a_sentence(lite, photos, value):
    class Broken(torch.nn.Module):
        def forward(self, x):
            return torch.full((1, 1000), value)

    with pytest.raises(WeightsError, match=r"The logits of efficientnet_lite0 .* are not all numbers"):
        classify(dataclasses.replace(lite, model=Broken()), [photos["cat"]])


@pytest.mark.parametrize("top_k", [0, 1001])
def test_a_top_k_out_of_range_is_refused(lite, photos, top_k):
    with pytest.raises(ValueError, match="between 1 and 1000"):
        classify(lite, [photos["cat"]], top_k)


def test_no_photo_gives_no_answer(lite):
    assert classify(lite, []) == ()


def test_logits_of_another_model_under_the_same_categories_are_its_own(lite, photos):
    flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(1000))
    flat(torch.zeros(1, 3, 224, 224))
    torch.nn.init.zeros_(flat[1].weight)
    torch.nn.init.zeros_(flat[1].bias)
    answer = classify(dataclasses.replace(lite, model=flat.eval()), [photos["cat"]])[0]
    assert set(answer.logits) == {0.0}
    assert answer.predictions[0].probability == pytest.approx(0.001)

"""Shared networks stay as they were loaded, whatever is done to copies of them."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from torch import nn

from netcore.data.photos import decode_photo, example_photos
from netcore.errors import ConfigError, StackError
from netcore.zoo.copies import compare_answers, reset_copy
from netcore.zoo.inference import classify
from netcore.zoo.weights import load_pretrained


@pytest.fixture(scope="module")
def lite():
    return load_pretrained("efficientnet_lite0")


@pytest.fixture(scope="module")
def photos():
    return [decode_photo(photo.path.read_bytes()) for photo in example_photos()]


def digest(model):
    numbers = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        numbers.update(name.encode() + tensor.numpy().tobytes())
    return numbers.hexdigest()


def test_a_reset_copy_knows_nothing_and_the_shared_network_all_that_it_knew(lite, photos):
    before = digest(lite.model)
    fresh, report = reset_copy(lite, seed=3)
    assert report.missed == ()
    assert classify(fresh, photos[:1])[0].predictions[0].probability < 0.05
    assert digest(reset_copy(lite, seed=3)[0].model) == digest(fresh.model)
    assert digest(lite.model) == before


def test_without_eval_the_answers_differ_from_pass_to_pass_and_the_statistics_move(lite, photos):
    before = digest(lite.model)
    answers = compare_answers(lite, photos[0], passes=3)
    assert answers.with_eval.logits == classify(lite, photos[:1])[0].logits
    assert len({answer.logits for answer in answers.without} | {answers.with_eval.logits}) == 4
    assert answers.afterwards.logits != answers.with_eval.logits
    assert {layer.kind for layer in answers.layers} == {"BatchNorm2d", "Dropout"}
    assert 0 <= answers.agreeing <= 3
    assert compare_answers(lite, photos[0], passes=3).without[2].logits == answers.without[2].logits
    assert digest(lite.model) == before
    assert not any(module.training or module._forward_pre_hooks for module in lite.model.modules())


def test_a_batchnorm_that_gets_one_value_a_channel_is_explained(lite, photos):
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(3, 1000)).eval()
    with pytest.raises(StackError, match=r"one value a feature\. Take a batch of 2 images or more, or switch to eval"):
        compare_answers(replace(lite, model=model), photos[0], passes=1)


@pytest.mark.parametrize("passes", [0, 21, 2.0, True])
def test_passes_out_of_range_are_refused(lite, photos, passes):
    with pytest.raises(ConfigError, match="whole number from 1 to 20"):
        compare_answers(lite, photos[0], passes=passes)


def test_eight_who_classify_while_one_resets_and_one_forgets_eval_get_what_they_would_get_alone(lite, photos):
    alone = [answer.logits for answer in classify(lite, photos)]
    done = threading.Event()

    def ask(_):
        answers = [[each.logits for each in classify(lite, photos)]]
        while not done.is_set():
            answers.append([each.logits for each in classify(lite, photos)])
        return answers

    with ThreadPoolExecutor(8) as people:
        asked = [people.submit(ask, number) for number in range(8)]
        try:
            for seed in range(2):
                reset_copy(lite, seed)
                compare_answers(lite, photos[0], passes=1)
        finally:
            done.set()
        assert all(answer == alone for each in asked for answer in each.result())

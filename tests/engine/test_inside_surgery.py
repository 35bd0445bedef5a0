"""Channels switched off or scaled, on a private copy: what changes is what the same change of the weights would do."""

import copy
import threading

import pytest
import torch
from torch import nn

from netcore.data.grey import pack
from netcore.data.mnist import Digits, load_mnist
from netcore.errors import DataError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.forward import Forward, forward_digits
from netcore.model.inside.ranking import IMAGES, MAX_CHANNELS, Ranking, rank_channels
from netcore.model.inside.surgery import MAX_CUTS, Cut, cut_copy, forward_cut, measure_cut
from netcore.model.presets import get_preset
from netcore.training.evaluation import evaluate
from netcore.training.passes import pinned

DIGITS = load_mnist("test")
GIVEN = {"images": pack(DIGITS.images[3]), "mode": "eval", "seed": 0}

TWICE = '''
from torch import nn


class Twice(nn.Module):
    """One layer that runs twice, one that gives two tensors, and one that never runs."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.first = nn.Linear(784, 16)
        self.relu = nn.ReLU(inplace=True)
        self.again = nn.Linear(16, 16)
        self.memory = nn.LSTM(16, 8, batch_first=True)
        self.idle = nn.Linear(16, 16)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.relu(self.first(self.flatten(x)))
        x = self.relu(self.again(self.relu(self.again(x))))
        x, _ = self.memory(x.unsqueeze(1))
        return self.head(x[:, 0])
'''


@pytest.fixture(scope="module")
def cnn():
    return get_preset("cnn").stack.build(5).eval().requires_grad_(False)


def scaled(model, name, channel, factor):
    """The same change made to the weights, for a layer with weight and bias."""
    changed = copy.deepcopy(model)
    layer = changed.get_submodule(name)
    layer.weight[channel] *= factor
    layer.bias[channel] *= factor
    return changed


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0])
@pytest.mark.parametrize(("name", "channel"), [("0", 3), ("4", 31), ("1", 15), ("9", 0)])
def test_a_cut_does_what_the_same_change_of_the_weights_does(cnn, name, channel, factor):
    cut = forward_cut(cnn, **GIVEN, cuts=(Cut(name, channel, factor),))
    expected = forward_digits(scaled(cnn, name, channel, factor), DIGITS.images[3:4])
    assert cut.logits[0] == pytest.approx(expected.logits[0], abs=1e-4)


def test_several_cuts_are_made_together_and_in_order(cnn):
    cuts = (Cut("0", 3, 0.5), Cut("4", 7, 0.0), Cut("0", 3, 0.5))
    expected = forward_digits(scaled(scaled(cnn, "0", 3, 0.25), "4", 7, 0.0), DIGITS.images[3:4])
    assert forward_cut(cnn, **GIVEN, cuts=cuts).logits[0] == pytest.approx(expected.logits[0], abs=1e-4)


def test_without_a_cut_nothing_changes(cnn):
    uncut = forward_cut(cnn, **GIVEN, cuts=(), highest=(255,))
    assert uncut.logits == forward_digits(cnn, DIGITS.images[3:4], highest=(255,)).logits


def test_the_accuracy_is_that_of_the_changed_network_on_the_first_thousand(cnn):
    first = Digits(DIGITS.images[:1000], DIGITS.labels[:1000])
    expected = evaluate(scaled(cnn, "4", 2, 0.0), first).accuracy
    assert measure_cut(cnn, cuts=(Cut("4", 2, 0.0),)) == pytest.approx(expected)


def test_a_channel_that_is_switched_off_hands_no_nan_on():
    model = get_preset("mlp").stack.build(0).eval().requires_grad_(False)
    model[1].weight[5] = float("nan")
    assert not torch.tensor(forward_cut(model, **GIVEN, cuts=()).logits).isfinite().all()
    assert torch.tensor(forward_cut(model, **GIVEN, cuts=(Cut("1", 5, 0.0),)).logits).isfinite().all()


@pytest.mark.parametrize(
    ("cuts", "words"),
    [
        ((Cut("77", 0, 0.0),), "The network has no layer 77. Choose one of 0, 1,"),
        ((Cut("0", 16, 0.0),), "it has no channel 16. Count from 0 to 15."),
        ((Cut("0", -1, 0.0),), "it has no channel -1"),
        ((Cut("0", 0, 2.5),), "A channel cannot be scaled by 2.5. Choose a factor from 0 to 2."),
        ((Cut("0", 0, -0.1),), "cannot be scaled by -0.1"),
        ((Cut("0", 0, float("nan")),), "cannot be scaled by nan"),
        ((Cut("0", 0, 1.0),) * (MAX_CUTS + 1), f"There are {MAX_CUTS + 1} cuts. Make at most {MAX_CUTS}."),
    ],
)
def test_a_cut_that_cannot_be_made_is_refused_in_words(cnn, cuts, words):
    with pytest.raises(DataError) as refusal:
        forward_cut(cnn, **GIVEN, cuts=cuts)
    assert words in str(refusal.value)


def test_a_layer_that_gives_several_tensors_is_refused(here):
    model = CustomSource(TWICE).build(0)
    with pytest.raises(DataError, match=r"What LSTM.* gives has no channels to cut"):
        forward_cut(model, **GIVEN, cuts=(Cut("memory", 0, 0.0),))


def test_a_layer_that_runs_twice_is_cut_both_times(here):
    model = CustomSource(TWICE).build(0).requires_grad_(False)
    cut = forward_cut(model, **GIVEN, cuts=(Cut("again", 2, 0.0),))
    expected = forward_digits(scaled(model, "again", 2, 0.0), DIGITS.images[3:4])
    assert cut.logits[0] == pytest.approx(expected.logits[0], abs=1e-6)


def test_one_who_operates_changes_nothing_for_those_who_look(cnn):
    before = copy.deepcopy(cnn.state_dict())
    alone = forward_digits(cnn, DIGITS.images[:20]).logits
    seen = []

    def look():
        seen.extend(forward_digits(cnn, DIGITS.images[:20]).logits for _ in range(20))

    def operate():
        for channel in range(16):
            measure_cut(cnn, cuts=(Cut("0", channel, 0.0),), count=250)

    threads = [threading.Thread(target=work) for work in (look, operate, look, operate)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 40
    assert all(torch.allclose(torch.tensor(logits), torch.tensor(alone), atol=1e-5) for logits in seen)
    assert all(torch.equal(value, before[name]) for name, value in cnn.state_dict().items())
    assert not any(module._forward_hooks for module in cnn.modules())


@pytest.mark.parametrize("layer", ["0", "4", "9"])
def test_the_ranking_is_that_of_each_channel_tried_alone(cnn, layer):
    ranking = rank_channels(cnn, layer=layer, cuts=(Cut("1", 0, 0.5),))
    assert ranking.channels == len(ranking.effects) == cnn.get_submodule(layer).weight.shape[0]
    for effect in ranking.effects[::5]:
        cuts = (Cut("1", 0, 0.5), Cut(layer, effect.channel, 0.0))
        assert effect.accuracy == pytest.approx(measure_cut(cnn, cuts=cuts, count=IMAGES))
    assert ranking.before.accuracy == pytest.approx(measure_cut(cnn, cuts=(Cut("1", 0, 0.5),), count=IMAGES))
    order = [(effect.accuracy, -effect.loss) for effect in ranking.effects]
    assert order == sorted(order)


@pytest.mark.parametrize("layer", ["first", "relu", "again", "head"])
def test_the_ranking_of_a_layer_that_runs_twice_or_works_in_place(here, layer):
    model = CustomSource(TWICE).build(0).requires_grad_(False)
    for effect in rank_channels(model, layer=layer).effects:
        private = cut_copy(model, (Cut(layer, effect.channel, 0.0),)).eval()
        with torch.no_grad():
            logits = private(DIGITS.images[:IMAGES].unsqueeze(1).float().div(255))
        expected = nn.functional.cross_entropy(logits, DIGITS.labels[:IMAGES]).item()
        assert effect.loss == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("layer", "words"),
    [("idle", "does not run. Choose another layer."), ("memory", "no channels to cut"), ("gone", "no layer gone")],
)
def test_a_layer_that_cannot_be_ranked_is_refused(here, layer, words):
    with pytest.raises(DataError, match=words):
        rank_channels(CustomSource(TWICE).build(0), layer=layer)


def test_of_a_wide_layer_the_first_channels_are_ranked():
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, MAX_CHANNELS + 1), nn.Linear(MAX_CHANNELS + 1, 10)).eval()
    ranking = rank_channels(model, layer="1")
    assert (ranking.channels, len(ranking.effects)) == (MAX_CHANNELS + 1, MAX_CHANNELS)


def test_a_class_is_operated_on_in_a_confined_process(here):
    source, cuts = CustomSource(TWICE), (Cut("first", 1, 0.0), Cut("head", 4, 2.0))
    told = confined.ask(Forward, "netcore.model.inside.surgery:forward_cut", source, **GIVEN, cuts=cuts)
    with pinned(1):  # as a confined process
        assert told.logits == forward_cut(source.build(0), **GIVEN, cuts=cuts).logits
    ranking = confined.ask(Ranking, "netcore.model.inside.ranking:rank_channels", source, layer="head", cuts=cuts)
    assert len(ranking.effects) == 10
    assert 0 <= confined.ask(float, "netcore.model.inside.surgery:measure_cut", source, cuts=cuts) <= 1
    confined.nursery().close()

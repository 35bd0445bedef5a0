"""What came of a training, and what to train with instead: judged from numbers, and tried with real trainings."""

import math
from dataclasses import replace

import pytest

from netcore.data.mnist import load_mnist
from netcore.errors import DivergedError
from netcore.model.presets import get_preset
from netcore.training.advice import advise, name_changes
from netcore.training.config import TrainingConfig
from netcore.training.history import EpochResult, History
from netcore.training.loop import train
from netcore.training.recipes import list_recipes
from netcore.training.verdict import judge

MLP = get_preset("mlp").stack
BAD = {recipe.name: recipe.config for recipe in list_recipes() if not recipe.is_good}


def history(*epochs):
    """Epochs of (training loss, validation loss, validation accuracy)."""
    return History(
        tuple(
            EpochResult(number, train, 0.5, loss, accuracy, 0.001, 1.0, 1.0, is_best=False)
            for number, (train, loss, accuracy) in enumerate(epochs, 1)
        )
    )


def test_before_the_first_epoch_there_is_no_verdict():
    assert judge(History()) is None


@pytest.mark.parametrize(
    ("epochs", "kind", "epoch"),
    [
        ([(2.31, 2.303, 0.0974), (2.31, 2.304, 0.1135)], "guesses", 2),
        ([(9.0, 40.0, 0.0974)], "guesses", 1),
        ([(0.5, 0.3, 0.91), (0.3, 0.25, 0.92), (3.0, 2.304, 0.1135), (2.31, 2.303, 0.1)], "collapsed", 3),
        ([(2.29, 2.28, 0.25), (2.27, 2.26, 0.31)], "slow", 2),
        ([(0.3, 0.2, 0.94), (0.2, 0.1, 0.97), (0.02, 0.13, 0.97), (0.01, 0.15, 0.97)], "overfits", 2),
        ([(0.3, 0.2, 0.94), (0.2, 0.1, 0.97), (0.01, 0.105, 0.97)], "overfits", 2),
        ([(1.95, 0.81, 0.85), (1.34, 0.8, 0.85), (0.95, 0.89, 0.77)], "overfits", 2),
        ([(0.3, 0.2, 0.94), (0.2, 0.1, 0.97), (0.4, 0.3, 0.91)], "unsteady", 2),
        ([(1.9, 1.85, 0.47), (1.8, 2.07, 0.33)], "unsteady", 1),
        ([(1.75, 1.1, 0.61), (1.56, 1.54, 0.49)], "unsteady", 1),
        ([(0.3, 0.2, 0.94), (0.2, 0.15, 0.96)], "falling", 2),
        ([(0.3, 0.2, 0.94)], "short", 1),
        ([(0.3, 0.2, 0.94), (0.2, 0.101, 0.97), (0.15, 0.1, 0.97)], "settled", 3),
        ([(0.3, 0.2, 0.94), (0.2, 0.1, 0.97), (0.15, 0.102, 0.97)], "settled", 2),
        ([(0.0, 0.0, 1.0), (0.0, 0.0, 1.0)], "settled", 1),
    ],
)
def test_curves_are_judged_by_what_they_do(epochs, kind, epoch):
    verdict = judge(history(*epochs))
    assert (verdict.kind, verdict.epoch) == (kind, epoch)
    assert verdict.lowest.validation_loss == min(loss for _, loss, _ in epochs)


def train_shortly(config, folder, epochs):
    """What a training with these settings measures, with at most 3,000 digits."""
    short = replace(
        config,
        epochs=min(epochs, config.epochs),
        training_size=min(config.training_size, 3000),
        validation_size=500,
    )
    folder.mkdir()
    return train(MLP.build(0), short, load_mnist("train"), folder)


def outcome(config, folder, epochs):
    """The verdict's kind, or that it diverged, and the best accuracy of a short training."""
    try:
        measured = train_shortly(config, folder, epochs)
    except DivergedError:
        return "diverged", 0.0
    return judge(measured).kind, max(result.validation_accuracy for result in measured.epochs)


DIVERGING = {
    "exploding": BAD["exploding"],
    "decay beside momentum": TrainingConfig(optimizer="SGD", learning_rate=10.0, momentum=0.999, weight_decay=0.5),
    "decay alone": TrainingConfig(optimizer="SGD", learning_rate=3.0, weight_decay=1.0),
    "small batches": TrainingConfig(optimizer="SGD", learning_rate=9.0, batch_size=8, weight_decay=0.5),
}
GUESSING = {
    "too_slow": BAD["too_slow"],
    "fast Adam": TrainingConfig(learning_rate=5.0),
    "decay of Adam": TrainingConfig(weight_decay=1.0),
    "decay of AdamW": TrainingConfig(optimizer="AdamW", learning_rate=0.5, weight_decay=1.0),
    "momentum": TrainingConfig(optimizer="SGD", learning_rate=0.2, momentum=0.999, weight_decay=0.9),
    "momentum and the most decay": TrainingConfig(optimizer="SGD", learning_rate=0.2, momentum=0.999, weight_decay=1.0),
    "clipped away": TrainingConfig(optimizer="SGD", learning_rate=0.05, max_norm=1e-5),
}


@pytest.mark.parametrize("config", DIVERGING.values(), ids=DIVERGING)
def test_what_is_advised_after_a_divergence_does_not_diverge_and_learns(config, tmp_path):
    (tmp_path / "bad").mkdir()
    with pytest.raises(DivergedError):
        train(
            MLP.build(0),
            replace(config, epochs=2, training_size=5000, validation_size=2000),
            load_mnist("train"),
            tmp_path / "bad",
        )
    kind, accuracy = outcome(advise(config, "diverged"), tmp_path / "good", 2)
    assert kind != "diverged"
    assert accuracy > 0.8


@pytest.mark.parametrize("config", GUESSING.values(), ids=GUESSING)
def test_what_is_advised_after_guessing_learns(config, tmp_path):
    kind, _ = outcome(config, tmp_path / "bad", 2)
    assert kind in ("guesses", "slow")
    _, accuracy = outcome(advise(config, kind), tmp_path / "good", 2)
    assert accuracy > 0.8


def test_steps_that_are_too_long_are_not_called_overfitting_and_the_advice_learns(tmp_path):
    """What such a training does differs from processor to processor: every kind that it may come to is tried."""
    kind, accuracy = outcome(BAD["too_fast"], tmp_path / "bad", 2)
    assert kind != "overfits"
    assert accuracy < 0.8
    advised = {advise(BAD["too_fast"], kind) for kind in ("guesses", "collapsed", "slow", "unsteady")}
    for number, config in enumerate(advised):
        assert outcome(config, tmp_path / f"good{number}", 2)[1] > 0.8


def test_what_is_advised_after_a_collapse_learns(tmp_path):
    decay = TrainingConfig(optimizer="RMSprop", learning_rate=5.0, weight_decay=1.0, momentum=0.99)
    assert outcome(decay, tmp_path / "bad", 2)[0] == "collapsed"
    assert outcome(advise(decay, "collapsed"), tmp_path / "good", 2)[1] > 0.8


def test_few_steps_are_called_slow_and_the_advice_learns(tmp_path):
    kind, accuracy = outcome(BAD["few_steps"], tmp_path / "bad", 3)
    assert (kind in ("slow", "guesses"), accuracy < 0.7) == (True, True)
    assert outcome(advise(BAD["few_steps"], kind), tmp_path / "good", 2)[1] > 0.8


def test_few_digits_and_wrong_labels_are_called_overfitting_and_the_cause_is_lifted(tmp_path):
    assert outcome(BAD["few_digits"], tmp_path / "few", 40)[0] == "overfits"
    assert name_changes(BAD["few_digits"], advise(BAD["few_digits"], "overfits")) == {"training_size": 50_000}
    wrong = advise(BAD["wrong_labels"], "overfits")
    assert name_changes(BAD["wrong_labels"], wrong) == {"training_size": 50_000, "label_noise": 0.0}


def test_usual_settings_that_overfit_are_advised_to_move_the_digits():
    assert name_changes(TrainingConfig(), advise(TrainingConfig(), "overfits")) == {"shift": 2, "rotation": 10.0}
    assert advise(TrainingConfig(shift=2), "overfits") is None


def test_usual_settings_that_diverge_are_advised_to_take_shorter_steps():
    assert name_changes(TrainingConfig(), advise(TrainingConfig(), "diverged")) == {
        "learning_rate": 0.0001,
        "max_norm": 1.0,
    }
    least = TrainingConfig(learning_rate=1e-8)
    assert name_changes(least, advise(least, "diverged")) == {"max_norm": 1.0}


@pytest.mark.parametrize("kind", ["settled", "falling", "short"])
def test_a_training_that_went_well_gets_no_advice(kind):
    for config in BAD.values():
        assert advise(config, kind) is None


def test_the_digits_that_are_advised_leave_room_for_those_held_back():
    config = TrainingConfig(training_size=500, validation_size=55_000)
    assert name_changes(config, advise(config, "overfits")) == {"training_size": 5000}


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            BAD["exploding"],
            "Weight decay 1 at learning rate 10 takes 10 times every weight away from it at each step. "
            "Train again with learning rate 0.05 and weight decay 0.",
        ),
        (
            TrainingConfig(optimizer="SGD", learning_rate=10.0, momentum=0.999),
            "Learning rate 10 is far above 0.05, which is usual for SGD. "
            "Train again with learning rate 0.05 and momentum 0.9.",
        ),
    ],
)
def test_a_divergence_names_its_cause_and_the_settings_that_cure_it(config, sentence, tmp_path):
    model = MLP.build(0)
    next(model.parameters()).data.fill_(math.inf)
    with pytest.raises(DivergedError) as refusal:
        train(model, config, load_mnist("train"), tmp_path)
    assert str(refusal.value).startswith(
        "In epoch 1: The loss became nan at step 1: the numbers in the network outgrew"
    )
    assert str(refusal.value).endswith(sentence)

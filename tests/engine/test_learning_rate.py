"""The learning rate moves as its schedule says, is changed on the way, and goes on exactly after a resume."""

import math
from dataclasses import replace

import pytest

from netcore.errors import CheckpointError, ConfigError
from netcore.files import write_json
from netcore.model.stack import Stack
from netcore.training import learning_rate as learning_rate_module
from netcore.training.checkpoints import read_checkpoint, write_checkpoint
from netcore.training.config import OPTIMIZERS
from netcore.training.history import MOST_RATES
from netcore.training.layout import BEST_NAME, LAST_NAME, WISH_NAME
from netcore.training.loop import train
from netcore.training.schedules import SCHEDULES
from netcore.training.wish import read_wish, wish_learning_rate
from tests.engine.training_help import SMALL, few_digits, hash_checkpoint, small_config

NETWORKS = {
    "dropout": Stack.parse("flatten, linear(784,8), relu, dropout(p=0.3), linear(8,10)"),
    "batchnorm": Stack.parse("flatten, linear(784,8), batchnorm1d(8), relu, linear(8,10)"),
}
EPOCHS = 5


def config_of(schedule, optimizer="SGD", **settings):
    few = {"epochs": EPOCHS, "training_size": 150, "validation_size": 50, "schedule": schedule}
    return small_config(optimizer, **{**few, "schedule_epochs": 1, "schedule_factor": 0.5, **settings})


def train_parts(folder, config, stops=(), network=SMALL, wishes=()):
    """Train to the end, as many times interrupted after an epoch as ``stops`` names, in the middle of the next one.

    ``wishes`` are pairs of an epoch, after which it is made, and a learning rate.
    """
    folder.mkdir(exist_ok=True)
    for stop in (*stops, config.epochs):
        seen = []

        def hear(result):
            for epoch, rate in wishes:
                if epoch == result.epoch:
                    wish_learning_rate(folder, rate)

        history = train(
            network.build(0),
            config,
            few_digits(200),
            folder,
            network=network,
            on_epoch=hear,
            on_progress=seen.append,
            should_stop=lambda stop=stop, seen=seen: (seen[-1].epoch, seen[-1].step) == (stop + 1, 2),
        )
        assert history.last_epoch == stop
    return history


def rates(history):
    return [result.learning_rate for result in history.epochs]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_resumed_twice_equals_uninterrupted_with_everything_on(tmp_path, optimizer, schedule, network):
    config = config_of(schedule, optimizer, max_norm=0.5, shift=2, rotation=10.0, label_noise=0.1)
    whole = train_parts(tmp_path / "whole", config, network=NETWORKS[network])
    parts = train_parts(tmp_path / "parts", config, stops=(1, 3), network=NETWORKS[network])
    assert rates(whole) == rates(parts)
    for name in (LAST_NAME, BEST_NAME):
        first, second = (read_checkpoint(tmp_path / folder / name) for folder in ("whole", "parts"))
        assert hash_checkpoint(first) == hash_checkpoint(second)
        assert first.meta["learning_rate"] == second.meta["learning_rate"]


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "constant"])
def test_without_the_state_of_its_schedule_a_resumed_run_is_another_one(tmp_path, monkeypatch, schedule):
    """KR08."""
    # A rate so high that the validation loss rises now and then: what plateau waits for.
    config = config_of(schedule, learning_rate=0.3)
    train_parts(tmp_path / "whole", config)
    monkeypatch.setattr(learning_rate_module.LearningRate, "restore", lambda self, state: None)
    train_parts(tmp_path / "parts", config, stops=(3,))
    whole, parts = (read_checkpoint(tmp_path / name / LAST_NAME) for name in ("whole", "parts"))
    assert hash_checkpoint(whole) != hash_checkpoint(parts)


def test_step_lowers_the_rate_every_so_many_epochs(tmp_path):
    history = train_parts(tmp_path, config_of("step", learning_rate=0.08, schedule_epochs=2))
    assert rates(history) == [0.08, 0.08, 0.04, 0.04, 0.02]


def test_cosine_falls_to_nothing_over_the_epochs_of_the_run(tmp_path):
    history = train_parts(tmp_path, config_of("cosine", learning_rate=0.1))
    assert rates(history) == pytest.approx([0.05 * (1 + math.cos(math.pi * e / EPOCHS)) for e in range(EPOCHS)])


def test_one_cycle_rises_and_falls_within_the_epochs(tmp_path):
    found = rates(train_parts(tmp_path, config_of("one_cycle", learning_rate=0.1)))
    assert found[0] == pytest.approx(0.1 / 25)
    assert max(found) > 0.05
    assert found[-1] < found[-2] < max(found)


def test_the_rate_of_each_step_is_kept_thinned_and_the_same_after_a_resume(tmp_path):
    config = config_of("one_cycle", batch_size=2)
    history = train_parts(tmp_path / "whole", config)
    for result in history.epochs:
        assert len(result.learning_rates) == MOST_RATES < config.steps
        assert result.learning_rates[0] == result.learning_rate
    every = [rate for result in history.epochs for rate in result.rates]
    highest = every.index(max(every))
    assert every[: highest + 1] == sorted(every[: highest + 1])
    assert every[highest:] == sorted(every[highest:], reverse=True)
    resumed = train_parts(tmp_path / "resumed", config, stops=(2,))
    assert [result.learning_rates for result in resumed.epochs] == [result.learning_rates for result in history.epochs]


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_an_epoch_in_which_the_rate_does_not_move_keeps_one(tmp_path, schedule):
    history = train_parts(tmp_path, config_of(schedule))
    assert [result.learning_rates for result in history.epochs] == [()] * EPOCHS
    assert [result.rates for result in history.epochs] == [(result.learning_rate,) for result in history.epochs]


def test_plateau_remembers_over_a_resume_how_many_epochs_brought_nothing(tmp_path):
    """KR23."""
    config = config_of("plateau", learning_rate=0.3)
    first = train_parts(tmp_path, config.lengthened(3))
    assert read_checkpoint(tmp_path / LAST_NAME).meta["learning_rate"]["scheduler"]["num_bad_epochs"] == 1
    assert min(first.epochs, key=lambda result: result.validation_loss).epoch == 2
    assert rates(train_parts(tmp_path, config)) == [0.3, 0.3, 0.3, 0.3, 0.15]


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_more_epochs_than_a_schedule_was_laid_out_over_are_refused_in_words(tmp_path, schedule):
    config = config_of(schedule)
    name = schedule.replace("_", "-")
    with pytest.raises(ConfigError, match=f"The {name} schedule was laid out over 5 epochs, and at their end") as error:
        config.lengthened(7)
    assert str(error.value).endswith("Start a new run with more epochs.")
    train_parts(tmp_path, config)
    before = (tmp_path / LAST_NAME).read_bytes()
    with pytest.raises(CheckpointError, match=r"trained with epochs 5, and this run has 7\. Start a new run"):
        train_parts(tmp_path, replace(config, epochs=7))
    assert (tmp_path / LAST_NAME).read_bytes() == before


def test_other_schedules_go_on_with_more_epochs(tmp_path):
    config = config_of("step", learning_rate=0.08, schedule_epochs=2)
    train_parts(tmp_path, config)
    assert rates(train_parts(tmp_path, config.lengthened(7)))[4:] == [0.02, 0.02, 0.01]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_rate_changed_on_the_way_holds_from_the_next_epoch_and_resumes_exactly(tmp_path, schedule):
    config = config_of(schedule, learning_rate=0.01)
    plain = train_parts(tmp_path / "plain", config)
    wishes = ((2, 0.05), (3, 0.02))
    whole = train_parts(tmp_path / "whole", config, wishes=wishes)
    parts = train_parts(tmp_path / "parts", config, stops=(2, 3, 4), wishes=wishes)
    scales = [1, 1, 5, 2, 2]
    if schedule != "plateau":  # what it does depends on what was measured
        assert rates(whole) == pytest.approx([r * s for r, s in zip(rates(plain), scales, strict=True)])
    assert rates(whole) == rates(parts)
    first, second = (read_checkpoint(tmp_path / name / LAST_NAME) for name in ("whole", "parts"))
    assert hash_checkpoint(first) == hash_checkpoint(second)
    assert first.meta["learning_rate"] == second.meta["learning_rate"]


def test_a_wish_out_of_range_is_refused_and_changes_nothing(tmp_path):
    wish_learning_rate(tmp_path, 0.02)
    with pytest.raises(ConfigError, match=r"The setting learning rate is 11\. Give it a number from 1e-08 to 10\.0"):
        wish_learning_rate(tmp_path, 11)
    assert read_wish(tmp_path) == 0.02


@pytest.mark.parametrize(
    "content", [None, [], {}, {"learning_rate": None}, {"learning_rate": -1}, {"learning_rate": 99}]
)
def test_a_wish_that_cannot_be_granted_is_none(tmp_path, content):
    write_json(tmp_path / WISH_NAME, content)
    assert read_wish(tmp_path) is None
    assert read_wish(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"now": math.nan}, "no rate that a training has"),
        ({"now": -0.1}, "no rate that a training has"),
        ({"now": "0.1"}, "no rate that a training has"),
        ({"base": 0.0}, "no rate that a training has"),
        ({"base": math.inf}, "no rate that a training has"),
        ({"scheduler": {}}, "belongs to another schedule"),
        ({"scheduler": {"last_epoch": -1, "_step_count": 1}}, "belongs to another schedule"),
        ({"scheduler": {"last_epoch": 1.5, "_step_count": 1}}, "belongs to another schedule"),
        ({"scheduler": [1]}, "belongs to another schedule"),
        ({"more": 1}, "does not say where its learning rate is"),
    ],
)
def test_a_checkpoint_with_a_learning_rate_that_no_training_gives_is_refused(tmp_path, change, sentence):
    config = config_of("step")
    train_parts(tmp_path, config, stops=())
    checkpoint = read_checkpoint(tmp_path / LAST_NAME)
    checkpoint.meta["learning_rate"].update(change)
    write_checkpoint(tmp_path / LAST_NAME, checkpoint)
    with pytest.raises(CheckpointError, match=sentence):
        train_parts(tmp_path, config.lengthened(9))


def test_a_checkpoint_of_before_there_were_schedules_goes_on(tmp_path):
    config = config_of("constant", learning_rate=0.01)
    whole = train_parts(tmp_path / "whole", replace(config, epochs=2))
    train_parts(tmp_path / "parts", replace(config, epochs=1))
    path = tmp_path / "parts" / LAST_NAME
    checkpoint = read_checkpoint(path)
    del checkpoint.meta["learning_rate"]
    for name in ("schedule", "schedule_epochs", "schedule_factor", "patience", "max_norm", "shift", "rotation"):
        del checkpoint.meta["config"][name]
    del checkpoint.meta["config"]["label_noise"]
    write_checkpoint(path, checkpoint)
    config = replace(config, schedule_epochs=2, schedule_factor=0.1)  # what is meant where nothing is said
    parts = train_parts(tmp_path / "parts", replace(config, epochs=2))
    assert rates(parts) == rates(whole)
    first, second = (read_checkpoint(tmp_path / name / LAST_NAME) for name in ("whole", "parts"))
    assert hash_checkpoint(first) == hash_checkpoint(second)

"""Settings that exist are within the limits, whoever made them."""

import math

import pytest

from netcore.errors import ConfigError
from netcore.training.config import OPTIMIZERS, TrainingConfig

BEFORE = (
    "epochs", "batch_size", "optimizer", "learning_rate", "momentum", "weight_decay", "training_size",
    "validation_size", "seed", "threads",
)  # fmt: skip
HUGE = 10**5000  # Python itself refuses to write it


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_settings_come_back_equal_from_json(optimizer):
    config = TrainingConfig(
        optimizer=optimizer,
        schedule="step",
        shift=1,
        epochs=3,
        seed=7,
        learning_rate=OPTIMIZERS[optimizer].learning_rate,
    )
    assert TrainingConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("epochs", 0, r"The setting epochs is 0\. Give it a whole number from 1 to 200\."),
        ("epochs", 201, "The setting epochs is 201"),
        ("epochs", 2.0, r"The setting epochs is 2\.0"),
        ("epochs", True, "The setting epochs is True"),
        ("batch_size", 0, r"The setting batch size is 0\. Give it a whole number from 1 to 1024\."),
        ("batch_size", -64, "The setting batch size is -64"),
        ("batch_size", "64", "The setting batch size is 64"),
        ("batch_size", HUGE, r"The setting batch size is beyond 10\^18"),
        ("learning_rate", math.nan, r"The setting learning rate is nan\. Give it a number from 1e-08 to 10\.0\."),
        ("learning_rate", math.inf, "The setting learning rate is inf"),
        ("learning_rate", 0, "The setting learning rate is 0"),
        ("learning_rate", -0.1, r"The setting learning rate is -0\.1"),
        ("learning_rate", None, "The setting learning rate is None"),
        ("learning_rate", HUGE, r"The setting learning rate is beyond 10\^18"),
        ("momentum", 1.0, r"The setting momentum is 1\.0"),
        ("weight_decay", -1e-9, "The setting weight decay is -1e-09"),
        ("seed", -1, "The setting seed is -1"),
        ("seed", 2**31, "The setting seed is 2147483648"),
        ("threads", 0, "The setting threads is 0"),
        ("validation_size", 0, "The setting validation size is 0"),
        ("training_size", 60_000, "The setting training size is 60000"),
        ("optimizer", "LBFGS", "There is no optimizer called LBFGS here. Choose one of SGD, Adam, AdamW, RMSprop"),
        ("optimizer", [], r"There is no optimizer called \[\] here"),
        ("optimizer", "x" * 1000, r"There is no optimizer called x{40} here"),
        ("schedule", "linear", r"There is no schedule called linear here\. Choose one of constant, step, cosine, one_"),
        ("precision", "float16", r"There is no precision called float16 here\. Choose one of float32, bfloat16\."),
        ("schedule", None, "There is no schedule called None here"),
        ("schedule_epochs", 0, r"The setting schedule epochs is 0\. Give it a whole number from 1 to 200\."),
        ("schedule_factor", 1.0, r"The setting schedule factor is 1\.0\. Give it a number from 0\.01 to 0\.99\."),
        ("schedule_factor", math.nan, "The setting schedule factor is nan"),
        ("patience", -1, r"The setting patience is -1\. Give it a whole number from 0 to 200\."),
        ("patience", 1.5, r"The setting patience is 1\.5"),
        ("max_norm", -0.1, r"The setting max norm is -0\.1\. Give it a number from 0\.0 to 1000\.0\."),
        ("max_norm", math.inf, "The setting max norm is inf"),
        ("shift", 9, r"The setting shift is 9\. Give it a whole number from 0 to 8\."),
        ("rotation", 46, r"The setting rotation is 46\. Give it a number from 0\.0 to 45\.0\."),
        ("label_noise", 1.1, r"The setting label noise is 1\.1\. Give it a number from 0\.0 to 1\.0\."),
        ("label_noise", True, "The setting label noise is True"),
    ],
    ids=lambda item: "huge" if item is HUGE else None,
)
def test_a_setting_out_of_range_is_named_with_its_value_and_the_range(setting, value, sentence):
    with pytest.raises(ConfigError, match=sentence):
        TrainingConfig(**{setting: value})


def test_more_digits_than_there_are_is_refused():
    with pytest.raises(ConfigError, match="55000 digits to learn from and 10000 held back are more than the 60000"):
        TrainingConfig(training_size=55_000)


def test_a_batch_larger_than_the_training_part_is_refused():
    with pytest.raises(ConfigError, match=r"A batch of 64 is more than the 50 digits to learn from\."):
        TrainingConfig(training_size=50)


@pytest.mark.parametrize("value", [None, [], "x", {}, {"epochs": 3}, {**TrainingConfig().to_json(), "extra": 1}])
def test_anything_but_saved_settings_is_refused(value):
    with pytest.raises(ConfigError, match="These are not saved training settings"):
        TrainingConfig.from_json(value)


def test_saved_settings_are_checked_again():
    with pytest.raises(ConfigError, match="The setting epochs is 1000"):
        TrainingConfig.from_json({**TrainingConfig().to_json(), "epochs": 1000})


def test_settings_saved_before_there_were_schedules_mean_what_they_meant():
    saved = {name: value for name, value in TrainingConfig().to_json().items() if name in BEFORE}
    assert TrainingConfig.from_json(saved) == TrainingConfig()
    with pytest.raises(ConfigError, match="These are not saved training settings"):
        TrainingConfig.from_json({name: value for name, value in saved.items() if name != "threads"})


def test_asking_for_more_epochs_takes_away_the_early_stop():
    assert TrainingConfig(epochs=5, patience=2).lengthened(9) == TrainingConfig(epochs=9)


def test_momentum_goes_only_to_optimizers_that_have_one():
    assert "momentum" in TrainingConfig(optimizer="SGD").optimizer_arguments()
    assert "momentum" not in TrainingConfig(optimizer="Adam").optimizer_arguments()


def test_the_last_smaller_batch_counts_as_a_step():
    assert TrainingConfig(training_size=130, batch_size=64).steps == 3

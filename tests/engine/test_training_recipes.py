"""The bad recipes fail in the way that the page says, and digits are shown as a network will see them."""

import pytest
import torch

from netcore.data.mnist import load_mnist
from netcore.errors import DivergedError
from netcore.model.presets import get_preset
from netcore.training.augmentation import show_augmented
from netcore.training.loop import train
from netcore.training.recipes import list_recipes

CONFIGS = {recipe.name: recipe.config for recipe in list_recipes()}


def train_course(name, folder):
    config = CONFIGS[name]
    return train(get_preset("mlp").stack.build(config.seed), config, load_mnist("train"), folder)


def test_learning_rate_ten_with_weight_decay_one_diverges_within_the_first_epoch(tmp_path):
    with pytest.raises(
        DivergedError, match=r"In epoch 1: The loss became nan at step \d\d: the numbers in the network outgrew"
    ):
        train_course("exploding", tmp_path)


def test_learning_rate_one_leaves_a_network_that_guesses(tmp_path):
    assert train_course("too_fast", tmp_path).epochs[-1].validation_accuracy < 0.12


def test_batches_of_1024_have_49_steps_instead_of_782_and_hardly_learn(tmp_path):
    assert (CONFIGS["few_steps"].steps, CONFIGS["course"].steps) == (49, 782)
    assert train_course("few_steps", tmp_path).epochs[-1].train_loss > 1.5


def test_five_hundred_digits_are_learned_by_heart(tmp_path):
    history = train_course("few_digits", tmp_path)
    last = history.epochs[-1]
    assert last.train_accuracy > 0.99
    assert 0.8 < last.validation_accuracy < 0.9
    assert history.best.validation_loss < last.validation_loss


def test_a_digit_is_shown_in_as_many_ways_as_asked_as_grey_levels():
    image = load_mnist("train").images[0]
    seen, again = (show_augmented(image, 8, shift=2, rotation=10.0, seed=3) for _ in range(2))
    assert (seen.shape, seen.dtype) == ((8, 28, 28), torch.uint8)
    assert torch.equal(seen, again)
    assert len({picture.numpy().tobytes() for picture in seen}) == 8

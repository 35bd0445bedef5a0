"""What a network learns from: digits moved and turned, digits mislabelled, and the ones held back left alone."""

import pytest
import torch

from netcore.data.mnist import Digits, load_mnist
from netcore.training.augmentation import augment
from netcore.training.batches import split_digits, training_batches
from netcore.training.label_noise import mislabel
from tests.engine.training_help import few_digits, small_config


def images_of(epoch, **settings):
    return torch.cat([images for images, _ in training_batches(few_digits(150), small_config(**settings), epoch)])


def augmented(images, seed=0, **how):
    return augment(images, **{"shift": 0, "rotation": 0.0, **how}, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("how", [{"shift": 3}, {"rotation": 20.0}, {"shift": 8, "rotation": 45.0}])
def test_augmented_digits_stay_in_range_and_differ_by_epoch_but_not_by_run(how):
    first, again = images_of(1, **how), images_of(1, **how)
    assert first.shape == (150, 1, 28, 28)
    assert first.dtype == torch.float32
    assert (first >= 0).all()
    assert (first <= 1).all()
    assert torch.equal(first, again)
    # The same digit all over, so that only augmentation can tell one place or epoch from another.
    same = Digits(few_digits(1).images.expand(150, 28, 28), torch.zeros(150, dtype=torch.int64))
    drawn = [
        torch.cat([images for images, _ in training_batches(same, small_config(seed=seed, **how), epoch)])
        for seed, epoch in ((0, 1), (0, 2), (1, 1))
    ]
    assert not torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_the_order_of_the_digits_is_the_same_with_augmentation_and_without():
    batches = [training_batches(few_digits(150), small_config(shift=shift), 1) for shift in (0, 2)]
    for (_, plain), (_, moved) in zip(*batches, strict=True):
        assert torch.equal(plain, moved)


def test_without_augmentation_the_digits_are_untouched():
    images = images_of(1)
    assert set(images.unique().tolist()) <= set((torch.arange(256) / 255).tolist())
    assert torch.allclose(augmented(images), images, atol=1e-5)


def test_a_shift_moves_every_digit_by_whole_pixels_of_its_own():
    image = torch.zeros(200, 1, 28, 28)
    image[:, 0, 14, 14] = 1.0
    moved = augmented(image, shift=2)
    places = {tuple(place.tolist()) for place in moved[:, 0].flatten(1).argmax(1).unsqueeze(1)}
    expected = {((14 + down) * 28 + 14 + right,) for down in range(-2, 3) for right in range(-2, 3)}
    assert places == expected
    assert torch.allclose(moved.amax((1, 2, 3)), torch.ones(200), atol=1e-3)


def test_a_rotation_turns_about_the_middle_by_no_more_than_asked():
    image = torch.zeros(300, 1, 28, 28)
    image[:, 0, 13:15, 24:26] = 1.0  # a dot on the right, 11 pixels from the middle
    turned = augmented(image, rotation=30.0)[:, 0]
    rows, columns = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    weight = turned.sum((1, 2))
    down = ((turned * rows).sum((1, 2)) / weight) - 13.5
    right = ((turned * columns).sum((1, 2)) / weight) - 13.5
    angles = torch.atan2(down, right).rad2deg()
    assert angles.abs().max() < 31
    assert angles.min() < -25
    assert angles.max() > 25
    assert torch.allclose(torch.hypot(down, right), torch.full((300,), 11.0), atol=0.3)


def test_the_last_bit_of_the_weights_between_pixels_makes_nothing_whiter_than_white():
    # In three by three pixels they add up to more than 1 now and then.
    white = augmented(torch.ones(1000, 1, 3, 3), rotation=45.0)
    assert white.max() == 1.0


def test_augmentation_draws_nothing_from_the_generator_of_the_process():
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    images_of(1, shift=2, rotation=10.0)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(("share", "wrong"), [(0.0, 0), (0.1, 15), (0.4, 60), (1.0, 150)])
def test_label_noise_is_the_share_that_was_asked_for_and_touches_no_validation_label(share, wrong):
    digits = few_digits()
    clean, held_back = split_digits(digits, small_config())
    noisy, also_held_back = split_digits(digits, small_config(label_noise=share))
    assert int((clean.labels != noisy.labels).sum()) == wrong
    assert torch.equal(clean.images, noisy.images)
    assert torch.equal(held_back.labels, also_held_back.labels)
    assert torch.equal(held_back.images, also_held_back.images)
    assert ((noisy.labels >= 0) & (noisy.labels <= 9)).all()


def test_no_digit_is_both_learned_from_and_held_back():
    numbered = Digits(torch.arange(400, dtype=torch.int64).view(400, 1, 1), torch.zeros(400, dtype=torch.int64))
    learning, held_back = (set(part.images.flatten().tolist()) for part in split_digits(numbered, small_config()))
    assert (len(learning), len(held_back), learning & held_back) == (150, 100, set())


def test_label_noise_is_the_same_for_the_same_seed_and_leaves_the_data_set_alone():
    digits = load_mnist("test")
    before = digits.labels.clone()
    first, again, other = (mislabel(digits, 0.3, seed).labels for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(digits.labels, before)

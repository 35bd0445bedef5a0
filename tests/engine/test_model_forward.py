"""What a network says of digits, and that asking never changes it."""

import pytest
import torch
from torch import nn

from netcore.errors import StackError
from netcore.model.forward import forward_digits, to_input
from netcore.seeds import seeded


def small_network():
    with seeded(0):
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 10))


def digits(count):
    return torch.arange(count * 784).remainder(256).to(torch.uint8).reshape(count, 28, 28)


def test_the_input_is_what_totensor_gives():
    from torchvision.transforms import ToTensor

    image = digits(1)
    assert torch.equal(to_input(image)[0], ToTensor()(image[0].numpy()))


def test_logits_probabilities_and_predictions_belong_together():
    result = forward_digits(small_network().eval(), digits(3))
    assert result.shape == (3, 10)
    for logits, probabilities, prediction in zip(result.logits, result.probabilities, result.predictions, strict=True):
        assert abs(sum(probabilities) - 1) < 1e-5
        assert prediction == max(range(10), key=logits.__getitem__)


def test_eval_gives_the_same_logits_each_time_and_train_depends_on_the_seed():
    model, images = small_network().eval(), digits(4)
    assert forward_digits(model, images).logits == forward_digits(model, images, seed=1).logits
    first = forward_digits(model, images, mode="train", seed=1).logits
    assert first == forward_digits(model, images, mode="train", seed=1).logits
    assert first != forward_digits(model, images, mode="train", seed=2).logits


def test_asking_in_training_mode_leaves_the_network_as_it_was():
    model = small_network().eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    forward_digits(model, digits(4), mode="train")
    assert not model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_one_image_through_batchnorm_in_training_mode_is_refused_in_words():
    with pytest.raises(StackError, match="BatchNorm"):
        forward_digits(small_network().eval(), digits(1), mode="train")

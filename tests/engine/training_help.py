"""Small trainings for the tests: few digits, one network with everything that makes a resume hard."""

import hashlib

import torch

from netcore.data.mnist import Digits, load_mnist
from netcore.model.stack import Stack
from netcore.training.config import OPTIMIZERS, TrainingConfig

HARD = Stack.parse(
    "conv2d(1,4,3,padding=1), batchnorm2d(4), relu, maxpool2d(4), flatten, dropout(p=0.3), "
    "linear(196,16), batchnorm1d(16), relu, linear(16,10)"
)
SMALL = Stack.parse("flatten, linear(784,16), relu, linear(16,10)")


def few_digits(count=400):
    digits = load_mnist("test")
    return Digits(digits.images[:count], digits.labels[:count])


def small_config(optimizer="Adam", **settings):
    return TrainingConfig(
        **{
            "epochs": 4,
            "batch_size": 32,
            "training_size": 150,
            "validation_size": 100,
            "optimizer": optimizer,
            "learning_rate": OPTIMIZERS[optimizer].learning_rate,
            **settings,
        }
    )


def hash_state(state):
    """SHA-256 of every tensor of a state_dict, nested ones included, by name, in order."""
    digest = hashlib.sha256()

    def visit(name, value):
        if torch.is_tensor(value):
            digest.update(f"{name} {value.dtype} {list(value.shape)}".encode())
            digest.update(value.detach().contiguous().numpy().tobytes())
        elif isinstance(value, dict):
            for key, item in value.items():
                visit(f"{name}.{key}", item)

    visit("", state)
    return digest.hexdigest()


def hash_checkpoint(checkpoint):
    return hash_state({"model": checkpoint.model_state, "optimizer": checkpoint.optim_state["state"]})

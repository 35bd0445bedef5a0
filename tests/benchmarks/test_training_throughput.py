"""How fast our loop trains beside the course's loop and beside a bare loop over tensors. Prints ratios (pytest -s)."""

import time

import pytest
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

from netcore.data.mnist import Digits, load_mnist
from netcore.model.forward import to_input
from netcore.model.presets import get_preset
from netcore.training.batches import training_batches
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from netcore.training.optimizers import build_optimizer
from netcore.training.passes import pinned, run_pass

pytestmark = pytest.mark.benchmark

ROUNDS = 3


class CourseDataset(Dataset):
    """What ``torchvision.datasets.MNIST(transform=ToTensor())`` does for each image, without its download."""

    def __init__(self, digits):
        self.digits = digits
        self.transform = ToTensor()

    def __len__(self):
        return len(self.digits)

    def __getitem__(self, index):
        image = Image.fromarray(self.digits.images[index].numpy())
        return self.transform(image), int(self.digits.labels[index])


def course_loop(model, digits):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    loader = DataLoader(CourseDataset(digits), batch_size=64, shuffle=True)

    def run():
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()

    return run


def bare_loop(model, digits):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    images, labels = to_input(digits.images), digits.labels

    def run():
        model.train()
        order = torch.randperm(len(labels))
        for at in range(0, len(labels), 64):
            chosen = order[at : at + 64]
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()

    return run


def our_loop(model, digits):
    config = TrainingConfig(training_size=len(digits))
    if any(isinstance(module, torch.nn.Conv2d) for module in model.modules()):
        model.to(memory_format=torch.channels_last)
    optimizer = build_optimizer(config, list(model.parameters()))

    def run():
        with pinned(1):
            run_pass(model, training_batches(digits, config, 1), optimizer)

    return run


def best_seconds(loops):
    """The best time of each loop; the rounds take turns, so that a busy moment of the machine hits all of them."""
    times = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, run in loops.items():
            started = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started)
    return {name: min(values) for name, values in times.items()}


@pytest.mark.parametrize(("preset", "count"), [("mlp", 6400), ("cnn", 1920)])
def test_our_loop_beside_the_loop_of_the_course_and_a_bare_loop(preset, count):
    everything = load_mnist("train")
    digits = Digits(everything.images[:count], everything.labels[:count])
    stack = get_preset(preset).stack
    with pinned(1):
        seconds = best_seconds(
            {
                "course": course_loop(stack.build(0), digits),
                "bare": bare_loop(stack.build(0), digits),
                "ours": our_loop(stack.build(0), digits),
            }
        )
    rates = ", ".join(f"{name} {count / value:,.0f} images/s" for name, value in seconds.items())
    print(
        f"\n{preset}: ours is {seconds['course'] / seconds['ours']:.1f} x the course's loop and "
        f"{seconds['bare'] / seconds['ours']:.2f} x a bare loop ({rates})"
    )


def test_an_epoch_with_its_checkpoints_beside_its_training_pass_alone(tmp_path):
    network = get_preset("mlp").stack
    history = train(network.build(0), TrainingConfig(epochs=2), load_mnist("train"), tmp_path, network=network)
    epoch = history.epochs[-1]
    share = 50_000 / epoch.images_per_second / epoch.seconds
    print(f"\nmlp: the training pass is {100 * share:.0f} % of an epoch of {epoch.seconds:.2f} s")

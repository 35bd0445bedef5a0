"""How long a class of 40 lines takes to be checked, built and traced, and what of that is the wall (pytest -s)."""

import statistics

import pytest

from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.stack import Stack
from netcore.model.trace import Trace
from tests.benchmarks.timing import milliseconds

pytestmark = [pytest.mark.benchmark, pytest.mark.usefixtures("nursery")]

ROUNDS = 20
SOURCE = '''
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """Two convolutions, added to what went in."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.second_norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return F.relu(x + y)


class Network(nn.Module):
    """A stem, three blocks, a head."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.blocks = nn.ModuleList([Block(16) for _ in range(3)])
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(16 * 3 * 3, 10)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = self.pool(block(x))
        x = torch.flatten(x, 1)
        x = F.dropout(x, 0.2, self.training)
        return self.head(x)
'''


def test_a_class_of_40_lines_checked_built_and_traced(repeat):
    def check():
        return CustomSource(SOURCE)

    def inspect():
        confined.ask(Trace, "netcore.model.xray.inspection:inspect_source", check(), batch=64)

    def bare():
        confined.ask(Trace, "netcore.model.trace:trace", Stack.parse("flatten, linear(784, 10)"), batch=64)

    cold = milliseconds(inspect)
    times = {name: [] for name in ("whole", "check", "bare")}
    for _ in repeat(ROUNDS):  # in turns, so that whatever else the machine does slows all of them
        times["whole"].append(milliseconds(inspect))
        times["check"].append(milliseconds(check))
        times["bare"].append(milliseconds(bare))
    whole, checked, empty = (statistics.median(times[name]) for name in times)
    print(
        f"\na class of {len(SOURCE.strip().splitlines())} lines, checked, built and traced: {whole:.0f} ms "
        f"(check {checked:.0f} ms; a confined process around a stack of two layers {empty:.0f} ms), "
        f"the first time {cold / 1000:.1f} s"
    )

"""Of a whole script only the network: what stays, what is left out, which class it is. Nothing runs."""

import pytest

from netcore.model.custom.keeping import keep_network
from netcore.model.custom.source import CustomSource
from netcore.model.custom.wall import find_refusals

SCRIPT = '''\
"""Digits, week 3."""
%matplotlib inline
import os, math
import torch
from torch import nn, optim
import torch.utils.data
from torchvision import datasets, transforms

# settings
epochs = 5
hidden = 64  # wide enough
SLOPE = 0.1

train_loader = DataLoader(
    datasets.MNIST(root="data", transform=transforms.ToTensor()),
    batch_size=64,
)


def leaky(x):
    # helps the class below
    return torch.where(x > 0, x, SLOPE * x)


class Block(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.fc = nn.Linear(size, size)  # square

    def forward(self, x):
        return leaky(self.fc(x))


class Digits(nn.Module):
    """Two layers."""

    def __init__(self, hidden, classes):
        super().__init__()
        self.first = nn.Linear(784, hidden)
        self.block = Block(hidden)
        self.last = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.last(self.block(self.first(x.flatten(1))))


# Now we train.
def train(model, loader):
    for images, labels in loader:
        nn.functional.cross_entropy(model(images), labels).backward()


def main():
    classes = 10
    model = Digits(hidden, classes).to("cuda")
    optimizer = optim.Adam(model.parameters())
    train(model, train_loader)
    torch.save(model.state_dict(), os.path.join("a", "b"))


if __name__ == "__main__":
    main()
'''
KEPT = '''\
"""Digits, week 3."""

import math
import torch
from torch import nn

SLOPE = 0.1


def leaky(x):
    # helps the class below
    return torch.where(x > 0, x, SLOPE * x)


class Block(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.fc = nn.Linear(size, size)  # square

    def forward(self, x):
        return leaky(self.fc(x))


class Digits(nn.Module):
    """Two layers."""

    def __init__(self, hidden, classes):
        super().__init__()
        self.first = nn.Linear(784, hidden)
        self.block = Block(hidden)
        self.last = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.last(self.block(self.first(x.flatten(1))))


model = Digits(64, 10)
'''


def test_whole_script_becomes_its_network():
    kept = keep_network(SCRIPT)
    assert kept.source == KEPT
    assert kept.refusals == () and kept.call == CustomSource(kept.source).call == "Digits(64, 10)"
    assert kept.is_made and kept.others == ()
    assert [(part.first, part.last, part.kind) for part in kept.left_out] == [
        (2, 2, "command"),
        (3, 3, "import"),
        (5, 7, "import"),
        (10, 11, "settings"),
        (14, 17, "data"),
        (48, 50, "training"),
        (53, 62, "main"),
    ]
    assert kept.left_out[0].words == "%matplotlib inline"
    assert kept.leaves_out(15) and not kept.leaves_out(30)


def test_network_alone_has_nothing_to_leave_out():
    assert keep_network(KEPT) is None
    assert keep_network(KEPT.replace("nn.Linear(784", "nn.Liner(784")) is None
    assert keep_network("import os\nprint(1)\n") is None
    assert keep_network("class (") is None


def test_what_is_wrong_in_the_class_itself_is_still_found():
    kept = keep_network(SCRIPT.replace("nn.Linear(784", "nn.os.system(784"))
    (finding,) = kept.refusals
    assert "nn.os" in str(finding.refusal)


def test_class_that_stands_in_the_way_goes_where_the_network_does_without():
    other = "\n\nclass Lightning(nn.Module):\n    def forward(self, x):\n        return x\n"
    other += "    def log(self):\n        os.f()\n"
    kept = keep_network(SCRIPT.replace("\n\n# Now we train.", other + "\n\n# Now we train."))
    assert kept.refusals == () and "Lightning" not in kept.source
    assert kept.others == ("Lightning",)


@pytest.mark.parametrize(
    ("line", "stays", "call"),
    [
        ("model = Net(width).to(device)", "model = Net(width)\n", "Net(9)"),
        ("net: nn.Module = Net(width)", "net: nn.Module = Net(width)\n", "Net(9)"),
        ("if __name__ == '__main__':\n    net = Net(width + 1)", "model = Net(10)\n", "Net(10)"),
        ("def make(n=3):\n    return Net(n * 2)\n\n\nnet = make()", "net = make()\n", "Net(6)"),
        ("net = Net(**{'width': 3, 'width': 4})", "net = Net(**{'width': 3, 'width': 4})\n", "Net(width=4)"),
        ("print(Net(3))", "        return x\n", "Net()"),
    ],
)
def test_own_line_says_which_values_the_network_has(line, stays, call):
    script = (
        "import os\nfrom torch import nn\n\nwidth = 9\ndevice = os.name\n\n\nclass Net(nn.Module):\n"
        "    def __init__(self, width=2):\n        super().__init__()\n\n"
        "    def forward(self, x):\n        return x\n\n\n"
        f"{line}\nprint(os.name)\n"
    )
    kept = keep_network(script)
    assert kept.source.endswith(stays) and kept.call == call
    assert CustomSource(kept.source).call == call
    assert find_refusals(kept.source) == ()


def test_last_of_several_classes_is_taken_and_the_others_are_named():
    block = "class {}(nn.Module):\n    def forward(self, x):\n        return x\n\n"
    kept = keep_network("from torch import nn\nimport sys\n" + "".join(block.format(name) for name in ("A", "B", "C")))
    assert (kept.call, kept.is_made, kept.others) == ("C()", False, ("A", "B"))

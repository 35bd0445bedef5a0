"""Looking through MNIST as scripts of their own: a network's answers, and the nearest digits. Knows no screen."""

from __future__ import annotations

from netcore.export.sample import model_source
from netcore.model.spec import NetworkSpec

_ANSWERS = """\
images = dataset.data.unsqueeze(1).float() / 255  # [10000, 1, 28, 28], the numbers that ToTensor gives
labels = dataset.targets  # [10000]
with torch.inference_mode():
    logits = torch.cat([model(batch) for batch in images.split(100)])  # [10000, 10]
confidences, predictions = logits.softmax(dim=1).max(dim=1)
losses = nn.functional.cross_entropy(logits, labels, reduction="none")
wrong = (predictions != labels).nonzero().flatten()
means = [images[predictions == digit].mean(dim=0) for digit in range(10)]  # of what the network takes for each digit
print("wrong", len(wrong), wrong[:10].tolist())
print("unsure", confidences.argsort()[:10].tolist())
print("loss", losses.argsort(descending=True)[:10].tolist())
"""
_NEAREST = """\
import torch
from torchvision import datasets

train = datasets.MNIST(root="data", train=True, download=True)
{part}digit = {name}.data[{index}].float()  # [28, 28]
distances = (train.data.float() - digit).flatten(1).norm(dim=1) / 255  # [60000]
{itself}nearest = distances.topk({count}, largest=False)
for index, distance in zip(nearest.indices.tolist(), nearest.values.tolist()):
    print(index, int(train.targets[index]), distance)
"""


def answers_source(network: NetworkSpec, *, seed: int, trained: bool) -> str:
    """A script that asks the network about all test digits and prints the wrong, the unsure and the costly ones.

    ``trained`` takes the weights from ``checkpoint_best.pth`` beside the script.
    """
    start = model_source(network, seed=seed, split="test", trained=trained, mode="eval")
    return f"{start}\n{_ANSWERS}"


def neighbours_source(*, split: str, index: int, count: int) -> str:
    """A script that prints the ``count`` training digits nearest to one of ``split``: index, label, distance."""
    if split == "train":
        itself = f"distances[{index}] = torch.inf  # the digit itself\n"
        return _NEAREST.format(part="", name="train", index=index, itself=itself, count=count)
    part = 'test = datasets.MNIST(root="data", train=False, download=True)\n'
    return _NEAREST.format(part=part, name="test", index=index, itself="", count=count)

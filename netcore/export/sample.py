"""The walk of MNIST images through a network as a script of its own. Knows nothing of the screen that shows it."""

from __future__ import annotations

from netcore.export.source import IMPORTS, SHOW_SHAPES, seed_lines, seeded_source, weights_lines
from netcore.model.spec import NetworkSpec

_STEPS = """\
with torch.inference_mode():
    logits = model(x)  # [{count}, 10]
shifted = logits - logits.max(dim=1, keepdim=True).values  # so that exp stays finite; the softmax is the same
exponentials = shifted.exp()
probabilities = exponentials / exponentials.sum(dim=1, keepdim=True)  # as logits.softmax(dim=1)
prediction = logits.argmax(dim=1)  # [{count}]
loss = nn.functional.cross_entropy(logits, {labels})  # the mean of -log p of the labels
print("image", list(x.shape[1:]), "batch", list(x.shape))
for name in ("logits", "shifted", "exponentials", "probabilities", "prediction", "loss"):
    print(name, globals()[name].tolist())
"""


def sample_source(
    network: NetworkSpec,
    *,
    seed: int,
    split: str,
    index: int,
    count: int = 1,
    trained: bool = False,
    mode: str = "eval",
) -> str:
    """A script that prints every step of the walk of ``dataset[index]``, the shapes and numbers that the page shows.

    With a ``count`` of more than 1, of a batch of the images from ``index`` on. ``trained`` takes the weights from
    ``checkpoint_best.pth`` beside the script; ``mode`` is ``"eval"`` or ``"train"``, whose random numbers come from
    ``seed``. The script downloads MNIST where it is not there.
    """
    start = digit_source(network, seed=seed, split=split, index=index, count=count, trained=trained, mode=mode)
    labels = "labels" if count > 1 else "torch.tensor([label])"
    start = "\n".join([start, *seed_lines(seed=seed, mode=mode)])
    return f"{start}\n{SHOW_SHAPES}\n{_STEPS.format(count=count, labels=labels)}"


def digit_source(
    network: NetworkSpec, *, seed: int, split: str, index: int, count: int = 1, trained: bool, mode: str
) -> str:
    """A script up to ``x``, the batch of one, or of ``count``, that ``sample_source`` sends through the network."""
    lines = [model_source(network, seed=seed, split=split, trained=trained, mode=mode)]
    if count > 1:
        lines += [
            f"images, labels = zip(*(dataset[i] for i in range({index}, {index + count})))",
            f"x, labels = torch.stack(images), torch.tensor(labels)  # [{count}, 1, 28, 28], [{count}]",
        ]
    else:
        lines += [f"image, label = dataset[{index}]  # [1, 28, 28]", "x = image.unsqueeze(0)  # [1, 1, 28, 28]"]
    return "\n".join(lines)


def model_source(network: NetworkSpec, *, seed: int, split: str, trained: bool, mode: str) -> str:
    """A script up to ``model`` with its weights, in ``mode``, and ``dataset``, a part of MNIST."""
    lines = [
        seeded_source(network, seed, f"{IMPORTS}\nfrom torchvision import datasets, transforms").rstrip(),
        *weights_lines(trained=trained, mode=mode),
        "",
        f'dataset = datasets.MNIST(root="data", train={split == "train"}, download=True, '
        "transform=transforms.ToTensor())",
    ]
    return "\n".join(lines)

"""The walk of MNIST images through a network as a script of its own. Knows nothing of the screen that shows it."""

from __future__ import annotations

from netcore.export.source import IMPORTS, seeded_source
from netcore.model.spec import NetworkSpec


def sample_source(
    network: NetworkSpec, *, seed: int, split: str, index: int, trained: bool = False, mode: str = "eval"
) -> str:
    """A script that prints the logits and probabilities of ``dataset[index]``, the numbers that the page shows.

    ``trained`` takes the weights from ``checkpoint_best.pth`` beside the script; ``mode`` is ``"eval"`` or ``"train"``,
    whose random numbers come from ``seed``. The script downloads MNIST where it is not there.
    """
    lines = [
        seeded_source(network, seed, f"{IMPORTS}\nfrom torchvision import datasets, transforms").rstrip(),
    ]
    if trained:
        lines += [
            'info = torch.load("checkpoint_best.pth", weights_only=True)  # download it on the training page',
            'model.load_state_dict(info["model_state"])',
        ]
    lines += [
        f"model.{mode}()",
        "",
        f'dataset = datasets.MNIST(root="data", train={split == "train"}, download=True, '
        "transform=transforms.ToTensor())",
        f"image, label = dataset[{index}]  # [1, 28, 28]",
        "x = image.unsqueeze(0)  # [1, 1, 28, 28]",
    ]
    if mode == "train":
        lines += [f"torch.manual_seed({seed})  # for Dropout"]
    lines += [
        "with torch.inference_mode():",
        "    logits = model(x)  # [1, 10]",
        "probabilities = logits.softmax(dim=1)  # [1, 10]",
        "print(label, logits.tolist(), probabilities.tolist())",
        "",
    ]
    return "\n".join(lines)

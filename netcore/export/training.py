"""A training as the course writes it: a script of its own. Knows nothing of the screen that shows it."""

from __future__ import annotations

from netcore.export.source import IMPORTS, seeded_source
from netcore.model.spec import NetworkSpec
from netcore.training.config import TrainingConfig

_IMPORTS = f"""\
import os

{IMPORTS}
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms"""

_LOOP = """\
start_epoch, best_loss = 1, float("inf")
if os.path.exists("checkpoint_best.pth"):
    info = torch.load("checkpoint_best.pth", weights_only=True)
    model.load_state_dict(info["model_state"])
    optimizer.load_state_dict(info["optim_state"])
    best_loss = info["best_loss"]
    start_epoch = info["epoch"] + 1

for epoch in range(start_epoch, {epochs} + 1):
    model.train()
    for images, labels in train_loader:  # [{batch}, 1, 28, 28] and [{batch}]
        optimizer.zero_grad()
        loss = loss_function(model(images), labels)
        loss.backward()
        optimizer.step()

    model.eval()
    total = 0.0
    with torch.inference_mode():
        for images, labels in validation_loader:
            total += loss_function(model(images), labels).item() * len(labels)
    validation_loss = total / len(validation)
    print(epoch, validation_loss)

    if validation_loss < best_loss:
        best_loss = validation_loss
        torch.save(
            {{
                "epoch": epoch,
                "best_loss": best_loss,
                "model_state": model.state_dict(),
                "optim_state": optimizer.state_dict(),
            }},
            "checkpoint_best.pth",
        )
"""


def training_source(network: NetworkSpec, config: TrainingConfig) -> str:
    """A script that trains ``network`` under ``config`` with the course's own loop and its best checkpoint.

    The same first weights and the same steps as ours; the digits come in another order, so the last digits of the
    losses differ. A ``checkpoint_best.pth`` that was downloaded lies beside it and is gone on from.
    """
    arguments = ", ".join(f"{name}={value!r}" for name, value in config.optimizer_arguments().items())
    left = 60_000 - config.training_size - config.validation_size
    sizes = f"[{config.training_size}, {config.validation_size}" + (f", {left}]" if left else "]")
    return "\n".join(
        [
            seeded_source(network, config.seed, _IMPORTS),
            'dataset = datasets.MNIST(root="data", train=True, download=True, transform=transforms.ToTensor())',
            f"training, validation{', _' if left else ''} = random_split(dataset, {sizes})",
            f"train_loader = DataLoader(training, batch_size={config.batch_size}, shuffle=True)",
            "validation_loader = DataLoader(validation, batch_size=1000)",
            "",
            "loss_function = nn.CrossEntropyLoss()",
            f"optimizer = torch.optim.{config.optimizer}(model.parameters(), {arguments})",
            "",
            _LOOP.format(epochs=config.epochs, batch=config.batch_size),
        ]
    )

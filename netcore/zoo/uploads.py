"""Weights files that people bring, each for its own workspace. Knows no screens."""

from __future__ import annotations

import tempfile
from pathlib import Path

from netcore.data.saved import Taken
from netcore.errors import WeightsError
from netcore.files import write_atomically
from netcore.settings import MAX_OWN_WEIGHTS, MAX_UPLOADED_CHECKPOINT_BYTES
from netcore.zoo.catalogue import ZooEntry, catalogue
from netcore.zoo.download import refused_by_disk
from netcore.zoo.outside import UPLOADED, read_outside
from netcore.zoo.weights import build_architecture, weights_path


def upload_path(entry: ZooEntry, workspace: Path) -> Path:
    """Where a workspace's own weights for this network lie, or would lie."""
    return workspace / "weights" / entry.file_name


def own_uploads(workspace: Path) -> tuple[str, ...]:
    """The names of the networks for which the workspace has weights of its own."""
    return tuple(entry.name for entry in catalogue() if upload_path(entry, workspace).is_file())


def keep_upload(entry: ZooEntry, data: bytes, workspace: Path) -> Taken:
    """Keep an uploaded weights file in the ``workspace``, under ``upload_path``, and return how its tensors fit.

    It is checked in a confined process, and to be loaded as own weights, whatever its SHA-256 begins with: of that,
    torchvision names 32 bits, for which another file is made in minutes. Raises ``WeightsError`` that says why it
    cannot be kept, with nothing left behind.
    """
    if len(data) > MAX_UPLOADED_CHECKPOINT_BYTES:
        raise WeightsError(
            "The file is {size:.1f} MB, and at most {most:.0f} MB can be uploaded.",
            "Put the file {file} into the folder {folder} on the server.",
            size=len(data) / 1e6,
            most=MAX_UPLOADED_CHECKPOINT_BYTES / 1e6,
            file=entry.file_name,
            folder=weights_path(entry).parent,
        )
    _check_room(entry, workspace)
    with tempfile.TemporaryDirectory(prefix="netcore-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "uploaded"
        file.write_bytes(data)
        taken = read_outside(file, entry.family, build_architecture(entry).state_dict(), UPLOADED).taken
    _write(upload_path(entry, workspace), data)
    return taken


def forget_upload(entry: ZooEntry, workspace: Path) -> None:
    """Delete the workspace's own weights for this network. Does nothing where it has none."""
    upload_path(entry, workspace).unlink(missing_ok=True)


def _check_room(entry: ZooEntry, workspace: Path) -> None:
    kept = [name for name in own_uploads(workspace) if name != entry.name]
    if len(kept) >= MAX_OWN_WEIGHTS:
        raise WeightsError(
            "You keep weights of your own for {count} networks already: {names}.",
            "Delete those of one of them first.",
            count=len(kept),
            names=", ".join(kept),
        )


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise refused_by_disk(path, error) from error

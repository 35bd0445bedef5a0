"""A weights file of unknown origin: its tensors, once a confined process has found them to be a network's.

Knows neither torchvision nor where files lie. The file is looked at, unpickled and checked in a process with limits;
what comes back are the numbers alone, in an order that was agreed before, so that nothing here unpickles anything.
"""

from __future__ import annotations

import io
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netcore.data.archive import check_archive, repack
from netcore.errors import CheckpointError, WeightsError, WorkerError
from netcore.model.custom.confined import nursery
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits

if TYPE_CHECKING:
    from torch import Tensor

_TASK = "netcore.zoo.outside:copy_tensors"
_CURE = "Let the published file be downloaded in its place."
_SPARE_BYTES = 4 * 1024**2
"""For what a file holds beside its numbers."""
_MEMORY_BYTES = 1024**3
_SECONDS = 30
_BYTES_PER_SECOND = 20 * 1024**2


def read_outside(path: Path, family: str, wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the file at ``path`` with the names, shapes and types of ``wanted``, which may be on meta.

    They may be saved in half or double precision. Raises ``WeightsError`` that says why the file is refused.
    """
    size = sum(tensor.numel() * tensor.itemsize for tensor in wanted.values())
    _check_size(path, 2 * size + _SPARE_BYTES)
    numbers = _ask_for_numbers(path, family, wanted, size)
    tensors, start = {}, 0
    for name, tensor in wanted.items():
        # A copy each: pieces of one block would all be kept, and copied, with the smallest of them.
        piece = numbers[start : start + tensor.numel() * tensor.itemsize]
        tensors[name] = _as_tensor(piece, tensor)
        start += len(piece)
        if _is_table(name, tensor) and not tensors[name].equal(tensor):
            raise refuse_misfit(path, f"{name} holds other numbers")
    return tensors


def _ask_for_numbers(path: Path, family: str, wanted: dict[str, Tensor], size: int) -> bytearray:
    """All numbers of ``wanted``, one tensor after the other, as a confined process has read them from the file."""
    values = {"file": path.name, "folder": path.parent}
    seconds = int(_SECONDS + size / _BYTES_PER_SECOND)
    limits = Limits(
        wall_seconds=seconds,
        cpu_seconds=seconds,
        memory_bytes=_MEMORY_BYTES + 6 * size,
        file_bytes=size,
        open_files=64,
    )
    with tempfile.TemporaryDirectory(prefix="netcore-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "numbers"
        arguments = {
            "file": str(path),
            "copy": str(copy),
            "family": family,
            "wanted": [[name, list(tensor.shape), str(tensor.dtype)] for name, tensor in wanted.items()],
        }
        confinement = Confinement(readable=(str(path),), changeable=folder)
        try:
            nursery().ask(_TASK, arguments, limits=limits, confinement=confinement)
        except CheckpointError as error:
            raise WeightsError(error.what, error.cure, **error.values) from error
        except WorkerError as error:
            what = "The file {file} in {folder} could not be checked. " + error.what
            raise WeightsError(what, _CURE, **error.values, **values) from error
        numbers = bytearray(copy.read_bytes())
    if len(numbers) != size:
        raise WeightsError("The file {file} in {folder} could not be checked.", "Try again.", **values)
    return numbers


def _as_tensor(numbers: bytearray, like: Tensor) -> Tensor:
    import torch

    return torch.frombuffer(numbers, dtype=like.dtype).reshape(like.shape)


def _is_table(name: str, tensor: Tensor) -> bool:
    """Whether it holds places, as Swin's do: with other ones, the network would look beyond the end of its weights."""
    return not tensor.is_meta and not tensor.is_floating_point() and not name.endswith("num_batches_tracked")


def copy_tensors(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """The task of the confined process: a file of unknown origin to the plain numbers of the tensors that it must hold.

    What can be refused at a look is refused before torch unpickles anything.
    """
    path = Path(arguments["file"])
    data = path.read_bytes()
    check_archive(data, f"The file {path.name}", _CURE)

    import torch

    from netcore.zoo.fitting import as_todays_names, first_misfit

    torch.set_num_threads(1)
    state = as_todays_names(arguments["family"], _read_state(repack(data), path))
    wanted = {name: torch.Size(shape) for name, shape, _ in arguments["wanted"]}
    misfit = first_misfit(wanted, state)
    with Path(arguments["copy"]).open("wb") as copy:
        for name, shape, kind in [] if misfit else arguments["wanted"]:
            dtype = getattr(torch, kind.removeprefix("torch."))
            tensor = state.get(name, torch.zeros(shape, dtype=dtype))
            if tensor.is_floating_point() is not dtype.is_floating_point:
                misfit = f"{name} is of {str(tensor.dtype).removeprefix('torch.')}"
                break
            tensor = tensor.to(dtype).contiguous()
            if not torch.isfinite(tensor).all():
                misfit = f"{name} holds values that are not numbers"
                break
            copy.write(tensor.numpy().tobytes())
    if misfit:
        raise refuse_misfit(path, misfit)
    return {}, b""


def refuse_misfit(path: Path, misfit: str) -> WeightsError:
    """What is said of weights that are not this network's."""
    return WeightsError(
        "The weights in {file} in {folder} belong to another network: {misfit}.",
        "Put the published file in its place.",
        file=path.name,
        folder=path.parent,
        misfit=misfit,
    )


def _read_state(data: bytes, path: Path) -> dict[str, Tensor]:
    import torch

    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True, mmap=False)
    except Exception as error:  # torch documents none of the dozen kinds that a bad file makes it raise
        raise WeightsError("The file {file} cannot be read by PyTorch.", _CURE, file=path.name) from error
    if isinstance(state, dict) and all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in state.items()
    ):
        return {name: tensor.detach() for name, tensor in state.items()}
    raise WeightsError("The file {file} in {folder} holds no state_dict.", _CURE, file=path.name, folder=path.parent)


def _check_size(path: Path, most: int) -> None:
    size = path.stat().st_size
    if size > most:
        raise WeightsError(
            "The file {file} in {folder} has {size:.1f} MB, and this network's weights take at most {most:.1f}.",
            _CURE,
            file=path.name,
            folder=path.parent,
            size=size / 1024**2,
            most=most / 1024**2,
        )

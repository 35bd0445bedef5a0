"""A network's weights as a file to take away: the ``state_dict`` alone. Knows nothing of runs or screens.

The network is built and restored in a confined process, whoever wrote it; what comes back is looked at before anybody
gets it.
"""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

from netcore.data.archive import check_archive, is_safetensors
from netcore.errors import WorkerError
from netcore.model.custom.confined import FILE_LIMITS, nursery
from netcore.model.spec import NetworkSpec, spec_from_json, spec_to_json
from netcore.worker.confinement import Confinement
from netcore.worker.protocol import MAX_PAYLOAD_BYTES

FORMATS = ("pth", "safetensors")
"""What the file's name ends in: torch's own format, or that of https://huggingface.co/docs/safetensors."""

_TASK = "netcore.export.weights:pack"
_CURE = "Try again."


def weights_file(network: NetworkSpec, *, seed: int, checkpoint: Path | None, kind: str) -> bytes:
    """The bytes of a file that holds ``model.state_dict()``, of one of ``FORMATS``.

    With the weights of ``checkpoint``, or with the first ones of ``seed`` where it is None. Raises ``CheckpointError``
    where the checkpoint cannot be read, and ``WorkerError`` where the file would be too large.
    """
    arguments = {
        "network": spec_to_json(network),
        "seed": seed,
        "checkpoint": str(checkpoint) if checkpoint else None,
        "kind": kind,
    }
    confinement = Confinement(readable=(str(checkpoint.parent),) if checkpoint else ())
    data = nursery().ask(_TASK, arguments, limits=FILE_LIMITS, confinement=confinement).payload
    if kind == "pth":
        check_archive(data, "The file", _CURE)
    elif not is_safetensors(data):
        raise WorkerError("The worker gave no file of weights.", _CURE)
    return data


def pack(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """The task of the confined process: a network to the file of its weights."""
    import safetensors.torch
    import torch

    from netcore.training.answering import build_network

    network, checkpoint = spec_from_json(arguments["network"]), arguments["checkpoint"]
    model = build_network(network, arguments["seed"], checkpoint)
    # A copy each: safetensors refuses tensors that share their memory, as tied weights do.
    state = {name: tensor.detach().clone().contiguous() for name, tensor in model.state_dict().items()}
    size = sum(tensor.numel() * tensor.itemsize for tensor in state.values())
    if size > MAX_PAYLOAD_BYTES - 1024**2:
        raise WorkerError(
            "The weights are {size:.0f} MB, and a file of at most {most:.0f} MB can be handed out.",
            "Take the run's checkpoint on the Training page.",
            size=size / 1e6,
            most=MAX_PAYLOAD_BYTES / 1e6,
        )
    if arguments["kind"] == "safetensors":
        return {}, safetensors.torch.save(state)
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return {}, buffer.getvalue()

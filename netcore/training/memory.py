"""How much memory a training takes. Starts nothing."""

from __future__ import annotations

from netcore.errors import RunError
from netcore.model.custom.confined import trace_network
from netcore.model.custom.source import CustomSource
from netcore.model.spec import NetworkSpec
from netcore.training.config import TrainingConfig

_BYTES_A_PARAMETER = 16
"""float32 weight, gradient, and the two averages of Adam."""
_BYTES_A_DIGIT = 2 * 28 * 28
"""The split, and its order of this epoch."""
_BYTES_OF_A_WORKER = 750 * 1024**2
"""torch with its compiler, and the two parts of MNIST: measured."""


def estimate_memory(network: NetworkSpec, config: TrainingConfig) -> int:
    """About how many bytes a worker takes to train ``network`` under ``config``.

    The weights with all that the optimizer keeps of them, every layer's output with its gradient, the digits.
    """
    traced = trace_network(network, config.batch_size)
    if traced.problem and isinstance(network, CustomSource):
        raise traced.problem.refusal
    return (
        _BYTES_OF_A_WORKER
        + _BYTES_A_PARAMETER * traced.parameters
        + 2 * traced.activation_bytes
        + _BYTES_A_DIGIT * (config.training_size + config.validation_size)
    )


def check_memory(needed: int, most: int) -> None:
    """Refuse a training that needs more bytes than ``most`` with a ``RunError``."""
    if needed > most:
        raise RunError(
            "This training needs about {needed:.1f} GB of memory, and {most:.1f} GB are free for it.",
            "Take a smaller batch or a smaller network.",
            needed=needed / 1e9,
            most=most / 1e9,
        )

"""Which parameters learn. Knows nothing of optimizers."""

from __future__ import annotations

from collections.abc import Collection

from torch import nn

from netcore.errors import ConfigError


def freeze(model: nn.Module, frozen: Collection[str] | None) -> None:
    """Let exactly the parameters called ``frozen`` stay as they are and all others learn, for fine-tuning.

    None leaves that to the network itself. A frozen BatchNorm goes on moving its running statistics in ``train()``:
    those are buffers, and no gradient moves them
    (https://pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation). Raises ``ConfigError``
    for a name that is none of ``model.named_parameters()``, with ``model`` untouched.
    """
    if frozen is None:
        return
    parameters = dict(model.named_parameters())
    for name in frozen:
        if name not in parameters:
            raise ConfigError(
                "{tensor} shall be frozen, and this network has no parameter of that name.",
                "Choose the frozen parameters again on the Model page.",
                tensor=name,
            )
    for name, parameter in parameters.items():
        parameter.requires_grad_(name not in frozen)

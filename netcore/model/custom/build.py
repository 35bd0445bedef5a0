"""From a student's text to a module. Only inside a process that was confined for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from netcore.model.custom.source import CustomSource


def build_class(network: CustomSource) -> nn.Module:
    """Run the text and make its class, as ``ClassName()``."""
    namespace: dict[str, Any] = {"__name__": "network"}
    exec(compile(network.source, "<network>", "exec"), namespace)
    made: nn.Module = namespace[network.class_name]()
    return made

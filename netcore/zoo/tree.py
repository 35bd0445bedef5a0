"""A network's modules as a tree, from its class alone: no weights are needed. Knows nothing of files or photos."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from netcore.zoo.catalogue import ZooEntry
from netcore.zoo.weights import build_architecture


@dataclass(frozen=True)
class ModuleNode:
    """One module and what it consists of."""

    name: str
    """Its attribute in the module that holds it: ``"layer1"``, ``"0"``; empty for the network itself."""
    kind: str
    detail: str
    """Its arguments as PyTorch prints them: ``"3, 64, kernel_size=(7, 7)"``; empty where it prints none."""
    parameters: int
    """With those of its children."""
    children: tuple[ModuleNode, ...]

    @property
    def modules(self) -> int:
        """How many modules there are in it, itself included."""
        return 1 + sum(child.modules for child in self.children)


def module_tree(entry: ZooEntry) -> ModuleNode:
    """The network's modules, each with its children, as ``print(model)`` lists them; built on the meta device."""
    return _describe("", build_architecture(entry))


def _describe(name: str, module: nn.Module) -> ModuleNode:
    return ModuleNode(
        name=name,
        kind=type(module).__name__,
        detail=" ".join(module.extra_repr().split()),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        children=tuple(_describe(child_name, child) for child_name, child in module.named_children()),
    )

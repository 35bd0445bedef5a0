"""What goes through a network: the tensors in a value, their shapes, and what the operations cost."""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from netcore.model.shape import Shape


class FlopCounter(TorchDispatchMode):
    """Adds up torch's own formulas. Not ``FlopCounterMode``: its hooks are global, and other threads run models."""

    total = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whether torch shall guard this mode against its compiler: that alone would import it, for two seconds."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula:
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors of a value: itself, or those in its tuples, lists and dictionaries."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    return [tensor for item in value for tensor in tensors_in(item)] if isinstance(value, tuple | list) else []


def copy_network(model: nn.Module) -> nn.Module:
    """A copy that shares nothing. Tensors that the class computed and kept, which ``deepcopy`` refuses, forget how."""
    kept = (tensor for module in model.modules() for tensor in tensors_in(vars(module)))
    return copy.deepcopy(model, {id(tensor): tensor.detach().clone() for tensor in kept if not tensor.is_leaf})


def shape_of(value: Any) -> Shape:
    """The shape of the first tensor of a value; empty where it has none."""
    tensors = tensors_in(value)
    return Shape(tensors[0].shape) if tensors else Shape()


def code_of(module: nn.Module) -> str:
    """The module as PyTorch prints it, without its children: ``Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1))``."""
    return f"{type(module).__name__}({module.extra_repr()})"

"""One forward pass of a network, watched layer by layer. Knows nothing of what is done with what it sees.

The networks of the web process are shared, and a hook on one would see the images of everybody: a private copy is run.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from netcore.data.grey import unpack
from netcore.model.forward import to_input
from netcore.model.modes import refuse_single_values
from netcore.model.tensors import tensors_in
from netcore.model.trace import find_leaves
from netcore.seeds import seeded


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer, at the moment in which it ends. The tensors are the network's own: read them, keep none."""

    step: int
    """Its place among the calls, from 0."""
    name: str
    """As in ``named_modules()``."""
    use: int
    """1 where the layer runs for the first time, 2 where it runs again."""
    module: nn.Module
    given: Tensor | None
    """The first tensor of what it takes; None where there is none."""
    output: Tensor
    """The first tensor of what it gives."""
    flattens: tuple[int, ...]
    """``(C, H, W)`` where ``given`` is one image's feature maps laid in a row just before; else empty."""
    follows_unseen: bool
    """Whether its input is neither the images nor, unchanged, what a layer gave: ``forward`` did something itself."""


def to_batch(images: str, highest: int = 1) -> Tensor:
    """Digits as ``netcore.data.grey.pack`` writes them as ``float32 [N, 1, 28, 28]``; 255 becomes ``highest``."""
    return to_input(unpack(images)) * highest


def borrow(model: nn.Module) -> nn.Module:
    """A copy with modules and buffers of its own, and the very same parameters: whoever changes none may run it.

    Tensors that the class keeps as plain attributes are shared too: ``deepcopy`` refuses those that were computed.
    """
    held = (tensor for module in model.modules() for tensor in tensors_in(vars(module)))
    shared: dict[int, Any] = {id(tensor): tensor for tensor in held}
    shared |= {id(buffer): buffer.clone() for buffer in model.buffers()}
    return copy.deepcopy(model, shared)


def watch(
    model: nn.Module, batch: Tensor, visit: Callable[[Call], None], *, mode: str = "eval", seed: int = 0
) -> tuple[Tensor, bool]:
    """Send ``batch`` through a private copy in ``mode`` (``"eval"`` or ``"train"``) and ``visit`` each layer's call.

    A call that gives no tensor is left out. Gradients are followed where torch follows them now. Returns the output,
    and whether it is what a layer gave, unchanged (else ``forward`` did something after it). What is drawn at random
    comes from ``seed``. Raises ``StackError`` where BatchNorm gets a single value a feature in training mode.
    """
    private = borrow(model)
    refuse_single_values(private)
    watcher = _Watcher(private, batch, visit)
    private.train(mode == "train")
    with seeded(seed):
        output = private(batch)
    return output, watcher.find(output) is not None


class _Watcher:
    """Hooks on the leaves of a private copy."""

    def __init__(self, model: nn.Module, batch: Tensor, visit: Callable[[Call], None]) -> None:
        self.visit = visit
        self._steps = 0
        self._uses: dict[str, int] = {}
        self._known: dict[int, _Known] = {}
        self._note(batch, tuple(batch.shape[1:]))
        names: dict[nn.Module, str] = {}
        for name, module in find_leaves(model):
            names.setdefault(module, name)
        for module, name in names.items():
            module.register_forward_pre_hook(self._before, with_kwargs=True)
            module.register_forward_hook(self._after(name), with_kwargs=True)

    def find(self, tensor: Tensor) -> _Known | None:
        """What is known of the tensor, where it is the images or what a layer gave, unchanged since."""
        known = self._known.get(id(tensor))
        return known if known and known.tensor() is tensor and known.version == tensor._version else None

    def _before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # Before it runs: a layer that works in place leaves its output where its input was.
        given = _first((args, kwargs))
        self._unseen = given is not None and self.find(given) is None
        self._planes = self._find_planes(given) if given is not None else ()
        self._given = given.detach().clone() if given is not None and getattr(module, "inplace", False) else given

    def _after(self, name: str) -> Callable[..., None]:
        def leave(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
            given, output = self._given, _first(result)
            if output is None:
                return
            use = self._uses[name] = self._uses.get(name, 0) + 1
            flattens = self._planes if given is not None and given.dim() == 2 else ()
            self.visit(Call(self._steps, name, use, module, given, output, flattens, self._unseen))
            self._steps += 1
            for tensor in tensors_in(result):
                in_place = given is not None and given.numel() == tensor.numel() and _keeps_places(module)
                self._note(tensor, tuple(tensor.shape[1:]) if tensor.dim() == 4 else self._planes * in_place)

        return leave

    def _note(self, tensor: Tensor, planes: tuple[int, ...]) -> None:
        self._known[id(tensor)] = _Known(weakref.ref(tensor), tensor._version, planes)

    def _find_planes(self, given: Tensor) -> tuple[int, ...]:
        """The feature maps that ``given`` shows, or lays in a row: also where ``forward`` reshaped them itself."""
        known = self.find(given)
        if known:
            return known.planes
        for other in self._known.values():
            tensor = other.tensor()
            if tensor is not None and tensor.data_ptr() == given.data_ptr() and tensor.numel() == given.numel():
                return other.planes
        return ()


@dataclass(frozen=True, eq=False)
class _Known:
    """A tensor that was seen."""

    tensor: weakref.ref[Tensor]
    version: int
    """torch counts it up with every change in place."""
    planes: tuple[int, ...]
    """``(C, H, W)`` where each image's numbers stand in the order of such feature maps; else empty."""


def _keeps_places(module: nn.Module) -> bool:
    """Whether, given as many outputs as inputs, each stands where its input stood: Flatten, Dropout, BatchNorm do."""
    return type(module).__module__.startswith("torch.nn.") and not isinstance(module, nn.Linear)


def _first(value: Any) -> Tensor | None:
    tensors = tensors_in(value)
    return tensors[0] if tensors else None

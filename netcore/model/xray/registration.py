"""The X-ray of a class: every layer and tensor that forward used, registered or ghost, with its mend and the proof.

It builds and runs the class, so it works only in a process that runs code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from netcore.errors import CodeError
from netcore.model.custom.source import CustomSource
from netcore.model.shape import Shape
from netcore.model.tensors import code_of
from netcore.model.xray.ghosts import Mend, find_mends, run_both_modes
from netcore.model.xray.inspection import diagnose
from netcore.model.xray.outcome import find_no_tensor
from netcore.model.xray.parts import Part, State, find_parts
from netcore.model.xray.proof import TensorProof, prove, take_batch
from netcore.model.xray.text import Text


@dataclass(frozen=True)
class RegisteredPart:
    """One layer, or one tensor that belongs to no layer of torch's own."""

    name: str
    """As in ``named_modules()`` or ``named_parameters()``; of a ghost, what one writes: ``self.layers[0]``."""
    kind: str
    """``Linear``; ``Parameter``, ``buffer`` or ``tensor``."""
    code: str
    """The layer as PyTorch prints it; empty for a tensor."""
    shape: Shape
    """Of a tensor; empty for a layer."""
    parameters: int
    state: State
    line: int
    """Where it is made; 0 where the text does not say."""
    used_line: int
    """Where forward first uses it; 0 where it does not."""
    what: str
    """Why it is not registered, in a sentence with the names of ``values``; empty where it is."""
    cure: str
    values: tuple[tuple[str, Any], ...]
    mend: Mend | None
    tensors: tuple[TensorProof, ...]


@dataclass(frozen=True)
class Registration:
    """What a class keeps, and what only seems to belong to it."""

    parts: tuple[RegisteredPart, ...]
    """In the order in which forward uses them; what it does not use comes last."""
    parameters: int
    """Of the registered network: what an optimizer would move."""

    @property
    def ghosts(self) -> tuple[RegisteredPart, ...]:
        """The parts that forward uses and that nothing trains, saves or moves."""
        return tuple(part for part in self.parts if part.state == "ghost")


def registration(network: CustomSource, batch: int = 32, seed: int = 0) -> Registration:
    """X-ray the class with the first ``batch`` digits of MNIST, and take one step of SGD to prove what it says.

    Forward runs once in eval() and once in train(). Raises ``CodeError`` where the class does not come through, with
    the sentence that ``inspect_source`` has for it.
    """
    images, labels = take_batch(batch)
    seen = run_both_modes(network, images, seed)
    if seen.error or not isinstance(seen.output, Tensor):
        problem = diagnose(seen) if seen.error else find_no_tensor(Text(network.source), seen)
        assert problem is not None
        raise CodeError(problem.what, problem.cure, **{**dict(problem.values), "line": problem.line})
    assert seen.model is not None
    found = find_parts(seen)
    total = sum(parameter.numel() for parameter in seen.model.parameters())
    mends = find_mends(network, found, images, seed)
    tensors = [_tensors_of(part) for part in found]
    late = seen.recorder.made_in_forward
    trained = [parameter for parameter in seen.model.parameters() if id(parameter) not in late]
    proofs = iter(prove(seen.model, trained, [item for own in tensors for item in own], images, labels))
    parts = (
        _to_part(part, mends.get(id(part.thing)), tuple(next(proofs) for _ in own))
        for part, own in zip(found, tensors, strict=True)
    )
    return Registration(tuple(parts), total)


def _tensors_of(part: Part) -> list[tuple[str, Tensor]]:
    """The tensors of a part, with the names that they have in the network."""
    if isinstance(part.thing, Tensor):
        return [(part.name, part.thing)]
    own = (*part.thing.named_parameters(), *part.thing.named_buffers())
    return [(f"{part.name}.{name}", tensor) for name, tensor in own]


def _to_part(part: Part, mend: Mend | None, proofs: tuple[TensorProof, ...]) -> RegisteredPart:
    thing, reason = part.thing, part.reason
    if isinstance(thing, nn.Module):
        kind, code, shape = type(thing).__name__, code_of(thing), Shape()
        count = sum(parameter.numel() for parameter in thing.parameters())
    else:
        is_buffer = part.state in ("registered", "unused") and not isinstance(thing, nn.Parameter)
        kind = "Parameter" if isinstance(thing, nn.Parameter) else "buffer" if is_buffer else "tensor"
        code, shape, count = "", Shape(thing.shape), thing.numel() if isinstance(thing, nn.Parameter) else 0
    return RegisteredPart(
        name=part.name,
        kind=kind,
        code=code,
        shape=shape,
        parameters=count,
        state=part.state,
        line=part.made.line if part.made else 0,
        used_line=part.used.line if part.used else 0,
        what=reason.what if reason else "",
        cure=reason.cure if reason else "",
        values=reason.values if reason else (),
        mend=mend,
        tensors=proofs,
    )

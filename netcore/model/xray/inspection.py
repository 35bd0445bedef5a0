"""A class's shapes, line by line, and what is wrong with it, in words and mended: mostly without numbers, on meta.

It builds and runs the class, so it works only in a process that runs code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from netcore.errors import CodeError, NetcoreError
from netcore.model.custom.source import CustomSource
from netcore.model.problem import Problem, find_too_much
from netcore.model.shape import Shape
from netcore.model.tensors import code_of, shape_of
from netcore.model.trace import Trace, TracedLayer, check_batch
from netcore.model.xray.clashes import explain_clash
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.edits import apply_edits
from netcore.model.xray.holdings import find_holdings
from netcore.model.xray.misfits import explain_misfit
from netcore.model.xray.observation import Observation, observe
from netcore.model.xray.outcome import find_no_gradient, find_no_logits, find_no_tensor
from netcore.model.xray.places import find_failed_place
from netcore.model.xray.recorder import MAX_STEPS, TooLongError, TooMuchError, is_torch_layer
from netcore.model.xray.reshapes import find_lost_batch
from netcore.model.xray.slips import explain_slip, is_about_arguments
from netcore.model.xray.text import Text
from netcore.settings import MAX_PARAMETERS


def inspect_source(network: CustomSource, batch: int = 1) -> Trace:
    """Send ``[batch, 1, 28, 28]`` through the class in eval(): its layers, ghosts too, with the lines that call them.

    Whatever the class raises becomes the ``problem``, with its line and, where one was tried and helps, the mended
    class. Raises ``StackError`` for a batch outside ``1..MAX_BATCH``, ``CodeError`` in a process that runs no code.
    """
    check_batch(batch)
    trace, problem, notice = _examine(network, batch)
    if problem:
        return replace(trace, problem=_to_problem(network, batch, problem, len(trace.layers)))
    return replace(trace, notice=_to_problem(network, batch, notice, len(trace.layers) - 1) if notice else None)


def _examine(network: CustomSource, batch: int) -> tuple[Trace, Diagnosis | None, Diagnosis | None]:
    """What there is to see without any mend: the layers, what stopped them, what the output is not."""
    text, seen = Text(network.source), _observe(network, batch)
    problem = diagnose(seen) if seen.error else find_no_tensor(text, seen)
    trace = _to_trace(seen, reached=problem is None)
    notice = None if problem else find_no_logits(text, seen) or _find_only_this_batch(network, batch, trace)
    return trace, problem, notice


def _find_only_this_batch(network: CustomSource, batch: int, trace: Trace) -> Diagnosis | None:
    """Why another number of images, with real numbers and in both modes, does not come through; None where it does."""
    if trace.parameters > MAX_PARAMETERS:
        return None
    other = 3 if batch == 2 else 2
    text, seen = (
        Text(network.source),
        observe(network, torch.zeros(other, 1, 28, 28), modes=(False, True), gradients=True),
    )
    if seen.error is None and not (find_no_tensor(text, seen) or find_no_logits(text, seen)):
        return find_no_gradient(text, seen)
    found = diagnose(seen) if seen.error else find_no_tensor(text, seen) or find_no_logits(text, seen)
    if found is None:
        return None
    training = seen.error is not None and seen.model is not None and seen.model.training
    what = ("In train(), with {images} images: " if training else "With {images} images: ") + found.what
    return replace(found, what=what, values=(("images", other), *found.values))


def _observe(network: CustomSource, batch: int) -> Observation:
    """On the meta device; with numbers where the class asks for one, as ``if x.mean() > 0`` or ``.item()`` do."""
    seen = observe(network, torch.empty(batch, 1, 28, 28, device="meta"))
    if isinstance(seen.error, RuntimeError | NotImplementedError) and "meta" in str(seen.error).lower():
        return observe(network, torch.zeros(batch, 1, 28, 28))
    return seen


def diagnose(seen: Observation) -> Diagnosis:
    """What stopped a class on its way, in words."""
    text, error, recorder = Text(seen.network.source), seen.error, seen.recorder
    assert error is not None
    running = [call for call in recorder.running if is_torch_layer(call.module)]
    place = find_failed_place(error)
    line = place.line if place else 1
    if isinstance(error, NetcoreError):  # a limit of ours
        return Diagnosis(line, error.what, error.cure, _plain(tuple(error.values.items())))
    if isinstance(error, TooLongError):
        what = "forward takes more than {most} steps."
        return Diagnosis(line, what, "Make its loops shorter.", (("most", f"{MAX_STEPS:,}"),))
    if isinstance(error, TooMuchError):
        call = recorder.calls[-1]
        total = max(recorder.size, recorder.largest)
        problem = find_too_much(code_of(call.module), call.output, 0, total)
        return Diagnosis(line, problem.what, problem.cure, _plain(problem.values))
    batch = len(seen.batch)
    if is_about_arguments(error):
        return explain_slip(text, error, place)
    if running and not isinstance(error, RecursionError):
        given = running[-1].input_shape
        lost = find_lost_batch(text, recorder.operations, batch, moved=False) if given[:1] != (batch,) else None
        return lost or explain_misfit(text, running[-1], recorder.made.get(id(running[-1].module)))
    failed = recorder.failed if place and recorder.failed and recorder.failed.place == place else None
    if failed and not isinstance(error, NameError | AttributeError | RecursionError):
        return explain_clash(text, failed)
    return explain_slip(text, error, place)


def _to_trace(seen: Observation, *, reached: bool) -> Trace:
    model = seen.model
    names = {id(module): name for name, module in model.named_modules()} if model else {}
    ghosts = find_holdings(model) if model else {}
    counted: set[int] = set()
    layers = []
    for call in seen.recorder.calls:
        if not call.is_layer:
            continue
        fresh = [parameter for parameter in call.module.parameters() if id(parameter) not in counted]
        counted.update(id(parameter) for parameter in fresh)
        key = id(call.module)
        layers.append(
            TracedLayer(
                name=names[key] if key in names else ghosts[key].path if key in ghosts else "",
                code=code_of(call.module),
                input_shape=call.input_shape,
                output_shape=call.output,
                parameters=sum(parameter.numel() for parameter in fresh),
                flops=call.flops,
                activation_bytes=call.size,
                line=call.place.line if call.place else 0,
            )
        )
    total = sum(parameter.numel() for parameter in model.parameters()) if model else 0
    output = shape_of(seen.output) if reached else None
    return Trace(Shape(seen.batch.shape), output, tuple(layers), total, None, None, seen.recorder.flops)


def _to_problem(network: CustomSource, batch: int, found: Diagnosis, place: int) -> Problem:
    mended = (
        find_mended(network, found, lambda candidate: _helps(candidate, batch, found, place)) if found.edits else None
    )
    return Problem(place, found.what, found.cure, found.values, found.label if mended else "", mended, found.line)


def find_mended(network: CustomSource, found: Diagnosis, helps: Callable[[CustomSource], bool]) -> CustomSource | None:
    """The class with the edits, where it may exist and ``helps`` says that what was wrong is gone."""
    try:
        mended = CustomSource(apply_edits(network.source, found.edits))
    except CodeError:
        return None
    return mended if helps(mended) else None


def _helps(mended: CustomSource, batch: int, found: Diagnosis, place: int) -> bool:
    trace, problem, notice = _examine(mended, batch)
    left = problem or notice
    if left is None:
        return True
    same = (left.what, left.values) == (found.what, found.values)
    return not same and len(trace.layers) >= place


def _plain(values: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value if isinstance(value, int | str) else str(value)) for name, value in values)

"""A class's shapes, line by line, and what is wrong with it, in words and mended: mostly without numbers, on meta.

It builds and runs the class, so it works only in a process that runs code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from netcore.errors import NetcoreError
from netcore.model.custom.source import CustomSource
from netcore.model.problem import Problem, find_too_much
from netcore.model.shape import Shape
from netcore.model.tensors import code_of, shape_of
from netcore.model.trace import Ghost, Trace, TracedLayer, check_batch
from netcore.model.xray.backward import explain_refused, find_no_backward, is_in_place
from netcore.model.xray.clashes import explain_clash
from netcore.model.xray.diagnosis import Diagnosis, find_mended
from netcore.model.xray.ghosts import Mend, find_mends, run_both_modes
from netcore.model.xray.holdings import find_holdings
from netcore.model.xray.misfits import explain_misfit
from netcore.model.xray.observation import Observation, observe
from netcore.model.xray.outcome import find_no_gradient, find_no_logits, find_no_tensor
from netcore.model.xray.parts import Part, find_parts, has_state
from netcore.model.xray.places import find_failed_place
from netcore.model.xray.recorder import MAX_STEPS, TooLongError, TooMuchError, is_torch_layer
from netcore.model.xray.reshapes import find_lost_batch
from netcore.model.xray.slips import explain_slip, is_about_arguments
from netcore.model.xray.text import Text
from netcore.model.xray.unlearnable import find_unlearnable
from netcore.settings import MAX_PARAMETERS


def inspect_source(network: CustomSource, batch: int = 1) -> Trace:
    """Send ``[batch, 1, 28, 28]`` through the class in eval(): its layers, ghosts too, with the lines that call them.

    Whatever the class raises becomes the ``problem``, with its line and, where one was tried and helps, the mended
    class. Raises ``StackError`` for a batch outside ``1..MAX_BATCH``, ``CodeError`` in a process that runs no code.
    """
    check_batch(batch)
    trace, problem, notice, probe = _examine(network, batch)
    if problem:
        return replace(trace, problem=_to_problem(network, batch, problem, len(trace.layers)))
    told = _to_problem(network, batch, notice, len(trace.layers) - 1) if notice else None
    return replace(trace, notice=told, ghosts=_find_ghosts(network, probe, len(trace.layers)) if probe else ())


def _find_ghosts(network: CustomSource, probe: Observation, place: int) -> tuple[Ghost, ...]:
    """What forward uses and the network does not hold, with the mends that were tried."""
    if probe.error or not isinstance(probe.output, Tensor):
        return ()
    parts = find_parts(probe)
    ghosts = [part for part in parts if part.state == "ghost"]
    mends = find_mends(network, parts, probe.batch, seed=0) if ghosts else {}
    return tuple(_to_ghost(part, mends.get(id(part.thing)), place) for part in ghosts)


def _to_ghost(part: Part, mend: Mend | None, place: int) -> Ghost:
    thing, reason = part.thing, part.reason
    assert reason is not None
    tensors = list(thing.parameters()) if isinstance(thing, nn.Module) else [thing] if thing.requires_grad else []
    at = part.made or part.used
    problem = Problem(
        place,
        reason.what,
        reason.cure,
        reason.values,
        mend.label if mend else "",
        mend.mended if mend else None,
        at.line if at else 0,
    )
    return Ghost(part.name, sum(tensor.numel() for tensor in tensors), problem)


def _examine(network: CustomSource, batch: int) -> tuple[Trace, Diagnosis | None, Diagnosis | None, Observation | None]:
    """What there is to see without any mend: the layers, what stopped them, what the output is not.

    At last another number of images, with real numbers and in both modes; None where it did not come to that.
    """
    text, seen = Text(network.source), _observe(network, batch)
    problem = diagnose(seen) if seen.error else find_no_tensor(text, seen)
    trace = _to_trace(seen, reached=problem is None)
    notice = None if problem else find_no_logits(text, seen)
    if problem or notice or trace.parameters > MAX_PARAMETERS:
        return trace, problem, notice, None
    probe = run_both_modes(network, torch.zeros(3 if batch == 2 else 2, 1, 28, 28), seed=0)
    return trace, None, _find_only_this_batch(network, probe), probe


def _find_only_this_batch(network: CustomSource, seen: Observation) -> Diagnosis | None:
    """Why another number of images, with real numbers and in both modes, does not come through; None where it does."""
    text = Text(network.source)
    if seen.error is None and not (find_no_tensor(text, seen) or find_no_logits(text, seen)):
        return find_no_gradient(text, seen) or find_no_backward(seen) or find_unlearnable(network)
    found = diagnose(seen) if seen.error else find_no_tensor(text, seen) or find_no_logits(text, seen)
    if found is None or (seen.error and is_in_place(seen.error)):
        return found
    training = seen.error is not None and seen.model is not None and seen.model.training
    what = ("In train(), with {images} images: " if training else "With {images} images: ") + found.what
    return replace(found, what=what, values=(("images", len(seen.batch)), *found.values))


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
    if place and is_in_place(error):
        layer = running[-1].module if running else None
        return explain_refused(text, error, place, layer, recorder.made.get(id(layer)))
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
                is_registered=not has_state(call.module) or (key in names and key not in seen.recorder.made_in_forward),
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


def _helps(mended: CustomSource, batch: int, found: Diagnosis, place: int) -> bool:
    trace, problem, notice, _ = _examine(mended, batch)
    left = problem or notice
    if left is None:
        return True
    same = (left.what, left.values) == (found.what, found.values)
    return not same and len(trace.layers) >= place


def _plain(values: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value if isinstance(value, int | str) else str(value)) for name, value in values)

"""The graph of a network from one forward pass that really ran, mostly without numbers, on torch's meta device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from netcore.data.mnist import load_mnist
from netcore.model.custom.source import CustomSource
from netcore.model.forward import to_input
from netcore.model.graph.arithmetic import join_terms
from netcore.model.graph.nodes import Footprint, GraphNode, NetworkGraph, Weight
from netcore.model.graph.recorder import Recorder, asks_for_numbers
from netcore.model.graph.steps import Step
from netcore.model.modes import refuse_single_values
from netcore.model.shape import Shape
from netcore.model.spec import NetworkSpec
from netcore.model.tensors import code_of
from netcore.model.trace import build_on_meta, check_batch, to_meta
from netcore.model.xray.recorder import is_torch_layer
from netcore.seeds import seeded


def draw_graph(
    network: NetworkSpec | nn.Module,
    batch: int = 1,
    input_shape: tuple[int, ...] = (1, 28, 28),
    *,
    training: bool = False,
) -> NetworkGraph:
    """Send ``[batch, *input_shape]`` through the network and tell every step and the tensors between them.

    In eval(); with ``training`` in train() and with gradients, and then every node says what it keeps for the backward
    pass (``torch.autograd.graph.saved_tensors_hooks``). Where a step fails, the graph ends with it. A module that is
    given is not changed. Raises ``StackError`` for a batch outside ``1..MAX_BATCH`` and for more than ``MAX_NODES``
    steps, ``CodeError`` for a class in a process that runs no code.
    """
    check_batch(batch)
    source = network.source if isinstance(network, CustomSource) else ""
    try:
        model = to_meta(network) if isinstance(network, nn.Module) else build_on_meta(network)
        return _record(model, torch.empty(batch, *input_shape, device="meta"), source, training)
    except (RuntimeError, NotImplementedError) as error:
        if isinstance(network, nn.Module) or not asks_for_numbers(error):
            raise
    return _record(network.build(0), to_input(load_mnist("test").images[:batch]), source, training)


def _record(model: nn.Module, batch: Tensor, source: str, training: bool) -> NetworkGraph:
    if training:
        refuse_single_values(model)
    recorder = Recorder(model.train(training), source)
    with nullcontext() if batch.is_meta else seeded(0), torch.set_grad_enabled(training):
        recorder.run(batch)
    counted: set[int] = set()
    ran = tuple(_to_node(step, counted) for step in recorder.steps)
    total = sum(parameter.numel() for parameter in recorder.model.parameters())
    unused = tuple(_find_unused(recorder, counted))
    return NetworkGraph((*ran, *unused), tuple(recorder.edges), total, _weigh(recorder.model), not batch.is_meta)


def _weigh(model: nn.Module) -> Footprint:
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return Footprint(
        parameter_bytes=sum(parameter.nbytes for parameter in model.parameters()),
        buffer_bytes=sum(buffer.nbytes for buffer in model.buffers()),
        learning=tuple(Shape(parameter.shape) for parameter in learning),
        gradient_bytes=sum(parameter.nbytes for parameter in learning),
    )


def _to_node(step: Step, counted: set[int]) -> GraphNode:
    fresh = [tensor for _, tensor in step.tensors if id(tensor) not in counted]
    counted.update(id(tensor) for tensor in fresh)
    return GraphNode(
        identity=step.identity,
        group=step.group,
        kind=step.kind,
        name=step.name,
        code=step.code,
        inputs=step.inputs,
        outputs=step.outputs,
        parameters=sum(tensor.numel() for tensor in fresh),
        weights=_describe(step.tensors),
        flops=step.flops,
        flop_arithmetic=join_terms(step.flop_terms),
        saved_bytes=step.saved_bytes,
        call=step.call,
        in_place=step.in_place,
        line=step.line,
        is_registered=step.is_registered,
        finished=step.finished,
    )


def _describe(tensors: Sequence[tuple[str, Tensor]]) -> tuple[Weight, ...]:
    return tuple(Weight(name, Shape(tensor.shape)) for name, tensor in tensors)


def _find_unused(recorder: Recorder, counted: set[int]) -> Iterator[GraphNode]:
    """The largest modules of which nothing ran, each in the group that holds it."""
    ran = {step.module for step in recorder.steps}
    groups = {step.name: step.identity for step in reversed(recorder.steps) if step.kind == "group"}

    def walk(module: nn.Module, name: str, group: str) -> Iterator[GraphNode]:
        group = groups.get(name, group)
        for child_name, child in module.named_children():
            path = f"{name}.{child_name}" if name else child_name
            used = any(part in ran for part in child.modules())
            used = used or any(id(parameter) in counted for parameter in child.parameters())
            if not used:
                tensors = tuple(child.named_parameters())
                count = sum(tensor.numel() for _, tensor in tensors)
                code = code_of(child)
                yield GraphNode(path, group, "unused", path, code, parameters=count, weights=_describe(tensors))
            elif not is_torch_layer(child):
                yield from walk(child, path, group)

    yield from walk(recorder.model, "", "")

"""The graph of a network is what ran: every step once, every tensor from where it was made to where it was used."""

import threading
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from netcore.errors import StackError, WorkerError
from netcore.model.custom.source import CustomSource
from netcore.model.graph.drawing import draw_graph
from netcore.model.graph.nodes import NetworkGraph
from netcore.model.graph.recorder import MAX_NODES
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import ReadyMade, list_ready_made
from netcore.model.stack import Stack
from netcore.model.trace import trace
from netcore.model.xray.inspection import inspect_source
from netcore.settings import MAX_BATCH
from netcore.worker.plain import from_plain, to_plain
from netcore.zoo.catalogue import find_entry
from netcore.zoo.weights import build_architecture

SPECS = [preset.stack for preset in list_presets()] + list(list_ready_made())


class Of(nn.Module):
    """A network from its layers and a function of itself and the input."""

    def __init__(self, forward, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self._forward = forward

    def forward(self, x):
        return self._forward(self, x)


def graph_of(forward, *, shape=(8,), training=False, **layers):
    return draw_graph(Of(forward, **layers), 2, shape, training=training)


def sources(graph, target):
    return [edge.source for edge in graph.edges if edge.target == target]


def kinds(graph):
    return [(node.kind, node.identity) for node in graph.nodes]


def value_of(arithmetic):
    return eval(arithmetic.replace("×", "*").replace(",", ""), {})


def test_a_residual_block_adds_its_input_to_what_the_convolutions_made():
    graph = draw_graph(ReadyMade("residual"), 64)
    assert sources(graph, "block1:add") == ["relu", "block1.norm2"]
    assert sources(graph, ":output") == ["fc"]
    add = graph.find("block1:add")
    assert (add.group, add.kind, add.name, add.inputs) == ("block1", "operation", "add", ((64, 16, 14, 14),) * 2)
    assert (add.line.text, add.line.function, add.line.file) == (
        "return self.relu2(x + path)",
        "ResidualBlock.forward",
        "residual.py",
    )
    assert [node.identity for node in graph.inside("block1")] == [
        *("block1.conv1", "block1.norm1", "block1.relu1", "block1.conv2", "block1.norm2", "block1:add", "block1.relu2")
    ]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_its_totals_are_those_of_the_trace(spec):
    graph, traced = draw_graph(spec, 5), trace(spec, 5)
    assert (graph.parameters, graph.flops) == (traced.parameters, traced.flops)
    layers = [node for node in graph.nodes if node.kind == "layer"]
    assert [(node.name, node.parameters, node.outputs[0]) for node in layers] == [
        (layer.name, layer.parameters, layer.output_shape) for layer in traced.layers
    ]
    assert not graph.with_numbers
    assert all(node.finished for node in graph.nodes)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_what_is_kept_for_the_backward_pass_is_what_a_real_step_keeps(spec):
    model, batch = spec.build(0).train(), torch.zeros(3, 1, 28, 28)
    own = {tensor.untyped_storage().data_ptr() for tensor in (batch, *model.parameters(), *model.buffers())}
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), torch.random.fork_rng():
        torch.manual_seed(0)
        output = model(batch)
    assert draw_graph(spec, 3, training=True).saved_bytes == sum(
        size for storage, size in kept.items() if storage not in own
    )
    assert output.requires_grad


@pytest.mark.parametrize("name", ["squeezenet1_0", "googlenet", "vit_b_16", "swin_t", "densenet121"])
def test_the_arithmetic_gives_the_numbers(name):
    entry = find_entry(name)
    graph = draw_graph(build_architecture(entry), 2, (3, entry.input_side, entry.input_side))
    counted = [node for node in graph.nodes if node.parameters]
    assert sum(node.parameters for node in graph.nodes) == graph.parameters == entry.parameters
    assert all(value_of(node.parameter_arithmetic) == node.parameters for node in counted)
    assert all(value_of(node.flop_arithmetic) == node.flops for node in graph.nodes if node.flops)


def test_the_arithmetic_reads_as_the_course_writes_it():
    graph = draw_graph(Stack.parse("conv2d(1,8,3), batchnorm2d(8), flatten, linear(5408,10)"), 64)
    convolution, norm, _, linear = (node for node in graph.nodes if node.kind == "layer")
    assert convolution.parameter_arithmetic == "8 × (1 × 3 × 3 + 1)"
    assert norm.parameter_arithmetic == "2 × 8"
    assert linear.parameter_arithmetic == "(5,408 + 1) × 10"
    assert linear.flop_arithmetic == "2 × 5,408 × 10 × 64"
    assert convolution.flop_arithmetic == "2 × 1 × 3 × 3 × 8 × 26 × 26 × 64"


@pytest.mark.usefixtures("here")
def test_what_functions_compute_between_layers_counts_in_the_table_too():
    source = CLASS.replace("self.more(x)", "x @ self.more.weight").replace("if x.mean() < 1000:", "if True:")
    graph, traced = draw_graph(CustomSource(source), 4), inspect_source(CustomSource(source), 4)
    assert graph.flops == traced.flops == 2 * 4 * (784 * 10 + 10 * 10)
    entry = find_entry("swin_t")
    shape = (3, entry.input_side, entry.input_side)
    assert draw_graph(build_architecture(entry), 1, shape).flops == trace(build_architecture(entry), 1, shape).flops


def test_functions_between_layers_are_steps_of_their_own():
    graph = graph_of(lambda net, x: functional.relu(torch.cat([net.a(x), x], 1)).mean(1), a=nn.Linear(8, 4))
    assert kinds(graph) == [
        ("input", ":input"),
        ("layer", "a"),
        ("operation", ":cat"),
        ("operation", ":relu"),
        ("operation", ":mean"),
        ("output", ":output"),
    ]
    assert sources(graph, ":cat") == ["a", ":input"]
    assert graph.find(":cat").code == "cat(1)"


def test_a_layer_that_is_called_twice_stands_there_twice_and_counts_once():
    graph = graph_of(lambda net, x: net.same(net.same(x)), same=nn.Linear(8, 8))
    first, second = graph.find("same"), graph.find("same#2")
    assert (first.parameters, second.parameters, second.call) == (72, 0, 2)
    assert second.parameter_arithmetic == "(8 + 1) × 8"
    assert sources(graph, "same#2") == ["same"]
    assert graph.parameters == 72


def test_a_block_that_is_called_twice_is_two_groups():
    block = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    graph = graph_of(lambda net, x: net.block(net.block(x)), block=block)
    assert [(node.identity, node.group) for node in graph.nodes if node.name.startswith("block.")] == [
        ("block.0", "block"),
        ("block.1", "block"),
        ("block.0#2", "block#2"),
        ("block.1#2", "block#2"),
    ]


def test_a_layer_that_never_runs_is_shown_as_unused():
    graph = graph_of(lambda net, x: net.used(x), used=nn.Linear(8, 8), spare=nn.Sequential(nn.Linear(8, 2)))
    spare = graph.nodes[-1]
    assert (spare.kind, spare.identity, spare.parameters, spare.group) == ("unused", "spare", 18, "")


def test_a_layer_whose_weights_are_used_without_calling_it_is_not_unused():
    graph = graph_of(lambda net, x: functional.linear(x, net.fc.weight, net.fc.bias), fc=nn.Linear(8, 3))
    assert sources(graph, ":linear") == [":input", ":fc.weight", ":fc.bias"]
    assert [node.parameters for node in graph.nodes if node.kind == "tensor"] == [24, 3]
    assert not [node for node in graph.nodes if node.kind == "unused"]


def test_what_is_written_into_a_view_reaches_whoever_reads_the_whole():
    def forward(net, x):
        y = net.a(x)
        y[:, 0] = 0.0
        return net.b(y)

    graph = graph_of(forward, a=nn.Linear(8, 8), b=nn.Linear(8, 8))
    assert sources(graph, "b") == [":setitem"]
    assert sources(graph, ":setitem") == ["a"]
    assert graph.find(":setitem").in_place


def test_what_is_done_to_a_view_reaches_whoever_reads_the_whole():
    def forward(net, x):
        y = net.a(x)
        y[:, 0].zero_()
        return net.b(y)

    graph = graph_of(forward, a=nn.Linear(8, 8), b=nn.Linear(8, 8))
    assert sources(graph, "b") == [":zero_"]
    assert sources(graph, ":zero_") == [":getitem"]


def test_an_activation_in_place_stands_between():
    graph = graph_of(lambda net, x: net.b(net.act(net.a(x))), a=nn.Linear(8, 8), act=nn.ReLU(inplace=True), b=nn.Tanh())
    assert sources(graph, "b") == ["act"]
    assert graph.find("act").in_place


@pytest.mark.parametrize("still", [nn.Identity(), nn.Dropout(), nn.Flatten()], ids=lambda layer: type(layer).__name__)
def test_a_layer_that_gives_back_its_very_input_does_not_take_the_other_path_with_it(still):
    graph = graph_of(lambda net, x: net.still(x) + x, still=still)
    assert sources(graph, ":add") == ["still", ":input"]


def test_a_module_of_ones_own_in_which_nothing_runs_is_one_box():
    graph = graph_of(lambda net, x: net.still(x) + x, still=Of(lambda net, x: x))
    assert graph.find("still").kind == "layer"
    assert sources(graph, ":add") == ["still", ":input"]


def test_a_dictionary_that_forward_returns_has_an_output_for_each_key():
    graph = graph_of(lambda net, x: {"digit": net.a(x), "odd": net.b(x)}, a=nn.Linear(8, 8), b=nn.Linear(8, 2))
    assert sources(graph, ":output['digit']") == ["a"]
    assert sources(graph, ":output['odd']") == ["b"]


def test_the_tensors_of_a_tuple_keep_their_places():
    def forward(net, x):
        low, high = net.a(x).chunk(2, 1)
        return net.b(high) + low

    graph = graph_of(forward, a=nn.Linear(8, 8), b=nn.Linear(4, 4))
    assert {(edge.target, edge.slot) for edge in graph.edges if edge.source == ":chunk"} == {("b", 1), (":add", 0)}


class Straight(torch.autograd.Function):
    """Rounds on the way forward and lets gradients through: torch calls it where no Python function sees it."""

    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def test_what_leaves_a_function_of_autograd_comes_from_what_ran_in_it():
    graph = graph_of(lambda net, x: net.b(Straight.apply(net.a(x))), training=True, a=nn.Linear(8, 8), b=nn.Tanh())
    assert sources(graph, "b") == [":round"]
    assert sources(graph, ":round") == ["a"]


def test_rows_that_python_takes_from_a_tensor_come_from_it():
    graph = graph_of(lambda net, x: torch.stack([net.a(row) for row in x]), a=nn.Linear(8, 4))
    assert [(edge.source, edge.slot) for edge in graph.edges if edge.target == "a#2"] == [(":unbind", 1)]


def test_the_way_that_was_taken_is_the_way_that_is_drawn():
    graph, training = (draw_graph(ReadyMade("conditional"), 2, training=training) for training in (False, True))
    assert graph.find(":mul")
    assert training.find(":mul") is None


def test_a_layer_in_a_plain_list_is_shown_under_the_name_that_leads_to_it():
    def forward(net, x):
        return net.layers[1](net.layers[0](x))

    net = Of(forward)
    net.layers = [nn.Linear(8, 8), nn.ReLU()]
    with torch.device("meta"):
        net.layers[0] = nn.Linear(8, 8)
    graph = draw_graph(net, 2, (8,))
    assert kinds(graph)[1:3] == [("layer", "layers[0]"), ("layer", "layers[1]")]
    assert (graph.parameters, graph.nodes[1].parameters) == (0, 72)


def test_the_graph_of_a_network_that_does_not_fit_ends_where_it_failed():
    graph = draw_graph(Stack.parse("flatten, linear(784,128), relu, linear(64,10)"), 2)
    assert [(node.identity, node.finished) for node in graph.nodes] == [
        *((":input", True), ("0", True), ("1", True), ("2", True)),
        ("3", False),
    ]
    assert sources(graph, "3") == ["2"]


def test_tensors_that_do_not_meet_are_shown_where_they_were_to_meet():
    graph = graph_of(lambda net, x: net.a(x) + x, a=nn.Linear(8, 3))
    assert (graph.nodes[-1].identity, graph.nodes[-1].finished) == (":add", False)
    assert sources(graph, ":add") == ["a", ":input"]


def test_a_tensor_of_the_network_stands_before_what_gives_it_back():
    net = Of(lambda net, x: x + net.still(net.scale), still=Of(lambda net, x: x))
    net.scale = nn.Parameter(torch.empty(8, device="meta"))
    graph = draw_graph(net, 2, (8,))
    assert sources(graph, "still") == [":scale"]
    assert sources(graph, ":add") == [":input", "still"]


@pytest.mark.parametrize(
    "change",
    [
        lambda nodes, edges: ([replace(nodes[0], group="a"), *nodes[1:]], edges),
        lambda nodes, edges: ([*nodes, nodes[0]], edges),
        lambda nodes, edges: (nodes, [replace(edges[0], source="b", target="a")]),
        lambda nodes, edges: (nodes, [replace(edges[0], target="nowhere")]),
        lambda nodes, edges: ([], []),
    ],
)
def test_a_graph_that_leads_in_circles_is_no_graph(change):
    graph = graph_of(lambda net, x: net.b(net.a(x)), a=nn.Linear(8, 8), b=nn.Tanh())
    nodes, edges = change(list(graph.nodes), list(graph.edges))
    with pytest.raises(WorkerError, match="This is not a network graph"):
        replace(graph, nodes=tuple(nodes), edges=tuple(edges))


def test_a_module_that_is_given_is_not_changed():
    model = get_preset("cnn").stack.build(0).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    draw_graph(model, 4, training=True)
    draw_graph(model, 4)
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_graph_is_drawn_while_another_thread_draws_one_and_a_third_computes():
    alone = [draw_graph(spec, 3) for spec in SPECS]
    done, drawn = threading.Event(), {}

    def compute():
        model = nn.Linear(8, 8)
        while not done.is_set():
            model(torch.zeros(4, 8))

    def draw(number):
        drawn[number] = [draw_graph(spec, 3) for spec in SPECS]

    worker = threading.Thread(target=compute)
    drawers = [threading.Thread(target=draw, args=(number,)) for number in range(3)]
    worker.start()
    for drawer in drawers:
        drawer.start()
    for drawer in drawers:
        drawer.join()
    done.set()
    worker.join()
    assert drawn == dict.fromkeys(range(3), alone)


@pytest.mark.parametrize("batch", [0, MAX_BATCH + 1, 2.0, True])
def test_a_batch_outside_the_limits_is_refused(batch):
    with pytest.raises(StackError, match=f"The batch has {batch} images"):
        draw_graph(SPECS[0], batch)


def test_a_loop_without_end_is_refused_in_words():
    def forward(net, x):
        while True:
            x = x + 1

    with pytest.raises(StackError, match=f"forward takes more than {MAX_NODES:,} steps, and no picture holds them"):
        graph_of(forward)


def test_batchnorm_with_a_single_value_is_refused_in_train_only():
    stack = Stack.parse("flatten, batchnorm1d(784), linear(784,10)")
    assert draw_graph(stack, 1).nodes[-1].kind == "output"
    with pytest.raises(StackError, match="BatchNorm1d normalises by the spread of the batch"):
        draw_graph(stack, 1, training=True)


CLASS = """
import torch
import torch.nn as nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)
        self.more = nn.Linear(10, 10)

    def forward(self, x):
        x = self.fc(
            torch.flatten(x, 1)
        )
        if x.mean() < 1000:
            x = x + self.more(x)
        return x
"""


@pytest.mark.usefixtures("here")
def test_a_class_that_asks_for_numbers_gets_digits_and_tells_its_lines():
    graph = draw_graph(CustomSource(CLASS), 4)
    assert graph.with_numbers
    assert graph.find("more").line.text == "x = x + self.more(x)"
    assert (graph.find("fc").line.number, graph.find("fc").line.file) == (13, "")
    assert graph.find("fc").line.text == "x = self.fc(\n    torch.flatten(x, 1)\n)"
    assert graph.find(":add").line.function == "Network.forward"
    assert from_plain(NetworkGraph, to_plain(graph)) == graph


@pytest.mark.usefixtures("here")
def test_a_class_that_raises_is_drawn_up_to_where_it_did():
    graph = draw_graph(CustomSource(CLASS.replace("self.more(x)", "self.more(x)[:, :3]")), 4)
    assert (graph.nodes[-1].identity, graph.nodes[-1].finished) == (":add", False)

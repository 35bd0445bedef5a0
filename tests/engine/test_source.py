"""A stack as Sequential and as a class: the same network, to the last bit."""

import ast
import subprocess
import sys

import pytest
import torch

from netcore.errors import StackError
from netcore.export.sample import sample_source
from netcore.export.source import class_source, prove_equal, sequential_source, walk_source
from netcore.export.training import training_source
from netcore.model.catalogue import list_kinds
from netcore.model.layers import start_layer
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import list_ready_made
from netcore.model.stack import Stack
from netcore.model.trace import trace
from netcore.training.config import TrainingConfig

MLP = get_preset("mlp").stack


def test_course_network_as_sequential():
    assert sequential_source(MLP) == (
        "from torch import nn\n"
        "\n"
        "model = nn.Sequential(\n"
        "    nn.Flatten(),         # [N, 784]\n"
        "    nn.Linear(784, 128),  # [N, 128]\n"
        "    nn.ReLU(),            # [N, 128]\n"
        "    nn.Linear(128, 10),   # [N, 10]\n"
        ")\n"
    )


def test_course_network_as_a_class():
    assert class_source(MLP) == (
        "from torch import nn\n"
        "\n"
        "\n"
        "class Network(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.flatten = nn.Flatten()\n"
        "        self.fc1 = nn.Linear(784, 128)\n"
        "        self.relu = nn.ReLU()\n"
        "        self.fc2 = nn.Linear(128, 10)\n"
        "\n"
        "    def forward(self, x):\n"
        "        x = self.flatten(x)  # [N, 784]\n"
        "        x = self.fc1(x)      # [N, 128]\n"
        "        x = self.relu(x)     # [N, 128]\n"
        "        x = self.fc2(x)      # [N, 10]\n"
        "        return x\n"
        "\n"
        "\n"
        "model = Network()\n"
    )


@pytest.mark.parametrize("preset", list_presets(), ids=lambda preset: preset.name)
def test_same_seed_gives_the_same_logits_in_both_forms(preset):
    proof = prove_equal(preset.stack, 7)
    assert proof.equal
    assert proof.sequential_logits == proof.class_logits
    assert len(proof.class_logits) == 10
    assert proof != prove_equal(preset.stack, 8)


@pytest.mark.parametrize("kind", list_kinds(), ids=lambda kind: kind.name)
def test_code_of_every_layer_is_what_is_built(kind):
    stack = Stack((start_layer(kind.name),))
    namespace = {}
    exec(sequential_source(stack), namespace)
    assert repr(namespace["model"]) == repr(stack.build())


def test_both_sources_run_alone():
    for source in (sequential_source(MLP), class_source(MLP)):
        code = source + "import torch; print(tuple(model(torch.zeros(2, 1, 28, 28)).shape))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "(2, 10)\n"


@pytest.mark.parametrize("network", [get_preset("cnn").stack, *list_ready_made()], ids=str)
def test_code_of_the_page_runs_alone_and_prints_the_shapes(network, capsys):
    torch_state = torch.get_rng_state()
    exec(walk_source(network, 3, 1), {})
    torch.set_rng_state(torch_state)
    assert capsys.readouterr().out.endswith("[3, 10]\n")


@pytest.mark.parametrize("network", [get_preset("cnn").stack, *list_ready_made()], ids=str)
def test_code_of_the_page_prints_a_line_a_row_of_its_table(network, capsys):
    with torch.random.fork_rng():
        exec(walk_source(network, 3, 1), {})
    printed = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("[")]
    rows = [f"{layer.code.split('(')[0]} {layer.output_shape}" for layer in trace(network, 3).layers]
    assert printed == rows


def test_code_of_the_page_takes_a_batch_of_one_through_a_batch_norm(capsys):
    with torch.random.fork_rng():
        exec(walk_source(Stack.parse("flatten, batchnorm1d(784), linear(784,10)"), 1, 0), {})
    assert capsys.readouterr().out.endswith("[1, 10]\n")


@pytest.mark.parametrize("network", [MLP, *list_ready_made()], ids=str)
def test_every_script_imports_a_thing_once_and_before_all_else(network):
    config = TrainingConfig()
    scripts = (
        walk_source(network, 3, 1),
        sample_source(network, seed=0, split="test", index=0),
        training_source(network, config),
    )
    for script in scripts:
        body = ast.parse(script).body
        imports = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert len(imports) == len(set(imports))
        first = 0 if isinstance(network, Stack) else 1  # a class file begins with what it is
        assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in body[first : first + len(imports)])


def test_code_says_where_the_layers_do_not_fit_and_is_not_run():
    stack = Stack.parse("flatten, linear(100,10), relu")
    assert "    nn.Linear(100, 10),  # does not fit\n    nn.ReLU(),\n" in sequential_source(stack)
    with pytest.raises(StackError, match="takes 100 features, and gets 784"):
        prove_equal(stack, 0)

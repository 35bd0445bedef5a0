"""A class's shapes with their lines, what is wrong with it in words, and mends that were tried."""

import random
import re

import pytest
from torch import nn

from netcore.errors import CodeError, StackError
from netcore.model.custom.source import CustomSource
from netcore.model.ready_made import list_ready_made
from netcore.model.trace import trace
from netcore.model.xray.inspection import inspect_source
from netcore.model.xray.registration import registration
from tests.engine.custom_help import HEAD, passes_the_wall_as_before, write_class
from tests.engine.good_classes import GOOD, wrap

BATCH = 64


def line_of(source, words):
    return next(number for number, line in enumerate(source.splitlines(), 1) if words in line)


@pytest.mark.parametrize("ready", list_ready_made(), ids=lambda ready: ready.name)
def test_layers_of_a_class_are_those_of_its_trace(here, ready):
    result = inspect_source(CustomSource(ready.source), 3)
    expected = trace(ready, 3)
    assert [layer.name for layer in result.layers] == [layer.name for layer in expected.layers]
    assert all(layer.line > 0 for layer in result.layers)
    shapes = [(layer.code, layer.input_shape, layer.output_shape) for layer in result.layers]
    assert shapes == [(layer.code, layer.input_shape, layer.output_shape) for layer in expected.layers]
    assert (result.flops, result.activation_bytes) == (expected.flops, expected.activation_bytes)
    assert (result.parameters, result.output_shape, result.problem) == (
        expected.parameters,
        expected.output_shape,
        None,
    )


def test_each_layer_has_the_line_that_calls_it(here):
    source = write_class(
        "self.fc1 = nn.Linear(784, 32)\nself.fc2 = nn.Linear(32, 10)",
        "x = x.flatten(1)\nx = self.fc1(x)  # one\n\nreturn self.fc2(\n    F.relu(x)\n)",
    )
    result = inspect_source(CustomSource(source), BATCH)
    assert [(layer.name, layer.line) for layer in result.layers] == [
        ("fc1", line_of(source, "# one")),
        ("fc2", line_of(source, "return self.fc2(")),
    ]


def test_a_layer_in_a_plain_list_is_seen_too(here):
    source = write_class(
        "self.layers = [nn.Linear(784, 32), nn.Linear(32, 10)]",
        "x = x.flatten(1)\nfor layer in self.layers:\n    x = layer(x)\nreturn x",
    )
    result = inspect_source(CustomSource(source), BATCH)
    assert [layer.name for layer in result.layers] == ["self.layers[0]", "self.layers[1]"]
    assert result.notice.what.startswith("No layer is registered")


MENDED = {
    "a layer made without self": (
        "fc1 = nn.Linear(784, 10)  # mine",
        "return self.fc1(x.flatten(1))",
        "self.fc1 does not exist: line 9 makes fc1 without self, so the network does not keep it. "
        "Write self.fc1 = … there.",
        ["-fc1 = nn.Linear(784, 10)  # mine", "+self.fc1 = nn.Linear(784, 10)  # mine"],
    ),
    "a layer made and used without self": (
        "fc1 = nn.Linear(784, 10)",
        "return fc1(x.flatten(1))",
        "fc1 ends with __init__. Write self.fc1 in both places.",
        ["-fc1 = nn.Linear(784, 10)", "+self.fc1 = nn.Linear(784, 10)", "-return fc1(", "+return self.fc1("],
    ),
    "self forgotten in forward": (
        "self.fc1 = nn.Linear(784, 10)",
        "return fc1(x.flatten(1))",
        "fc1 is not defined here; self.fc1 is. Write self.fc1.",
        ["+return self.fc1("],
    ),
    "wrong features": (
        "self.a = nn.Linear(784, 128)\nself.b = nn.Linear(64, 10)",
        "x = self.a(x.flatten(1))\nreturn self.b(x)",
        "Linear(64, 10) takes 64 features, and gets 128: [64, 128]. Set in_features = 128.",
        ["+self.b = nn.Linear(128, 10)"],
    ),
    "wrong features by name": (
        "self.a = nn.Linear(784, 128)\nself.b = nn.Linear(out_features=10, in_features=8 * 8)",
        "x = self.a(x.flatten(1))\nreturn self.b(x)",
        "Linear(64, 10) takes 64 features, and gets 128: [64, 128]. Set in_features = 128.",
        ["+self.b = nn.Linear(out_features=10, in_features=128)"],
    ),
    "a picture for a Linear": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x)",
        "Linear(784, 10) takes rows of 784 features, and gets [64, 1, 28, 28]. Put Flatten() before it.",
        ["+return self.fc(x.flatten(1))"],
    ),
    "a picture for a Linear in a Sequential": (
        "self.net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Linear(5408, 10))",
        "return self.net(x)",
        "Linear(5408, 10) takes rows of 5408 features, and gets [64, 8, 26, 26]. Put Flatten() before it.",
        ["+self.net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5408, 10))"],
    ),
    "wrong channels": (
        "self.a = nn.Conv2d(1, 8, 3)\nself.b = nn.Conv2d(16, 4, 3)\nself.fc = nn.Linear(2304, 10)",
        "return self.fc(self.b(self.a(x)).flatten(1))",
        "Conv2d(16, 4, 3) takes 16 channels, and gets 8: [64, 8, 26, 26]. Set in_channels = 8.",
        ["+self.b = nn.Conv2d(8, 4, 3)"],
    ),
    "rows' BatchNorm on pictures": (
        "self.a = nn.Conv2d(1, 8, 3)\nself.bn = nn.BatchNorm1d(8)\nself.fc = nn.Linear(5408, 10)",
        "return self.fc(self.bn(self.a(x)).flatten(1))",
        "BatchNorm1d(8) takes rows [N, features], and gets [64, 8, 26, 26]. Use BatchNorm2d(8) instead.",
        ["+self.bn = nn.BatchNorm2d(8)"],
    ),
    "BatchNorm of another width": (
        "self.a = nn.Conv2d(1, 8, 3)\nself.bn = nn.BatchNorm2d(num_features=4)\nself.fc = nn.Linear(5408, 10)",
        "return self.fc(self.bn(self.a(x)).flatten(1))",
        "BatchNorm2d(4) takes 4 features or channels, and gets 8: [64, 8, 26, 26]. Set num_features = 8.",
        ["+self.bn = nn.BatchNorm2d(num_features=8)"],
    ),
    "GroupNorm of another width": (
        "self.a = nn.Conv2d(1, 8, 3)\nself.gn = nn.GroupNorm(4, 16)\nself.fc = nn.Linear(5408, 10)",
        "return self.fc(self.gn(self.a(x)).flatten(1))",
        "nn.GroupNorm(4, 16) takes num_channels = 16, and gets 8: [64, 8, 26, 26]. Set num_channels = 8.",
        ["+self.gn = nn.GroupNorm(4, 8)"],
    ),
    "a view of another size": (
        "self.a = nn.Conv2d(1, 16, 5)\nself.fc = nn.Linear(9216, 10)",
        "x = self.a(x)\nx = x.view(-1, 16 * 5 * 5)\nreturn self.fc(x)",
        "x.view(-1, 16 * 5 * 5) gets [64, 16, 24, 24], that is 589,824 numbers, and they do not fill [-1, 400], "
        "rows of 400. To lay each image in one row, use flatten(1).",
        ["+x = x.flatten(1)"],
    ),
    "the batch flattened away": (
        "self.fc = nn.Linear(784, 10)",
        "x = torch.flatten(x)\nreturn self.fc(x)",
        "torch.flatten(x) turns [64, 1, 28, 28] into [50176]: the first axis is no longer the batch of 64. "
        "Keep the batch: flatten(1) leaves the first axis alone.",
        ["+x = x.flatten(1)"],
    ),
    "a view after a permute": (
        "self.fc = nn.Linear(784, 10)",
        "x = x.permute(0, 3, 2, 1).view(-1, 784)\nreturn self.fc(x)",
        "x.permute(0, 3, 2, 1).view(-1, 784) cannot view [64, 28, 28, 1] as [-1, 784]: after a permute or transpose, "
        "the numbers lie in another order. Use reshape, which copies.",
        ["+x = x.permute(0, 3, 2, 1).reshape(-1, 784)"],
    ),
    "a batch written into a view": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.view(64, 784))",
        "With 2 images: x.view(64, 784) gets [2, 1, 28, 28], that is 1,568 numbers, and they do not fill [64, 784], "
        "that is 50,176. To lay each image in one row, use flatten(1).",
        ["+return self.fc(x.flatten(1))"],
    ),
    "joined along the wrong axis": (
        "self.a = nn.Conv2d(1, 4, 3)\nself.b = nn.Conv2d(1, 6, 3)\nself.fc = nn.Linear(6760, 10)",
        "x = torch.cat([self.a(x), self.b(x)])\nreturn self.fc(x.flatten(1))",
        "torch.cat([self.a(x), self.b(x)]) joins along axis 0 and gets [64, 4, 26, 26] and [64, 6, 26, 26], "
        "which differ along axis 1. Set dim = 1.",
        ["+x = torch.cat([self.a(x), self.b(x)], dim=1)"],
    ),
    "a matrix the wrong way round": (
        "self.w = nn.Parameter(torch.randn(10, 784))",
        "return x.flatten(1) @ self.w",
        "x.flatten(1) @ self.w multiplies [64, 784] by [10, 784]: rows of 784 numbers by columns of 10. "
        "Transpose the second: transpose(-2, -1).",
        ["+return x.flatten(1) @ self.w.transpose(-2, -1)"],
    ),
    "an LSTM's tuple": (
        "self.r = nn.GRU(784, 16, batch_first=True)\nself.fc = nn.Linear(16, 10)",
        "x = self.r(x.flatten(1).unsqueeze(1))\nreturn self.fc(x).squeeze(1)",
        "nn.Linear(16, 10) takes one tensor, and gets a tuple of 2. "
        "Take the one that it works on: an LSTM or GRU gives its output first, and then its states.",
        ["+return self.fc(x[0]).squeeze(1)"],
    ),
    "an LSTM's tuple indexed": (
        "self.r = nn.LSTM(28, 32, batch_first=True)\nself.fc = nn.Linear(32, 10)",
        "x = self.r(x.squeeze(1))\nreturn self.fc(x[:, -1])",
        "x[:, -1] indexes a tuple as if it were a tensor. "
        "Take the tensor out of it first: an LSTM or GRU gives its output first, and then its states.",
        ["+return self.fc(x[0][:, -1])"],
    ),
    "pictures for an LSTM": (
        "self.r = nn.LSTM(28, 32, batch_first=True)\nself.fc = nn.Linear(32, 10)",
        "x, _ = self.r(x)\nreturn self.fc(x[:, -1])",
        "nn.LSTM(28, 32, batch_first=True) takes tensors with 3 axes, and gets 4: [64, 1, 28, 28]. "
        "Take the axis of one channel away.",
        ["+x, _ = self.r(x.squeeze(1))"],
    ),
    "rows first, as a GRU takes them": (
        "self.r = nn.GRU(28, 32)\nself.fc = nn.Linear(16, 10)",
        "x = x.squeeze(1).transpose(0, 1)\nx, _ = self.r(x)\nreturn self.fc(x[-1])",
        "Linear(16, 10) takes 16 features, and gets 32: [64, 32]. Set in_features = 32.",
        ["+self.fc = nn.Linear(32, 10)"],
    ),
    "rows first, into a layer of another width": (
        "self.r = nn.GRU(16, 32)\nself.fc = nn.Linear(32, 10)",
        "x = x.squeeze(1).transpose(0, 1)\nx, _ = self.r(x)\nreturn self.fc(x[-1])",
        "nn.GRU(16, 32) takes input_size = 16, and gets 28: [28, 64, 28]. Set input_size = 28.",
        ["+self.r = nn.GRU(28, 32)"],
    ),
    "return forgotten": (
        "self.fc = nn.Linear(784, 10)",
        "x = self.fc(x.flatten(1))  # logits",
        "forward gives nothing back. End it with return x.",
        ["+return x"],
    ),
    "return forgotten before a call": (
        "self.fc = nn.Linear(784, 10)",
        "self.fc(x.flatten(1))",
        "forward gives nothing back. End it with return self.fc(x.flatten(1)).",
        ["+return self.fc(x.flatten(1))"],
    ),
    "two outputs": (
        "self.fc = nn.Linear(784, 10)",
        "y = self.fc(x.flatten(1))\nreturn y, x",
        "forward gives a tuple of 2; a network that is trained gives one tensor of logits. Return the logits alone.",
        ["+return y"],
    ),
    "five classes": (
        "self.fc = nn.Linear(784, 5)",
        "return self.fc(x.flatten(1))",
        "The output is [64, 5], and a classifier of ten digits ends with [64, 10]. Set out_features = 10.",
        ["+self.fc = nn.Linear(784, 10)"],
    ),
    "probabilities": (
        "self.fc = nn.Linear(784, 10)",
        "return F.softmax(self.fc(x.flatten(1)), dim=1)",
        "The network ends with probabilities, and the loss of the training expects logits: it does the softmax. "
        "Take the softmax away.",
        ["+return self.fc(x.flatten(1))"],
    ),
    "a method misspelt": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.flaten(1))",
        "a tensor has no flaten. Did you mean flatten?",
        ["+return self.fc(x.flatten(1))"],
    ),
    "a variable misspelt": (
        "self.fc = nn.Linear(784, 10)",
        "rows = x.flatten(1)\nreturn self.fc(row)",
        "row is not defined. Did you mean rows?",
        ["+return self.fc(rows)"],
    ),
}


@pytest.mark.parametrize("case", MENDED)
def test_problem_is_said_and_mended(here, case):
    init, forward, sentence, changes = MENDED[case]
    source = write_class(init, forward)
    result = inspect_source(CustomSource(source), BATCH)
    found = result.problem or result.notice
    assert str(found.refusal) == sentence
    assert found.label
    after = found.mended.source.splitlines()
    changed = {f"+{line.strip()}" for line in after if line not in source.splitlines()}
    changed |= {f"-{line.strip()}" for line in source.splitlines() if line not in after}
    assert all(any(line.startswith(change) for line in changed) for change in changes), changed
    assert passes_the_wall_as_before(source, found.mended)
    again = inspect_source(found.mended, BATCH)
    assert (again.problem, again.notice) == (None, None)


TOLD = {
    "tensors that do not add": (
        "self.a = nn.Conv2d(1, 4, 3)",
        "return x + self.a(x)",
        "x + self.a(x) puts [64, 1, 28, 28] and [64, 4, 26, 26] together, whose sizes along axis 2 are 28 and 26. "
        "Sizes must be equal or 1. A 1x1 convolution changes channels, padding or stride height and width.",
    ),
    "tensors that do not join": (
        "self.a = nn.Conv2d(1, 4, 3)\nself.b = nn.Conv2d(1, 4, 5)",
        "return torch.cat([self.a(x), self.b(x)], 1)",
        "torch.cat([self.a(x), self.b(x)], 1) gets [64, 4, 26, 26] and [64, 4, 24, 24], which differ along the axes "
        "2, 3, and may differ only along axis 1. Give the tensors equal sizes along the other axes.",
    ),
    "a functional layer": (
        "self.w = nn.Parameter(torch.randn(784, 10))",
        "return F.linear(x.flatten(1), self.w)",
        "F.linear(x.flatten(1), self.w) has a weight [784, 10] for 10 features, and gets 784: [64, 784]. "
        "Make the two numbers equal.",
    ),
    "an axis too far": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.flatten(5))",
        "x.flatten(5) works along axis 5, and [64, 1, 28, 28] has the axes 0 to 3. Choose an axis that there is.",
    ),
    "a permute of too few": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.permute(1, 0))",
        "x.permute(1, 0) names 2 axes, and [64, 1, 28, 28] has 4. Name each axis once.",
    ),
    "a channel that is not there": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x[:, 3].flatten(1))",
        "x[:, 3] picks what [64, 1, 28, 28] does not have. Stay within its sizes.",
    ),
    "an endless call": (
        "self.fc = nn.Linear(784, 10)",
        "return self.forward(x)",
        "Network.forward calls itself again and again. Call the layers instead of the network itself.",
    ),
    "an argument missing": (
        "self.fc = nn.Linear(784)",
        "return self.fc(x.flatten(1))",
        "nn.Linear(784) lacks out_features. "
        "Write it in the brackets; in a function of your own, a default does too: size=128.",
    ),
    "an argument too many": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.flatten(1), 3)",
        "self.fc(x.flatten(1), 3) gives 3 values to something that takes 2, self included. "
        "Compare the brackets of the call with those of its def: is self the first there?",
    ),
    "an argument misspelt": (
        "self.fc = nn.Linear(784, 10, bais=False)",
        "return self.fc(x.flatten(1))",
        "nn.Linear(784, 10, bais=False) names bais, and there is no such argument. "
        "Check its spelling, or leave it out.",
    ),
    "None called": (
        "self.fc = None",
        "return self.fc(x)",
        "self.fc(x) calls a value of type NoneType, as if it were a layer. "
        "Something gave None: check the line that made it, and whether a function forgot its return.",
    ),
    "numbers of another type": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.flatten(1).double())",
        "With 2 images: nn.Linear(784, 10) has weights of type float32, and gets numbers of type float64. "
        "Give it numbers of the same type: x.float().",
    ),
    "a value only in one case": (
        "self.fc = nn.Linear(784, 10)",
        "if len(x) > 1000:\n    y = x.flatten(1)\nreturn self.fc(y)",
        "y has no value yet. Give it a value before this line, in every case.",
    ),
    "None where a tensor belongs": (
        "self.fc = nn.Linear(784, 10)",
        "y = print(1)\nreturn self.fc(y.flatten(1))",
        "y is None here, and None has no flatten. "
        "Check where it got its value: a function may have forgotten its return.",
    ),
    "no way back": (
        "self.fc = nn.Linear(784, 10)",
        "with torch.no_grad():\n    x = self.fc(x.flatten(1))\nreturn x",
        "The output does not lead back to any parameter that learns: nothing would be trained. "
        "Take torch.no_grad(), detach() and .data out of forward, or leave one layer unfrozen.",
    ),
    "a slip only in train()": (
        "self.conv = nn.Conv2d(1, 4, 28)\nself.bn = nn.BatchNorm1d(4)\nself.fc = nn.Linear(4, 10)",
        "x = self.bn(self.conv(x).flatten(1))\nif self.training:\n    x = x.flatten(4)\nreturn self.fc(x)",
        "In train(), with 2 images: x.flatten(4) works along axis 4, and [2, 4] has the axes 0 to 1. "
        "Choose an axis that there is.",
    ),
    "the batch summed away": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.flatten(1)).mean(0)",
        "self.fc(x.flatten(1)).mean(0) turns [64, 10] into [10]: the first axis is no longer the batch of 64. "
        "Keep the batch as the first axis.",
    ),
    "heads that do not divide the width": (
        "self.a = nn.MultiheadAttention(30, 4)",
        "return self.a(x, x, x)[0]",
        "nn.MultiheadAttention(30, 4) is given a value that it cannot take. Check the values that it is given.",
    ),
    "an assertion of one's own": (
        "self.fc = nn.Linear(784, 10)",
        "assert len(x) > 1000\nreturn self.fc(x.flatten(1))",
        "len(x) > 1000 is an assertion that does not hold. Check what it demands.",
    ),
    "an assertion that says why": (
        "self.fc = nn.Linear(784, 10)",
        "assert x.shape[1] == 3, f'three channels, and not {x.shape[1]}'\nreturn self.fc(x.flatten(1))",
        'x.shape[1] == 3 is an assertion that does not hold: "three channels, and not 1". Check what it demands.',
    ),
    "an assertion of nothing": (
        "self.fc = nn.Linear(784, 10)",
        "assert False, 'not yet'\nreturn self.fc(x.flatten(1))",
        'False is an assertion that does not hold: "not yet". Check what it demands.',
    ),
    "a message of one's own": (
        "self.fc = nn.Linear(784, 10)",
        "if x.shape[1] != 3:\n    raise ValueError(f'{x.shape[1]} channel, not 3')\nreturn self.fc(x.flatten(1))",
        'The class itself raises ValueError: "1 channel, not 3". Look at what this line asks for.',
    ),
    "a transformer of another width": (
        "self.t = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)",
        "return self.t(x.squeeze(1))",
        "nn.TransformerEncoderLayer(16, 4, 32, batch_first=True) takes embed_dim = 16, and gets 28: [64, 28, 28]. "
        "Make these two numbers equal.",
    ),
    "too few names": (
        "self.fc = nn.Linear(784, 10)",
        "n, d = x.shape\nreturn self.fc(x.flatten(1))",
        "The line takes apart a value into 2 names, and it has another number of parts. Count its parts.",
    ),
    "decimals for an embedding": (
        "self.e = nn.Embedding(256, 10)",
        "return self.e(x.flatten(1)).mean(1)",
        "nn.Embedding(256, 10) takes whole numbers, which say the row of its table, and gets decimals. "
        "Make whole numbers first: (x * 255).long().",
    ),
    "classes instead of logits": (
        "self.fc = nn.Linear(784, 10)",
        "return self.fc(x.flatten(1)).argmax(1)",
        "The output holds numbers of type int64, and the loss needs logits with decimals. "
        "Return the logits, without argmax.",
    ),
    "too much for the memory": (
        "self.a = nn.Conv2d(1, 4096, 3)\nself.fc = nn.Linear(10, 10)",
        "return self.fc(self.a(x))",
        "With the output [64, 4096, 26, 26] of Conv2d(1, 4096, kernel_size=(3, 3), stride=(1, 1)), the batch takes "
        "709 MB, and 537 MB are the limit. Choose a smaller batch, at most 48.",
    ),
    "no end in sight": (
        "self.fc = nn.Linear(784, 10)",
        "for i in range(10**6):\n    x = x + 1\nreturn self.fc(x.flatten(1))",
        "forward takes more than 5,000 steps. Make its loops shorter.",
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_problem_without_a_mend_is_said(here, case):
    init, forward, sentence = TOLD[case]
    result = inspect_source(CustomSource(write_class(init, forward)), BATCH)
    found = result.problem or result.notice
    assert str(found.refusal) == sentence
    assert found.mended is None
    assert found.line > 8


def test_super_init_forgotten_is_mended(here):
    source = HEAD + (
        "class Network(nn.Module):\n    def __init__(self):\n        # layers\n        self.fc = nn.Linear(784, 10)\n\n"
        "    def forward(self, x):\n        return self.fc(x.flatten(1))\n"
    )
    found = inspect_source(CustomSource(source)).problem
    assert str(found.refusal) == (
        "The network cannot keep layers yet: nn.Module has not been started. Begin __init__ with super().__init__()."
    )
    assert found.mended.source == source.replace("self.fc = nn", "super().__init__()\n        self.fc = nn")


def test_a_class_without_a_forward_of_its_own_has_its_line_where_the_layer_is_made(here):
    source = (
        f"{HEAD}class Network(nn.Sequential):\n    def __init__(self):\n        super().__init__(\n"
        "            nn.Flatten(),\n            nn.Linear(64, 10),\n        )\n"
    )
    found = inspect_source(CustomSource(source), 8).problem
    assert found.line == line_of(source, "nn.Linear(64, 10)")
    assert found.mended.source == source.replace("64", "784")


def test_an_import_forgotten_is_mended(here):
    source = write_class("self.fc = nn.Linear(784, 10)", "return self.fc(F.relu(x.flatten(1)))")
    source = source.replace("import torch.nn.functional as F\n", "")
    found = inspect_source(CustomSource(source)).problem
    assert str(found.refusal) == "F is not imported. Put import torch.nn.functional as F at the top."
    assert inspect_source(found.mended).problem is None


def test_a_class_that_looks_at_numbers_is_run_with_numbers(here):
    forward = "if x.mean() > 1:\n    x = x * 2\nreturn self.fc(x.flatten(1))"
    result = inspect_source(CustomSource(write_class("self.fc = nn.Linear(784, 10)", forward)), BATCH)
    assert (result.output_shape, result.problem, result.notice) == ((BATCH, 10), None, None)


def test_nothing_of_torch_is_changed_afterwards(here):
    before = nn.Module.__init__, nn.Module.__call__, nn.Parameter.__new__
    inspect_source(CustomSource(write_class("self.fc = nn.Linear(784)", "return x")))
    inspect_source(CustomSource(write_class("self.fc = nn.Linear(784, 10)", "return self.fc(x.flatten(1))")))
    assert (nn.Module.__init__, nn.Module.__call__, nn.Parameter.__new__) == before


def test_a_batch_out_of_range_is_refused(here):
    with pytest.raises(StackError, match="The batch has 0 images"):
        inspect_source(CustomSource(write_class("self.fc = nn.Linear(784, 10)", "return x")), 0)


def test_elsewhere_the_class_is_not_run(monkeypatch, here):
    network = CustomSource(write_class("self.fc = nn.Linear(784, 10)", "return x"))
    monkeypatch.delenv("NETCORE_CONFINED")
    with pytest.raises(CodeError, match="does not run the code"):
        inspect_source(network)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_line_is_broken_there_is_a_sentence_for_it(here, seed):
    chance = random.Random(seed)
    names = ("course_class", "mnist_example", "mixture_of_experts", "unet_with_skips", "inheritance", "parameter_list")
    for _ in range(15):
        source = break_line(chance, GOOD[chance.choice(names)])
        try:
            network = CustomSource(source)
        except CodeError:  # no Python any more
            continue
        result = inspect_source(network, 4)
        found = result.problem or result.notice
        if found:
            assert 1 <= found.line <= len(source.splitlines())
            assert str(found.refusal)
        if result.problem is None:
            try:
                registration(network, 4)
            except CodeError as error:
                assert str(error)


def break_line(chance, source):
    """The source with one line of a method changed: gone, a number or a name another, an attribute forgotten."""
    lines = source.splitlines()
    place = chance.choice([number for number, line in enumerate(lines) if line.startswith("        ") and line.strip()])
    line = lines[place]
    indent = line[: len(line) - len(line.lstrip())]
    words = list(re.finditer(r"\b[a-z_]\w*\b|\b\d+\b", line)) or [re.match("", line)]
    word = chance.choice(words)
    other = chance.choice(["x", "self", "None", "3", "1000", "-1", "'a'", "()"])
    lines[place] = chance.choice(
        [f"{indent}pass", line.replace("self.", "", 1), line[: word.start()] + other + line[word.end() :]]
    )
    return "\n".join(lines) + "\n"


PARTLY = wrap(
    "self.hidden = [nn.Linear(784, 64), nn.Linear(64, 64)]\nself.out = nn.Linear(64, 10)",
    "x = x.flatten(1)\nfor layer in self.hidden:\n    x = torch.relu(layer(x))\nreturn self.out(x)",
)


def test_what_the_network_does_not_hold_is_told_with_the_shapes(here):
    trace = inspect_source(CustomSource(PARTLY))
    assert [(layer.parameters, layer.is_registered) for layer in trace.layers] == [
        (50_240, False),
        (4_160, False),
        (650, True),
    ]
    assert trace.parameters == 650 + 7_850  # the layer that wrap adds
    assert [(ghost.name, ghost.parameters) for ghost in trace.ghosts] == [
        ("self.hidden[0]", 50_240),
        ("self.hidden[1]", 4_160),
    ]
    (line,) = [number for number, text in enumerate(PARTLY.splitlines(), 1) if "self.hidden = [" in text]
    for ghost in trace.ghosts:
        assert ghost.problem.line == line
        assert "stands in a plain list" in str(ghost.problem.refusal)
        assert isinstance(ghost.problem.mended, CustomSource)
        assert inspect_source(ghost.problem.mended).ghosts == ()


@pytest.mark.parametrize(
    ("init", "forward", "ghosts"),
    [
        ("self.fc = nn.Linear(784, 10)", "return self.fc(x.flatten(1)) + nn.Linear(784, 10)(x.flatten(1))", [7850]),
        ("self.fc = nn.Linear(784, 10)\nself.k = torch.ones(10)", "return self.fc(x.flatten(1)) * self.k", [0]),
        ("self.fc = nn.Linear(784, 10)\nself.act = [nn.ReLU()]", "return self.fc(self.act[0](x.flatten(1)))", []),
        ("self.fc = nn.Linear(784, 10)\nself.never = [nn.Linear(3, 3)]", "return self.fc(x.flatten(1))", []),
        ("self.fc = nn.Linear(784, 10)", "return self.fc(x.flatten(1)) + torch.zeros(10)", []),
    ],
    ids=["made in forward", "a bare tensor", "a layer without weights", "a layer that never runs", "a constant"],
)
def test_a_ghost_is_what_forward_uses_and_nothing_keeps(here, init, forward, ghosts):
    trace = inspect_source(CustomSource(wrap(init, forward)))
    assert [ghost.parameters for ghost in trace.ghosts] == ghosts


@pytest.mark.parametrize("name", GOOD)
def test_a_good_class_has_no_ghosts(here, name):
    trace = inspect_source(CustomSource(GOOD[name]))
    assert trace.ghosts == ()
    assert all(layer.is_registered for layer in trace.layers)

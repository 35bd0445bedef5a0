"""What is registered and what is a ghost: no miss, no false alarm, mends that were tried, and the proof by one step."""

import warnings
from dataclasses import replace

import pytest
import torch
from torch import nn

from netcore.errors import CodeError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.custom.templates import list_templates
from netcore.model.ready_made import list_ready_made
from netcore.model.xray.inspection import inspect_source
from netcore.model.xray.registration import Registration, registration
from tests.engine.custom_help import HEAD, passes_the_wall_as_before, write_class
from tests.engine.good_classes import GOOD, NOTICED

EACH = "x = x.flatten(1)\nfor layer in self.layers:\n    x = layer(x)\nreturn x"
SMALL = "self.fc = nn.Linear(784, 10)"
LINES = "self.fc(x.flatten(1))"

TRAPS = ("plain_list", "unregistered")

CLEAN = {
    "a plain layer": (SMALL, f"return {LINES}"),
    "ModuleList": ("self.layers = nn.ModuleList([nn.Linear(784, 32), nn.Linear(32, 10)])", EACH),
    "ModuleDict": ('self.d = nn.ModuleDict({"a": nn.Linear(784, 10)})', 'return self.d["a"](x.flatten(1))'),
    "Sequential of a list": (
        "layers = [nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10)]\nself.net = nn.Sequential(*layers)",
        "return self.net(x.flatten(1))",
    ),
    "a list whose layers are registered too": (
        "self.a = nn.Linear(784, 32)\nself.b = nn.Linear(32, 10)\nself.layers = [self.a, self.b]",
        EACH,
    ),
    "frozen": (f"{SMALL}\nself.fc.requires_grad_(False)\nself.b = nn.Linear(10, 10)", f"return self.b({LINES})"),
    "tied weights": (
        "self.a = nn.Linear(784, 784)\nself.b = nn.Linear(784, 784)\nself.b.weight = self.a.weight\n" + SMALL,
        "return self.fc(self.b(self.a(x.flatten(1))))",
    ),
    "a parametrization": (
        "self.fc = nn.utils.parametrizations.weight_norm(nn.Linear(784, 10))",
        f"return {LINES}",
    ),
    "spectral norm": ("self.fc = nn.utils.parametrizations.spectral_norm(nn.Linear(784, 10))", f"return {LINES}"),
    "a buffer": (
        f'{SMALL}\nself.register_buffer("mask", torch.ones(784))',
        "return self.fc(x.flatten(1) * self.mask)",
    ),
    "a buffer that is not saved": (
        f'{SMALL}\nself.register_buffer("mask", torch.ones(784), persistent=False)',
        "return self.fc(x.flatten(1) * self.mask)",
    ),
    "BatchNorm": ("self.bn = nn.BatchNorm1d(784)\n" + SMALL, "return self.fc(self.bn(x.flatten(1)))"),
    "a parameter": ("self.w = nn.Parameter(torch.randn(784, 10))", "return x.flatten(1) @ self.w"),
    "ParameterList": (
        "self.ws = nn.ParameterList([torch.randn(784, 32), torch.randn(32, 10)])",
        "return x.flatten(1) @ self.ws[0] @ self.ws[1]",
    ),
    "functional layers on parameters": (SMALL, "return F.linear(x.flatten(1), self.fc.weight, self.fc.bias)"),
    "tensors made in forward": (
        SMALL,
        f"y = {LINES} + torch.zeros(10) + torch.tensor(1.0) + torch.Tensor([2.0])\nreturn y * torch.ones_like(y)",
    ),
    "noise made in forward": (SMALL, "x = x.flatten(1)\nreturn self.fc(x + 0.1 * torch.randn_like(x))"),
    "functional dropout": (SMALL, "return self.fc(F.dropout(x.flatten(1), 0.5, training=self.training))"),
    "an LSTM with a first state": (
        "self.r = nn.LSTM(28, 16, batch_first=True)\nself.fc = nn.Linear(16, 10)",
        "h = torch.zeros(1, len(x), 16)\ny, _ = self.r(x.squeeze(1), (h, h))\nreturn self.fc(y[:, -1])",
    ),
    "a GRU": (
        "self.r = nn.GRU(28, 16, num_layers=2, bidirectional=True, batch_first=True)\nself.fc = nn.Linear(32, 10)",
        "y, _ = self.r(x.squeeze(1))\nreturn self.fc(y[:, -1])",
    ),
    "attention": (
        "self.e = nn.Linear(28, 32)\nself.a = nn.MultiheadAttention(32, 4, batch_first=True)\n"
        "self.fc = nn.Linear(32, 10)",
        "x = self.e(x.squeeze(1))\ny, _ = self.a(x, x, x)\nreturn self.fc(y.mean(1))",
    ),
    "a transformer": (
        "self.e = nn.Linear(28, 32)\nself.t = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)\n"
        "self.fc = nn.Linear(32, 10)",
        "return self.fc(self.t(self.e(x.squeeze(1))).mean(1))",
    ),
    "an embedding": (
        "self.e = nn.Embedding(256, 4)\nself.fc = nn.Linear(4, 10)",
        "return self.fc(self.e((x * 255).long().flatten(1)).mean(1))",
    ),
    "ReLU in a list and in forward": (
        f"{SMALL}\nself.acts = [nn.ReLU(), nn.Flatten()]",
        "return nn.ReLU()(self.fc(self.acts[0](self.acts[1](x))))",
    ),
    "a condition on the mode": (
        f"{SMALL}\nself.extra = nn.Linear(10, 10)",
        f"x = {LINES}\nif self.training:\n    x = self.extra(x)\nreturn x",
    ),
    "numbers and texts as attributes": (
        f'{SMALL}\nself.sizes = [1, 2]\nself.title = "mine"\nself.table = {{"a": (1, 2)}}',
        f"return {LINES} * self.sizes[0]",
    ),
    "add_module": ('self.add_module("fc", nn.Linear(784, 10))', f"return {LINES}"),
    "a function as an attribute": (f"{SMALL}\nself.act = F.relu", f"return self.act({LINES})"),
    "a gradient for the image": (SMALL, "x = x.requires_grad_()\nreturn self.fc(x.flatten(1))"),
    "a gradient for a copy": (SMALL, "y = x.clone().requires_grad_()\nreturn self.fc(y.flatten(1))"),
    "checked by hand": (SMALL, "with torch.no_grad():\n    y = x * 1\nreturn self.fc(y.flatten(1))"),
}


@pytest.mark.parametrize("case", CLEAN)
def test_what_is_registered_is_no_ghost(here, case):
    result = registration(CustomSource(write_class(*CLEAN[case])), 8)
    assert {part.state for part in result.parts} <= {"registered", "stateless"}
    assert all(part.mend is None for part in result.parts)
    assert all(proof.saved or "mask" in proof.name for part in result.parts for proof in part.tensors)
    assert all(proof.converted is not False for part in result.parts for proof in part.tensors)


@pytest.mark.parametrize("name", GOOD)
def test_classes_that_people_write_have_neither_ghosts_nor_problems(here, name):
    network = CustomSource(GOOD[name])
    seen = inspect_source(network, 8)
    assert seen.problem is None
    assert (NOTICED[name] in str(seen.notice.refusal)) if name in NOTICED else (seen.notice is None)
    wrong = [part for part in registration(network, 4).parts if part.state not in ("registered", "stateless", "unused")]
    assert wrong == []


@pytest.mark.parametrize("ready", list_ready_made(), ids=lambda ready: ready.name)
def test_ready_made_classes_have_no_ghosts(here, ready):
    assert registration(CustomSource(ready.source), 8).ghosts == ()


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
def test_templates_have_ghosts_only_where_they_are_traps(here, template):
    result = registration(CustomSource(template.source), 8)
    assert bool(result.ghosts) == (template.name in TRAPS)
    assert all(ghost.mend for ghost in result.ghosts)


LIST = "{name} stands in a plain list: nn.Module finds the layers that are attributes, not those inside a list."
ANEW = "{name} is made anew each time that forward runs: it begins with fresh numbers and learns nothing."
GHOSTS = {
    "a list": (
        "self.layers = [nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10)]  # all",
        EACH,
        ["self.layers[0]", "self.layers[2]"],
        LIST,
        ["+self.layers = nn.ModuleList([nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10)])  # all"],
    ),
    "a list that grows": (
        "self.layers = []\nfor size in (784, 32):\n    self.layers.append(nn.Linear(size, 32))\n"
        "self.fc = nn.Linear(32, 10)",
        EACH.replace("return x", "return self.fc(x)"),
        ["self.layers[0]", "self.layers[1]"],
        LIST,
        ["+self.layers = nn.ModuleList()"],
    ),
    "a list from a comprehension": (
        "self.layers = [nn.Linear(784, 784) for _ in range(2)]\n" + SMALL,
        EACH.replace("return x", "return self.fc(x)"),
        ["self.layers[0]", "self.layers[1]"],
        LIST,
        ["+self.layers = nn.ModuleList([nn.Linear(784, 784) for _ in range(2)])"],
    ),
    "a list by way of a variable": (
        "layers = [nn.Linear(784, 10)]\nself.layers = layers",
        EACH,
        ["self.layers[0]"],
        LIST,
        ["+self.layers = nn.ModuleList(layers)"],
    ),
    "lists in a list": (
        "self.layers = [[nn.Linear(784, 32), nn.ReLU()], [nn.Linear(32, 10)]]",
        "x = x.flatten(1)\nfor group in self.layers:\n    for layer in group:\n        x = layer(x)\nreturn x",
        ["self.layers[0][0]", "self.layers[1][0]"],
        LIST,
        ["+self.layers = nn.ModuleList([nn.ModuleList(["],
    ),
    "a Sequential in a list": (
        "self.layers = [nn.Sequential(nn.Flatten(), nn.Linear(784, 10))]",
        "return self.layers[0](x)",
        ["self.layers[0].1"],
        LIST,
        ["+self.layers = nn.ModuleList(["],
    ),
    "a tuple without brackets": (
        "self.layers = nn.Linear(784, 32), nn.Linear(32, 10)",
        EACH,
        ["self.layers[0]", "self.layers[1]"],
        "{name} stands in a tuple: nn.Module finds the layers that are attributes, not those inside a tuple.",
        ["+self.layers = nn.ModuleList((nn.Linear(784, 32), nn.Linear(32, 10)))"],
    ),
    "a dict": (
        'self.d = {"a": nn.Linear(784, 10)}',
        'return self.d["a"](x.flatten(1))',
        ["self.d['a']"],
        "{name} stands in a plain dict: nn.Module finds the layers that are attributes, not those inside a dict.",
        ['+self.d = nn.ModuleDict({"a": nn.Linear(784, 10)})'],
    ),
    "a dict that grows": (
        'self.d = {}\nself.d["a"] = nn.Linear(784, 10)',
        'return self.d["a"](x.flatten(1))',
        ["self.d['a']"],
        "{name} stands in a plain dict: nn.Module finds the layers that are attributes, not those inside a dict.",
        ["+self.d = nn.ModuleDict()"],
    ),
    "a dict with numbers as keys": (
        "self.d = {1: nn.Linear(784, 10)}",
        "return self.d[1](x.flatten(1))",
        ["self.d[1]"],
        "{name} stands in a plain dict: nn.Module finds the layers that are attributes, not those inside a dict.",
        None,
    ),
    "a bare tensor that learns": (
        "self.w = torch.randn(784, 10, requires_grad=True)",
        "return x.flatten(1) @ self.w",
        ["self.w"],
        "{name} is a bare tensor: it gets a gradient, and no optimizer moves it.",
        ["+self.w = nn.Parameter(torch.randn(784, 10, requires_grad=True))"],
    ),
    "a bare tensor that does not": (
        f"{SMALL}\nself.mask: torch.Tensor = torch.ones(784)  # ink",
        "return self.fc(x.flatten(1) * self.mask)",
        ["self.mask"],
        "{name} is a bare tensor: state_dict() does not hold it, and .to(…) does not reach it.",
        ['+self.register_buffer("mask", torch.ones(784))  # ink'],
    ),
    "parameters in a list": (
        "self.ws = [nn.Parameter(torch.randn(784, 10)), nn.Parameter(torch.randn(10))]",
        "return x.flatten(1) @ self.ws[0] + self.ws[1]",
        ["self.ws[0]", "self.ws[1]"],
        "{name} stands in a plain list: it gets a gradient, and no optimizer moves it.",
        ["+self.ws = nn.ParameterList(["],
    ),
    "parameters in a dict": (
        'self.ws = {"w": nn.Parameter(torch.randn(784, 10))}',
        'return x.flatten(1) @ self.ws["w"]',
        ["self.ws['w']"],
        "{name} stands in a plain dict: it gets a gradient, and no optimizer moves it.",
        None,
    ),
    "tensors in a list": (
        f"{SMALL}\nself.masks = [torch.ones(784)]",
        "return self.fc(x.flatten(1) * self.masks[0])",
        ["self.masks[0]"],
        "{name} is a bare tensor: state_dict() does not hold it, and .to(…) does not reach it.",
        None,
    ),
    "a layer made in forward": (
        "self.a = nn.Linear(784, 32)  # kept",
        "x = self.a(x.flatten(1))\nreturn nn.Linear(32, 10)(x)",
        ["nn.Linear(32, 10)"],
        ANEW,
        ["+self.linear = nn.Linear(32, 10)", "+return self.linear(x)"],
    ),
    "a layer made in forward to measure": (
        "self.a = nn.Linear(784, 32)",
        "x = self.a(x.flatten(1))\nfc = nn.Linear(x.shape[1], 10)\nreturn fc(x)",
        ["nn.Linear(x.shape[1], 10)"],
        ANEW,
        ["+self.fc = nn.Linear(32, 10)", "+fc = self.fc"],
    ),
    "a parameter made in forward": (
        SMALL,
        f"w = nn.Parameter(torch.ones(10))\nreturn {LINES} * w",
        ["nn.Parameter(torch.ones(10))"],
        ANEW,
        ["+self.w = nn.Parameter(torch.ones(10))", "+w = self.w"],
    ),
    "a tensor that learns, made in forward": (
        SMALL,
        f"w = torch.ones(10, requires_grad=True)\nreturn {LINES} * w",
        ["torch.ones(10, requires_grad=True)"],
        ANEW,
        ["+self.w = nn.Parameter(torch.ones(10, requires_grad=True))"],
    ),
    "a tensor told to learn, in forward": (
        SMALL,
        f"w = torch.ones(10).requires_grad_()\nreturn {LINES} * w",
        ["torch.ones(10)"],
        ANEW,
        ["+self.ones = nn.Parameter(torch.ones(10))", "+w = self.ones.requires_grad_()"],
    ),
    "Dropout made in forward": (
        SMALL,
        "return self.fc(nn.Dropout(0.2)(x.flatten(1)))",
        ["nn.Dropout(0.2)"],
        "{name} is made anew each time that forward runs, in train(): eval() does not reach it.",
        ["+self.dropout = nn.Dropout(0.2)", "+return self.fc(self.dropout(x.flatten(1)))"],
    ),
    "Dropout in a list": (
        f"{SMALL}\nself.layers = [nn.Dropout(0.2)]",
        "return self.fc(self.layers[0](x.flatten(1)))",
        ["self.layers[0]"],
        LIST,
        ["+self.layers = nn.ModuleList([nn.Dropout(0.2)])"],
    ),
    "a layer made when it is first needed": (
        "self.fc = None",
        "x = x.flatten(1)\nif self.fc is None:\n    self.fc = nn.Linear(x.shape[1], 10)\nreturn self.fc(x)",
        ["self.fc"],
        "{name} is made when forward first runs: an optimizer made before that does not know it.",
        ["+self.linear = nn.Linear(784, 10)", "+self.fc = self.linear"],
    ),
    "a layer in a closure": (
        "fc = nn.Linear(784, 10)\ndef apply(x):\n    return fc(x)\nself.act = apply",
        "return self.act(x.flatten(1))",
        ["fc"],
        "{name} is a local variable, which only an inner function remembers.",
        ["+self.fc = nn.Linear(784, 10)", "+return self.fc(x)"],
    ),
}


def changed_lines(before, after):
    return [f"+{line.strip()}" for line in after.splitlines() if line not in before.splitlines()]


@pytest.mark.parametrize("case", GHOSTS)
def test_ghost_is_found_explained_and_mended(here, case):
    init, forward, names, sentence, changes = GHOSTS[case]
    source = write_class(init, forward)
    result = registration(CustomSource(source), 8)
    assert [part.name for part in result.ghosts] == names
    for ghost in result.ghosts:
        assert ghost.what == sentence
        assert dict(ghost.values)["name"] == ghost.name
        assert source.splitlines()[ghost.line - 1].strip()
        kept = case == "a layer made when it is first needed"
        assert all((proof.moved, proof.saved, proof.converted) == (0.0, kept, kept) for proof in ghost.tensors)
        if changes is None:
            assert ghost.mend is None
            continue
        added = changed_lines(source, ghost.mend.mended.source)
        assert all(any(line.startswith(change) for line in added) for change in changes), added
        shown = [line[1:].strip() for line in ghost.mend.diff.splitlines() if line.startswith("+")]
        assert all(line[1:] in shown for line in added)
        assert passes_the_wall_as_before(source, ghost.mend.mended)
        again = registration(ghost.mend.mended, 8)
        assert again.ghosts == ()
        assert again.parameters >= result.parameters


def test_a_layer_of_a_block_is_mended_in_its_own_class(here):
    block = (
        "class Block(nn.Module):\n    def __init__(self, size):\n        super().__init__()\n"
        "        self.layers = [nn.Linear(size, size)]\n\n"
        "    def forward(self, x):\n        return self.layers[0](x)\n\n\n"
    )
    source = write_class(
        f"self.block = Block(784)\nself.layers = nn.ModuleList()\n{SMALL}",
        "return self.fc(self.block(x.flatten(1)))",
        block,
    )
    (ghost,) = registration(CustomSource(source), 8).ghosts
    assert ghost.name == "self.block.layers[0]"
    assert changed_lines(source, ghost.mend.mended.source) == ["+self.layers = nn.ModuleList([nn.Linear(size, size)])"]


OWN = {
    "an object's layer": (
        "class Holder:\n    def __init__(self):\n        self.fc = nn.Linear(784, 10)\n\n\n",
        "self.h = Holder()",
        "return self.h.fc(x.flatten(1))",
        ["self.h.fc"],
        "{name} belongs to an object whose class does not derive nn.Module.",
        None,
    ),
    "a layer outside of the class": (
        "FC = nn.Linear(784, 10)\n\n\n",
        "pass",
        "return FC(x.flatten(1))",
        ["FC"],
        "{name} is a variable outside of the class.",
        None,
    ),
    "a block's own Dropout in a list": (
        "class Drop(nn.Module):\n    def forward(self, x):\n        return F.dropout(x, training=self.training)\n\n\n",
        f"{SMALL}\nself.layers = [Drop()]",
        f"return self.layers[0]({LINES})",
        ["self.layers[0]"],
        LIST,
        ["+self.layers = nn.ModuleList([Drop()])"],
    ),
    "a block's own parameter in a list": (
        "class Scale(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.w = nn.Parameter(torch.ones(1))\n\n    def forward(self, x):\n        return x * self.w\n\n\n",
        f"{SMALL}\nself.layers = [Scale()]",
        f"return self.layers[0]({LINES})",
        ["self.layers[0].w"],
        LIST,
        ["+self.layers = nn.ModuleList([Scale()])"],
    ),
}


@pytest.mark.parametrize("case", OWN)
def test_ghost_of_a_class_of_ones_own_is_found(here, case):
    before, init, forward, names, sentence, changes = OWN[case]
    source = write_class(init, forward, before)
    result = registration(CustomSource(source), 8)
    assert [(part.name, part.what) for part in result.ghosts] == [(name, sentence) for name in names]
    for ghost in result.ghosts:
        assert (changed_lines(source, ghost.mend.mended.source) if ghost.mend else None) == changes


def test_a_layer_of_the_class_itself_is_a_ghost(here):
    source = write_class("pass", f"return {LINES}").replace(
        "    def __init__", f"    {SMALL[5:]}\n\n    def __init__", 1
    )
    (ghost,) = registration(CustomSource(source), 8).ghosts
    assert (ghost.name, ghost.what) == ("Network.fc", "{name} belongs to the class and not to the network.")


def test_a_parameter_that_is_computed_with_becomes_one_again(here):
    source = write_class("self.w = nn.Parameter(torch.randn(784, 10)) * 0.01", "return x.flatten(1) @ self.w")
    result = registration(CustomSource(source), 8)
    assert [part.state for part in result.parts] == ["undecided", "ghost"]
    (ghost,) = result.ghosts
    assert changed_lines(source, ghost.mend.mended.source) == ["+self.w = nn.Parameter(torch.randn(784, 10) * 0.01)"]
    assert registration(ghost.mend.mended, 8).parts[0].state == "registered"


def test_without_an_init_the_mend_writes_one(here):
    source = (
        f"{HEAD}class Network(nn.Module):\n    def forward(self, x):\n        return nn.Linear(784, 10)(x.flatten(1))\n"
    )
    (ghost,) = registration(CustomSource(source), 8).ghosts
    assert ghost.mend.mended.source == (
        f"{HEAD}class Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.linear = nn.Linear(784, 10)\n\n"
        "    def forward(self, x):\n        return self.linear(x.flatten(1))\n"
    )


def test_a_layer_that_nothing_keeps_is_lost(here):
    result = registration(CustomSource(write_class(f"{SMALL}\nspare = nn.Linear(3, 3)", f"return {LINES}")), 8)
    assert [(part.name, part.state) for part in result.parts] == [("fc", "registered"), ("spare", "lost")]
    assert "self.spare = nn.Linear(3, 3)" in result.parts[1].mend.mended.source


def test_what_forward_does_not_use_is_called_so(here):
    init = f"{SMALL}\nself.spare = nn.Linear(3, 3)\nself.w = nn.Parameter(torch.ones(2))"
    result = registration(CustomSource(write_class(init, f"return {LINES}")), 8)
    assert [(part.name, part.state) for part in result.parts] == [
        ("fc", "registered"),
        ("spare", "unused"),
        ("w", "unused"),
    ]
    assert result.parts[1].tensors[0].moved == 0.0
    assert result.parts[1].tensors[0].gradient is None


UNDECIDED = {
    "computed once from a parameter": (
        f"{SMALL}\nself.t = self.fc.weight.t()",
        "return x.flatten(1) @ self.t",
        "{name} lies in the memory of {shared}: it moves with it now, and .to(…) would part them.",
    ),
    "the numbers of a parameter": (
        f"{SMALL}\nself.t = self.fc.weight.detach()",
        f"return {LINES} + self.t.sum()",
        "{name} lies in the memory of {shared}: it moves with it now, and .to(…) would part them.",
    ),
    "a layer of another branch": (
        f"{SMALL}\nself.extra = [nn.Linear(784, 784)]",
        "x = x.flatten(1)\nif len(x) > 1000:\n    x = self.extra[0](x)\nreturn self.fc(x)",
        "{name} is not registered, and forward did not use it with this batch.",
    ),
}


@pytest.mark.parametrize("case", UNDECIDED)
def test_where_the_detectors_differ_it_says_so(here, case):
    init, forward, sentence = UNDECIDED[case]
    result = registration(CustomSource(write_class(init, forward)), 8)
    assert [part.what for part in result.parts if part.state == "undecided"] == [sentence]
    assert result.ghosts == ()


def test_proof_is_that_of_a_real_step(here):
    source = write_class(
        "self.a = nn.Linear(784, 16)\nself.layers = [nn.Linear(16, 10)]", "return self.layers[0](self.a(x.flatten(1)))"
    )
    result = registration(CustomSource(source), 16, seed=3)
    from netcore.model.xray.proof import LEARNING_RATE, take_batch
    from netcore.seeds import seeded

    with seeded(3):
        a, b = nn.Linear(784, 16), nn.Linear(16, 10)
    images, labels = take_batch(16)
    torch.nn.functional.cross_entropy(b(a(images.flatten(1))), labels).backward()
    before = a.weight.detach().clone()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.optim.SGD(a.parameters(), lr=LEARNING_RATE).step()
    registered, ghost = result.parts
    assert registered.tensors[0].moved == pytest.approx((a.weight - before).norm().item(), rel=1e-4)
    assert registered.tensors[0].gradient == pytest.approx(a.weight.grad.norm().item(), rel=1e-4)
    assert ghost.tensors[0].gradient == pytest.approx(b.weight.grad.norm().item(), rel=1e-4)
    assert ghost.tensors[0].moved == 0.0


def test_a_class_that_does_not_come_through_is_refused_with_its_sentence(here):
    with pytest.raises(CodeError, match=r"self.fc1 does not exist: line 9 makes fc1 without self") as raised:
        registration(CustomSource(write_class("fc1 = nn.Linear(784, 10)", "return self.fc1(x.flatten(1))")))
    assert raised.value.values["line"] == 12


def test_a_confined_process_sees_the_same(here):
    network = CustomSource(write_class("self.layers = [nn.Linear(784, 10)]", "return self.layers[0](x.flatten(1))"))
    function = "netcore.model.xray.registration:registration"
    told = confined.ask(Registration, function, network, batch=8, seed=3)
    confined.nursery().close()
    seen = registration(network, 8, 3)
    assert [replace(part, tensors=()) for part in told.parts] == [replace(part, tensors=()) for part in seen.parts]
    for one, other in zip(told.parts[0].tensors, seen.parts[0].tensors, strict=True):
        assert replace(one, gradient=0.0) == replace(other, gradient=0.0)
        assert one.gradient == pytest.approx(other.gradient, rel=1e-4)

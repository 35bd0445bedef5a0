"""What is nearly right is told at its line, and mended: special names, places of methods, bases, devices, imports."""

import pytest

from netcore.model.custom.wall import find_refusals
from netcore.model.xray.repair import find_repair
from tests.engine.custom_help import HEAD, write_class

INIT = "self.fc = nn.Linear(784, 10)"
FORWARD = "return self.fc(x.flatten(1))"
PLAIN = write_class(INIT, FORWARD)


def in_init(lines):
    return write_class(f"{INIT}\n{lines}", FORWARD)


def in_forward(lines, init=INIT):
    return write_class(init, f"{lines}\n{FORWARD}")


def above(lines):
    return PLAIN.replace(HEAD, f"{HEAD}{lines}\n\n\n")


def with_init(name):
    return PLAIN.replace("__init__", name)


def changed_lines(source, mended):
    before, after = source.splitlines(), mended.splitlines()
    gone = [f"-{line.strip()}" for line in before if line not in after]
    return [*gone, *(f"+{line.strip()}" for line in after if line not in before)]


METHODS = {
    "_init_": "__init__", "__int__": "__init__", "__init_": "__init__", "_init": "__init__", "init": "__init__",
    "__inti__": "__init__", "__Init__": "__init__", "foward": "forward", "farward": "forward", "Forward": "forward",
    "__forward__": "forward", "forwad": "forward", "froward": "forward", "call": "forward", "__call__": "forward",
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_a_method_with_nearly_a_special_name_is_renamed_wherever_it_stands(name):
    source = PLAIN.replace(METHODS[name], name)
    (finding,) = find_refusals(source)
    assert str(finding.refusal) == (
        f"Line {finding.line}: {name} is a method that nobody calls. Did you mean {METHODS[name]}?"
    )
    assert f"def {name}" in source.splitlines()[finding.line - 1]
    assert find_repair(source, finding).source == PLAIN


@pytest.mark.parametrize(
    "lines",
    [
        "def init(self):\n        return 1",
        "def _init_weights(self):\n        return 1",
        "def _forward(self, x):\n        return x",
        "def forward_features(self, x):\n        return x",
    ],
)
def test_a_method_of_such_a_name_beside_the_special_one_is_nobody_s_mistake(lines):
    assert find_refusals(f"{PLAIN}\n    {lines}\n") == ()


def test_a_class_without_an_init_of_its_own_may_call_a_method_init():
    source = PLAIN.replace("def __init__(self):\n        super().__init__()", "def init(self):")
    source = source.replace("return self.fc", "self.init()\n        return self.fc")
    assert find_refusals(source) == ()


BASES = {
    "nn.module": "derives nn.module. Did you mean nn.Module?",
    "nn.moduel": "derives nn.moduel. Did you mean nn.Module?",
    "torch.nn.module.Module": "derives torch.nn.module.Module. Did you mean nn.Module?",
    "torch.Module": "derives torch.Module. Did you mean nn.Module?",
    "Module": "derives Module. Did you mean nn.Module?",
    "object": "derives object. A network is a class Network(nn.Module):.",
}


@pytest.mark.parametrize("base", BASES)
def test_a_wrong_base_is_one_finding_and_one_mend(base):
    source = PLAIN.replace("(nn.Module)", f"({base})")
    (finding,) = find_refusals(source)
    assert str(finding.refusal) == f"Line 6: Network {BASES[base]}"
    assert find_repair(source, finding).source == PLAIN


@pytest.mark.parametrize("written", ["class Network:", "class Network():"])
def test_a_network_that_derives_nothing_is_given_its_base(written):
    source = PLAIN.replace("class Network(nn.Module):", written)
    (finding,) = find_refusals(source)
    assert str(finding.refusal) == "Line 6: Network derives nothing. A network is a class Network(nn.Module):."
    assert find_repair(source, finding).source == PLAIN


def test_a_forward_that_is_indented_into_init_is_moved_out():
    source = "\n".join(f"    {line}" if "forward" in line or "return" in line else line for line in PLAIN.splitlines())
    (finding,) = find_refusals(source)
    assert str(finding.refusal).startswith(f"Line {finding.line}: forward stands inside of __init__, indented too far")
    assert find_repair(source, finding).source == PLAIN.rstrip("\n")


def test_a_forward_that_stands_outside_of_the_class_is_moved_in():
    lines = PLAIN.splitlines()
    source = "\n".join(line[4:] if "forward" in line or "return" in line else line for line in lines)
    (finding,) = find_refusals(source)
    assert str(finding.refusal).startswith(f"Line {finding.line}: forward stands outside of the class.")
    assert find_repair(source, finding).source == PLAIN.rstrip("\n")


SUPER = {
    "super()._init_()": "super().__init__()",
    "super().init()": "super().__init__()",
    "super().__int__()": "super().__init__()",
    "super.__init__()": "super().__init__()",
    "super().__init__": "super().__init__()",
    "super(Net, self).__init__()": "super().__init__()",
    "super(nn.Module, self).__init__()": "super().__init__()",
    "nn.Module.__init__(self)": "super().__init__()",
}


@pytest.mark.parametrize("written", SUPER)
def test_a_super_that_is_nearly_right_is_mended(written):
    source = PLAIN.replace("super().__init__()", written)
    (finding,) = find_refusals(source)
    assert finding.line == 8
    assert find_repair(source, finding).source == PLAIN


MISTAKES = {
    "the warning of the course": (
        write_class("fc1 = nn.Linear(784, 10)", "return fc1(x.flatten(1))"),
        "Line 12: fc1 ends with __init__. Write self.fc1 in both places.",
        [
            "-fc1 = nn.Linear(784, 10)",
            "-return fc1(x.flatten(1))",
            "+self.fc1 = nn.Linear(784, 10)",
            "+return self.fc1(x.flatten(1))",
        ],
    ),
    "an argument of init": (
        in_forward("x = x.view(-1, width)").replace("(self):", "(self, width=784):"),
        "Line 12: width is an argument of __init__, and ends with it. "
        "Write self.width = width there, and self.width here.",
        ["-x = x.view(-1, width)", "+self.width = width", "+x = x.view(-1, self.width)"],
    ),
    "a function called as a layer of nn": (
        in_forward("x = nn.gelu(x)"),
        "Line 12: nn.gelu is not available here. Write F.gelu.",
        ["-x = nn.gelu(x)", "+x = F.gelu(x)"],
    ),
    "cuda": (
        in_forward("x = x.cuda().relu()"),
        "Line 12: x.cuda() asks for a graphics card, and everything runs on the processor here. Write x.",
        ["-x = x.cuda().relu()", "+x = x.relu()"],
    ),
    "to a device of no value": (
        in_forward("x = x.to(device)"),
        "Line 12: x.to(device) asks for a graphics card, and everything runs on the processor here. Write x.",
        ["-x = x.to(device)"],
    ),
    "a tensor on a device": (
        in_forward("x = x + torch.zeros(1, device=device)"),
        "Line 12: torch.zeros(1, device=device) asks for a graphics card, and everything runs on the processor here. "
        "Write torch.zeros(1).",
        ["-x = x + torch.zeros(1, device=device)", "+x = x + torch.zeros(1)"],
    ),
    "the text of a device": (
        in_forward("x = x.to('mps')"),
        "Line 12: 'mps' asks for a graphics card, and everything runs on the processor here. Write \"cpu\".",
        ["-x = x.to('mps')", '+x = x.to("cpu")'],
    ),
    "the line that chooses the device": (
        above("where = torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')"),
        "Line 6: torch.device('cuda:0' if torch.cuda.i... asks for a graphics card, and everything runs on the "
        'processor here. Write "cpu".',
        ["-where = torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')", '+where = "cpu"'],
    ),
    "the question alone": (
        above("fast = torch.cuda.is_available()"),
        "Line 6: torch.cuda.is_available() asks for a graphics card, and everything runs on the processor here. "
        "Write False.",
        ["-fast = torch.cuda.is_available()", "+fast = False"],
    ),
    "a variable of the old kind": (
        in_forward("h = torch.autograd.Variable(torch.zeros(1), requires_grad=False)"),
        "Line 12: torch.autograd.Variable is not available here. "
        "Variable does nothing since PyTorch 0.4, where a tensor became one itself: leave it out.",
        [
            "-h = torch.autograd.Variable(torch.zeros(1), requires_grad=False)",
            "+h = torch.zeros(1)",
        ],
    ),
    "a breakpoint": (
        in_forward("import pdb; pdb.set_trace()").replace("import pdb; pdb.set_trace()", "breakpoint()"),
        "Line 12: breakpoint is not available here. "
        "Leave it out: the Breakpoint tab of the Model page stops at any line and shows every variable.",
        ["-breakpoint()"],
    ),
    "a guard": (
        f'{PLAIN}\nif __name__ == "__main__":\n    print(Network())\n',
        "Line 14: This stands outside of the classes, and runs when the file is read. "
        "Leave it out: Netcore makes the network itself, and the pages run it.",
        ['-if __name__ == "__main__":', "-print(Network())"],
    ),
    "a layer made of data": (
        in_forward("x = nn.LeakyReLU(x + 1)"),
        "Line 12: nn.LeakyReLU is a layer: its brackets take settings, and x + 1 is data. "
        "Write F.leaky_relu(x + 1), or nn.LeakyReLU()(x + 1).",
        ["-x = nn.LeakyReLU(x + 1)", "+x = F.leaky_relu(x + 1)"],
    ),
    "a softmax made of data": (
        in_forward("x = nn.Softmax(x)"),
        "Line 12: nn.Softmax is a layer: its brackets take settings, and x is data. "
        "Write F.softmax(x, dim=1), or nn.Softmax()(x).",
        ["-x = nn.Softmax(x)", "+x = F.softmax(x, dim=1)"],
    ),
    "a pool made of data": (
        in_forward("x = nn.MaxPool2d(x, 1)"),
        "Line 12: nn.MaxPool2d is a layer: its brackets take settings, and x is data. Write F.max_pool2d(x, 1).",
        ["-x = nn.MaxPool2d(x, 1)", "+x = F.max_pool2d(x, 1)"],
    ),
    "a layer that was not made": (
        in_forward("x = self.squash(x)", f"{INIT}\nself.squash = nn.Tanh"),
        "Line 10: self.squash is the class nn.Tanh, and no layer yet. Write nn.Tanh(), with brackets.",
        ["-self.squash = nn.Tanh", "+self.squash = nn.Tanh()"],
    ),
    "a layer by default that was not made": (
        in_forward("x = self.act(x)", f"{INIT}\nself.act = act").replace("(self):", "(self, act=nn.GELU):"),
        "Line 10: self.act is the class nn.GELU, and no layer yet. Write act(), with brackets.",
        ["-self.act = act", "+self.act = act()"],
    ),
    "a class among layers": (
        in_init("self.net = nn.Sequential(nn.Linear(1, 1), nn.ELU)"),
        "Line 10: nn.ELU is a class here, and nn.Sequential takes layers. Write nn.ELU(), with brackets.",
        [
            "-self.net = nn.Sequential(nn.Linear(1, 1), nn.ELU)",
            "+self.net = nn.Sequential(nn.Linear(1, 1), nn.ELU())",
        ],
    ),
    "the name of a class, searched": (
        above(
            "def weights(m):\n    kind = m.__class__.__name__\n    if kind.find('BatchNorm') != -1:\n"
            "        nn.init.ones_(m.weight)\n    elif 'Linear' in kind:\n        nn.init.zeros_(m.bias)"
        ),
        "Line 7: m.__class__.__name__ is not available here. Ask for the class itself: isinstance(m, nn.Conv2d).",
        [
            "-kind = m.__class__.__name__",
            "-if kind.find('BatchNorm') != -1:",
            "-elif 'Linear' in kind:",
            "+if isinstance(m, nn.BatchNorm2d):",
            "+elif isinstance(m, nn.Linear):",
        ],
    ),
    "the type, compared": (
        above("def weights(m):\n    if type(m) in (nn.Linear, nn.Conv2d):\n        nn.init.zeros_(m.bias)"),
        "Line 7: type is not available here. Write isinstance(m, (nn.Linear, nn.Conv2d)).",
        ["-if type(m) in (nn.Linear, nn.Conv2d):", "+if isinstance(m, (nn.Linear, nn.Conv2d)):"],
    ),
    "one's own name": (
        in_forward("print(type(self).__name__)"),
        "Line 12: type(self).__name__ is not available here. Write 'Network'.",
        ["-print(type(self).__name__)", "+print('Network')"],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_and_mended_and_the_rest_stays(case):
    source, words, changes = MISTAKES[case]
    (finding,) = find_refusals(source)
    assert str(finding.refusal) == words
    mended = find_repair(source, finding).source
    assert find_refusals(mended) == ()
    assert changed_lines(source, mended) == changes


IMPORTS = {
    "import torch.optim as optim": "The Training page trains the network: leave it out.",
    "from torch.utils.data import DataLoader, random_split": "The Samples page shows the digits, and the Training page "
    "loads them: leave it out.",
    "from torchvision.datasets import MNIST": "The Samples page shows the digits, and the Training page loads them: "
    "leave it out.",
    "from torchvision import models": "The Zoo page has the pretrained networks: leave it out.",
    "from torchvision.models import vgg16": "The Zoo page has the pretrained networks: leave it out.",
    "import matplotlib.pyplot as plt": "The pages draw the charts: leave it out.",
    "import sys": "Leave it out: a network works without it.",
    "import heapq": "A network needs torch and math: leave it out.",
    "import numpy as np": "Use torch and math: they have what a network needs, such as torch.zeros, torch.tensor and "
    "math.prod.",
    "from layers import Gate, Mixer": "Files of your own and packages other than torch cannot be imported: "
    "paste Gate, Mixer here, above the network.",
    "from .layers import *": "Files of your own and packages other than torch cannot be imported: "
    "paste what you need of it here, above the network.",
    "from __future__ import print_function": "Leave it out: Python 3 does that by itself.",
    "from torchinfo import summary": "The Model page shows shapes, parameters and the picture of the network: "
    "leave it out.",
}


@pytest.mark.parametrize("line", IMPORTS)
def test_an_import_names_the_page_that_serves_it_and_is_left_out_where_nothing_uses_it(line):
    source = f"{line}\n{PLAIN}"
    (finding,) = find_refusals(source)
    assert str(finding.refusal).endswith(f" cannot be imported here. {IMPORTS[line]}")
    repair = find_repair(source, finding)
    assert (repair.source, repair.label) == (PLAIN, f"− {line}")


def test_one_closed_name_of_an_import_is_left_out_and_the_others_stay():
    source = f"from torch import nn, optim, cat\n{PLAIN}"
    (finding,) = find_refusals(source)
    assert find_repair(source, finding).source == f"from torch import nn, cat\n{PLAIN}"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("import torch.nn.functionl as G", "import torch.nn.functional as G"),
        ("import trch", "import torch"),
        ("from torch.nn import Liner, Conv2d", "from torch.nn import Linear, Conv2d"),
        ("from toch import cat", "from torch import cat"),
    ],
)
def test_a_misspelt_import_is_spelt_right(line, right):
    source = f"{line}\n{PLAIN}"
    (finding,) = find_refusals(source)
    assert str(finding.refusal).partition("here. ")[2].startswith("Did you mean ")
    assert find_repair(source, finding).source == f"{right}\n{PLAIN}"


def test_an_import_that_something_uses_is_not_taken_away():
    source = f"from layers import Gate\n{in_init('self.gate = Gate()')}"
    (finding,) = find_refusals(source)
    assert find_repair(source, finding) is None


def test_a_debugger_goes_with_its_import():
    source = in_forward("import pdb\npdb.set_trace()")
    for finding in find_refusals(source):
        assert "the Breakpoint tab of the Model page" in str(finding.refusal)
        assert find_repair(source, finding).source == PLAIN


def test_the_parts_of_a_settings_object_are_no_misspelt_names():
    source = write_class(
        "self.config = config\nself.fc = nn.Linear(784, config.hidden_layer_size)",
        "return self.fc(x.flatten(1)) * self.config.scaling",
    ).replace("(self):", "(self, config):")
    findings = find_refusals(source)
    assert str(findings[0].refusal) == (
        "Line 7: __init__ takes the object config, with hidden_layer_size, and nothing here makes one. Give the values "
        "as arguments with defaults, hidden_layer_size=64, and write hidden_layer_size for config.hidden_layer_size."
    )
    for finding in findings[1:]:
        assert str(finding.refusal).endswith(
            f"Give __init__ the value itself, with a default, and write {dict(finding.values)['name']}."
        )
    assert not any(find_repair(source, finding) for finding in findings)


def test_a_class_that_only_keeps_values_is_told_to_be_lines():
    (finding,) = find_refusals(above("class Config:\n    width = 64"))
    assert str(finding.refusal) == (
        "Line 6: Config is a class without methods, and no network. "
        "Write its values as lines of their own at the top of the file: width = 64."
    )


def test_a_function_with_its_own_backward_is_told_what_to_write_instead():
    lines = "class Clip(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x"
    (finding,) = find_refusals(above(lines))
    assert str(finding.refusal) == (
        "Line 6: Clip derives torch.autograd.Function. A Function brings a backward of its own, and here "
        "autograd works out the backward: write what its forward computes as a plain function."
    )
    assert find_repair(above(lines), finding) is None


def test_layers_without_their_first_size_are_all_written_with_one_and_the_table_of_shapes_goes_on_from_there():
    source = write_class("self.fc = nn.Sequential(nn.LazyLinear(out_features=10), nn.LazyBatchNorm1d())", FORWARD)
    first, second = find_refusals(source)
    assert first.refusal.cure == "Write {shown}: where another size is needed, the table of shapes names it."
    assert [dict(finding.values)["shown"] for finding in (first, second)] == [
        "nn.Linear(in_features=1, out_features=10)",
        "nn.BatchNorm1d(1)",
    ]
    mended = find_repair(source, first).source
    assert "nn.Sequential(nn.Linear(in_features=1, out_features=10), nn.BatchNorm1d(1))" in mended
    assert find_refusals(mended) == ()


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("nn.LazyConv2d(6, kernel_size=5)", "nn.Conv2d(1, 6, kernel_size=5)"),
        ("nn.LazyConvTranspose2d(out_channels=3, kernel_size=2)", "nn.ConvTranspose2d(in_channels=1, out_channels=3,"),
        ("nn.LazyInstanceNorm2d(affine=True)", "nn.InstanceNorm2d(num_features=1, affine=True)"),
    ],
)
def test_a_layer_without_its_first_size_is_written_under_the_name_of_that_size(written, right):
    source = write_class(f"self.fc = {written}", FORWARD)
    (finding,) = find_refusals(source)
    assert right in find_repair(source, finding).source


def test_what_is_said_of_a_file_does_nothing_and_passes():
    assert find_refusals(above('__all__ = ["Network"]\n__version__ = "1.0"')) == ()
    assert find_refusals(above("__all__ = [torch]"))
    assert find_refusals(above('__name__ = "__main__"'))


@pytest.mark.parametrize(
    "source",
    [
        in_forward("if x.device.type == 'cuda':\n    x = x + 1"),
        in_forward("x = nn.Flatten(x.dim() - 3)(x)"),
        in_forward("x = self.norm(x)", f"{INIT}\nkind = nn.BatchNorm2d\nself.norm = kind(1)"),
        write_class("self.kind = nn.Linear\nself.fc = self.kind(784, 10)", FORWARD),
        in_forward("x = x.to(x.device)\nwhere = torch.device('cpu')\nx = x.to(where)"),
        write_class(f"super(Network, self).__init__()\n{INIT}", FORWARD),
    ],
)
def test_what_only_looks_like_a_mistake_passes(source):
    assert find_refusals(source) == ()


def test_a_network_that_is_made_on_a_device_is_taken_as_it_is():
    assert find_refusals(f"{PLAIN}\nmodel = Network().to('cpu')\n") == ()

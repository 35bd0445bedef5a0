"""A text that the static wall refuses, and the mend of a name or an import that makes it pass."""

import subprocess
import sys

import pytest

from netcore.model.custom.wall import find_refusals
from netcore.model.xray.repair import Repair, find_repair
from netcore.settings import PROJECT_FOLDER
from tests.engine.custom_help import write_class

SMALL = "self.fc1 = nn.Linear(784, 10)  # the only one"
CASES = {
    "a layer made without self": ("fc1 = nn.Linear(784, 10)  # mine", "return self.fc1(x.flatten(1))"),
    "a layer made and used without self": ("fc1 = nn.Linear(784, 10)  # mine", "return fc1(x.flatten(1))"),
    "self forgotten in forward": (SMALL, "return fc1(x.flatten(1))"),
    "a method misspelt": (SMALL, "return self.fc1(x.flaten(1))"),
    "a variable misspelt": (SMALL, "rows = x.flatten(1)\nreturn self.fc1(row)"),
    "a function misspelt in a longer expression": (SMALL, "return self.fc1(torch.squeez(x, 1).flatten(1))"),
    "a layer misspelt": ("self.fc1 = nn.Liner(784, 10)", "return self.fc1(x.flatten(1))"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_name_is_mended_and_the_rest_stays(case):
    source = write_class(*CASES[case])
    (finding,) = find_refusals(source)
    repair = find_repair(source, finding)
    mended = repair.source
    assert find_refusals(mended) == ()
    changed = [line for line in mended.splitlines() if line not in source.splitlines()]
    assert 1 <= len(changed) <= 2
    assert changed[0].strip() == repair.label
    assert [line.split("#")[1:] for line in mended.splitlines()] == [
        line.split("#")[1:] for line in source.splitlines()
    ]


def test_an_import_is_added_before_the_others():
    source = write_class(SMALL, "return self.fc1(F.relu(x.flatten(1)))").replace(
        "import torch.nn.functional as F\n", ""
    )
    (finding,) = find_refusals(source)
    label = "import torch.nn.functional as F"
    assert find_repair(source, finding) == Repair(label, f"{label}\n{source}")


@pytest.mark.parametrize(
    "source",
    [
        "class Network(nn.Module:\n",
        "",
        write_class(SMALL, "torch.save(x, 'a')\nreturn x"),
        write_class(SMALL, "return nothing_of_that_name(x)"),
        write_class(f"{SMALL}\nself.size = size", "return self.fc1(x.flatten(1))"),
        "(" * 900 + "x" + ")" * 900,
    ],
    ids=("no Python", "nothing", "forbidden", "unknown", "an argument forgotten", "too deep"),
)
def test_what_no_name_mends_has_no_repair(source):
    assert all(find_repair(source, finding) is None for finding in find_refusals(source))


def test_repairing_loads_no_torch():
    code = "import sys, netcore.model.xray.repair; print('torch' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"

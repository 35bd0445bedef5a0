"""The lines with which plain Python stops at the same place: they do stop there, and say what the page says."""

import subprocess
import sys

import pytest

from netcore.export.breakpoint import breakpoint_source, pdb_commands
from netcore.model.class_form import class_definition
from netcore.model.stack import Stack

MLP = class_definition(Stack.parse("flatten, linear(784,128), relu, linear(128,10)"))


def test_the_function_of_the_line_is_shown_with_the_breakpoint_before_it():
    line = 1 + MLP.splitlines().index(next(text for text in MLP.splitlines() if "self.relu(x)" in text))
    assert breakpoint_source(MLP, line) == (
        "def forward(self, x):\n"
        "    x = self.flatten(x)  # [N, 784]\n"
        "    x = self.fc1(x)      # [N, 128]\n"
        "    breakpoint()\n"
        "    x = self.relu(x)     # [N, 128]\n"
        "    x = self.fc2(x)      # [N, 10]\n"
        "    return x\n"
    )


def test_a_nested_function_is_shown_alone_and_a_line_outside_with_the_whole_text():
    source = "def f(x):\n    def g(y):\n        return y\n    return g(x)\nf(1)\n"
    assert breakpoint_source(source, 3) == "def g(y):\n    breakpoint()\n    return y\n"
    assert breakpoint_source(source, 5).endswith("    return g(x)\nbreakpoint()\nf(1)\n")


@pytest.mark.parametrize("line", [13, 17])
def test_python_stops_there_and_the_commands_answer(tmp_path, line):
    text = MLP.splitlines()
    function = breakpoint_source(MLP, line)
    script = "\n".join([*text[:11], *("    " + row for row in function.splitlines())])
    script += "\n\nimport torch\n\nNetwork()(torch.rand(3, 1, 28, 28))\n"
    path = tmp_path / "network.py"
    path.write_text(script)
    commands = pdb_commands("x").replace("(Pdb) ", "").split("\n")[:2]
    said = subprocess.run(
        [sys.executable, str(path)], input="\n".join([*commands, "c", ""]), capture_output=True, text=True, check=False
    )
    shapes = {13: "[3, 1, 28, 28]", 17: "[3, 10]"}
    assert f"-> {text[line - 1].strip()}" in said.stdout and f"torch.Size({shapes[line]})" in said.stdout
    assert said.returncode == 0

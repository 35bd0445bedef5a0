"""A text as it was copied: from a notebook, a shell, a page, an editor of another system."""

import pytest

from netcore.model.custom.source import CustomSource
from netcore.model.custom.tidying import drop_commands, tidy_text
from netcore.model.custom.wall import find_refusals
from netcore.model.xray.repair import find_repair

PLAIN = """\
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
NBSP = "\N{NO-BREAK SPACE}"
LINES = PLAIN.split("\n")[:-1]
COPIES = {
    "with a byte order mark": "\ufeff" + PLAIN,
    "from Windows": PLAIN.replace("\n", "\r\n"),
    "with spaces that do not break": PLAIN.replace("    ", NBSP * 4),
    "with other spaces": PLAIN.replace("    ", "\N{IDEOGRAPHIC SPACE}" * 4),
    "from a shell": "".join(f"{'... ' if line.startswith(' ') else '>>> '}{line}\n" for line in LINES),
    "from a page": f"Here it is, don't wait:\n```python\n{PLAIN}```\nIt learns.\n",
    "from a page, with the fence alone": f"```\n{PLAIN}",
    "from a notebook": "In [3]: " + PLAIN.replace("\n", "\n   ...: ").removesuffix("   ...: "),
    "from a notebook, with its output": f"In [12]:\n{PLAIN}\nOut[12]:\nNet(\n  (fc): Linear()\n)\n",
    "indented as a whole": "".join(f"    {line}\n" if line else "\n" for line in LINES),
}


@pytest.mark.parametrize("name", COPIES)
def test_copied_class_is_read_as_it_was_written(name):
    assert CustomSource(COPIES[name]).source.strip() == PLAIN.strip()
    assert find_refusals(COPIES[name]) == ()


@pytest.mark.parametrize("name", COPIES)
def test_lines_keep_their_numbers(name):
    wrong = COPIES[name].replace("Linear(784", "Liner(784")
    (finding,) = find_refusals(wrong)
    line = wrong.replace("\r\n", "\n").split("\n")[finding.line - 1]
    assert "Liner" in line


def test_what_strings_and_comments_say_is_left_alone():
    text = f'A = "a{NBSP}b"  # c{NBSP}d\nB = """\n>>> x\n```\nIn [1]: y\n%matplotlib{NBSP}inline\n"""\n'
    assert tidy_text(text) == text
    assert drop_commands(text) == text


@pytest.mark.parametrize("command", ["%matplotlib inline", "!pip install torch", "%%time", "nn.Linear?", "!ls"])
def test_line_for_the_notebook_is_named(command):
    (finding,) = find_refusals(f"{command}\n{PLAIN}")
    assert str(finding.refusal) == "Line 1 is a command for a notebook, not Python. Delete it."
    assert drop_commands(f"{command}\n{PLAIN}") == f"\n{PLAIN}"


def test_rest_of_a_division_is_no_command():
    text = 'print("%d"\n%x)\n'
    assert find_refusals(text)[0].what != "Line {line} is a command for a notebook, not Python."


def test_curly_quotes_and_mixed_tabs_are_named_at_their_line():
    curly = PLAIN.replace("nn.Linear", "print(\u201chello\u201d)\n        self.fc = nn.Linear")
    curly = curly.replace("self.fc = print", "print")
    assert str(find_refusals(curly)[0].refusal) == (
        "Line 7 has curly quotes, which Python does not read. Write straight ones: \" or '."
    )
    tabs = PLAIN.replace("        self.fc =", "\tself.fc =")
    assert str(find_refusals(tabs)[0].refusal) == (
        "Line 7 is indented with tabs, and others with spaces. Use spaces on all lines."
    )


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("self.name = \u201cnet\u201d", 'self.name = "net"'),
        ("\N{ZERO WIDTH SPACE}self.name = 'net'", "self.name = 'net'"),
        ("\tself.name = 'net'", "self.name = 'net'"),
    ],
)
def test_signs_that_python_does_not_read_have_a_mend(written, label):
    indent = "" if written.startswith("\t") else " " * 8
    source = PLAIN.replace("        self.fc =", f"{indent}{written}\n        self.fc =")
    source = source.replace("\tself", "\t\tself") if written.startswith("\t") else source
    (finding,) = find_refusals(source)
    repair = find_repair(source, finding)
    assert repair.label == label
    assert find_refusals(repair.source) == ()

"""What runs of a class is the tree that the wall has read, however the line that makes the network is laid out."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.model.custom.build import build_class
from netcore.model.custom.cutting import rewrite
from netcore.model.custom.source import CustomSource
from netcore.model.custom.tidying import tidy_text
from netcore.model.custom.wall import find_refusals

HEAD = """\
from torch import nn

BEFORE = AFTER = LAST = "unset"


class Tiny(nn.Module):
    def __init__(self, size=3, *, rate=0.5):
        super().__init__()
        self.size, self.rate, self.seen = size, rate, (BEFORE, AFTER, LAST)

    def forward(self, x):
        return x.flatten(1)[:, :10]

"""
BEFORE = ("", "BEFORE = 1; ", 'BEFORE = """é\nmodel = Tiny(9)\n"""; ', "BEFORE = 2; \\\n", "BEFORE = [\n1,\n];", "\\\n")
MAKING = (
    "model = Tiny()",
    "net: nn.Module = Tiny(4)",
    "model = Tiny(5).to('cpu')",
    "model = Tiny(  # a size\n    6,\n    rate=1 / 4,\n)",
    "model = (\n  Tiny(2 * 4)\n)",
    "model \\\n    = Tiny( \\\n7)",
    "model = Tiny(rate=0.1).eval()",
)
AFTER = (
    "",
    "; AFTER = 1",
    ' ;AFTER = """\nmodel = Tiny(8)\nclass Tiny: pass\n"""',
    "; \\\n  AFTER = 3",
    "; AFTER = (\n4, 'é'\n);",
    "  # model = Tiny(9); AFTER = 5",
    " ;",
    " \\\n",
)
END = ("\n", "\nLAST = 3", "\n\n# the end\nLAST = '''\nAFTER = 9\n'''\n", "\n    # indented\nLAST = 4\n")


@st.composite
def layouts(draw):
    return HEAD + "".join(draw(st.sampled_from(part)) for part in (BEFORE, MAKING, AFTER, END))


@given(layouts())
@settings(deadline=None, max_examples=60)
def test_what_runs_is_what_was_read(source):
    network = CustomSource(source)
    expected = {}
    exec(source, expected)  # ours, from the tables above
    made, own = build_class_here(network), expected.get("model", expected.get("net"))
    assert (made.size, made.rate) == (own.size, own.rate)
    seen = tuple(expected[name] for name in ("BEFORE", "AFTER", "LAST"))
    assert made.seen == seen


@given(layouts())
@settings(deadline=None, max_examples=60)
def test_text_without_the_line_reads_as_the_tree_without_it(source):
    network = CustomSource(source)
    line = network.anatomy.making.line
    rest = ast.Module([node for node in network.tree.body if node is not line], [])
    assert ast.dump(ast.parse(network.definition)) == ast.dump(rest)


def build_class_here(network):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETCORE_CONFINED", "1")
        return build_class(network)


def test_statement_behind_the_line_counts():
    network = CustomSource(HEAD.replace("AFTER = LAST", "LAST") + "model = Tiny(); AFTER = 2\n")
    assert build_class_here(network).seen[1] == 2
    assert "AFTER = 2\n" in network.definition and "model =" not in network.definition


def test_error_in_a_class_keeps_its_line_below_a_line_that_was_left_out():
    source = HEAD.replace("from torch import nn\n", "from torch import nn\n\n\nmodel = Tiny(\n    3\n)\n", 1)
    source = source.replace("self.size, self.rate", "size / 0\n        self.size, self.rate")
    wrong = source[: source.index("size / 0")].count("\n") + 1
    with pytest.raises(ZeroDivisionError) as caught:
        build_class_here(CustomSource(source))
    assert caught.traceback[-1].lineno + 1 == wrong


@pytest.mark.parametrize("wrapped", ["In [1]: In [2]: os\n", ">>> >>> import os\n", "\ufeff\ufeffimport os\n"])
def test_text_tidied_twice_is_not_what_runs(wrapped):
    text = tidy_text(wrapped + HEAD)
    assert find_refusals(wrapped + HEAD) or CustomSource(wrapped + HEAD).source == text


def test_comments_go_with_the_line_that_they_are_about():
    source = "# mine\n\nA = 1\n# about B\nB = 2  # two\nC = 3\n    # indented\n\n# about D\nD = 4\n"
    tree = ast.parse(source)
    assert rewrite(source, tree, {tree.body[1]: None}) == source.replace("# about B\nB = 2  # two\n", "")
    assert rewrite(source, tree, {tree.body[2]: None}) == source.replace("C = 3\n    # indented\n", "")
    assert rewrite(source, tree, {tree.body[0]: None, tree.body[3]: "E = 5"}) == (
        "# mine\n# about B\nB = 2  # two\nC = 3\n    # indented\n\n# about D\nE = 5\n"
    )

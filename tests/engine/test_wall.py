"""The static wall lets pass what people write, and refuses what wants out: at its line, in words."""

import ast
import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.errors import CodeError
from netcore.model.custom.source import CustomSource
from netcore.model.custom.wall import find_refusals
from tests.engine.good_classes import GOOD, PAIRS, wrap
from tests.engine.hostile_classes import ATTACKS

ignore_warnings_of_the_parser = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


@pytest.mark.parametrize("name", [*GOOD, *PAIRS])
def test_good_class_passes(name):
    assert find_refusals({**GOOD, **PAIRS}[name]) == ()


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused_at_its_line_in_a_sentence(name):
    source = ATTACKS[name]
    findings = find_refusals(source)
    assert findings
    marked = {number for number, line in enumerate(source.split("\n"), 1) if line.endswith("#!")}
    assert marked <= {finding.line for finding in findings}
    for finding in findings:
        assert 1 <= finding.line <= source.count("\n") + 1
        assert str(finding.refusal).endswith((".", "?"))
    with pytest.raises(CodeError) as refused:
        CustomSource(source)
    assert refused.value.values["line"] == findings[0].line


MISTAKES = {
    "a layer without self": (
        wrap("fc1 = nn.Linear(784, 10)", "x = self.fc1(x)"),
        "Line 16: self.fc1 is used, and nothing gives it. "
        "Write self.fc1 = ... where fc1 is made: only then does it belong to the network.",
    ),
    "self forgotten": (
        wrap("self.conv = nn.Conv2d(1, 1, 3)", "x = conv(x)"),
        "Line 16: conv is not known here. Write self.conv.",
    ),
    "another case": (wrap("self.a = nn.Relu()"), "Line 13: nn.Relu is not available here. Did you mean nn.ReLU?"),
    "a letter too few": (
        wrap("", "x = torch.softmx(x)"),
        "Line 16: torch.softmx is not available here. Did you mean torch.softmax?",
    ),
    "F forgotten": (wrap("", "x = gelu(x)"), "Line 16: gelu is not known here. Write F.gelu."),
    "import forgotten": (
        "class A(nn.Module):\n    def forward(self, x):\n        return x",
        "Line 1: nn is not known here. Write from torch import nn at the top of the file.",
    ),
    "an argument without default": (
        GOOD["course_class"].replace("nbClasses=10", "nbClasses"),
        "Line 5: __init__ needs nbClasses, and the network is made as CustomModel(). Give it a default: nbClasses=10.",
    ),
    "the line that makes the model, computed": (
        GOOD["course_class"] + "\nmodel = CustomModel(len('1234567890'))\n",
        "Line 19: CustomModel(len('1234567890')) runs when the file is read. "
        "Delete the line: Netcore makes the network itself, as CustomModel().",
    ),
    "the line that makes the model gives another argument": (
        GOOD["course_class"].replace("nbClasses=10", "nbClasses, width") + "\nmodel = CustomModel(10)\n",
        "Line 5: __init__ needs width, and the network is made as CustomModel(10). "
        "Give it a default, or its value where CustomModel is made.",
    ),
    "forward without input": (
        wrap(inside="def forward(self):\n    return 1").partition("    def __init__")[0],
        "Line 9: forward gets the batch, and nothing else. Write def forward(self, x):.",
    ),
    "no forward": (
        "from torch import nn\n\nclass A(nn.Module):\n    pass",
        "Line 3: A has no forward. Write def forward(self, x):.",
    ),
    "a loss": (
        wrap("self.loss = nn.CrossEntropyLoss()"),
        "Line 13: nn.CrossEntropyLoss is not available here. "
        "The loss belongs to the training, which chooses it: forward returns the logits.",
    ),
    "a colon": (
        "class A(nn.Module)\n    pass",
        "Line 1 is not Python: expected ':'. Correct this line, or the one before it.",
    ),
    "nothing": ("", "No class here derives nn.Module. Write class Network(nn.Module): with __init__ and forward."),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_explained(name):
    source, words = MISTAKES[name]
    assert [str(finding.refusal) for finding in find_refusals(source)] == [words]


def test_findings_stand_in_the_order_of_lines_and_are_not_too_many():
    findings = find_refusals(wrap(forward="\n".join(["torch.os"] * 40)))
    assert [finding.line for finding in findings] == list(range(16, 36))


SNIPPETS = (
    *"()[]{}:=.,\n '\"\\#@*-+", "class ", "def ", "self", "nn", "torch", "lambda ", "import ", "from ", "f'", "    ",
    "yield ", "async ", "x",
)  # fmt: skip


@pytest.mark.parametrize("line", ["import a{0}", "class A{0}: pass", "def f{0}(): x", "a{0} = F()", "A{0}"])
def test_a_text_full_of_mistakes_is_no_longer_work_than_one_with_twenty(line, monkeypatch):
    searches = []
    monkeypatch.setattr(difflib, "get_close_matches", lambda *words, **options: searches.append(words) or [])
    source = "\n".join(line.format(number) for number in range(20_000 // (len(line) + 3)))
    assert 1 <= len(find_refusals(source)) <= 20
    assert len(searches) <= 20


@ignore_warnings_of_the_parser
@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400) | st.lists(st.sampled_from(SNIPPETS), max_size=200).map("".join))
def test_no_text_raises_anything(text):
    for finding in find_refusals(text):
        assert str(finding.refusal)


FORBIDDEN = (
    "yield 1", "global a", "nonlocal a", "del x", "await x", "try:\n    pass\nfinally:\n    pass", "import os",
    "class A:\n    pass", "match x:\n    case _:\n        pass", "async def f():\n    pass", "(a := 1)", "torch",
    "torch.os", "x.__class__", "self.__dict__", "eval('1')", "nn.Linear.forward = 1", "self = 1", "nn = 1",
    "'{}'.format(x)", "x.numpy()", "self.forward = 1", "[i.gi_frame for i in x]", "with x:\n    pass",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.sampled_from(FORBIDDEN), st.integers(0, 10_000))
def test_good_class_with_one_forbidden_statement_is_refused_at_its_line(name, statement, place):
    tree = ast.parse(GOOD[name])
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    body = bodies[place % len(bodies)]
    body[place % len(body) : place % len(body)] = [*ast.parse("MARKED = 1").body, *ast.parse(statement).body]
    source = ast.unparse(tree)
    lines = [line.strip() for line in source.split("\n")]
    line = next(number for number, line in enumerate(lines, 1) if number > lines.index("MARKED = 1") + 1 and line)
    assert line in {finding.line for finding in find_refusals(source)}

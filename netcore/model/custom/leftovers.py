"""What the lines of a script are that are no part of its network: imports, data, training, printing. Reads names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netcore.model.custom.attribute_names import read_table
from netcore.model.custom.cutting import get_lines

_SIGNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "training": read_table("backward zero_grad fit train_loop train_one_epoch"),
        "data": read_table(
            "DataLoader Dataset TensorDataset datasets transforms MNIST FashionMNIST KMNIST EMNIST ToTensor Compose"
            " random_split load_dataset train_loader test_loader train_dataloader test_dataloader read_csv"
        ),
        "optimizer": read_table(
            "optim Adam AdamW SGD RMSprop Adagrad lr_scheduler StepLR CrossEntropyLoss NLLLoss BCELoss MSELoss"
            " optimizer criterion loss_fn scheduler learning_rate lr momentum"
        ),
        "saving": read_table("save load load_state_dict state_dict"),
        "evaluation": read_table("no_grad inference_mode argmax accuracy accuracy_score confusion_matrix softmax"),
        "drawing": read_table("plt show figure imshow plot subplots savefig"),
        "printing": read_table("print summary pprint"),
        "device": read_table("cuda device mps is_available manual_seed seed backends"),
        "settings": read_table("argparse ArgumentParser parse_args epochs num_epochs n_epochs batch_size"),
    }
)
"""By the kind of lines: the names by which one knows it, the surest kinds first."""


@dataclass(frozen=True)
class LeftOut:
    """Lines that are no part of the network."""

    first: int
    """From 1, in the text as it was."""
    last: int
    kind: str
    """``"import"``, ``"command"``, ``"main"``, ``"other"``, or one of the kinds of ``_SIGNS``."""
    words: str
    """The first of these lines, shortened."""


def describe_left_out(source: str, statements: Iterable[ast.stmt]) -> tuple[LeftOut, ...]:
    """The statements, in the order of the text; neighbours of one kind as one."""
    lines = source.split("\n")
    found: list[LeftOut] = []
    for node in statements:
        first, last = get_lines(node)
        kind = _name_kind(node)
        before = found[-1] if found else None
        if before and before.kind == kind and not any(line.strip() for line in lines[before.last : first - 1]):
            found[-1] = LeftOut(before.first, last, kind, before.words)
        else:
            found.append(LeftOut(first, last, kind, shorten(lines[first - 1])))
    return tuple(found)


def shorten(line: str) -> str:
    """A line in at most 48 characters."""
    plain = line.strip()
    return plain if len(plain) <= 48 else plain[:45] + "..."


def _name_kind(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return "import"
    if getattr(statement, "name", "") == "main" or (
        isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)
    ):
        return "main"
    names = {getattr(node, field, "") for node in ast.walk(statement) for field in ("id", "attr", "name", "arg")}
    otherwise = "settings" if _is_setting(statement) else "other"
    return next((kind for kind, signs in _SIGNS.items() if names & signs), otherwise)


def _is_setting(statement: ast.stmt) -> bool:
    """Whether it gives a name a plain value."""
    return isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Constant)

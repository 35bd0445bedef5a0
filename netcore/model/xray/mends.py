"""The edits that may mend a text which the static wall refuses, the likeliest first. Knows no torch, tries nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from netcore.model.custom.advice import BREAKPOINT, NO_VARIABLE
from netcore.model.custom.dotted import dotted_name
from netcore.model.custom.finding import Finding
from netcore.model.custom.imports import find_nearest_module
from netcore.model.custom.kinds import find_key, find_named
from netcore.model.custom.layer_calls import write_sized
from netcore.model.custom.names import ENTRIES, find_home
from netcore.model.custom.near_misses import name_special
from netcore.model.custom.scopes import has_self, is_self
from netcore.model.xray.edits import Edit, delete_statement, insert_before, replace
from netcore.model.xray.places import Place
from netcore.model.xray.registering import IMPORTS, add_import, find_lost, find_prefix, keep_argument, keep_on_self
from netcore.model.xray.text import Text
from netcore.model.xray.text import is_self as is_own

Edits = tuple[Edit, ...]
_GUARDS = ("__name__ == ", "TYPE_CHECKING", "typing.TYPE_CHECKING")
_DEBUGGERS = frozenset(("pdb", "ipdb"))
_VARIABLE = "torch.autograd.Variable"


def find_mends(text: Text, finding: Finding) -> Iterator[Edits]:
    """Likely mends of ``finding``, the likeliest first: whoever offers one tries it before."""
    values = dict(finding.values)
    nodes = [
        node
        for node in ast.walk(text.tree)
        if isinstance(node, ast.expr | ast.stmt) and (node.lineno, node.col_offset) == (finding.line, finding.column)
    ]
    if finding.cure == NO_VARIABLE:
        yield _unwrap_variables(text)
    if "Lazy" in str(values.get("call")):
        calls = [node for node in ast.walk(text.tree) if isinstance(node, ast.Call)]
        sized = [(node, write_sized(node, text.anatomy.aliases)) for node in calls]
        yield tuple(replace(node, written) for node, written in sized if written)
    if finding.cure == BREAKPOINT:
        yield _drop_breakpoints(text)
    instead = values.get("instead")
    if isinstance(instead, str):
        for node in nodes:
            if isinstance(node, ast.expr) and finding.is_about(node):
                yield _put_instead(text, node, instead)
    for node in sorted(nodes, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0), reverse=True):
        if isinstance(node, ast.FunctionDef):
            yield from _mend_method(text, node, values)
        elif isinstance(node, ast.ClassDef) and "base" in values:
            yield from _derive_module(text, node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _mend_import(text, node, values.get("nearest"))
        elif isinstance(node, ast.Name | ast.Attribute):
            yield from _mend_name(text, node, finding)
        elif isinstance(node, ast.stmt) and _does_nothing(node):
            yield (delete_statement(text.source, text.tree, node),)


def _does_nothing(node: ast.AST) -> bool:
    """Whether a statement is for a file that is started by itself, or for a type checker."""
    if not isinstance(node, ast.If) or node.col_offset or node.orelse:
        return False
    return ast.unparse(node.test).startswith(_GUARDS)


def _put_instead(text: Text, node: ast.expr, instead: str) -> Edits:
    """The expression replaced; of ``x = x.cuda()`` nothing is left then."""
    for part in ast.walk(text.tree):
        if isinstance(part, ast.Assign) and part.value is node and ast.unparse(part.targets[0]) == instead:
            return (delete_statement(text.source, text.tree, part),)
    return (replace(node, instead),)


def _drop_breakpoints(text: Text) -> Edits:
    """The text without ``breakpoint()``, ``import pdb`` and ``pdb.set_trace()``."""
    edits = []
    for node in ast.walk(text.tree):
        is_import = isinstance(node, ast.Import) and {alias.name for alias in node.names} <= _DEBUGGERS
        called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        is_call = called is not None and ast.unparse(called).partition(".")[0] in {*_DEBUGGERS, "breakpoint"}
        if isinstance(node, ast.stmt) and (is_import or is_call):
            edits.append(delete_statement(text.source, text.tree, node))
    return tuple(edits)


def _unwrap_variables(text: Text) -> Edits:
    """``x`` in place of each ``Variable(x)``, and no import of it."""
    edits: list[Edit] = []
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Call) and node.args and dotted_name(node.func, text.anatomy.aliases) == _VARIABLE:
            inner, end = node.args[0], node.end_col_offset or 0
            edits.append(Edit(node.lineno, node.col_offset, inner.lineno, inner.col_offset, ""))
            edits.append(Edit(inner.end_lineno or 1, inner.end_col_offset or 0, node.end_lineno or 1, end, ""))
        elif isinstance(node, ast.ImportFrom) and node.module == "torch.autograd":
            edits += _drop_names(text, node, {"Variable"})
    return tuple(edits)


def _mend_name(text: Text, node: ast.Name | ast.Attribute, finding: Finding) -> Iterator[Edits]:
    values = dict(finding.values)
    nearest, written = values.get("nearest"), {values.get("name"), values.get("written"), f"self.{values.get('name')}"}
    if ast.unparse(node) not in written:
        return
    name = node.id if isinstance(node, ast.Name) else node.attr
    if isinstance(node, ast.Attribute) and find_named(node):
        yield _ask_kinds(text, node)
    given = [statement.lineno for statement in text.find_assignments(name, attribute=True)]
    if isinstance(node, ast.Name) and given and finding.line not in given:
        yield (insert_before(node, "self."),)
    if isinstance(node, ast.Name):
        yield keep_argument(text, name)
    if isinstance(node, ast.Name) or is_own(node, name):
        made = find_lost(text, name, Place("", node.lineno, node.col_offset, node.lineno, node.col_offset))
        if made:
            yield keep_on_self(text, name, made)
    if isinstance(node, ast.Name) and name in IMPORTS:
        yield (add_import(text, IMPORTS[name]),)
    if isinstance(nearest, str):
        root = nearest.partition(".")[0]
        missing = root in IMPORTS and root not in text.anatomy.aliases
        yield (_rename(node, nearest), *((add_import(text, IMPORTS[root]),) if missing else ()))


def _ask_kinds(text: Text, named: ast.Attribute) -> Edits:
    """``isinstance(m, nn.Conv2d)`` wherever the name of a class is searched for ``"Conv"``."""
    subject, edits = find_named(named), []
    function = text.find_function(Place("", named.lineno, 0, named.lineno, 0)) or text.tree
    name = ""
    for part in ast.walk(function):
        if isinstance(part, ast.Assign) and part.value is named and isinstance(part.targets[0], ast.Name):
            name = part.targets[0].id
            edits.append(delete_statement(text.source, text.tree, part))
    for part in ast.walk(function):
        found = find_key(part) if isinstance(part, ast.expr) else None
        if isinstance(part, ast.expr) and found and subject and ast.unparse(found[0]) in (name, ast.unparse(named)):
            kinds = _find_kinds(text, found[1])
            if kinds:
                kind = kinds[0] if len(kinds) == 1 else f"({', '.join(kinds)})"
                edits.append(replace(part, f"isinstance({ast.unparse(subject)}, {kind})"))
    return tuple(edits)


def _find_kinds(text: Text, key: str) -> list[str]:
    """The layers of the text whose class has ``key`` in its name; where it has none, the one for pictures."""
    written = {}
    for node in ast.walk(text.tree):
        full = dotted_name(node, text.anatomy.aliases) if isinstance(node, ast.Attribute | ast.Name) else None
        home, _, name = (full or "").rpartition(".")
        if home == "torch.nn" and full in ENTRIES and name[:1].isupper() and key in name:
            written[name] = ast.unparse(node)
    usual = find_home(f"{key}2d", text.anatomy.aliases) or find_home(key, text.anatomy.aliases)
    return sorted(written.values()) or ([usual] if usual and key.isidentifier() else [])


def _rename(node: ast.Name | ast.Attribute, name: str) -> Edit:
    """Another name in whole, or another last one: ``x.flatten`` in place of ``x.flaten``."""
    if isinstance(node, ast.Name) or "." in name:
        return replace(node, name)
    line, end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Edit(line, end - len(node.attr.encode()), line, end, name)


def _mend_method(text: Text, node: ast.FunctionDef, values: dict[str, object]) -> Iterator[Edits]:
    """A special name in place of one that is nearly that; four spaces more or fewer."""
    nearest = values.get("nearest")
    if not isinstance(nearest, str) or name_special(node.name) != nearest:
        return
    renamed = _rename_method(text, node.name, nearest) if node.name != nearest else ()
    outer = next((part for part in _functions(text) if node in part.body), None)
    if outer:
        inner = [part for part in outer.body if isinstance(part, ast.FunctionDef) and has_self(part)]
        width = node.col_offset - outer.col_offset
        yield (*renamed, *(edit for part in inner for edit in _shift(text, part, -width)))
    elif node.col_offset == 0:
        outside = [part for part in text.tree.body if isinstance(part, ast.FunctionDef) and has_self(part)]
        yield (*renamed, *(edit for part in outside for edit in _shift(text, part, 4)))
    else:
        yield renamed


def _rename_method(text: Text, name: str, nearest: str) -> Edits:
    """The new name where the method is defined, and where ``super()`` or ``self`` asks for it."""
    edits: list[Edit] = []
    lines = text.source.splitlines()
    for node in ast.walk(text.tree):
        if isinstance(node, ast.FunctionDef) and node.name == name and has_self(node):
            found = re.compile(rf"def\s+({re.escape(name)})\b").search(lines[node.lineno - 1])
            if found:
                start = len(lines[node.lineno - 1][: found.start(1)].encode())
                edits.append(Edit(node.lineno, start, node.lineno, start + len(name.encode()), nearest))
        elif isinstance(node, ast.Attribute) and node.attr == name and (is_self(node.value) or _is_super(node.value)):
            edits.append(_rename(node, nearest))
    return tuple(edits)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _shift(text: Text, node: ast.FunctionDef, width: int) -> Iterator[Edit]:
    """The lines of a function moved to the right, or to the left."""
    lines = text.source.splitlines()
    for number in range(min((node.lineno, *(part.lineno for part in node.decorator_list))), (node.end_lineno or 0) + 1):
        line = lines[number - 1]
        if line.strip() and width > 0:
            yield Edit(number, 0, number, 0, " " * width)
        elif line[:-width].isspace():
            yield Edit(number, 0, number, -width, "")


def _derive_module(text: Text, node: ast.ClassDef) -> Iterator[Edits]:
    """nn.Module in place of whatever the class derives."""
    known = any(name == "torch.nn" or name == "torch" for name in text.anatomy.aliases.values())
    prefix = find_prefix(text) if known else "nn."
    extra = () if known else (add_import(text, IMPORTS["nn"]),)
    if node.bases:
        first, last = node.bases[0], node.bases[-1]
        end_line, end = last.end_lineno or last.lineno, last.end_col_offset or 0
        yield (*extra, Edit(first.lineno, first.col_offset, end_line, end, f"{prefix}Module"))
        return
    line = text.source.splitlines()[node.lineno - 1]
    found = re.compile(rf"class\s+{re.escape(node.name)}(\s*\(\s*\))?").search(line)
    if found:
        start = len(line[: found.end()].encode())
        begin = len(line[: found.start(1)].encode()) if found.group(1) else start
        yield (*extra, Edit(node.lineno, begin, node.lineno, start, f"({prefix}Module)"))


def _mend_import(text: Text, node: ast.Import | ast.ImportFrom, nearest: object) -> Iterator[Edits]:
    """The right name of a misspelt module or entry; otherwise no import of what is not open."""
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        module = find_nearest_module(node.module)
        if module and module != node.module:
            yield _respell(text, node, node.module, module)
    for alias in node.names:
        module = find_nearest_module(alias.name) if isinstance(node, ast.Import) else None
        if module and module != alias.name:
            yield (_respell_alias(alias, module),)
        elif isinstance(node, ast.ImportFrom) and isinstance(nearest, str):
            yield (_respell_alias(alias, nearest.rpartition(".")[2]),)
    for alias in node.names if len(node.names) > 1 else ():
        yield _drop_names(text, node, {alias.name})
    gone = delete_statement(text.source, text.tree, node)
    if node.col_offset:
        yield (gone, add_import(text, ast.unparse(node)))
    yield (gone,)


def _respell(text: Text, node: ast.ImportFrom, module: str, right: str) -> Edits:
    line = text.source.splitlines()[node.lineno - 1]
    start = len(line[: line.index(module, line.index("from"))].encode())
    return (Edit(node.lineno, start, node.lineno, start + len(module.encode()), right),)


def _respell_alias(alias: ast.alias, name: str) -> Edit:
    return Edit(alias.lineno, alias.col_offset, alias.lineno, alias.col_offset + len(alias.name.encode()), name)


def _drop_names(text: Text, node: ast.Import | ast.ImportFrom, names: set[str]) -> Edits:
    """The import without some of its names; without any, no import."""
    kept = [alias for alias in node.names if alias.name not in names]
    if not kept:
        return (delete_statement(text.source, text.tree, node),)
    first, last = node.names[0], node.names[-1]
    end_line, end = last.end_lineno or last.lineno, last.end_col_offset or 0
    return (Edit(first.lineno, first.col_offset, end_line, end, ", ".join(map(ast.unparse, kept))),)


def _functions(text: Text) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(text.tree) if isinstance(node, ast.FunctionDef)]

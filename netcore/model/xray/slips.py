"""What Python's errors mean in a class that a beginner wrote, in words, and the mend where there is one."""

from __future__ import annotations

import ast
import re
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from netcore.model.custom.spelling import find_nearest
from netcore.model.xray.containers import explain_container
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.edits import (
    Edit,
    delete_statement,
    find_node,
    find_statement,
    insert_after,
    insert_before,
    replace,
)
from netcore.model.xray.places import Place
from netcore.model.xray.registering import IMPORTS, add_import, find_lost, keep_on_self
from netcore.model.xray.text import Text, is_self

_MISSING = re.compile(r"(?P<call>\S+)\(\) missing \d+ required .*arguments?: (?P<names>.+)")
_TOO_MANY = re.compile(
    r"(?P<call>\S+)\(\) takes (?:from \d+ to )?(?P<most>\d+) positional arguments? but (?P<given>\d+)"
)
_UNEXPECTED = re.compile(r"(?P<call>\S+)\(\) got an unexpected keyword argument '(?P<name>\w+)'")
_NOT_ABLE = re.compile(r"'(?P<kind>[\w.]+)' object is not (?P<able>callable|iterable|subscriptable)")
_OPERANDS = re.compile(r"unsupported operand type\(s\) for (?P<sign>\S+): '(?P<left>[\w.]+)' and '(?P<right>[\w.]+)'")
_UNBOUND = re.compile(r"variable '(?P<name>\w+)'")
_INDICES = re.compile("^(?:tuple|list) indices must be integers")
_UNPACK = re.compile(r"(?:not enough|too many) values to unpack \(expected (?:at least )?(?P<wanted>\d+)")


def explain_slip(text: Text, error: Exception, place: Place | None) -> Diagnosis:
    """The sentence for what the class raised at ``place``."""
    line = place.line if place else 1
    if isinstance(error, UnboundLocalError):
        found = _UNBOUND.search(str(error))
        values = (("name", found["name"] if found else "A variable"),)
        return Diagnosis(line, "{name} has no value yet.", "Give it a value before this line, in every case.", values)
    if isinstance(error, NameError):
        return _explain_name(text, error.name or "", line, place)
    if isinstance(error, AttributeError):
        return _explain_attribute(text, error, line, place)
    if isinstance(error, RecursionError):
        what = "{name} calls itself again and again."
        name = place.function if place else text.class_name
        return Diagnosis(line, what, "Call the layers instead of the network itself.", (("name", name),))
    if find_node(text.tree, place, ast.Raise):
        what, cure = 'The class itself raises {kind}: "{said}".', "Look at what this line asks for."
        return Diagnosis(line, what, cure, (("kind", type(error).__name__), ("said", str(error)[:200])))
    statement = find_statement(text.tree, place)
    if isinstance(error, AssertionError) and isinstance(statement, ast.Assert):
        return _explain_assertion(text, error, line, statement)
    return _explain_words(text, error, line, place)


def is_about_arguments(error: Exception) -> bool:
    """Whether a call has too many values, too few, or one of an unknown name."""
    return isinstance(error, TypeError) and any(pattern.search(str(error)) for pattern, _, _ in _PATTERNS[:3])


def _explain_words(text: Text, error: Exception, line: int, place: Place | None) -> Diagnosis:
    held = explain_container(text, error, place)
    if held:
        return held
    node = find_node(text.tree, place, ast.expr)
    values: tuple[tuple[str, Any], ...] = (("words", text.quote(node) if node else f"{text.class_name}()"),)
    if _INDICES.search(str(error)) and isinstance(node, ast.Subscript):
        what = "{words} indexes a tuple as if it were a tensor."
        cure = "Take the tensor out of it first: an LSTM or GRU gives its output first, and then its states."
        return Diagnosis(line, what, cure, values, "[0]", (insert_after(node.value, "[0]"),))
    if isinstance(error, TypeError | ValueError):
        for pattern, what, cure in _PATTERNS:
            match = pattern.search(str(error))
            if match:
                said = ((key, value.replace("'", "").replace('"', "")) for key, value in match.groupdict().items())
                return Diagnosis(line, what, cure, (*values, *said))
    kind = "ValueError" if isinstance(error, AssertionError) else type(error).__name__  # an assertion of torch's
    what, cure = _PLAIN.get(kind, ("{words} cannot be computed.", "Check what it is given."))
    return Diagnosis(line, what, cure, values)


def _explain_assertion(text: Text, error: AssertionError, line: int, statement: ast.Assert) -> Diagnosis:
    values: tuple[tuple[str, Any], ...] = (("words", text.quote(statement.test)),)
    if not statement.msg:
        return Diagnosis(line, "{words} is an assertion that does not hold.", "Check what it demands.", values)
    what = '{words} is an assertion that does not hold: "{said}".'
    return Diagnosis(line, what, "Check what it demands.", (*values, ("said", str(error)[:200])))


def _explain_name(text: Text, name: str, line: int, place: Place | None) -> Diagnosis:
    values = (("name", name),)
    node = find_node(text.tree, place, ast.Name)
    edits: tuple[Edit, ...]
    if text.find_assignments(name, attribute=True):
        edits = (insert_before(node, "self."),) if node else ()
        return Diagnosis(
            line, "{name} is not defined here; self.{name} is.", "Write self.{name}.", values, "self.", edits
        )
    if name in IMPORTS:
        addition = IMPORTS[name]
        what = "{name} is not imported."
        return Diagnosis(
            line,
            what,
            "Put {label} at the top.",
            (*values, ("label", addition)),
            addition,
            (add_import(text, addition),),
        )
    made = find_lost(text, name, place)
    if made:
        edits = keep_on_self(text, name, made)
        cure = "Write self.{name} in both places."
        return Diagnosis(line, "{name} ends with __init__.", cure, values, f"self.{name}", edits)
    near = find_nearest(name, _known_names(text, place))
    if near:
        edits = (replace(node, near),) if node else ()
        return Diagnosis(line, "{name} is not defined.", "Did you mean {near}?", (*values, ("near", near)), near, edits)
    return Diagnosis(line, "{name} is not defined.", "Give it a value before this line, or check its spelling.", values)


def _explain_attribute(text: Text, error: AttributeError, line: int, place: Place | None) -> Diagnosis:
    owner, node = error.obj, find_node(text.tree, place, ast.Attribute)
    if "before Module.__init__() call" in str(error) or (
        isinstance(owner, nn.Module) and "_modules" not in vars(owner)
    ):
        return _explain_no_init(text, line, place)
    name = node.attr if node else error.name or ""
    words = "a tensor" if isinstance(owner, Tensor) else text.quote(node.value) if node else type(owner).__name__
    values = (("name", name), ("owner", words))
    if owner is None:
        what = "{owner} is None here, and None has no {name}."
        return Diagnosis(line, what, "Check where it got its value: a function may have forgotten its return.", values)
    made = find_lost(text, name, place) if isinstance(owner, nn.Module) else None
    if made:
        what = "self.{name} does not exist: line {made} makes {name} without self, so the network does not keep it."
        edits = keep_on_self(text, name, made)
        return Diagnosis(
            line, what, "Write self.{name} = … there.", (*values, ("made", made.lineno)), f"self.{name}", edits
        )
    what = "self.{name} does not exist." if node and is_self(node, name) else "{owner} has no {name}."
    names = [item for item in dir(owner) if not item.startswith("_")]
    near = find_nearest(name, names)
    if near:
        edits = (_rename(node, near),) if node else ()
        return Diagnosis(line, what, "Did you mean {near}?", (*values, ("near", near)), near, edits)
    cure = "Make it in __init__: self.{name} = …" if isinstance(owner, nn.Module) else "Check its spelling."
    return Diagnosis(line, what, cure, values)


def _explain_no_init(text: Text, line: int, place: Place | None) -> Diagnosis:
    function = text.find_function(place) if place else None
    label = "super().__init__()"
    edits: tuple[Edit, ...] = ()
    if function:
        first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
        written = ((part, ast.unparse(part)) for part in function.body)
        late = (part for part, words in written if words.startswith("super(") and words.endswith(".__init__()"))
        gone = (delete_statement(text.source, text.tree, part) for part in late)
        edits = (insert_before(first, f"{label}\n{' ' * first.col_offset}"), *gone)
    what = "The network cannot keep layers yet: nn.Module has not been started."
    return Diagnosis(line, what, "Begin __init__ with {label}.", (("label", label),), label, edits)


def _known_names(text: Text, place: Place | None) -> list[str]:
    here = text.find_function(place) if place else None
    names = {
        node.id
        for node in ast.walk(here or text.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    names |= {argument.arg for argument in here.args.args} if here else set()
    return sorted(names | set(text.anatomy.classes) | set(text.anatomy.aliases))


def _rename(node: ast.Attribute, name: str) -> Edit:
    line, end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Edit(line, end - len(node.attr.encode()), line, end, name)


_PATTERNS = (
    (
        _MISSING,
        "{words} lacks {names}.",
        "Write it in the brackets; in a function of your own, a default does too: size=128.",
    ),
    (
        _TOO_MANY,
        "{words} gives {given} values to something that takes {most}, self included.",
        "Compare the brackets of the call with those of its def: is self the first there?",
    ),
    (_UNEXPECTED, "{words} names {name}, and there is no such argument.", "Check its spelling, or leave it out."),
    (
        re.compile(r"'(?P<kind>NoneType)' object is not callable"),
        "{words} calls a value of type NoneType, as if it were a layer.",
        "Something gave None: check the line that made it, and whether a function forgot its return.",
    ),
    (_NOT_ABLE, "{words} uses a value of type {kind}, which is not {able}.", "Check the line that made this value."),
    (
        _OPERANDS,
        "{words} puts values of types {left} and {right} together with {sign}.",
        "Both must be numbers or tensors. NoneType means that a function forgot its return.",
    ),
    (
        _UNPACK,
        "The line takes apart a value into {wanted} names, and it has another number of parts.",
        "Count its parts.",
    ),
)
_PLAIN = MappingProxyType(
    {
        "IndexError": ("{words} asks for a place that does not exist.", "Count from 0 and stay below the length."),
        "KeyError": ("{words} asks for a key that is not there.", "Check its spelling, or put it there first."),
        "ZeroDivisionError": ("{words} divides by zero.", "Check the number below the line."),
        "TypeError": ("{words} is given values of a type that it cannot take.", "Check the types of what it is given."),
        "ValueError": ("{words} is given a value that it cannot take.", "Check the values that it is given."),
    }
)

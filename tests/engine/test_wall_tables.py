"""The tables of the static wall against the torch and the Python that are installed: no entry opens a door."""

import ast
import builtins
import importlib
import types
import typing

import pytest
import torch
from torch import nn

from netcore.model.catalogue import list_kinds
from netcore.model.class_form import class_definition
from netcore.model.custom.attribute_names import ALLOWED, OF_MODULE, PRIVATE, RESERVED, STORABLE
from netcore.model.custom.grammar import GRAMMAR
from netcore.model.custom.names import BUILTINS, CONTEXTS, ENTRIES, NAMESPACES
from netcore.model.custom.templates import list_templates
from netcore.model.custom.wall import find_refusals
from netcore.model.layers import start_layer
from netcore.model.presets import list_presets
from netcore.model.stack import Stack

REFUSED_SYNTAX = {
    *("AsyncFor", "AsyncFunctionDef", "AsyncWith", "Await", "Del", "Delete", "ExceptHandler", "Global", "NamedExpr"),
    *("Nonlocal", "Try", "TryStar", "Yield", "YieldFrom", "Match", "MatchAs", "MatchClass", "MatchMapping", "MatchOr"),
    *("MatchSequence", "MatchSingleton", "MatchStar", "MatchValue", "match_case", "FunctionType", "TypeIgnore"),
    *("Expression", "Interactive", "TypeAlias", "TypeVar", "TypeVarTuple", "ParamSpec", "TemplateStr", "Interpolation"),
}
"""What a class must not have, of Python 3.11 to 3.14. A kind that is in neither table is refused, and fails here."""

DANGEROUS = (
    "load", "save", "open", "file", "compile", "hub", "jit", "library", "ops", "classes", "manual_seed", "seed",
    "set_default", "set_num", "set_rng", "set_flush", "set_printoptions", "numpy", "dlpack", "buffer_from", "hook",
    "deterministic", "storage", "data_ptr", "eval", "exec", "getattr", "import", "fork", "vmap", "script",
)  # fmt: skip


def resolve(name):
    for place in range(name.count("."), 0, -1):
        parts = name.split(".")
        try:
            found = importlib.import_module(".".join(parts[:place]))
        except ImportError:
            continue
        for part in parts[place:]:
            found = getattr(found, part)
        return found
    return importlib.import_module(name)


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def reachable():
    """The types of all that a class can have in hand, and of what hangs on it behind closed doors."""
    layers = [
        found
        for found in map(resolve, sorted(ENTRIES))
        if isinstance(found, type) and found.__module__.startswith("torch.nn")
    ]
    values = [
        torch.zeros(2, 2).max(0),
        {}.keys(),
        {}.items(),
        {}.values(),
        list[int],
        int | str,
        typing.Any,
        torch.relu,
    ]
    return [
        *layers, *map(type, values), torch.Tensor, nn.Module, torch.Size, torch.dtype, torch.device, torch.finfo,
        torch.iinfo, torch.no_grad, torch.memory_format, bool, int, float, complex, str, list, tuple, dict, set,
        frozenset, range, slice, zip, map, filter, enumerate, reversed, type, property, staticmethod, ValueError,
        types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.GeneratorType, types.CoroutineType,
        types.AsyncGeneratorType, types.FrameType, types.CodeType, types.TracebackType, types.ModuleType,
    ]  # fmt: skip


def test_every_kind_of_syntax_is_either_listed_or_refused_for_a_reason():
    deprecated = {
        "Num",
        "Str",
        "Bytes",
        "NameConstant",
        "Ellipsis",
        "Index",
        "ExtSlice",
        "Suite",
        "Param",
        "AugLoad",
        "AugStore",
    }
    leaves = {
        kind.__name__
        for kind in vars(ast).values()
        if isinstance(kind, type) and issubclass(kind, ast.AST) and not kind.__subclasses__()
    }
    assert {kind.__name__ for kind in GRAMMAR} & REFUSED_SYNTAX == set()
    assert leaves - deprecated - {kind.__name__ for kind in GRAMMAR} <= REFUSED_SYNTAX


def test_every_entry_exists_and_none_is_a_module():
    assert not [name for name in sorted(ENTRIES | CONTEXTS) if isinstance(resolve(name), types.ModuleType)]


def test_namespaces_are_modules():
    assert all(isinstance(importlib.import_module(name), types.ModuleType) for name in NAMESPACES)


def test_no_entry_opens_files_runs_text_or_changes_the_process():
    fine = {"isposinf", "is_nonzero"}
    for name in (*ENTRIES, *BUILTINS, *ALLOWED):
        last = name.rpartition(".")[2]
        assert not [word for word in DANGEROUS if word in last] or last in {"eval", *fine}, name


def test_no_entry_changes_the_global_state_of_torch():
    state = (torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled(), torch.initial_seed())
    functions = [found for found in map(resolve, sorted(ENTRIES)) if callable(found) and not isinstance(found, type)]
    for function in functions:
        for arguments in ((), (2,), (torch.ones(2, 2),), (torch.ones(2, 2), torch.ones(2, 2))):
            try:
                function(*arguments)
            except Exception:  # noqa: BLE001  most of them want something else
                continue
    after = (torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled(), torch.initial_seed())
    assert state == after


def test_builtins_exist_and_read_write_or_reach_nothing():
    assert all(hasattr(builtins, name) for name in BUILTINS)
    closed = {"open", "eval", "exec", "compile", "input", "getattr", "setattr", "delattr", "hasattr", "vars", "dir"}
    closed |= {"globals", "locals", "type", "object", "memoryview", "breakpoint", "exit", "quit", "help", "classmethod"}
    closed |= {"Exception", "BaseException", "SystemExit", "KeyboardInterrupt", "AttributeError", "__import__"}
    assert not closed & BUILTINS


@pytest.mark.parametrize("kind", reachable(), ids=lambda kind: kind.__name__)
def test_what_hangs_on_it_is_open_or_closed_and_nothing_between(kind):
    assert public(kind) <= ALLOWED | RESERVED
    private = {name for name in dir(kind) if name.startswith("_") and not name.startswith("__")}
    assert private <= PRIVATE


def test_open_and_closed_are_different_things():
    assert not ALLOWED & RESERVED
    assert STORABLE <= ALLOWED
    assert not any(name.startswith("_") for name in ALLOWED | RESERVED)


def test_names_of_a_module_are_all_known():
    assert public(nn.Module) | {"training"} <= OF_MODULE
    assert {name for name in vars(nn.Module()) if name.startswith("_")} <= PRIVATE


def test_no_attribute_that_is_open_gives_a_module_a_frame_or_a_namespace():
    samples = (torch.ones(2, 2), nn.Linear(2, 2), nn.LSTM(2, 2), "text", [1], {"a": 1}, {1}, 1, 1.0, range(3), slice(1))
    closed = (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType)
    for sample in samples:
        for name in ALLOWED & set(dir(sample)):
            try:
                found = getattr(sample, name)
            except (RuntimeError, AttributeError, ValueError):  # H of three axes, data of nothing
                continue
            assert not isinstance(found, closed), name


@pytest.mark.parametrize("kind", list_kinds(), ids=lambda kind: kind.name)
def test_stack_as_a_class_passes_whatever_the_layer(kind):
    assert find_refusals(class_definition(Stack((start_layer(kind.name),)))) == ()


@pytest.mark.parametrize("preset", list_presets(), ids=lambda preset: preset.name)
def test_preset_as_a_class_passes(preset):
    assert find_refusals(class_definition(preset.stack)) == ()


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
def test_template_passes_and_says_what_it_shows(template):
    assert find_refusals(template.source) == ()
    assert ast.get_docstring(ast.parse(template.source))
    assert template.does.endswith(".") and template.title
    assert template.network.class_name in template.source

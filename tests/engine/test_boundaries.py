"""The arrows of the house, read from the source, and an engine that needs no screen."""

import ast
import subprocess
import sys

import pytest

from netcore.settings import PROJECT_FOLDER

ENGINE_ORDER = (
    "errors",
    "settings",
    "seeds",
    "files",
    "syntax",
    "cores",
    "worker",
    "data",
    "model",
    "training",
    "zoo",
    "export",
)


def imported_modules(path):
    """Every module that a file imports, anywhere in it, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources(folder):
    return sorted((PROJECT_FOLDER / folder).rglob("*.py"))


def relative(path):
    return str(path.relative_to(PROJECT_FOLDER))


@pytest.mark.parametrize("path", sources("netcore"), ids=relative)
def test_engine_imports_neither_the_screen_nor_the_pages(path):
    roots = {name.split(".")[0] for name in imported_modules(path)}
    assert not roots & {"streamlit", "plotly", "pages"}


@pytest.mark.parametrize("path", sources("pages"), ids=relative)
def test_pages_do_not_import_torch(path):
    roots = {name.split(".")[0] for name in imported_modules(path)}
    assert not roots & {"torch", "torchvision"}


@pytest.mark.parametrize("path", sources("netcore"), ids=relative)
def test_arrows_inside_the_engine_go_one_way(path):
    place = path.relative_to(PROJECT_FOLDER / "netcore").parts[0].removesuffix(".py")
    if place == "__init__":
        return
    allowed = ENGINE_ORDER[: ENGINE_ORDER.index(place) + 1]
    for name in imported_modules(path):
        parts = name.split(".")
        if parts[0] == "netcore" and len(parts) > 1:
            assert parts[1] in allowed, f"{place} must not import {name}"


def test_importing_the_engine_loads_neither_screen_nor_torch():
    code = "import sys, netcore; print(sorted({'streamlit', 'plotly', 'torch'} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_every_torch_load_is_weights_only():
    for folder in ("netcore", "pages", "tests"):
        for path in sources(folder):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                    arguments = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                    assert arguments.get("weights_only") == "True", f"{path}:{node.lineno}"


def test_public_names_can_all_be_loaded_and_are_known_to_the_type_checker():
    import netcore

    tree = ast.parse((PROJECT_FOLDER / "netcore" / "__init__.py").read_text())
    typed = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        for statement in node.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert typed == set(netcore.__all__)
    for name in netcore.__all__:
        assert getattr(netcore, name) is not None

"""The house stays readable: short modules, short pages, one line a file in the README, no stray sentences."""

import ast

import pytest

from netcore.settings import PROJECT_FOLDER

MODULES = sorted(path for folder in ("netcore", "pages") for path in (PROJECT_FOLDER / folder).rglob("*.py"))
PAGES = sorted((PROJECT_FOLDER / "pages").glob("*.py"))


def relative(path):
    return str(path.relative_to(PROJECT_FOLDER))


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_is_short_and_says_what_it_does(path):
    source = path.read_text()
    assert len(source.splitlines()) <= 400
    assert ast.get_docstring(ast.parse(source)), "a module begins with what it does"


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_page_reads_like_a_paragraph_and_frames_itself_first(path):
    source = path.read_text()
    tree = ast.parse(source)
    assert len(source.splitlines()) <= 120
    assert not [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    statements = [node for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert ast.unparse(statements[0]) == "frame.ensure()"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_readme_has_a_line_for_the_file(path):
    if path.name == "__init__.py" or "networks" in path.parts:
        return
    readme = (PROJECT_FOLDER / "README.md").read_text()
    assert f"`{path.name}`" in readme or f"{path.parent.name}/{path.name}`" in readme


def test_only_what_was_agreed_stands_at_the_top():
    agreed = {"app.py", "pages", "netcore", "tests", "requirements.txt", "README.md", "pyproject.toml"}
    names = {path.name for path in PROJECT_FOLDER.iterdir() if not path.name.startswith((".", "__"))}
    assert names - {"data"} <= agreed

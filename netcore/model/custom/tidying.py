"""What a text brings along from where it was copied, taken off where its meaning is plain. Lines keep their numbers."""

from __future__ import annotations

import re
import unicodedata
from textwrap import dedent

# What strings and comments say is left alone.
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' r"'''(?:\\.|[^\\])*?'''|" r'"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'|" r"#[^\n]*",
    re.DOTALL,
)
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_PYTHON_PROMPT = re.compile(r"[ \t]*(?:>>>|\.\.\.)(?: |$)")
_NOTEBOOK_PROMPT = re.compile(r"[ \t]*In ?\[[\d *]*\]: ?")
_NOTEBOOK_MORE = re.compile(r"[ \t]*\.\.\.+: ?")
_NOTEBOOK_OUTPUT = re.compile(r"[ \t]*Out ?\[\d*\]:")
_COMMAND = re.compile(r"[ \t]*(?:%{1,2}[A-Za-z_]|![\w./~({\"'])|[ \t]*\??\??[\w.]+\?{1,2}[ \t]*$")

CURLY = re.compile("[\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f]")
"""Quotation marks as word processors write them."""
_STRAIGHT = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
)


def tidy_text(source: str) -> str:
    """The text as Python reads it: one kind of line end, no byte order mark, spaces that are spaces, no prompts.

    What a notebook or a page put around the lines becomes empty lines, so that each line keeps its number.
    """
    plain = source.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n").replace("\r", "\n")
    straight = _straighten_spaces(_drop_prompts(plain))
    return dedent(straight) if straight.lstrip("\n").startswith((" ", "\t")) else straight


def is_command(line: str) -> bool:
    """Whether a line speaks to a notebook, not to Python: ``%matplotlib inline``, ``!pip install``, ``nn.Linear?``."""
    return bool(_COMMAND.match(line))


def drop_commands(source: str) -> str:
    """The text with an empty line for each that speaks to a notebook, outside of strings."""
    inside = _find_quoted_lines(source)
    lines = source.split("\n")
    return "\n".join("" if is_command(line) and place not in inside else line for place, line in enumerate(lines))


def list_respellings(source: str) -> list[str]:
    """The text with straight quotes, with spaces for tabs, and without invisible signs: each where it changes."""
    invisible = "".join(sign for sign in source if unicodedata.category(sign) != "Cf")
    straight = source.translate(_STRAIGHT)
    spelt = (straight, *(source.replace("\t", " " * width) for width in (4, 8)), invisible)
    return [text for text in spelt if text != source]


def _straighten_spaces(source: str) -> str:
    """Spaces of other widths, and those that break no line, as Python's own; strings and comments keep theirs."""
    if source.isascii():
        return source
    parts, end = [], 0
    for match in _QUOTED.finditer(source):
        parts += [_to_spaces(source[end : match.start()]), match.group()]
        end = match.end()
    return "".join((*parts, _to_spaces(source[end:])))


def _to_spaces(code: str) -> str:
    return "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in code)


def _drop_prompts(source: str) -> str:
    lines = source.split("\n")
    quoted = _find_quoted_lines(source)
    fences = [place for place, line in enumerate(lines) if _FENCE.match(line)]
    if fences and fences[0] not in quoted:
        lines = _keep_fenced(lines, fences)
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith(">>>"):
        return "\n".join(_cut(line, _PYTHON_PROMPT) for line in lines)
    if any(_NOTEBOOK_PROMPT.match(line) and place not in quoted for place, line in enumerate(lines)):
        return "\n".join(_cut_notebook(lines))
    return "\n".join(lines)


def _keep_fenced(lines: list[str], fences: list[int]) -> list[str]:
    """The lines between two fences; those of an only fence are all the others."""
    if len(fences) == 1:
        return [line if place != fences[0] else "" for place, line in enumerate(lines)]
    kept, inside = [], False
    for place, line in enumerate(lines):
        inside = inside != (place in fences)
        kept.append(line if inside and place not in fences else "")
    return kept


def _cut(line: str, prompt: re.Pattern[str]) -> str:
    match = prompt.match(line)
    return line[match.end() :] if match else ""


def _cut_notebook(lines: list[str]) -> list[str]:
    cut, is_output = [], False
    for line in lines:
        prompt = _NOTEBOOK_PROMPT.match(line) or _NOTEBOOK_MORE.match(line)
        is_output = bool(_NOTEBOOK_OUTPUT.match(line)) or (is_output and not prompt)
        cut.append("" if is_output else line[prompt.end() :] if prompt else line)
    return cut


def _find_quoted_lines(source: str) -> set[int]:
    """The lines, from 0, that begin inside a string."""
    inside: set[int] = set()
    for match in _QUOTED.finditer(source):
        first = source.count("\n", 0, match.start())
        inside.update(range(first + 1, first + 1 + match.group().count("\n")))
    return inside

"""Every sentence that a user sees. Knows the language, not the page that asks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any

from netcore.errors import NetcoreError
from netcore.model.shape import Shape
from pages.shared.shapes import shape_text

LOCALES = Path(__file__).parent / "locales"

_UNIT_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"


def page(name: str) -> Callable[..., str]:
    """The speaker of one page: ``say("key", count=3)`` gives its sentence of ``locales/en/<name>.toml``.

    Raises ``KeyError`` for a key or a value that is missing; a test finds both before a user does.
    """

    def say(key: str, **values: object) -> str:
        return str(_sentences(name)[key]).format_map(values)

    return say


def table(name: str, key: str) -> list[dict[str, Any]]:
    """The rows under ``[[key]]`` in a page's sentences."""
    rows: list[dict[str, Any]] = _sentences(name)[key]
    return rows


def error(refusal: NetcoreError) -> str:
    """An engine's refusal as Markdown: what happened and the cure, its values shown as they are, never as markup."""
    values = {name: _show(value) for name, value in refusal.values.items()}
    sentences = f"{refusal.what} {refusal.cure}".replace("__", r"\_\_")  # __init__ is a name, not bold
    return sentences.format_map(values)


def plain(words: str) -> str:
    """Text from outside (a file name, a layer name) as Markdown that shows exactly these characters."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>$:~&-])", r"\\\1", " ".join(words.split()))


def reference(name: str) -> str:
    """A layer of ``model`` as Python writes it: ``model[0]``, ``model.features[3]``, ``model.fc1``."""
    parts = name.split(".") if name else []
    return "model" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)


def layer(name: str, kind: str = "") -> str:
    """A layer as Markdown, called the same on all pages: its name in the ``state_dict``, then its class or its code.

    The network itself has no such name, and is called by its class alone.
    """
    if name and kind:
        return f"{plain(name)}{_UNIT_SPACE}{code(kind)}"
    return code(name or kind)


def layer_choice(name: str, kind: str) -> str:
    """The same as plain text, for a list to choose from."""
    return f"{name}: {kind}" if name else kind


def code(words: str) -> str:
    """Text from outside as code in Markdown: nothing in it ends the code before its end."""
    return f"`{' '.join(words.split()).replace('`', chr(39))}`"


def number(value: float) -> str:
    """Four significant digits, thousands separated: ``101,770``, ``0.08612``, ``1.2e-07``."""
    if isinstance(value, int):
        return f"{value:,}"
    value += 0.0  # makes -0 a 0
    return f"{value:,.4g}" if 1e-4 <= abs(value) < 1e6 or value == 0 else f"{value:.3e}"


def ordinal(place: int) -> str:
    """A place in a row: ``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending}"


def formula(words: str) -> str:
    """Arithmetic that numbers were put into, its signs as one writes them: ``1 + -2 × -3`` is ``1 − 2 × (−3)``."""
    words = re.sub(r"\+ -(?=\d)", f"{_MINUS} ", words)
    words = re.sub(rf"{_MINUS} -(?=\d)", "+ ", words)
    words = re.sub(r"([×/]) -(\d[\d.,]*(?:e[+-]\d+)?)", rf"\1 ({_MINUS}\2)", words)
    return re.sub(r"(?<![\w.])-(?=\d)", _MINUS, words)


def probability_of(loss: float) -> str:
    """``exp(-loss)`` with as many digits as it takes for its −log to be ``number(loss)``: ``0.99999765``."""
    share = Decimal(1)
    for digits in range(4, 24):
        with localcontext(prec=digits):
            share = Decimal(-loss).exp()
        if number(float(-share.ln())) == number(loss):
            break
    return f"{share.normalize():f}" if share >= Decimal("1e-4") else f"{share:e}"


def rough(value: int) -> str:
    """A large count with four digits: ``12.85 M``."""
    for unit_size, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        if value >= unit_size:
            return f"{value / unit_size:.4g}{_UNIT_SPACE}{unit}"
    return number(value)


def percent(share: float) -> str:
    """A share in [0, 1] as per cent with one decimal: ``97.6 %``; 0.0 % is none at all, and 100.0 % all of them."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"


def size(byte_count: int) -> str:
    """A file's size in MB, or in kB where that would be 0.0: ``18.8 MB``, ``4 kB``."""
    if byte_count >= 1e5:
        return f"{byte_count / 1e6:,.1f}{_UNIT_SPACE}MB"
    return f"{max(1, round(byte_count / 1e3))}{_UNIT_SPACE}kB"


def duration(seconds: float) -> str:
    """A time in the unit a person would say: ``12 ms``, ``3.2 s``, ``2 min 5 s``."""
    if seconds < 1:
        return f"{1000 * seconds:.0f}{_UNIT_SPACE}ms"
    if seconds < 60:
        return f"{seconds:.1f}{_UNIT_SPACE}s"
    return f"{int(seconds // 60)}{_UNIT_SPACE}min {int(seconds % 60)}{_UNIT_SPACE}s"


def _show(value: object) -> object:
    if isinstance(value, Shape):
        return shape_text(value)
    return plain(value) if isinstance(value, str) else value


@cache
def _sentences(name: str) -> dict[str, Any]:
    return tomllib.loads((LOCALES / "en" / f"{name}.toml").read_text(encoding="utf-8"))

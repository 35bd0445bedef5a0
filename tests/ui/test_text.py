"""Every sentence exists, is used, and shows values from outside as they are."""

import ast
import string
import tomllib
from decimal import Decimal

import pytest

from netcore.errors import CodeError, PhotoError
from netcore.settings import PROJECT_FOLDER
from pages.shared import text

FILES = sorted((text.LOCALES / "en").glob("*.toml"))
SOURCES = {path: path.read_text() for path in sorted((PROJECT_FOLDER / "pages").rglob("*.py"))}


SENTENCES = {path.stem: tomllib.loads(path.read_text()) for path in FILES}


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def said():
    """Every ``say("key", name=...)`` of the pages: the place, the key, and the names it passes."""
    for path, source in SOURCES.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("say", "words", "names"):
                key = node.args[0] if node.args else None
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield path, key.value, {keyword.arg for keyword in node.keywords}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sentence_is_said_somewhere(path):
    everything = "\n".join(SOURCES.values()).replace("'", '"')
    for key, sentence in SENTENCES[path.stem].items():
        if isinstance(sentence, str):
            parts = key.split("_")
            made = [f'"{"_".join(parts[:cut])}_{{' for cut in range(1, len(parts))]
            made += [f'}}_{"_".join(parts[cut:])}"' for cut in range(1, len(parts))]
            assert f'"{key}"' in everything or any(piece in everything for piece in made), f"{key} is said nowhere"


def test_every_sentence_that_is_said_exists_and_gets_the_values_it_names():
    for path, key, names in said():
        candidates = [placeholders(page[key]) for page in SENTENCES.values() if isinstance(page.get(key), str)]
        assert None in names or names in candidates, f"{path.name}: {key} with {names or 'no values'}"


def test_values_from_outside_are_shown_as_they_are_and_not_as_markup():
    refusal = PhotoError("{name} is no picture.", "Take another.", name="[x](javascript:alert(1)) <b>$\\pi$</b> &lt;")
    assert text.error(refusal) == (
        "\\[x\\]\\(javascript\\:alert\\(1\\)\\) \\<b\\>\\$\\\\pi\\$\\</b\\> \\&lt; is no picture. Take another."
    )


def test_a_name_with_underscores_in_a_sentence_is_not_bold():
    assert text.error(CodeError("Look at __init__.", "Mend {name}.", name="self.__x", line=1)) == (
        "Look at \\_\\_init\\_\\_. Mend self.\\_\\_x."
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (101770, "101,770"),
        (0.086123, "0.08612"),
        (0, "0"),
        (0.0, "0"),
        (-0.0, "0"),
        (1.2e-7, "1.200e-07"),
        (1234.567, "1,235"),
    ],
)
def test_numbers_have_four_digits_and_thousands(value, words):
    assert text.number(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0123, "12 ms"), (3.21, "3.2 s"), (59.99, "60.0 s"), (125, "2 min 5 s")]
)
def test_times_are_in_the_unit_a_person_would_say(seconds, words):
    assert text.duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(("count", "words"), [(18_826_032, "18.8 MB"), (4_100, "4 kB"), (12, "1 kB")])
def test_sizes_are_in_megabytes(count, words):
    assert text.size(count).replace("\N{NO-BREAK SPACE}", " ") == words


def test_shares_are_per_cent_with_one_decimal():
    assert text.percent(0.97649) == "97.6 %"


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "0.0 %"), (1.0, "100.0 %"), (3e-9, "< 0.1 %"), (0.0005, "0.1 %"), (0.99996, "> 99.9 %")]
)
def test_a_share_is_none_or_all_only_where_it_is(share, words):
    assert text.percent(share) == words


@pytest.mark.parametrize(
    ("place", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (112, "112th")],
)
def test_a_place_in_a_row_is_an_english_ordinal(place, words):
    assert text.ordinal(place) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("0.5 + -0.026", "0.5 − 0.026"),
        ("(-0.5 − -1.2e-05) / √(2 + 1e-05)", "(−0.5 + 1.2e-05) / √(2 + 1e-05)"),
        ("3 × -2.5 + -1,024 = **-1,031.5**", "3 × (−2.5) − 1,024 = **−1,031.5**"),
        ("-6 / -4e-07 + 7", "−6 / (−4e-07) + 7"),
        ("`fc-1` [0, -1]", "`fc-1` [0, −1]"),
    ],
)
def test_signs_in_a_formula_stand_as_one_writes_them(given, words):
    assert text.formula(given) == words


@pytest.mark.parametrize("loss", [0.0, 2.35e-6, 1e-15, 0.0123456, 2.302585, 16.117, 744.5, 3000.25])
def test_minus_log_of_the_probability_shown_is_the_loss_shown(loss):
    shown = text.probability_of(loss)
    assert text.number(float(-Decimal(shown).ln())) == text.number(loss)
    assert len(shown) < 25


def test_a_layer_is_called_by_its_name_in_the_state_dict():
    assert text.layer("features.0", "Conv2d(1, 6, 5)") == "features.0\N{NO-BREAK SPACE}`Conv2d(1, 6, 5)`"
    assert text.layer("features.0") == "`features.0`"
    assert text.layer("", "Net") == "`Net`"
    assert text.layer_choice("0", "Flatten()") == "0: Flatten()"

"""Every sentence exists, is used, and shows values from outside as they are."""

import re
import string
import tomllib

import pytest

from netcore.errors import PhotoError
from netcore.settings import PROJECT_FOLDER
from pages.shared import text

FILES = sorted((text.LOCALES / "en").glob("*.toml"))
SOURCES = {path: path.read_text() for path in sorted((PROJECT_FOLDER / "pages").rglob("*.py"))}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sentence_is_used_and_its_braces_are_names(path):
    everything = "\n".join(SOURCES.values())
    for key, sentence in tomllib.loads(path.read_text()).items():
        if isinstance(sentence, str):
            assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(sentence)), key
            prefix = key.rsplit("_", 1)[0]
            assert (
                f'"{key}"' in everything
                or re.search(rf'f"(?:{prefix}_)?\{{\w+\}}(_\w+)?"', everything)
                or (f'f"{prefix}_{{' in everything)
            ), f"{path.stem}.toml: {key} is said nowhere"


def test_values_from_outside_are_shown_as_they_are_and_not_as_markup():
    refusal = PhotoError("{name} is no picture.", "Take another.", name="[x](javascript:alert(1)) <b>$\\pi$</b>")
    assert text.error(refusal) == (
        "\\[x\\]\\(javascript\\:alert\\(1\\)\\) \\<b\\>\\$\\\\pi\\$\\</b\\> is no picture. Take another."
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [(101770, "101,770"), (0.086123, "0.08612"), (0, "0"), (0.0, "0"), (1.2e-7, "1.200e-07"), (1234.567, "1,235")],
)
def test_numbers_have_four_digits_and_thousands(value, words):
    assert text.number(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0123, "12 ms"), (3.21, "3.2 s"), (59.99, "60.0 s"), (125, "2 min 5 s")]
)
def test_times_are_in_the_unit_a_person_would_say(seconds, words):
    assert text.duration(seconds) == words


@pytest.mark.parametrize(("count", "words"), [(18_826_032, "18.8 MB"), (4_100, "4 kB"), (12, "1 kB")])
def test_sizes_are_in_megabytes(count, words):
    assert text.size(count) == words


def test_shares_are_per_cent_with_one_decimal():
    assert text.percent(0.97649) == "97.6 %"

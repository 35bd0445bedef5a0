"""A learning rate that somebody wishes for a run while it trains. Knows the run's folder, not who trains it.

The wish stays in the folder. It says what the rate is to be, not by how much to change it, so whoever reads it twice
(an epoch that is repeated after a crash) does the same twice.
"""

from __future__ import annotations

from pathlib import Path

from netcore.errors import ConfigError
from netcore.files import read_json, write_json
from netcore.training.config import check_learning_rate
from netcore.training.layout import WISH_NAME


def wish_learning_rate(folder: Path, rate: object) -> float:
    """Ask for ``rate`` in the run of ``folder`` from its next epoch on, and return it as it was written.

    Raises ``ConfigError`` out of range, or for what is no number.
    """
    wished = check_learning_rate(rate)
    write_json(folder / WISH_NAME, {"learning_rate": wished})
    return wished


def read_wish(folder: Path) -> float | None:
    """The learning rate that was wished for last; None where there is no wish, or none that can be granted."""
    value = read_json(folder / WISH_NAME)
    rate = value.get("learning_rate") if isinstance(value, dict) else None
    try:
        return check_learning_rate(rate)
    except ConfigError:
        return None

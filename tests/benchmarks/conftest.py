"""On which machine the ratios were measured, and how carefully."""

import os
import platform
from pathlib import Path

import pytest
import torch

from netcore.settings import usable_cores


@pytest.fixture(scope="session", autouse=True)
def machine():
    print(
        f"\n{_processor()}, {usable_cores()} of {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"torch {torch.__version__}"
    )


@pytest.fixture(scope="session")
def is_shown(request):
    """Whether somebody reads the ratios (pytest -s). Otherwise they need no precision: it is enough that all works."""
    return request.config.getoption("capture") == "no"


@pytest.fixture(scope="session")
def repeat(is_shown):
    """``repeat(10)``: a range of so many rounds, and of one where nobody reads the ratios."""
    return lambda rounds: range(rounds if is_shown else 1)


def _processor():
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

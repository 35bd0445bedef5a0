"""Says once on which machine the ratios were measured."""

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


def _processor():
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

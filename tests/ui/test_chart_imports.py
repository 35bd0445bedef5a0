"""No chart is drawn while pandas is half loaded by another visitor's page."""

import subprocess
import sys

import pytest

from netcore.settings import PROJECT_FOLDER

CHARTS = sorted(path.stem for path in (PROJECT_FOLDER / "pages" / "shared" / "charts").glob("[a-z]*.py"))


@pytest.mark.parametrize("name", CHARTS)
def test_whoever_can_draw_a_chart_has_all_of_pandas(name):
    check = f"import sys, pages.shared.charts.{name}; sys.exit('pandas' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=PROJECT_FOLDER, check=False).returncode == 0

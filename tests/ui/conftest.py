"""Pages under AppTest: in this process, without a browser, with a data folder of their own."""

import io
import sys

import pytest
from PIL import Image
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from netcore.settings import PROJECT_FOLDER, Settings
from netcore.worker.spare import Spare
from pages.shared.workspace import Hand, Workspace
from tests.engine.training_help import SMALL
from tests.ui.page_help import PATIENCE


@pytest.fixture(autouse=True)
def _main_module(monkeypatch):
    """A page that ran would stay Python's main module, and a process that is forked later would run it once more."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def open_page(tmp_path, monkeypatch, caplog):
    """``open_page("samples")`` runs that page as a new visitor; ``address="..."`` reopens somebody's workspace."""
    monkeypatch.setenv("NETCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Spare, "warm_up", lambda spare: None)  # no worker that nobody asked for

    def open_page(name, address=None):
        app = AppTest.from_file(PROJECT_FOLDER / "app.py", default_timeout=PATIENCE)
        if address:
            app.query_params["w"] = address
        app.run()
        if name != "home":
            app.switch_page(f"pages/{name}.py")
            app.run()
        assert not app.exception
        return app

    yield open_page
    # A page that fails by a mistake of ours shows a sentence; the traceback is in the log.
    assert [record.getMessage() for record in caplog.records if record.name == "netcore"] == []


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A visitor's workspace, with SMALL in hand."""
    monkeypatch.setenv("NETCORE_HOME", str(tmp_path / "home"))
    made = Workspace("a" * 32, Settings.from_environment().workspaces / ("a" * 32))
    made.take(Hand(SMALL))
    return made


@pytest.fixture
def shown(monkeypatch):
    """The pictures that a page has sent to the browser."""
    pictures = []
    add = MediaFileManager.add

    def keep(manager, data, mimetype, *others, **options):
        if mimetype.startswith("image/"):
            pictures.append(Image.open(io.BytesIO(data)))
        return add(manager, data, mimetype, *others, **options)

    monkeypatch.setattr(MediaFileManager, "add", keep)
    return pictures

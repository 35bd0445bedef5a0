"""Weights on the zoo page: damaged, of one's own, uploaded, and a download that somebody cancels."""

import shutil
import threading

import pytest

from netcore.errors import WeightsError
from netcore.settings import PROJECT_FOLDER
from netcore.zoo import fetches
from netcore.zoo.catalogue import find_entry
from netcore.zoo.download import partial_path
from netcore.zoo.weights import weights_path
from tests.ui.page_help import button, labels
from tests.ui.test_zoo_page import wait_for_fetch

HUB = PROJECT_FOLDER.parent / "shared" / "torch_home" / "hub" / "checkpoints"
ENTRY = find_entry("squeezenet1_0")
OWN = "own weights, not the published ones"
pytestmark = pytest.mark.usefixtures("hub")
needs_file = pytest.mark.skipif(not (HUB / ENTRY.file_name).is_file(), reason="no folder of downloaded weights")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    weights_path(ENTRY).parent.mkdir(parents=True)


@pytest.fixture
def zoo(open_page):
    def open_zoo(address=None):
        app = open_page("zoo", address)
        app.selectbox(key="zoo_model").set_value(ENTRY.name).run()
        assert not app.exception
        return app

    return open_zoo


def badges(app):
    return [text.value for text in app.markdown if OWN in text.value]


def titles(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def show(app, tab):
    app.session_state["zoo_tab"] = tab
    app.run()
    assert not app.exception


def upload(app, data):
    app.file_uploader(key=f"zoo_own_{ENTRY.name}_0").upload("mine.pth", data)
    app.run()
    button(app, "Check and use this file").click().run()
    assert not app.exception


@needs_file
def test_a_file_that_is_not_the_published_one_is_used_only_where_somebody_says_so_and_is_labelled(zoo):
    shutil.copy(HUB / ENTRY.file_name, weights_path(ENTRY))
    app = zoo()
    assert titles(app) == []
    assert "is not the published one: its SHA-256 is another" in app.warning[0].value
    assert badges(app) == []
    button(app, "Use it as own weights").click().run()
    for tab in ("Predictions", "What it receives", "Reset weights"):
        show(app, tab)
        assert len(badges(app)) == 2  # beside the network's name, and over its answers
    button(app, "Reset the weights").click().run()
    assert titles(app)[0].startswith("Own weights: ")
    show(app, "Catalogue")
    states = dict(zip(*app.dataframe[0].value[["Network", "Weights"]].to_numpy().T, strict=True))
    assert states[ENTRY.name] == OWN
    assert titles(zoo()) == []  # another visitor is asked too
    button(app, "Go back to the published weights").click().run()
    assert badges(app) == []


@needs_file
def test_an_uploaded_file_is_for_its_owner_alone_until_it_is_let_go(zoo):
    app = zoo()
    assert "Download 5.0 MB" in labels(app)
    upload(app, (HUB / ENTRY.file_name).read_bytes())
    assert (len(titles(app)), len(badges(app))) == (1, 2)
    assert "Download 5.0 MB" in labels(zoo())
    button(app, "Go back to the published weights").click().run()
    assert "Download 5.0 MB" in labels(app)


def test_an_upload_that_is_no_weights_is_refused_in_a_sentence_and_leaves_nothing(zoo):
    app = zoo()
    upload(app, b"import os; os.system('true')")
    assert app.error[0].value.startswith("**mine.pth**: ")
    assert "Download 5.0 MB" in labels(app)
    assert "Go back to the published weights" not in labels(app)


def test_a_damaged_file_is_refused_and_the_published_one_offered_in_its_place(zoo, monkeypatch):
    asked = []
    weights_path(ENTRY).write_bytes(b"PK\x03\x04 no archive")
    monkeypatch.setattr(fetches, "fetch_weights", lambda entry, *_, anew, **options: asked.append((entry.name, anew)))
    app = zoo()
    assert ENTRY.file_name.replace("-", r"\-").replace("_", r"\_") in app.error[0].value
    button(app, "Download the published file again (5.0 MB)").click().run()
    assert asked == [(ENTRY.name, True)]


def test_the_published_file_that_cannot_be_downloaded_again_is_said_beside_the_button(zoo, monkeypatch):
    def refuse(entry, *_, **options):
        raise WeightsError("There is no connection.", "Try again with a network.")

    weights_path(ENTRY).write_bytes(b"PK\x03\x04 no archive")
    monkeypatch.setattr(fetches, "fetch_weights", refuse)
    app = zoo()
    button(app, "Download the published file again (5.0 MB)").click().run()
    wait_for_fetch(ENTRY.name)
    app.run()
    assert app.error[-1].value == "There is no connection. Try again with a network."


def test_a_cancelled_download_ends_is_kept_and_can_be_gone_on_with(zoo, monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    def fetch(entry, on_progress, *, should_stop, anew):
        partial_path(weights_path(entry)).write_bytes(bytes(2_000_000))
        on_progress(2_000_000, 4_000_000)
        begun.set()
        while not should_stop():
            pass
        ended.set()
        raise WeightsError("The download was stopped.", "Begin it again.")

    monkeypatch.setattr(fetches, "fetch_weights", fetch)
    app = zoo()
    button(app, "Download 5.0 MB").click().run()
    assert begun.wait(30)
    app.run()
    assert "Wait for it too" in labels(zoo())
    again = zoo(app.session_state["w"])  # the page was loaded anew
    button(again, "Cancel the download").click().run()
    assert ended.wait(30)
    app.run()
    assert "Continue the download (2.0 of 5.0 MB are here)" in labels(app)
    assert not app.error

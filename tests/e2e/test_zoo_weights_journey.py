"""Weights in a real browser: a slow server that breaks off, a cancelled download, files from a person's hand."""

import hashlib
import io
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from playwright.sync_api import expect
from torchvision import models

from netcore.settings import PROJECT_FOLDER
from tests.e2e.conftest import Server, assert_clean

SQUEEZENET = PROJECT_FOLDER.parent / "shared/torch_home/hub/checkpoints/squeezenet1_0-b66bff10.pth"


class Publisher(ThreadingHTTPServer):
    """Serves one weights file: the first time slowly until it is let go, the second time half of what is asked for."""

    def __init__(self):
        file = io.BytesIO()
        torch.save(models.squeezenet1_1().state_dict(), file)
        self.data, self.let_go, self.starts = file.getvalue(), threading.Event(), []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def file_name(self):
        return f"squeezenet1_1-{hashlib.sha256(self.data).hexdigest()[:8]}.pth"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.server.starts.append(start)
        rest = self.server.data[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if len(self.server.starts) == 1:
            self._send_slowly(rest)
        else:
            self.wfile.write(rest[: len(rest) // 2] if len(self.server.starts) == 2 else rest)

    def _send_slowly(self, data):
        for begin in range(0, len(data), 16_384):
            if self.server.let_go.wait(0.05):
                return
            self.wfile.write(data[begin : begin + 16_384])

    def log_message(self, *_):
        pass


@pytest.fixture
def publisher():
    publisher = Publisher()
    thread = threading.Thread(target=publisher.serve_forever)
    thread.start()
    yield publisher
    publisher.let_go.set()
    publisher.shutdown()
    publisher.server_close()
    thread.join()


@pytest.fixture
def zoo_server(publisher, tmp_path):
    """A server of its own whose zoo downloads from ``publisher``."""
    url = f"http://127.0.0.1:{publisher.server_port}/{publisher.file_name}"
    hub = tmp_path / "torch"
    (hub / "hub" / "checkpoints").mkdir(parents=True)
    if SQUEEZENET.is_file():
        shutil.copy(SQUEEZENET, hub / "hub" / "checkpoints")
    environment = {"ZOO_URL": url, "ZOO_FILE": publisher.file_name, "TORCH_HOME": str(hub)}
    server = Server(tmp_path / "home", "tests.e2e.zoo_server", **environment)
    server.start()
    yield server
    server.stop()
    assert_clean(server.read_log())


def test_a_download_is_cancelled_breaks_off_goes_on_and_is_used(zoo_server, publisher, page):
    page.goto(f"{zoo_server.url}/zoo?zoo_model=squeezenet1_1")
    page.get_by_role("button", name="Download 5.0 MB").click()
    expect(page.get_by_text(re.compile(r"MB/s, about .* left"))).to_be_visible()
    page.get_by_role("button", name="Cancel the download").click()
    go_on = page.get_by_role("button", name=re.compile("Continue the download"))
    go_on.click()
    expect(page.get_by_text("the connection broke off after")).to_be_visible()
    go_on.click()
    expect(page.get_by_test_id("stPlotlyChart").filter(has_text="It says")).to_be_visible()
    expect(page.get_by_text("on the disk", exact=True)).to_be_visible()
    first, second, third = publisher.starts
    assert 0 == first < second < third < len(publisher.data)


@pytest.mark.skipif(not SQUEEZENET.is_file(), reason="no folder of downloaded weights")
def test_a_file_that_is_not_the_published_one_is_used_on_request_and_labelled(zoo_server, page):
    page.goto(f"{zoo_server.url}/zoo?zoo_model=squeezenet1_0")
    answers = page.get_by_test_id("stPlotlyChart")
    page.get_by_role("button", name="Use it as own weights").click()
    expect(answers.filter(has_text="It says Egyptian cat")).to_be_visible()
    sidebar, main = page.get_by_test_id("stSidebar"), page.get_by_test_id("stMainBlockContainer")
    for place in (sidebar, main):
        expect(place.get_by_text("own weights, not the published ones", exact=True)).to_be_visible()
    for tab, words in (("train() and eval()", "With eval(): Egyptian cat"), ("Predictions", "It says Egyptian cat")):
        page.get_by_role("tab", name=tab).click()
        expect(answers.filter(has_text=words)).to_be_visible()
        label = page.get_by_role("tabpanel").get_by_text("own weights, not the published ones").first
        expect(label).to_be_visible()


def test_weights_are_uploaded_by_hand(zoo_server, publisher, page):
    page.goto(f"{zoo_server.url}/zoo?zoo_model=squeezenet1_1")
    page.get_by_text("Weights from a file").click()
    file = {"name": "from home.pth", "mimeType": "application/octet-stream", "buffer": publisher.data}
    page.get_by_test_id("stFileUploaderDropzoneInput").nth(1).set_input_files([file])
    page.get_by_role("button", name="Check and use this file").click()
    expect(page.get_by_test_id("stPlotlyChart").filter(has_text="It says")).to_be_visible()
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main.get_by_text("own weights, not the published ones", exact=True)).to_be_visible()
    assert publisher.starts == []

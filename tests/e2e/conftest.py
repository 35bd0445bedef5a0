"""A real server and a real browser. The tests are skipped, with a reason, where there is no Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from netcore.settings import PROJECT_FOLDER

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
PATIENCE = 90
"""Seconds that a page may take on a slow machine: nobody waits for them where it is quick."""
# Streamlit's browser side looks for its server beside a page's address before it finds it at the root.
EXPECTED_ERRORS = ("_stcore/health", "_stcore/host-config")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.e2e)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


class Server:
    """A Streamlit server of its own, with a data folder of its own."""

    def __init__(self, home, starter="streamlit", **environment):
        self.home, self.starter = home, starter
        self.environment = environment
        self.log = home.parent / f"{home.name}.log"
        self.port = free_port()
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [sys.executable, "-m", self.starter, "run", "app.py", "--server.headless=true"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"--server.port={self.port}"],
                cwd=PROJECT_FOLDER,
                env={**os.environ, "NETCORE_HOME": str(self.home), **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, self.read_log()
            assert time.monotonic() < deadline, "the server did not start within a minute"

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self, how):
        """Send a signal to the server and all that is in its process group, and wait until it is gone."""
        os.killpg(self.process.pid, how)
        self.process.wait(20)

    def read_log(self):
        return self.log.read_text(errors="replace")

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def fresh_server(tmp_path):
    """A server that nobody has asked anything yet. Its log must stay clean."""
    server = Server(tmp_path / "home")
    server.start()
    yield server
    server.stop()
    assert_clean(server.read_log())


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    """One server for every test that only needs a workspace of its own: starting one loads torch three times."""
    server = Server(tmp_path_factory.mktemp("home"))
    server.start()
    yield server
    server.stop()
    assert_clean(server.read_log())


@pytest.fixture(scope="module")
def server(shared_server):
    """The server that all modules share. What a module adds to its log must stay clean."""
    before = len(shared_server.read_log())
    yield shared_server
    assert_clean(shared_server.read_log()[before:])


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A new visitor's tab at 1280 x 800. Its console stays clean and it asks nobody else."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    problems = []
    page.on("console", lambda message: _keep(problems, message))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: _keep_foreign(problems, request.url))
    yield page
    context.close()
    assert problems == []


def assert_clean(log):
    """A server's log without a traceback and without a warning, up to the moment in which it is told to stop.

    What Streamlit's own web server says of browsers that are still connected then is not ours.
    """
    log = log.partition("Stopping...")[0]
    assert "Traceback" not in log, log
    assert "WARNING" not in log.upper(), log


def _keep(problems, message):
    where = (message.location or {}).get("url", "")
    if message.type in ("error", "warning") and not where.endswith(EXPECTED_ERRORS):
        problems.append(f"{message.type}: {message.text} {where}")


def _keep_foreign(problems, url):
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        problems.append(f"asked elsewhere: {url}")

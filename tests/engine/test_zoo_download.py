"""A download comes whole and verified, or not at all; half of one is kept and gone on from."""

import hashlib
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from netcore.errors import WeightsError
from netcore.zoo.catalogue import find_entry
from netcore.zoo.download import download, partial_path
from netcore.zoo.fetches import Fetches
from netcore.zoo.weights import weights_path
from tests.engine.scheduler_help import wait_until

GOOD = bytes(range(256)) * 12_000
GOOD_NAME = f"net-{hashlib.sha256(GOOD).hexdigest()[:8]}.pth"
HALF = len(GOOD) // 2
GARBAGE = b"<html>log in to the hotel</html>"


class Handler(BaseHTTPRequestHandler):
    """Answers as the path says: good, absent, garbage, broken (half, then nothing), endless, slow, deaf (no ranges)."""

    def do_GET(self):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and "deaf" not in self.path else 0
        self.server.requests.append((self.path, start))
        if "absent" in self.path:
            self.send_error(404)
            return
        body = GARBAGE if "garbage" in self.path else GOOD
        if start >= len(body):
            self.send_error(416)
            return
        body = body[start:]
        self.send_response(206 if start else 200)
        if "endless" not in self.path:
            self.send_header("Content-Length", self.server.length or str(len(body)))
        self.end_headers()
        if "broken" in self.path:
            body = body[: len(body) // 2]
        elif "endless" in self.path:
            body = body * 20
        elif "slow" in self.path:
            self.wfile.write(body[:1000])
            self.wfile.flush()
            assert self.server.go.wait(30)
            body = body[1000:]
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the other side has had enough

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests = []
        server.length = ""
        server.go = threading.Event()
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.go.set()
        server.shutdown()
        thread.join()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_a_download_arrives_whole_and_tells_how_far_it_is(server, tmp_path):
    seen = []
    path = tmp_path / "hub" / GOOD_NAME
    download(f"{server.url}/good", path, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == GOOD
    assert seen[-1] == (len(GOOD), len(GOOD))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ("garbage", "what came is not the published file, so it was thrown away"),
        ("absent", "127.0.0.1 answers with status 404"),
    ],
)
def test_a_download_that_fails_leaves_nothing_and_says_what_to_put_where(server, tmp_path, route, reason):
    with pytest.raises(WeightsError) as caught:
        download(f"{server.url}/{route}", tmp_path / GOOD_NAME)
    assert reason in str(caught.value)
    assert f"put the file {GOOD_NAME} into the folder {tmp_path}." in str(caught.value)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("length", ["-1", "many", "9" * 5000, "\xb2"])
def test_a_length_that_cannot_be_true_is_no_length(server, tmp_path, length):
    seen = []
    path = tmp_path / GOOD_NAME
    server.length = length
    download(f"{server.url}/good", path, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == GOOD
    assert seen[-1] == (len(GOOD), None)


def test_a_folder_in_the_place_of_the_weights_is_named_before_anything_is_fetched(server, tmp_path):
    (tmp_path / GOOD_NAME).mkdir()
    with pytest.raises(WeightsError, match="there is a folder called") as caught:
        download(f"{server.url}/good", tmp_path / GOOD_NAME)
    assert str(caught.value).startswith(f"In {tmp_path} there is a folder called {GOOD_NAME}")
    assert server.requests == []


def test_without_a_network_the_sentence_names_the_file_and_the_folder(tmp_path):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_address[1]
    with pytest.raises(WeightsError, match="cannot be downloaded: there is no connection to") as caught:
        download(f"http://127.0.0.1:{port}/good", tmp_path / GOOD_NAME)
    assert f"put the file {GOOD_NAME} into the folder {tmp_path}." in str(caught.value)


def test_thirty_who_ask_at_once_are_served_by_one_download(server, tmp_path):
    path = tmp_path / GOOD_NAME
    threads = [threading.Thread(target=download, args=(f"{server.url}/good", path)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.requests == [("/good", 0)]
    assert path.read_bytes() == GOOD


def test_a_folder_that_cannot_be_written_is_named(server, tmp_path):
    (tmp_path / "hub").write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match=rf"could not be written to {tmp_path}/hub"):
        download(f"{server.url}/good", tmp_path / "hub" / GOOD_NAME)


def test_a_download_that_broke_off_goes_on_where_it_ended(server, tmp_path):
    path, seen = tmp_path / GOOD_NAME, []
    with pytest.raises(WeightsError, match="broke off after 1,536,000 of 3,072,000 bytes, which are kept"):
        download(f"{server.url}/broken", path)
    assert files_in(tmp_path) == [partial_path(path).name]
    download(f"{server.url}/good", path, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == GOOD
    assert server.requests == [("/broken", 0), ("/good", HALF)]
    assert seen[0] == (HALF, len(GOOD))
    assert files_in(tmp_path) == [GOOD_NAME]


def test_it_begins_again_where_the_server_knows_no_ranges(server, tmp_path):
    path = tmp_path / GOOD_NAME
    partial_path(path).write_bytes(GOOD[:HALF])
    download(f"{server.url}/deaf", path)
    assert path.read_bytes() == GOOD


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(GOOD), GOOD + b"more"], ids=["short", "as long", "longer"])
def test_what_is_not_the_beginning_of_the_file_is_thrown_away_and_fetched_anew(server, tmp_path, left):
    path = tmp_path / GOOD_NAME
    partial_path(path).write_bytes(left)
    download(f"{server.url}/good", path)
    assert path.read_bytes() == GOOD
    assert files_in(tmp_path) == [GOOD_NAME]


def test_one_that_was_killed_before_it_was_put_in_place_is_not_fetched_again(server, tmp_path):
    path = tmp_path / GOOD_NAME
    partial_path(path).write_bytes(GOOD)
    download(f"{server.url}/good", path)
    assert path.read_bytes() == GOOD
    assert server.requests == []


def test_a_server_that_sends_more_than_the_file_has_is_left(server, tmp_path):
    with pytest.raises(WeightsError, match="what came is not the published file, so it was thrown away"):
        download(f"{server.url}/endless", tmp_path / GOOD_NAME, most_bytes=2 * len(GOOD))
    assert files_in(tmp_path) == []


def test_a_length_that_is_too_short_gives_no_short_file(server, tmp_path):
    server.length = "5000"
    with pytest.raises(WeightsError, match="what came is not the published file"):
        download(f"{server.url}/good", tmp_path / GOOD_NAME)
    assert files_in(tmp_path) == []


def test_a_stopped_download_keeps_what_came_and_goes_on_from_there(server, tmp_path):
    path, stop = tmp_path / GOOD_NAME, threading.Event()
    with pytest.raises(WeightsError, match=r"The download was stopped\. Begin it again: it goes on from there\."):
        download(f"{server.url}/slow", path, lambda done, total: done and stop.set(), should_stop=stop.is_set)
    assert partial_path(path).read_bytes() == GOOD[:1000]
    server.go.set()
    download(f"{server.url}/good", path)
    assert server.requests[-1] == ("/good", 1000)
    assert path.read_bytes() == GOOD


def test_a_damaged_file_is_replaced_only_when_it_is_asked_for_anew(server, tmp_path):
    path = tmp_path / GOOD_NAME
    path.write_bytes(GOOD[:-1])
    download(f"{server.url}/good", path)
    assert path.read_bytes() == GOOD[:-1]
    download(f"{server.url}/good", path, anew=True)
    assert path.read_bytes() == GOOD
    download(f"{server.url}/good", path, anew=True)
    assert server.requests == [("/good", 0)]


def test_a_replacement_that_fails_leaves_the_old_file(server, tmp_path):
    path = tmp_path / GOOD_NAME
    path.write_bytes(b"somebody's own")
    with pytest.raises(WeightsError, match="thrown away"):
        download(f"{server.url}/garbage", path, anew=True)
    assert path.read_bytes() == b"somebody's own"


def test_half_a_file_does_not_fill_a_full_disk(server, tmp_path, monkeypatch):
    path = tmp_path / GOOD_NAME

    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netcore.zoo.download.put_in_place", refuse)
    with pytest.raises(WeightsError, match=r"could not be written to .*: No space left on device"):
        download(f"{server.url}/good", path)
    assert files_in(tmp_path) == []


def test_a_server_that_falls_silent_is_left_and_what_came_is_kept(server, tmp_path, monkeypatch):
    monkeypatch.setattr("netcore.zoo.download._TIMEOUT_SECONDS", 0.2)
    path = tmp_path / GOOD_NAME
    with pytest.raises(WeightsError, match=r"127\.0\.0\.1 did not answer within 0\.2 s"):
        download(f"{server.url}/slow", path)
    assert partial_path(path).read_bytes() == GOOD[:1000]


def test_two_who_wait_for_a_slow_server_see_the_same_and_the_second_gets_it_when_the_first_leaves(
    server, tmp_path, monkeypatch
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    entry = replace(find_entry("squeezenet1_1"), url=f"{server.url}/slow", file_name=GOOD_NAME)
    ours = Fetches()
    ours.start(entry, "ann")
    ours.start(entry, "bob")
    wait_until(lambda: ours.find(entry).done == 1000)
    assert (ours.find(entry).total, ours.find(entry).waiting) == (len(GOOD), 2)
    ours.cancel(entry, "ann")
    assert [ours.find(entry, who).is_awaited for who in ("ann", "bob")] == [False, True]
    server.go.set()
    wait_until(lambda: not ours.find(entry).is_running)
    assert ours.find(entry).problem is None
    assert weights_path(entry).read_bytes() == GOOD
    assert server.requests == [("/slow", 0)]

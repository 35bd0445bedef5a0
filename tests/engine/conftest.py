"""What the engine's tests share."""

import pytest


@pytest.fixture(scope="session")
def spare():
    """Warm workers for all schedulers: loading torch takes seconds."""
    from tests.engine.forked_workers import ForkingSpare

    return ForkingSpare()


@pytest.fixture
def scheduler(spare):
    """One worker at a time."""
    from netcore.training.scheduler import Scheduler

    made = Scheduler(1, spare=spare)
    yield made
    made.close()


@pytest.fixture
def store(tmp_path):
    """The runs of one workspace; its own folder has room for others beside it."""
    from netcore.training.runs import RunStore

    return RunStore(tmp_path / "one" / "runs")


@pytest.fixture
def near(monkeypatch):
    """Files from outside are checked in this process, which has torch already."""
    from tests.engine.outside_files import check_here

    yield from check_here(monkeypatch)


@pytest.fixture
def here(monkeypatch):
    """The classes of a test are our own: they run in this very process, as if it were confined, without the wall."""
    from netcore.settings import CONFINED

    monkeypatch.setenv(CONFINED, "1")
    monkeypatch.setenv("NETCORE_CODE", "trusted")


@pytest.fixture(scope="session")
def folder_with_mnist(tmp_path_factory):
    """A folder in which torchvision finds MNIST, so that its ``download=True`` has nothing to fetch."""
    import gzip

    from netcore.data.mnist import FILES_FOLDER

    folder = tmp_path_factory.mktemp("script")
    raw = folder / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in FILES_FOLDER.glob("*.gz"):
        (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return folder

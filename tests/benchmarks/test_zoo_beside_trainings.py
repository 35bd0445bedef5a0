"""SC16: how long eight people wait for a photo's classes while four trainings run, and while none does (pytest -s)."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from netcore.data.photos import decode_photo, example_photos
from netcore.training.runs import RunStore
from netcore.training.scheduler import Scheduler
from netcore.zoo.inference import classify
from netcore.zoo.weights import load_pretrained
from tests.engine.forked_workers import ForkingSpare
from tests.engine.scheduler_help import long_config, wait_until
from tests.engine.training_help import SMALL

pytestmark = pytest.mark.benchmark

PEOPLE = 8
TRAININGS = 4
ROUNDS = 10


@pytest.fixture
def trainings(tmp_path):
    """Starts four trainings that go on until the test is over."""
    scheduler = Scheduler(TRAININGS, spare=ForkingSpare())
    runs = [RunStore(tmp_path / str(number) / "runs").create(SMALL, long_config()) for number in range(TRAININGS)]

    def start():
        for run in runs:
            scheduler.start(run)
        wait_until(lambda: all(run.status().step for run in runs))
        return runs

    yield start
    scheduler.close()


def test_eight_classifications_at_once_beside_four_trainings(trainings, repeat):
    loaded = load_pretrained("efficientnet_lite0")
    photo = decode_photo(example_photos()[0].path.read_bytes())
    classify(loaded, [photo])

    def ask(_):
        started = time.perf_counter()
        assert classify(loaded, [photo])
        return time.perf_counter() - started

    def waits():
        with ThreadPoolExecutor(PEOPLE) as people:
            return sorted(second for _ in repeat(ROUNDS) for second in people.map(ask, range(PEOPLE)))

    alone = waits()
    runs = trainings()
    beside = waits()
    assert all(run.status().is_active for run in runs)
    for name, seconds in ((f"beside {TRAININGS} trainings", beside), ("with none", alone)):
        middle, most = statistics.median(seconds), seconds[int(0.95 * (len(seconds) - 1))]
        print(f"\n{PEOPLE} classifications at once {name}: median {middle:.3f} s, p95 {most:.3f} s (target: 1 s)")

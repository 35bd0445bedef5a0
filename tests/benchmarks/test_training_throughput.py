"""How fast we train beside the course's loop, a bare loop over tensors, and the peers installed here (pytest -s)."""

import pytest

from netcore.data.mnist import load_mnist
from netcore.model.presets import get_preset
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from tests.benchmarks.contestant import OURS, THREADS, Contestant
from tests.benchmarks.peers import PEERS, missing_peers

pytestmark = pytest.mark.benchmark

ROUNDS = 3
QUICKLY = 4
"""So much smaller where nobody reads the ratios."""


@pytest.fixture(scope="module")
def contestants(tmp_path_factory):
    folder, missing = tmp_path_factory.mktemp("logs"), missing_peers()
    for name in missing:
        print(f"\n{name} is not installed here and is left out", end="")
    names = [name for name in (*OURS, *PEERS) if name not in missing]
    contestants = [Contestant(name, folder / f"{number}.log") for number, name in enumerate(names)]
    yield contestants
    for contestant in contestants:
        contestant.end()


@pytest.mark.parametrize("batch_size", [64, 256])
@pytest.mark.parametrize(("preset", "count"), [("mlp", 9_600), ("cnn", 1_536)])
def test_our_loop_beside_its_peers(contestants, is_shown, preset, count, batch_size):
    """The rounds take turns, so that a busy moment of the machine hits all; the best of each counts."""
    count, rounds = (count, ROUNDS) if is_shown else (count // QUICKLY, 1)
    for contestant in contestants:
        contestant.prepare(preset, count, batch_size)
    epochs = [{contestant.name: contestant.train_epoch() for contestant in contestants} for _ in range(rounds)]
    seconds = {name: min(epoch[name] for epoch in epochs) for name in epochs[0]}
    print(f"\n{preset}, batch {batch_size}, {THREADS} thread: {count / seconds['ours']:,.0f} images/s, that is")
    for name in list(seconds)[1:]:
        print(f"  {seconds[name] / seconds['ours']:.2f} x {name} ({count / seconds[name]:,.0f})")


def test_an_epoch_with_its_checkpoints_beside_its_training_pass_alone(tmp_path):
    network = get_preset("mlp").stack
    history = train(network.build(0), TrainingConfig(epochs=2), load_mnist("train"), tmp_path, network=network)
    epoch = history.epochs[-1]
    share = 50_000 / epoch.images_per_second / epoch.seconds
    print(f"\nmlp: the training pass is {100 * share:.0f} % of an epoch of {epoch.seconds:.2f} s")

"""The loop learns, keeps the best, stops when asked, and a resumed run is the uninterrupted one."""

import json
import math
from dataclasses import replace

import pytest
import torch

from netcore.errors import CheckpointError, ConfigError, DivergedError, StackError
from netcore.model.presets import get_preset
from netcore.model.ready_made import list_ready_made
from netcore.model.stack import Stack
from netcore.training import loop as loop_module
from netcore.training.batches import batches
from netcore.training.checkpoints import read_checkpoint, write_checkpoint
from netcore.training.config import OPTIMIZERS
from netcore.training.history import EpochResult, History, read_history
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from netcore.training.passes import pinned, run_pass
from tests.engine.training_help import HARD, SMALL, few_digits, hash_checkpoint, small_config


def train_hard(folder, config, **more):
    folder.mkdir(exist_ok=True)
    return train(HARD.build(config.seed), config, few_digits(), folder, network=HARD, **more)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_stopped_and_resumed_equals_uninterrupted_bit_for_bit(tmp_path, optimizer):
    config = small_config(optimizer)
    whole = train_hard(tmp_path / "whole", config)
    train_hard(tmp_path / "parts", replace(config, epochs=1))
    train_hard(tmp_path / "parts", replace(config, epochs=3))
    parts = train_hard(tmp_path / "parts", config)

    for name in (LAST_NAME, BEST_NAME):
        first, second = (read_checkpoint(tmp_path / folder / name) for folder in ("whole", "parts"))
        assert hash_checkpoint(first) == hash_checkpoint(second)
        assert (first.epoch, first.best_loss) == (second.epoch, second.best_loss)
    measured = [(item.train_loss, item.validation_loss, item.is_best) for item in whole.epochs]
    assert measured == [(item.train_loss, item.validation_loss, item.is_best) for item in parts.epochs]


@pytest.mark.parametrize("network", list_ready_made(), ids=lambda network: network.name)
def test_ready_made_networks_resume_exactly_too(tmp_path, network):
    config = small_config(epochs=2, training_size=64)
    digests = []
    for name, stops in (("whole", [2]), ("parts", [1, 2])):
        (tmp_path / name).mkdir()
        for epochs in stops:
            model = network.build(0)
            train(model, replace(config, epochs=epochs), few_digits(), tmp_path / name, network=network)
        digests.append(hash_checkpoint(read_checkpoint(tmp_path / name / LAST_NAME)))
    assert digests[0] == digests[1]


def drop_optimizer_memory(monkeypatch):
    monkeypatch.setattr(loop_module, "restore_optimizer", lambda *arguments: None)


def drop_epoch_from_shuffling(monkeypatch):
    shuffled = loop_module.training_batches
    calls = iter(range(1, 100))
    monkeypatch.setattr(
        loop_module, "training_batches", lambda digits, config, _: shuffled(digits, config, next(calls))
    )


def drop_epoch_from_dropout(monkeypatch):
    calls = iter(range(1, 100))
    monkeypatch.setattr(loop_module, "derive_seed", lambda *parts: next(calls))


def drop_weights(monkeypatch):
    monkeypatch.setattr(loop_module, "restore_model", lambda *arguments: None)


@pytest.mark.parametrize(
    "leave_out", [drop_optimizer_memory, drop_epoch_from_shuffling, drop_epoch_from_dropout, drop_weights]
)
def test_leaving_out_one_ingredient_of_a_resume_changes_the_result(tmp_path, monkeypatch, leave_out):
    """KR08: the test of an exact resume can fail."""
    with monkeypatch.context() as patched:
        leave_out(patched)
        train_hard(tmp_path / "whole", small_config(epochs=2))
    with monkeypatch.context() as patched:
        leave_out(patched)
        train_hard(tmp_path / "parts", small_config(epochs=1))
    with monkeypatch.context() as patched:
        leave_out(patched)  # a new process counts from one again
        train_hard(tmp_path / "parts", small_config(epochs=2))
    whole, parts = (read_checkpoint(tmp_path / name / LAST_NAME) for name in ("whole", "parts"))
    assert hash_checkpoint(whole) != hash_checkpoint(parts)


def test_the_best_loss_is_known_after_a_resume_so_a_worse_epoch_does_not_replace_the_best(tmp_path):
    """KR22."""
    train_hard(tmp_path, small_config(epochs=2))
    path = tmp_path / LAST_NAME
    write_checkpoint(path, replace(read_checkpoint(path), best_loss=0.0))
    best = (tmp_path / BEST_NAME).read_bytes()
    history = train_hard(tmp_path, small_config(epochs=4))
    assert (tmp_path / BEST_NAME).read_bytes() == best
    assert history.best.epoch <= 2


def test_the_best_is_the_epoch_of_the_lowest_validation_loss(tmp_path):
    history = train_hard(tmp_path, small_config("SGD", learning_rate=0.5, epochs=6))
    lowest = min(history.epochs, key=lambda item: item.validation_loss)
    best = read_checkpoint(tmp_path / BEST_NAME)
    assert history.best == lowest
    assert (best.epoch, best.best_loss) == (lowest.epoch, lowest.validation_loss)
    assert read_checkpoint(tmp_path / LAST_NAME).best_loss == lowest.validation_loss


def test_a_deleted_best_leaves_nothing_to_beat(tmp_path):
    train_hard(tmp_path, small_config(epochs=2))
    (tmp_path / BEST_NAME).unlink()
    history = train_hard(tmp_path, small_config(epochs=3))
    assert history.best.epoch == 3
    assert read_checkpoint(tmp_path / BEST_NAME).epoch == 3


def test_going_back_to_the_best_forgets_the_epochs_after_it(tmp_path):
    train_hard(tmp_path, small_config(epochs=3))
    (tmp_path / BEST_NAME).write_bytes(b"")
    train_hard(tmp_path / "early", small_config(epochs=1))
    (tmp_path / BEST_NAME).write_bytes((tmp_path / "early" / BEST_NAME).read_bytes())
    heard = []
    train_hard(tmp_path, small_config(epochs=3), start_from="best", on_epoch=heard.append)
    assert [item.epoch for item in heard] == [2, 3]
    assert [item.epoch for item in read_history(tmp_path).epochs] == [1, 2, 3]


def test_going_back_to_a_best_that_is_not_there_says_so(tmp_path):
    with pytest.raises(CheckpointError, match=r"There is no checkpoint_best\.pth in this run\."):
        train_hard(tmp_path, small_config(), start_from="best")


def test_a_finished_run_resumed_does_nothing(tmp_path):
    """KR06."""
    train_hard(tmp_path, small_config(epochs=1))
    before = (tmp_path / LAST_NAME).read_bytes()
    history = train_hard(tmp_path, small_config(epochs=1))
    assert history.last_epoch == 1
    assert (tmp_path / LAST_NAME).read_bytes() == before


def test_stop_drops_the_half_epoch_and_leaves_the_last_whole_one(tmp_path):
    """KR24."""
    seen = []
    config = small_config(epochs=3)
    history = train_hard(
        tmp_path, config, on_progress=seen.append, should_stop=lambda: (seen[-1].epoch, seen[-1].step) == (2, 3)
    )
    assert history.last_epoch == 1
    assert read_checkpoint(tmp_path / LAST_NAME).epoch == 1
    train_hard(tmp_path, config)
    train_hard(tmp_path / "whole", config)
    parts, whole = (read_checkpoint(folder / LAST_NAME) for folder in (tmp_path, tmp_path / "whole"))
    assert hash_checkpoint(parts) == hash_checkpoint(whole)


def test_progress_counts_the_digits_learned_from(tmp_path):
    seen = []
    train_hard(tmp_path, small_config(epochs=2), on_progress=seen.append)
    assert [(item.epoch, item.step, item.images) for item in seen[:6]] == [
        (1, 1, 32), (1, 2, 64), (1, 3, 96), (1, 4, 128), (1, 5, 150), (1, 5, 150),
    ]  # fmt: skip
    assert seen[-1].images == 300


def test_a_loss_that_is_no_number_ends_the_run_in_words_and_leaves_the_best(tmp_path):
    """KR21."""
    config = small_config("SGD", learning_rate=0.05)
    train(SMALL.build(0), replace(config, epochs=1), few_digits(), tmp_path, network=SMALL)
    best = (tmp_path / BEST_NAME).read_bytes()
    checkpoint = read_checkpoint(tmp_path / LAST_NAME)
    checkpoint.model_state["3.weight"].mul_(1e38)
    write_checkpoint(tmp_path / LAST_NAME, checkpoint)
    with pytest.raises(DivergedError, match=r"In epoch 2: The loss became (nan|inf) at step 1: the numbers in"):
        train(SMALL.build(0), config, few_digits(), tmp_path, network=SMALL)
    assert (tmp_path / BEST_NAME).read_bytes() == best


def test_a_loss_that_is_no_number_when_it_is_measured_is_not_blamed_on_a_step():
    model = SMALL.build(0)
    model[3].weight.data.mul_(1e38)
    with pytest.raises(DivergedError, match=r"The loss became (nan|inf) after the last step: the numbers in"):
        run_pass(model, batches(few_digits(), 100))


def test_a_run_stops_early_where_its_patience_is_over(tmp_path):
    config = small_config("SGD", learning_rate=0.5, epochs=30, patience=2)
    history = train_hard(tmp_path / "early", config)
    lowest = min(history.epochs, key=lambda item: item.validation_loss)
    assert history.best == lowest
    assert history.last_epoch == lowest.epoch + 2 < 30
    assert history.has_stalled(2)
    assert train_hard(tmp_path / "early", config) == history  # a resume changes nothing
    whole = train_hard(tmp_path / "whole", replace(config, epochs=history.last_epoch, patience=0))
    early, other = (read_checkpoint(tmp_path / name / LAST_NAME) for name in ("early", "whole"))
    assert hash_checkpoint(early) == hash_checkpoint(other)
    assert train_hard(tmp_path / "early", config.lengthened(whole.last_epoch + 1)).last_epoch == whole.last_epoch + 1


@pytest.mark.parametrize(
    ("losses", "patience", "stalled"),
    [
        ([], 1, False),
        ([1.0], 1, False),
        ([1.0, 2.0], 1, True),
        ([1.0, 2.0], 2, False),
        ([1.0, 1.0, 1.0], 2, True),
        ([1.0, 2.0, 0.5], 1, False),
        ([1.0, 2.0, 3.0], 0, False),
    ],
)
def test_a_history_has_stalled_where_so_many_epochs_brought_no_lower_loss(losses, patience, stalled):
    results = [EpochResult(n, 1.0, 0.5, loss, 0.5, 0.1, 1.0, 1.0, False) for n, loss in enumerate(losses, 1)]
    assert History(tuple(results)).has_stalled(patience) is stalled


def test_clipped_gradients_are_as_long_as_they_may_be(tmp_path):
    config = small_config("SGD", learning_rate=1.0, momentum=0.0, epochs=1, batch_size=150, max_norm=0.01)
    model = SMALL.build(0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    train(model, config, few_digits(), tmp_path)
    moved = [(a - b).flatten() for a, b in zip(before, model.parameters(), strict=True)]
    assert torch.cat(moved).norm().item() == pytest.approx(0.01, rel=1e-2)


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(tmp_path, monkeypatch):
    """KR11."""
    write = loop_module.write_checkpoint

    def fail_in_epoch_two(path, checkpoint):
        if checkpoint.epoch == 2:
            raise OSError(28, "No space left on device")
        write(path, checkpoint)

    monkeypatch.setattr(loop_module, "write_checkpoint", fail_in_epoch_two)
    history = train_hard(tmp_path, small_config(epochs=3))
    assert history.last_epoch == 3
    assert "No space left on device" in history.epochs[1].save_problem
    assert not history.epochs[1].is_best
    assert history.epochs[2].save_problem == ""
    assert history.best.epoch == read_checkpoint(tmp_path / BEST_NAME).epoch


@pytest.mark.parametrize(("full", "epoch"), [(LAST_NAME, 1), (BEST_NAME, 3)])
def test_the_epoch_to_go_on_after_is_the_one_that_the_disk_had_room_for(tmp_path, monkeypatch, full, epoch):
    """KR11."""
    write = loop_module.write_checkpoint

    def fail_after_epoch_one(path, checkpoint):
        if checkpoint.epoch > 1 and path.name == full:
            raise OSError(28, "No space left on device")
        write(path, checkpoint)

    with monkeypatch.context() as patched:
        patched.setattr(loop_module, "write_checkpoint", fail_after_epoch_one)
        history = train_hard(tmp_path, small_config(epochs=3))
    assert (history.last_epoch, history.last_saved) == (3, epoch)
    heard = []
    train_hard(tmp_path, small_config(epochs=4), on_epoch=heard.append)
    assert heard[0].epoch == epoch + 1
    assert History().last_saved == 0


def test_the_history_file_is_json_lines_that_read_back_equal(tmp_path):
    history = train_hard(tmp_path, small_config(epochs=2))
    assert read_history(tmp_path) == history
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": 201},
        {"epoch": 10**400},
        {"seconds": 1e305},
        {"train_loss": -1e305},
        {"learning_rates": [0.1] * 25},
        {"learning_rates": [-0.1]},
        {"learning_rates": ["0.1"]},
        {"learning_rates": 0.1},
    ],
)
def test_a_history_of_numbers_that_no_training_makes_is_empty(tmp_path, change):
    epoch = History((EpochResult(1, 0.5, 0.8, 0.5, 0.8, 0.05, 1.0, 1.0, True),)).to_json()[0]
    for changed, count in ((epoch, 1), ({**epoch, **change}, 0)):
        (tmp_path / "history.jsonl").write_text(json.dumps(changed))
        assert len(read_history(tmp_path).epochs) == count


def test_a_history_of_before_the_rates_of_single_steps_were_kept_is_read(tmp_path):
    history = History((EpochResult(1, 0.5, 0.8, 0.5, 0.8, 0.05, 1.0, 1.0, True),))
    (before,) = history.to_json()
    del before["learning_rates"]
    (tmp_path / "history.jsonl").write_text(json.dumps(before))
    assert read_history(tmp_path) == history


def test_the_lowest_epoch_is_that_of_the_curve_and_the_best_that_of_the_file():
    epochs = [(0.5, True), (0.2, True), (0.4, True), (0.3, True), (0.35, False)]
    results = [EpochResult(n, 1.0, 0.5, loss, 0.5, 0.1, 1.0, 1.0, best) for n, (loss, best) in enumerate(epochs, 3)]
    history = History(tuple(results))
    assert (history.lowest.epoch, history.best.epoch) == (4, 6)
    assert [history.lowest_since(epoch) for epoch in (3, 4, 5, 6, 7, 99)] == [None, 3, None, 5, 7, None]
    assert History().lowest is None


@pytest.mark.parametrize("content", ["{", "[]\n", '{"epoch": 1}\n'])
def test_a_history_that_cannot_be_read_is_empty(tmp_path, content):
    (tmp_path / "history.jsonl").write_text(content)
    assert read_history(tmp_path).epochs == ()


def test_more_digits_than_given_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="350 digits to learn from and 100 held back are more than the 400"):
        train_hard(tmp_path, small_config(training_size=350))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("flatten, linear(784,12)", r"The network ends in \[32, 12\], and telling ten digits apart needs \[N, 10\]"),
        ("flatten, linear(785,10)", r"does not take a batch of 32 digits \[32, 1, 28, 28\]"),
        ("flatten", "The network has no parameters that learn"),
    ],
)
def test_a_network_that_cannot_learn_digits_is_refused_in_words(tmp_path, text, sentence):
    with pytest.raises(StackError, match=sentence):
        train(Stack.parse(text).build(0), small_config(), few_digits(), tmp_path)


def test_a_batch_of_one_left_over_is_refused_where_batchnorm_cannot_have_it(tmp_path):
    with pytest.raises(ConfigError, match="97 digits in batches of 32 leave a batch of 1, and BatchNorm needs"):
        train_hard(tmp_path, small_config(training_size=97))
    train(SMALL.build(0), small_config(training_size=97, epochs=1), few_digits(), tmp_path)


def test_the_process_has_its_threads_and_its_determinism_back_afterwards():
    before = torch.get_num_threads()
    with pinned(before + 1):
        assert torch.get_num_threads() == before + 1
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.utils.deterministic.fill_uninitialized_memory
    assert torch.get_num_threads() == before
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory


def test_the_course_network_learns(tmp_path):
    network = get_preset("mlp").stack
    config = small_config(training_size=300, epochs=8)
    history = train(network.build(0), config, few_digits(), tmp_path, network=network)
    assert history.epochs[-1].train_accuracy > 0.9
    assert history.epochs[0].train_loss < math.log(10) * 1.1

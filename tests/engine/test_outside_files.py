"""Files from outside that are welcome: a downloaded one goes on as at home, a script's in the network in hand."""

import math

import pytest
import torch

from netcore.data.mnist import load_mnist
from netcore.errors import CheckpointError, ConfigError, RunError
from netcore.model.ready_made import list_ready_made
from netcore.training import admission, outside
from netcore.training import runs as runs_module
from netcore.training.checkpoints import read_checkpoint
from netcore.training.config import OPTIMIZERS
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from netcore.training.outside import adopt, examine
from netcore.training.runs import RunStore
from netcore.training.schedules import SCHEDULES
from tests.engine.outside_files import Storage, Tensor, around, pickled, saved, script_value
from tests.engine.training_help import HARD, SMALL, few_digits, hash_checkpoint, hash_state, small_config


def go_on(run):
    train(run.network.build(run.config.seed), run.config, few_digits(), run.folder, network=run.network)
    return hash_checkpoint(read_checkpoint(run.last_path))


def trained(folder, network, config, epochs):
    folder.mkdir()
    train(network.build(config.seed), config, few_digits(), folder, network=network, should_stop=_after(config, epochs))
    return folder


def _after(config, epochs):
    """Asks to stop in the middle of the epoch after ``epochs``: each has its steps and one more look."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= epochs * (config.steps + 1)


CASES = [
    *[(HARD, {"optimizer": name}) for name in OPTIMIZERS],
    (SMALL, {"optimizer": "SGD", "momentum": 0.0}),
    *[(SMALL, {"schedule": name, "schedule_epochs": 1}) for name in SCHEDULES],
    *[(network, {}) for network in list_ready_made()],
]


@pytest.mark.parametrize(("network", "settings"), CASES)
def test_a_downloaded_run_goes_on_with_the_bits_of_one_that_never_left(near, store, tmp_path, network, settings):
    config = small_config(**settings)
    home = trained(tmp_path / "home", network, config, 2)
    found = examine((home / LAST_NAME).read_bytes(), SMALL, small_config("RMSprop", epochs=9))
    assert (found.network, found.config, found.epoch) == (network, config, 2)
    assert found.brings_settings
    assert found.problem is None
    run = adopt(store, found)
    assert (run.status().state, run.status().epoch) == ("stopped", 2)
    uninterrupted = trained(tmp_path / "uninterrupted", network, config, config.epochs)
    assert go_on(run) == hash_checkpoint(read_checkpoint(uninterrupted / LAST_NAME))
    assert [result.epoch for result in run.history().epochs] == [1, 2, 3, 4]


def test_the_best_one_of_a_run_is_the_best_one_to_beat(near, store, tmp_path):
    home = trained(tmp_path / "home", SMALL, small_config(), 2)
    data = (home / BEST_NAME).read_bytes()
    run = adopt(store, examine(data, HARD, small_config()))
    assert run.best_path.read_bytes() == run.last_path.read_bytes() == data
    assert run.history().best.epoch == run.history().last_epoch


def test_a_newest_one_that_is_not_the_best_brings_none(near, store, tmp_path):
    config = small_config("SGD", learning_rate=3.0, momentum=0.0, epochs=8, seed=2)
    home = trained(tmp_path / "home", SMALL, config, 8)
    last = read_checkpoint(home / LAST_NAME)
    assert read_checkpoint(home / BEST_NAME).epoch < last.epoch
    run = adopt(store, examine((home / LAST_NAME).read_bytes(), SMALL, small_config()))
    assert run.last_path.exists()
    assert not run.best_path.exists()
    assert run.status().state == "done"
    assert run.is_complete(run.history())


def test_a_file_of_a_script_goes_on_in_the_network_in_hand_with_the_settings_of_the_form(near, store):
    value = script_value()
    found = examine(saved(value), SMALL, small_config(epochs=2))
    assert (found.epoch, found.best_loss, found.config.epochs, found.brings_settings) == (7, 0.25, 9, False)
    assert (found.tensors, found.parameters) == (4, SMALL.parameters)
    run = adopt(store, found)
    assert run.status().state == "new"
    assert hash_state(read_checkpoint(run.last_path).model_state) == hash_state(value["model_state"])
    go_on(run)
    assert [result.epoch for result in run.history().epochs] == [8, 9]
    assert RunStore(store.folder).get("run-1").history() == run.history()


def test_the_loss_of_a_script_is_the_one_to_beat(near, store):
    run = adopt(store, examine(saved({**script_value(), "best_loss": 0.0}), SMALL, small_config(epochs=2)))
    began = run.best_path.read_bytes()
    go_on(run)
    assert run.history().best is None
    assert run.best_path.read_bytes() == began


def test_a_script_that_counts_from_0_goes_on_at_1_as_in_the_course(near, store):
    run = adopt(store, examine(saved(script_value(epoch=0)), SMALL, small_config(schedule="cosine")))
    go_on(run)
    assert [result.epoch for result in run.history().epochs] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_script_with_each_optimizer_is_gone_on_from_as_torch_would(near, store, name):
    config = small_config(name, epochs=1)
    value = script_value(HARD, getattr(torch.optim, name), **config.optimizer_arguments())
    found = examine(saved(value), HARD, config)
    assert found.problem is None
    written = read_checkpoint(adopt(store, found).last_path)
    assert hash_state(written.model_state) == hash_state(value["model_state"])
    assert hash_state(written.optim_state["state"]) == hash_state(value["optim_state"]["state"])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_that_begins_anew_takes_the_steps_of_a_new_one(near, store, tmp_path, name, monkeypatch):
    config = small_config(name)
    value = script_value(SMALL, torch.optim.Adagrad, epoch=0)
    run = adopt(store, examine(saved(value), SMALL, config), fresh_optimizer=True)
    model = SMALL.build(0)
    model.load_state_dict(value["model_state"])
    train(model, config, few_digits(), tmp_path, network=SMALL)
    assert go_on(run) == hash_checkpoint(read_checkpoint(tmp_path / LAST_NAME))


def test_a_planned_schedule_does_not_begin_in_the_middle(near):
    with pytest.raises(ConfigError, match=r"The one-cycle schedule is laid out over all epochs .* after epoch 7"):
        examine(saved(script_value()), SMALL, small_config(schedule="one_cycle"))


def test_a_file_that_was_saved_on_a_graphics_card_is_read_here(near):  # CP15
    value, records = script_value(), {}

    def on_card(tensor):
        key = str(len(records))
        records[key] = tensor.contiguous().numpy().tobytes()
        storage = Storage(key, tensor.numel(), "cuda:0")
        return Tensor(tuple(tensor.shape), tensor.stride(), 0, storage)

    state = {name: on_card(tensor) for name, tensor in value["model_state"].items()}
    moments = {
        number: {name: on_card(tensor) for name, tensor in memory.items()}
        for number, memory in value["optim_state"]["state"].items()
    }
    groups = [{"params": [0, 1, 2, 3]}]
    moved = {**value, "model_state": state, "optim_state": {"state": moments, "param_groups": groups}}
    found = examine(around(pickled(moved), records), SMALL, small_config())
    assert found.problem is None
    assert found.data == examine(saved(value), SMALL, small_config()).data


def test_a_file_without_a_best_yet_keeps_saying_so(near):
    assert examine(saved({**script_value(), "best_loss": math.inf}), SMALL, small_config()).best_loss == math.inf


def test_more_threads_than_cores_are_not_taken_over(near, tmp_path, monkeypatch):
    monkeypatch.setattr(admission, "usable_cores", lambda: 1)
    home = trained(tmp_path / "home", SMALL, small_config(threads=2), 1)
    assert examine((home / LAST_NAME).read_bytes(), SMALL, small_config()).config.threads == 1


def test_what_another_disk_refused_stays_there(near, tmp_path):
    home = trained(tmp_path / "home", SMALL, small_config(), 1)
    value = torch.load(home / LAST_NAME, weights_only=True)
    value["meta"]["history"][0]["save_problem"] = f"{LAST_NAME}: " + "no space" * 100
    history = examine(saved(value), SMALL, small_config()).history
    assert (history.epochs[0].save_problem, history.last_saved) == ("", 1)


def test_an_answer_too_large_for_a_frame_is_refused_in_words(near, monkeypatch):
    monkeypatch.setattr(outside, "MAX_PAYLOAD_BYTES", 1000)
    with pytest.raises(ConfigError.__base__, match="With this optimizer's memory, the file grows to"):
        examine(saved(script_value()), SMALL, small_config())


def test_there_is_no_room_beyond_the_limit_of_runs(near, store, monkeypatch):
    monkeypatch.setattr(runs_module, "MAX_RUNS", 0)
    with pytest.raises(RunError, match="There are 0 runs already"):
        adopt(store, examine(saved(script_value()), SMALL, small_config()))
    assert list(store.folder.iterdir()) == []


def test_a_downloaded_run_goes_through_a_confined_process(store, tmp_path):
    network, config = SMALL, small_config(epochs=2)
    home = tmp_path / "home"
    home.mkdir()
    train(network.build(0), config, load_mnist("train"), home, network=network)
    data = (home / LAST_NAME).read_bytes()
    run = adopt(store, examine(data, HARD, small_config("SGD")))
    assert run.last_path.read_bytes() == data


@pytest.mark.parametrize("schedule", ["step", "plateau", "cosine", "one_cycle"])
def test_a_script_that_keeps_its_scheduler_goes_on_in_the_middle_of_it(near, store, schedule):
    config = small_config(epochs=6, schedule=schedule, schedule_epochs=1, optimizer="SGD", learning_rate=0.1)
    kind = SCHEDULES[schedule]
    scheduler = getattr(torch.optim.lr_scheduler, kind.torch_class)(
        torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1), **config.schedule_arguments()
    )
    for _ in range(2 * (config.steps if kind.each_step else 1)):
        scheduler.optimizer.step()
        scheduler.step(*([0.5] if kind.watches_loss else []))
    value = {**script_value(SMALL, torch.optim.SGD, epoch=2), "scheduler": scheduler.state_dict()}
    found = examine(saved(value), SMALL, config)
    assert found.config.epochs == (6 if kind.is_planned else 8)
    rate = read_checkpoint(adopt(store, found, fresh_optimizer=True).last_path).meta["learning_rate"]
    assert rate["now"] == scheduler.get_last_lr()[0]
    assert rate["scheduler"]["last_epoch"] == scheduler.last_epoch


@pytest.mark.parametrize("schedule", ["constant", "step", "plateau", "cosine", "one_cycle"])
def test_a_scheduler_of_other_settings_is_refused_in_words(near, schedule):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=9)
    value = {**script_value(), "scheduler": scheduler.state_dict()}
    with pytest.raises(CheckpointError, match=f"another one than {schedule.replace('_', '-')} over"):
        examine(saved(value), SMALL, small_config(epochs=4, schedule=schedule))

"""Start, pause, reload, go on, lose the server, resume: the weights are those of a run that nobody disturbed."""

import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from netcore.data.mnist import load_mnist
from netcore.training.checkpoints import read_checkpoint
from netcore.training.loop import train
from netcore.training.runs import RunStore
from tests.engine.scheduler_help import children_of, hashes, wait_until

EPOCHS = 12


@pytest.fixture
def visitor(browser):
    """A tab that may lose its server: its console is not looked at."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def test_a_run_that_is_paused_and_loses_its_server_ends_with_the_weights_of_one_that_was_not(
    fresh_server, visitor, tmp_path
):
    server, page = fresh_server, visitor
    main = page.get_by_test_id("stMainBlockContainer")
    page.goto(f"{server.url}/training")
    page.get_by_role("spinbutton", name="Epochs").fill(str(EPOCHS))
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    main.get_by_role("button", name=f"Train {EPOCHS} epochs").click()
    expect(main.get_by_text(re.compile(rf"Epoch \d+ of {EPOCHS}, step"))).to_be_visible()

    main.get_by_role("button", name="Pause", exact=True).click()
    expect(main.get_by_text(re.compile(r"Paused (after|before)"))).to_be_visible()
    page.reload()
    expect(main.get_by_text(re.compile(r"Paused (after|before)"))).to_be_visible()
    main.get_by_role("button", name=re.compile(r"^(Go on at epoch \d+|Start)$")).click()
    expect(main.get_by_text(re.compile(rf"Epoch \d+ of {EPOCHS}, step"))).to_be_visible()
    expect(main.get_by_role("heading", name="Best checkpoint")).to_be_visible()

    server.kill(signal.SIGKILL)
    server.start()
    page.goto(page.url)
    expect(main.get_by_text(re.compile(rf"Interrupted after epoch \d+ of {EPOCHS}"))).to_be_visible(timeout=60_000)
    main.get_by_role("button", name=re.compile(r"^(Resume at epoch \d+|Start)$")).click()
    expect(main.get_by_text(f"Done: {EPOCHS} epochs.")).to_be_visible(timeout=120_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)

    run = RunStore(next(Path(server.home, "workspaces").glob("*/runs"))).get("run-1")
    assert [item.epoch for item in run.history().epochs] == list(range(1, EPOCHS + 1))
    (tmp_path / "alone").mkdir()
    train(run.network.build(run.config.seed), run.config, load_mnist("train"), tmp_path / "alone", network=run.network)
    assert hashes(run.folder) == hashes(tmp_path / "alone")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_after_the_teacher_ended_the_server_no_worker_is_left_and_the_run_goes_on(fresh_server, visitor, how):
    """KR26: the signal goes to the whole process group, as a terminal sends it."""
    server, page = fresh_server, visitor
    main = page.get_by_test_id("stMainBlockContainer")
    page.goto(f"{server.url}/training")
    page.get_by_role("spinbutton", name="Epochs").fill("200")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    main.get_by_role("button", name="Train 200 epochs").click()
    expect(main.get_by_role("heading", name="Best checkpoint")).to_be_visible()
    expect(main.get_by_text(re.compile(r"Epoch [2-9]\d* of 200, step"))).to_be_visible()

    workers = children_of(server.process.pid)
    assert workers
    server.kill(how)
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    run = RunStore(next(Path(server.home, "workspaces").glob("*/runs"))).get("run-1")
    assert run.status().state == "interrupted"
    epoch = run.history().last_epoch
    assert read_checkpoint(run.last_path).epoch == epoch
    assert read_checkpoint(run.best_path).damage is None

    server.start()
    page.goto(page.url)
    expect(main.get_by_text(f"Interrupted after epoch {epoch} of 200")).to_be_visible(timeout=60_000)
    main.get_by_role("button", name=f"Resume at epoch {epoch + 1}").click()
    expect(main.get_by_text(re.compile(r"Epoch \d+ of 200, step"))).to_be_visible()
    main.get_by_role("button", name="Stop", exact=True).click()
    expect(main.get_by_text(re.compile(r"Stopped after epoch \d+ of 200"))).to_be_visible()
    assert run.history().last_epoch >= epoch

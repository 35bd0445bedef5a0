"""The same views of a network open for a stack, for a class with a residual, and for a pretrained one."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, assert_clean
from tests.e2e.test_graph_journey import choose, open_tab
from tests.e2e.test_zoo_weights_journey import SQUEEZENET

VIEWS = {
    "Picture": "Drawn from a batch that just went through",
    "Counting": "kept for the backward pass",
    "Breakpoint": "before line",
    "Weights": "Look at",
}
MODEL_VIEWS = {**VIEWS, "X-ray": "model(x)", "train() and eval()": "Images in the batch"}
ZOO_VIEWS = {**VIEWS, "Weights": "standard deviation", "train() and eval()": "Without model.eval()"}


def look_at_all(page, views):
    main = page.get_by_test_id("stMain")
    for tab, words in views.items():
        open_tab(page, tab)
        expect(main.get_by_text(words).first).to_be_visible()
        page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")
        assert page.get_by_test_id("stAlertContentError").all_inner_texts() == []


def test_all_views_open_for_a_stack(server, page):
    page.goto(f"{server.url}/model")
    choose(page, "Network", "CNN with BatchNorm")
    look_at_all(page, MODEL_VIEWS)


def test_all_views_open_for_a_class_of_ones_own_with_a_residual(server, page):
    page.goto(f"{server.url}/model")
    choose(page, "Network", "Class: Residual CNN")
    page.get_by_role("button", name="Change this class").click()
    expect(page.get_by_role("textbox", name="The class in hand")).to_be_visible()
    look_at_all(page, MODEL_VIEWS)


@pytest.mark.skipif(not SQUEEZENET.is_file(), reason="no folder of downloaded weights")
def test_all_views_open_for_a_pretrained_network(page, tmp_path):
    hub = tmp_path / "torch" / "hub" / "checkpoints"
    hub.mkdir(parents=True)
    shutil.copy(SQUEEZENET, hub)
    server = Server(tmp_path / "home", TORCH_HOME=str(tmp_path / "torch"))
    server.start()
    try:
        page.goto(f"{server.url}/zoo")
        choose(page, "Network", "squeezenet1_0")
        page.get_by_role("button", name="Use it as own weights").click()
        look_at_all(page, ZOO_VIEWS)
        page.goto("about:blank")  # a tab that is left open says that its server has gone
    finally:
        server.stop()
    assert_clean(server.read_log())

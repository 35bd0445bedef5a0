"""Networks that were in hand are found again: the last twenty, each with its seed, its run and what was frozen."""

import threading
from dataclasses import replace

import pytest

from netcore.errors import StackError
from netcore.model.custom.source import CustomSource
from netcore.model.custom.templates import list_templates
from netcore.model.presets import get_preset
from netcore.model.spec import fingerprint
from netcore.model.stack import Stack
from netcore.settings import MAX_SOURCE_BYTES
from pages.shared.workspace import RECENT, Hand, Workspace
from tests.engine.custom_help import write_class
from tests.ui.page_help import button, labels

MLP, LENET = get_preset("mlp").stack, get_preset("lenet5").stack
OWN = CustomSource(write_class("self.fc = nn.Linear(784, 10)", "return self.fc(x.flatten(1))"))
TRAP = list_templates()[-1].network


def titles(work):
    return [recent.title for recent in work.recent()]


def stack(width):
    return Stack.parse(f"flatten, linear(784, {width}), linear({width}, 10)")


def back(work):
    work.take_back(work.previous.identity, newest=False)


def test_a_class_comes_back_with_its_seed_its_run_and_what_was_frozen(work):
    own = Hand(OWN, seed=7, run="run-3", frozen=("fc.bias",))
    for hand in (own, Hand(TRAP), Hand(LENET, mode="train")):
        work.take(hand)
    work.take_back(fingerprint(OWN))
    assert work.hand == replace(own, mode="train")


def test_undo_goes_back_step_by_step_and_loses_nothing_on_the_way(work):
    for width in (11, 12, 13):
        work.take(Hand(stack(width)))
    back(work)
    assert work.hand.spec == stack(12)
    back(work)
    assert work.hand.spec == stack(11)
    work.take(Hand(stack(14)))
    assert work.previous.identity == fingerprint(stack(11))
    assert {fingerprint(stack(width)) for width in (11, 12, 13, 14)} <= {one.identity for one in work.recent()}


def test_the_first_network_that_is_taken_can_be_undone_as_well(tmp_path):
    fresh = Workspace("b" * 32, tmp_path / "fresh")
    assert fresh.previous is None
    fresh.take(Hand(LENET))
    back(fresh)
    assert fresh.hand.spec == MLP


def test_twenty_different_networks_are_kept_and_the_same_one_only_once(work):
    for width in range(10, 10 + RECENT + 5):
        work.take(Hand(stack(width)))
        work.take(Hand(stack(width), seed=width))
    recent = work.recent()
    assert len(recent) == RECENT == len({one.identity for one in recent})
    assert recent[0].identity == fingerprint(work.hand.spec)
    assert recent[0].parameters == work.hand.spec.parameters


def test_two_tabs_lose_nothing_of_each_others(work):
    def take_all(widths):
        for width in widths:
            Workspace(work.identity, work.folder).take(Hand(stack(width)))

    tabs = [threading.Thread(target=take_all, args=(range(first, first + 8),)) for first in (20, 40)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    kept = {one.identity for one in work.recent()}
    assert {fingerprint(stack(width)) for width in (*range(20, 28), *range(40, 48))} <= kept


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"title": 3}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_costs_one_recent_network_and_nothing_else(work, garbage):
    for width in (11, 12, 13):
        work.take(Hand(stack(width)))
    (work.folder / "networks" / f"{fingerprint(stack(12))}.json").write_bytes(garbage)
    assert work.hand.spec == stack(13)
    assert [one.is_damaged for one in work.recent()].count(True) == 1
    assert work.previous.identity == fingerprint(stack(11))
    with pytest.raises(StackError, match="not a saved network"):
        work.take_back(fingerprint(stack(12)))
    assert work.hand.spec == stack(13)


def test_where_the_history_cannot_be_written_the_network_is_taken_all_the_same(work, caplog):
    folder = work.folder / "networks"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    work.take(Hand(LENET))
    assert work.hand.spec == LENET
    assert work.recent() == ()
    assert [record.message for record in caplog.records] == ["the recent networks cannot be kept"]


def test_the_draft_of_each_class_is_kept_by_itself(work):
    other = CustomSource(OWN.source.replace("784, 10", "28 * 28, 10"))
    work.keep_draft(OWN, "half a cla")
    work.keep_draft(other, "another half")
    assert (work.draft(OWN), work.draft(other)) == ("half a cla", "another half")
    work.keep_draft(OWN, OWN.source)
    assert (work.draft(OWN), work.draft(other)) == (OWN.source, "another half")


def test_a_draft_that_is_far_too_long_does_not_fill_the_disk(work):
    work.keep_draft(OWN, "x" * (6 * MAX_SOURCE_BYTES))
    assert work.draft(OWN) == OWN.source


def test_ones_own_class_can_be_chosen_again_after_a_template_was_looked_at(work):
    work.take(Hand(OWN))
    work.take(Hand(TRAP))
    work.take(Hand(MLP))
    assert work.last_class([TRAP, MLP]) == OWN


def test_undo_and_the_list_stand_beside_the_choice(open_page, work):
    work.take(Hand(OWN))
    work.take(Hand(TRAP))
    app = open_page("model", address=work.identity)
    button(app, "Undo").click().run()
    assert not app.exception
    assert work.hand.spec == OWN
    app.session_state["model_recent"] = True
    app.run()
    chosen = next(label for label in labels(app) if TRAP.title in label and "lines" in label)
    button(app, chosen).click().run()
    assert not app.exception
    assert work.hand.spec == TRAP

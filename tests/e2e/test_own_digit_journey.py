"""One's own digit in a real browser: drawn with mouse and finger, answered, taken apart, uploaded, found again."""

import re
from statistics import median

import pytest
from playwright.sync_api import expect

from netcore.model.presets import get_preset
from pages.shared.workspace import Hand, Workspace
from tests.engine.photo_files import saved
from tests.ui.own_help import ONE, SEVEN, moved, sheet, train_small

IDENTITY = "d" * 32
PAPER = "Paper to draw a digit on"
SCROLLED = "[document.querySelector('[data-testid=stMain]').scrollTop, window.scrollY]"
WATCH = """() => {
  const input = () => document.querySelector(`img[alt="The network's input"]`)?.src
  let lifted = 0
  let last = input()
  window.times = []
  addEventListener("pointerup", () => { lifted = performance.now() }, true)
  new MutationObserver(() => {
    if (!input() || input() === last) return
    last = input()
    requestAnimationFrame(() => requestAnimationFrame(() => window.times.push(performance.now() - lifted)))
  }).observe(document.body, { subtree: true, childList: true, attributes: true })
}"""
"""Times each stroke until the answer is painted; the picture beside it is drawn after it, and is always another one."""


@pytest.fixture(scope="module")
def trained(server):
    """A server with somebody's workspace whose network knows digits."""
    work = Workspace(IDENTITY, server.home / "workspaces" / IDENTITY)
    run = train_small(work)
    work.take(Hand(get_preset("mlp").stack, run=run.identity))
    return server


def open_paper(page, server):
    page.goto(f"{server.url}/samples?w={IDENTITY}&samples_source=draw")
    paper = page.get_by_role("img", name=PAPER)
    expect(paper).to_be_visible()
    expect(page.get_by_text("Draw a digit with mouse, finger or pen")).to_be_visible()
    return paper


def on_screen(paper, stroke):
    """The places of a stroke, given for a paper of 280 x 280, on the screen."""
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    places = stroke["points"]
    return [
        (box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280)
        for x, y in zip(places[::2], places[1::2], strict=True)
    ]


def draw(page, paper, stroke):
    first, *others = on_screen(paper, stroke)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def draw_by_finger(page, paper, stroke):
    """With real touch events, as a phone sends them."""
    session = page.context.new_cdp_session(page)

    def touch(kind, *places):
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    first, *others = on_screen(paper, stroke)
    touch("touchStart", first)
    last = first
    for place in others:
        for step in range(1, 9):
            touch("touchMove", tuple(a + (b - a) * step / 8 for a, b in zip(last, place, strict=True)))
        last = place
    touch("touchEnd")


def says(page, answer):
    """The answer that stands large beside the picture."""
    expect(page.get_by_role("heading", name=re.compile(rf"^{answer}\s+[\d.]+ %$"))).to_be_visible()


def test_a_digit_is_drawn_undone_taken_apart_and_found_again_after_a_reload(trained, page):
    paper = open_paper(page, trained)
    draw(page, paper, SEVEN)
    says(page, 7)
    expect(page.get_by_text("Without it:").first).to_be_visible()

    draw(page, paper, {"points": [20, 20, 40, 260]})
    says(page, r"\d")
    expect(page.get_by_text("The network reads")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The network reads")).to_have_count(0)
    says(page, 7)

    page.get_by_text("Longer side 20", exact=True).click()
    expect(page.get_by_text("Switched off: Longer side 20.")).to_be_visible()
    expect(page.get_by_text("Stretched to 28 × 28 pixels")).to_be_visible()
    page.get_by_role("button", name="Switch all steps on").click()
    expect(page.get_by_text("Switched off:")).to_have_count(0)
    says(page, 7)

    page.get_by_role("link", name="Model", exact=True).click()
    expect(page.get_by_role("heading", name="Model", exact=True)).to_be_visible()
    page.get_by_role("link", name="Samples", exact=True).click()
    page.get_by_text("Draw", exact=True).click()
    says(page, 7)

    page.reload()
    says(page, 7)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw a digit with mouse, finger or pen")).to_be_visible()
    draw(page, paper, ONE)
    says(page, 1)
    page.get_by_text("Eraser", exact=True).click()
    expect(page.get_by_role("radio", name="Eraser")).to_be_checked()
    for x in (120, 140, 160):
        draw(page, paper, {"points": [x, 10, x, 270]})
    expect(page.get_by_role("alert").filter(has_text="no ink")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_on_a_phone_a_finger_draws_and_the_page_does_not_scroll_meanwhile(trained, browser, page):
    context = browser.new_context(viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.set_default_timeout(30_000)
    paper = open_paper(phone, trained)
    paper.scroll_into_view_if_needed()
    before = phone.evaluate(SCROLLED)
    draw_by_finger(phone, paper, SEVEN)
    assert phone.evaluate(SCROLLED) == before
    says(phone, 7)
    width = phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 400
    phone.get_by_role("button", name="Clear").tap()
    expect(phone.get_by_text("Draw a digit with mouse, finger or pen")).to_be_visible()
    context.close()


def kept(page):
    """The strokes that the browser's tab keeps."""
    return page.evaluate("name => JSON.parse(sessionStorage.getItem(name))", f"netcore drawing {IDENTITY}")


@pytest.mark.parametrize("coalesces", [True, False])
def test_a_tap_is_a_dot_and_a_stroke_begins_where_the_pen_came_down(trained, page, coalesces):
    if not coalesces:
        page.add_init_script("delete PointerEvent.prototype.getCoalescedEvents")
    paper = open_paper(page, trained)
    ((x, y),) = on_screen(paper, {"points": [140, 100]})
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.up()
    says(page, r"\d")
    assert [stroke["points"] for stroke in kept(page)] == [[140, 100]]
    draw(page, paper, {"points": [60, 200, 400, 200, 220, 240]})
    says(page, r"\d")
    points = kept(page)[1]["points"]
    assert (points[:2], points[-2:], max(points[::2]) > 280) == ([60, 200], [220, 240], True)
    page.reload()
    says(page, r"\d")
    assert len(kept(page)) == 2


def test_a_finger_taps_a_dot_and_a_second_finger_does_not_draw(trained, browser, page):
    context = browser.new_context(viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.set_default_timeout(30_000)
    paper = open_paper(phone, trained)
    first, second, third = on_screen(paper, {"points": [60, 60, 200, 200, 60, 120]})
    phone.touchscreen.tap(*first)
    says(phone, r"\d")
    assert [stroke["points"] for stroke in kept(phone)] == [[60, 60]]
    # The answer may move the paper.
    first, second, third = on_screen(paper, {"points": [60, 60, 200, 200, 60, 120]})
    session = phone.context.new_cdp_session(phone)
    for kind, *places in (
        ("touchStart", first),
        ("touchStart", first, second),
        ("touchMove", third, second),
        ("touchEnd",),
    ):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    says(phone, r"\d")
    assert [stroke["points"] for stroke in kept(phone)] == [[60, 60], [60, 60, 60, 120]]
    context.close()


@pytest.mark.parametrize("stored", ['[{"points": [], "width": 20, "erases": false}]', '{"a": 1}', "[null]", "no JSON"])
def test_a_kept_drawing_that_is_none_is_dropped_and_the_paper_goes_on(trained, page, stored):
    page.add_init_script(
        f"if (!sessionStorage.tried) sessionStorage.setItem('netcore drawing {IDENTITY}', {stored!r}), "
        "sessionStorage.setItem('tried', '1')"
    )
    paper = open_paper(page, trained)
    if stored != "no JSON":
        expect(page.get_by_role("alert").filter(has_text="is not a drawing")).to_be_visible()
    draw(page, paper, SEVEN)
    says(page, 7)
    expect(page.get_by_role("alert").filter(has_text="is not a drawing")).to_have_count(0)
    page.reload()
    says(page, 7)


def test_two_digits_on_a_photo_are_told_apart_and_either_is_taken_in_hand(trained, page):
    page.goto(f"{trained.url}/samples?w={IDENTITY}&samples_source=upload")
    photo = saved(sheet(moved(SEVEN, 0), moved(ONE, 240)), "JPEG", quality=90)
    page.locator("input[type=file]").set_input_files({"name": "71.jpg", "mimeType": "image/jpeg", "buffer": photo})
    expect(page.get_by_role("heading", name="71", exact=True)).to_be_visible()
    says(page, 7)
    page.get_by_role("button", name=re.compile(r"^1 [\d.]+ %")).click()
    says(page, 1)
    page.get_by_role("combobox", name="It is a").click()
    page.get_by_role("option", name="2", exact=True).click()
    expect(page.get_by_text("Wrong: you say 2.")).to_be_visible()


def test_how_long_it_takes_from_the_end_of_a_stroke_to_the_answer(trained, page):
    paper = open_paper(page, trained)
    draw(page, paper, SEVEN)
    says(page, 7)
    expect(page.get_by_text("Without it:").first).to_be_visible()
    page.evaluate(WATCH)
    for count, y in enumerate(range(60, 240, 20), start=1):
        draw(page, paper, {"points": [160, y, 200, y + 10]})
        page.wait_for_function("count => window.times.length >= count", arg=count)
    times = page.evaluate("window.times")
    print(
        f"\nfrom the end of a stroke to the answer on the screen: {median(times):.0f} ms, at most {max(times):.0f} ms"
    )

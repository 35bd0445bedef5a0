"""What goes wrong is a sentence on the page, and the page goes on."""

import re

from streamlit.testing.v1 import AppTest


def failing_page():
    from pages.shared import notices

    with notices.failures_shown():
        raise KeyError("a <b>mistake</b> of ours")


def page_with_a_full_disk():
    import errno

    import streamlit as st

    from pages.shared import notices

    with notices.refusals_shown():
        raise OSError(errno.ENOSPC, "No space left on device")
    st.markdown("the page goes on")


def page_that_cannot_be_read():
    from pages.shared import notices

    with notices.failures_shown():
        raise PermissionError(13, "Permission denied")


def test_a_file_that_cannot_be_read_is_said_by_the_frame_with_its_reason(caplog):
    app = AppTest.from_function(page_that_cannot_be_read).run()
    assert not app.exception
    number = re.search(r"This did not work: Permission denied.* the number (\w{6})", app.error[0].value).group(1)
    assert f"failure {number}" in caplog.text


def test_a_mistake_of_ours_shows_a_number_that_is_in_the_log_and_no_traceback(caplog):
    app = AppTest.from_function(failing_page).run()
    assert not app.exception
    number = re.search(r"the number (\w{6})", app.error[0].value).group(1)
    assert f"failure {number}" in caplog.text
    assert "Traceback" not in app.error[0].value
    assert "mistake" not in app.error[0].value


def test_a_full_disk_is_a_sentence_and_the_page_goes_on():
    app = AppTest.from_function(page_with_a_full_disk).run()
    assert "No space left on device" in app.error[0].value
    assert app.markdown[-1].value == "the page goes on"


def page_that_waits_for_its_turn():
    import streamlit as st

    from netcore.errors import BusyError
    from pages.shared import notices

    with notices.refusals_shown():
        raise BusyError("Others are being answered: you are number {place} in the queue.", "Wait.", place=3)
    st.markdown("the page goes on")


def test_who_waits_sees_a_place_and_no_refusal():
    app = AppTest.from_function(page_that_waits_for_its_turn).run()
    assert not app.error and not app.exception
    assert app.info[0].value == (
        "Others are being answered: you are number 3 in the queue. This page asks again by itself."
    )
    assert app.markdown[-1].value == "the page goes on"

"""Asks the frame for the wanted page and runs it."""

from pages.shared import engine, frame, notices

page = frame.navigate()
with notices.failures_shown():
    page.run()
engine.warm_up()

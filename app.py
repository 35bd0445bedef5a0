"""Asks the frame for the wanted page and runs it."""

from pages.shared import engine, frame, notices

with notices.failures_shown():
    frame.navigate().run()
engine.warm_up()

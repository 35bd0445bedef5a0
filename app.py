"""Asks the frame for the wanted page and runs it."""

from pages.shared import engine, frame

frame.navigate().run()
engine.warm_up()

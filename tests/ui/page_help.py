"""Finding the buttons of a page under AppTest."""

PATIENCE = 180
"""Seconds that a page or a short training may take on a slow machine: nobody waits for them where it is quick."""


def button(app, label):
    return next(item for item in app.button if item.label == label)


def labels(app):
    return [item.label for item in app.button]

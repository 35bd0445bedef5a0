"""Finding the buttons of a page under AppTest."""


def button(app, label):
    return next(item for item in app.button if item.label == label)


def labels(app):
    return [item.label for item in app.button]

"""The settings of a new run. Knows the widgets; what is allowed only the engine knows."""

from __future__ import annotations

import streamlit as st

from netcore.training.config import MNIST_TRAINING_DIGITS, OPTIMIZERS, TrainingConfig
from pages.shared import text

say = text.page("training")

_DEFAULT = TrainingConfig()


def draw(seed: int) -> TrainingConfig:
    """Draw the settings and return them; ``seed`` is that of the network in hand.

    Raises ``ConfigError`` for a setting out of range: no widget has limits of its own, so nothing that was typed is
    lost or silently changed.
    """
    with st.container(horizontal=True):
        epochs = _whole("epochs", _DEFAULT.epochs)
        batch_size = _whole("batch_size", _DEFAULT.batch_size, step=32)
    with st.container(horizontal=True):
        optimizer = st.selectbox(
            say("optimizer"),
            list(OPTIMIZERS),
            index=list(OPTIMIZERS).index(_DEFAULT.optimizer),
            help=say("optimizer_help"),
            key="training_optimizer",
            persist_state="session",
        )
        # Each optimizer has a learning rate of its own to begin with, and keeps the one that was chosen for it.
        rate = OPTIMIZERS[optimizer].learning_rate
        learning_rate = _real("learning_rate", rate, rate / 2, key=f"training_learning_rate_{optimizer}")
    with st.expander(say("more")):
        with st.container(horizontal=True):
            validation_size = _whole("validation_size", _DEFAULT.validation_size, step=1000)
            seed = _whole("seed", seed)
        with st.container(horizontal=True):
            weight_decay = _real("weight_decay", _DEFAULT.weight_decay, 0.0001)
            momentum = _DEFAULT.momentum
            if OPTIMIZERS[optimizer].momentum:
                momentum = _real("momentum", _DEFAULT.momentum, 0.05)
    return TrainingConfig(
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        learning_rate=learning_rate,
        momentum=momentum,
        weight_decay=weight_decay,
        training_size=max(1, min(_DEFAULT.training_size, MNIST_TRAINING_DIGITS - validation_size)),
        validation_size=validation_size,
        seed=seed,
    )


def _whole(name: str, value: int, step: int = 1) -> int:
    key = f"training_{name}"
    chosen = st.number_input(
        say(name), value=value, step=step, help=say(f"{name}_help"), key=key, persist_state="session"
    )
    return value if chosen is None else int(chosen)


def _real(name: str, value: float, step: float, key: str = "") -> float:
    key = key or f"training_{name}"
    chosen = st.number_input(
        say(name), value=value, step=step, format="%g", help=say(f"{name}_help"), key=key, persist_state="session"
    )
    return value if chosen is None else float(chosen)

"""The settings of a new run. Knows the widgets; what is allowed only the engine knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from netcore.training.config import OPTIMIZERS, PRECISIONS, TrainingConfig
from netcore.training.recipes import Recipe, list_recipes
from netcore.training.schedules import SCHEDULES
from pages.shared import mirrors, text
from pages.shared.workspace import Hand

say = text.page("training")

_STEPS = {
    "batch_size": 32,
    "training_size": 1000,
    "validation_size": 1000,
    "weight_decay": 0.0001,
    "momentum": 0.05,
    "schedule_factor": 0.1,
    "max_norm": 0.5,
    "rotation": 5.0,
    "label_noise": 0.1,
}


def draw(hand: Hand) -> Form:
    """Draw the settings and return them as they were chosen; seed and what is frozen are those of the network in hand.

    No widget has limits of its own, so nothing that was typed is lost or silently changed.
    """
    recipe = _draw_recipes()
    # Every choice of a recipe begins a new form, so that it shows what the recipe says and nothing older.
    form = Form(mirrors.fresh("training_form", recipe.name), replace(recipe.config, seed=hand.seed, frozen=hand.frozen))
    if hand.frozen is not None:
        st.caption(say("frozen", count=len(hand.frozen)))
    form.draw_row("epochs", "batch_size")
    left, right = st.columns(2, gap="small")
    with left:
        optimizer = form.draw_choice("optimizer", list(OPTIMIZERS))
    with right:
        _draw_learning_rate(form, optimizer)
    with form.draw_group("group_rate", "schedule", "max_norm", "patience"):
        schedule = form.draw_choice("schedule", list(SCHEDULES), lambda name: say(f"schedule_{name}"))
        st.caption(say(f"schedule_{schedule}_does"))
        form.draw_row(*SCHEDULES[schedule].uses)
        form.draw_row("patience", "max_norm")
    with form.draw_group("group_digits", "training_size", "validation_size", "label_noise", "shift", "rotation"):
        form.draw_row("training_size", "validation_size")
        form.draw_row("shift", "rotation")
        form.pictures = st.container()
        form.draw_row("label_noise")
    with form.draw_group("more", "weight_decay", "momentum", "precision"):
        form.draw_row("seed", "weight_decay")
        if OPTIMIZERS[optimizer].momentum:
            form.draw_row("momentum")
        form.draw_choice("precision", list(PRECISIONS))
    return form


class Form:
    """The widgets under one key, and what was chosen with them."""

    pictures: DeltaGenerator
    """The place for digits as the network will see them."""

    def __init__(self, key: str, begin: TrainingConfig) -> None:
        self.key, self.begin = key, begin
        self.chosen: dict[str, Any] = {}

    def config(self) -> TrainingConfig:
        """The settings that were chosen. Raises ``ConfigError`` for one out of range."""
        return replace(self.begin, **self.chosen)

    def draw_row(self, *names: str) -> None:
        """Draw a number for each setting, two side by side."""
        if names:
            for name, column in zip(names, st.columns(2, gap="small"), strict=False):
                with column:
                    self.draw_number(name, getattr(self.begin, name), _STEPS.get(name, 1))

    def draw_number(self, name: str, value: float, step: float, *, key: str = "") -> None:
        """Draw one number; emptied, it is ``value``. Whole where ``value`` is."""
        kind = type(value)
        chosen = st.number_input(
            say(name),
            value=value,
            step=kind(step),
            format="%d" if kind is int else "%g",
            help=say(f"{name}_help"),
            key=f"{self.key}_{key or name}",
            persist_state="session",
        )
        self.chosen[name] = value if chosen is None else kind(chosen)

    def draw_choice(self, name: str, choices: list[str], words: Callable[[str], str] = str) -> str:
        """Draw one of several names, and return the chosen one."""
        chosen = st.selectbox(
            say(name),
            choices,
            index=choices.index(getattr(self.begin, name)),
            format_func=words,
            help=say(f"{name}_help"),
            key=f"{self.key}_{name}",
            persist_state="session",
        )
        self.chosen[name] = chosen
        return chosen

    def draw_group(self, title: str, *names: str) -> Any:
        """An expander, open where the recipe has something else in it than the course."""
        course = list_recipes()[0].config
        is_open = any(getattr(self.begin, name) != getattr(course, name) for name in names)
        return st.expander(say(title), expanded=is_open, key=f"{self.key}_{title}")


def _draw_recipes() -> Recipe:
    recipes = {recipe.name: recipe for recipe in list_recipes()}
    chosen = st.selectbox(
        say("recipe"),
        list(recipes),
        format_func=lambda name: say("recipe_good" if recipes[name].is_good else "recipe_bad", name=_title(name)),
        help=say("recipe_help"),
        key="training_recipe",
        persist_state="session",
    )
    st.caption(say(f"recipe_{chosen}_why"))
    return recipes[chosen]


def _title(name: str) -> str:
    return say(f"recipe_{name}_title")


def _draw_learning_rate(form: Form, optimizer: str) -> None:
    # Each optimizer has a learning rate of its own to begin with, and keeps the one that was chosen for it.
    begin = form.begin
    rate = begin.learning_rate if optimizer == begin.optimizer else OPTIMIZERS[optimizer].learning_rate
    form.draw_number("learning_rate", rate, rate / 2, key=f"learning_rate_{optimizer}")

"""The settings of a new run. Knows the widgets; what is allowed only the engine knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from netcore.errors import ConfigError
from netcore.training.config import OPTIMIZERS, PRECISIONS, TrainingConfig
from netcore.training.recipes import Recipe, list_recipes
from netcore.training.schedules import SCHEDULES
from pages.shared import decimals, mirrors, notices, text
from pages.shared.workspace import FormSettings, Workspace

V = TypeVar("V", int, str)

say = text.page("training")

_STEPS = {"batch_size": 32, "training_size": 1000, "validation_size": 1000}


def draw(work: Workspace) -> Form:
    """Draw the settings and return them as they were chosen; seed and what is frozen are those of the network in hand.

    No widget has limits of its own, so nothing that was typed is lost or silently changed. What was typed last in this
    workspace stands there again after a reload.
    """
    hand, kept = work.hand, work.form_settings
    recipe = _draw_recipes(kept.recipe)
    # Every choice of a recipe begins a new form, so that it shows what the recipe says and nothing older.
    key = mirrors.fresh("training_form", recipe.name)
    typed = kept.typed if kept.recipe == recipe.name else {}
    form = Form(key, replace(recipe.config, seed=hand.seed, frozen=hand.frozen), typed)
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
    with notices.refusals_shown():
        work.keep_form_settings(FormSettings(recipe.name, form.typed))
    return form


def name_start(config: TrainingConfig | None) -> str:
    """The words on the button that starts a training; without its epochs where a setting is refused."""
    if config is None:
        return say("train_waits")
    return say("train_one") if config.epochs == 1 else say("train", epochs=config.epochs)


@contextmanager
def settings_named() -> Iterator[None]:
    """Run the body; where the engine refuses a setting, it is called as the form calls it."""
    try:
        yield
    except ConfigError as refusal:
        if "setting" not in refusal.values:
            raise
        label = say(str(refusal.values["setting"]).replace(" ", "_"))
        raise ConfigError(refusal.what, refusal.cure, **{**refusal.values, "setting": label}) from refusal


class Form:
    """The widgets under one key, and what was chosen with them."""

    pictures: DeltaGenerator
    """The place for digits as the network will see them."""

    def __init__(self, key: str, begin: TrainingConfig, kept: Mapping[str, int | str]) -> None:
        self.key, self.begin, self.kept = key, begin, kept
        self.chosen: dict[str, Any] = {}
        self.typed: dict[str, int | str] = {}
        """What was chosen as it stands in the fields, where that is not what they began with."""

    def config(self) -> TrainingConfig:
        """The settings that were chosen. Raises ``ConfigError`` for one out of range."""
        with settings_named():
            return replace(self.begin, **self.chosen)

    def draw_row(self, *names: str) -> None:
        """Draw a number for each setting, two side by side."""
        if names:
            for name, column in zip(names, st.columns(2, gap="small"), strict=False):
                with column:
                    self.draw_number(name, getattr(self.begin, name), _STEPS.get(name, 1))

    def draw_number(self, name: str, value: float, step: float, *, key: str = "") -> None:
        """Draw one number; emptied, it is ``value``. Whole where ``value`` is."""
        key = key or name
        options: dict[str, Any] = {"help": say(f"{name}_help"), "key": f"{self.key}_{key}", "persist_state": "session"}
        if isinstance(value, float):
            shown = self._begin_with(key, decimals.write(value))
            typed = st.text_input(say(name), shown, **options)
            self.chosen[name] = decimals.read(typed) if typed.strip() else value
            self._keep(key, typed, decimals.write(value))
        else:
            whole = st.number_input(say(name), value=self._begin_with(key, value), step=int(step), **options)
            self.chosen[name] = value if whole is None else int(whole)
            self._keep(key, self.chosen[name], value)

    def draw_choice(self, name: str, choices: list[str], words: Callable[[str], str] = str) -> str:
        """Draw one of several names, and return the chosen one."""
        usual = getattr(self.begin, name)
        shown = self._begin_with(name, usual)
        chosen = st.selectbox(
            say(name),
            choices,
            index=choices.index(shown if shown in choices else usual),
            format_func=words,
            help=say(f"{name}_help"),
            key=f"{self.key}_{name}",
            persist_state="session",
        )
        self.chosen[name] = chosen
        self._keep(name, chosen, usual)
        return chosen

    def draw_group(self, title: str, *names: str) -> Any:
        """An expander, open where the recipe has something else in it than the course."""
        course = list_recipes()[0].config
        is_open = any(getattr(self.begin, name) != getattr(course, name) for name in names)
        return st.expander(say(title), expanded=is_open, key=f"{self.key}_{title}")

    def _begin_with(self, key: str, usual: V) -> V:
        """What was typed there before a reload, or what is usual."""
        kept = self.kept.get(key)
        return kept if isinstance(kept, type(usual)) else usual

    def _keep(self, key: str, typed: int | str, usual: int | str) -> None:
        if typed != usual:
            self.typed[key] = typed


def _draw_recipes(kept: str) -> Recipe:
    recipes = {recipe.name: recipe for recipe in list_recipes()}
    names = list(recipes)
    chosen = st.selectbox(
        say("recipe"),
        names,
        index=names.index(kept) if kept in names else 0,
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

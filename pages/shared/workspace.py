"""Whose work this is: the id in the address, the network in hand, its runs. Knows no page."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from netcore import files
from netcore.errors import NetcoreError, RunError
from netcore.model.presets import get_preset, list_presets
from netcore.model.spec import NetworkSpec, fingerprint, spec_from_json, spec_to_json
from netcore.model.stack import Stack
from netcore.settings import MAX_SEED, Settings
from netcore.training.runs import Run, RunStore
from pages.shared import text

say = text.page("frame")

_ADDRESS = "w"
_IDENTITY = re.compile(r"[0-9a-f]{32}")
MODES = ("eval", "train")


@dataclass(frozen=True)
class Hand:
    """The network in hand: what it is, and where its weights come from."""

    spec: NetworkSpec
    seed: int = 0
    """Its first weights are drawn with this seed."""
    run: str | None = None
    """The run (``run-3``) whose best checkpoint gives the weights; None leaves them untrained."""
    mode: str = "eval"
    """``"eval"`` or ``"train"``: the mode in which the pages ask it."""
    frozen: tuple[str, ...] | None = None
    """The parameters that a training leaves as they are; None leaves that to the network."""

    @property
    def name(self) -> str:
        """What a person calls it: a preset, a ready-made class, or the number of its layers."""
        if not isinstance(self.spec, Stack):
            return self.spec.title
        titles = {preset.stack: preset.title for preset in list_presets()}
        count = len(self.spec.layers)
        return titles.get(self.spec) or (say("hand_one_layer") if count == 1 else say("hand_layers", count=count))

    def with_spec(self, spec: NetworkSpec) -> Hand:
        """Another network: the weights of a run of the old one do not go with it, nor what is frozen."""
        is_same = fingerprint(spec) == fingerprint(self.spec)
        return replace(self, spec=spec, run=self.run if is_same else None, frozen=self.frozen if is_same else None)

    def to_json(self) -> dict[str, Any]:
        """JSON types, for ``network.json``."""
        frozen = None if self.frozen is None else list(self.frozen)
        return {
            "spec": spec_to_json(self.spec),
            "seed": self.seed,
            "run": self.run,
            "mode": self.mode,
            "frozen": frozen,
        }

    @classmethod
    def from_json(cls, value: object) -> Hand:
        """The hand that ``to_json`` wrote; whatever is not in order is replaced by the course's network."""
        if not isinstance(value, dict):
            return cls(spec=get_preset("mlp").stack)
        try:
            spec = spec_from_json(value.get("spec"))
        except NetcoreError:
            spec = get_preset("mlp").stack
        seed, run, mode, frozen = (value.get(key) for key in ("seed", "run", "mode", "frozen"))
        names = [name for name in frozen if isinstance(name, str)] if isinstance(frozen, list) else None
        return cls(
            spec=spec,
            seed=seed if type(seed) is int and 0 <= seed <= MAX_SEED else 0,
            run=run if isinstance(run, str) else None,
            mode=mode if mode in MODES else "eval",
            frozen=None if names is None else tuple(names),
        )


@dataclass(frozen=True)
class Draft:
    """A class that is being written."""

    taken: str
    """The text as it was last taken in hand."""
    text: str
    """The text as it is now."""

    @classmethod
    def from_json(cls, value: object) -> Draft | None:
        """The draft that was kept, or None where ``value`` is none."""
        match value:
            case {"taken": str(taken), "text": str(text)}:
                return cls(taken, text)
        return None


@dataclass(frozen=True)
class Workspace:
    """One visitor's folder. Two tabs with the same address share it."""

    identity: str
    folder: Path

    @property
    def hand(self) -> Hand:
        """The network in hand, read from the folder: it is found again after a reload."""
        return Hand.from_json(files.read_json(self.folder / "network.json"))

    def take(self, hand: Hand) -> None:
        """Make this the network in hand, for every page and every tab of the workspace."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files.write_json(self.folder / "network.json", hand.to_json())

    @property
    def draft(self) -> Draft | None:
        """The class that was being written last: a reload, or another network in hand, does not lose it."""
        return Draft.from_json(files.read_json(self.folder / "class.json"))

    def keep(self, draft: Draft) -> None:
        """Make this the class that was being written last."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files.write_json(self.folder / "class.json", asdict(draft))

    @property
    def runs(self) -> RunStore:
        """The trainings of this workspace."""
        return RunStore(self.folder / "runs")

    @property
    def run_in_hand(self) -> Run | None:
        """The run whose best checkpoint the network in hand takes its weights from, or None."""
        hand = self.hand
        try:
            return self.runs.get(hand.run) if hand.run else None
        except RunError:  # it was deleted
            return None


def current() -> Workspace:
    """The workspace that the address names; a new visitor gets a new one. Keeps the id in the address."""
    wanted = st.query_params.get(_ADDRESS) or st.session_state.get(_ADDRESS, "")
    identity = wanted if _IDENTITY.fullmatch(wanted) else secrets.token_hex(16)
    st.session_state[_ADDRESS] = identity
    if st.query_params.get(_ADDRESS) != identity:
        st.query_params[_ADDRESS] = identity
    return Workspace(identity, Settings.from_environment().workspaces / identity)

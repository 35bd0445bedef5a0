"""Whose work this is: the id in the address, the network in hand, its runs. Knows no page."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from netcore import files
from netcore.errors import CodeError, NetcoreError, RunError
from netcore.model.custom.source import CustomSource
from netcore.model.presets import get_preset, list_presets
from netcore.model.spec import NetworkSpec, fingerprint, spec_from_json, spec_to_json
from netcore.model.stack import Stack
from netcore.settings import MAX_SEED, MAX_SOURCE_BYTES, Settings
from netcore.training.runs import Run, RunStore
from netcore.worker.asker import asker
from pages.shared import text
from pages.shared.shelf import Shelf

say = text.page("frame")

_ADDRESS = "w"
_IDENTITY = re.compile(r"[0-9a-f]{32}")
MODES = ("eval", "train")
RECENT = 20
"""As many networks that were in hand are found again; each takes as much as a class's text at most."""

_LOG = logging.getLogger("netcore")
_MOST_OF_A_DRAFT = 5 * MAX_SOURCE_BYTES


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
class Recent:
    """A network that was in hand, as a list tells it from others; ``Workspace.take_back`` takes it in hand again."""

    identity: str
    title: str
    when: float
    """When it was last in hand, in seconds since 1970."""
    parameters: int | None = None
    """Of a stack."""
    lines: int | None = None
    """Of a class."""
    run: str | None = None
    """The run (``run-3``) that gave its weights."""
    is_damaged: bool = False


@dataclass(frozen=True)
class FormSettings:
    """The settings of a training as they were typed last."""

    recipe: str = ""
    """The name of the recipe that filled the form."""
    typed: Mapping[str, int | str] = field(default_factory=dict)
    """What stands in the fields, where that is not what the recipe says."""

    @classmethod
    def from_json(cls, value: object) -> FormSettings:
        """The settings that were kept; none where ``value`` is something else."""
        match value:
            case {"recipe": str(recipe), "typed": dict(typed)}:
                return cls(recipe, {key: item for key, item in typed.items() if type(item) in (int, str)})
        return cls()


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
        """Make this the network in hand, for every page and every tab of the workspace; the one before stays near."""
        before = self.hand
        self._hold(hand)
        try:
            for held in (before, hand) if fingerprint(before.spec) != fingerprint(hand.spec) else (hand,):
                self._networks.put(fingerprint(held.spec), {"title": held.name, **_count(held.spec), **held.to_json()})
        except OSError:  # the network itself is safe by now
            _LOG.exception("the recent networks cannot be kept")

    def recent(self) -> tuple[Recent, ...]:
        """The networks that were in hand, the one that was taken last first; the one in hand is one of them."""
        return tuple(self._recall(identity, when) for identity, when in self._networks.names().items())

    @property
    def previous(self) -> Recent | None:
        """The network that was taken before the one in hand, or None where no older one is known."""
        dates, held = self._networks.names(), fingerprint(self.hand.spec)
        names = list(dates)
        older = names[names.index(held) + 1 :] if held in names else names
        found = (self._recall(identity, dates[identity]) for identity in older)
        return next((recent for recent in found if not recent.is_damaged), None)

    def take_back(self, identity: str, *, newest: bool = True) -> None:
        """Take a recent network in hand with the seed, the run and the frozen parameters that it had.

        Without ``newest`` it keeps its place among the others, so that one can go back further still. Raises
        ``StackError`` where it is there no more, or cannot be read.
        """
        kept = self._networks.read(identity)
        spec_from_json(kept.get("spec") if isinstance(kept, dict) else None)
        hand = replace(Hand.from_json(kept), mode=self.hand.mode)
        if newest:
            self.take(hand)
        else:
            self._hold(hand)

    def last_class(self, known: Collection[NetworkSpec]) -> CustomSource | None:
        """The class of one's own that was taken last, also where another network is in hand: one that is not ``known``
        already, and that the rules of today let through."""
        texts = {spec.source for spec in known if isinstance(spec, CustomSource)}
        for identity in self._networks.names():
            match self._networks.read(identity):
                case {"spec": {"kind": "custom", "source": str(source)}} if source not in texts:
                    with suppress(CodeError):
                        return CustomSource(source)
        return None

    def has_draft(self, identity: str) -> bool:
        """Whether a recent network has text that was not taken yet."""
        return self._drafts.read(identity) is not None

    def draft(self, spec: NetworkSpec) -> str:
        """The text of a network as was being written last: neither a reload nor another network loses it."""
        kept = self._drafts.read(fingerprint(spec))
        return kept if isinstance(kept, str) and kept else _write(spec)

    def keep_draft(self, spec: NetworkSpec, words: str) -> bool:
        """Make this the text into which ``spec`` is being rewritten; its own text ends that.

        False for one that is far too long for a class: it is not kept.
        """
        if words == _write(spec):
            self._drafts.remove(fingerprint(spec))
        elif len(words) <= _MOST_OF_A_DRAFT:
            self._drafts.put(fingerprint(spec), words)
        else:
            return False
        return True

    @property
    def _networks(self) -> Shelf:
        return Shelf(self.folder / "networks", RECENT)

    @property
    def _drafts(self) -> Shelf:
        return Shelf(self.folder / "drafts", RECENT)

    def _hold(self, hand: Hand) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        files.write_json(self.folder / "network.json", hand.to_json())

    def _recall(self, identity: str, when: float) -> Recent:
        kept = self._networks.read(identity)
        if not isinstance(kept, dict) or not isinstance(kept.get("title"), str):
            return Recent(identity, "", when, is_damaged=True)
        parameters, lines, run = (kept.get(key) for key in ("parameters", "lines", "run"))
        return Recent(
            identity,
            kept["title"],
            when,
            parameters if type(parameters) is int else None,
            lines if type(lines) is int else None,
            run if isinstance(run, str) else None,
        )

    @property
    def form_settings(self) -> FormSettings:
        """The settings of a training that were typed last: a reload does not lose them."""
        return FormSettings.from_json(files.read_json(self.folder / "settings.json"))

    def keep_form_settings(self, settings: FormSettings) -> None:
        """Make these the settings that were typed last."""
        if settings != self.form_settings:
            self.folder.mkdir(parents=True, exist_ok=True)
            files.write_json(self.folder / "settings.json", asdict(settings))

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


def _write(spec: NetworkSpec) -> str:
    return str(spec) if isinstance(spec, Stack) else spec.source


def _count(spec: NetworkSpec) -> dict[str, int]:
    if isinstance(spec, Stack):
        return {"parameters": spec.parameters}
    return {"lines": spec.source.count("\n") + 1}


def current() -> Workspace:
    """The workspace that the address names; a new visitor gets a new one. Keeps the id in the address."""
    wanted = st.query_params.get(_ADDRESS) or st.session_state.get(_ADDRESS, "")
    identity = wanted if _IDENTITY.fullmatch(wanted) else secrets.token_hex(16)
    st.session_state[_ADDRESS] = identity
    if st.query_params.get(_ADDRESS) != identity:
        st.query_params[_ADDRESS] = identity
    asker.set(identity)  # this thread runs the page
    return Workspace(identity, Settings.from_environment().workspaces / identity)

"""Cached doors to what the model page looks at: shapes, code, tensors, modes. Draws nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.spec import NetworkSpec, fingerprint
from netcore.model.stack import Stack
from pages.shared import engine
from pages.shared.engine import Network

if TYPE_CHECKING:
    from netcore.export.source import Proof
    from netcore.model.calling import CallComparison
    from netcore.model.inside.activations import Weights
    from netcore.model.modes import ModeComparison
    from netcore.model.parameters import ParameterInfo
    from netcore.model.xray.ignored_modes import IgnoredMode
    from netcore.model.xray.registration import Registration


def sources_of(stack: Stack) -> tuple[str, str]:
    """The stack as Sequential code and as a class."""
    return _sources(stack, fingerprint(stack))


def proof_of(stack: Stack, seed: int) -> Proof:
    """The answers of both sources for one seed. Raises ``StackError`` where the layers do not fit."""
    return _proof(stack, fingerprint(stack), seed)


def walk_of(spec: NetworkSpec, batch: int, seed: int) -> str:
    """The script that prints every shape."""
    return _walk(spec, fingerprint(spec), batch, seed)


def parameters_of(network: Network) -> tuple[ParameterInfo, ...]:
    """Every tensor of the network as it stands now."""
    return _parameters(network, engine.identity_of(network))


def pictures_of(network: Network, name: str, first: int) -> Weights | None:
    """One tensor as pictures, from the ``first`` on; None where there is nothing to see."""
    return _pictures(network, engine.identity_of(network), name, first)


def modes_of(network: Network, images: int, passes: int) -> ModeComparison:
    """The first ``images`` MNIST test images through the network, again and again, in both modes."""
    return _modes(network, engine.identity_of(network), images, passes)


def ignored_modes_of(spec: CustomSource) -> tuple[IgnoredMode, ...]:
    """The calls of the class that draw at random in eval() too, asked in a process of its own."""
    return _ignored_modes(spec, fingerprint(spec))


def xray_of(spec: NetworkSpec) -> Registration:
    """What the network registers and what not, asked of its class in a process of its own.

    A stack is asked as the class that it can be turned into. Raises ``CodeError`` where no class runs here.
    """
    return _xray(spec, fingerprint(spec))


def calls_of(spec: NetworkSpec, seed: int) -> CallComparison:
    """``model(x)`` against ``model.forward(x)`` for 8 digits, asked as ``xray_of`` asks."""
    return _calls(spec, fingerprint(spec), seed)


def as_class(spec: NetworkSpec) -> CustomSource:
    """The network as a class of one's own: the same layers, the same first weights for the same seed."""
    if isinstance(spec, CustomSource):
        return spec
    from netcore.model.class_form import class_definition

    return CustomSource(class_definition(spec) if isinstance(spec, Stack) else spec.source)


@st.cache_data(max_entries=128, show_spinner=False)
def _sources(_stack: Stack, identity: str) -> tuple[str, str]:
    from netcore.export.source import class_source, sequential_source

    return sequential_source(_stack), class_source(_stack)


@st.cache_data(max_entries=128, show_spinner=False)
def _proof(_stack: Stack, identity: str, seed: int) -> Proof:
    from netcore.export.source import prove_equal

    return prove_equal(_stack, seed)


@st.cache_data(max_entries=128, show_spinner=False)
def _walk(_spec: NetworkSpec, identity: str, batch: int, seed: int) -> str:
    from netcore.export.source import walk_source

    return walk_source(_spec, batch, seed)


@st.cache_data(max_entries=64, show_spinner=False)
def _parameters(_network: Network, identity: str) -> tuple[ParameterInfo, ...]:
    from netcore.model.parameters import ParameterInfo

    infos: tuple[ParameterInfo, ...]
    infos = engine.ask(_network, tuple[ParameterInfo, ...], "netcore.model.parameters:describe_parameters")
    if isinstance(_network.spec, CustomSource):
        return infos
    learning = {name for name, value in _network.spec.build(0).named_parameters() if value.requires_grad}
    return tuple(replace(info, trainable=info.name in learning) for info in infos)  # the shared model is frozen


@st.cache_data(max_entries=64, show_spinner=False)
def _pictures(_network: Network, identity: str, name: str, first: int) -> Weights | None:
    from netcore.model.inside.activations import Weights

    question = "netcore.model.inside.parameters:picture_parameter"
    found: Weights | None = engine.ask(_network, Weights | None, question, name=name, first=first)
    return found


@st.cache_data(max_entries=64, show_spinner=False)
def _modes(_network: Network, identity: str, images: int, passes: int) -> ModeComparison:
    from netcore.model.modes import ModeComparison

    given = {"count": images, "passes": passes, "seed": _network.seed}
    return engine.ask(_network, ModeComparison, "netcore.model.questions:compare_modes_mnist", **given)


@st.cache_data(max_entries=64, show_spinner=False)
def _ignored_modes(_spec: CustomSource, identity: str) -> tuple[IgnoredMode, ...]:
    from netcore.model.xray.ignored_modes import IgnoredMode

    question = "netcore.model.xray.ignored_modes:find_ignored_modes"
    return confined.ask(tuple[IgnoredMode, ...], question, _spec)


@st.cache_data(max_entries=64, show_spinner=False)
def _xray(_spec: NetworkSpec, identity: str) -> Registration:
    from netcore.model.xray.registration import Registration

    return confined.ask(Registration, "netcore.model.xray.registration:registration", as_class(_spec))


@st.cache_data(max_entries=64, show_spinner=False)
def _calls(_spec: NetworkSpec, identity: str, seed: int) -> CallComparison:
    from netcore.model.calling import CallComparison

    question = "netcore.model.questions:compare_calls_mnist"
    return confined.ask(CallComparison, question, as_class(_spec), weights_seed=seed, count=8, seed=seed)

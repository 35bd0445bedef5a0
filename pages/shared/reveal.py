"""Predict, then reveal: the class guesses what the network does with a digit before the page shows it.

Knows the questions and who was asked; nothing of the tabs that stay hidden meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from netcore.seeds import derive_seed
from pages.shared import engine, inspection, text
from pages.shared.sample import Sample
from pages.shared.shapes import shape_text

say = text.page("reveal")

_ON, _DONE, _TALLY = "reveal_on", "reveal_done", "reveal_tally"
_KEPT = 500


@dataclass(frozen=True)
class _Asked:
    """A question as it is drawn: everything in words."""

    name: str
    words: str
    options: tuple[str, ...]
    answer: str
    why: str


def pick() -> None:
    """Draw the switch. It stays as it is for the session."""
    st.toggle(say("toggle"), help=say("toggle_help"), key=_ON, persist_state="session")


def is_on() -> bool:
    """Whether guesses are asked for."""
    return bool(st.session_state.get(_ON))


def hidden(network: engine.Network, sample: Sample) -> bool:
    """Whether what the network does with the digit may not be shown yet."""
    return is_on() and _subject(network, sample) not in st.session_state.get(_DONE, {})


def draw_hidden() -> None:
    """Say that something is hidden, in the place of what it is."""
    st.info(say("hidden"), icon=":material/visibility_off:")


def draw(network: engine.Network, sample: Sample) -> None:
    """The questions about the digit, or, once it is revealed, how the guesses did. Nothing where the switch is off."""
    if not is_on():
        return
    subject = _subject(network, sample)
    asked = _ask(network, sample, subject)
    with st.container(border=True):
        if hidden(network, sample):
            _draw_questions(asked, subject)
        else:
            _draw_answers(asked, st.session_state[_DONE][subject])
        right, count = st.session_state.get(_TALLY, (0, 0))
        if count:
            st.caption(say("tally", right=right, asked=count))


def _subject(network: engine.Network, sample: Sample) -> str:
    return f"{derive_seed(0, engine.identity_of(network), network.mode, sample.pixels, sample.highest):x}"


def _ask(network: engine.Network, sample: Sample, subject: str) -> list[_Asked]:
    """The questions, as the digit and the network decide: the same ones whenever they are asked again."""
    seed = int(subject, 16) % 2**31
    questions = (_ask_shape(network, seed), _ask_parameters(network, seed), _ask_digit(network, sample))
    return [question for question in questions if question]


def _ask_shape(network: engine.Network, seed: int) -> _Asked | None:
    from netcore.model.quiz import ask_shape

    question = ask_shape(engine.trace_of(network.spec, 1), seed)
    if not question:
        return None
    layer = text.layer(question.layer.name, question.layer.code)
    given, made = shape_text(question.layer.input_shape), shape_text(question.answer)
    return _Asked(
        "shape",
        say("shape", layer=layer),
        tuple(map(shape_text, question.options)),
        made,
        say("why_shape", layer=layer, given=given, made=made),
    )


def _ask_parameters(network: engine.Network, seed: int) -> _Asked | None:
    from netcore.model.quiz import ask_parameters, draw_learning_layer

    traced = engine.trace_of(network.spec, 1)
    layer = draw_learning_layer(traced, seed)
    if not layer:
        return None
    prefix = f"{layer.name}." if layer.name else ""
    infos = [info for info in inspection.parameters_of(network) if info.name.startswith(prefix) and not info.buffer]
    question = ask_parameters(traced, [info.shape for info in infos], layer, seed)
    count = text.number(question.answer)
    tensors = ", ".join(
        say("why_tensor", name=f"`{info.name.removeprefix(prefix)}`", shape=shape_text(info.shape)) for info in infos
    )
    return _Asked(
        "parameters",
        say("parameters", layer=text.layer(layer.name, layer.code)),
        tuple(map(text.number, question.options)),
        count,
        say("why_parameters", tensors=tensors, count=count),
    )


def _ask_digit(network: engine.Network, sample: Sample) -> _Asked:
    answer = engine.forward(network, [sample])
    probabilities = answer.probabilities[0]
    first, second = sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True)[:2]
    shares = text.percent(probabilities[first]), text.percent(probabilities[second])
    why = say("why_digit", prediction=first, probability=shares[0], second=second, second_probability=shares[1])
    if sample.label is not None:
        why += " " + say("why_label", label=sample.label)
    words = say("digit" if network.checkpoint else "digit_of_untrained")
    return _Asked("digit", words, tuple(map(str, range(len(probabilities)))), str(first), why)


def _draw_questions(asked: list[_Asked], subject: str) -> None:
    st.markdown(say("title"))
    guesses = {
        question.name: st.radio(
            question.words, question.options, index=None, horizontal=True, key=f"reveal_{question.name}_{subject}"
        )
        for question in asked
    }
    st.button(
        say("reveal"),
        icon=":material/visibility:",
        type="primary",
        help=say("reveal_help"),
        on_click=_reveal,
        args=(subject, asked, guesses),
    )


def _reveal(subject: str, asked: list[_Asked], guesses: dict[str, str | None]) -> None:
    done = st.session_state.setdefault(_DONE, {})
    if subject in done:  # a second click on its way
        return
    done[subject] = guesses
    while len(done) > _KEPT:
        del done[next(iter(done))]
    right, count = st.session_state.get(_TALLY, (0, 0))
    made = [question for question in asked if guesses[question.name] is not None]
    right += sum(guesses[question.name] == question.answer for question in made)
    st.session_state[_TALLY] = (right, count + len(made))


def _draw_answers(asked: list[_Asked], guesses: dict[str, str | None]) -> None:
    for question in asked:
        guess = guesses[question.name]
        told = "open" if guess is None else "right" if guess == question.answer else "wrong"
        words = say(told, guess=guess, answer=question.answer)
        st.markdown(f"{question.words}  \n{words} {question.why}")

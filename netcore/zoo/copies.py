"""What would change a pretrained network, done to a private copy: fresh weights, train(). Knows nothing of screens.

The network itself is shared by whoever asks, and stays as it was loaded.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

from PIL import Image

from netcore.errors import ConfigError
from netcore.model.inside.watching import borrow
from netcore.model.modes import ModeDependent, find_mode_dependent, refuse_single_values
from netcore.seeds import seeded
from netcore.zoo.inference import Classification, classify
from netcore.zoo.reset import ResetReport, reset_weights
from netcore.zoo.weights import LoadedModel

MAX_PASSES = 20


@dataclass(frozen=True)
class ModeAnswers:
    """One photo with ``eval()`` and without."""

    with_eval: Classification
    without: tuple[Classification, ...]
    """In ``train()``, one a pass: Dropout draws anew each time, and BatchNorm normalises by this photo alone."""
    afterwards: Classification
    """With ``eval()`` again, after those passes: they have moved BatchNorm's running statistics."""
    layers: tuple[ModeDependent, ...]
    """Those that make the difference."""

    @property
    def agreeing(self) -> int:
        """In how many passes the most probable class was the one with ``eval()``."""
        return sum(answer.predictions[0].index == self.with_eval.predictions[0].index for answer in self.without)


def reset_copy(loaded: LoadedModel, seed: int = 0) -> tuple[LoadedModel, ResetReport]:
    """A copy of ``loaded`` whose weights were drawn anew from ``seed`` as far as the usual loop reaches."""
    fresh = replace(loaded, model=copy.deepcopy(loaded.model))
    report = reset_weights(fresh.model, seed)
    return fresh, report


def compare_answers(
    loaded: LoadedModel, photo: Image.Image, passes: int = 5, seed: int = 0, top_k: int = 5
) -> ModeAnswers:
    """What ``loaded`` says of the photo in ``eval()``, and ``passes`` times in ``train()``.

    What is drawn at random comes from ``seed``. Raises ``ConfigError`` for ``passes`` outside ``1..MAX_PASSES``,
    ``StackError`` where a BatchNorm gets one value a channel, and what ``classify`` raises.
    """
    if type(passes) is not int or not 1 <= passes <= MAX_PASSES:
        raise ConfigError(
            "The comparison has {passes} passes.",
            "Choose a whole number from 1 to {most}.",
            passes=passes,
            most=MAX_PASSES,
        )
    private = replace(loaded, model=borrow(loaded.model))
    refuse_single_values(private.model)
    with_eval = classify(private, [photo], top_k)[0]
    private.model.train()
    with seeded(seed):
        without = tuple(classify(private, [photo], top_k)[0] for _ in range(passes))
    private.model.eval()
    return ModeAnswers(
        with_eval=with_eval,
        without=without,
        afterwards=classify(private, [photo], top_k)[0],
        layers=find_mode_dependent(loaded.model),
    )

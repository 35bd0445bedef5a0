"""Cached doors to the engine. Whatever comes out of a cache is shared by all visitors and never changed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st
from PIL import Image

from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.spec import NetworkSpec, fingerprint
from netcore.training.scheduler import scheduler
from pages.shared import digits
from pages.shared.sample import Place, Sample
from pages.shared.workspace import Workspace

if TYPE_CHECKING:
    from netcore.model.forward import Forward
    from netcore.model.trace import Trace
    from netcore.training.checkpoints import CheckpointDescription
    from netcore.training.config import TrainingConfig

T = TypeVar("T")


def is_warm() -> bool:
    """Whether torch is loaded. Until then, what needs it can wait until the page is on the screen."""
    return "torch" in sys.modules


@cache
def warm_up() -> None:
    """Load torch in the background, once a server, as soon as the first page is drawn, and keep a worker ready."""
    threading.Thread(target=_import_engine, name="warm-up", daemon=True).start()


def parameter_count(spec: NetworkSpec) -> int:
    """How many numbers a network learns. Raises ``CodeError`` where it is a class, and none runs here."""
    return trace_of(spec, 1).parameters


@dataclass(frozen=True)
class Network:
    """The network in hand with its weights, ready to be asked."""

    spec: NetworkSpec
    seed: int
    mode: str
    checkpoint: str | None
    """The best checkpoint that gave the weights; None where they are the first, random ones."""
    version: int
    """Changes whenever that file does."""

    @property
    def is_trained(self) -> bool:
        """Whether its weights are a checkpoint's."""
        return self.checkpoint is not None

    @property
    def path(self) -> Path | None:
        """That checkpoint's file."""
        return Path(self.checkpoint) if self.checkpoint else None


def network(work: Workspace) -> Network:
    """The network in hand as it stands now: a new best checkpoint is a new version."""
    hand, run = work.hand, work.run_in_hand
    best = run.best_path if run and run.best_path.exists() else None
    version = best.stat().st_mtime_ns if best else 0
    return Network(hand.spec, hand.seed, hand.mode, str(best) if best else None, version)


def trace_of(spec: NetworkSpec, batch: int) -> Trace:
    """The shapes of a batch on its way through the network."""
    return _trace(spec, fingerprint(spec), batch)


def printed_by(spec: CustomSource) -> str:
    """What the class prints while it is built and sees one digit; empty where it prints nothing."""
    return _printed(spec, fingerprint(spec)) if "print(" in spec.source else ""


def forward(network: Network, samples: Sequence[Sample]) -> Forward:
    """What the network says of the digits, as one batch.

    Raises ``StackError`` where they cannot go through it, or do not come out as ten logits.
    """
    from netcore.model.forward import Forward

    check_logits(network, len(samples))
    images = "".join(sample.pixels for sample in samples)
    question = "netcore.model.questions:forward_packed"
    highest = tuple(sample.highest for sample in samples)
    return ask(network, Forward, question, images=images, mode=network.mode, seed=network.seed, highest=highest)


def check_logits(network: Network, count: int) -> None:
    """Raise ``StackError`` where ``count`` digits cannot go through, or do not come out as ten logits each."""
    from netcore.data.mnist import CLASSES

    traced = trace_of(network.spec, count)
    problem = traced.problem or traced.notice
    if problem and traced.output_shape != (count, CLASSES):
        raise problem.refusal


def sample_source(network: Network, place: Place, count: int) -> str:
    """The script that gives the same numbers as ``forward`` for ``count`` images from ``place`` on."""
    from netcore.export.sample import sample_source

    return sample_source(
        network.spec,
        seed=network.seed,
        split=place.split,
        index=place.index,
        count=count,
        trained=network.is_trained,
        mode=network.mode,
    )


def ask(network: Network, answer: type[T] | Any, question: str, **given: object) -> T:
    """What the engine's function ``question`` (``"module:function"``) says of the network, as the type ``answer``.

    A class that a visitor wrote is asked in a process of its own. Any other is asked here: it is shared by all who
    hold the same one, frozen, and the function may not change it.
    """
    if isinstance(network.spec, CustomSource):
        return ask_apart(network, answer, question, **given)
    module, function = question.split(":")
    found: T = getattr(import_module(module), function)(_load(network, identity_of(network)), **given)
    return found


def ask_apart(network: Network, answer: type[T] | Any, question: str, **given: object) -> T:
    """The same in a process of its own, whatever network it is: no page waits, and it is built for this question."""
    found: T = confined.ask(answer, question, network.spec, weights_seed=network.seed, checkpoint=network.path, **given)
    return found


def replaced_epoch(network: Network) -> int | None:
    """The epoch whose weights stand in for a best checkpoint that is damaged; None where all is well."""
    found = checkpoint(network.checkpoint, network.version) if network.checkpoint else None
    return found.epoch if found and found.damage else None


def identity_of(network: Network) -> str:
    """What two networks share only where they would answer the same: the key of every cache of answers."""
    return f"{fingerprint(network.spec)} {network.seed} {network.checkpoint} {network.version}"


@st.cache_data(max_entries=256, show_spinner=False)
def _trace(_spec: NetworkSpec, identity: str, batch: int) -> Trace:
    return confined.trace_network(_spec, batch)


@st.cache_data(max_entries=256, show_spinner=False)
def _printed(_spec: CustomSource, identity: str) -> str:
    from netcore.model.forward import Forward

    question, digit = "netcore.model.questions:forward_packed", digits.sample_at(Place("test", 0))
    return confined.ask_aloud(Forward, question, _spec, images=digit.pixels, mode="eval", seed=0).printed


@st.cache_resource(max_entries=64, show_spinner=False)
def _load(_network: Network, identity: str) -> Any:
    from netcore.training.checkpoints import read_checkpoint
    from netcore.training.restore import restore_model

    model = _network.spec.build(_network.seed)
    if _network.path:
        restore_model(model, read_checkpoint(_network.path).model_state)
    return model.eval().requires_grad_(False)


def weights_file(network: Network, kind: str) -> bytes:
    """The network's ``state_dict`` as a file, ``"pth"`` or ``"safetensors"``. Raises what the engine's does."""
    from netcore.export.weights import weights_file

    return weights_file(network.spec, seed=network.seed, checkpoint=network.path, kind=kind)


def training_source(spec: NetworkSpec, config: TrainingConfig) -> str:
    """The script that trains ``spec`` under ``config`` with the course's own loop."""
    from netcore.export.training import training_source

    return training_source(spec, config)


def check_training(spec: NetworkSpec, config: TrainingConfig) -> None:
    """Raise the engine's refusal where ``spec`` cannot be trained under ``config``."""
    from netcore.training.readiness import check_network

    if isinstance(spec, CustomSource):
        confined.ask(str, "netcore.training.readiness:check_network", spec, weights_seed=config.seed, config=config)
    else:
        check_network(spec.build(config.seed), config)


@st.cache_data(max_entries=64, show_spinner=False)
def augmented(shift: int, rotation: float, seed: int) -> tuple[Image.Image, Image.Image]:
    """The first MNIST training digit, and eight ways in which a network may see it, in two rows; every pixel sharp."""
    from netcore.data.mnist import load_mnist
    from netcore.training.augmentation import show_augmented

    image = load_mnist("train").images[0]
    seen = show_augmented(image, 8, shift=shift, rotation=rotation, seed=seed)
    side = image.shape[0]
    rows = seen.view(2, 4, side, side).transpose(1, 2).reshape(2 * side, 4 * side)
    return _enlarge(image.numpy()), _enlarge(rows.numpy())


@st.cache_data(max_entries=32, show_spinner=False)
def checkpoint(path: str, version: int) -> CheckpointDescription:
    """What is in a checkpoint file; ``version`` changes whenever the file does."""
    from netcore.training.checkpoints import describe_checkpoint

    return describe_checkpoint(Path(path))


def _enlarge(pixels: Any) -> Image.Image:
    picture = Image.fromarray(pixels)
    return picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.NEAREST)


def _import_engine() -> None:
    confined.nursery().warm_up()
    import_module("netcore.model.forward")
    scheduler().warm_up()

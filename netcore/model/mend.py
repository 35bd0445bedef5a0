"""Why a layer cannot take an input, in words, and the nearest network that can. Pure: layers and shapes in, no torch.

The rules are those of the layers' own documentation; where torch would accept an input that a student does not mean
(a picture without its batch, whole channels of a flat row), the rule refuses it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from netcore.model.layers import Layer, start_layer
from netcore.model.mismatch import Mismatch, insert_before, make_layers, replace_by, set_arguments
from netcore.model.shape import Shape

CLASSES = 10
"""What a classifier of digits ends with: ``[N, 10]``."""
BETWEEN = "{function} stands on the logits: they stay between {low} and {high}, and the loss never falls below {least}."
CUT_OFF = "{function} stands on the logits: those below 0 become 0 without a gradient, so a class can stop learning."
_RANGES = MappingProxyType({"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0)})


def find_mismatch(layer: Layer, shape: Shape) -> Mismatch | None:
    """Why ``layer`` cannot take an input of ``shape`` (batch first), and its mend; None where it can."""
    rule = _RULES.get(layer.kind)
    return rule(layer, dict(layer.arguments), shape) if rule else None


def fit_layer(kind: str, shape: Shape) -> Layer:
    """A layer of that kind to begin with, its sizes such that it takes an input of ``shape`` where they can."""
    layer = start_layer(kind)
    mismatch = find_mismatch(layer, shape)
    fits = mismatch and len(mismatch.layers) == 1 and mismatch.layers[0].kind == kind
    return mismatch.layers[0] if mismatch and fits else layer


def find_unfinished(last: Layer, shape: Shape) -> Mismatch | None:
    """Why an output of ``shape`` is no batch of ``CLASSES`` logits, and what to put in place of the last layer."""
    if len(shape) > 2:
        return _append(last, shape, ("Flatten",), ("Linear", math.prod(shape[1:]), CLASSES))
    if shape[1] != CLASSES and last.kind == "Linear":
        return _unfinished(shape, "Set {mend}.", f"out_features = {CLASSES}", (last.change(out_features=CLASSES),))
    if shape[1] != CLASSES:
        return _append(last, shape, ("Linear", shape[1], CLASSES))
    return None


def find_bounded(layer: Layer) -> Mismatch | None:
    """Why a network that ends in ``layer`` cannot learn what it should; None where its logits reach all numbers."""
    take_away, label = "Take {function} away.", f"− {layer.code}"
    if layer.kind == "Softmax":
        what = "The network ends with probabilities, and the loss of the training expects logits: it does the softmax."
        return Mismatch(what, take_away, (("function", layer.code),), label)
    if layer.kind == "ReLU":
        return Mismatch(CUT_OFF, take_away, (("function", layer.code),), label)
    if layer.kind in _RANGES:
        return Mismatch(BETWEEN, take_away, describe_range(layer.code, *_RANGES[layer.kind]), label)
    return None


def describe_range(function: str, low: float, high: float) -> tuple[tuple[str, str], ...]:
    """What stands in ``BETWEEN``."""
    least = f"{find_least_loss(high - low):.3g}"
    return ("function", function), ("low", f"{low:g}"), ("high", f"{high:g}"), ("least", least)


def find_least_loss(spread: float) -> float:
    """The cross entropy, in nats, of the surest right answer where no logit lies further than that from another."""
    return math.log1p((CLASSES - 1) * math.exp(-spread))


def _append(last: Layer, shape: Shape, *wanted: tuple[Any, ...]) -> Mismatch:
    added = make_layers(*wanted)
    if not added:
        return _unfinished(shape, "Make the last layers smaller.", "", ())
    return _unfinished(shape, "Add {mend} at the end.", ", ".join(layer.code for layer in added), (last, *added), "+ ")


def _unfinished(shape: Shape, cure: str, mend: str, layers: tuple[Layer, ...], sign: str = "") -> Mismatch:
    what = "The output is {shape}, and a classifier of ten digits ends with {wanted}."
    values = (("shape", shape), ("wanted", Shape((shape[0], CLASSES))), ("mend", mend))
    return Mismatch(what, cure, values, sign + mend, layers)


def _linear(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    if shape[-1] == given["in_features"]:
        return None
    if len(shape) > 2:
        return insert_before(
            layer,
            shape,
            "{layer} takes rows of {wanted} " + _noun("feature", given["in_features"]) + ", and gets {shape}.",
            ("Flatten",),
            wanted=given["in_features"],
        )
    return set_arguments(
        layer,
        shape,
        "{layer} takes {wanted} " + _noun("feature", given["in_features"]) + ", and gets {got}: {shape}.",
        {"in_features": shape[-1]},
    )


def _conv(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    if len(shape) != 4:
        return _needs_picture(layer, shape, given["in_channels"])
    if shape[1] != given["in_channels"]:
        what = "{layer} takes {wanted} " + _noun("channel", given["in_channels"]) + ", and gets {got}: {shape}."
        return set_arguments(layer, shape, what, {"in_channels": shape[1]})
    return _window(layer, given, shape)


def _pool(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    if len(shape) != 4:
        return _needs_picture(layer, shape, 1)
    return _window(layer, given, shape) if "kernel_size" in given else None


def _window(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    kernel, padding = _pair(given["kernel_size"]), _pair(given.get("padding", 0))
    room = tuple(size + 2 * extra for size, extra in zip(shape[2:], padding, strict=True))
    if kernel[0] <= room[0] and kernel[1] <= room[1]:
        return None
    fitting = tuple(min(pair) for pair in zip(kernel, room, strict=True))
    follows = "padding" not in given and given["stride"] == given["kernel_size"]
    return set_arguments(
        layer,
        shape,
        "{layer} looks through a window of {wanted}, larger than the picture it gets: {shape}.",
        {"kernel_size": fitting} | ({"stride": fitting} if follows else {}),
    )


def _batch_norm_1d(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    if len(shape) > 3:
        return _other_rank(layer, shape, "BatchNorm2d", given["momentum"])
    return _num_features(layer, given, shape)


def _batch_norm_2d(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    if len(shape) != 4:
        return _other_rank(layer, shape, "BatchNorm1d", given["momentum"])
    return _num_features(layer, given, shape)


def _other_rank(layer: Layer, shape: Shape, kind: str, momentum: float) -> Mismatch:
    what = "{layer} takes " + ("pictures [N, C, H, W]" if layer.kind == "BatchNorm2d" else "rows [N, features]")
    what += ", and gets {shape}."
    if len(shape) > 4:
        return insert_before(layer, shape, what, ("Flatten",))
    return replace_by(layer, shape, what, make_layers((kind, shape[1], momentum)))


def _num_features(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    if shape[1] == given["num_features"]:
        return None
    return set_arguments(
        layer,
        shape,
        "{layer} takes {wanted} " + _noun("feature or channel", given["num_features"]) + ", and gets {got}: {shape}.",
        {"num_features": shape[1]},
    )


def _layer_norm(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    value = given["normalized_shape"]
    wanted = (value,) if isinstance(value, int) else value
    if len(wanted) < len(shape) and shape[-len(wanted) :] == wanted:
        return None
    fitting = shape[-min(len(wanted), len(shape) - 1) :]
    return set_arguments(
        layer,
        shape,
        "{layer} takes inputs that end with {wanted}, and gets {shape}.",
        {"normalized_shape": tuple(fitting)},
    )


def _unflatten(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    dim, sizes = given["dim"], given["unflattened_size"]
    if dim >= len(shape):
        return _no_axis(layer, shape)
    if math.prod(sizes) == shape[dim]:
        return None
    fitting = _fold(shape[dim], sizes[0]) if len(sizes) == 3 else (shape[dim], *(1 for _ in sizes[1:]))
    return set_arguments(
        layer,
        shape,
        "{layer} folds an axis of {product}, and that axis has {size}: {shape}.",
        {"unflattened_size": fitting},
        product=math.prod(sizes),
        size=shape[dim],
    )


def _dropout_2d(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    if len(shape) == 4:
        return None
    what = "{layer} drops whole channels of pictures [N, C, H, W], and gets {shape}."
    return replace_by(layer, shape, what, make_layers(("Dropout", given["p"])))


def _softmax(layer: Layer, given: dict[str, Any], shape: Shape) -> Mismatch | None:
    return None if given["dim"] < len(shape) else _no_axis(layer, shape)


def _no_axis(layer: Layer, shape: Shape) -> Mismatch:
    what = "{layer} works along axis {wanted}, and gets {shape}, whose last axis is number {last}."
    return set_arguments(layer, shape, what, {"dim": len(shape) - 1}, last=len(shape) - 1)


def _needs_picture(layer: Layer, shape: Shape, channels: int) -> Mismatch:
    what = "{layer} takes pictures [N, C, H, W], and gets {shape}."
    if len(shape) == 2:
        return insert_before(layer, shape, what, ("Unflatten", 1, _fold(shape[1], channels)))
    if len(shape) == 3:
        return insert_before(layer, shape, what, ("Unflatten", 1, (1, shape[1])))
    return insert_before(layer, shape, what, ("Flatten",))


def _fold(features: int, channels: int) -> tuple[int, int, int]:
    """``features`` as a square picture, of that many channels if it can be, else of one, else as 1x1 pictures."""
    for count in (channels, 1):
        side = math.isqrt(features // count)
        if count * side * side == features:
            return count, side, side
    return features, 1, 1


def _noun(noun: str, count: int) -> str:
    return noun if count == 1 else " ".join(f"{word}s" if word != "or" else word for word in noun.split())


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


_RULES: MappingProxyType[str, Callable[[Layer, dict[str, Any], Shape], Mismatch | None]] = MappingProxyType(
    {
        "Linear": _linear,
        "Conv2d": _conv,
        "MaxPool2d": _pool,
        "AvgPool2d": _pool,
        "AdaptiveAvgPool2d": _pool,
        "BatchNorm1d": _batch_norm_1d,
        "BatchNorm2d": _batch_norm_2d,
        "LayerNorm": _layer_norm,
        "Unflatten": _unflatten,
        "Dropout2d": _dropout_2d,
        "Softmax": _softmax,
    }
)

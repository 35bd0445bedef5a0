"""Names that plainly stand for a number which a network of 28×28 digits in ten classes has. Knows no text."""

from __future__ import annotations

import re

_COUNT = r"(?:(?:n|nb|nbr|num|number|no)_?(?:of_?)?)?"
_CLASSES = re.compile(_COUNT + r"(?:class(?:es)?|labels|categories|digits)|n_?out(?:put)?s?")
_OUTPUT = re.compile(r"out(?:put)?_?(?:size|dim|features|units)|(?:size|dim)_?out(?:put)?")
_INPUT = re.compile(r"in(?:put)?_?(?:size|dim|features|units)|(?:size|dim)_?in(?:put)?|n_?in(?:put)?s?|image_?pixels")
_CHANNELS = re.compile(r"(?:(?:n|nb|num|in|input|img|image)_?)?(?:channels?|chans?|ch)|in_?planes|colou?rs")


def usual_size(name: str) -> int | None:
    """10 for a name such as ``nbClasses`` or ``output_size``, 784 for ``input_size``, 1 for ``in_channels``.

    None for a name that can mean anything, as ``hidden`` or ``width`` do.
    """
    plain = name.lower().strip("_")
    for pattern, size in ((_CLASSES, 10), (_OUTPUT, 10), (_INPUT, 784), (_CHANNELS, 1)):
        if pattern.fullmatch(plain):
            return size
    return None

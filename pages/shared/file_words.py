"""What a file of weights brought, in the same words everywhere: what was taken, what was done to it, what is left."""

from __future__ import annotations

from collections.abc import Sequence

from netcore.data.saved import Taken
from pages.shared import text

ENDINGS = ["pth", "pt", "tar", "ckpt", "bin", "safetensors"]
"""Of the files that an upload takes; \"tar\" is for \".pth.tar\"."""

_NAMED = 8

say = text.page("files")


def describe(taken: Taken, file: str, tensors: int, missing: Sequence[str] = ()) -> str:
    """Markdown that says what was loaded from ``file``."""
    sentences = [
        say("loaded", tensors=tensors, file=text.plain(file)),
        say("entry", entry=text.code(taken.entry)) if taken.entry else "",
        say("converted", types=", ".join(taken.converted)) if taken.converted else "",
        say("prefix", prefix=text.code(taken.prefix)) if taken.prefix else "",
        say("filled", names=_list(taken.filled)) if taken.filled else "",
        say("missing", names=_list(missing)) if missing else "",
        say("left_out", names=_list(taken.left_out)) if taken.left_out else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(text.code(name[:60]) for name in names[:_NAMED])
    return say("more", names=shown, count=len(names) - _NAMED) if len(names) > _NAMED else shown

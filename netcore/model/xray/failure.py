"""Whatever a class raised on its way, as one refusal with its line: where no trace was asked for."""

from __future__ import annotations

from netcore.errors import CodeError, NetcoreError, StackError
from netcore.model.custom.source import CustomSource
from netcore.model.xray.places import find_failed_place
from netcore.model.xray.slips import explain_slip
from netcore.model.xray.text import Text


def explain_failure(network: CustomSource, error: Exception) -> NetcoreError:
    """The refusal to raise for what building or running the class raised.

    Our own refusals stay what they are, unless a line of the class is behind them.
    """
    cause = error.__cause__
    if isinstance(error, StackError) and isinstance(cause, Exception) and find_failed_place(cause):
        return explain_failure(network, cause)
    if isinstance(error, NetcoreError):
        return error
    place = find_failed_place(error)
    line = place.line if place else 1
    if is_out_of_memory(error):
        what = "Line {line} of {name} needs more memory than it may use."
        return CodeError(what, "Make its tensors smaller.", name=network.class_name, line=line)
    if "does not require grad" in str(error):
        what = "The output of {name} does not depend on its parameters: nothing would learn."
        cure = "Use its layers in forward, without detach() and torch.no_grad()."
        return CodeError(what, cure, name=network.class_name, line=line)
    if place is None:
        what = "{name} was run, and what it gave could not be used."
        return CodeError(what, "Look at its shapes on the Model page.", name=network.class_name, line=line)
    found = explain_slip(Text(network.source), error, place)
    return CodeError(found.what, found.cure, **{**dict(found.values), "line": found.line})


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether Python or torch asked for memory in vain."""
    # torch says it as a RuntimeError, with nothing but its words to tell it from the others.
    return isinstance(error, MemoryError) or "can't allocate memory" in str(error)

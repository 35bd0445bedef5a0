"""Whatever a class raised on its way, as one refusal with its line: where no trace was asked for."""

from __future__ import annotations

from netcore.errors import CodeError, NetcoreError, StackError
from netcore.model.custom.source import CustomSource
from netcore.model.xray.backward import explain_backward, explain_refused, is_in_place
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.places import find_failed_place
from netcore.model.xray.slips import explain_slip
from netcore.model.xray.text import Text


def explain_failure(network: CustomSource, error: Exception) -> NetcoreError:
    """The refusal to raise for what building or running the class raised.

    Our own refusals stay what they are, unless a line of the class is behind them.
    """
    cause = error.__cause__
    if isinstance(error, StackError) and isinstance(cause, RuntimeError | ValueError | IndexError):
        return _explain(network, cause) or error
    if isinstance(error, NetcoreError):
        return error
    reason = str(error).partition("\n")[0][:200] or type(error).__name__
    what = "{name} was run, and PyTorch could not use what it gave: {reason}"
    return _explain(network, error) or CodeError(
        what, "Go through its forward line by line on the Model page.", name=network.class_name, reason=reason, line=1
    )


def _explain(network: CustomSource, error: Exception) -> CodeError | None:
    """What a line of the class, or what it gave, has to do with ``error``; None where neither is known."""
    place = find_failed_place(error)
    line = place.line if place else 1
    if is_out_of_memory(error):
        what = "Line {line} of {name} needs more memory than it may use."
        return CodeError(what, "Make its tensors smaller.", name=network.class_name, line=line)
    if "does not require grad" in str(error):
        what = "The output of {name} does not depend on its parameters: nothing would learn."
        cure = "Use its layers in forward, without detach() and torch.no_grad()."
        return CodeError(what, cure, name=network.class_name, line=line)
    text = Text(network.source)
    found: Diagnosis | None
    if place is None:
        found = explain_backward(network, error)
    elif is_in_place(error):
        found = explain_refused(text, error, place, None, None)
    else:
        found = explain_slip(text, error, place)
    return CodeError(found.what, found.cure, **{**dict(found.values), "line": found.line}) if found else None


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether Python or torch asked for memory in vain."""
    # torch says it as a RuntimeError, with nothing but its words to tell it from the others.
    return isinstance(error, MemoryError) or "can't allocate memory" in str(error)

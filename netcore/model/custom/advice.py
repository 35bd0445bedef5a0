"""What to say where a class says something that it may not, and what to write instead. Sentences only."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from netcore.model.custom.spelling import find_nearest

Advice = tuple[str, dict[str, str]]
"""A cure, and what fills its ``{names}``."""

NOT_HERE = "Use what torch, torch.nn, torch.nn.functional and math offer for networks."

CONSTRUCTS = MappingProxyType(
    {
        "Try": ("try", "Ask with an if, or let the error show: it is explained at its line."),
        "TryStar": ("try", "Ask with an if, or let the error show: it is explained at its line."),
        "Yield": ("yield", "Put the values in a list, and return it."),
        "YieldFrom": ("yield", "Put the values in a list, and return it."),
        "AsyncFunctionDef": ("async def", "Write def."),
        "AsyncFor": ("async for", "Write for."),
        "AsyncWith": ("async with", "Write with."),
        "Await": ("await", "Leave it out."),
        "Match": ("match", "Write if and elif."),
        "NamedExpr": (":=", "Give the value its name on a line of its own."),
        "Global": ("global", "Keep what lasts in self."),
        "Nonlocal": ("nonlocal", "Keep what lasts in self."),
        "Delete": ("del", "Leave it out: what is not used costs nothing."),
        "TypeAlias": ("type", "Leave it out."),
    }
)
"""By the name of the syntax node: what it is called, and the cure."""

IMPORTS = MappingProxyType(
    {
        "torch": "import torch",
        "nn": "from torch import nn",
        "F": "import torch.nn.functional as F",
        "math": "import math",
    }
)
"""By the name that everybody gives a module: the line that does it."""

_NO_FILES = "A network reads and writes no files: its input comes through forward."
_NO_TEXT = "Write the lines themselves: text is not run as code here."
_NO_GETATTR = "Write self.name; for numbered layers, keep them in an nn.ModuleList or nn.ModuleDict."
NO_DEVICE = "Everything runs on the processor here: leave the device out."
CARD = "{call} asks for a graphics card, and everything runs on the processor here."
_NO_SEED = "The seed is chosen on the page: leave it out."
_NO_LOSS = "The loss belongs to the training, which chooses it: forward returns the logits."
_NO_TRAINING = "The training page does this: keep only the classes of the network."
ARRAYS = "Use torch and math: they have what a network needs, such as torch.zeros, torch.tensor and math.prod."
BREAKPOINT = "Leave it out: the Breakpoint tab of the Model page stops at any line and shows every variable."
NO_VARIABLE = "Variable does nothing since PyTorch 0.4, where a tensor became one itself: leave it out."
NO_FUNCTION = (
    "A Function brings a backward of its own, and here autograd works out the backward: "
    "write what its forward computes as a plain function."
)
_NO_HOOK = "Do it in forward, where one can see it."

NAMES = MappingProxyType(
    {
        **dict.fromkeys(("open", "os", "sys", "pathlib", "Path", "shutil", "io", "glob", "pickle"), _NO_FILES),
        **dict.fromkeys(("eval", "exec", "compile", "__import__", "importlib"), _NO_TEXT),
        **dict.fromkeys(("getattr", "setattr", "hasattr", "delattr", "vars", "dir"), _NO_GETATTR),
        **dict.fromkeys(("globals", "locals"), "Keep what lasts in self."),
        **dict.fromkeys(("np", "numpy", "scipy", "pandas", "pd"), ARRAYS),
        **dict.fromkeys(("optim", "optimizer", "criterion", "dataset", "loader", "torchvision", "plt"), _NO_TRAINING),
        **dict.fromkeys(("torch.optim", "torch.utils", "torch.utils.data", "torch.autograd"), _NO_TRAINING),
        **dict.fromkeys(("torch.autograd.Variable", "Variable"), NO_VARIABLE),
        **dict.fromkeys(("torch.autograd.Function", "Function"), NO_FUNCTION),
        "input": "The input of a network comes through forward.",
        "type": "Ask with isinstance(x, nn.Linear).",
        "object": "Derive the class from nn.Module.",
        "Exception": "Raise ValueError or RuntimeError.",
        "classmethod": "Write a function outside of the class.",
        "exit": "Let forward return.",
        "quit": "Let forward return.",
        **dict.fromkeys(("breakpoint", "pdb", "ipdb", "set_trace"), BREAKPOINT),
        "device": NO_DEVICE,
        "torch.cuda": NO_DEVICE,
        "torch.backends": NO_DEVICE,
        "torch.manual_seed": _NO_SEED,
        "torch.seed": _NO_SEED,
        "torch.load": _NO_FILES,
        "torch.save": _NO_FILES,
        "torch.from_file": _NO_FILES,
        "torch.from_numpy": ARRAYS,
        "torch.hub": "Weights come from the Zoo page.",
        "torchvision.models": "Weights come from the Zoo page.",
        "torch.nn.SyncBatchNorm": "Use nn.BatchNorm2d.",
        "torch.nn.DataParallel": NO_DEVICE,
        "*": "Write the names one by one, or import torch and write torch.cat.",
        "torch.nn.modules": "Write nn.Linear: all layers are in nn.",
        "torch.set_grad_enabled": "Write it as with torch.set_grad_enabled(...):, with the lines below it.",
        "torch.compile": "Leave it out: here the network runs as it is written.",
        "torch.no_grad": "Write it as with torch.no_grad():, with the lines below it.",
        "torch.nn.ParameterDict": "Use nn.ParameterList, or give each its name: self.scale = nn.Parameter(...).",
        "torch.nn.functional.upsample": "Write F.interpolate.",
        "functools": "Write a def, or a lambda.",
        "copy": "Make a new layer for each place.",
        "random": "Use torch.rand.",
        "einops": "Use reshape and permute.",
        "logging": "Print what you want to see: what is printed is shown.",
        "dataclasses": "Give the values to __init__, with defaults.",
    }
)
"""By a builtin, a module or a full name: the cure."""

ATTRIBUTES = MappingProxyType(
    {
        **dict.fromkeys(("format", "format_map"), 'Write an f-string: f"{{value:.3f}}".'),
        **dict.fromkeys(("numpy", "data_ptr", "storage", "untyped_storage"), ARRAYS),
        **dict.fromkeys(("cuda", "pin_memory", "get_device"), NO_DEVICE),
        **dict.fromkeys(("backward", "grad", "grad_fn", "zero_grad", "retain_grad"), _NO_TRAINING),
        **dict.fromkeys(("state_dict", "load_state_dict"), "Weights are saved and put back by the Training page."),
        **dict.fromkeys(("get_submodule", "get_parameter", "get_buffer", "set_submodule"), _NO_GETATTR),
        "manual_seed": _NO_SEED,
        "compile": "Leave it out: here the network runs as it is written.",
        "apply_": "Write the arithmetic on the whole tensor.",
        "to_dense": "Tensors are dense here: leave it out.",
    }
)
"""By an attribute, whatever it hangs on: the cure."""

_DUNDER = "Names with two underscores belong to Python: only super().__init__() needs one here."


def advise_name(written: str, full: str, known: Iterable[str] = (), otherwise: str = NOT_HERE) -> Advice:
    """The cure for a name that is not available, ``written`` in the text and ``full`` from its import on.

    ``known`` are the names that may stand there, as one would write them; ``otherwise`` is the cure where there is
    none in particular.
    """
    parent, _, last = full.rpartition(".")
    for name in (full, parent, last):
        if name in NAMES:
            return NAMES[name], {}
    if last.startswith("__"):
        return _DUNDER, {}
    if last.endswith(("Loss", "_loss", "cross_entropy")):
        return _NO_LOSS, {}
    return _advise_nearest(written, known, otherwise)


def advise_attribute(written: str, name: str, known: Iterable[str], otherwise: str = NOT_HERE) -> Advice:
    """The cure for the attribute ``name`` that is not available; ``known`` are those that may stand there instead.

    They are written as ``written`` is. ``otherwise`` is the cure where there is none in particular.
    """
    if name in ATTRIBUTES:
        return ATTRIBUTES[name], {}
    if name in NAMES:
        return NAMES[name], {}
    if name.startswith("__"):
        return _DUNDER, {}
    if name.startswith("register_") and name.endswith("hook"):
        return _NO_HOOK, {}
    return _advise_nearest(written, known, otherwise)


def _advise_nearest(written: str, known: Iterable[str], otherwise: str) -> Advice:
    nearest = find_nearest(written, known)
    return ("Did you mean {nearest}?", {"nearest": nearest}) if nearest else (otherwise, {})

"""What to say of an import that a network does not need: which page serves it, or what to write instead. No torch."""

from __future__ import annotations

import sys
from types import MappingProxyType

from netcore.model.custom.advice import ARRAYS, BREAKPOINT, NAMES, Advice
from netcore.model.custom.names import ENTRIES, NAMESPACES
from netcore.model.custom.spelling import find_nearest, is_misspelt

_NO_FILES = "A network reads and writes no files: its input comes through forward."
_TRAINING = "The Training page trains the network: leave it out."
_MEASURES = "The Training page measures how well it does: leave it out."
_TIMES = "The Training page measures the times: leave it out."
_SAMPLES = "The Samples page shows the digits, and the Training page loads them: leave it out."
_PHOTOS = "The Samples page takes pictures of yours: leave it out."
_ZOO = "The Zoo page has the pretrained networks: leave it out."
_CHARTS = "The pages draw the charts: leave it out."
_COUNTING = "The Model page shows shapes, parameters and the picture of the network: leave it out."
_PROCESSOR = "Everything runs on the processor here: leave it out."
_DEFAULTS = "Give the values to __init__, with defaults."
_LEAVE = "Leave it out: a network works without it."
_OTHER_LIBRARY = "Netcore reads PyTorch: write the layers with torch.nn."
_OWN_FILE = (
    "Files of your own and packages other than torch cannot be imported: paste {wanted} here, above the network."
)
_STANDARD = "A network needs torch and math: leave it out."

_CURES = MappingProxyType(
    {
        **dict.fromkeys(("torch.optim", "torch.amp", "torch.utils.tensorboard", "tensorboardX", "wandb"), _TRAINING),
        **dict.fromkeys(("ignite", "skorch", "fastai", "tqdm", "accelerate", "ray", "optuna"), _TRAINING),
        **dict.fromkeys(
            ("pytorch_lightning", "lightning"),
            "The Training page does what Lightning's trainer does: derive the class from nn.Module.",
        ),
        **dict.fromkeys(("sklearn", "torchmetrics"), _MEASURES),
        **dict.fromkeys(("time", "timeit", "datetime"), _TIMES),
        **dict.fromkeys(("torch.utils", "torch.utils.data", "torchvision.datasets"), _SAMPLES),
        "torchvision.transforms": "Digits arrive as [N, 1, 28, 28] with values from 0 to 1, and the Training page "
        "augments them: leave it out.",
        **dict.fromkeys(("PIL", "cv2", "skimage", "imageio", "torchvision.io"), _PHOTOS),
        **dict.fromkeys(("torchvision.models", "torch.hub", "timm", "transformers"), _ZOO),
        "torchvision": "Digits are on the Samples page, pretrained networks on the Zoo page: leave it out.",
        **dict.fromkeys(("matplotlib", "seaborn", "plotly", "bokeh", "torchvision.utils", "IPython"), _CHARTS),
        **dict.fromkeys(("torchsummary", "torchinfo", "torchviz", "thop", "fvcore", "ptflops", "netron"), _COUNTING),
        **dict.fromkeys(("torch.cuda", "torch.backends", "torch.distributed", "torch.multiprocessing"), _PROCESSOR),
        **dict.fromkeys(("os", "pathlib", "shutil", "io", "glob", "pickle", "json", "csv", "tempfile"), _NO_FILES),
        **dict.fromkeys(("gzip", "struct", "zipfile", "urllib", "requests", "yaml", "h5py"), _NO_FILES),
        **dict.fromkeys(("numpy", "scipy", "pandas"), ARRAYS),
        **dict.fromkeys(("argparse", "dataclasses", "easydict", "omegaconf", "absl"), _DEFAULTS),
        **dict.fromkeys(("tensorflow", "keras", "jax", "flax", "mxnet", "paddle"), _OTHER_LIBRARY),
        **dict.fromkeys(("pdb", "ipdb"), BREAKPOINT),
        **dict.fromkeys(("sys", "warnings", "gc", "abc", "enum", "typing_extensions", "traceback"), _LEAVE),
        "__future__.annotations": "Leave it out: annotations work without it.",
        "__future__": "Leave it out: Python 3 does that by itself.",
        "torch.jit": "Leave it out: here the network runs as it is written.",
        "torchtext": "Netcore works on pictures of digits: leave it out.",
        "torchaudio": "Netcore works on pictures of digits: leave it out.",
    }
)
"""By a module, or by a full name in it: the cure."""


def advise_import(home: str, names: tuple[str, ...]) -> Advice:
    """The cure for an import that is refused; ``home`` is its module, ``names`` what is taken from it (none: itself).

    A module that is nearly one of those that are open, such as ``torch.nn.functionl``, is named.
    """
    full = tuple(f"{home}.{name}" for name in names)
    for name in (*full, *_parents(home)):
        cure = _CURES.get(name) or NAMES.get(name)
        if cure:
            return cure, {}
    if home in NAMESPACES:
        known = sorted(name for name in ENTRIES | NAMESPACES if name.rpartition(".")[0] == home)
        nearest = find_nearest(full[0], known) if full else None
        if nearest:
            return "Did you mean {nearest}?", {"nearest": nearest}
        return "{home} has no such part that a network may use: leave it out.", {"home": home}
    nearest = find_nearest_module(home)
    if nearest:
        return "Did you mean {nearest}?", {"nearest": nearest}
    root = home.partition(".")[0]
    if root == "torch":
        return _LEAVE, {}
    if root in sys.stdlib_module_names:
        return _STANDARD, {}
    return _OWN_FILE, {"wanted": ", ".join(name for name in names if name != "*")[:60] or "what you need of it"}


def find_nearest_module(home: str) -> str | None:
    """The open module that was meant by a misspelt one, all of whose parts are nearly its own."""
    parts = home.split(".")
    for name in sorted(NAMESPACES):
        meant = name.split(".")
        if len(meant) == len(parts) and all(is_misspelt(one, two) for one, two in zip(parts, meant, strict=True)):
            return name
    return None


def _parents(home: str) -> list[str]:
    """The module itself, the one that it is in, and so on, without torch."""
    parts = home.split(".")
    return [name for end in range(len(parts), 0, -1) if (name := ".".join(parts[:end])) not in ("torch", "torch.nn")]

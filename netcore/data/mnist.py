"""The MNIST data set, read once a process from the files beside this module. Knows nothing of networks."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import torch

from netcore.errors import DataError

Split = Literal["train", "test"]

FILES_FOLDER = Path(__file__).parent / "mnist_files"
SIDE = 28
CLASSES = 10

_FILE_PREFIXES = {"train": "train", "test": "t10k"}
_HEADER_BYTES = {1: 8, 3: 16}


@dataclass(frozen=True, eq=False)
class Digits:
    """Labelled digits. The tensors may be shared by the whole process: read them, never write to them."""

    images: torch.Tensor
    """uint8 ``[N, 28, 28]``, 0 is background and 255 is ink."""
    labels: torch.Tensor
    """int64 ``[N]``, each from 0 to 9."""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: torch.Tensor) -> Digits:
        """The digits at ``indices`` (int64 ``[M]``), in that order, as copies."""
        return Digits(self.images[indices], self.labels[indices])


@cache
def load_mnist(split: Split) -> Digits:
    """The 60,000 training digits (``"train"``) or the 10,000 test digits (``"test"``), in their published order.

    Raises ``DataError`` where there is no such split, or a file of it is missing or damaged.
    """
    if split not in _FILE_PREFIXES:
        raise DataError('MNIST has no part "{split}".', 'Use "train" or "test".', split=split)
    prefix = _FILE_PREFIXES[split]
    images = read_idx(FILES_FOLDER / f"{prefix}-images-idx3-ubyte.gz")
    labels = read_idx(FILES_FOLDER / f"{prefix}-labels-idx1-ubyte.gz")
    return Digits(images, labels.long())


def read_idx(path: Path) -> torch.Tensor:
    """A gzipped IDX file of bytes as a uint8 tensor, of one axis (labels) or three (images).

    The format (http://yann.lecun.com/exdb/mnist): two zero bytes, type 8 for unsigned bytes, the number of axes, the
    length of each as a big-endian 32-bit number, then the bytes. Raises ``DataError`` for anything else.
    """
    try:
        data = gzip.decompress(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError("The file {name} is missing.", _CURE, name=path.name) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError("The file {name} is damaged: it cannot be decompressed.", _CURE, name=path.name) from error
    axes = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    header = _HEADER_BYTES.get(axes, 0)
    shape = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, header, 4))
    body = data[header:]
    if not header or len(body) != torch.Size(shape).numel():
        raise DataError("The file {name} is damaged: it does not hold what its header says.", _CURE, name=path.name)
    return torch.frombuffer(bytearray(body), dtype=torch.uint8).reshape(shape)


_CURE = "Put the published MNIST file back into netcore/data/mnist_files."

"""A run's folder as one file to take away. Changes nothing in it."""

from __future__ import annotations

import io
import zipfile

from netcore.training.runs import Run


def bundle(run: Run) -> bytes:
    """The run's files as a zip archive, each as it is at this moment, without half-written ones.

    Checkpoints hardly get smaller, so nothing is compressed.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(run.folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                archive.writestr(f"{run.identity}/{path.name}", path.read_bytes())
    return buffer.getvalue()

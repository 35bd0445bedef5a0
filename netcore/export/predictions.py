"""What a network said of photos, as a CSV file. Knows nothing of screens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from netcore.zoo.inference import Classification
from netcore.zoo.weights import LoadedModel

COLUMNS = ("photo", "network", "weights", "rank", "class", "probability", "logit", "seconds")


def predictions_csv(loaded: LoadedModel, answers: Iterable[tuple[str, Classification]]) -> str:
    """One line a prediction, most probable first, photo after photo; ``answers`` holds (file name, classification).

    ``weights`` is the published name, or ``own weights``. A file name that a spreadsheet would take for a formula gets
    an apostrophe before it (OWASP, CSV injection).
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    weights = loaded.entry.weights_name if loaded.published else "own weights"
    for name, answer in answers:
        shown = f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
        for rank, prediction in enumerate(answer.predictions, 1):
            numbers = (f"{prediction.probability:.6f}", f"{prediction.logit:.4f}", f"{answer.seconds:.4f}")
            writer.writerow((shown, loaded.entry.name, weights, rank, prediction.category, *numbers))
    return file.getvalue()

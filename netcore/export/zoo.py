"""The lines that classify a photo with a pretrained network and reset it. Knows nothing of screens."""

from __future__ import annotations

from netcore.zoo.catalogue import ZooEntry

_TORCHVISION = """\
import torch
from PIL import Image
from torchvision import models

weights = models.get_model_weights("{model}").{weights}
transforms = weights.transforms()
categories = weights.meta["categories"]
"""

_PUBLISHED = """\
model = models.{model}(weights="{weights}")
"""

_BUNDLED = """\
import torch
from PIL import Image
from netcore import load_pretrained  # not in torchvision

loaded = load_pretrained("{name}")
model, transforms = loaded.model, loaded.transform
categories = loaded.categories
"""

_OWN = """\
model = models.{model}({arguments})
# Own weights, not the published ones: a state_dict, as torch.save(model.state_dict(), ...) writes it
model.load_state_dict(torch.load("{weights_file}", map_location="cpu", weights_only=True))
"""

_OWN_BUNDLED = """\
from pathlib import Path

import torch
from PIL import Image
from netcore import load_pretrained  # the network is not in torchvision

# Own weights, not the published ones
loaded = load_pretrained("{name}", own_weights=True, path=Path("{weights_file}"))
model, transforms = loaded.model, loaded.transform
categories = loaded.categories
"""

_CLASSIFY = """\
model.eval()  # Dropout and BatchNorm as for inference

image = Image.open("{file}").convert("RGB")
x = transforms(image).unsqueeze(0)  # [1, 3, {side}, {side}]
with torch.inference_mode():
    logits = model(x)  # [1, 1000]
probabilities = logits.softmax(dim=1)
best = probabilities.topk(5)
for probability, index in zip(best.values[0], best.indices[0]):
    print(f"{{categories[index]}}: {{probability:.1%}}")
"""

_RESET = """\
for module in model.modules():
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()
"""


def classification_source(entry: ZooEntry, file: str = "photo.jpg", *, own_weights: bool = False) -> str:
    """A script that prints the five most probable classes of ``file`` and then resets the network's weights.

    It runs alone; for the bundled network, in the folder of ``netcore``. With ``own_weights``, their file lies beside
    the script.
    """
    if entry.is_bundled:
        begin = _OWN_BUNDLED if own_weights else _BUNDLED
    else:
        begin = _TORCHVISION + (_OWN if own_weights else _PUBLISHED)
    values = {
        "name": entry.name,
        "model": entry.model,
        "weights": "DEFAULT" if entry.is_default else entry.weights,
        "weights_file": entry.file_name,
        "arguments": ", ".join(f"{name}={value}" for name, value in {"weights": None, **entry.arguments}.items()),
        "file": file,
        "side": entry.input_side,
    }
    return f"{(begin + _CLASSIFY).format(**values)}\n# Fresh weights, the same architecture\n{_RESET}"

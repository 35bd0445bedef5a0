"""What lies between a digit and its logits, as scripts of their own. Knows nothing of the screens that show them."""

from __future__ import annotations

from collections.abc import Sequence

from netcore.export.sample import digit_source
from netcore.export.source import seed_lines
from netcore.model.inside.surgery import TEST_IMAGES, Cut
from netcore.model.spec import NetworkSpec

_KEEP = """\


def keep(name):
    def hook(module, inputs, output):
        outputs = output if isinstance(output, tuple) else (output,)
        activations.append((name, module, outputs[0].clone()))

    return hook


activations = []
for name, module in model.named_modules():
    if not list(module.children()):
        module.register_forward_hook(keep(name))
"""
_PRINT = """\
with torch.no_grad():
    logits = model(x)
for name, module, output in activations:
    numbers = output.double()
    spread = numbers.min().item(), numbers.max().item(), numbers.mean().item()
    print(name, type(module).__name__, list(output.shape), *spread)
"""
_CUT = """\


def cut(channel, factor):
    def hook(module, inputs, output):
        output = output.clone()
        output[:, channel] *= factor
        return output

    return hook


@torch.inference_mode()
def accuracy():
    model.eval()
    images = torch.stack([test[place][0] for place in range({count})])
    return (model(images).argmax(dim=1) == test.targets[:{count}]).float().mean().item()


test = datasets.MNIST(root="data", train=False, download=True, transform=transforms.ToTensor())
"""
_ANSWER = "with torch.inference_mode():\n    print(model(x).tolist())\n"


def activations_source(
    network: NetworkSpec, *, seed: int, split: str, index: int, trained: bool = False, mode: str = "eval"
) -> str:
    """A script that prints what each layer gives for ``dataset[index]``: name, kind, shape, least, largest, mean.

    It uses ``register_forward_hook`` on every layer without children, and gives the numbers that the page shows.
    """
    begin, draw = _begin(network, seed=seed, split=split, index=index, trained=trained, mode=mode)
    return f"{begin}\n{_KEEP}{draw}{_PRINT}"


def surgery_source(
    network: NetworkSpec,
    cuts: Sequence[Cut],
    *,
    seed: int,
    split: str,
    index: int,
    trained: bool = False,
    mode: str = "eval",
) -> str:
    """A script that prints the logits of ``dataset[index]`` and the accuracy over the first test images, then cuts.

    Both are printed again with the ``cuts`` made, each by a forward hook.
    """
    begin, draw = _begin(network, seed=seed, split=split, index=index, trained=trained, mode=mode)
    asked = f"{draw}{_ANSWER}print(accuracy())\n"
    made = [
        f'model.get_submodule("{cut.layer}").register_forward_hook(cut({cut.channel}, {cut.factor}))' for cut in cuts
    ]
    again = f"model.{mode}()\n" if mode == "train" else ""
    lines = "\n".join(made) + "\n" if made else ""
    return f"{begin}\n{_CUT.replace('{count}', str(TEST_IMAGES))}{asked}\n{lines}{again}{asked}"


def _begin(network: NetworkSpec, *, seed: int, split: str, index: int, trained: bool, mode: str) -> tuple[str, str]:
    """The script up to ``x``, and the line that sets the seed of Dropout before each pass; empty in eval()."""
    begin = digit_source(network, seed=seed, split=split, index=index, trained=trained, mode=mode)
    return begin, "".join(f"{line}\n" for line in seed_lines(seed=seed, mode=mode))

"""What the tests of networks written as a class share: short sources of our own, run in this very process."""

from textwrap import dedent, indent

from netcore.model.custom.wall import find_refusals

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"


def write_class(init, forward, before=""):
    """A class from the statements of its two methods. The first of ``init`` stands in line 8."""
    body = indent(dedent(init).strip(), " " * 8)
    steps = indent(dedent(forward).strip(), " " * 8)
    return (
        f"{HEAD}{dedent(before)}class Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"{body}\n\n    def forward(self, x):\n{steps}\n"
    )


def passes_the_wall_as_before(source, mended):
    """Whether the static wall refuses nothing in a mended class that it did not refuse before."""
    before = {finding.what for finding in find_refusals(source)}
    return {finding.what for finding in find_refusals(mended.source)} <= before

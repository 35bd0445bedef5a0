"""The engine of Netcore: define, see, train and re-use neural networks. Imports neither streamlit nor plotly.

The public names are loaded when they are first used (PEP 562): importing torch takes seconds, and a process that
only decodes a picture or draws a title never needs it.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netcore.data.digits import DigitOptions as DigitOptions
    from netcore.data.digits import DigitSteps as DigitSteps
    from netcore.data.digits import find_digits as find_digits
    from netcore.data.digits import prepare_digit as prepare_digit
    from netcore.data.digits import prepare_digits as prepare_digits
    from netcore.data.mnist import Digits as Digits
    from netcore.data.mnist import load_mnist as load_mnist
    from netcore.data.photos import ExamplePhoto as ExamplePhoto
    from netcore.data.photos import decode_photo as decode_photo
    from netcore.data.photos import example_photos as example_photos
    from netcore.errors import NetcoreError as NetcoreError
    from netcore.model.custom.source import CustomSource as CustomSource
    from netcore.model.graph.drawing import draw_graph as draw_graph
    from netcore.model.graph.nodes import NetworkGraph as NetworkGraph
    from netcore.model.inside.activations import activations as activations
    from netcore.model.inside.attribution import attribute as attribute
    from netcore.model.inside.closeup import look_closely as look_closely
    from netcore.model.inside.ranking import rank_channels as rank_channels
    from netcore.model.inside.surgery import Cut as Cut
    from netcore.model.inside.surgery import forward_cut as forward_cut
    from netcore.model.modes import compare_modes as compare_modes
    from netcore.model.parameters import describe_parameters as describe_parameters
    from netcore.model.ready_made import ReadyMade as ReadyMade
    from netcore.model.stack import Stack as Stack
    from netcore.model.stepping.asking import record_stops as record_stops
    from netcore.model.trace import Trace as Trace
    from netcore.model.trace import trace as trace
    from netcore.model.xray.inspection import inspect_source as inspect_source
    from netcore.model.xray.registration import Registration as Registration
    from netcore.model.xray.registration import registration as registration
    from netcore.training.checkpoints import describe_checkpoint as describe_checkpoint
    from netcore.training.checkpoints import read_checkpoint as read_checkpoint
    from netcore.training.checkpoints import write_checkpoint as write_checkpoint
    from netcore.training.config import TrainingConfig as TrainingConfig
    from netcore.training.evaluation import Evaluation as Evaluation
    from netcore.training.evaluation import evaluate as evaluate
    from netcore.training.history import History as History
    from netcore.training.loop import train as train
    from netcore.training.runs import Run as Run
    from netcore.training.runs import RunStore as RunStore
    from netcore.training.scheduler import Scheduler as Scheduler
    from netcore.training.scheduler import scheduler as scheduler
    from netcore.zoo.catalogue import ZooEntry as ZooEntry
    from netcore.zoo.catalogue import catalogue as catalogue
    from netcore.zoo.inference import Classification as Classification
    from netcore.zoo.inference import classify as classify
    from netcore.zoo.reset import ResetReport as ResetReport
    from netcore.zoo.reset import reset_weights as reset_weights
    from netcore.zoo.weights import LoadedModel as LoadedModel
    from netcore.zoo.weights import load_pretrained as load_pretrained

# OpenMP's threads spin while they wait for each other. Where another process needs the core that one of them waits for,
# a training comes to a crawl (measured: 50 times slower beside one busy process); asleep they cost nothing.
# Read once, when torch is loaded, so it is set before anything of ours can load it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_PUBLIC = {
    "Classification": "netcore.zoo.inference",
    "CustomSource": "netcore.model.custom.source",
    "Cut": "netcore.model.inside.surgery",
    "DigitOptions": "netcore.data.digits",
    "DigitSteps": "netcore.data.digits",
    "Digits": "netcore.data.mnist",
    "Evaluation": "netcore.training.evaluation",
    "ExamplePhoto": "netcore.data.photos",
    "History": "netcore.training.history",
    "LoadedModel": "netcore.zoo.weights",
    "NetcoreError": "netcore.errors",
    "NetworkGraph": "netcore.model.graph.nodes",
    "ReadyMade": "netcore.model.ready_made",
    "Registration": "netcore.model.xray.registration",
    "ResetReport": "netcore.zoo.reset",
    "Run": "netcore.training.runs",
    "RunStore": "netcore.training.runs",
    "Scheduler": "netcore.training.scheduler",
    "Stack": "netcore.model.stack",
    "Trace": "netcore.model.trace",
    "TrainingConfig": "netcore.training.config",
    "ZooEntry": "netcore.zoo.catalogue",
    "activations": "netcore.model.inside.activations",
    "attribute": "netcore.model.inside.attribution",
    "catalogue": "netcore.zoo.catalogue",
    "classify": "netcore.zoo.inference",
    "compare_modes": "netcore.model.modes",
    "decode_photo": "netcore.data.photos",
    "describe_checkpoint": "netcore.training.checkpoints",
    "describe_parameters": "netcore.model.parameters",
    "draw_graph": "netcore.model.graph.drawing",
    "evaluate": "netcore.training.evaluation",
    "example_photos": "netcore.data.photos",
    "find_digits": "netcore.data.digits",
    "forward_cut": "netcore.model.inside.surgery",
    "inspect_source": "netcore.model.xray.inspection",
    "load_mnist": "netcore.data.mnist",
    "load_pretrained": "netcore.zoo.weights",
    "look_closely": "netcore.model.inside.closeup",
    "prepare_digit": "netcore.data.digits",
    "prepare_digits": "netcore.data.digits",
    "rank_channels": "netcore.model.inside.ranking",
    "read_checkpoint": "netcore.training.checkpoints",
    "record_stops": "netcore.model.stepping.asking",
    "registration": "netcore.model.xray.registration",
    "reset_weights": "netcore.zoo.reset",
    "scheduler": "netcore.training.scheduler",
    "trace": "netcore.model.trace",
    "train": "netcore.training.loop",
    "write_checkpoint": "netcore.training.checkpoints",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'netcore' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)

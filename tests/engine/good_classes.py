"""Classes that people really write: the static wall lets all of them pass, and all of them run.

``GOOD`` has whole files; ``IDIOMS`` has lines of ``__init__`` and of ``forward``, one idiom each.
"""

from textwrap import dedent, indent

HEAD = "import math\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"


def wrap(init="", forward="", top="", inside=""):
    """A whole class around some lines: ``x`` is the batch, ``self.fc`` takes it to ten logits at the end."""
    return (
        f"{HEAD}{dedent(top)}\n\nclass Network(nn.Module):\n{indent(dedent(inside), '    ')}\n"
        "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(784, 10)\n"
        f"{indent(dedent(init), ' ' * 8)}\n\n    def forward(self, x):\n{indent(dedent(forward), ' ' * 8)}\n"
        "        return self.fc(x.flatten(1))\n"
    )


IDIOMS = {
    "module_list_comprehension": (
        "self.layers = nn.ModuleList([nn.Linear(28, 28) for _ in range(3)])",
        "for layer in self.layers:\n    x = F.relu(layer(x))",
    ),
    "sequential_from_star": ("self.net = nn.Sequential(*[nn.Linear(28, 28) for i in range(2)])", "x = self.net(x)"),
    "sequential_from_star_generator": (
        "self.net = nn.Sequential(*(nn.Linear(28, 28) for i in range(2)))",
        "x = self.net(x)",
    ),
    "list_append_then_sequential": (
        "layers = []\nfor width in (28, 28):\n    layers.append(nn.Linear(28, width))\n    layers += [nn.ReLU()]\n"
        "self.net = nn.Sequential(*layers)",
        "x = self.net(x)",
    ),
    "module_dict": (
        'self.paths = nn.ModuleDict({"a": nn.Linear(28, 28), "b": nn.Identity()})',
        'x = self.paths["a"](x)\nfor name, path in self.paths.items():\n    x = path(x)',
    ),
    "module_dict_comprehension": (
        'self.acts = nn.ModuleDict({name: act for name, act in [["relu", nn.ReLU()], ["tanh", nn.Tanh()]]})',
        'x = self.acts["relu"](x)',
    ),
    "parameter_list": (
        "self.scales = nn.ParameterList([nn.Parameter(torch.ones(28)) for _ in range(2)])",
        "for scale in self.scales:\n    x = x * scale",
    ),
    "parameter": ("self.scale = nn.Parameter(torch.randn(28, 28) * 0.02)", "x = x @ self.scale"),
    "register_parameter": ('self.register_parameter("gain", nn.Parameter(torch.ones(1)))', "x = self.gain * x"),
    "register_buffer": (
        'self.register_buffer("mean", torch.tensor(0.1307))\nself.register_buffer("std", torch.tensor(0.3081))',
        "x = (x - self.mean) / self.std",
    ),
    "buffer_class": ("self.mask = nn.Buffer(torch.ones(28))", "x = x * self.mask"),
    "add_module_numbered": (
        'for i in range(2):\n    self.add_module(f"layer{i}", nn.Linear(28, 28))',
        "for layer in self.children():\n    if layer is not self.fc:\n        x = layer(x)",
    ),
    "training_flag": ("", "if self.training:\n    x = x + 0.1 * torch.randn_like(x)"),
    "functional_dropout": ("self.p = 0.3", "x = F.dropout(x, p=self.p, training=self.training)"),
    "while_loop": ("", "steps = 0\nwhile steps < 3:\n    x = torch.tanh(x)\n    steps += 1"),
    "conditional_on_item": (
        "",
        "if x.mean().item() > 0.5 and not self.training:\n    x = -x\nelif x.max() > 9:\n    x = x / 9",
    ),
    "print_shapes": ("", 'print(f"{x.shape} {tuple(x.shape)!r} {x.mean().item():.3f} {x.size(0):>4}")'),
    "assert_shape": ("", 'assert x.dim() == 4, f"expected 4 axes, got {x.dim()}"'),
    "raise_value_error": ("", 'if x.shape[1] != 1:\n    raise ValueError(f"one channel, not {x.shape[1]}")'),
    "raise_not_implemented": ("", "if x.ndim == 9:\n    raise NotImplementedError"),
    "einsum": ("self.w = nn.Parameter(torch.eye(28))", 'x = torch.einsum("bchw,wv->bchv", x, self.w)'),
    "slicing": ("", "x = torch.cat([x[:, :, :14], x[..., 14:, :]], dim=2)\nx = x[:, None].squeeze(1)"),
    "subscript_store": ("", "x = x.clone()\nx[:, :, 0, :] = 0"),
    "unpacking": ("", "n, c, h, w = x.shape\nx = x.view(n, c * h, w).reshape(n, c, h, w)\nfirst, *rest = x.shape"),
    "permute_view_contiguous": ("", "x = x.permute(0, 2, 3, 1).contiguous().view(x.size(0), -1, 28)"),
    "view_minus_one": ("", "x = x.view(x.shape[0], -1)"),
    "view_size_zero": ("", "x = x.view(-1, 28 * 28)"),
    "lambda_activation": ("self.act = lambda v: F.leaky_relu(v, 0.2)", "x = self.act(x)"),
    "choose_activation": ('self.act = {"relu": F.relu, "tanh": torch.tanh}["relu"]', "x = self.act(x)"),
    "class_as_value": ("for kind in (nn.ReLU, nn.Tanh):\n    self.act = kind()", "x = self.act(x)"),
    "init_weights_loop": (
        "for m in self.modules():\n    if isinstance(m, (nn.Linear, nn.Conv2d)):\n"
        '        nn.init.kaiming_normal_(m.weight, nonlinearity="relu")\n        if m.bias is not None:\n'
        "            nn.init.zeros_(m.bias)",
        "",
    ),
    "init_weight_data": ("self.fc.weight.data.normal_(0, 0.01)\nself.fc.bias.data.fill_(0)", ""),
    "init_no_grad": ("with torch.no_grad():\n    self.fc.weight.mul_(0.5)\n    self.fc.bias.zero_()", ""),
    "freeze_loop": (
        "self.pre = nn.Linear(28, 28)\nfor p in self.pre.parameters():\n    p.requires_grad = False",
        "x = self.pre(x)",
    ),
    "freeze_method": ("self.pre = nn.Linear(28, 28).requires_grad_(False)", "x = self.pre(x)"),
    "forward_no_grad": ("self.pre = nn.Linear(28, 28)", "with torch.no_grad():\n    x = self.pre(x)"),
    "grad_set": ("", "with torch.set_grad_enabled(self.training):\n    x = x * 1"),
    "names_with_numbers": (
        'for i in range(2):\n    self.add_module(f"pre{i}", nn.Linear(28, 28))\nj = 0\nwhile j < 2:\n'
        '    self.add_module("post" + str(j), nn.Identity())\n    j += 1\n'
        'for k, part in enumerate([nn.ReLU()]):\n    self.add_module("act%d" % (k + 1), part)',
        "x = self.act1(self.pre1(self.pre0(x)))",
    ),
    "set_on_layers": (
        "self.pre = nn.Linear(28, 28)\nfor kind in (nn.ReLU, nn.Tanh):\n    self.act = kind()\n"
        "layer = nn.ReLU\nmade = layer()\nmade.inplace = False\nself.pre.bias = nn.Parameter(torch.zeros(28))\n"
        "for m in self.modules():\n    if isinstance(m, nn.Linear):\n        m.weight.data = m.weight.data * 0.5",
        "x = self.act(self.pre(x))",
    ),
    "tied_weights": (
        "self.a = nn.Linear(28, 28)\nself.b = nn.Linear(28, 28)\nself.b.weight = self.a.weight",
        "x = self.b(self.a(x))",
    ),
    "transpose_weight_reuse": ("self.a = nn.Linear(28, 14)", "x = F.linear(self.a(x), self.a.weight.t())"),
    "tensor_on_device": ("", "x = x + torch.zeros(28, device=x.device, dtype=x.dtype)"),
    "to_dtype": ("", "x = x.to(torch.float32).float()"),
    "next_parameters": ("", "x = x.to(next(self.parameters()).dtype)"),
    "masked_fill": (
        "",
        'mask = torch.triu(torch.ones(28, 28), diagonal=1).bool()\nx = x.masked_fill(mask, float("-inf")).softmax(-1)',
    ),
    "math_constants": ("self.scale = 1 / math.sqrt(28) * math.pi", "x = x * self.scale"),
    "power_of_two": ("self.widths = [2**i for i in range(5)]", "x = x * self.widths[-1] ** -0.5"),
    "zip_enumerate": (
        "self.a = nn.ModuleList(nn.Linear(28, 28) for _ in range(2))",
        "for i, (layer, name) in enumerate(zip(self.a, ['p', 'q'])):\n    x = layer(x) if name == 'p' else x - i",
    ),
    "names_nobody_reads": ("", "n, _, __, ___ = x.shape\nx = x if n else x"),
    "nested_function": ("", "def gate(v, amount=0.5):\n    return v * torch.sigmoid(v) * amount\n\nx = gate(x)"),
    "keyword_star": (
        'options = {"padding": 1, "bias": False}\nself.conv = nn.Conv2d(1, 1, 3, **options)',
        "x = self.conv(x)",
    ),
    "list_methods": (
        "",
        "outs = []\nfor i in reversed(range(3)):\n    outs.append(x * i)\nx = torch.stack(outs).sum(0) / len(outs)",
    ),
    "dict_update": (
        "",
        'sizes = {}\nsizes["h"] = x.size(2)\nsizes.update(w=28)\nx = x.reshape(-1, 1, sizes["h"], sizes.get("w"))',
    ),
    "french_names": (
        "self.réseau = nn.Linear(28, 28)  # la première couche, déjà entraînée ✓",
        "entrée = x\nx = self.réseau(entrée)",
    ),
    "parameter_called_input": ("", "def act(input, type=1):\n    return F.relu(input) * type\n\nx = act(x)"),
    "interpolate": ("", 'x = F.interpolate(F.interpolate(x, scale_factor=2, mode="bilinear"), size=(28, 28))'),
    "unused_locals": ("", "batch_size = x.size(0)\n_ = batch_size\nx = x if batch_size else x"),
    "chunk_gate": ("self.up = nn.Linear(28, 56)", "a, b = self.up(x).chunk(2, dim=-1)\nx = a * b.sigmoid()"),
    "topk_values": ("", "best = x.topk(3, dim=-1)\nx = x + best.values.mean() + best.indices.float().mean() * 0"),
    "weight_norm": ("self.wn = nn.utils.parametrizations.weight_norm(nn.Linear(28, 28))", "x = self.wn(x)"),
    "fft": ("", "x = torch.fft.fft2(x).real"),
    "finfo": ("", "x = x.clamp(min=torch.finfo(x.dtype).tiny)"),
    "size_of_weight": (
        "self.pre = nn.Linear(28, 28)",
        "x = self.pre(x) * self.pre.in_features / self.pre.weight.shape[0]",
    ),
    "query_key_value": (
        "self.query, self.key, self.value = nn.Linear(28, 28), nn.Linear(28, 28), nn.Linear(28, 28)",
        "x = torch.softmax(self.query(x) @ self.key(x).transpose(-2, -1) / 28**0.5, dim=-1) @ self.value(x)",
    ),
    "type_hints": (
        "self.layers: nn.ModuleList = nn.ModuleList()\nwidths: list[int] = [28]",
        "y: torch.Tensor = x\nx = y",
    ),
}

GOOD = {name: wrap(init, forward) for name, (init, forward) in IDIOMS.items()}

GOOD["course_class"] = """\
import torch
import torch.nn as nn

class CustomModel(nn.Module):
    def __init__(self, nbClasses=10):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(28*28, 128)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(128, nbClasses)

    def forward(self, x):
        x = self.flatten(x)
        x = self.fc1(x)
        x = self.relu(x)
        x = self.fc2(x)
        return x
"""

GOOD["course_class_with_its_line"] = (
    GOOD["course_class"].replace("nbClasses=10", "nbClasses") + "\nmodel = CustomModel(10)\n"
)
GOOD["made_with_a_keyword"] = (
    GOOD["course_class"].replace("nbClasses=10", "nbClasses") + "\nnet = CustomModel(nbClasses=10)\n"
)

GOOD["lenet_old_super"] = """\
import torch.nn as nn
import torch.nn.functional as F

class LeNet(nn.Module):
    '''LeNet-5 (LeCun et al., 1998).'''

    def __init__(self):
        super(LeNet, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, self.num_flat_features(x))
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)

    def num_flat_features(self, x):
        size = x.size()[1:]
        num_features = 1
        for s in size:
            num_features *= s
        return num_features
"""

GOOD["mnist_example"] = """\
import torch
from torch import nn
from torch.nn import functional as F

class Net(torch.nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = self.dropout1(F.max_pool2d(x, 2))
        x = torch.flatten(x, 1)
        x = self.dropout2(F.relu(self.fc1(x)))
        output = F.log_softmax(self.fc2(x), dim=1)
        return output
"""

GOOD["vgg_from_a_list"] = """\
import torch
from torch import nn
from typing import List, Union

CONFIG = [16, "M", 32, 32, "M"]
CLASSES = 10

def make_layers(config: List[Union[int, str]], batch_norm: bool = True) -> nn.Sequential:
    layers: List[nn.Module] = []
    channels = 1
    for value in config:
        if value == "M":
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            conv = nn.Conv2d(channels, value, kernel_size=3, padding=1)
            layers += [conv, nn.BatchNorm2d(value), nn.ReLU(inplace=True)] if batch_norm else [conv, nn.ReLU()]
            channels = value
    return nn.Sequential(*layers)

class VGG(nn.Module):
    def __init__(self, num_classes: int = CLASSES, init_weights: bool = True) -> None:
        super().__init__()
        self.features = make_layers(CONFIG)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(32 * 7 * 7, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, num_classes)
        )
        if init_weights:
            self._initialize_weights()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)

    def _initialize_weights(self) -> None:
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
                if m.bias is not None:
                    nn.init.constant_(m.bias, 0)
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, 0, 0.01)
"""

GOOD["alexnet_small"] = """\
import torch
import torch.nn as nn

class AlexNet(nn.Module):
    def __init__(self, num_classes=10, dropout=0.5):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, kernel_size=5, stride=1, padding=2),
            nn.ReLU(inplace=True),
            nn.LocalResponseNorm(5),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(24, 48, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d((6, 6)),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), nn.Linear(48 * 6 * 6, 96), nn.ReLU(), nn.Linear(96, num_classes)
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), start_dim=1))
"""

GOOD["resnet_as_torchvision"] = """\
import torch
import torch.nn as nn
from torch import Tensor
from typing import Callable, List, Optional, Type


def conv3x3(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)


class BasicBlock(nn.Module):
    expansion: int = 1

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: Optional[nn.Module] = None,
                 norm_layer: Optional[Callable[..., nn.Module]] = None) -> None:
        super().__init__()
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, block: Type[BasicBlock] = BasicBlock, layers: List[int] = [1, 1], num_classes: int = 10) -> None:
        super().__init__()
        self._norm_layer = nn.BatchNorm2d
        self.inplanes = 8
        self.conv1 = nn.Conv2d(1, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self._norm_layer(self.inplanes)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = self._make_layer(block, 8, layers[0])
        self.layer2 = self._make_layer(block, 16, layers[1], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16 * block.expansion, num_classes)

    def _make_layer(self, block, planes, blocks, stride=1):
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * block.expansion, 1, stride, bias=False),
                self._norm_layer(planes * block.expansion),
            )
        layers = [block(self.inplanes, planes, stride, downsample, self._norm_layer)]
        self.inplanes = planes * block.expansion
        for _ in range(1, blocks):
            layers.append(block(self.inplanes, planes))
        return nn.Sequential(*layers)

    def _forward_impl(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer2(self.layer1(x))
        x = torch.flatten(self.avgpool(x), 1)
        return self.fc(x)

    def forward(self, x: Tensor) -> Tensor:
        return self._forward_impl(x)
"""

GOOD["densenet_with_cat"] = """\
import torch
from torch import nn
from collections import OrderedDict

class DenseLayer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.net = nn.Sequential(OrderedDict([
            ("norm", nn.BatchNorm2d(channels)),
            ("relu", nn.ReLU()),
            ("conv", nn.Conv2d(channels, growth, 3, padding=1)),
        ]))

    def forward(self, features):
        return self.net(torch.cat(features, 1))

class DenseNet(nn.Module):
    def __init__(self, growth=4, depth=3):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.block = nn.ModuleList([DenseLayer(8 + i * growth, growth) for i in range(depth)])
        self.head = nn.Linear(8 + depth * growth, 10)

    def forward(self, x):
        features = [self.stem(x)]
        for layer in self.block:
            features.append(layer(features))
        return self.head(torch.cat(features, dim=1).mean(dim=(2, 3)))
"""

GOOD["inception"] = """\
import torch
from torch import nn
import torch.nn.functional as F

class ConvBNReLU(nn.Sequential):
    def __init__(self, inputs, outputs, **kwargs):
        conv = nn.Conv2d(inputs, outputs, bias=False, **kwargs)
        super().__init__(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))

class Inception(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.branch1 = ConvBNReLU(inputs, width, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBNReLU(inputs, width, kernel_size=1), ConvBNReLU(width, width, kernel_size=3, padding=1)
        )
        self.branch3 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBNReLU(inputs, width, kernel_size=1))

    def _forward(self, x):
        return [self.branch1(x), self.branch2(x), self.branch3(x)]

    def forward(self, x):
        outputs = self._forward(x)
        return torch.cat(outputs, 1)

class GoogLeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Inception(1, 4)
        self.b = Inception(12, 8)
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        x = F.max_pool2d(self.a(x), 4)
        x = F.adaptive_avg_pool2d(self.b(x), 1)
        return self.fc(x.squeeze(-1).squeeze(-1))
"""

GOOD["mobilenet"] = """\
import torch.nn as nn

class DepthwiseSeparable(nn.Module):
    def __init__(self, inp, oup, stride=1, expand=2):
        super().__init__()
        assert stride in [1, 2]
        hidden = int(round(inp * expand))
        self.use_res_connect = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            nn.Conv2d(inp, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.Hardswish(),
            nn.Conv2d(hidden, oup, 1, bias=False), nn.BatchNorm2d(oup),
        )

    def forward(self, x):
        if self.use_res_connect:
            return x + self.conv(x)
        else:
            return self.conv(x)

class MobileNet(nn.Module):
    settings = ((8, 1), (16, 2), (16, 1))

    def __init__(self):
        super().__init__()
        blocks, channels = [], 1
        for width, stride in self.settings:
            blocks.append(DepthwiseSeparable(channels, width, stride))
            channels = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(channels, 10))

    def forward(self, x):
        return self.head(self.blocks(x))
"""

GOOD["squeeze_and_excitation"] = """\
import torch
import torch.nn as nn

class SEBlock(nn.Module):
    def __init__(self, channel, reduction=4):
        super(SEBlock, self).__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 3, stride=2)
        self.se = SEBlock(16)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        return self.fc(self.se(torch.relu(self.conv(x))).mean([2, 3]))
"""

GOOD["self_attention_by_hand"] = """\
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

class SelfAttention(nn.Module):
    def __init__(self, embed_dim, num_heads=4):
        super().__init__()
        assert embed_dim % num_heads == 0, "embed_dim must be divisible by num_heads"
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.qkv = nn.Linear(embed_dim, 3 * embed_dim)
        self.proj = nn.Linear(embed_dim, embed_dim)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).reshape(B, T, 3, self.num_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(torch.tril(torch.ones(T, T)) == 0, float("-inf"))
        y = F.softmax(scores, dim=-1) @ v
        return self.proj(y.transpose(1, 2).contiguous().view(B, T, C))

class RowAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.pos = nn.Parameter(torch.zeros(1, 28, 28))
        nn.init.trunc_normal_(self.pos, std=0.02)
        self.ln = nn.LayerNorm(28)
        self.attn = SelfAttention(28)
        self.head = nn.Linear(28, 10)

    def forward(self, x):
        x = x.squeeze(1) + self.pos
        x = x + self.attn(self.ln(x))
        return self.head(x.mean(dim=1))
"""

GOOD["vision_transformer"] = """\
import torch
from torch import nn

class ViT(nn.Module):
    def __init__(self, patch=7, dim=32, depth=2, heads=4, num_classes=10):
        super().__init__()
        self.patch = nn.Conv2d(1, dim, kernel_size=patch, stride=patch)
        count = (28 // patch) ** 2
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.randn(1, count + 1, dim) * 0.02)
        layer = nn.TransformerEncoderLayer(dim, heads, dim * 2, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        cls = self.cls_token.expand(x.shape[0], -1, -1)
        x = torch.cat((cls, x), dim=1) + self.pos_embed
        return self.head(self.norm(self.encoder(x)[:, 0]))
"""

GOOD["multihead_attention_module"] = """\
import torch
from torch import nn
from torch.nn.parameter import Parameter

class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(28, 4, batch_first=True)
        self.temperature = Parameter(torch.tensor(1.0))
        self.fc = nn.Linear(28, 10)

    def forward(self, x):
        rows = x[:, 0]
        out, weights = self.attention(rows, rows, rows, need_weights=True)
        return self.fc(out.mean(1)) / self.temperature.clamp(min=1e-3)
"""

GOOD["lstm_over_rows"] = """\
import torch
import torch.nn as nn

class RowLSTM(nn.Module):
    def __init__(self, input_size=28, hidden_size=32, num_layers=2, num_classes=10):
        super(RowLSTM, self).__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(hidden_size * 2, num_classes)

    def forward(self, x):
        x = x.reshape(-1, 28, 28)
        h0 = torch.zeros(self.num_layers * 2, x.size(0), self.hidden_size).to(x.device)
        c0 = torch.zeros(self.num_layers * 2, x.size(0), self.hidden_size).to(x.device)
        out, (hn, cn) = self.lstm(x, (h0, c0))
        out = self.fc(out[:, -1, :])
        return out
"""

GOOD["gru_over_columns"] = """\
from torch import nn

class ColumnGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(28, 24, batch_first=True)
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        self.gru.flatten_parameters()
        _, hidden = self.gru(x.squeeze(1).transpose(1, 2))
        return self.fc(hidden[-1])
"""

GOOD["rnn_cell_by_hand"] = """\
import torch
from torch import nn

class RNNCell(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.i2h = nn.Linear(inputs, hidden)
        self.h2h = nn.Linear(hidden, hidden)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))

class RNN(nn.Module):
    def __init__(self, hidden: int = 32):
        super().__init__()
        self.hidden = hidden
        self.cell = RNNCell(28, hidden)
        self.out = nn.Linear(hidden, 10)

    def init_hidden(self, batch_size):
        return torch.zeros(batch_size, self.hidden)

    def forward(self, x):
        h = self.init_hidden(x.size(0))
        for row in x.squeeze(1).unbind(dim=1):
            h = self.cell(row, h)
        return self.out(h)
"""

GOOD["autoencoder_with_a_classifier"] = """\
import torch
from torch import nn

class Encoder(nn.Module):
    def __init__(self, latent_dim=16):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.SELU(), nn.Linear(64, latent_dim))

    def forward(self, x):
        return self.net(x)

class Decoder(nn.Module):
    def __init__(self, latent_dim=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent_dim, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, z):
        return self.net(z)

class AutoencoderClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()
        self.classifier = nn.Linear(16, 10)

    def reconstruct(self, x):
        return self.decoder(self.encoder(x))

    def forward(self, x):
        return self.classifier(self.encoder(self.reconstruct(x)))
"""

GOOD["variational_bottleneck"] = """\
import torch
from torch import nn
import torch.nn.functional as F

class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 64)
        self.fc21, self.fc22 = nn.Linear(64, 8), nn.Linear(64, 8)
        self.fc3 = nn.Linear(8, 10)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 784))
        z = self.reparameterize(mu, logvar) if self.training else mu
        return self.fc3(z)
"""

GOOD["mixture_of_experts"] = """\
import torch
from torch import nn

class MoE(nn.Module):
    def __init__(self, num_experts: int = 4, k: int = 2):
        super().__init__()
        self.k = k
        self.experts = nn.ModuleList(
            [nn.Sequential(nn.Linear(784, 32), nn.GELU(), nn.Linear(32, 10)) for _ in range(num_experts)]
        )
        self.gate = nn.Linear(784, num_experts)

    def forward(self, x):
        x = x.flatten(1)
        weights = torch.softmax(self.gate(x), dim=-1)
        top, index = torch.topk(weights, self.k, dim=-1)
        outputs = torch.stack([expert(x) for expert in self.experts], dim=1)
        chosen = outputs.gather(1, index.unsqueeze(-1).expand(-1, -1, 10))
        return (chosen * (top / top.sum(dim=-1, keepdim=True)).unsqueeze(-1)).sum(dim=1)
"""

GOOD["frozen_backbone_and_head"] = """\
import torch
import torch.nn as nn

class Backbone(nn.Module):
    out_dim = 72

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 5, stride=4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())

    def forward(self, x):
        return self.body(x)

class Transfer(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        for name, param in self.backbone.named_parameters():
            if name.startswith("body"):
                param.requires_grad = False
        self.backbone.eval()
        self.head = nn.Linear(self.backbone.out_dim, 10)

    def forward(self, x):
        with torch.no_grad():
            features = self.backbone(x)
        return self.head(features.detach())
"""

GOOD["property_and_staticmethod"] = """\
import torch
import torch.nn as nn

class Network(nn.Module):
    WIDTH, DEPTH = 32, 1

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(784, self.WIDTH), nn.ReLU(), nn.Linear(Network.WIDTH, 10))

    @property
    def num_params(self) -> int:
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    @staticmethod
    def standardize(x):
        return (x - x.mean(dim=(1, 2, 3), keepdim=True)) / (x.std(dim=(1, 2, 3), keepdim=True) + 1e-5)

    def extra_repr(self):
        return f"parameters={self.num_params:,}"

    def forward(self, x):
        return self.net(self.standardize(x).flatten(1))
"""

GOOD["inheritance"] = """\
import torch
from torch import nn

class Base(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.body = nn.Linear(784, width)

    def features(self, x):
        return torch.relu(self.body(x.flatten(1)))

class Deep(Base):
    def __init__(self):
        super().__init__(width=24)
        self.head = nn.Linear(24, 10)

    def features(self, x):
        return super().features(x) * 0.5

    def forward(self, x):
        return self.head(self.features(x))
"""

GOOD["only_imports_of_names"] = """\
from math import sqrt
from torch import flatten, zeros, Tensor
from torch.nn import Linear, Module, Parameter, ReLU
from torch.nn.functional import dropout, relu
from torch.nn.init import xavier_uniform_

class MLP(Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.act = Linear(784, 32), Linear(32, 10), ReLU()
        self.shift = Parameter(zeros(10))
        self.scale = 1 / sqrt(32)
        xavier_uniform_(self.fc1.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = dropout(self.act(self.fc1(flatten(x, 1))), 0.1, self.training)
        return relu(self.fc2(x) * self.scale) + self.shift
"""

GOOD["init_by_apply"] = """\
import torch.nn as nn

def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        m.bias.data.fill_(0.01)

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.PReLU(), nn.Linear(32, 10))
        self.apply(init_weights)
        self.net.apply(self._init)

    def _init(self, module):
        if isinstance(module, nn.Linear) and module.out_features == 10:
            module.reset_parameters()

    def forward(self, x):
        return self.net.forward(x)
"""

GOOD["stochastic_depth"] = """\
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, width, p):
        super().__init__()
        self.p, self.fc, self.norm = p, nn.Linear(width, width), nn.LayerNorm(width)

    def forward(self, x):
        if self.training and torch.rand(1).item() < self.p:
            return x
        return self.norm(x + torch.nn.functional.silu(self.fc(x)))

class Network(nn.Module):
    def __init__(self, depth=4, width=32):
        super().__init__()
        self.inp = nn.Linear(784, width)
        self.blocks = nn.ModuleList()
        for i in range(depth):
            self.blocks.append(Block(width, p=0.5 * i / max(1, depth - 1)))
        self.out = nn.Linear(width, 10)

    def forward(self, x):
        x = self.inp(x.flatten(1))
        for block in self.blocks:
            x = block(x)
        return self.out(x)
"""

GOOD["unet_with_skips"] = """\
import torch
from torch import nn
import torch.nn.functional as F

class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(1, 8, 3, padding=1)
        self.down2 = nn.Conv2d(8, 16, 3, padding=1)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.merge = nn.Conv2d(16, 10, 3, padding=1)

    def forward(self, x):
        skip = F.relu(self.down1(x))
        x = F.relu(self.down2(F.max_pool2d(skip, 2)))
        x = self.up(x)
        x = torch.cat([x, skip], dim=1)
        return self.merge(x).amax(dim=(-2, -1))
"""

GOOD["spatial_transformer"] = """\
import torch
import torch.nn as nn
import torch.nn.functional as F

class STN(nn.Module):
    def __init__(self):
        super().__init__()
        self.localization = nn.Sequential(nn.Conv2d(1, 8, 7), nn.MaxPool2d(2, stride=2), nn.ReLU(True))
        self.fc_loc = nn.Linear(8 * 11 * 11, 3 * 2)
        self.fc_loc.weight.data.zero_()
        self.fc_loc.bias.data.copy_(torch.tensor([1, 0, 0, 0, 1, 0], dtype=torch.float))
        self.fc = nn.Linear(784, 10)

    def stn(self, x):
        theta = self.fc_loc(self.localization(x).view(-1, 8 * 11 * 11)).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.size(), align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)

    def forward(self, x):
        return self.fc(self.stn(x).flatten(1))
"""

GOOD["mlp_mixer"] = """\
import torch
from torch import nn

class MixerBlock(nn.Module):
    def __init__(self, tokens, channels):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(channels), nn.LayerNorm(channels)])
        self.token = nn.Sequential(nn.Linear(tokens, tokens * 2), nn.GELU(), nn.Linear(tokens * 2, tokens))
        self.channel = nn.Sequential(nn.Linear(channels, channels * 2), nn.GELU(), nn.Linear(channels * 2, channels))

    def forward(self, x):
        x = x + self.token(self.norms[0](x).mT).mT
        return x + self.channel(self.norms[1](x))

class Mixer(nn.Module):
    def __init__(self, patch: int = 7, dim: int = 24):
        super().__init__()
        self.patch = patch
        self.embed = nn.Linear(patch * patch, dim)
        self.blocks = nn.Sequential(*[MixerBlock(16, dim) for _ in range(2)])
        self.head = nn.Linear(dim, 10)

    def forward(self, x):
        p = self.patch
        x = x.unfold(2, p, p).unfold(3, p, p).reshape(x.size(0), -1, p * p)
        return self.head(self.blocks(self.embed(x)).mean(1))
"""

GOOD["highway_and_gating"] = """\
import torch, math
from torch import nn

class Highway(nn.Module):
    def __init__(self, size: int, num_layers: int = 2, f=torch.relu):
        super().__init__()
        self.f = f
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])

    def forward(self, x):
        for layer, gate in zip(self.nonlinear, self.gate):
            g = torch.sigmoid(gate(x))
            x = g * self.f(layer(x)) + (1 - g) * x
        return x

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 28), Highway(28), nn.Linear(28, 10))

    def forward(self, x):
        return self.net(x)
"""

GOOD["sequential_subclass"] = """\
from torch import nn

class Network(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(784, 10))
"""

GOOD["gaussian_features_without_init_arguments"] = """\
'''Random Fourier features: a frozen buffer, and a head that learns.'''
import math
import torch
from torch import nn

FEATURES = 64
SCALES = {"narrow": 0.5, "wide": 2.0}

class RandomFeatures(nn.Module):
    '''[N, 1, 28, 28] to [N, 10].'''

    def __init__(self):
        '''Draws the frequencies once.'''
        super().__init__()
        self.register_buffer("frequencies", torch.randn(784, FEATURES) * SCALES["narrow"], persistent=True)
        self.register_buffer("phases", 2 * math.pi * torch.rand(FEATURES))
        self.head = nn.Linear(FEATURES, 10)

    def forward(self, x):
        z = torch.cos(x.flatten(start_dim=1) @ self.frequencies + self.phases)
        return self.head(math.sqrt(2 / FEATURES) * z)
"""

GOOD["wrappers_around_functions"] = (
    HEAD
    + """\
class View(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape
    def forward(self, x):
        return x.view(x.size(0), *self.shape)
class Lambda(nn.Module):
    def __init__(self, func):
        super().__init__()
        self.func = func
    def forward(self, x):
        return self.func(x)
class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn
    def forward(self, x, **kwargs):
        return self.fn(x, **kwargs) + x
class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential()
        self.net.add_module("view", View(784))
        self.net.add_module("fc", nn.Linear(784, 10))
        self.net.append(Residual(Lambda(lambda t: t * 2)))
    def forward(self, x):
        return self.net(x)
"""
)

GOOD["kolmogorov_arnold"] = (
    HEAD
    + """\
class KANLinear(nn.Module):
    def __init__(self, in_features, out_features, grid_size=5, spline_order=3):
        super(KANLinear, self).__init__()
        self.in_features = in_features
        self.out_features = out_features
        h = 2 / grid_size
        grid = torch.arange(-spline_order, grid_size + spline_order + 1) * h - 1
        grid = grid.expand(in_features, -1).contiguous()
        self.register_buffer("grid", grid)
        self.base_weight = torch.nn.Parameter(torch.zeros(out_features, in_features))
        self.spline_weight = torch.nn.Parameter(torch.zeros(out_features, in_features, grid_size + spline_order))
        self.base_activation = torch.nn.SiLU()
        self.spline_order = spline_order
        self.reset_parameters()
    def reset_parameters(self):
        torch.nn.init.kaiming_uniform_(self.base_weight, a=math.sqrt(5) * 1.0)
        with torch.no_grad():
            noise = (torch.rand(3) - 1 / 2)
            self.spline_weight.data.copy_(noise.mean() * torch.randn_like(self.spline_weight))
    def b_splines(self, x: torch.Tensor):
        assert x.dim() == 2 and x.size(1) == self.in_features
        grid: torch.Tensor = self.grid
        x = x.unsqueeze(-1)
        bases = ((x >= grid[:, :-1]) & (x < grid[:, 1:])).to(x.dtype)
        for k in range(1, self.spline_order + 1):
            left = (x - grid[:, : -(k + 1)]) / (grid[:, k:-1] - grid[:, : -(k + 1)]) * bases[:, :, :-1]
            right = (grid[:, k + 1 :] - x) / (grid[:, k + 1 :] - grid[:, 1:(-k)]) * bases[:, :, 1:]
            bases = left + right
        return bases.contiguous()
    def forward(self, x):
        original_shape = x.shape
        x = x.reshape(-1, self.in_features)
        base_output = F.linear(self.base_activation(x), self.base_weight)
        spline_output = F.linear(self.b_splines(x).view(x.size(0), -1), self.spline_weight.view(self.out_features, -1))
        return base_output + spline_output
class KAN(nn.Module):
    def __init__(self, layers_hidden=[784, 8, 10]):
        super().__init__()
        self.layers = torch.nn.ModuleList()
        for in_features, out_features in zip(layers_hidden, layers_hidden[1:]):
            self.layers.append(KANLinear(in_features, out_features))
    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = layer(x)
        return x
"""
)

GOOD["capsules"] = (
    HEAD
    + """\
def squash(s, dim=-1):
    squared_norm = torch.sum(s ** 2, dim=dim, keepdim=True)
    return squared_norm / (1 + squared_norm) * s / (torch.sqrt(squared_norm) + 1e-8)
class PrimaryCaps(nn.Module):
    def __init__(self, num_conv_units, in_channels, out_channels, kernel_size, stride):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels * num_conv_units, kernel_size=kernel_size, stride=stride)
        self.out_channels = out_channels
    def forward(self, x):
        out = self.conv(x)
        batch_size = out.shape[0]
        return squash(out.contiguous().view(batch_size, -1, self.out_channels), dim=-1)
class DigitCaps(nn.Module):
    def __init__(self, in_dim, in_caps, out_caps, out_dim, num_routing):
        super().__init__()
        self.in_dim, self.num_routing = in_dim, num_routing
        self.W = nn.Parameter(0.01 * torch.randn(1, out_caps, in_caps, out_dim, in_dim), requires_grad=True)
    def forward(self, x):
        batch_size = x.size(0)
        x = x.unsqueeze(1).unsqueeze(4)
        u_hat = torch.matmul(self.W, x).squeeze(-1)
        temp_u_hat = u_hat.detach()
        b = torch.zeros(batch_size, self.W.size(1), self.W.size(2), 1).to(x.device)
        for route_iter in range(self.num_routing - 1):
            c = b.softmax(dim=1)
            v = squash((c * temp_u_hat).sum(dim=2))
            b += torch.matmul(temp_u_hat, v.unsqueeze(-1))
        return squash((b.softmax(dim=1) * u_hat).sum(dim=2))
class CapsNet(nn.Module):
    def __init__(self):
        super(CapsNet, self).__init__()
        self.conv = nn.Conv2d(1, 16, 9)
        self.primary = PrimaryCaps(4, 16, 8, 9, 2)
        self.digits = DigitCaps(8, 144, 10, 16, 2)
    def forward(self, x):
        return torch.norm(self.digits(self.primary(F.relu(self.conv(x)))), dim=-1)
"""
)

GOOD["convnext"] = (
    HEAD
    + """\
def drop_path(x, drop_prob: float = 0., training: bool = False):
    if drop_prob == 0. or not training:
        return x
    keep_prob = 1 - drop_prob
    shape = (x.shape[0],) + (1,) * (x.ndim - 1)
    random_tensor = keep_prob + torch.rand(shape, dtype=x.dtype, device=x.device)
    random_tensor.floor_()
    return x.div(keep_prob) * random_tensor
class LayerNorm(nn.Module):
    def __init__(self, normalized_shape, eps=1e-6, data_format="channels_last"):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(normalized_shape))
        self.bias = nn.Parameter(torch.zeros(normalized_shape))
        self.eps = eps
        self.data_format = data_format
        if self.data_format not in ["channels_last", "channels_first"]:
            raise NotImplementedError
        self.normalized_shape = (normalized_shape, )
    def forward(self, x):
        if self.data_format == "channels_last":
            return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        elif self.data_format == "channels_first":
            u = x.mean(1, keepdim=True)
            s = (x - u).pow(2).mean(1, keepdim=True)
            x = (x - u) / torch.sqrt(s + self.eps)
            return self.weight[:, None, None] * x + self.bias[:, None, None]
class ConvNeXt(nn.Module):
    def __init__(self, depths=(1, 1), dims=(8, 16), drop_path_rate=0.):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, dims[0], 4, 4), LayerNorm(dims[0], data_format="channels_first"))
        dp_rates = [x.item() for x in torch.linspace(0, drop_path_rate, sum(depths))]
        self.gamma = nn.Parameter(1e-6 * torch.ones((dims[0])), requires_grad=True) if dp_rates else None
        self.head = nn.Linear(dims[0], 10)
        self.apply(self._init_weights)
        self.head.weight.data.mul_(0.5)
    def _init_weights(self, m):
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            nn.init.trunc_normal_(m.weight, std=.02)
            nn.init.constant_(m.bias, 0)
    def forward(self, x):
        x = drop_path(self.stem(x), 0.1, self.training)
        if self.gamma is not None:
            x = x * self.gamma.view(1, -1, 1, 1)
        return self.head(x.mean([-2, -1]))
"""
)

GOOD["in_french"] = (
    HEAD
    + """\
# Mon réseau pour MNIST
nb_classes = 10
taille = 28 * 28
class MonReseau(nn.Module):
    '''Réseau à deux couches.'''
    def __init__(self, nbClasses=nb_classes):
        super().__init__()
        self.couche1 = nn.Linear(taille, 128)
        self.couche2 = nn.Linear(128, nbClasses)
    def forward(self, x):
        print("entrée :", x.shape)
        x = x.view(-1, taille)
        x = torch.relu(self.couche1(x))
        sortie = self.couche2(x)
        return sortie
"""
)

GOOD["noise_and_maxout"] = (
    HEAD
    + """\
class GaussianNoise(nn.Module):
    def __init__(self, sigma=0.1, is_relative_detach=True):
        super().__init__()
        self.sigma = sigma
        self.is_relative_detach = is_relative_detach
        self.register_buffer('noise', torch.tensor(0))
    def forward(self, x):
        if self.training and self.sigma != 0:
            scale = self.sigma * x.detach() if self.is_relative_detach else self.sigma * x
            sampled_noise = self.noise.expand(*x.size()).float().normal_() * scale
            x = x + sampled_noise
        return x
class Maxout(nn.Module):
    def __init__(self, d_in, d_out, pool_size):
        super().__init__()
        self.d_in, self.d_out, self.pool_size = d_in, d_out, pool_size
        self.lin = nn.Linear(d_in, d_out * pool_size)
    def forward(self, inputs):
        shape = list(inputs.size())
        shape[-1] = self.d_out
        shape.append(self.pool_size)
        max_dim = len(shape) - 1
        out = self.lin(inputs)
        m, i = out.view(*shape).max(max_dim)
        return m
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.n, self.m = GaussianNoise(), Maxout(784, 10, 2)
    def forward(self, x):
        return self.m(self.n(x).flatten(1))
"""
)

GOOD["prototypes"] = (
    HEAD
    + """\
class Proto(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.embed = nn.Sequential(nn.Flatten(), nn.Linear(784, dim))
        self.prototypes = nn.Parameter(torch.randn(10, dim))
        self.log_scale = nn.Parameter(torch.zeros(()))
    def forward(self, x):
        z = F.normalize(self.embed(x), dim=-1)
        p = F.normalize(self.prototypes, dim=-1)
        return -torch.cdist(z, p).pow(2) * self.log_scale.exp()
"""
)

GOOD["positional_encoding"] = (
    HEAD
    + """\
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=28):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        pe = pe.unsqueeze(0)
        self.register_buffer('pe', pe)
    def forward(self, x):
        x = x + self.pe[:, :x.size(1)]
        return self.dropout(x)
class T(nn.Module):
    def __init__(self):
        super().__init__()
        self.pos = PositionalEncoding(28)
        layer = nn.TransformerEncoderLayer(d_model=28, nhead=4, batch_first=True)
        self.enc = nn.TransformerEncoder(layer, 1)
        self.fc = nn.Linear(28, 10)
        self.src_mask = None
    def _generate_square_subsequent_mask(self, sz):
        mask = (torch.triu(torch.ones(sz, sz)) == 1).transpose(0, 1)
        mask = mask.float().masked_fill(mask == 0, float('-inf'))
        return mask.masked_fill(mask == 1, float(0.0))
    def forward(self, x, mask=None):
        x = self.pos(x[:, 0])
        return self.fc(self.enc(x, mask=self._generate_square_subsequent_mask(x.size(1)))[:, -1])
"""
)

PAIRS = {
    "two_heads": """\
import torch
from torch import nn

class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(784, 32)
        self.digit, self.parity = nn.Linear(32, 10), nn.Linear(32, 2)

    def forward(self, x) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.relu(self.trunk(x.flatten(1)))
        return self.digit(x), self.parity(x)
""",
    "dict_of_outputs": wrap(forward='return {"logits": self.fc(x.flatten(1)), "norm": x.norm()}'),
}
"""The wall lets them pass; their output is refused later, where it is seen."""

# Written rightly, and yet rightly noticed: the logits depend on the whole batch, or a layer gets no gradient.
NOTICED = {
    "conditional_on_item": "change with the other images of its batch",
    "topk_values": "change with the other images of its batch",
    "forward_no_grad": "cuts the gradient",
}

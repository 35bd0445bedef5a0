"""Networks as people write them in scripts and exercises: nothing is wrong with them, and nothing is said."""

import pytest

from netcore.model.custom.source import CustomSource
from netcore.model.presets import list_presets
from netcore.model.ready_made import list_ready_made
from netcore.model.trace import trace
from netcore.model.xray.inspection import inspect_source
from tests.engine.custom_help import write_class

HONEST = {
    "LeNet with tanh": (
        "self.c1 = nn.Conv2d(1, 6, 5, padding=2)\nself.c2 = nn.Conv2d(6, 16, 5)\nself.f1 = nn.Linear(400, 84)\n"
        "self.f2 = nn.Linear(84, 10)",
        "x = F.avg_pool2d(torch.tanh(self.c1(x)), 2)\nx = F.avg_pool2d(torch.tanh(self.c2(x)), 2)\n"
        "return self.f2(torch.tanh(self.f1(x.view(x.size(0), -1))))",
    ),
    "log_softmax as the last step": (
        "self.fc = nn.Linear(784, 10)",
        "return F.log_softmax(self.fc(x.view(-1, 784)), dim=1)",
    ),
    "blocks made in a loop": (
        "layers, channels = [], 1\nfor width in (8, 16, 32):\n"
        "    layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]\n"
        "    channels = width\nself.features = nn.Sequential(*layers)\nself.head = nn.Linear(288, 10)",
        "return self.head(self.features(x).flatten(1))",
    ),
    "a residual with a projection": (
        "self.stem = nn.Conv2d(1, 8, 3, padding=1)\nself.c1 = nn.Conv2d(8, 16, 3, stride=2, padding=1)\n"
        "self.bn = nn.BatchNorm2d(16)\nself.short = nn.Conv2d(8, 16, 1, stride=2)\nself.fc = nn.Linear(16, 10)",
        "x = F.relu(self.stem(x))\nx = F.relu(self.bn(self.c1(x)) + self.short(x))\n"
        "return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))",
    ),
    "branches put side by side": (
        "self.a = nn.Conv2d(1, 4, 1)\nself.b = nn.Conv2d(1, 4, 3, padding=1)\nself.c = nn.Conv2d(1, 4, 5, padding=2)\n"
        "self.fc = nn.Linear(12 * 49, 10)",
        "x = torch.cat([self.a(x), self.b(x), self.c(x)], dim=1)\n"
        "return self.fc(F.max_pool2d(F.relu(x), 4).flatten(1))",
    ),
    "dense connections": (
        "self.layers = nn.ModuleList([nn.Conv2d(1 + 4 * i, 4, 3, padding=1) for i in range(3)])\n"
        "self.fc = nn.Linear(13, 10)",
        "for layer in self.layers:\n    x = torch.cat([x, F.relu(layer(x))], 1)\nreturn self.fc(x.mean(dim=(2, 3)))",
    ),
    "squeeze and excitation": (
        "self.conv = nn.Conv2d(1, 8, 3)\nself.gate = nn.Linear(8, 8)\nself.fc = nn.Linear(8, 10)",
        "x = F.relu(self.conv(x))\ng = torch.sigmoid(self.gate(x.mean((2, 3))))\nx = x * g[:, :, None, None]\n"
        "return self.fc(x.amax(dim=(2, 3)))",
    ),
    "depthwise convolutions": (
        "self.wide = nn.Conv2d(1, 8, 1)\nself.deep = nn.Conv2d(8, 8, 3, groups=8, stride=2)\nself.act = nn.ReLU6()\n"
        "self.fc = nn.Linear(8 * 169, 10)",
        "x = self.act(self.deep(self.act(self.wide(x))))\nreturn self.fc(torch.flatten(x, start_dim=1))",
    ),
    "dropout that asks for the mode": (
        "self.f1 = nn.Linear(784, 64)\nself.f2 = nn.Linear(64, 10)",
        "x = F.dropout(F.relu(self.f1(x.flatten(1))), p=0.3, training=self.training)\nreturn self.f2(x)",
    ),
    "rows through a GRU": (
        "self.rnn = nn.GRU(28, 32, batch_first=True)\nself.fc = nn.Linear(32, 10)",
        "out, _ = self.rnn(x.squeeze(1))\nreturn self.fc(out[:, -1, :])",
    ),
    "an LSTM in both directions": (
        "self.rnn = nn.LSTM(28, 16, num_layers=2, bidirectional=True, batch_first=True)\nself.fc = nn.Linear(32, 10)",
        "_, (h, c) = self.rnn(x[:, 0])\nreturn self.fc(torch.cat([h[-2], h[-1]], dim=1))",
    ),
    "an LSTM that gets the time first": (
        "self.rnn = nn.LSTM(28, 32)\nself.fc = nn.Linear(32, 10)",
        "out, _ = self.rnn(x.squeeze(1).permute(1, 0, 2))\nreturn self.fc(out[-1])",
    ),
    "a cell in a loop": (
        "self.cell = nn.RNNCell(28, 32)\nself.fc = nn.Linear(32, 10)",
        "h = torch.zeros(x.size(0), 32)\nfor row in range(28):\n    h = self.cell(x[:, 0, row], h)\nreturn self.fc(h)",
    ),
    "attention over rows": (
        "self.score = nn.Linear(28, 1)\nself.fc = nn.Linear(28, 10)",
        "rows = x.squeeze(1)\nweights = F.softmax(self.score(rows), dim=1)\n"
        "return self.fc((weights * rows).sum(dim=1))",
    ),
    "a layer of a transformer": (
        "self.up = nn.Linear(28, 32)\nself.layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)\n"
        "self.fc = nn.Linear(32, 10)",
        "return self.fc(self.layer(self.up(x.squeeze(1))).mean(dim=1))",
    ),
    "a temperature that is learned": (
        "self.fc = nn.Linear(784, 10)\nself.scale = nn.Parameter(torch.ones(1))",
        "return self.fc(x.flatten(1)) * self.scale",
    ),
    "patches mixed as in an MLP-Mixer": (
        "self.embed = nn.Conv2d(1, 16, 7, stride=7)\nself.norm = nn.LayerNorm(16)\nself.tokens = nn.Linear(16, 16)\n"
        "self.channels = nn.Linear(16, 16)\nself.fc = nn.Linear(16, 10)",
        "x = self.embed(x).flatten(2).transpose(1, 2)\n"
        "x = x + self.tokens(self.norm(x).transpose(1, 2)).transpose(1, 2)\n"
        "x = x + F.gelu(self.channels(self.norm(x)))\nreturn self.fc(x.mean(1))",
    ),
    "an encoder with a head": (
        "self.encoder = nn.Sequential(nn.Linear(784, 64), nn.ReLU(True), nn.Linear(64, 16), nn.Sigmoid())\n"
        "self.head = nn.Linear(16, 10)",
        "return self.head(self.encoder(x.reshape(x.shape[0], -1)))",
    ),
    "a fixed buffer taken away": (
        'self.register_buffer("mean", torch.full((1,), 0.1307))\nself.fc = nn.Linear(784, 10)',
        "return self.fc(((x - self.mean) / 0.3081).flatten(1))",
    ),
    "a mixture of two experts": (
        "self.gate = nn.Linear(784, 2)\nself.a = nn.Linear(784, 10)\nself.b = nn.Linear(784, 10)",
        "x = x.flatten(1)\ng = self.gate(x).softmax(dim=-1)\nreturn g[:, :1] * self.a(x) + g[:, 1:] * self.b(x)",
    ),
    "weights begun by hand": (
        "self.fc = nn.Linear(784, 10)\nnn.init.xavier_uniform_(self.fc.weight)\nnn.init.zeros_(self.fc.bias)",
        "return self.fc(x.flatten(1))",
    ),
    "a padded picture and a stride": (
        "self.conv = nn.Conv2d(1, 8, 4, stride=4)\nself.fc = nn.Linear(512, 10)",
        "x = F.pad(x, (2, 2, 2, 2))\nreturn self.fc(F.leaky_relu(self.conv(x), 0.1).flatten(1))",
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_class_is_left_in_peace(here, name):
    seen = inspect_source(CustomSource(write_class(*HONEST[name])), 8)
    assert (seen.problem, seen.notice, seen.ghosts) == (None, None, ())


@pytest.mark.parametrize("ready", list_ready_made(), ids=lambda ready: ready.name)
def test_a_ready_made_class_is_left_in_peace(here, ready):
    seen = inspect_source(CustomSource(ready.source), 8)
    assert (seen.problem, seen.notice, seen.ghosts) == (None, None, ())


@pytest.mark.parametrize("preset", list_presets(), ids=lambda preset: preset.title)
def test_a_preset_is_left_in_peace(preset):
    seen = trace(preset.stack, 8)
    assert (seen.problem, seen.notice) == (None, None)

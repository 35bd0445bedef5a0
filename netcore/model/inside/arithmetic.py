"""The arithmetic behind one number of a layer's output, done again from what the layer got. Knows no network.

It is worked out in double precision; that it comes to what the layer gave is tested for every kind and setting.
"""

from __future__ import annotations

from types import MappingProxyType

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from netcore.model.inside.maps import to_maps
from netcore.model.inside.origins import Convolved, Formula, Numbers, Origin, Pooled, Product, Term, Weighed, Window
from netcore.model.inside.windows import count_inside, pair, reach, read_window, share

PRODUCTS = 6
"""As many input channels of a convolution are told one by one."""
TERMS = 12
"""As many inputs of a Linear are."""
INPUTS = 4096
"""As many of its inputs are drawn."""

_FUNCTIONS = MappingProxyType(
    {
        nn.ReLU: "relu",
        nn.LeakyReLU: "leakyrelu",
        nn.GELU: "gelu",
        nn.SiLU: "silu",
        nn.ELU: "elu",
        nn.Tanh: "tanh",
        nn.Sigmoid: "sigmoid",
    }
)
"""What takes each number by itself."""

_Place = tuple[int, ...]
_Pool = nn.MaxPool2d | nn.AvgPool2d | nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d


def explain(
    module: nn.Module, given: Tensor, output: Tensor, place: _Place, flattens: tuple[int, ...] = ()
) -> Origin | None:
    """Where ``output[place]`` comes from, ``place`` having one index an axis; None for a kind of layer not told here.

    ``given`` is what ``module`` made ``output`` of. ``flattens`` is ``(C, H, W)`` where each image's row in it is such
    feature maps laid in a row.
    """
    exact = given.detach().double()
    match module:
        case nn.Conv2d():
            return _explain_convolution(module, exact, place)
        case nn.Linear():
            return _explain_linear(module, exact, place, flattens)
        case nn.MaxPool2d() | nn.AvgPool2d() | nn.AdaptiveAvgPool2d() | nn.AdaptiveMaxPool2d():
            return _explain_pool(module, exact, output, place)
        case _BatchNorm():
            return _explain_batchnorm(module, exact, place)
        case nn.LayerNorm():
            return _explain_layernorm(module, exact, place)
        case nn.Softmax(dim=int(axis)):
            return _explain_softmax(exact, place, axis)
        case nn.Flatten() | nn.Unflatten():
            return _explain_move(exact, output, place)
        case nn.Identity() | _DropoutNd():
            return _explain_dropout(module, exact[place].item(), output[place].item())
    kind = _FUNCTIONS.get(type(module))
    if kind is None:
        return None
    settings = ((name, float(getattr(module, name))) for name in ("negative_slope", "alpha") if hasattr(module, name))
    # forward, not the module itself: its hooks have seen this call already.
    return Formula(kind, (("x", exact[place].item()), *settings), module.forward(exact[place].clone()).item())


def _explain_convolution(module: nn.Conv2d, given: Tensor, place: _Place) -> Convolved:
    *image, channel, row, column = place
    rows = reach(module, 0, row)
    columns = reach(module, 1, column)
    maps = given[tuple(image)]
    group = channel // (module.out_channels // module.groups)
    width = module.in_channels // module.groups
    seen = read_window(maps[group * width : (group + 1) * width], rows, columns, module.padding_mode)
    kernels = module.weight.detach().double()[channel]
    totals = (seen * kernels).sum((1, 2))
    order = totals.nan_to_num().abs().argsort(descending=True, stable=True).tolist()
    bias = module.bias[channel].item() if module.bias is not None else 0.0
    products = tuple(
        Product(
            Window(group * width + place, tuple(rows), tuple(columns), _rows_of(seen[place])),
            _rows_of(kernels[place]),
            totals[place].item(),
        )
        for place in order[:PRODUCTS]
    )
    rest = totals[order[PRODUCTS:]].sum().item()
    return Convolved(products, len(order) - len(products), rest, bias, totals.sum().item() + bias)


def _explain_linear(module: nn.Linear, given: Tensor, place: _Place, flattens: tuple[int, ...]) -> Weighed:
    inputs, weights = given[place[:-1]], module.weight.detach().double()[place[-1]]
    products = inputs * weights
    order = products.nan_to_num().abs().argsort(descending=True, stable=True).tolist()
    bias = module.bias[place[-1]].item() if module.bias is not None else 0.0
    folded = flattens or (1, 1, len(inputs))
    terms = tuple(Term(index, inputs[index].item(), weights[index].item()) for index in order[:TERMS])
    return Weighed(
        inputs=to_maps(inputs.reshape(folded), INPUTS),
        weights=to_maps(weights.reshape(folded), INPUTS),
        terms=terms,
        others=len(order) - len(terms),
        rest=products[order[TERMS:]].sum().item(),
        bias=bias,
        value=products.sum().item() + bias,
    )


def _explain_pool(module: _Pool, given: Tensor, output: Tensor, place: _Place) -> Pooled:
    *image, row, column = place
    maps = given[tuple(image)].unsqueeze(0)
    height, width = maps.shape[1:]
    if isinstance(module, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
        rows, columns = share(height, output.shape[-2], row), share(width, output.shape[-1], column)
    else:
        rows, columns = reach(module, 0, row), reach(module, 1, column)
    outside = float("-inf") if isinstance(module, nn.MaxPool2d) else 0.0
    if isinstance(module, nn.AvgPool2d) and module.ceil_mode:  # a last window ends where the padding ends
        below, right = pair(module.padding)
        rows, columns = rows[: height + below - rows[0]], columns[: width + right - columns[0]]
    seen = read_window(maps, rows, columns, outside=outside)[0]
    best = int(seen.argmax())
    window = Window(int(image[-1]) if image else 0, tuple(rows), tuple(columns), _rows_of(seen))
    winner = divmod(best, len(columns))
    if isinstance(module, nn.MaxPool2d | nn.AdaptiveMaxPool2d):
        return Pooled("max", window, winner, 1.0, seen[winner].item())
    divisor = float(len(rows) * len(columns))
    if isinstance(module, nn.AvgPool2d):
        if not module.count_include_pad:
            divisor = float(count_inside(rows, height) * count_inside(columns, width))
        divisor = float(module.divisor_override or divisor)
    return Pooled("mean", window, winner, divisor, seen.sum().item() / divisor)


def _explain_batchnorm(module: _BatchNorm, given: Tensor, place: _Place) -> Formula:
    channel = place[1]
    batch = given[:, channel]
    mean, variance, source = batch.mean().item(), batch.var(correction=0).item(), "batch"
    if not module.training and module.running_mean is not None and module.running_var is not None:
        mean, variance = module.running_mean[channel].item(), module.running_var[channel].item()
        source = "running"
    scale = module.weight[channel].item() if module.weight is not None else 1.0
    shift = module.bias[channel].item() if module.bias is not None else 0.0
    return _normalise(f"norm_{source}", given[place].item(), mean, variance, module.eps, scale, shift)


def _explain_layernorm(module: nn.LayerNorm, given: Tensor, place: _Place) -> Formula:
    axes = len(module.normalized_shape)
    sample, inner = given[place[:-axes]], place[-axes:]
    mean, variance = sample.mean().item(), sample.var(correction=0).item()
    scale = module.weight[inner].item() if module.weight is not None else 1.0
    shift = module.bias[inner].item() if module.bias is not None else 0.0
    return _normalise("norm_layer", given[place].item(), mean, variance, module.eps, scale, shift)


def _normalise(kind: str, x: float, mean: float, variance: float, eps: float, scale: float, shift: float) -> Formula:
    numbers = (("x", x), ("mean", mean), ("variance", variance), ("eps", eps), ("scale", scale), ("shift", shift))
    return Formula(kind, numbers, (x - mean) / (variance + eps) ** 0.5 * scale + shift)


def _explain_softmax(given: Tensor, place: _Place, axis: int) -> Formula:
    # As torch does, from the largest down: exp of a large number is infinite.
    largest = given.amax(axis, keepdim=True)
    exponents = (given - largest).exp()
    total = exponents.sum(axis, keepdim=True).expand_as(given)[place].item()
    own = exponents[place].item()
    numbers = (("x", given[place].item()), ("largest", largest.expand_as(given)[place].item()))
    return Formula("softmax", (*numbers, ("exp", own), ("sum", total)), own / total)


def _explain_move(given: Tensor, output: Tensor, place: _Place) -> Formula:
    flat = 0
    for index, size in zip(place, output.shape, strict=True):
        flat = flat * size + index
    value, found = given.reshape(-1)[flat].item(), []
    for size in reversed(given.shape):
        flat, index = divmod(flat, size)
        found.append(index)
    names = ("column", "row", "channel") if len(found) == 4 else ("index",)
    numbers = [(name, float(index)) for name, index in zip(names, found, strict=False)]
    return Formula("moved_maps" if len(found) == 4 else "moved", (("x", value), *reversed(numbers)), value)


def _explain_dropout(module: nn.Module, x: float, value: float) -> Formula:
    if not (isinstance(module, _DropoutNd) and module.training):
        return Formula("kept", (("x", x),), x)
    if value == 0 or module.p == 1:
        return Formula("dropped", (("x", x), ("p", module.p)), 0.0)
    return Formula("scaled", (("x", x), ("p", module.p)), x / (1 - module.p))


def _rows_of(values: Tensor) -> Numbers:
    return tuple(map(tuple, values.tolist()))

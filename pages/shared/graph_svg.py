"""A network's graph as an SVG picture, its colours left to a style sheet. Knows no page and no browser."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from netcore.model.graph.folding import fold
from netcore.model.graph.layout import Box, Label, Layout, Path, lay_out
from netcore.model.graph.nodes import GraphNode, NetworkGraph
from pages.shared.shapes import axis_colours

_SIGN, _SMALL_SIGN = 8.0, 6.5
"""The width of one sign of a title and of what stands below it."""
_LONGEST = 30
_TOGGLE = 11.0
_HEADER_START = 10.0

_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("add", "radd"), "+"),
        **dict.fromkeys(("iadd", "add_"), "+="),
        **dict.fromkeys(("sub", "rsub"), "\N{MINUS SIGN}"),
        **dict.fromkeys(("mul", "rmul"), "\N{MULTIPLICATION SIGN}"),
        **dict.fromkeys(("imul", "mul_"), "\N{MULTIPLICATION SIGN}="),
        **dict.fromkeys(("div", "truediv", "rtruediv"), "\N{DIVISION SIGN}"),
        **dict.fromkeys(("matmul", "rmatmul"), "@"),
        "getitem": "[ ]",
        "setitem": "[ ] =",
    }
)
"""Python's operators, as one writes them."""


def draw_svg(graph: NetworkGraph, opened: Collection[str], chosen: str | None = None, style: str = "") -> str:
    """The picture as SVG: every group in ``opened`` shows what it holds, and ``chosen`` stands out.

    Without a ``style`` sheet it has the colours of the page around it; boxes carry ``data-node``, and the sign that
    opens or closes a group carries ``data-toggle``.
    """
    levels = fold(graph, opened)
    nodes = {item.identity: item for level in levels.values() for item in level.items}
    sizes = {identity: _measure(node, is_open=identity in levels) for identity, node in nodes.items()}
    layout = lay_out(levels, sizes)
    width, height = f"{layout.width:.0f}", f"{layout.height:.0f}"
    svg = Element(
        "svg", xmlns="http://www.w3.org/2000/svg", width=width, height=height, viewBox=f"0 0 {width} {height}"
    )
    if style:
        SubElement(svg, "style").text = style
        SubElement(svg, "rect", {"class": "paper", "width": width, "height": height})
    _draw_layout(svg, layout, nodes, chosen)
    return ElementTree.tostring(svg, encoding="unicode")


def name_of(node: GraphNode, holder: str = "") -> str:
    """What a person calls the node: a layer by its name in the ``state_dict``, below the module called ``holder``."""
    if node.kind in ("operation", "output", "input"):
        return node.name
    return node.name.removeprefix(f"{holder}.") if holder else node.name


def kind_of(node: GraphNode) -> str:
    """The class of a module, the sign of an operator, the name of a function."""
    if node.kind == "operation":
        return _SYMBOLS.get(node.name, node.name)
    return node.code.split("(")[0]


def title_of(node: GraphNode) -> str:
    """Kind and name in one line: ``Conv2d layer1.0.conv1``, ``+ add``."""
    kind, name = kind_of(node), name_of(node)
    return kind if name == kind else f"{kind} {name}"


def _face(node: GraphNode) -> tuple[str, str]:
    """What stands in its box: a title, and smaller words below."""
    if node.kind in ("operation", "input", "output"):
        return _shorten(kind_of(node)), ""
    name = _shorten(name_of(node, node.group.partition("#")[0]))
    if node.kind == "tensor":
        return name, kind_of(node)
    return _shorten(kind_of(node)), name


def _measure(node: GraphNode, *, is_open: bool) -> tuple[float, float]:
    title, below = _face(node)
    if is_open:
        return 2 * (_HEADER_START + len(title) * _SIGN + _HEADER_START + len(below) * _SMALL_SIGN), 0.0
    wide = max(len(title) * _SIGN, len(below) * _SMALL_SIGN) + (54 if node.kind == "group" else 30)
    return max(wide, 44.0 if node.kind == "operation" else 92.0), 46.0 if below else 30.0


def _draw_layout(svg: Element, layout: Layout, nodes: Mapping[str, GraphNode], chosen: str | None) -> None:
    for box in layout.boxes:
        if box.is_open:
            _draw_frame(svg, box, nodes[box.identity], chosen)
    for path in layout.paths:
        _draw_path(svg, path)
    for label in layout.labels:
        _draw_label(svg, label)
    for box in layout.boxes:
        if not box.is_open:
            _draw_box(svg, box, nodes[box.identity], chosen)


def _draw_box(svg: Element, box: Box, node: GraphNode, chosen: str | None) -> None:
    group = _group(svg, box, node, chosen)
    middle, high = box.width / 2, box.height
    if node.kind == "group":  # as sheets on a pile: there is more below
        _rect(group, 4, 4, box.width, high, "sheet")
    _rect(group, 0, 0, box.width, high, "box", high / 2 if node.kind == "operation" else 6)
    title, below = _face(node)
    shift = -_TOGGLE if node.kind == "group" else 0
    _text(group, middle + shift, high / 2 + (-2 if below else 5), title, "title")
    if below:
        _text(group, middle + shift, high / 2 + 15, below, "below")
    if node.kind == "group":
        _draw_toggle(group, box.width - 18, high / 2, node, "+")
    if not node.finished:
        _text(group, box.width - 9, 14, "\N{MULTIPLICATION X}", "cross")


def _draw_frame(svg: Element, box: Box, node: GraphNode, chosen: str | None) -> None:
    group = _group(svg, box, node, chosen)
    _rect(group, 0, 0, box.width, box.height, "frame", 8)
    title, below = _face(node)
    header = _text(group, _HEADER_START, 20, title, "title start")
    SubElement(header, "tspan", {"class": "below", "dx": f"{_HEADER_START:.0f}"}).text = _clean(below)
    _draw_toggle(group, box.width - 18, 17, node, "\N{MINUS SIGN}")


def _group(svg: Element, box: Box, node: GraphNode, chosen: str | None) -> Element:
    kinds = ["node", node.kind]
    kinds += ["weights"] if node.parameter_arithmetic and node.kind == "layer" else []
    kinds += ["failed"] if not node.finished else []
    kinds += [] if node.is_registered else ["ghost"]
    kinds += ["chosen"] if node.identity == chosen else []
    attributes = {"class": " ".join(kinds), "transform": f"translate({box.x:.1f} {box.y:.1f})"}
    return SubElement(
        svg,
        "g",
        {**attributes, "data-node": _clean(node.identity), "role": "button", "aria-label": _clean(title_of(node))},
    )


def _draw_toggle(group: Element, x: float, y: float, node: GraphNode, sign: str) -> None:
    toggle = SubElement(group, "g", {"class": "toggle", "data-toggle": _clean(node.identity)})
    SubElement(toggle, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{_TOGGLE:.0f}"})
    _text(toggle, x, y + 5, sign, "sign")


def _draw_path(svg: Element, path: Path) -> None:
    (x, y), *others = path.points
    steps = [f"M{x:.1f} {y:.1f}"]
    for next_x, next_y in others:
        half = (y + next_y) / 2
        curve = f"C{x:.1f} {half:.1f} {next_x:.1f} {half:.1f} {next_x:.1f} {next_y:.1f}"
        steps.append(curve if abs(next_x - x) > 0.5 else f"L{next_x:.1f} {next_y:.1f}")
        x, y = next_x, next_y
    SubElement(svg, "path", {"class": "line", "d": "".join(steps)})
    if path.arrow:
        SubElement(svg, "path", {"class": "arrow", "d": f"M{x:.1f} {y:.1f}l-4 -8h8z"})


def _draw_label(svg: Element, label: Label) -> None:
    words = _text(svg, label.x, label.y, "[", "shape start")
    for number, (size, colour) in enumerate(zip(label.shape, axis_colours(len(label.shape)), strict=True)):
        if number:
            words[-1].tail = ", "
        SubElement(words, "tspan", {"class": colour}).text = str(size)
    if len(words):
        words[-1].tail = "]"
    else:
        words.text = "[]"


def _rect(group: Element, x: float, y: float, width: float, height: float, kind: str, radius: float = 6) -> None:
    numbers = {"x": x, "y": y, "width": width, "height": height, "rx": radius}
    SubElement(group, "rect", {"class": kind, **{name: f"{value:.1f}" for name, value in numbers.items()}})


def _text(group: Element, x: float, y: float, words: str, kind: str) -> Element:
    element = SubElement(group, "text", {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}"})
    element.text = _clean(words)
    return element


def _shorten(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _clean(words: str) -> str:
    """Without signs that XML does not know: a class can give its layers any name."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in words)

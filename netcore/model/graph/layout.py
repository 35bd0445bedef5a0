"""Where each box and line of a folded graph stands, in pixels. Knows neither colours nor words.

Each open group is laid out by itself and is one box in the group around it, so groups can hold groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from netcore.model.graph.folding import Level
from netcore.model.graph.rows import Key, Lane, Link, Step, arrange
from netcore.model.shape import Shape

_GAP = 26.0
"""Between boxes side by side."""
_STRAIGHT = 20.0
"""How far a line goes straight down first, with its shape beside it."""
_CURVE = 28.0
"""How much room it has then to go aside."""
_PADDING = 16.0
_HEADER = 30.0
"""For the name of an open group."""
_PORT = 12.0
_SIGN = 7.3
"""The width of one sign of a shape."""
_LABEL_SHIFT = 8.0
_LABEL_DROP = 15.0
_LABEL_HEIGHT = 15.0


@dataclass(frozen=True)
class Box:
    """A node's box, or the frame of an open group."""

    identity: str
    x: float
    """The left side; ``y`` is the upper side."""
    y: float
    width: float
    height: float
    is_open: bool = False


@dataclass(frozen=True)
class Path:
    """A piece of a tensor's way."""

    points: tuple[tuple[float, float], ...]
    """Between two of them the line is straight where they stand above each other, and else a curve that begins and
    ends downwards."""
    arrow: bool
    """Whether it ends at a box."""


@dataclass(frozen=True)
class Label:
    """A tensor's shape, beside the line below the box that makes it."""

    x: float
    y: float
    shape: Shape


@dataclass(frozen=True)
class Layout:
    """A picture without colours. Frames stand before what they hold."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    paths: tuple[Path, ...]
    labels: tuple[Label, ...]


def lay_out(levels: Mapping[str, Level], sizes: Mapping[str, tuple[float, float]]) -> Layout:
    """Lay out what ``fold`` gave. ``sizes`` are width and height of each closed box, and for an open group the least
    width of its frame, by identity."""
    block = _lay_out_level("", levels, sizes)
    return Layout(block.width, block.height, tuple(block.boxes), tuple(block.paths), tuple(block.labels))


@dataclass(frozen=True)
class _Port:
    """Where a tensor crosses the border of an open group."""

    tensor: Key
    enters: bool


@dataclass(frozen=True)
class _Span:
    """How high something is, and its row."""

    row_top: float
    top: float
    bottom: float
    row_bottom: float


@dataclass
class _Block:
    """A level laid out from (0, 0) on."""

    width: float
    height: float
    boxes: list[Box] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    enters: dict[Key, float] = field(default_factory=dict)
    """Where each tensor that comes from outside crosses the upper side, from the middle; ``leaves``, the lower."""
    leaves: dict[Key, float] = field(default_factory=dict)

    def take(self, other: _Block, x: float, y: float) -> None:
        """Put another block into this one, with its corner at (x, y)."""
        self.boxes += [replace(box, x=box.x + x, y=box.y + y) for box in other.boxes]
        self.labels += [replace(label, x=label.x + x, y=label.y + y) for label in other.labels]
        self.paths += [Path(tuple((a + x, b + y) for a, b in path.points), path.arrow) for path in other.paths]


def _lay_out_level(identity: str, levels: Mapping[str, Level], sizes: Mapping[str, tuple[float, float]]) -> _Block:
    level = levels[identity]
    inner = {
        item.identity: _lay_out_level(item.identity, levels, sizes) for item in level.items if item.identity in levels
    }
    measures: dict[Key, tuple[float, float]] = {
        item.identity: (inner[item.identity].width, inner[item.identity].height)
        if item.identity in inner
        else sizes[item.identity]
        for item in level.items
    }
    links, ports = _link(level, inner)
    measures |= {port: (_PORT, _HEADER if port.enters else 0.0) for port in ports}
    first: list[Key] = [port for port in ports if port.enters]
    first = first or [item.identity for item in level.items if item.kind == "input"]
    shapes = _find_shapes(level, inner)
    room = {key: max(width, _room_for(shapes.get(key, ()))) for key, (width, _) in measures.items()}
    rows = arrange(room, first, [port for port in ports if not port.enters], links, _GAP)
    left = min(middle - room.get(key, 0.0) / 2 for key, middle in rows.middles.items())
    right = max(
        middle + max(room.get(key, 0.0) / 2, _reach(shapes.get(key, ()))) for key, middle in rows.middles.items()
    )
    width = max(right - left + 2 * _PADDING, sizes[identity][0] if identity else 0.0)
    middles = {key: middle + (width - left - right) / 2 for key, middle in rows.middles.items()}
    spans, height = _stack(rows.rows, measures, framed=bool(identity))
    block = _Block(width, height)
    _draw_boxes(block, middles, spans, measures, inner)
    _draw_lines(block, rows.steps, middles, spans, inner)
    for source, made in shapes.items():
        for number, shape in enumerate(made):
            y = spans[source].bottom + _LABEL_DROP + number * _LABEL_HEIGHT
            block.labels.append(Label(middles[source] + _LABEL_SHIFT, y, shape))
    return block


def _link(level: Level, inner: Mapping[str, _Block]) -> tuple[list[Link], list[_Port]]:
    """The lines of a level, and the places where tensors cross its border."""
    links: list[Link] = []
    ports: dict[_Port, None] = {}
    for wire in level.wires:
        source: Key = wire.source or _Port(wire.tensor, enters=True)
        target: Key = wire.target or _Port(wire.tensor, enters=False)
        ports |= dict.fromkeys(port for port in (source, target) if isinstance(port, _Port))
        leaves = inner[wire.source].leaves[wire.tensor] if wire.source in inner else 0.0
        enters = inner[wire.target].enters[wire.tensor] if wire.target in inner else 0.0
        links.append(Link(wire.tensor, source, target, leaves, enters))
    return links, list(ports)


def _find_shapes(level: Level, inner: Mapping[str, _Block]) -> dict[Key, list[Shape]]:
    """What each closed box makes: a shape once, however many tensors have it."""
    shapes: dict[Key, list[Shape]] = {}
    for wire in level.wires:
        if wire.source and wire.source not in inner:
            made = shapes.setdefault(wire.source, [])
            if wire.shape not in made:
                made.append(wire.shape)
    return shapes


def _room_for(shapes: Sequence[Shape]) -> float:
    """The width with which a box keeps a line that passes it off the shapes below it."""
    return max(0.0, 2 * (_reach(shapes) - _GAP))


def _reach(shapes: Sequence[Shape]) -> float:
    """How far shapes stand out to the right of the line that they are written beside."""
    return max((len(str(shape)) * _SIGN + _LABEL_SHIFT for shape in shapes), default=0.0)


def _stack(
    rows: Sequence[Sequence[Key]], measures: Mapping[Key, tuple[float, float]], *, framed: bool
) -> tuple[dict[Key, _Span], float]:
    """Where each box and line stands in its row, and the height of all rows. A frame has its name above the first."""
    spans: dict[Key, _Span] = {}
    y = bottom = _PADDING
    for number, row in enumerate(rows):
        is_border = framed and isinstance(row[0], _Port)
        if framed and number == 0:
            y = 0.0 if is_border else _HEADER
        high = max(measures[key][1] if key in measures else 0.0 for key in row)
        bottom = y + high
        for key in row:
            own = high if isinstance(key, Lane) else measures[key][1]
            spans[key] = _Span(y, y + (high - own) / 2, y + (high + own) / 2, bottom)
        y = bottom + (_CURVE if is_border else _STRAIGHT + _CURVE)
    ends_at_border = framed and bool(rows) and isinstance(rows[-1][0], _Port)
    return spans, bottom if ends_at_border else bottom + _PADDING


def _draw_boxes(
    block: _Block,
    middles: Mapping[Key, float],
    spans: Mapping[Key, _Span],
    measures: Mapping[Key, tuple[float, float]],
    inner: Mapping[str, _Block],
) -> None:
    for key, middle in middles.items():
        if isinstance(key, _Port):
            (block.enters if key.enters else block.leaves)[key.tensor] = middle - block.width / 2
        elif isinstance(key, str):
            wide, high = measures[key]
            block.boxes.append(Box(key, middle - wide / 2, spans[key].top, wide, high, key in inner))
            if key in inner:
                block.take(inner[key], middle - wide / 2, spans[key].top)


def _draw_lines(
    block: _Block,
    steps: Sequence[Step],
    middles: Mapping[Key, float],
    spans: Mapping[Key, _Span],
    inner: Mapping[str, _Block],
) -> None:
    for step in steps:
        begin, end = middles[step.upper] + step.leaves, middles[step.lower] + step.enters
        upper, lower = spans[step.upper], spans[step.lower]
        start = upper.top if isinstance(step.upper, _Port) else upper.bottom
        bend = upper.row_bottom + (0.0 if isinstance(step.upper, _Port) else _STRAIGHT)
        finish = lower.bottom if isinstance(step.lower, Lane) else lower.top
        points = ((begin, start), (begin, bend), (end, lower.row_top), (end, finish))
        block.paths.append(Path(points, isinstance(step.lower, str) and step.lower not in inner))

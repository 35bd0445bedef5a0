"""The picture of a network: choose a box, open a module, take it away as a file. Knows not where the graph is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.graph.folding import all_groups, count_lines, count_shown, is_readable, list_shown, open_by_default
from pages.shared import graph_picture, text
from pages.shared.graph_svg import draw_svg, name_of, title_of
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.model.graph.nodes import GraphNode, Line, NetworkGraph

say = text.page("graph")

_HEIGHT = 640
_HEIGHT_ABOVE = 460


def draw(graph: NetworkGraph, where: str, identity: str, *, file_name: str, beside: bool = True) -> None:
    """Draw the graph with its controls, and ``beside`` it, or below it, what is known of the chosen box.

    ``where`` begins the keys of its widgets; with another ``identity`` the picture begins anew.
    """
    st.caption(say("sentence"))
    if graph.with_numbers:
        st.info(say("numbers", count=graph.nodes[0].outputs[0][0]), icon=":material/looks_one:")
    if not all(node.finished for node in graph.nodes):
        st.warning(say("ends"), icon=":material/warning:")
    view = View(graph, where, identity)
    if not is_readable(graph, view.opened):
        st.info(say("too_many", **view.count(view.opened)), icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _pick_node(view)
        _draw_buttons(view)
        st.download_button(
            say("download"),
            lambda: draw_svg(graph, view.opened, style=graph_picture.light_style()),
            f"{file_name}.svg",
            "image/svg+xml",
            icon=":material/download:",
            help=say("download_help"),
            key=f"{where}_graph_file",
            on_click="ignore",
        )
    refusal = view.take_refusal()
    if refusal:
        st.warning(refusal, icon=":material/warning:")
    picture, panel = st.columns([5, 3], gap="medium") if beside else (st.container(), st.container())
    with picture:
        graph_picture.draw(
            draw_svg(graph, view.opened, chosen.identity if chosen else None),
            key=f"{where}_graph",
            label=say("alt"),
            height=_HEIGHT if beside else _HEIGHT_ABOVE,
            on_choose=view.choose,
            on_toggle=view.toggle,
        )
    with panel:
        if chosen:
            _draw_node(view, chosen)
        else:
            st.info(say("choose"), icon=":material/ads_click:")


class View:
    """Which groups are open and which box is chosen, as the visitor left it."""

    def __init__(self, graph: NetworkGraph, where: str, identity: str) -> None:
        self.graph, self.identity = graph, identity
        self.node_key, self._open_key, self._refusal_key = (
            f"{where}_graph_{name}" for name in ("node", "open", "refusal")
        )
        of, opened = st.session_state.get(self._open_key, (None, None))
        self.opened: frozenset[str] = opened if of == identity else open_by_default(graph)

    def take_refusal(self) -> str:
        """Why the last click opened nothing; said once."""
        return str(st.session_state.pop(self._refusal_key, ""))

    def choose(self, identity: str) -> None:
        """Choose the box of that identity, where there is one."""
        if self.graph.find(identity):
            st.session_state[self.node_key] = identity

    def toggle(self, identity: str) -> None:
        """Open the group of that identity, or close it."""
        if identity not in all_groups(self.graph):
            return
        self.choose(identity)
        wanted = self.opened ^ {identity}
        if is_readable(self.graph, wanted):
            self.keep(wanted)
        else:
            name = text.plain(identity)
            st.session_state[self._refusal_key] = say("too_many_here", name=name, **self.count(wanted))

    def count(self, opened: frozenset[str]) -> dict[str, str]:
        """How many boxes and lines there are with these groups open, in words."""
        return {
            "boxes": text.number(count_shown(self.graph, opened)),
            "lines": text.number(count_lines(self.graph, opened)),
        }

    def keep(self, opened: frozenset[str]) -> None:
        """Have these groups open from now on."""
        st.session_state[self._open_key] = (self.identity, opened)


def _pick_node(view: View) -> GraphNode | None:
    shown = {node.identity: node for node in list_shown(view.graph, view.opened)}
    if st.session_state.get(view.node_key) not in shown:
        st.session_state[view.node_key] = None
    identity = st.selectbox(
        say("node"),
        list(shown),
        index=None,
        format_func=lambda identity: title_of(shown[identity]),
        placeholder=say("node_none"),
        help=say("node_help"),
        key=view.node_key,
        width=320,
    )
    return shown[identity] if identity else None


def _draw_buttons(view: View) -> None:
    groups = all_groups(view.graph)
    if not groups:
        return
    too_many = not is_readable(view.graph, groups)
    st.button(
        say("open_all"),
        icon=":material/unfold_more:",
        help=say("too_many_open", **view.count(groups)) if too_many else say("open_all_help"),
        disabled=too_many or view.opened == groups,
        key=f"{view.node_key}_open_all",
        on_click=view.keep,
        args=(groups,),
    )
    st.button(
        say("close_all"),
        icon=":material/unfold_less:",
        help=say("close_all_help"),
        disabled=not view.opened,
        key=f"{view.node_key}_close_all",
        on_click=view.keep,
        args=(frozenset(),),
    )


def _draw_node(view: View, node: GraphNode) -> None:
    st.markdown(f"#### {text.plain(title_of(node))}")
    if node.kind in ("layer", "unused"):
        st.code(node.code, language="python", wrap_lines=True)
    elif node.kind == "group":
        _draw_group(view, node)
    else:
        st.caption(say(f"kind_{node.kind}"))
    if node.kind == "unused":
        st.caption(say("kind_unused"))
    if not node.is_registered:
        st.caption(say("kind_ghost"))
    if node.inputs or node.outputs:
        before, after = (_in_words(shapes) for shapes in (node.inputs, node.outputs))
        st.markdown(say("shapes", before=before, after=after))
    for note in ("failed",) * (not node.finished) + ("in_place",) * node.in_place + ("call",) * (node.call > 1):
        st.caption(say(note, call=node.call))
    if node.weights:
        count = text.number(sum(weight.count for weight in node.weights))
        st.markdown(say("weights_total", count=count, arithmetic=node.parameter_arithmetic))
        _draw_weights(node)
    if node.flops:
        st.markdown(say("flops_total", count=text.number(node.flops), arithmetic=node.flop_arithmetic))
    if node.line:
        _draw_line(node.line)


def _draw_group(view: View, node: GraphNode) -> None:
    inside = view.graph.inside(node.identity)
    numbers = {
        "parameters": text.number(sum(item.parameters for item in inside)),
        "flops": text.number(sum(item.flops for item in inside)),
    }
    st.markdown(say("kind_group", count=len(inside), **numbers))
    is_open = node.identity in view.opened
    st.button(
        say("close" if is_open else "open", name=text.plain(name_of(node))),
        icon=":material/unfold_less:" if is_open else ":material/unfold_more:",
        key=f"{view.node_key}_toggle",
        on_click=view.toggle,
        args=(node.identity,),
    )


def _draw_weights(node: GraphNode) -> None:
    st.table(
        {
            say("weight"): [text.plain(weight.name) for weight in node.weights],
            say("shape"): [text.plain(str(weight.shape)) for weight in node.weights],
        },
        border="horizontal",
        hide_index=True,
        alt=say("weights_alt"),
    )


def _draw_line(line: Line) -> None:
    values = {"file": line.file, "number": line.number, "function": line.function}
    st.markdown(say("line_file" if line.file else "line_own", **values))
    st.code(line.text, language="python", wrap_lines=True)


def _in_words(shapes: tuple[tuple[int, ...], ...]) -> str:
    return ", ".join(shape_text(shape) for shape in dict.fromkeys(shapes)) or say("no_shape")

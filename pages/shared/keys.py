"""Keys for widgets that show what others can change too: a button beside them, or another tab. Knows no page."""

from __future__ import annotations

import streamlit as st


def fresh(name: str, shown: object) -> str:
    """A key that begins with ``name`` and is a new one whenever ``shown`` is not what it was the last time.

    With every click, a browser sends what all of its widgets hold. Under one lasting key, a value that was overtaken
    on its way would count as a choice and undo the newer change; under its own key, it counts for nothing.
    """
    memory = f"{name}_shown"
    last, number = st.session_state.get(memory, (None, 0))
    if shown != last:
        number += 1
        st.session_state[memory] = (shown, number)
    return f"{name}_{number}"

"""A digit, and what augmentation makes of it, drawn before it is used. Knows nothing of runs."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from netcore.training.config import TrainingConfig
from pages.shared import engine, text

say = text.page("training")


def draw(place: DeltaGenerator, config: TrainingConfig) -> None:
    """Draw one digit and eight augmented ones beside it; a sentence where the digits are left as they are."""
    with place:
        if not (config.shift or config.rotation):
            st.caption(say("augmentation_none"))
            return
        original, augmented = engine.augmented(config.shift, config.rotation, config.seed)
        with st.container(horizontal=True, gap="small"):
            st.image(original, alt=say("augmentation_original"), width=original.width)
            st.image(augmented, alt=say("augmentation_alt"), width=augmented.width)
        st.caption(say("augmentation_does"))

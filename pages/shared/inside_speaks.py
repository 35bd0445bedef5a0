"""Which pixels speak for a class, drawn over the digit. Knows the results, not the method's mathematics."""

from __future__ import annotations

import streamlit as st

from pages.shared import engine, heat, insight, text
from pages.shared.sample import Sample

say = text.page("inside")

_TARGET, _SUBJECT = "inside_target", "inside_target_subject"
_SIDE = 280


def draw(network: engine.Network, sample: Sample) -> None:
    """The choice of a class, then gradient times input and Grad-CAM for it, side by side."""
    answer = engine.forward(network, [sample])
    classes = range(len(answer.logits[0]))
    subject = f"{engine.identity_of(network)} {network.mode} {sample.pixels}"
    if st.session_state.get(_SUBJECT) != subject or st.session_state.get(_TARGET) not in classes:
        st.session_state[_SUBJECT], st.session_state[_TARGET] = subject, answer.predictions[0]
    target = st.segmented_control(
        say("target"),
        classes,
        format_func=str,
        required=True,
        help=say("target_help"),
        key=_TARGET,
    )
    target = answer.predictions[0] if target is None else target
    found = insight.attribution_of(network, sample, target)
    st.markdown(say("target_logit", target=target, logit=text.number(found.logit), prediction=answer.predictions[0]))
    left, right = st.columns(2)
    with left:
        st.markdown(say("saliency"))
        if found.saliency:
            picture = heat.lay_over(sample.pixels, found.saliency.values[0], _SIDE)
            st.image(picture, alt=say("saliency_alt", target=target), output_format="PNG")
            st.caption(say("saliency_help"))
        else:
            st.info(say("no_gradient"), icon=":material/info:")
    with right:
        st.markdown(say("camera"))
        camera = found.class_activation
        if camera and camera.map.values.any():
            picture = heat.lay_over(sample.pixels, camera.map.values[0], _SIDE)
            st.image(picture, alt=say("camera_alt", target=target), output_format="PNG")
            size = f"{camera.map.height} x {camera.map.width}"
            st.caption(say("camera_help", layer=text.layer(camera.layer), size=size))
        elif camera:
            st.info(say("camera_nothing", target=target), icon=":material/info:")
        else:
            st.info(say("camera_none"), icon=":material/info:")

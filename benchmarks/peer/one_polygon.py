"""The plainest page with a map: one polygon in st.pydeck_chart, nothing else. The overview is timed against it."""

import pydeck as pdk
import streamlit as st

SQUARE = [[109.40, 29.90], [109.60, 29.90], [109.60, 30.10], [109.40, 30.10]]

st.pydeck_chart(
    pdk.Deck(
        [pdk.Layer("PolygonLayer", [{"ring": SQUARE}], id="one", get_polygon="ring", get_fill_color=[54, 144, 192])],
        initial_view_state=pdk.ViewState(longitude=109.5, latitude=30.0, zoom=9),
        map_provider=None,
    )
)

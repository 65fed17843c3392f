"""The plain way to show a rate by grid: geopandas merge, folium.Choropleth and st_folium, all of it on every rerun.

Outlines are read once and cached, as anybody would; the numbers of the period are read and merged each time.
"""

import os

import folium
import geopandas as gpd
import pandas as pd
import streamlit as st
from sqlalchemy import create_engine, text
from streamlit_folium import st_folium

ENGINE = create_engine(os.environ["WANGGE_DATABASE"])


@st.cache_data
def outlines() -> gpd.GeoDataFrame:
    """One row per grid: area_id, area_name, geometry."""
    query = text(
        "select a.area_id, a.area_name, s.geom from area a join area_shape s on s.area_id = a.area_id "
        "where a.level = 'grid' and not s.is_void"
    )
    rows = pd.read_sql(query, ENGINE)
    return gpd.GeoDataFrame(rows.drop(columns="geom"), geometry=gpd.GeoSeries.from_wkb(rows["geom"]), crs=4490)


period = st.query_params.get("period", "2020")
grids = outlines()
facts = pd.read_sql(
    text("select area_id, numerator, denominator from fact where indicator = 'VIS-01' and period = :period"),
    ENGINE, params={"period": period},
)  # fmt: skip
merged = grids.merge(facts, on="area_id", how="left")
merged["rate"] = 100 * merged["numerator"] / merged["denominator"]
west, south, east, north = merged.total_bounds
drawing = folium.Map(location=[(south + north) / 2, (west + east) / 2], tiles=None, zoom_start=8)
folium.Choropleth(
    geo_data=merged.to_json(), data=merged, columns=["area_id", "rate"], key_on="feature.properties.area_id",
    fill_color="PuBu", nan_fill_color="#d9d9d9", legend_name="VIS-01",
).add_to(drawing)  # fmt: skip
st_folium(drawing, use_container_width=True, height=600, returned_objects=[])
st.dataframe(merged.drop(columns="geometry"), hide_index=True)

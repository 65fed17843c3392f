"""`python -m benchmarks.peer.plain_visits CSV GRIDS DATABASE`: the plain way, which checks nothing and refuses nobody.

pandas.read_csv, geopandas.sjoin with the grids, DataFrame.to_sql; then visits and visits met by grid and month, put
into a table as well. Prints nothing.
"""

import sys

import geopandas as gpd
import pandas as pd
from sqlalchemy import create_engine


def main(ledger: str, layer: str, database: str) -> None:
    visits = pd.read_csv(ledger, parse_dates=["走访日期"])
    grids = gpd.read_file(layer)
    points = gpd.points_from_xy(visits["经度"], visits["纬度"], crs="EPSG:4490")
    found = gpd.sjoin(gpd.GeoDataFrame(visits, geometry=points), grids, how="left", predicate="within")
    rows = pd.DataFrame(found.drop(columns=["geometry", "index_right"]))
    month = rows["走访日期"].dt.strftime("%Y-%m")
    sums = (rows["走访结果"] == "见面").groupby([rows["grid_id"], month.rename("month")]).agg(met="sum", calls="size")
    engine = create_engine(database)
    with engine.begin() as conn:
        rows.to_sql("visit", conn, index=False)
        sums.reset_index().to_sql("visits_by_month", conn, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The one column type for geometry: PostGIS `geometry(GEOMETRY, 4490)` on PostgreSQL, WKB bytes on SQLite.

A value is WKB in bytes on the way in and on the way out, on both engines, so frames are made with `shapely.from_wkb`.
GeoAlchemy2 gives the DDL and the reflection; its SQL functions are left out, because SQLite has none of them.
"""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

STORE_SRID = 4490
STORE_CRS = f"EPSG:{STORE_SRID}"
"""CGCS2000 longitude and latitude in degrees: everything in the store is kept in it."""


def _geometry() -> Geometry:
    # spatial_index off: GeoAlchemy2 would write the index a second time beside the migration's.
    return Geometry(geometry_type="GEOMETRY", srid=STORE_SRID, spatial_index=False)


class Shape(TypeDecorator[bytes]):
    """Geometry in EPSG:4490 as WKB bytes; None where there is none."""

    impl = Geometry
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(geometry_type="GEOMETRY", srid=STORE_SRID, spatial_index=False)

    def load_dialect_impl(self, dialect: Any) -> Any:
        # GeoAlchemy2 also asks without a dialect; Geometry is the answer it can use.
        if dialect is None:
            return _geometry()
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_geometry())
        return dialect.type_descriptor(LargeBinary())

    def bind_expression(self, bindvalue: Any) -> Any:
        return bindvalue

    def column_expression(self, column: Any) -> Any:
        return column

    def bind_processor(self, dialect: Any) -> Any:
        if dialect.name != "postgresql":
            return lambda value: None if value is None else bytes(value)
        # PostGIS reads hex EWKB; the SRID stands in front of it.
        return lambda value: None if value is None else _hex_ewkb(bytes(value))

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        if dialect.name != "postgresql":
            return lambda value: None if value is None else bytes(value)
        return lambda value: None if value is None else _plain_wkb(value)


def _hex_ewkb(wkb: bytes) -> str:
    order = "little" if wkb[0] == 1 else "big"
    kind = int.from_bytes(wkb[1:5], order) | 0x20000000  # type: ignore[arg-type]
    head = wkb[:1] + kind.to_bytes(4, order) + STORE_SRID.to_bytes(4, order)  # type: ignore[arg-type]
    return (head + wkb[5:]).hex()


def _plain_wkb(value: str | bytes) -> bytes:
    ewkb = bytes.fromhex(value) if isinstance(value, str) else bytes(value)
    order = "little" if ewkb[0] == 1 else "big"
    kind = int.from_bytes(ewkb[1:5], order)  # type: ignore[arg-type]
    if not kind & 0x20000000:
        return ewkb
    return ewkb[:1] + (kind & ~0x20000000).to_bytes(4, order) + ewkb[9:]  # type: ignore[arg-type]

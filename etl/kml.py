"""KML and KMZ (谷歌地球图层) → raw sheets: one per folder, a row per placemark with its attributes and shape.

Read by ourselves: GDAL gives only name and description. A document type is refused, so no entity is ever expanded, and
links to other files are not followed. Coordinates are WGS-84 by definition of the format.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from etl.files import check_zip, damaged

Element = ElementTree.Element
Placemark = tuple[dict[str, Any], bytes | None]


def read_kml(path: Path) -> dict[str, list[Placemark]]:
    """Folder → its placemarks as (attributes, WKB). Raises LoadError for what is no KML."""
    content = path.read_bytes()
    if path.suffix.lower() == ".kmz":
        check_zip(path)
        with zipfile.ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if name.lower().endswith(".kml")]
            if not inside:
                raise damaged(path.name)
            content = archive.read("doc.kml" if "doc.kml" in inside else inside[0])
    root = _parsed(content, path.name)
    if _tag(root) != "kml":
        raise damaged(path.name)
    folders: dict[str, list[Placemark]] = {}
    for folder, placemark in _placemarks(root, ""):
        folders.setdefault(folder, []).append((_attributes(placemark), _shape(placemark)))
    return folders


def _parsed(content: bytes, name: str) -> Element:
    try:
        return fromstring(content, forbid_dtd=True)  # type: ignore[no-any-return]
    except (DefusedXmlException, ElementTree.ParseError, ValueError) as error:
        raise damaged(name) from error


def _tag(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _children(element: Element, tag: str) -> list[Element]:
    return [child for child in element if _tag(child) == tag]


def _text(element: Element, tag: str) -> str | None:
    found = _children(element, tag)
    text = (found[0].text or "").strip() if found else ""
    return text or None


def _placemarks(element: Element, folder: str) -> Iterator[tuple[str, Element]]:
    for child in element:
        if _tag(child) == "Placemark":
            yield folder, child
        elif _tag(child) in ("Document", "Folder"):
            yield from _placemarks(child, _text(child, "name") or folder)


def _attributes(placemark: Element) -> dict[str, Any]:
    cells: dict[str, Any] = {"name": _text(placemark, "name"), "description": _text(placemark, "description")}
    for extended in _children(placemark, "ExtendedData"):
        for data in _children(extended, "Data"):
            cells[data.get("name", "")] = _text(data, "value")
        for schema in _children(extended, "SchemaData"):
            for data in _children(schema, "SimpleData"):
                cells[data.get("name", "")] = (data.text or "").strip() or None
    return cells


def _shape(placemark: Element) -> bytes | None:
    shapes = [shape for child in placemark for shape in _shapes(child)]
    if not shapes:
        return None
    if len(shapes) == 1:
        return bytes(shapely.to_wkb(shapes[0]))
    kinds = {shape.geom_type for shape in shapes}
    many = {"Polygon": shapely.multipolygons, "LineString": shapely.multilinestrings, "Point": shapely.multipoints}
    make = many.get(kinds.pop(), shapely.geometrycollections) if len(kinds) == 1 else shapely.geometrycollections
    return bytes(shapely.to_wkb(make(shapes)))


def _shapes(element: Element) -> list[Any]:
    tag = _tag(element)
    if tag == "Point":
        return [shapely.points(point) for point in _coordinates(element)[:1]]
    if tag in ("LineString", "LinearRing"):
        return [shapely.linestrings(_coordinates(element))]
    if tag == "Polygon":
        rings = {name: [_coordinates(ring) for edge in _children(element, name) for ring in edge] for name in _EDGES}
        outer, inner = (rings[name] for name in _EDGES)
        return [shapely.Polygon(outer[0], inner)] if outer else []
    return [shape for child in element for shape in _shapes(child)] if tag == "MultiGeometry" else []


_EDGES = ("outerBoundaryIs", "innerBoundaryIs")


def _coordinates(element: Element) -> list[tuple[float, float]]:
    points = []
    for part in (_text(element, "coordinates") or "").split():
        lon, lat, *_ = part.split(",")
        points.append((float(lon), float(lat)))
    return points

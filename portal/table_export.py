"""A table of a page as a file (表格导出): what is on screen, read for this viewer, with the mark of every export."""

from collections.abc import Mapping

import pandas as pd

from portal import exports, reads, rules
from portal.identity import NotAllowedError, Viewer
from portal.watermark import Mark

KINDS = exports.KINDS


def may_export(viewer: Viewer, page: str) -> bool:
    """Whether a role has the tables of a page as files."""
    return viewer.role in rules.EXPORTS[page]


def table_file(
    viewer: Viewer,
    page: str,
    code: str,
    title: str,
    rows: pd.DataFrame,
    heads: Mapping[str, str],
    mark: Mark,
    kind: str,
) -> bytes:
    """The rows of a page about an area as a file of a kind; heads : column → its heading, in their order.

    Raises NotAllowedError for a role without this export and for an area outside the viewer's own.
    """
    if not may_export(viewer, page) or reads.area(viewer, code) is None:
        raise NotAllowedError("您的身份不能导出这张表。", "Your role may not export this table.")
    cells = rows[list(heads)].astype(object)
    lines = cells.where(cells.notna(), None).to_numpy().tolist()
    names = list(heads.values())
    return exports.as_csv(names, lines, mark) if kind == "csv" else exports.as_xlsx(title, names, lines, mark)

"""Official counts beside what the ledgers hold, for data stewards (官方数)."""

from data.expected import Expected, Missing
from data.expected import expected_totals as totals_of
from data.settings import settings
from portal import reads
from portal.identity import Viewer
from portal.snapshot import current

__all__ = ["Expected", "Missing", "expected_totals"]


def expected_totals(viewer: Viewer) -> list[Expected]:
    """Every official count of an area within the viewer's own. Raises NotAllowedError for others than stewards."""
    if viewer.role != "steward":
        raise reads.NotAllowedError("只有数据员可以查看官方数。", "Only a data steward may see these counts.")
    snapshot = current()
    found: list[Expected] = snapshot.keep(
        "expected", lambda: snapshot.read(lambda conn: totals_of(conn, settings().edition))
    )
    return [total for total in found if reads.area(viewer, total.area_code) is not None]

"""What a downloaded file says of itself (导出水印): who made it and when, of which area, from which data.

An account stands as the administrators know it, in the demo the role does; never a number of a person.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from data import terms
from data.audit import holds_personal_number
from portal import accounts, reads
from portal.identity import Viewer
from portal.words import CHINA, day, lang, t


@dataclass(frozen=True)
class Mark:
    """Who downloads what: `data_on` None before the first load; `areas` are names; `language` is the reader's."""

    by: str
    areas: tuple[str, ...]
    data_on: date | None
    is_sample: bool
    language: str = "zh"

    def lines(self, now: datetime | None = None) -> list[tuple[str, str]]:
        """What stands in the file, as pairs of a heading and a text; `now` is when it is made.

        >>> mark = Mark("zhao", ("宣恩县",), date(2020, 12, 31), True)
        >>> for heading, text in mark.lines(datetime(2026, 11, 25, 1, 30, tzinfo=UTC)):
        ...     print(heading, text)
        导出人 zhao
        导出时间 2026-11-25 09:30 UTC+8
        区域 宣恩县
        数据截至 2020年12月31日
        数据性质 示例数据，非真实
        """
        at = f"{(now or datetime.now(UTC)).astimezone(CHINA):%Y-%m-%d %H:%M} UTC+8"
        joint = self._t("、", "; ")
        found = [
            (self._t("导出人", "Exported by"), self.by),
            (self._t("导出时间", "Exported at"), at),
            (self._t("区域", "Area"), joint.join(self.areas)),
            (self._t("数据截至", "Data as of"), day(self.data_on, self.language)),
        ]
        if self.is_sample:
            found.append((self._t("数据性质", "Kind of data"), self._t("示例数据，非真实", "invented sample data")))
        return found

    def _t(self, zh: str, en: str) -> str:
        return t(zh, en, self.language)


def mark_of(viewer: Viewer) -> Mark:
    """The mark of what a viewer downloads now.

    An account's subject that holds a number of a person, and one that is gone, is written by the account's number.
    """
    name = accounts.subject_of(viewer)
    if holds_personal_number(name):
        name = ""
    demo = t("演示", "demo") + " · " + terms.ROLES.label(viewer.role, lang())
    status = reads.status(viewer)
    areas = tuple(reads.full_name(own) for own in reads.own_areas(viewer))
    return Mark(name or (viewer.actor if viewer.who else demo), areas, status.data_on, status.is_sample, lang())

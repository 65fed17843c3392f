"""The data-protection note (数据保护说明) as Markdown: each field, its purpose, who sees it, how long it is kept.

Written from the schema and retention.toml, so that it cannot say anything else than what the program does:
`python -m data.protection_note` writes docs/data-protection.md.
"""

from pathlib import Path

from sqlalchemy import Column, Table

from data import schema
from data.retention import FACT_YEARS, VOID_DAYS, Rule, rules

PATH = Path(__file__).parent.parent / "docs" / "data-protection.md"

_HEAD = f"""# 数据保护说明 Data protection

本页由程序按数据表和保存规则写出(`python -m data.protection_note`),说的就是程序做的。
Written by the program from its tables and rules, so it says what the program does.

## 原则 Principles

- **不存**居民姓名、证件号、电话、住址门牌以外的身份信息、宗教、血型、生日;台账里有这些列也不读。
  No resident's name, identity number, phone, religion, blood type or birthday is stored; columns that hold them
  are not read.
- **不存**纠纷和建议的叙述文字,也不存当事人;被拒的行里像证件号、电话的内容先遮盖再保存。
  No narrative of a dispute or suggestion is stored, and no party; what looks like an identity number or phone
  in a refused row is masked first.
- 岗位和走访人用代号;党员个人的计分、奖惩不在本系统的表里。
  Posts and callers are pseudonyms; scores of single party members are in none of these tables.
- 法律依据是履行法定职责,范围以职责为限(个人信息保护法 第十三条);不向公众提供逐人逐户的数据。
  The basis is statutory duty, and no further than it goes (PIPL art. 13); nothing about one person or home is
  given to the public.
- 小数隐藏:公开合计中小于 5 的数、敏感类别中小于 10 的数不显示,也推算不出来。
  Small numbers are hidden: below 5 in public sums, below 10 for sensitive kinds, and nobody can work them out.
- 每个导出文件都写明导出人、时间、区域、数据日期和是否示例数据:CSV 在最后一行(以 `#` 开头,
  读取时可用 `comment="#"` 略过),Excel 在“导出说明”工作表、文件属性和打印页眉。
  导出人写账户标识;标识像证件号或电话时写账户编号。
  Every file that is downloaded says who made it and when, of which area, as of which day, and whether the data are
  invented: a CSV in its last line (it begins with `#`; read with `comment="#"`), a workbook in a second sheet, its
  properties and its print header. An account is written by its subject, or by its number where the subject looks like
  a number of a person.

## 谁能看 Who sees what

| 细度 detail | 能看到 sees |
|---|---|
| public 公开 | 区域合计,小数隐藏 sums by area, small numbers hidden |
| internal 内部 | 到网格的合计;楼栋只见状态和负责人岗位 sums down to grids; of a building its state and who answers |
| buildings 楼栋 | 每栋楼的户数和案件数 counts of each building |
| households 住户 | 自己网格内的户和案件 households and cases of one's own grids |

## 保存多久 How long

- “随指标”:数据日期之前 {FACT_YEARS} 个自然年和当年;指标就是由这些行算出来的。
  "with the facts": the year of the data date and the {FACT_YEARS} calendar years before, because measures are
  computed from these rows.
- 数据员上传的文件载入后即删,没有载入的两天后、数据员再开“数据接入”时删;里面可能有姓名,只有服务的账户能读。
  What a steward uploads is deleted once loaded, else after two days when the intake is next opened; it may hold names
  and is for the service's own account alone.
- 撤回的行再保存 {VOID_DAYS} 天。Rows that were taken back are kept for {VOID_DAYS} days more.
- 到期清除 To purge: `python -m etl purge`(先看 look first: `--dry-run`)。
- 审计记录至少保存六个月,另有规则。Audit events are kept for at least six months, by a rule of their own.
"""

_GROUPS = {
    "places": "地点 Places", "organisation": "组织 Organisation", "work": "工作 Work", "facts": "指标 Facts",
    "provenance": "来源 Provenance", "access": "访问 Access",
}  # fmt: skip
_SEEN = {
    "public": "公开 public", "internal": "内部 internal", "buildings": "楼栋 buildings",
    "households": "住户 households", "admin": "管理员 admin",
}  # fmt: skip


def note() -> str:
    """The whole note."""
    parts = [_HEAD]
    for group, names in schema.GROUPS.items():
        parts.append(f"## {_GROUPS.get(group, group)}\n")
        parts += [_table_part(schema.metadata.tables[name], rules()[name]) for name in names]
    return "\n".join(parts)


def _table_part(table: Table, rule: Rule) -> str:
    lines = [
        f"### `{table.name}`",
        "",
        f"{rule.purpose_zh}。{rule.purpose_en[0].upper()}{rule.purpose_en[1:]}.",
        f"可见 seen from: **{_SEEN[rule.seen_by]}** · 保存 kept: {_kept(rule)}",
        "",
        "| 字段 field | 说明 meaning |",
        "|---|---|",
    ]
    lines += [f"| `{column.name}` | {_meaning(column, rule)} |" for column in table.columns]
    return "\n".join(lines) + "\n"


def _kept(rule: Rule) -> str:
    if rule.keep == "always":
        return "不限 no limit"
    what = "随指标 with the facts" if rule.keep == "facts" else f"{rule.keep} 天 days"
    return f"{what}(从 from `{rule.parent or rule.column}`)"


def _meaning(column: "Column[object]", rule: Rule) -> str:
    text = (column.comment or "").replace("|", "/")
    if rule.blank and rule.blank.column == column.name:
        text += (
            f";{rule.blank.days} 天后清空 emptied after {rule.blank.days} days: {rule.blank.why_zh} {rule.blank.why_en}"
        )
    return text or "—"


if __name__ == "__main__":
    PATH.write_text(note(), encoding="utf-8")

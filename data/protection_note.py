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
- 公开数按日发布(见下“公开数的发布”),不随每次装载变化。
  Public numbers are released by the day (see below), and do not change with each load.
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

## 公开数的发布 Releases of public numbers

大屏和其他离开办公室的数,来自某一天的**发布**:`WANGGE_RELEASE` 定为 daily(默认,每天第一次写入数据时)、weekly 或 manual;
`python -m etl release` 到日子就发布,`--now` 马上发布。没有装载的日子也要发布,
就让 cron 每天运行它(投递文件夹 `watch` 自己会发布)。
撤销和清理之后,已发布的数保留到下一次发布;区划被撤销的除外。要立即更正,用 `--now`。
What leaves the office comes from a dated release: daily by default, with the first write of a day; `python -m etl
release` makes one where it is time, `--now` at once; let cron run it daily where a day may bring no load. What
was released stays until the next release, after an undoing or a purge too, but for areas that are gone.

- **县以下**:人、户、走访、事项的数一律取整到 5(上级与其下各数会互相推出时,
  上级取与之相容的最近的 5 的倍数),比率由取整后的数算出;舍入后的分母不到 50,不给比率、颜色和名次,
  只写 n / d。所以看到的每个数可能是 5 个不同的数之一(写作 5 的是 3 个,更小的已隐藏),两次发布之间的变化至少有 5 种可能,
  或者不小于 5。物的数(党支部、楼栋、“1+6”配套)是准确的。
  Below the county every count of people, homes, visits and cases is rounded to 5 (an area that would give those
  in it away, to the nearest multiple of 5 that does not); the rate comes from
  the rounded numbers, and there is none, nor a colour or rank, below a rounded base of 50. Each count shown may
  be any of five (a 5 any of three, for smaller ones are hidden), and a change between two releases any of five
  or more, or it is 5 at least. Counts of things are exact.
- **全县合计**是准确的,但只在变化足够大时才变:分子、分母和两者之差与上次公开的相差不小于 k(5),且与以往任何一次公开的
  相差为 0 或不小于 k,才改;否则照旧。季、年是各月之和的,公开的也是公开的各月之和,合起来推不出被压住的变化。
  全县的数与下面各数相加过近、会推出其中一个时,同样取整。因此全县公开数可能比内部数少计各月不足 k 的变化。
  The county's totals are exact but change only by k or more: against what was shown last, and never to within k
  of anything shown before, in numerator, denominator and what is left between them. Where a quarter or year is
  the sum of its months, the one shown is the sum of the months shown. Where the county's number would narrow those
  below it, it is rounded as well.
- 小数隐藏照旧,按发布那天的数决定。Small numbers stay hidden, decided from the numbers of the release's day.
- **管不到的** What this does not cover:别处已经知道某个变化的人;物的数(k = 0);不小于 k 的变化;
  同一地方各月、各季的取整数合在一起缩小的范围;k 以内的变化在不同指标里先后公开;
  程序升级改变隐藏规则前后的两个画面。
  Who knows of a change from elsewhere; things, whose k is 0; changes of k or more; what the rounded months and
  quarters of one place narrow together; two indicators that count the same people and move on
  different days; two pictures before and after a change of the hiding rule itself.

## 敏感分类 Kinds that are sensitive

- 家庭纠纷、关爱户这类敏感类别,只在一个区域一期的总数不小于 20(2 k)时才分类显示,否则只有总数;
  分类时敏感类别与另一类一并隐藏,或在数不小、差也不小时一并显示。
  每个隐藏的数,对照同时看得到的所有总数、区域和统计期,仍有至少 10 的可能范围。
  A table by kinds is shown only where its total is 20 (2 k) or more, else the total alone. The sensitive kind is
  hidden with one other, or shown where neither it nor a difference of such numbers is small. Each hidden number
  keeps a range of 10 at least against all totals, areas and periods beside it.
- 一个显示的总数本身所说的(如“共 3 起”则每类不超过 3),不算。What a shown total alone says of a table that is not
  shown (three in all: no kind has more) is not covered.
- 各期“期末时点”的数只给内部,公开没有。Numbers as they stood at a period's end are internal; the public has none.

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

"""Texts that would run, break out or blank a page if one place forgot to make them safe, and a store full of them.

Each that runs counts up `top.__canary`, so a test sees it wherever it runs.
"""

from itertools import count

from sqlalchemy import Engine, String, Table, Text, select, update

from data import schema
from data.store import writing

RUN = "top.__canary=(top.__canary||0)+1"
STRINGS = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"${{{RUN}}}",
    f"`+({RUN})+`",
    f"\\`+({RUN})+\\`",
    f"\\`;{RUN};//",
    f"'+({RUN})+'",
    f'"+({RUN})+"',
    f"');{RUN};//",
    f'");{RUN};//',
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<iframe srcdoc='<script>{RUN}</script>'>",
    f"javascript:{RUN}",
    f"[x](javascript:{RUN})",
    f'![x](x"onerror="{RUN})',
    f'<a href="javascript:{RUN}" autofocus>x</a>',
    f"<body onload={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<details open ontoggle={RUN}>",
    f'"><img src=x onerror={RUN}>',
    f"'><img src=x onerror={RUN}>",
    f"--><img src=x onerror={RUN}>",
    f"]]><img src=x onerror={RUN}>",
    f"</textarea><img src=x onerror={RUN}>",
    f"</style><img src=x onerror={RUN}>",
    f"</title><img src=x onerror={RUN}>",
    f"<math><mtext><img src=x onerror={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"{{{{{RUN}}}}}",
    f"<%={RUN}%>",
    f"&lt;img src=x onerror={RUN}&gt;",
    f"&#60;img src=x onerror={RUN}&#62;",
    "合同价 ${金额",
    "}}}};{{{{",
    "\\",
    "`",
    "${",
    "\u2028",
    "\u202eabc",
    "a\x00b",
    "'; DROP TABLE area; --",
    '" OR 1=1 --',
    "=cmd|' /C calc'!A0",
    "%s%s%n",
    "../../../etc/passwd",
    "𠮷\ufeff",
]
KEYS = {
    "area_code.edition",
    "area_code.code",
    "fact.indicator",
    "fact.period",
    "fact.basis",
    "org_cover.target_kind",
    "post_target.target_kind",
    "building_grid.way",
    "area.relocation_basis",
    "batch_file.ledger_kind",
    "street.street_class",
    "account.detail",
    "screen_link.area_code",
    "screen_link.token_hash",
    "published_figure.period",
    "published_figure.metric",
    "published_figure.unit",
    "published_figure.qualifier",
}
"""Texts of ours, never a ledger's: the program writes them itself."""


def text_columns(table: Table) -> list[str]:
    """The columns of a table that hold what somebody typed."""
    return [
        column.name
        for column in table.columns
        if isinstance(column.type, String | Text)
        and not column.primary_key
        and not column.foreign_keys
        and not str(column.comment).startswith("a code of")
        and f"{table.name}.{column.name}" not in KEYS
        and column.name not in ("row_hash", "sha256", "category")
    ]


def plant(engine: Engine, turn: int = 0) -> set[tuple[str, str]]:
    """Put the strings into every text of every row; returns which string stands in which column.

    In a column with `n` rows the turns 0, 1, … bring n strings each that were not there yet, so that TURNS of them
    bring every string to every column of six rows or more.
    """
    reached: set[tuple[str, str]] = set()
    numbers = count()
    with writing(engine) as conn:
        for table in schema.metadata.sorted_tables:
            names, keys = text_columns(table), list(table.primary_key.columns)
            rows = conn.execute(select(*keys)).fetchall() if names else []
            for nth, row in enumerate(rows):
                here = [key == value for key, value in zip(keys, row, strict=True)]
                texts = {
                    name: STRINGS[(turn * len(rows) + nth + 7 * at) % len(STRINGS)] for at, name in enumerate(names)
                }
                reached |= {(f"{table.name}.{name}", text) for name, text in texts.items()}
                # A number at the end, because some columns hold no value twice.
                numbered = {name: f"{text}{next(numbers)}" for name, text in texts.items()}
                conn.execute(update(table).where(*here).values(numbered))
        # Headings and sheet names of a ledger are texts of somebody too.
        parts = ("column", "message_zh", "message_en")
        reason = {"code": "BAD_DATE", **{part: STRINGS[(turn + at) % len(STRINGS)] for at, part in enumerate(parts)}}
        cells = {f"{text}{nth}": f"{text}{nth}" for nth, text in enumerate(STRINGS)}
        conn.execute(update(schema.refused_row).values(reasons=[reason], cells=cells))
    return reached


TURNS = -(-len(STRINGS) // 6)

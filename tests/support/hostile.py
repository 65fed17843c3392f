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


def plant(engine: Engine, shift: int = 0) -> int:
    """Put the strings into every text of every row, each time the next one; returns how many texts there are."""
    numbers = count(shift)
    with writing(engine) as conn:
        for table in schema.metadata.sorted_tables:
            names, keys = text_columns(table), list(table.primary_key.columns)
            for row in conn.execute(select(*keys)).fetchall() if names else []:
                here = [key == value for key, value in zip(keys, row, strict=True)]
                conn.execute(update(table).where(*here).values({name: _next(next(numbers)) for name in names}))
        # Headings and sheet names of a ledger are texts of somebody too.
        reason = {"code": "BAD_DATE", **{part: _next(next(numbers)) for part in ("column", "message_zh", "message_en")}}
        cells = {_next(next(numbers)): _next(next(numbers)) for _ in STRINGS}
        conn.execute(update(schema.refused_row).values(reasons=[reason], cells=cells))
    return next(numbers) - shift


def _next(number: int) -> str:
    # A number at the end, because some columns hold no value twice.
    return f"{STRINGS[number % len(STRINGS)]}{number}"

"""The database role of the dashboard (应用角色, PostgreSQL): reads everything its areas allow, owns nothing.

The tables belong to the role that loads. The dashboard's own may read them, change accounts and screen links, and no
more; row-level security (migration 0004) holds for it because it is neither owner, superuser nor BYPASSRLS.
"""

from sqlalchemy import Connection, text

from data import schema
from data.errors import StoreError

CHANGED = ("account", "account_area", "screen_link")
"""Tables that people change from a page."""
UNSEEN = ("batch_change",)
"""Tables that no page reads: former rows, for undoing a load."""


def grant(conn: Connection, role: str) -> None:
    """Give an existing role what the dashboard needs. Raises StoreError for one that would go round the rules."""
    if conn.dialect.name != "postgresql":
        raise StoreError(
            "只有 PostgreSQL 才有数据库角色；SQLite 由文件权限保护。",
            "Only PostgreSQL has roles; a SQLite file is protected by the rights of its folder.",
        )
    found = conn.execute(
        text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :role"), {"role": role}
    ).scalar()
    is_owner = conn.execute(
        text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = :role"), {"role": role}
    ).scalar_one()
    if found is None or found or is_owner:
        raise StoreError(
            f"角色“{role}”不存在，或者是超级用户、BYPASSRLS 或表的所有者；请按 deploy/postgresql.md 新建一个普通角色。",
            f"The role {role!r} is not there, or is a superuser, BYPASSRLS or an owner of tables; "
            "make a plain one as deploy/postgresql.md says.",
        )
    name = conn.dialect.identifier_preparer.quote(role)
    tables = ", ".join([*(table for table in schema.metadata.tables if table not in UNSEEN), "alembic_version"])
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT ON {tables} TO {name}",
        f"GRANT INSERT, UPDATE, DELETE ON {', '.join(CHANGED)} TO {name}",
    ):
        conn.execute(text(statement))

"""The database role of the dashboard (应用角色, PostgreSQL): reads everything its areas allow, owns nothing.

The tables belong to the role that loads. The dashboard's own may read them, change accounts and screen links, add audit
events, and no more; row-level security (migration 0004) holds for it because it is neither owner, superuser nor
BYPASSRLS. Of the audit log it may add an event and move the head, so that the owner alone can alter or delete one.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text

from data import audit_store, schema, store
from data.errors import StoreError

CHANGED = ("account", "account_area", "screen_link")
"""Tables that people change from a page."""
UNSEEN = ("batch_change",)
"""Tables that no page reads: former rows, for undoing a load."""
MOVED = ("event_no", "event_hash")
"""Columns of the head of the audit log that go on with each event; those of a purge are the owner's."""


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
    if found is None or found or _owns(conn, role):
        raise StoreError(
            f"角色“{role}”不存在，或者是超级用户、BYPASSRLS 或表的所有者（包括 audit 模式的）；"
            "请按 deploy/postgresql.md 新建一个普通角色。",
            f"The role {role!r} is not there, or is a superuser, BYPASSRLS or an owner of tables (those of the schema "
            "audit too); make a plain one as deploy/postgresql.md says.",
        )
    audit_store.make_for_roles(conn.engine)
    _grant(conn, role)


def _owns(conn: Connection, role: str) -> bool:
    """Whether a role owns a table of ours, or one of the schemas they lie in."""
    statement = """
        SELECT count(*) FROM pg_roles
        WHERE rolname = :role AND (
            oid IN (SELECT relowner FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                    WHERE nspname IN ('public', :audit))
            OR oid IN (SELECT nspowner FROM pg_namespace WHERE nspname IN ('public', :audit)))
    """
    return bool(conn.execute(text(statement), {"role": role, "audit": audit_store.SCHEMA}).scalar_one())


def _grant(conn: Connection, role: str) -> None:
    name = conn.dialect.identifier_preparer.quote(role)
    database = conn.dialect.identifier_preparer.quote(conn.engine.url.database or "")
    tables = ", ".join([*(table for table in schema.metadata.tables if table not in UNSEEN), "alembic_version"])
    audit = audit_store.SCHEMA
    for statement in (
        f"GRANT CONNECT ON DATABASE {database} TO {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT ON {tables} TO {name}",
        f"GRANT INSERT, UPDATE, DELETE ON {', '.join(CHANGED)} TO {name}",
        f"GRANT EXECUTE ON FUNCTION wangge_scope() TO {name}",
        f"GRANT USAGE ON SCHEMA {audit} TO {name}",
        f"GRANT SELECT, INSERT ON {audit}.audit_event TO {name}",
        f"GRANT SELECT, UPDATE ({', '.join(MOVED)}) ON {audit}.audit_head TO {name}",
    ):
        conn.execute(text(statement))


def granted(conn: Connection) -> list[str]:
    """The roles that are dashboards here: they were given the tables that people change from a page, and own none."""
    if conn.dialect.name != "postgresql":
        return []
    statement = """
        SELECT DISTINCT role.rolname FROM pg_class
        CROSS JOIN LATERAL aclexplode(relacl) AS given
        JOIN pg_roles AS role ON role.oid = given.grantee
        WHERE pg_class.oid = to_regclass('public.account') AND given.privilege_type = 'INSERT' AND role.oid <> relowner
        ORDER BY role.rolname
    """
    return list(conn.execute(text(statement)).scalars())


def grant_again(conn: Connection) -> list[str]:
    """Give the dashboards' roles what an upgrade has added since; returns them."""
    found = granted(conn)
    if found:
        audit_store.make_for_roles(conn.engine)
    for role in found:
        _grant(conn, role)
    return found


def upgrade(engine: Engine) -> None:
    """Bring the tables to this program's version (`data.store.upgrade`), and the dashboards' roles with them."""
    store.upgrade(engine)
    renew(engine)


def renew(engine: Engine) -> None:
    """Give the dashboards' roles what this version has and they lack; nothing on SQLite."""
    if engine.dialect.name == "postgresql":
        with store.changing(engine) as conn:
            grant_again(conn)


def unable_to_note(conn: Connection) -> Iterable[str]:
    """The dashboards' roles that may not add an event to the audit log: what they do leaves no trace."""
    event, head = (f"{audit_store.SCHEMA}.{table}" for table in ("audit_event", "audit_head"))
    statement = text(
        "SELECT has_schema_privilege(:role, :schema, 'USAGE') AND has_table_privilege(:role, :event, 'INSERT')"
        " AND has_table_privilege(:role, :event, 'SELECT') AND has_table_privilege(:role, :head, 'SELECT')"
        " AND has_column_privilege(:role, :head, 'event_no', 'UPDATE')"
        " AND has_column_privilege(:role, :head, 'event_hash', 'UPDATE')"
    )
    asked = {"schema": audit_store.SCHEMA, "event": event, "head": head}
    return [role for role in granted(conn) if not conn.execute(statement, {**asked, "role": role}).scalar()]

"""Row-level security (PostgreSQL only): rows below an area are seen by those whose areas were set for the transaction.

`wangge.areas` holds area ids with commas, or "all" for programs that load or sum; where it was never set, nothing is
seen. A policy asks whether the row's area is among those and everything inside them. FORCE makes the owner ask as well;
only a superuser or BYPASSRLS goes round it, and the program's own role has neither.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCOPE = """
CREATE FUNCTION wangge_scope() RETURNS SETOF integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE inside(area_id) AS (
        SELECT unnest(string_to_array(nullif(nullif(current_setting('wangge.areas', true), ''), 'all'), ',')::integer[])
        UNION
        SELECT area.area_id FROM area JOIN inside ON area.parent_id = inside.area_id
    )
    SELECT area_id FROM inside
$$
"""
ALL = "current_setting('wangge.areas', true) = 'all'"
MINE = "IN (SELECT wangge_scope())"
OF_BUILDING = (
    "EXISTS (SELECT 1 FROM building WHERE building.building_id = {table}.building_id)"  # itself a table with a policy
)
RULES = {
    "building": f"community_id {MINE} OR EXISTS (SELECT 1 FROM building_grid placed "
    f"WHERE placed.building_id = building.building_id AND placed.grid_id {MINE})",
    "building_grid": f"grid_id {MINE}",
    "building_state": OF_BUILDING,
    "dwelling": OF_BUILDING,
    "household": OF_BUILDING,
    "visit": "EXISTS (SELECT 1 FROM household WHERE household.household_id = visit.household_id)",
    "visit_plan": "EXISTS (SELECT 1 FROM household WHERE household.household_id = visit_plan.household_id)",
    "case_file": f"grid_id {MINE}",
    "case_step": "EXISTS (SELECT 1 FROM case_file WHERE case_file.case_id = case_step.case_id)",
    "org": f"grid_id {MINE} OR (grid_id IS NULL AND community_id {MINE})",
    "facility": f"community_id {MINE} OR grid_id {MINE}",
    "plot_allocation": f"community_id {MINE}",
    "post_target": f"(target_kind = 'grid' AND target_id {MINE}) OR (target_kind = 'building' AND EXISTS "
    "(SELECT 1 FROM building WHERE building.building_id = post_target.target_id))",
    "post": "EXISTS (SELECT 1 FROM post_target WHERE post_target.post_id = post.post_id)",
    "org_cover": "EXISTS (SELECT 1 FROM org WHERE org.org_id = org_cover.org_id)",
    "fact": f"area_id {MINE}",
    "refused_row": "false",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(SCOPE)
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        using = f"{ALL} OR {rule.format(table=table)}"
        op.execute(f"CREATE POLICY own_areas ON {table} USING ({using}) WITH CHECK ({ALL})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in RULES:
        op.execute(f"DROP POLICY own_areas ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION wangge_scope()")

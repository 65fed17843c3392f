"""Who may do what, in one place (权限表): pages, routes, map layers, exports and actions by role and detail.

Deny by default: what stands in no table here is not listed, not routed and not done. Where somebody may do it is not
said here: that is the areas of the person, applied by `reads` and `actions`.
"""

PAGES: dict[str, tuple[str, ...]] = {
    "overview": (
        "leader", "org_department", "community_lead", "grid_worker", "unit_liaison", "screen", "steward", "admin",
    ),
    "coverage": ("leader", "org_department", "community_lead", "unit_liaison", "steward"),
    "visits": ("leader", "org_department", "community_lead", "steward"),
    "disputes": ("leader", "org_department", "community_lead", "steward"),
    "relocation": ("leader", "org_department", "community_lead", "unit_liaison", "steward"),
    "compare": ("leader", "org_department", "community_lead", "steward"),
    "my_buildings": ("grid_worker",),
    "reconcile": ("leader", "org_department", "steward"),
    "lineage": ("leader", "org_department", "community_lead", "grid_worker", "unit_liaison", "steward"),
    "book": ("leader", "org_department", "community_lead", "grid_worker", "unit_liaison", "steward"),
    "briefing": ("leader", "screen"),
    "intake": ("steward",),
    "admin": ("admin",),
    "audit": ("admin",),
}  # fmt: skip
"""Each page and the roles that have it, in the order of the navigation."""

MAP_PAGES = ("", "coverage", "visits", "disputes", "relocation", "compare", "briefing")
"""The paths of pages that open with a map drawn by pydeck: its scripts are fetched while the server still works."""

FIRST = {"grid_worker": "my_buildings", "screen": "briefing", "steward": "intake", "admin": "admin"}
"""The page a role opens with, where that is not the overview."""

ROUTES: dict[str, str] = {
    "/health": "open",
    "/map/{layer}": "signed",
    "/app/static/{path:path}": "open",
    "/": "open",
    **{f"/{page}": "open" for page in PAGES if page != "overview"},
}
"""Each address of ours: *open* holds no data of anybody (a page's address is the empty shell), *signed* wants a
signature that binds viewer and parameters and ends."""

LAYERS: dict[str, str] = {
    "areas": "public", "labels": "public", "name_labels": "public", "outlines": "public", "context": "public",
    "orgs": "public", "facilities": "public", "relocation": "public", "relocation_points": "public",
    "relocation_labels": "public", "changes": "internal", "change_labels": "internal",
    "buildings": "internal", "unplaced": "internal", "quality": "internal",
    "missing_labels": "internal", "mark_labels": "internal",
    "reach_houses": "internal", "reach_rings": "internal", "reach_best": "internal",
}  # fmt: skip
"""Each map layer and the least detail that sees something in it; for others it is empty."""

EXPORTS: dict[str, tuple[str, ...]] = {
    "refused_rows": ("steward",),
    "column_map": ("steward",),
    "audit": ("admin",),
    "areas": tuple(role for role in PAGES["overview"] if role != "screen"),
    "visits": PAGES["visits"],
    "disputes": PAGES["disputes"],
    "compare": PAGES["compare"],
    "owed": ("steward",),
}
"""Each file that leaves by a button, and the roles that have it."""

ACTIONS: dict[str, tuple[str, ...]] = {
    "add_account": ("admin",),
    "change_account": ("admin",),
    "add_link": ("admin",),
    "revoke_link": ("admin",),
    "sign_out": tuple(PAGES["overview"]),
    "upload": ("steward",),
    "keep_map": ("steward",),
    "trial": ("steward",),
    "load": ("steward",),
    "undo": ("steward",),
}
"""Each change that a person makes from a page, and the roles that may."""


def pages_of(role: str) -> tuple[str, ...]:
    """The pages of a role, its first page first; none for a role that is none.

    >>> pages_of("grid_worker"), pages_of("emperor")
    (('my_buildings', 'overview', 'lineage', 'book'), ())
    """
    own = [page for page, roles in PAGES.items() if role in roles]
    return tuple(sorted(own, key=lambda page: page != FIRST.get(role)))

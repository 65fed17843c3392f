"""The colours of the product (配色): the same meaning has the same colour on every page, on paper and on the wall."""

from collections.abc import Sequence

INK, QUIET, LINE, PAPER, GROUND, ACCENT, SIGNAL = (
    "#1b2733", "#5b6b7b", "#d9e0e6", "#ffffff", "#f5f7f9", "#0b5cad", "#c2410c",
)  # fmt: skip
MORE_IS_BETTER = ("#80b4e1", "#5795c8", "#2d79b2", "#075e99", "#00447a")
LESS_IS_BETTER = ("#e0a262", "#d2792f", "#c15203", "#a92d02", "#861309")
"""Classes of a rate on a map, lowest first. Even the palest stands off the ground and off what is unknown, and each off
the next, in grey too (tests/portal/test_colours.py): they are drawn as they are here, never transparent over a map."""
COUNTS = ("#f1eef6", "#bdc9e1", "#74a9cf", "#2b8cbe", "#045a8d")
"""How many, from none on: shades of a table or a calendar, and grounds of maps about something else."""
CHANGE = ("#b2182b", "#f4a582", "#f7f7f7", "#92c5de", "#2166ac")
"""Much worse, worse, the same, better, much better."""
UNKNOWN_FILL, UNKNOWN_LINE = "#eef1f4", "#9aa7b3"
PARTIAL_LINE, WALL_PARTIAL_LINE = INK, "#e8eef4"
"""The outline of areas that have reported in part; never a hatching, which says that nothing is known."""
LIGHT = {"small": "#dbe4ec", "none": "#fbfcfd"}
"""Areas with too few to go by, and with nothing to count: paler than any class, parted by lines of UNKNOWN_LINE."""
BUILDING_STATES = {
    "visited": "#2b8cbe", "partly": "#74a9cf", "not_visited": "#e34a33", "absent": "#fdae61",
    "not_applicable": "#d9d9d9", "unknown": "#eef1f4",
}  # fmt: skip
BUILDING_MARKS = {
    "visited": "●", "partly": "◐", "not_visited": "■", "absent": "▲", "not_applicable": "–", "unknown": "□",
}  # fmt: skip
CLOCK = {"in_time": "#2b8cbe", "soon": "#fdae61", "yellow": "#e6a700", "red": "#b30000"}
YES, NO = "#2b8cbe", "#e34a33"
ORG_COLOURS = {"grid_branch": "#b30000", "building_group": "#c2410c", "relocation_org": "#7a4a00"}
FACILITY_STATES = {"present": "#0b5cad", "planned": "#e6a700", "closed": "#5b6b7b"}
UNPLACED = {"building": "#c2410c", "facility": "#7b3294"}
WATER, WATER_LINE, STREET, NEIGHBOUR = "#bcdcf0", "#8fc0df", "#ffffff", "#f1f3f5"


def ramp(direction: str, classes: int) -> list[str]:
    """The colours of a classed map, lowest value first: cool where more is better, warm where less is."""
    steps = MORE_IS_BETTER if direction == "up" else LESS_IS_BETTER
    if classes >= len(steps):
        return list(steps)
    return [steps[round(i * (len(steps) - 1) / max(classes - 1, 1))] for i in range(classes)]


def rgba(colour: str, alpha: int = 255) -> list[int]:
    """A colour as deck.gl takes it.

    >>> rgba("#0b5cad", 200)
    [11, 92, 173, 200]
    """
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


# The wall: a dark ground, and the same colours lifted until each stands 4.5 : 1 or more above it.
WALL_GROUND, WALL_PANEL, WALL_INK, WALL_QUIET, WALL_LINE = "#0b1622", "#12202f", "#e8eef4", "#a9b8c6", "#2c4054"
WALL_UNKNOWN_FILL, WALL_UNKNOWN_LINE = "#1a2a3a", "#6f8396"
_WALL_MORE_IS_BETTER = ("#d5ecfd", "#9cd3fb", "#74bbec", "#55a4d9", "#388ec9")
_WALL_LESS_IS_BETTER = ("#c7714e", "#e58449", "#f99e54", "#fec17f", "#fee5c0")
"""On a dark ground light is what catches the eye: better is calmer, worse brighter, whichever way is better."""
_WALL_TWINS = {
    **dict(zip(MORE_IS_BETTER, _WALL_MORE_IS_BETTER, strict=True)),
    **dict(zip(LESS_IS_BETTER, _WALL_LESS_IS_BETTER, strict=True)),
    LIGHT["small"]: "#2d4358", LIGHT["none"]: "#14232f",
    NEIGHBOUR: "#0f1d2b", "#f7f9fa": "#0f1d2b", WATER: "#16344d", WATER_LINE: "#1f4566", STREET: "#22344a",
    "#c3ccd4": "#33485e", "#d3dae0": "#33485e", "#7b8c9b": "#4c6074", "#5b6b7b": "#4c6074",
}  # fmt: skip


def on_wall(colour: str) -> str:
    """The twin of a colour for the dark wall; a colour without one stays as it is."""
    return _WALL_TWINS.get(colour, colour)


def class_edges(breaks: Sequence[float]) -> list[tuple[float | None, float | None]]:
    """Lower and upper edge of each class; None where a class is open."""
    return list(zip([None, *breaks], [*breaks, None], strict=True))

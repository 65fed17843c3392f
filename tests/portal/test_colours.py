"""Classes of a map are told from the ground, from what is unknown, from outlines and from each other (LOOK.md)."""

import itertools

import pytest

from portal import colours

MAP_GROUND = "#eef2f5"
"""What a map stands on (portal/style.css)."""
GROUNDS = (MAP_GROUND, colours.PAPER, colours.GROUND, colours.NEIGHBOUR, "#f7f9fa", colours.UNKNOWN_FILL)
OUTLINES = ("#ffffff", "#c3ccd4", "#d3dae0", "#7b8c9b", "#5b6b7b")
"""Between areas, round neighbours, round the area shown (portal/features.py)."""
RAMPS = {"up": colours.MORE_IS_BETTER, "down": colours.LESS_IS_BETTER}


def luminance(colour: str, *, is_grey: bool = False) -> float:
    """Relative luminance (WCAG 2); is_grey : of the grey that a printer makes of it (Rec. 601)."""
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    if is_grey:
        r = g = b = 0.299 * r + 0.587 * g + 0.114 * b
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (r, g, b)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str, *, is_grey: bool = False) -> float:
    low, high = sorted(luminance(colour, is_grey=is_grey) + 0.05 for colour in (one, other))
    return high / low


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#f1eef6", MAP_GROUND) == pytest.approx(1.02, abs=0.01)  # how the worst class used to vanish
    print(f"W24: the palest class {contrast(colours.MORE_IS_BETTER[0], MAP_GROUND):.2f} : 1 to the map's ground")


@pytest.mark.parametrize("is_grey", [False, True])
@pytest.mark.parametrize("direction", RAMPS)
def test_every_class_stands_off_what_lies_round_it(direction: str, is_grey: bool) -> None:
    first = RAMPS[direction][0]
    for other in (*GROUNDS, *OUTLINES):
        assert contrast(first, other, is_grey=is_grey) >= 1.35, (first, other)
    for shade, other in itertools.product(RAMPS[direction], GROUNDS):
        assert contrast(shade, other, is_grey=is_grey) >= 1.35, (shade, other)


@pytest.mark.parametrize("is_grey", [False, True])
@pytest.mark.parametrize("direction", RAMPS)
@pytest.mark.parametrize("classes", [2, 3, 4, 5])
def test_each_step_is_seen(direction: str, classes: int, is_grey: bool) -> None:
    shades = colours.ramp(direction, classes)
    for ramp in (shades, [colours.on_wall(shade) for shade in shades]):
        assert all(contrast(*pair, is_grey=is_grey) >= 1.25 for pair in itertools.pairwise(ramp)), ramp


@pytest.mark.parametrize("is_grey", [False, True])
@pytest.mark.parametrize("direction", RAMPS)
def test_on_the_wall_every_class_stands_off_and_the_worst_catches_the_eye(direction: str, is_grey: bool) -> None:
    shades = [colours.on_wall(shade) for shade in RAMPS[direction]]
    around = (colours.WALL_GROUND, colours.WALL_PANEL, colours.WALL_UNKNOWN_FILL, colours.on_wall(colours.NEIGHBOUR),
              *(colours.on_wall(line) for line in OUTLINES[1:]))  # fmt: skip
    for shade, other in itertools.product(shades, around):
        assert contrast(shade, other, is_grey=is_grey) >= 1.35, (shade, other)
    worst_first = shades if direction == "up" else shades[::-1]
    lights = [luminance(shade) for shade in worst_first]
    assert lights == sorted(lights, reverse=True)


@pytest.mark.parametrize("direction", RAMPS)
def test_on_paper_more_is_darker(direction: str) -> None:
    lights = [luminance(shade) for shade in RAMPS[direction]]
    assert lights == sorted(lights, reverse=True)


@pytest.mark.parametrize("is_grey", [False, True])
@pytest.mark.parametrize("direction", RAMPS)
def test_what_is_of_too_few_is_paler_than_every_class(direction: str, is_grey: bool) -> None:
    for tint, shade in itertools.product(colours.LIGHT.values(), RAMPS[direction]):
        assert luminance(tint) > luminance(shade)
        assert contrast(tint, shade, is_grey=is_grey) >= 1.35, (tint, shade)
        wall = colours.on_wall(tint), colours.on_wall(shade)
        assert luminance(wall[0]) < luminance(wall[1])
        assert contrast(*wall, is_grey=is_grey) >= 1.35, wall
    few, none = colours.LIGHT["small"], colours.LIGHT["none"]
    assert contrast(few, none, is_grey=is_grey) >= 1.2
    assert contrast(colours.on_wall(few), colours.on_wall(none), is_grey=is_grey) >= 1.2

"""Invented boundaries that tile: a lattice whose edges wander, each shared by the two cells beside it."""

import numpy as np
import shapely
from numpy.typing import NDArray

WEST, SOUTH, CELL = 109.0, 29.0, 0.05
POINTS = 12
"""Vertices along one edge, corners apart: a cell has about fifty, as surveyed grids have."""


def wandering_cells(many: int, across: int, *, seed: int = 1) -> NDArray[np.object_]:
    """So many cells, row by row, `across` in a row: polygons in degrees that share all vertices with neighbours."""
    down = -(-many // across)
    rng = np.random.default_rng(seed)
    corners = _lattice(across + 1, down + 1) + rng.uniform(-0.2, 0.2, (down + 1, across + 1, 2)) * CELL
    flat = _edges(corners[:, :-1], corners[:, 1:], rng)
    upright = _edges(corners[:-1], corners[1:], rng)
    rings = [
        np.concatenate([
            corners[y, x][None], flat[y, x], corners[y, x + 1][None], upright[y, x + 1], corners[y + 1, x + 1][None],
            flat[y + 1, x][::-1], corners[y + 1, x][None], upright[y, x][::-1],
        ])
        for y in range(down)
        for x in range(across)
    ]  # fmt: skip
    cells: NDArray[np.object_] = np.array([shapely.Polygon(ring) for ring in rings[:many]], dtype=object)
    return cells


def _lattice(across: int, down: int) -> NDArray[np.float64]:
    x, y = np.meshgrid(WEST + CELL * np.arange(across), SOUTH + CELL * np.arange(down))
    return np.stack([x, y], axis=-1)


def _edges(start: NDArray[np.float64], end: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The vertices between two corners, off the straight line to either side, the more the further from a corner."""
    steps = np.arange(1, POINTS + 1)[:, None] / (POINTS + 1)
    along = (end - start)[..., None, :]
    aside = along[..., ::-1] * np.array([1, -1]) / 12
    away = rng.uniform(-1, 1, (*along.shape[:-2], POINTS, 1)) * np.sin(np.pi * steps)
    return np.round(start[..., None, :] + along * steps + aside * away, 6)

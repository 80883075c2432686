"""Borders small enough for a page: simplified as one coverage, shared edges once, as packed TopoJSON."""

import base64
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayes_jeugdhulp.sources.borders import RD

if TYPE_CHECKING:
    import geopandas as gpd

Points = NDArray[np.int64]

# Steps across the larger side of the map: what a screen shows of the country, and of it eight times enlarged.
STEPS = {"coarse": 1_000, "fine": 8_000}
MOST_POINTS = 160_000  # at most, of all polygons together; more is simplified further
SNAP = 1.0  # metres; edges this near are the same edge drawn twice


def pack_borders(borders: "gpd.GeoDataFrame") -> dict[str, Any]:
    """Borders at two levels of detail, ready for the page.

    Parameters
    ----------
    borders : GeoDataFrame
        ``wijkcode`` and polygons, of :func:`bayes_jeugdhulp.sources.borders.read_borders`; in RD if it names no system.

    Returns
    -------
    dict
        ``codes`` (wijk codes, in order of the polygons), ``extent`` (west, south, east, north, in metres) and
        ``levels``: of "coarse" and "fine" each ``step`` (metres that a unit stands for, from the north-west corner,
        y downwards) and ``packed``, base64 of :func:`varints` that hold a TopoJSON topology: the number of arcs; of
        each arc the number of points and, point by point, the steps from the point before it (an arc begins at the
        end of the arc before it); then of each wijk the number of polygons, of each its rings, of each its arcs.

    Notes
    -----
    Simplified by Visvalingam and Whyatt (1993) as a coverage, so that neighbours keep one and the same border.
    """
    import shapely

    borders = borders if borders.crs is None else borders.to_crs(RD)
    shapes = shapely.coverage_clean(borders.geometry.to_numpy(), snapping_distance=SNAP)
    west, south, east, north = borders.total_bounds
    size, levels = max(east - west, north - south), {}
    for name, steps in STEPS.items():
        tolerance = size / steps
        simple = shapely.coverage_simplify(shapes, tolerance)
        while shapely.get_num_coordinates(simple).sum() > MOST_POINTS:
            tolerance *= 1.5
            simple = shapely.coverage_simplify(shapes, tolerance)
        step = round(float(tolerance) / 4, 3)
        rings = [_rings(shape, west, north, step) for shape in simple]
        levels[name] = {"step": step, "packed": base64.b64encode(pack(*topology(rings))).decode()}
    return {"codes": list(borders["wijkcode"]), "extent": borders.total_bounds.round(3).tolist(), "levels": levels}


def _rings(shape: Any, west: float, north: float, step: float) -> list[list[Points]]:
    """Polygons, of each its rings, in whole steps and without the closing point; what shrinks to a line is left out."""
    import shapely

    polygons = []
    for polygon in shapely.get_parts(shape):
        rings = []
        for ring in (polygon.exterior, *polygon.interiors):
            xy = shapely.get_coordinates(ring)
            points = np.round((xy - (west, north)) / (step, -step)).astype(np.int64)[:-1]
            points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
            if len(points) > 2:
                rings.append(points)
            elif not rings:
                break
        if rings:
            polygons.append(rings)
    return polygons


def topology(shapes: Sequence[Sequence[Sequence[Points]]]) -> tuple[list[Points], list[list[list[list[int]]]]]:
    """Cut rings where they part ways and keep every shared piece once, as TopoJSON does.

    Parameters
    ----------
    shapes : sequence of shapes
        Each a sequence of polygons, each a sequence of rings: whole numbers of shape (point, 2), not closed.

    Returns
    -------
    arcs : list of ndarray, shape (point, 2)
    shapes : list
        As given, each ring as the numbers of its arcs; ``~i`` is arc i backwards.

    Examples
    --------
    Two squares side by side share one edge.

    >>> left, right = (np.array([[x, 0], [x + 1, 0], [x + 1, 1], [x, 1]]) for x in (0, 1))
    >>> arcs, shapes = topology([[[left]], [[right]]])
    >>> len(arcs), shapes
    (3, [[[[0, 1]]], [[[2, -1]]]])
    """
    rings = [ring for shape in shapes for polygon in shape for ring in polygon]
    junctions = _junctions(rings)
    arcs: list[Points] = []
    known: dict[bytes, int] = {}

    def number(arc: Points) -> int:
        """The arc's number, new or known, forwards or backwards."""
        if (place := known.get(arc.tobytes())) is not None:
            return place
        backwards = np.ascontiguousarray(arc[::-1])
        known[arc.tobytes()] = len(arcs)
        known.setdefault(backwards.tobytes(), ~len(arcs))
        arcs.append(arc)
        return len(arcs) - 1

    def cut(ring: Points) -> list[int]:
        ends = [i for i, (x, y) in enumerate(ring.tolist()) if (x, y) in junctions]
        if not ends:  # an island begins at its lowest point, whoever draws it
            ends = [int(np.lexsort(ring.T)[0])]
        ring = np.roll(ring, -ends[0], axis=0)
        closed = np.vstack([ring, ring[:1]])
        places = [end - ends[0] for end in ends] + [len(ring)]
        return [number(np.ascontiguousarray(closed[start : end + 1])) for start, end in pairwise(places)]

    return arcs, [[[cut(ring) for ring in polygon] for polygon in shape] for shape in shapes]


def _junctions(rings: Sequence[Points]) -> set[tuple[int, int]]:
    """Points that do not have the same two neighbours in every ring they lie on."""
    here = np.vstack(rings)
    before = np.vstack([np.roll(ring, 1, axis=0) for ring in rings])
    after = np.vstack([np.roll(ring, -1, axis=0) for ring in rings])
    swap = (before[:, 0] > after[:, 0]) | ((before[:, 0] == after[:, 0]) & (before[:, 1] > after[:, 1]))
    low, high = np.where(swap[:, None], after, before), np.where(swap[:, None], before, after)
    distinct = np.unique(np.hstack([here, low, high]), axis=0)[:, :2]
    points, times = np.unique(distinct, axis=0, return_counts=True)
    return {(x, y) for x, y in points[times > 1].tolist()}


def pack(arcs: Sequence[Points], shapes: Iterable[Iterable[Iterable[Sequence[int]]]]) -> bytes:
    """A topology as one run of :func:`varints`; :func:`pack_borders` says in which order."""
    numbers, end = [len(arcs)], np.zeros((1, 2), np.int64)
    for arc in arcs:
        numbers.append(len(arc))
        numbers += np.diff(np.vstack([end, arc]), axis=0).ravel().tolist()
        end = arc[-1:]
    for shape in shapes:
        polygons = list(shape)
        numbers.append(len(polygons))
        for polygon in polygons:
            rings = list(polygon)
            numbers.append(len(rings))
            for ring in rings:
                numbers += [len(ring), *ring]
    return varints(np.array(numbers))


def varints(numbers: NDArray[np.int64]) -> bytes:
    """Whole numbers as bytes, small ones short: zigzag, then seven bits a byte, the eighth set while more follow.

    Examples
    --------
    >>> list(varints(np.array([0, -1, 1, 64])))
    [0, 1, 2, 128, 1]
    """
    left = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    columns: list[NDArray[np.uint64]] = []
    used: list[NDArray[np.bool_]] = []
    while not used or (left > 0).any():
        used.append(left > 0 if used else np.ones(len(left), bool))
        columns.append(left & np.uint64(127))
        left >>= np.uint64(7)
    more = np.vstack([*used[1:], np.zeros(len(numbers), bool)]).T
    table = np.vstack(columns).T | np.where(more, np.uint64(128), np.uint64(0))
    return table[np.vstack(used).T].astype(np.uint8).tobytes()

"""Which wijken share an edge, the parts of the country that hang together so, and ties over water."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.borders import RD

if TYPE_CHECKING:
    import geopandas as gpd

SNAP = 1.0  # metres; edges this near are the same edge drawn twice


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """A graph of wijken.

    Attributes
    ----------
    codes : tuple of str
        Wijk codes, in the order of the borders.
    edges : ndarray of int64, shape (edge, 2)
        Places in ``codes`` of two neighbours i < j; sorted, each pair once.
    components : ndarray of int64, shape (wijk,)
        The connected component of each wijk, numbered from 0 in the order in which they first occur; ties included.
    joined : tuple of (str, str, float)
        Edges that are no shared border but a tie over water: both codes and the metres between them.
    year : int, optional
        Of the borders, where they tell.
    """

    codes: tuple[str, ...]
    edges: NDArray[np.int64]
    components: NDArray[np.int64]
    joined: tuple[tuple[str, str, float], ...] = ()
    year: int | None = None


def neighbours(
    borders: "gpd.GeoDataFrame", islands: Literal["tie", "apart"] = "tie", *, snap: float = SNAP
) -> Neighbours:
    """Pairs of wijken that share an edge; a common corner is not enough.

    Parameters
    ----------
    borders : GeoDataFrame
        ``wijkcode`` (each once) and polygons, of :func:`bayes_jeugdhulp.read_borders`; in RD if it names no system.
    islands : {"tie", "apart"}, default "tie"
        "tie": as long as there are several components, the one with the fewest wijken is joined to the rest by one
        edge, between the two wijken with the least distance; what was joined is listed. "apart": each component
        stays on its own, as a model of spatial effects per component asks.
    snap : float, default 1.0
        Metres within which edges are the same edge drawn twice.

    Returns
    -------
    Neighbours
        The pairs, the parts of the country that hang together by them, and what was tied.

    Raises
    ------
    DataError
        If there are no borders, or a code stands twice.
    ValueError
        If ``islands`` is neither.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> shapes = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 10, 30, 20), box(90, 0, 99, 10)]
    >>> codes = ["WK000100", "WK000101", "WK000102", "WK000103"]
    >>> graph = neighbours(gpd.GeoDataFrame({"wijkcode": codes}, geometry=shapes), "apart")
    >>> graph.edges.tolist(), graph.components.tolist()
    ([[0, 1]], [0, 0, 1, 2])
    >>> neighbours(gpd.GeoDataFrame({"wijkcode": codes}, geometry=shapes)).joined
    (('WK000101', 'WK000102', 0.0), ('WK000102', 'WK000103', 60.0))
    """
    import shapely

    if islands not in ("tie", "apart"):
        raise ValueError(f"islands must be 'tie' or 'apart', not {islands!r}")
    codes = tuple(borders["wijkcode"])
    if not codes or len(set(codes)) < len(codes):
        found = "a wijk stands in several rows" if codes else "there are no borders"
        raise DataError([Problem("borders", found, "one row a wijk", "read them with read_borders")])
    year = borders.attrs.get("year")
    borders = borders if borders.crs is None else borders.to_crs(RD)
    shapes = borders.geometry.to_numpy()
    edges = _shared(shapely.coverage_clean(shapes, snapping_distance=snap))
    components = _components(edges, len(codes))
    joined = []
    while islands == "tie" and components.max() > 0:
        smallest = int(np.bincount(components).argmin())
        i, j, metres = _nearest(shapes, components == smallest)
        edges = np.vstack([edges, [[i, j]]])
        joined.append((codes[i], codes[j], round(metres, 2)))
        components = _components(edges, len(codes))
    return Neighbours(codes, edges[np.lexsort(edges.T[::-1])], components, tuple(joined), year)


def _shared(shapes: NDArray[Any]) -> NDArray[np.int64]:
    """Pairs of shapes with a line piece in common: in a clean coverage both have it point for point."""
    import shapely

    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    same = of_ring[1:] == of_ring[:-1]
    start, end = points[:-1][same], points[1:][same]
    back = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    pieces = np.hstack([np.where(back[:, None], end, start), np.where(back[:, None], start, end)])
    whose = owner[of_part[of_ring[1:][same]]]
    order = np.lexsort(pieces.T)
    twice = (pieces[order][1:] == pieces[order][:-1]).all(axis=1)
    pairs = np.column_stack([whose[order][:-1][twice], whose[order][1:][twice]]).astype(np.int64)
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    return np.unique(pairs, axis=0)


def _components(edges: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _nearest(shapes: NDArray[Any], island: NDArray[np.bool_]) -> tuple[int, int, float]:
    """The nearest pair of a wijk of an island and one outside it, as places i < j, and their distance."""
    import shapely

    inside, outside = np.flatnonzero(island), np.flatnonzero(~island)
    found, metres = shapely.STRtree(shapes[outside]).query_nearest(shapes[inside], return_distance=True)
    best = int(np.lexsort([found[1], found[0], metres])[0])
    i, j = sorted((int(inside[found[0, best]]), int(outside[found[1, best]])))
    return i, j, float(metres[best])

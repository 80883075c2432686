"""Borders of the simulated Netherlands: an invented coast, with regions, gemeenten and wijken nested in one another.

Wijken are Voronoi cells of scattered points; gemeenten and regions are sets of cells, cut from the whole by straight
lines, dense gemeenten where the cells are small. Sea cells are left out, so that the coast follows the cells too.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse, spatial
from scipy.sparse import csgraph

from bayes_jeugdhulp.sources.simulated_kenmerken import Floats, Ints, group_index, standardised

if TYPE_CHECKING:
    import geopandas as gpd

# An invented country with two islands, in km of the Dutch grid (EPSG:28992).
COAST = [
    (60, 330), (95, 318), (140, 330), (165, 312), (205, 322), (222, 360), (208, 392), (240, 410), (262, 450),
    (250, 500), (268, 540), (250, 585), (205, 598), (172, 580), (168, 545), (145, 528), (128, 548), (108, 540),
    (98, 500), (70, 462), (78, 430), (48, 412), (58, 380), (34, 358),
]  # fmt: skip
ISLANDS = [
    [(112, 580), (135, 574), (158, 600), (150, 612), (122, 600)],
    [(12, 408), (34, 430), (40, 455), (28, 462), (10, 432)],
]
TOWN_RADIUS = 6000.0  # metres
ATTEMPTS = 20
SEA = (-60.0, 250.0, 330.0, 680.0)  # x and y from, x and y to


def draw_borders(truth: xr.Dataset, seed: int) -> "gpd.GeoDataFrame":
    """Draw borders for the wijken of a simulated country.

    Parameters
    ----------
    truth : Dataset
        Of a :class:`~bayes_jeugdhulp.sources.simulated.SimulatedNetherlands`.
    seed : int

    Returns
    -------
    GeoDataFrame, EPSG:28992 (metres)
        ``wijkcode``; ``island``, True for wijken that no land joins to the mainland; ``geometry``, one polygon a
        wijk. Neighbours share their vertices exactly. The mainland wijken of a gemeente form one polygon, and so do
        those of a region.

    Raises
    ------
    RuntimeError
        If no partition was found.
    """
    import geopandas as gpd

    rng = np.random.default_rng([seed, 100])
    for _ in range(ATTEMPTS):
        polygons, neighbours, island = _land(rng, truth.sizes["wijk"])
        try:
            place = _placed(truth, polygons, neighbours)
        except _NotConnectedError:
            continue
        columns = {"wijkcode": truth["wijk"].to_numpy(), "island": island[place]}
        return gpd.GeoDataFrame(columns, geometry=polygons[place], crs="EPSG:28992")
    raise RuntimeError(f"no connected partition found in {ATTEMPTS} attempts; take another seed")


class _NotConnectedError(Exception):
    """These cells cannot be cut in two connected parts of the size asked for."""


def _land(rng: np.random.Generator, wijken: int) -> tuple[NDArray[np.object_], sparse.csr_array, NDArray[np.bool_]]:
    """As many land cells as wijken, who are neighbours (islands tied by a ferry each), and which lie on an island."""
    import shapely

    coast = shapely.union_all([shapely.polygons(np.array(ring) * 1000.0) for ring in (COAST, *ISLANDS)])
    low, high = np.array(SEA).reshape(2, 2) * 1000.0

    def anywhere(n: int) -> Floats:
        return rng.uniform(low, high, (n, 2))

    def on_land(points: Floats) -> NDArray[np.bool_]:
        return shapely.contains_xy(coast, points)

    # half of the wijken anywhere, half around towns, more of them around the first ones
    countryside = anywhere(20 * wijken + 1000)
    towns = countryside[on_land(countryside)][: max(wijken // 15, 1)]
    town = (len(towns) * rng.random(10 * wijken) ** 2).astype(int)
    around = towns[town] + rng.normal(0, 1, (len(town), 2)) * TOWN_RADIUS
    points = np.concatenate(
        [countryside[on_land(countryside)][: wijken - wijken // 2], around[on_land(around)][: wijken // 2]]
    )
    share = shapely.area(coast) / np.prod(high - low)
    sea = anywhere(max(int(wijken / share), 800))
    points = np.concatenate([points, sea[~on_land(sea)]])
    for _ in range(2):  # Lloyd's relaxation makes the cells rounder
        _, cells = _voronoi(points)
        bounded = shapely.is_geometry(cells)
        points[bounded] = shapely.get_coordinates(shapely.centroid(cells[bounded]))
    ridges, cells = _voronoi(points)
    pairs = ridges[(ridges < wijken).all(axis=1)]
    part = csgraph.connected_components(_graph(pairs, wijken), directed=False)[1]
    mainland = part == np.bincount(part).argmax()
    main = np.flatnonzero(mainland)
    for k in np.unique(part[~mainland]):
        here = np.flatnonzero(part == k)
        distance, nearest = spatial.KDTree(points[main]).query(points[here])
        ferry = here[distance.argmin()], main[nearest[distance.argmin()]]
        pairs = np.vstack([pairs, ferry])
    return cells[:wijken], _graph(pairs, wijken), ~mainland


def _graph(pairs: Ints, size: int) -> sparse.csr_array:
    return sparse.coo_array((np.ones(len(pairs)), tuple(pairs.T)), (size, size)).tocsr()


def _voronoi(points: Floats) -> tuple[Ints, NDArray[np.object_]]:
    """Pairs of neighbours (with a border of 50 m or more) and cells; None for cells without end."""
    import shapely

    diagram = spatial.Voronoi(points)
    ends = np.array(diagram.ridge_vertices)
    length = np.linalg.norm(diagram.vertices[ends[:, 0]] - diagram.vertices[ends[:, 1]], axis=1)
    ridges = diagram.ridge_points[(ends >= 0).all(axis=1) & (length > 50)]
    cells = np.full(len(points), None, dtype=object)
    for i, region in enumerate(diagram.point_region):
        corners = diagram.regions[region]
        if -1 not in corners:
            cells[i] = shapely.polygons(diagram.vertices[corners])
    return ridges, cells


def _placed(truth: xr.Dataset, polygons: NDArray[np.object_], neighbours: sparse.csr_array) -> Ints:
    """The cell of each wijk."""
    import shapely

    area, centres = shapely.area(polygons), shapely.get_coordinates(shapely.centroid(polygons))
    x = standardised(truth["kenmerken"])
    rural = (x.sel(kenmerk="perc_1gez") + x.sel(kenmerk="afstandhuisarts")).to_numpy()
    regio, gemeente = group_index(truth, "regio"), group_index(truth, "gemeente")

    def cut(cells: Ints, groups: list[Ints]) -> Iterator[tuple[Ints, Ints]]:
        """Cells for each group of wijken, groups ordered from urban to rural."""
        if len(groups) == 1:
            yield cells, groups[0]
            return
        ends = np.cumsum([len(group) for group in groups])
        k = int(np.abs(ends[:-1] - ends[-1] / 2).argmin()) + 1
        first, rest = _halves(cells, int(ends[k - 1]), centres, area, neighbours)
        yield from cut(first, groups[:k])
        yield from cut(rest, groups[k:])

    def groups_of(wijken: Ints, level: Ints) -> list[Ints]:
        groups = [wijken[level[wijken] == k] for k in np.unique(level[wijken])]
        return sorted(groups, key=lambda group: rural[group].mean())

    place = np.empty(len(polygons), dtype=np.int64)
    everywhere = np.arange(len(polygons))
    for cells_of_regio, of_regio in cut(everywhere, groups_of(everywhere, regio)):
        for cells, wijken in cut(cells_of_regio, groups_of(of_regio, gemeente)):
            place[wijken[np.argsort(rural[wijken])]] = cells[np.argsort(area[cells])]
    return place


def _halves(cells: Ints, size: int, centres: Floats, area: Floats, neighbours: sparse.csr_array) -> tuple[Ints, Ints]:
    """Cut by a straight line into ``size`` cells and the rest, both connected; the small cells first if possible."""
    around = centres[cells] - centres[cells].mean(axis=0)
    axis = np.linalg.svd(around, full_matrices=False)[2][0]  # across the longest side first, then ever more askew
    for degrees in (0, 15, -15, 30, -30, 45, -45, 60, -60, 75, -75, 90):
        angle = np.deg2rad(degrees)
        along = around @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]] @ axis
        order = np.argsort(along)
        ways = [(order[:size], order[size:]), (order[-size:], order[:-size])]
        for first, rest in sorted(ways, key=lambda way: area[cells[way[0]]].mean()):
            if _connected(cells[first], neighbours) and _connected(cells[rest], neighbours):
                return cells[first], cells[rest]
    raise _NotConnectedError


def _connected(cells: Ints, neighbours: sparse.csr_array) -> bool:
    return csgraph.connected_components(neighbours[cells][:, cells], directed=False)[0] == 1

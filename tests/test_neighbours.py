"""Neighbours share an edge, in a hand-made case and in the real country; islands are tied as declared."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box
from shapely.affinity import translate

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.borders import read_borders
from bayes_jeugdhulp.sources.neighbours import Neighbours, neighbours

# Three by three squares of 1 km without the middle one; an island of two east of them, and one of one south.
MAINLAND = [box(x, y, x + 1000, y + 1000) for y in (0, 1000, 2000) for x in (0, 1000, 2000) if (x, y) != (1000, 1000)]
ISLANDS = [box(5000, 0, 6000, 1000), box(6000, 0, 7000, 1000), box(5000, -9000, 6000, -4000)]


def frame(shapes: list[shapely.Polygon]) -> gpd.GeoDataFrame:
    codes = [f"WK0001{i:02d}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"wijkcode": codes}, geometry=shapes, crs="EPSG:28992")


def pairs(graph: Neighbours) -> set[tuple[int, int]]:
    return set(map(tuple, graph.edges.tolist()))


RING = {(0, 1), (1, 2), (0, 3), (2, 4), (3, 5), (4, 7), (5, 6), (6, 7)}


def test_squares_are_neighbours_by_their_edges_and_not_by_corners() -> None:
    graph = neighbours(frame(MAINLAND + ISLANDS), "apart")
    assert pairs(graph) == RING | {(8, 9)}
    assert graph.components.tolist() == [0] * 8 + [1, 1, 2]
    assert graph.joined == ()


def test_islands_are_tied_to_what_is_nearest_the_smallest_first() -> None:
    graph = neighbours(frame(MAINLAND + ISLANDS))
    assert graph.joined == (("WK000108", "WK000110", 4000.0), ("WK000102", "WK000108", 2000.0))
    assert pairs(graph) == RING | {(8, 9), (8, 10), (2, 8)}
    assert set(graph.components) == {0}
    assert graph.edges.tolist() == sorted(graph.edges.tolist())


def test_an_edge_drawn_twice_and_points_of_one_side_only_do_not_part_neighbours() -> None:
    beside = translate(MAINLAND[0].segmentize(300), 1000.4, 0)  # 0.4 m off, with points the other does not have
    assert pairs(neighbours(frame([MAINLAND[0], beside]), "apart")) == {(0, 1)}
    assert pairs(neighbours(frame([MAINLAND[0], translate(beside, 5, 0)]), "apart")) == set()


def test_a_wijk_of_two_parts_and_one_with_a_hole_have_neighbours_on_every_side() -> None:
    whole = shapely.union_all(MAINLAND)
    middle = shapely.MultiPolygon([box(1000, 1000, 2000, 2000), ISLANDS[0]])
    assert pairs(neighbours(frame([whole, middle, ISLANDS[1]]), "apart")) == {(0, 1), (1, 2)}


def test_borders_that_are_no_table_of_wijken_are_refused() -> None:
    twice = frame(MAINLAND).assign(wijkcode="WK000100")
    with pytest.raises(DataError, match="a wijk stands in several rows"):
        neighbours(twice)
    with pytest.raises(DataError, match="there are no borders"):
        neighbours(frame(MAINLAND).head(0))
    with pytest.raises(ValueError, match="islands must be"):
        neighbours(frame(MAINLAND), "bridge")


def test_the_country_of_2022_beside_a_graph_made_otherwise(data_folder: Path) -> None:
    borders = read_borders(data_folder / "geo" / "nl_wijken_2022.topojson")
    other = pd.read_csv(data_folder / "geo" / "adj_bym2_2022_edges.csv")
    kinds = {tuple(sorted(pair)): kind for *pair, kind in other.itertuples(index=False)}
    apart, tied = neighbours(borders, "apart"), neighbours(borders)
    ours = {tuple(sorted((apart.codes[i], apart.codes[j]))) for i, j in apart.edges}
    assert len(ours) == 9206
    assert ours <= set(kinds)  # nothing is a neighbour here that is none there
    shapes = borders.set_index("wijkcode").geometry
    rest = [pair for pair, kind in kinds.items() if kind == "queen" and pair not in ours]
    one, two = (shapes[[pair[side] for pair in rest]].to_numpy() for side in (0, 1))
    assert shapely.length(shapely.intersection(one, two)).max() == 0  # they meet in a point, or not at all
    assert (shapely.distance(one, two) == 0).sum() == 355
    assert len(rest) == 368
    assert sorted(np.bincount(apart.components)) == [1, 9, 3330]
    assert [(a, b) for a, b, _ in tied.joined] == [("WK006000", "WK009305"), ("WK040002", "WK044800")]
    assert set(tied.components) == {0}

"""A spatial effect over neighbouring wijken (BYM2): a field over a graph, scaled per component, that can be drawn."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable
from scipy.sparse import csc_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, eigsh, splu

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.neighbours import Neighbours

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

MODES = 100  # smoothest patterns that get coordinates of their own
BLOCK = 500  # fields drawn at a time
NAMED = 5  # wijken named in a message


@dataclass(frozen=True, slots=True, eq=False)
class SpatialGraph:
    """Which wijken of a design are neighbours, and what scales a field over them.

    Attributes
    ----------
    edges : ndarray of int, shape (edge, 2)
        Places of neighbours among the wijken.
    component : ndarray of int, shape (wijk,)
        The connected component that a wijk lies in.
    scale : ndarray, shape (wijk,)
        Geometric mean, over the wijken of its component, of the variances of a field that is not scaled; 1 for a wijk
        without neighbours.
    variance : ndarray, shape (wijk,)
        Of the scaled field; its geometric mean is 1 in every component.
    log_determinant : float
        Log of the product of the positive eigenvalues of the scaled precision.
    """

    edges: Indices
    component: Indices
    scale: Array
    variance: Array
    log_determinant: float

    @property
    def size(self) -> Indices:
        """Number of wijken in the component of each wijk, shape (wijk,)."""
        return np.bincount(self.component)[self.component]

    def summed(self, values: Array) -> Array:
        """Sum of values over the neighbours of each wijk, shape (..., wijk)."""
        return values @ _adjacency(self.edges, len(self.component))


def spatial_graph(areas: Areas, neighbours: Neighbours) -> SpatialGraph:
    """The neighbours among the wijken of areas; others are left out.

    Parameters
    ----------
    areas : Areas
    neighbours : Neighbours
        From :func:`bayes_jeugdhulp.neighbours`.

    Raises
    ------
    DataError
        If the borders are of another year than the figures, a wijk has none, or no two are neighbours.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> country = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2)
    >>> graph = spatial_graph(country.areas, bj.neighbours(country.borders, "apart"))
    >>> float(np.exp(np.log(graph.variance).mean()).round(9))
    1.0
    """
    problems = []
    if None not in (neighbours.year, areas.year) and neighbours.year != areas.year:
        wanted = f"borders of {areas.year}, the year of the figures"
        remedy = "take those; a code of another year may be another area"
        problems.append(Problem("borders", f"borders of {neighbours.year}", wanted, remedy))
    codes = pd.Index(neighbours.codes)
    place = areas.wijken.index.get_indexer(codes)
    absent = areas.wijken.index.difference(codes)
    if len(absent):
        named = ", ".join(absent[:NAMED]) + (", ..." if len(absent) > NAMED else "")
        found = f"{len(absent)} of {len(areas.wijken)} wijken have no border ({named})"
        remedy = "take borders of the same indeling, or leave these wijken out"
        problems.append(Problem("borders", found, "a border for every wijk", remedy))
    edges = place[neighbours.edges.reshape(-1, 2)]
    edges = edges[(edges >= 0).all(axis=1)]
    if not len(edges):
        found = "no two wijken of the figures are neighbours"
        problems.append(Problem("borders", found, "some that share an edge", "fit without a spatial effect"))
    if problems:
        raise DataError(problems)
    return graph_of_edges(edges, len(areas.wijken))


def graph_of_edges(edges: Indices, wijken: int) -> SpatialGraph:
    """Scale a field over pairs of neighbours, each component on its own (Freni-Sterrantino et al. 2018).

    Parameters
    ----------
    edges : ndarray of int, shape (edge, 2)
        Each pair once.
    wijken : int

    Notes
    -----
    Of a field with precision D - A (numbers of neighbours, adjacency) that adds to 0 in every component, the covariance
    is the generalised inverse. It comes from the inverse with one wijk of each component held at 0, by centring.

    Examples
    --------
    >>> graph = graph_of_edges(np.array([[0, 1]]), 3)
    >>> graph.scale.tolist(), graph.variance.tolist(), graph.component.tolist()
    ([0.25, 0.25, 1.0], [1.0, 1.0, 1.0], [0, 0, 1])
    """
    component = connected_components(_adjacency(edges, wijken), directed=False)[1].astype(np.int64)
    size = np.bincount(component)
    kept, factor = _grounded(edges, component)
    inverse = np.zeros((wijken, wijken))
    inverse[np.ix_(kept, kept)] = factor.solve(np.eye(len(kept))) if factor else 0.0
    row, own = inverse.sum(axis=1), size[component]
    variance = np.diag(inverse) - 2 * row / own + (np.bincount(component, row) / size**2)[component]
    alone = own == 1
    variance[alone] = 1.0
    scale = np.exp(np.bincount(component, np.log(variance)) / size)
    # matrix-tree theorem: the product of the positive eigenvalues is the size times the determinant of what is kept
    log_determinant = np.log(size).sum() + ((size - 1) * np.log(scale)).sum()
    if factor:
        log_determinant += np.log(np.abs(factor.U.diagonal())).sum()
    return SpatialGraph(edges, component, scale[component], variance / scale[component], float(log_determinant))


def _adjacency(edges: Indices, wijken: int) -> csc_array:
    both = np.vstack([edges, edges[:, ::-1]])
    return csc_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(wijken, wijken))


def _laplacian(edges: Indices, wijken: int) -> csc_array:
    """Numbers of neighbours less adjacency."""
    diagonal = np.arange(wijken)
    degrees = csc_array((np.bincount(edges.ravel(), minlength=wijken), (diagonal, diagonal)), dtype=float)
    return csc_array(degrees - _adjacency(edges, wijken))


def _grounded(edges: Indices, component: Indices) -> tuple[Indices, SuperLU | None]:
    """Wijken but the first of every component, and the factored precision of those."""
    kept = np.setdiff1d(np.arange(len(component)), np.unique(component, return_index=True)[1])
    if not len(kept):
        return kept, None
    precision = csc_array(_laplacian(edges, len(component))[kept][:, kept])
    return kept, splu(precision, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})


@lru_cache(maxsize=4)
def _factored(graph: SpatialGraph) -> tuple[Indices, SuperLU | None]:
    return _grounded(graph.edges, graph.component)


def draw_fields(graph: SpatialGraph, count: int, rng: np.random.Generator) -> Array:
    """Draw scaled fields exactly, shape (count, wijk).

    A standard normal number per edge, differenced over the edges of each wijk, has the precision matrix as covariance;
    solving with that matrix leaves its generalised inverse. A wijk without neighbours is standard normal.
    """
    wijken = len(graph.component)
    kept, factor = _factored(graph)
    fields = np.where(graph.size == 1, rng.standard_normal((count, wijken)), 0.0)
    if factor is None:
        return fields
    places, signs = graph.edges.ravel(), np.tile([1.0, -1.0], len(graph.edges))
    incidence = csc_array(
        (signs, (places, np.repeat(np.arange(len(graph.edges)), 2))), shape=(wijken, len(graph.edges))
    )
    members = csc_array((np.ones(wijken), (np.arange(wijken), graph.component)))
    for start in range(0, count, BLOCK):
        part = fields[start : start + BLOCK]
        solved = np.zeros((wijken, len(part)))
        solved[kept] = factor.solve((incidence @ rng.standard_normal((len(graph.edges), len(part))))[kept])
        centre = (members.T @ solved) / np.bincount(graph.component)[:, None]
        part += ((solved - members @ centre) / np.sqrt(graph.scale)[:, None]).T
    return fields


@lru_cache(maxsize=4)
def smooth_patterns(graph: SpatialGraph) -> tuple[Array, Array]:
    """The patterns of a field that vary least from neighbour to neighbour, and their precision in a scaled field.

    Returns
    -------
    patterns : ndarray, shape (wijk, pattern)
        Orthonormal; each lies in one component and adds to 0.
    precision : ndarray, shape (pattern,)
    """
    patterns, precision = [np.zeros((len(graph.component), 0))], [np.zeros(0)]
    whole = _laplacian(graph.edges, len(graph.component))
    for component in np.flatnonzero(np.bincount(graph.component) > 1):
        members = np.flatnonzero(graph.component == component)
        laplacian = whole[members][:, members]
        if len(members) <= MODES + 2:
            values, vectors = np.linalg.eigh(laplacian.toarray())
        else:
            first = np.random.default_rng(0).standard_normal(len(members))
            values, vectors = eigsh(csc_array(laplacian), k=MODES + 1, sigma=-1e-3, v0=first)
        order = np.argsort(values)[1:]
        patterns.append(np.zeros((len(graph.component), len(order))))
        patterns[-1][members] = vectors[:, order]
        precision.append(values[order] * graph.scale[members[0]])
    lowest = np.argsort(np.concatenate(precision), kind="stable")[:MODES]
    return np.column_stack(patterns)[:, lowest], np.concatenate(precision)[lowest]


def spatial_field(name: str, graph: SpatialGraph, sigma: TensorVariable, **options: Any) -> TensorVariable:
    """A field over neighbours, scaled and multiplied by ``sigma``: intrinsic autoregression within each component.

    Parameters
    ----------
    name : str
    graph : SpatialGraph
    sigma : TensorVariable, scalar
    **options
        Of :class:`pymc.CustomDist`: ``dims``, and the ``transform`` that keeps the sums at 0
        (:class:`bayes_jeugdhulp.model.transforms.FieldWhitening`).

    Returns
    -------
    TensorVariable, shape (wijk,)

    Notes
    -----
    The log density is that of a normal with the scaled generalised inverse as covariance, on the fields that add to 0
    in every component (Morris et al. 2019): a sum over edges.
    """
    i, j = graph.edges.T
    alone = np.flatnonzero(graph.size == 1)
    rank = len(graph.component) - len(np.unique(graph.component)) + len(alone)
    constant = (graph.log_determinant - rank * np.log(2 * np.pi)) / 2

    def logp(value: TensorVariable, sigma: TensorVariable, scale: TensorVariable) -> TensorVariable:
        apart = pt.sum(scale[i] * (value[i] - value[j]) ** 2) + pt.sum(value[alone] ** 2)
        return constant - rank * pt.log(sigma) - apart / sigma**2 / 2

    def random(sigma: Array, scale: Array, rng: np.random.Generator, size: tuple[int, ...] | None = None) -> Array:
        shape = (*np.broadcast_shapes(size or (), sigma.shape), scale.shape[-1])
        fields = draw_fields(graph, int(np.prod(shape[:-1])), rng).reshape(shape)
        return np.asarray(sigma)[..., None] * fields

    def start(rv: TensorVariable, size: Any, sigma: TensorVariable, scale: TensorVariable) -> TensorVariable:
        return pt.zeros_like(scale)

    return pm.CustomDist(
        name, sigma, graph.scale, logp=logp, random=random, support_point=start, signature="(),(w)->(w)", **options
    )

"""The result file: everything a later step needs, as one DataTree that ArviZ opens without this package."""

import hashlib
import json
import warnings
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import bayes_jeugdhulp
from bayes_jeugdhulp.areas import COLUMNS, Areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import ResultFileError
from bayes_jeugdhulp.factors.latent import LatentScores
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.spatial import SpatialGraph
from bayes_jeugdhulp.model.spec import ModelSpec, Priors
from bayes_jeugdhulp.youths import UncertainCounts

LAYOUT = 3  # of the file; raised when an older file can no longer be read
VIEW = "view_of_a_fit"  # attribute of a tree that is for looking at only
GROUPS = (
    "posterior",
    "sample_stats",
    "posterior_predictive",
    "log_likelihood",
    "log_prior",
    "loo",
    "gate",
    "prior",
    "prior_predictive",
    "observed_data",
    "constant_data",
)
_COLUMNS = tuple(name for name in COLUMNS if name not in ("gemeentecode", "jeugdzorgregio"))


_COUNTS = ("youths", "users_low", "users_high")
_FACTORS = {
    "mean": ("fitted_imputation", "wijk", "factor"),
    "wijk_covariance": ("fitted_imputation", "wijk", "factor", "other_factor"),
    "gemeente_covariance": ("fitted_imputation", "gemeente", "factor", "other_factor"),
    "anchored": ("gemeente", "factor"),
}
_GRAPH = {
    "edges": ("edge", "end"),
    "component": "wijk",
    "scale": "wijk",
    "variance": "wijk",
}


def constant_data(design: Design) -> xr.Dataset:
    """Everything of a Design as a labelled dataset; :func:`read_design` is the way back."""
    areas = design.areas
    table = {name: ("wijk", areas.wijken[name].to_numpy()) for name in _COLUMNS}
    gemeente, regio = areas.wijken["gemeentecode"], areas.wijken["jeugdzorgregio"]
    raw = areas.kenmerken[list(design.kenmerken)].to_numpy()
    variables = {
        **{name: (dims, _text(values)) for name, (dims, values) in table.items()},
        "gemeentecode": ("wijk", _text(gemeente.to_numpy())),
        "jeugdzorgregio": ("wijk", _text(regio.to_numpy())),
        "kenmerken": (("wijk", "kenmerk"), raw),
        "kenmerken_upper": (("wijk", "kenmerk"), areas.kenmerken_upper[list(design.kenmerken)].to_numpy()),
        "centre": ("kenmerk", design.centre),
        "scale": ("kenmerk", design.scale),
        "gemeente_of_wijk": ("wijk", design.gemeente_of_wijk),
        "regio_of_gemeente": ("gemeente", design.regio_of_gemeente),
        "cell_wijk": ("cell", design.cell_wijk),
        "cell_kenmerk": ("cell", design.cell_kenmerk),
        "imputed": (("imputation", "cell"), design.imputed),
        "fitted": ("fitted_imputation", design.fitted),
        **{f"{name}_drawn": (("fitted_imputation", "wijk"), getattr(design.counts, name)) for name in _COUNTS},
    }
    if design.graph:
        variables |= {f"graph_{name}": (dims, getattr(design.graph, name)) for name, dims in _GRAPH.items()}
    if design.factors:
        variables |= {f"factor_{name}": (dims, getattr(design.factors, name)) for name, dims in _FACTORS.items()}
    coords = {
        "wijk": areas.wijken.index.to_numpy(str),
        "kenmerk": np.array(design.kenmerken, str),
        "gemeente": np.array(design.gemeenten, str),
        **({"factor": np.array(design.factors.names, str)} if design.factors else {}),
    }
    attrs: dict[str, object] = {"regios": json.dumps(design.regios), "gemeente_means": int(design.gemeente_means)}
    if design.graph:
        attrs["graph_log_determinant"] = design.graph.log_determinant
    return xr.Dataset(variables, coords, attrs)


def _text(values: np.ndarray) -> np.ndarray:
    return values.astype(str) if values.dtype.kind not in "fiub" else values


def provenance(areas: Areas) -> dict[str, str | int]:
    """Where a fit comes from: versions, what the figures are, a hash of the data, the policy of counts."""
    digest = hashlib.sha256()
    for frame in (areas.wijken, areas.kenmerken):
        digest.update(pd.util.hash_pandas_object(frame, index=True).to_numpy().tobytes())
    return {
        "layout": LAYOUT,
        "bayes_jeugdhulp": bayes_jeugdhulp.__version__,
        "versions": json.dumps({name: version(name) for name in ("pymc", "nutpie", "arviz", "numpy", "xarray")}),
        "data_hash": digest.hexdigest()[:16],
        "title": areas.title,
        "attribution": areas.attribution,
        "year": -1 if areas.year is None else areas.year,
        "simulated": int(areas.simulated),
        "small_counts": json.dumps(areas.small_counts),
        "counts_policy": json.dumps(asdict(areas.policy)),
    }


def read_design(tree: xr.DataTree) -> Design:
    """Rebuild the Design that a tree was fitted to."""
    if view := tree.attrs.get(VIEW):
        raise ResultFileError(f"this is a view of a fit ({view}), for ArviZ; give the fit itself, as it was loaded")
    data, attrs = tree["constant_data"].to_dataset(), tree.attrs
    index = pd.Index(data["wijk"].to_numpy().astype(str), name="wijkcode")
    wijken = pd.DataFrame(
        {name: data[name].to_numpy() for name in (*_COLUMNS, "gemeentecode", "jeugdzorgregio")}, index
    )
    kenmerken = [str(name) for name in data["kenmerk"].to_numpy()]
    declared = json.loads(attrs.get("small_counts", "null"))  # files of before 0.2 do not have it
    areas = Areas(
        wijken=wijken,
        kenmerken=pd.DataFrame(data["kenmerken"].to_numpy(), index, kenmerken),
        kenmerken_upper=pd.DataFrame(data["kenmerken_upper"].to_numpy(), index, kenmerken),
        policy=CountsPolicy(**json.loads(attrs["counts_policy"])),
        title=attrs["title"],
        attribution=attrs["attribution"],
        year=None if attrs["year"] < 0 else int(attrs["year"]),
        simulated=bool(attrs["simulated"]),
        small_counts=None if declared is None else tuple(declared),
    )
    arrays: dict[str, Any] = {
        name: data[name].to_numpy()
        for name in (
            "gemeente_of_wijk",
            "regio_of_gemeente",
            "centre",
            "scale",
            "cell_wijk",
            "cell_kenmerk",
            "imputed",
            "fitted",
        )
    }
    counts = UncertainCounts(**{name: data[f"{name}_drawn"].to_numpy() for name in _COUNTS})
    gemeenten = tuple(str(code) for code in data["gemeente"].to_numpy())
    means, regios = bool(data.attrs.get("gemeente_means", 0)), tuple(json.loads(data.attrs["regios"]))
    factors = None
    if "factor" in data:
        names = tuple(str(name) for name in data["factor"].to_numpy())
        factors = LatentScores(names, **{name: data[f"factor_{name}"].to_numpy() for name in _FACTORS})
    graph = None
    if "edge" in data.dims:
        of_wijken = {name: data[f"graph_{name}"].to_numpy() for name in _GRAPH}
        graph = SpatialGraph(**of_wijken, log_determinant=float(data.attrs["graph_log_determinant"]))
    return Design(
        areas,
        tuple(kenmerken),
        gemeenten,
        regios,
        **arrays,
        counts=counts,
        gemeente_means=means,
        factors=factors,
        graph=graph,
    )


def read_spec(tree: xr.DataTree) -> ModelSpec:
    """Rebuild the ModelSpec that was fitted."""
    fields = json.loads(tree.attrs["model_spec"])
    priors: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.pop("priors").items()
    }
    names = {
        name: None if fields[name] is None else tuple(fields[name]) for name in ("kenmerken", "without", "small_counts")
    }
    return ModelSpec(**(fields | names), priors=Priors(**priors))


def save(tree: xr.DataTree, path: str | Path) -> None:
    """Write a fit as one NetCDF file, whole or not at all.

    Parameters
    ----------
    tree : xarray.DataTree
        From :func:`bayes_jeugdhulp.fit`.
    path : str or Path
        The file, such as ``fit.nc``; one that is there is replaced when the new one is whole.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> tree = bj.load("fit.nc")
    >>> bj.save(tree, "copy.nc")
    >>> bj.load("copy.nc").attrs == tree.attrs
    True
    """
    encoding = {
        f"/{group}": {
            str(name): {"zlib": True, "complevel": 1}
            for name, array in node.data_vars.items()
            if array.size > 10_000 and array.dtype.kind in "fiub"
        }
        for group, node in tree.children.items()
    }
    with replacing(Path(path)) as part:
        tree.to_netcdf(part, engine="h5netcdf", encoding=encoding)


def load(path: str | Path) -> xr.DataTree:
    """Read a fit that :func:`save` wrote.

    Parameters
    ----------
    path : str or Path
        The NetCDF file.

    Returns
    -------
    xarray.DataTree
        The fit, in memory: the groups that :func:`bayes_jeugdhulp.fit` names.

    Raises
    ------
    ResultFileError
        If there is no such file, it is cut short, not a fit of this package, or of a layout this version cannot read.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> tree = bj.load("fit.nc")
    >>> dict(tree["posterior"]["eta"].sizes), bool(tree.attrs["simulated"])
    ({'chain': 4, 'draw': 100, 'wijk': 800}, True)
    """
    path = Path(path)
    if not path.is_file():
        raise ResultFileError(f"{path}: there is no such file; make one with `bayes-jeugdhulp fit`")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a damaged file is reported below, whatever the reader warned of
            with closing(xr.open_datatree(path, engine="h5netcdf")) as opened:
                tree = opened.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ResultFileError(f"{path}: not a whole NetCDF file ({error}); fit again and let it finish") from error
    if "layout" not in tree.attrs:
        raise ResultFileError(f"{path}: not a fit of bayes_jeugdhulp; make one with `bayes-jeugdhulp fit`")
    if tree.attrs["layout"] != LAYOUT:
        raise ResultFileError(
            f"{path}: file layout {tree.attrs['layout']} of bayes_jeugdhulp {tree.attrs.get('bayes_jeugdhulp')}; this "
            f"version reads layout {LAYOUT}: fit again, or use that version"
        )
    if absent := [group for group in GROUPS if group not in tree.children]:
        raise ResultFileError(f"{path}: groups {', '.join(absent)} are missing; fit again and let it finish")
    return tree

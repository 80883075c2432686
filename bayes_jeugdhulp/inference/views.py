"""Views of a fit for ArviZ and xarray: names in place of codes, and the wijken of one gemeente."""

import numpy as np
import pandas as pd
import xarray as xr

from bayes_jeugdhulp.errors import DataError, unknown_gemeenten
from bayes_jeugdhulp.inference.stored import VIEW


def label_wijken(tree: xr.DataTree) -> xr.DataTree:
    """Put the names of wijken and gemeenten where their codes stand, for axes and tables.

    Every wijk gets its name, with its gemeente's where there are several, and every gemeente its name; where a name
    occurs twice, its code too.

    Parameters
    ----------
    tree : xarray.DataTree
        A fit, or one gemeente of it.

    Returns
    -------
    xarray.DataTree
        The same draws under other labels. It is for ArviZ: results are made from the fit as it is.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> tree = bj.load("fit.nc")
    >>> tree["posterior"]["wijk"].values[:2].tolist()
    ['WK900100', 'WK900101']
    >>> bj.label_wijken(tree)["posterior"]["wijk"].values[:2].tolist()
    ['Nieuw-Hoornewoude, Dremmelga', 'Maarseduin-Noord, Dremmelga']
    """
    data = tree["constant_data"].to_dataset()
    wijken = data[["wijknaam", "gemeentecode", "gemeentenaam"]].to_dataframe()
    several = wijken["gemeentecode"].nunique() > 1
    names = {
        "wijk": _unique(wijken["wijknaam"] + (", " + wijken["gemeentenaam"] if several else "")),
        "gemeente": _unique(wijken.drop_duplicates("gemeentecode").set_index("gemeentecode")["gemeentenaam"]),
    }
    names |= {dim: names["wijk"] for dim in ("observed_wijk", "left_out_wijk")}

    def label(dataset: xr.Dataset) -> xr.Dataset:
        return dataset.assign_coords(
            {dim: [of[code] for code in dataset[dim].to_numpy()] for dim, of in names.items() if dim in dataset.dims}
        )

    return _view(tree.map_over_datasets(label), "names in place of codes")


def select_gemeente(tree: xr.DataTree, code: str) -> xr.DataTree:
    """Keep the wijken of one gemeente, in every group of a fit.

    Parameters
    ----------
    tree : xarray.DataTree
        A fit.
    code : str
        Such as ``GM0518``.

    Returns
    -------
    xarray.DataTree
        The same draws; dims ``wijk``, ``observed_wijk``, ``left_out_wijk`` and ``gemeente`` keep what is of the
        gemeente. It is for ArviZ: results, whose ranks are among all wijken, come from the whole fit and
        :func:`bayes_jeugdhulp.results.select_gemeenten`.

    Raises
    ------
    DataError
        If no wijk of the fit lies in the gemeente.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> one = bj.select_gemeente(bj.load("fit.nc"), "GM9001")
    >>> dict(one["log_likelihood"].sizes)
    {'chain': 4, 'draw': 100, 'observed_wijk': 3}
    """
    data = tree["constant_data"].to_dataset()
    own = data["wijk"].to_numpy()[data["gemeentecode"].to_numpy() == code]
    if unknown := unknown_gemeenten([code], data["gemeente"].to_numpy().tolist(), "the fit"):
        raise DataError(unknown)
    kept = {"wijk": own, "observed_wijk": own, "left_out_wijk": own, "gemeente": [code]}

    def select(dataset: xr.Dataset) -> xr.Dataset:
        return dataset.isel({dim: np.isin(dataset[dim], of) for dim, of in kept.items() if dim in dataset.dims})

    return _view(tree.map_over_datasets(select), f"gemeente {code}")


def _unique(names: pd.Series) -> pd.Series:
    """Names by code; one that several share gets the code behind it."""
    return names.where(~names.duplicated(keep=False), names + " (" + names.index.astype(str) + ")")


def _view(tree: xr.DataTree, what: str) -> xr.DataTree:
    """Mark a tree so that no results are made from it."""
    tree.attrs[VIEW] = what
    return tree

"""What the results owe to the priors: power scaling of the priors and of the likelihood."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.inference.blocks import blocks
from bayes_jeugdhulp.inference.expected import expected_use, fitted_terms
from bayes_jeugdhulp.inference.marginal import log_probability_per_draw
from bayes_jeugdhulp.inference.stored import read_design

Array = NDArray[np.float64]

THRESHOLD = 0.05  # as Kallioinen et al. take it
POWERS = (0.99, 1.01)
FINE = "ok"
CONFLICT = "prior and data pull apart: look at both"
STRONG = "the prior decides, the data say little"


def prior_sensitivity(tree: xr.DataTree) -> pd.DataFrame:
    """How much scales, coefficients and expected use change with the strength of the priors and of the data.

    Only priors of single numbers are scaled: the top of the hierarchy, which is what one chooses. Those of coefficients
    and effects given their scales are part of the model (Kallioinen et al. 2024, Stat Comput 34:57).

    Parameters
    ----------
    tree : xarray.DataTree
        A fit.

    Returns
    -------
    DataFrame, index ``quantity``
        As :func:`sensitivity_table` makes it. Quantities are the single numbers of the posterior, the coefficient that
        depends most on the priors, and in percentage points: the national expectation (youth-weighted mean, sd over
        wijken) and the differences within the gemeente (sd over wijken, the largest).

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> prior_sensitivity(bj.load("fit.nc")).columns.tolist()
    ['prior', 'likelihood', 'diagnosis']
    """
    design = read_design(tree)
    posterior = tree["posterior"].to_dataset()
    mean, sums, largest = np.zeros(1), np.zeros(4), np.zeros(1)
    for part, draws in blocks(tree, design):
        national = 100 * expected_use(part, draws, "national")
        difference = 100 * (expit(draws.eta) - expected_use(part, draws, "within_gemeente"))
        mean = mean + national @ (part.youths / design.youths.sum())
        powers = [(values**power).sum(axis=1) for values in (national, difference) for power in (1, 2)]
        sums = sums + np.stack(powers, axis=1) / len(design.youths)
        largest = np.maximum(largest, np.abs(difference).max(axis=1))
    national_sd, difference_sd = np.sqrt(sums[:, 1::2] - sums[:, ::2] ** 2).T
    quantities = {str(name): values.to_numpy().ravel() for name, values in posterior.items() if values.ndim == 2}
    quantities |= {f"beta {name}": draws.beta[:, i] for i, name in enumerate(design.predictors)}
    quantities |= {
        "expected_national, mean": mean,
        "expected_national, sd": national_sd,
        "difference_within_gemeente, sd": difference_sd,
        "difference_within_gemeente, largest": largest,
    }
    log_prior = [values.to_numpy().ravel() for values in tree["log_prior"].data_vars.values() if values.ndim == 2]
    of_wijken = tree["log_likelihood"]["users"].transpose("chain", "draw", "observed_wijk")
    log_likelihood = of_wijken.sum("observed_wijk", dtype=float).to_numpy().ravel()
    if draws.spatial:  # what is stored is of each wijk given the others: those do not add up to the likelihood
        fitted = fitted_terms(design, draws, field=True)
        log_likelihood = log_probability_per_draw(design, draws, fitted, np.flatnonzero(design.observed)).sum(axis=1)
    table = sensitivity_table(quantities, np.sum(log_prior, axis=0), log_likelihood, draws.imputation)
    coefficients = table.index.str.startswith("beta ")
    return table.drop(index=table[coefficients].index.difference([table.loc[coefficients, "prior"].idxmax()]))


def sensitivity_table(
    quantities: Mapping[str, Array], log_prior: Array, log_likelihood: Array, imputation: NDArray[np.int64]
) -> pd.DataFrame:
    """Sensitivity of quantities to raising the priors, or the likelihood, to a power near 1.

    The draws are weighted by the change in density (Pareto-smoothed), and the sensitivity is the change per doubling of
    the power in the cumulative Jensen-Shannon distance between the weighted draws and the draws as they are.
    Imputations saw no figure, so each keeps its share of the weight.

    Parameters
    ----------
    quantities : dict
        Name to draws, shape (draw,).
    log_prior, log_likelihood : ndarray, shape (draw,)
        Sums over all terms that are scaled.
    imputation : ndarray of int, shape (draw,)

    Returns
    -------
    DataFrame, index ``quantity``
        ``prior`` and ``likelihood`` sensitivity and a ``diagnosis``: below .05 the priors hardly matter; at or above it
        the data say little where their own sensitivity is below .05, else prior and data pull apart.
    """
    weights = {
        part: [_scaled(density, power, imputation) for power in POWERS]
        for part, density in (("prior", log_prior), ("likelihood", log_likelihood))
    }
    columns = {}
    for part, (lower, upper) in weights.items():
        columns[part] = [
            float(array_stats.power_scale_sense(draws[None], lower[None], upper[None], POWERS[0], POWERS[1]))
            for draws in quantities.values()
        ]
    table = pd.DataFrame(columns, index=pd.Index(quantities, name="quantity"))
    matters, informed = (table[part] >= THRESHOLD for part in ("prior", "likelihood"))
    return table.assign(diagnosis=np.select([~matters, informed], [FINE, CONFLICT], STRONG))


def _scaled(log_density: Array, power: float, imputation: NDArray[np.int64]) -> Array:
    """Weights of the draws when a density is raised to a power, adding to 1, shape (draw,)."""
    weights = np.empty_like(log_density)
    for index in np.unique(imputation):
        part = imputation == index
        log_weights = array_stats.power_scale_lw(log_density[part], alpha=power)
        own = np.exp(log_weights - log_weights.max())
        weights[part] = own / own.sum() * part.mean()
    return weights

"""A plain regression on the folds of a crossvalidated fit: what a whole model must do better than.

    bayes-jeugdhulp crossvalidate fit.nc
    python data/held_out_baseline.py fit.nc

Least squares of the log odds of published percentages on standardised kenmerken, medians in place of missing ones, with
and without the mean of the jeugdzorgregio; each gemeente foreseen by a regression without its fold. A published wijk is
one with enough users, so what is expected of it given that comes last: a normal spread of the log odds about the
regression, as wide as the residuals are beyond chance, and the secrecy limit.
"""

import sys

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.inference.crossvalidation import expected_if_published
from bayes_jeugdhulp.inference.stored import read_design
from bayes_jeugdhulp.model import Design
from bayes_jeugdhulp.results.comparison import out_of_sample

Array = NDArray[np.float64]


def foreseen(x: Array, pct: Array, fold: NDArray[np.int64]) -> Array:
    """Log odds of each fold by least squares on the others, shape (wijk,); NaN in ``pct`` takes no part."""
    published, expected = ~np.isnan(pct), np.empty(len(pct))
    for i in np.unique(fold):
        rows = published & (fold != i)
        expected[fold == i] = x[fold == i] @ np.linalg.lstsq(x[rows], logit(pct[rows] / 100), rcond=None)[0]
    return expected


def if_published(expected: Array, pct: Array, youths: NDArray[np.int64], limit: int) -> Array:
    """Shares expected of published wijken, shape (wijk,)."""
    published, p = ~np.isnan(pct), expit(expected)
    residual = logit(pct[published] / 100) - expected[published]
    spread = np.sqrt(np.mean(residual**2 - 1 / (youths * p * (1 - p))[published]))
    return expected_if_published(expit(expected + spread * ndtri((np.arange(200) + 0.5) / 200)[:, None]), youths, limit)


def losses(design: Design, pct: Array, fit: Array, regression: Array) -> pd.DataFrame:
    """Per gemeente, most first: mean of what is used above expectation, and what R2 by youths loses."""
    weight = np.where(np.isnan(pct), 0, design.youths)
    spread = np.nansum(weight * (pct - np.nansum(weight * pct) / weight.sum()) ** 2)
    parts = {"fit": weight * (pct - fit), "regression": weight * (pct - regression)}
    parts["r2_lost"] = weight * ((pct - fit) ** 2 - (pct - regression) ** 2) / spread
    table = pd.DataFrame(parts | {"youths": weight}).groupby(design.areas.wijken["gemeentenaam"].to_numpy()).sum()
    table[["fit", "regression"]] = table[["fit", "regression"]].div(table["youths"], axis=0)
    return table.sort_values("r2_lost", ascending=False).round({"fit": 2, "regression": 2, "r2_lost": 3})


def main() -> None:
    """Print R2 of both regressions and of the fit."""
    tree = bj.load(sys.argv[1])
    design, crossed = read_design(tree), tree["crossvalidation"].to_dataset()
    kenmerken = design.areas.kenmerken[list(design.kenmerken)]
    filled = kenmerken.fillna(kenmerken.median())
    x = np.column_stack([np.ones(len(filled)), (filled - filled.mean()) / filled.std()])
    regios = pd.get_dummies(design.areas.wijken["jeugdzorgregio"], drop_first=True, dtype=float)
    pct = design.areas.wijken["observed_pct"].where(design.published).to_numpy()
    fold = crossed["fold"].to_numpy()[design.gemeente_of_wijk]
    alone, regional = foreseen(x, pct, fold), foreseen(np.column_stack([x, regios]), pct, fold)
    given = (pct, design.youths, design.areas.policy.suppressed_below)
    regional_published = if_published(regional, *given)
    found = {
        "kenmerken": expit(alone),
        "kenmerken and regio": expit(regional),
        "kenmerken, given published": if_published(alone, *given),
        "kenmerken and regio, given published": regional_published,
        "the fit, given published": crossed["expected_published"].to_numpy(),
    }
    table = {name: out_of_sample(pct, 100 * expected, design.youths) for name, expected in found.items()}
    print(design.areas.title)
    print(pd.DataFrame(table).T.round(3).to_string())
    print("\nWhere the fit loses most to the regression, by youths: points used more than expected, and R2 lost")
    print(losses(design, pct, 100 * found["the fit, given published"], 100 * regional_published).head(5).to_string())


if __name__ == "__main__":
    main()

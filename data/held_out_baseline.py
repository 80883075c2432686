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

FIT, RESAMPLED = "the fit, given published", 200


def foreseen(x: Array, pct: Array, fold: NDArray[np.int64], weight: Array) -> Array:
    """Log odds of each fold by least squares on the others, shape (wijk,); NaN in ``pct`` takes no part."""
    published, expected = ~np.isnan(pct), np.empty(len(pct))
    for i in np.unique(fold):
        rows = published & (fold != i)
        root = np.sqrt(weight[rows])
        slopes = np.linalg.lstsq(root[:, None] * x[rows], root * logit(pct[rows] / 100), rcond=None)[0]
        expected[fold == i] = x[fold == i] @ slopes
    return expected


def if_published(expected: Array, pct: Array, youths: NDArray[np.int64], limit: int) -> Array:
    """Shares expected of published wijken, shape (wijk,)."""
    published, p = ~np.isnan(pct), expit(expected)
    residual = logit(pct[published] / 100) - expected[published]
    spread = np.sqrt(np.mean(residual**2 - 1 / (youths * p * (1 - p))[published]))
    return expected_if_published(expit(expected + spread * ndtri((np.arange(200) + 0.5) / 200)[:, None]), youths, limit)


def scored(design: Design, pct: Array, expected: Array, fit: Array) -> dict[str, float]:
    """R2, and the standard error of what the fit has more of it: gemeenten drawn again, with replacement."""
    rng, members = np.random.default_rng(1), np.arange(len(design.gemeenten))
    wijken = [np.flatnonzero(design.gemeente_of_wijk == g) for g in members]
    apart = []
    for _ in range(RESAMPLED):
        rows = np.concatenate([wijken[g] for g in rng.choice(members, len(members))])
        of_fit, own = (out_of_sample(pct[rows], values[rows], design.youths[rows]) for values in (fit, expected))
        apart.append([of_fit[name] - own[name] for name in own])
    found = out_of_sample(pct, expected, design.youths)
    errors = np.std(apart, axis=0)
    return found | {f"se_{name.removeprefix('r2_')}": error for name, error in zip(found, errors, strict=True)}


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
    once, roots = np.ones(len(pct)), np.sqrt(design.youths)
    with_regio = np.column_stack([x, regios])
    alone, regional = foreseen(x, pct, fold, once), foreseen(with_regio, pct, fold, once)
    given = (pct, design.youths, design.areas.policy.suppressed_below)
    regional_published = if_published(regional, *given)
    found = {
        "kenmerken": expit(alone),
        "kenmerken and regio": expit(regional),
        "kenmerken, given published": if_published(alone, *given),
        "kenmerken and regio, given published": regional_published,
        "the same, weighted by the root of youths": if_published(foreseen(with_regio, pct, fold, roots), *given),
        FIT: crossed["expected_published"].to_numpy(),
    }
    table = {name: scored(design, pct, 100 * expected, 100 * found[FIT]) for name, expected in found.items()}
    print(design.areas.title)
    print(pd.DataFrame(table).T.round(3).to_string())
    print("\nWhere the fit loses most to the regression, by youths: points used more than expected, and R2 lost")
    print(losses(design, pct, 100 * found[FIT], 100 * regional_published).head(5).to_string())


if __name__ == "__main__":
    main()

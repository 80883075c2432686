"""Upper bounds of the SCP's hidden kenmerken, from numbers of households that its published decimals give away."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LIMIT = 10  # a share is published from this many households on
HOUSEHOLDS = ("perc_ouderpsy", "perc_hhverd", "perc_hhbijs", "perc_hhwan")  # shares of all households
FAMILIES = ("perc_jong04", "perc_1ouder", "perc_hhmkhgink")  # shares of the households with children
LINK = "perc_hhmk"  # households with children as a share of all households, always published
YOUTHS_PER_FAMILY = (1.1, 2.15)  # less than a factor 2 apart: twice a denominator fits the same decimals
ROUNDING = 0.000501  # three decimals


def kenmerken_upper(kenmerken: pd.DataFrame, youths: NDArray[np.float64]) -> pd.DataFrame:
    """Bound each hidden share of households by the count below which the SCP hides it.

    Parameters
    ----------
    kenmerken : DataFrame, one row a wijk
        The SCP's percentages, NaN where not published.
    youths : ndarray, shape (wijk,)
        Number of youths; need only be right within a third.

    Returns
    -------
    DataFrame like ``kenmerken``
        ``100 (LIMIT - 1) / denominator``, at most 100, for missing cells; NaN elsewhere, and where no number of
        households fits the decimals.

    Notes
    -----
    Shares of a wijk are whole numbers of households over one and the same number, printed in three decimals, and few
    numbers can give them all. With H households, F = ``perc_hhmk`` H / 100 of them have children; H is searched where
    F is between ``youths / 2.15`` and ``youths / 1.1``. Where several H fit, the smallest gives the bound, so that the
    bound is never too low.

    Examples
    --------
    Of 109 households 33 have children and 17 a psychiatric prescription; fewer than 10 of the 33 are single parents:

    >>> shares = {"perc_hhmk": [30.275], "perc_ouderpsy": [15.596], "perc_1ouder": [np.nan]}
    >>> kenmerken_upper(pd.DataFrame(shares), np.array([50.0]))["perc_1ouder"].round(2).tolist()
    [27.27]
    """
    upper = pd.DataFrame(np.nan, index=kenmerken.index, columns=kenmerken.columns)
    if LINK not in kenmerken:
        return upper
    households, families = ([name for name in names if name in kenmerken] for names in (HOUSEHOLDS, FAMILIES))
    of_all, of_families = kenmerken[households].to_numpy(), kenmerken[families].to_numpy()
    link = kenmerken[LINK].to_numpy() / 100
    gaps = np.isnan(of_all).any(axis=1) | np.isnan(of_families).any(axis=1)
    bounds = {name: np.full(len(kenmerken), np.nan) for name in (*households, *families)}
    for row in np.flatnonzero(gaps & (link > 0)):
        high, low = youths[row] / np.array(YOUTHS_PER_FAMILY) / link[row]
        candidates = np.arange(max(int(low), LIMIT), int(high) + 2, dtype=float)
        with_children = np.round(link[row] * candidates)
        fits = np.abs(with_children / candidates - link[row]) * 100 < ROUNDING
        fits &= _fits(of_all[row], candidates) & _fits(of_families[row], with_children)
        if fits.any():
            for names, denominator in ((households, candidates[fits][0]), (families, with_children[fits][0])):
                for name in names:
                    bounds[name][row] = min(100 * (LIMIT - 1) / denominator, 100)
    return upper.assign(**bounds).where(kenmerken.isna())


def _fits(shares: NDArray[np.float64], denominators: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each published share is a whole number, of at least LIMIT, over the denominator."""
    known = shares[~np.isnan(shares)]
    people = np.maximum(denominators, 1)[:, None]
    counts = np.round(known * people / 100)
    return ((np.abs(100 * counts / people - known) < ROUNDING) & (counts >= LIMIT)).all(axis=1)

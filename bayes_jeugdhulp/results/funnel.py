"""Limits of a funnel plot, with room for the spread between wijken that chance alone does not explain."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]


def overdispersion(gap: ArrayLike, variance: ArrayLike, winsorised: float = 0.01) -> float:
    r"""Variance between units beyond chance, by the method of moments.

    Parameters
    ----------
    gap : array_like, shape (unit,)
        Observed minus target, in any unit. At least two units.
    variance : array_like, shape (unit,)
        Variance of each gap by chance alone, in that unit squared; above 0.
    winsorised : float, default 0.01
        Share of the standardised gaps at either end that is pulled in to the quantile there, so that a few extreme
        units do not widen the limits they are held against. Spiegelhalter pulls in more (a tenth), which makes the
        estimate about a third too small where nothing is extreme; a hundredth costs 4%.

    Returns
    -------
    float
        tau squared, 0 or more, in the unit of ``variance``.

    Raises
    ------
    ValueError
        If there are fewer than two units or a variance is not above 0.

    Notes
    -----
    Spiegelhalter (2005), Statistics in Medicine 24:1185-1202, doi 10.1002/sim.1970: with
    :math:`z_i = gap_i / s_i`, :math:`w_i = 1 / s_i^2` and :math:`\hat\phi = \sum z_i^2 / I`,

    .. math:: \hat\tau^2 = \max\left(0, \frac{I \hat\phi - (I - 1)}{\sum w_i - \sum w_i^2 / \sum w_i}\right)

    Examples
    --------
    >>> overdispersion([3.0, -3.0, 1.0, -1.0], [1.0, 1.0, 1.0, 1.0], winsorised=0)  # (20 - 3) / (4 - 1)
    5.666666666666667
    """
    gap, variance = np.asarray(gap, float), np.asarray(variance, float)
    if gap.size < 2 or not (variance > 0).all():
        raise ValueError("overdispersion needs two units or more, each with a variance above 0")
    z = gap / np.sqrt(variance)
    z = np.clip(z, *np.quantile(z, [winsorised, 1 - winsorised]))
    weight = 1 / variance
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    return max(0.0, float(((z**2).sum() - (z.size - 1)) / spread))


def limit(variance: ArrayLike, tau2: float, probability: float) -> Floats:
    r"""Distance from the target within which a unit lies with this probability.

    Parameters
    ----------
    variance : array_like
        Variance of a gap by chance alone.
    tau2 : float
        Variance between units beyond chance, of :func:`overdispersion`.
    probability : float
        For instance 0.95 or 0.998, the two that Spiegelhalter (2005) draws.

    Returns
    -------
    ndarray of float, shaped as ``variance``
        Half the width of the funnel: :math:`z_p \sqrt{s^2 + \tau^2}`.

    Examples
    --------
    >>> limit([9.0, 0.0], 16.0, 0.95).round(2)
    array([9.8 , 7.84])
    """
    return np.asarray(norm.ppf((1 + probability) / 2) * np.sqrt(np.asarray(variance, float) + tau2))

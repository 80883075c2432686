"""Linear regression of an outcome of wijken on predictors, one by one and together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_jeugdhulp.factors.possible import NotPossible, as_figures

COLUMNS = ("coefficient", "low", "high", "p_value", "standardised")


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """An ordinary least squares regression.

    Attributes
    ----------
    table : DataFrame, by predictor
        ``coefficient`` in units of the outcome per unit of the predictor, ``low`` and ``high`` of its confidence
        interval, ``p_value`` (two-sided, that it is 0), and ``standardised``: sds of the outcome per sd.
    intercept : float
    r2, r2_adjusted : float
        Share of the outcome's variance.
    n : int
        Wijken that have the outcome and every predictor.
    probability : float
        Of the intervals.
    """

    table: pd.DataFrame
    intercept: float
    r2: float
    r2_adjusted: float
    n: int
    probability: float


def regress(outcome: pd.Series, predictors: pd.DataFrame, probability: float = 0.95) -> Regression | NotPossible:
    """Regress an outcome on predictors together.

    Parameters
    ----------
    outcome : Series, by wijk
        Give a difference with its sign: a coefficient for its absolute size says nothing of higher or lower.
    predictors : DataFrame, wijk by predictor
        Matched with the outcome by the names of the wijken.
    probability : float, default 0.95
        Of the confidence intervals.

    Returns
    -------
    Regression or NotPossible
        Not possible with too few wijken, where the outcome does not vary, or where a predictor does not or follows
        from the others.

    Raises
    ------
    DataError
        If the figures are not numbers.
    ValueError
        If ``probability`` does not lie between 0 and 1.

    Notes
    -----
    Least squares by statsmodels; intervals and p values from the t distribution take wijken as independent draws with
    one variance. A coefficient is biased where the outcome is the residual of an earlier regression on kenmerken that
    go with the predictors: fit them together instead.

    Examples
    --------
    >>> wijken = ["w1", "w2", "w3", "w4"]
    >>> found = regress(pd.Series([1.0, 2, 2, 3], wijken), pd.DataFrame({"x": [0.0, 1, 2, 3]}, wijken))
    >>> found.table.loc["x"].round(3).to_dict()
    {'coefficient': 0.6, 'low': -0.008, 'high': 1.208, 'p_value': 0.051, 'standardised': 0.949}
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability must lie between 0 and 1, not {probability}")
    y = as_figures(outcome.to_frame("outcome"), "outcome")["outcome"].dropna()
    x = as_figures(predictors, "predictors").dropna()
    both = x.index.intersection(y.index)
    y, x = y[both], x.loc[both]
    n, k = x.shape
    if n < k + 2:
        return NotPossible(f"{n} wijken have the outcome and every predictor; {k + 2} are the least for {k} predictors")
    if np.ptp(y) == 0:
        return NotPossible("the outcome does not vary")
    if len(still := x.columns[np.ptp(x.to_numpy(), axis=0) == 0]):
        return NotPossible(f"{', '.join(map(str, still))} does not vary")
    centred = ((x - x.mean()) / x.std()).to_numpy()
    if np.linalg.matrix_rank(centred) < k:
        return NotPossible("one predictor follows from the others")

    import statsmodels.api as sm

    fitted = sm.OLS(y.to_numpy(), np.column_stack([np.ones(n), x.to_numpy()])).fit()
    low, high = fitted.conf_int(1 - probability)[1:].T
    slopes = fitted.params[1:]
    columns = (slopes, low, high, fitted.pvalues[1:], slopes * x.std().to_numpy() / y.std())
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), x.columns)
    r2, adjusted = float(fitted.rsquared), float(fitted.rsquared_adj)
    return Regression(table, float(fitted.params[0]), r2, adjusted, n, probability)


def regress_one_by_one(
    outcome: pd.Series, predictors: pd.DataFrame, probability: float = 0.95
) -> dict[str, Regression | NotPossible]:
    """Regress an outcome on each predictor alone; each over all wijken that have it.

    Parameters
    ----------
    outcome : Series, by wijk
        As for :func:`regress`.
    predictors : DataFrame, wijk by predictor
        Matched with the outcome by the names of the wijken.
    probability : float, default 0.95
        Of the confidence intervals.

    Returns
    -------
    dict of Regression or NotPossible
        By predictor, in their order.

    Raises
    ------
    DataError
        If the figures are not numbers.
    ValueError
        If ``probability`` does not lie between 0 and 1.

    Examples
    --------
    >>> wijken = ["w1", "w2", "w3", "w4"]
    >>> predictors = pd.DataFrame({"x": [0.0, 1, 2, 3], "same": 1.0}, wijken)
    >>> found = regress_one_by_one(pd.Series([1.0, 2, 2, 3], wijken), predictors)
    >>> round(found["x"].r2, 2), found["same"]
    (0.9, NotPossible(because='same does not vary'))
    """
    return {str(name): regress(outcome, predictors[[name]], probability) for name in predictors.columns}

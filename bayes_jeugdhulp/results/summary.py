"""A result in a few lines for a terminal: how well it is calibrated, and what stands out."""

import pandas as pd

from bayes_jeugdhulp.results.decomposition import TOTAL
from bayes_jeugdhulp.results.tables import TOP, Results


def top_list(wijken: pd.DataFrame, direction: str, reference: str = "within_gemeente", top: int = TOP) -> pd.DataFrame:
    """The wijken that stand out most surely in one direction, at most ten and often fewer.

    Parameters
    ----------
    wijken : DataFrame
        One row a wijk: of :class:`bayes_jeugdhulp.results.Results`, or some of its rows.
    direction : {"hoger", "lager"}
    reference : {"within_gemeente", "national"}
    top : int, default 10
        Most rows.

    Returns
    -------
    DataFrame, a row a wijk
        Ordered by the probability of the direction; suppressed wijken never stand in it by name.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> top_list(results.wijken, "hoger", top=1)[["wijknaam", "youths"]].to_numpy().tolist()
    [['Buitengebied Vossermade', 966]]
    """
    short = wijken.rename(columns=lambda name: name.removesuffix(f"_{reference}"))
    probability = {"hoger": "prob_higher", "lager": "prob_lower"}[direction]
    columns = ["wijknaam", "gemeentenaam", "youths", "observed_pct", "expected_loo_pct", "difference_points"]
    chosen = short[(short["status"] == direction) & (short["observed_state"] == "published")]
    larger = chosen.assign(size=chosen["difference_points"].abs())
    ordered = larger.sort_values([probability, "size", "wijkcode"], ascending=[False, False, True])
    return ordered[[*columns, probability, "rank_low", "rank_high"]].head(top)


def summarise(results: Results) -> str:
    """Calibration per size class, R2, where differences come from, and what stands out within its gemeente.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
        Several lines, for a terminal.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> print(summarise(results).splitlines()[0])
    GESIMULEERD: every name, code and figure below is invented.
    """
    lines = []
    if results.metadata["simulated"]:
        lines.append("GESIMULEERD: every name, code and figure below is invented.")
    if results.metadata["stamp"]:
        lines.append(results.metadata["stamp"])
    lines += [
        "share of wijken outside their leave-one-out interval, by number of youths (5 and 20% when calibrated):",
        results.calibration.to_string(index=False, float_format="{:.1f}".format),
        "R2 of the expectation:",
        results.explained.to_string(index=False, float_format="{:.3f}".format),
        _origins(results.decomposition),
        _flagged(results.metadata),
    ]
    for direction in ("hoger", "lager"):
        total = (results.wijken["status_within_gemeente"] == direction).sum()
        named = top_list(results.wijken, direction)
        lines.append(f"{direction} dan verwacht, within gemeente: {total} of {len(results.wijken)} wijken")
        if len(named):
            lines.append(named.to_string(index=False, float_format="{:.3g}".format))
        if len(named) < TOP:
            lines.append("meer zijn er niet te onderscheiden")
    return "\n".join(lines)


def _origins(decomposition: pd.DataFrame) -> str:
    """Shares of the differences between wijken, every wijk counting once, in one line."""
    once = decomposition[decomposition["counting"] == "per wijk"]
    shares = ", ".join(f"{row.part} {row.share:.0%}" for row in once.itertuples() if row.part != TOTAL)
    return f"differences between the percentages of wijken, each counting once: {shares}"


def _flagged(metadata: dict) -> str:
    """Sizes of the flagged sets of wijken and their expected share of false flags, in one line."""
    sets = [
        f"{found['size']} {found['direction']} {found['reference'].replace('_', ' ')}"
        + (f" ({found['expected_false']:.1%} expected false)" if found["size"] else "")
        for found in metadata["flagged"]
        if found["level"] == "wijken"
    ]
    return f"flagged sets among all wijken of the fit: {', '.join(sets)}"

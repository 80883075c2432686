"""Fits of the same figures side by side: what each foresees, how its intervals cover, which statuses change."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.files import filling
from bayes_jeugdhulp.inference.expected import REFERENCES
from bayes_jeugdhulp.inference.stored import read_design, read_spec
from bayes_jeugdhulp.results.calibration import weighted_r2
from bayes_jeugdhulp.results.factor_effects import describe_change, factor_change, sizes
from bayes_jeugdhulp.results.status import FlagRule
from bayes_jeugdhulp.results.tables import Results, make_results
from bayes_jeugdhulp.results.writing import write_table

Array = NDArray[np.float64]

LARGEST = 10  # contributions that a difference is also given without
CHANCES = ("prob_higher", "prob_lower", "prob_near")
LARGE = 500  # youths; in smaller wijken the published percentage is mostly chance


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Tables that :func:`compare` makes; docs/columns.md says what the columns mean.

    Attributes
    ----------
    models : DataFrame
        One row a fit: elpd, differences from the best, R2.
    calibration : DataFrame
        One row a size class of a fit: the share of wijken outside their leave-one-out interval.
    statuses : DataFrame
        One row a pair of statuses: the number of wijken that have the one under the first fit and the other under
        another; not of fits that failed the gate.
    changes : DataFrame
        One row a wijk whose status changes: which it was and became, and the probabilities behind both.
    metadata : dict
        Title, attribution, year, simulated, data hash, and the model of each fit.
    factors : DataFrame
        A row a wijk, what factors do to its difference: the first fit without factors beside the first with them, both
        of those that passed the gate. Empty where there is no such pair.
    """

    models: pd.DataFrame
    calibration: pd.DataFrame
    statuses: pd.DataFrame
    changes: pd.DataFrame
    metadata: dict
    factors: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __str__(self) -> str:
        lines = ["GESIMULEERD: every figure below is of an invented country."] if self.metadata["simulated"] else []
        lines += ["what each fit foresees (elpd; R2 leave-one-wijk-out and out of sample):"]
        lines += [self.models.set_index("fit").T.to_string(float_format="{:.3f}".format, na_rep="")]
        lines += ["share of wijken outside their leave-one-out interval (5 and 20% when calibrated):"]
        lines += [self.calibration.to_string(index=False, float_format="{:.1f}".format)]
        failed = self.models.loc[~self.models["gate_passed"], "fit"]
        if len(failed):
            lines.append(f"no statuses of {', '.join(failed)}: the gate did not pass")
        for (reference, first, other), table in self.statuses.groupby(["reference", "first", "fit"], sort=False):
            changed = table.loc[table["status_first"] != table["status"], "wijken"].sum()
            told = f"{reference}: {changed} of {table['wijken'].sum()} wijken change status from {first} to {other}"
            lines.append(told + (" (--out lists them, as does .changes)" if changed else ""))
            crossed = table.pivot(index="status_first", columns="status", values="wijken").fillna(0).astype(int)
            lines.append(crossed.to_string())
        if len(self.factors):
            lines.append("what factors do to the differences (points):")
            lines.append(pd.DataFrame(describe_change(self.factors)).T.to_string(float_format="{:.2f}".format))
        return "\n".join(lines)


def compare(fits: Iterable[tuple[str, xr.DataTree]], rule: FlagRule | None = None) -> Comparison:
    """Lay fits of the same figures side by side.

    Parameters
    ----------
    fits : iterable of (label, DataTree)
        Taken one at a time: a generator that loads files keeps one in memory. Statuses are compared with the first.
    rule : FlagRule, optional

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        If two fits have the same label, are of other figures, or were crossvalidated with other folds.

    Notes
    -----
    A difference of elpd is that of the sums, own minus best, and its standard error ``sqrt(N var(pointwise
    differences))`` (Vehtari, Gelman & Gabry 2017).

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> tree = bj.load("fit.nc")
    >>> compare([("one", tree), ("same", tree)]).models[["fit", "elpd_difference"]].to_numpy().tolist()
    [['one', 0.0], ['same', 0.0]]
    """
    seen: list[_Fit] = []
    rule, pair = rule or FlagRule(), {}
    for label, tree in fits:
        _check_comparable(label, tree, seen)
        seen.append(_look_at(label, tree, rule))
        factors = bool(seen[-1].row["factors"])
        if seen[-1].row["gate_passed"] and factors not in pair:
            pair[factors] = sizes(tree)
    models = pd.DataFrame([fit.row for fit in seen])
    models = _with_differences(models, [fit.elpd for fit in seen], "elpd")
    models = _with_differences(models, [fit.elpd_gemeenten for fit in seen], "elpd_gemeenten")
    first = seen[0]
    described = {name: first.results.metadata[name] for name in ("title", "attribution", "year", "simulated")}
    specs = {fit.label: fit.results.metadata["model_spec"] for fit in seen}
    return Comparison(
        models=models,
        calibration=pd.concat([_labelled(fit, fit.results.calibration) for fit in seen], ignore_index=True),
        statuses=_statuses(seen),
        changes=_changes(seen),
        metadata=described | {"data_hash": first.data_hash, "fits": specs},
        factors=factor_change(pair[True], pair[False], rule.probability) if len(pair) == 2 else pd.DataFrame(),
    )


def write_comparison(comparison: Comparison, directory: str | Path) -> list[Path]:
    """Write vergelijking and its calibratie, statussen and wijken (those that change), each as CSV and as Parquet.

    Where a fit with factors was compared with one without, also factoren_wijken.

    Parameters
    ----------
    comparison : Comparison
    directory : str or Path
        Made where it does not exist.

    Returns
    -------
    list of Path
        The files written.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> tree = bj.load("fit.nc")
    >>> written = write_comparison(compare([("one", tree), ("same", tree)]), "comparison")
    >>> [path.name for path in written if path.suffix == ".csv"]
    ['vergelijking.csv', 'vergelijking_calibratie.csv', 'vergelijking_statussen.csv', 'vergelijking_wijken.csv']
    """
    metadata = comparison.metadata
    mark = {"data": "gesimuleerd" if metadata["simulated"] else metadata["title"]}
    tables = {
        "vergelijking": comparison.models,
        "vergelijking_calibratie": comparison.calibration,
        "vergelijking_statussen": comparison.statuses,
        "vergelijking_wijken": comparison.changes,
    }
    if len(comparison.factors):
        tables["factoren_wijken"] = comparison.factors
    names = []
    with filling(directory) as folder:
        for name, table in tables.items():
            names += [path.name for path in write_table(table.assign(**mark), folder / name, metadata)]
    return [Path(directory) / name for name in names]


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """What is kept of a fit when the next one is read."""

    label: str
    data_hash: str
    row: dict
    elpd: Array
    fold: NDArray[np.int64] | None
    elpd_gemeenten: Array | None
    results: Results


def _check_comparable(label: str, tree: xr.DataTree, seen: list[_Fit]) -> None:
    if not seen:
        return
    problems = []
    if label in {fit.label for fit in seen}:
        problems.append(Problem(label, "two fits of this name", "a name for each", "rename one of the files"))
    if tree.attrs["data_hash"] != seen[0].data_hash:
        found, wanted = f"other figures than {seen[0].label}", "fits of the same wijken, counts and kenmerken"
        problems.append(Problem(label, found, wanted, "fit both models to the same file with the same options"))
    elif "crossvalidation" in tree.children:
        fold = tree["crossvalidation"]["fold"].to_numpy()
        for fit in seen:
            if fit.fold is not None and not np.array_equal(fold, fit.fold):
                found, wanted = f"other folds of gemeenten than {fit.label}", "the same folds"
                problems.append(Problem(label, found, wanted, "crossvalidate both with the same --folds"))
    if problems:
        raise DataError(problems)


def _look_at(label: str, tree: xr.DataTree, rule: FlagRule) -> _Fit:
    results, spec = make_results(tree, rule, despite_failed_gate=True), asdict(read_spec(tree))
    elpd, explained = tree["loo"]["elpd"].to_numpy(), results.explained
    left_out = explained[explained["expectation"] == "leave-one-wijk-out"].set_index("reference")
    row = {
        "fit": label,
        **{
            name: spec[name]
            for name in ("wijk_effect", "wijk_scale", "spatial", "coefficients", "gemeente_means", "missing")
        },
        "factors": spec["factors"] if "factors" in tree.children else "",
        "gate_passed": not results.metadata["check_failures"],
        "quick": results.metadata["quick"],
        **{name: int(tree["loo"][name].sum()) for name in ("integrated", "refitted", "k_too_high")},
        "elpd": np.nansum(elpd),
    }
    for reference in REFERENCES:
        r2, weighted = left_out.loc[reference, ["r2", "r2_weighted"]]
        row |= {f"r2_loo_{reference}": r2, f"r2_loo_weighted_{reference}": weighted}
    if "crossvalidation" not in tree.children:
        return _Fit(label, tree.attrs["data_hash"], row, elpd, None, None, results)
    crossed, design = tree["crossvalidation"].to_dataset(), read_design(tree)
    gemeenten = crossed["elpd"].to_numpy()
    row |= {"folds": int(crossed.attrs["folds"]), "elpd_gemeenten": gemeenten.sum()}
    observed = np.where(design.published, design.areas.wijken["observed_pct"].to_numpy(), np.nan)
    row |= out_of_sample(observed, 100 * crossed["expected_published"].to_numpy(), design.youths)
    return _Fit(label, tree.attrs["data_hash"], row, elpd, crossed["fold"].to_numpy(), gemeenten, results)


def out_of_sample(observed: Array, expected: Array, youths: NDArray[np.int64]) -> dict[str, float]:
    """R2 of what was foreseen of published percentages, every wijk counting once, by youths, and of large wijken.

    Parameters
    ----------
    observed : ndarray, shape (wijk,)
        Percentages; NaN where not published.
    expected : ndarray, shape (wijk,)
        What was expected given that it is published.
    youths : ndarray of int, shape (wijk,)
    """
    known = ~np.isnan(observed) & ~np.isnan(expected)
    large = known & (youths >= LARGE)
    once = np.ones(len(youths))
    return {
        "r2_gemeenten": weighted_r2(observed[known], expected[known], once[known]),
        "r2_gemeenten_weighted": weighted_r2(observed[known], expected[known], youths[known].astype(float)),
        "r2_gemeenten_large": weighted_r2(observed[large], expected[large], once[large]) if large.any() else np.nan,
    }


def difference_from(own: Array, best: Array) -> tuple[float, float, float]:
    """Difference of two sums of pointwise scores, its paired standard error, and the difference without the largest.

    Parameters
    ----------
    own, best : ndarray, shape (unit,)
        NaN where a unit was not scored.

    Returns
    -------
    difference, se, trimmed : float
        ``trimmed`` leaves out the ten units that contribute most, in either direction.

    Examples
    --------
    >>> difference_from(np.arange(12.0), np.zeros(12))[::2]
    (66.0, 1.0)
    """
    apart = (own - best)[~np.isnan(own) & ~np.isnan(best)]
    kept = np.argsort(np.abs(apart))[: max(len(apart) - LARGEST, 0)]
    return float(apart.sum()), float(np.sqrt(len(apart) * apart.var(ddof=1))), float(apart[kept].sum())


def _with_differences(models: pd.DataFrame, pointwise: list[Array | None], name: str) -> pd.DataFrame:
    """Add the differences from the best, right of the sum that they are differences of."""
    if name not in models:
        return models
    best = pointwise[int(models[name].argmax())]
    assert best is not None
    found = [(np.nan,) * 3 if own is None else difference_from(own, best) for own in pointwise]
    for offset, (part, values) in enumerate(
        zip(("difference", "se", "difference_without_10"), zip(*found, strict=True), strict=True), start=1
    ):
        models.insert(list(models.columns).index(name) + offset, f"{name}_{part}", list(values))
    return models


def _labelled(fit: _Fit, table: pd.DataFrame) -> pd.DataFrame:
    copy = table.copy()
    copy.insert(0, "fit", fit.label)
    return copy


def _pairs(fits: list[_Fit]) -> list[tuple[dict[str, str], pd.DataFrame, pd.DataFrame]]:
    """Wijken of the first fit that passed the gate and of each other that did, per reference, without its suffix."""
    passed = [fit for fit in fits if fit.row["gate_passed"]]

    def short(fit: _Fit, reference: str) -> pd.DataFrame:
        return fit.results.wijken.rename(columns=lambda name: name.removesuffix(f"_{reference}"))

    return [
        (
            {"reference": reference, "first": passed[0].label, "fit": other.label},
            short(passed[0], reference),
            short(other, reference),
        )
        for reference in REFERENCES
        for other in passed[1:]
    ]


def _statuses(fits: list[_Fit]) -> pd.DataFrame:
    """Cross tables of statuses, in long form."""
    parts = []
    for named, first, other in _pairs(fits):
        pair = pd.DataFrame({"status_first": first["status"], "status": other["status"]})
        parts.append(pair.value_counts(sort=False).rename("wijken").reset_index().assign(**named))
    columns = ["reference", "first", "fit", "status_first", "status", "wijken"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _changes(fits: list[_Fit]) -> pd.DataFrame:
    """Wijken whose status changes, with the probabilities of either fit."""
    names, parts = ["wijkcode", "wijknaam", "gemeentecode", "gemeentenaam"], []
    figures = ["status", *CHANCES]
    for named, first, other in _pairs(fits):
        changed = first["status"] != other["status"]
        before = first.loc[changed, figures].add_suffix("_first")
        parts.append(
            pd.concat([first.loc[changed, names], before, other.loc[changed, figures]], axis=1).assign(**named)
        )
    of_both = [column for figure in figures for column in (f"{figure}_first", figure)]
    columns = ["reference", "first", "fit", *names, *of_both]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)

"""The gate: no expected use, flag, rank or report without a passed convergence check."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, product
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.errors import GateError
from bayes_jeugdhulp.inference.blocks import blocks
from bayes_jeugdhulp.inference.convergence import diagnose
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use
from bayes_jeugdhulp.model.design import Design

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GateThresholds:
    """What a fit must reach.

    Attributes
    ----------
    r_hat : float
        Largest rank-normalised R-hat (Vehtari et al. 2021, doi 10.1214/20-BA1221).
    ess : float
        Smallest bulk and tail effective sample size.
    bfmi : float
        Smallest estimated Bayesian fraction of missing information of a chain.
    divergences : int
        Largest number of divergent transitions.

    Examples
    --------
    >>> from bayes_jeugdhulp.inference import check_gate, load
    >>> check_gate(load("fit.nc"), GateThresholds(ess=100_000)).passed
    False
    """

    r_hat: float = 1.01
    ess: float = 400
    bfmi: float = 0.3
    divergences: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that a fit did not reach.

    Attributes
    ----------
    check : {"r_hat", "ess", "bfmi", "divergences", "pareto_k"}
        As in :class:`GateThresholds`; the last is of a quick look's importance weights.
    value, limit : float
        What was found, of the worst quantity or chain, and what it must reach.
    quantities : tuple of str
        Where; empty for what is of the whole fit.
    """

    check: Literal["r_hat", "ess", "bfmi", "divergences", "pareto_k"]
    value: float
    limit: float
    quantities: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """Name, sign and number, for a cell of a table in whatever language."""
        sign = {"r_hat": "R-hat {:.3f} \u2265 {:g}", "ess": "ESS {:.0f} < {:g}"}
        sign |= {"bfmi": "E-BFMI {:.2f} \u2264 {:g}", "divergences": "divergenties {:.0f} > {:g}"}
        sign |= {"pareto_k": "Pareto k {:.2f} > {:.2f}"}
        return sign[self.check].format(self.value, self.limit)

    def __str__(self) -> str:
        sentence = {
            "r_hat": "R-hat {:.3f} (must be below {:g})",
            "ess": "effective sample size {:.0f} (at least {:g})",
            "bfmi": "E-BFMI {:.2f} (must be above {:g})",
            "divergences": "{:.0f} divergences (at most {:g})",
            "pareto_k": "Pareto k {:.2f} (at most {:.2f})",
        }[self.check].format(self.value, self.limit)
        return f"{sentence} in {', '.join(self.quantities)}" if self.quantities else sentence


ADVICE = {
    ("r_hat", "ess"): "try: more draws (--draws 2000) or a longer warm-up (--tune 1000)",
    ("divergences",): "try: shorter steps (--acceptance 0.98); if they stay, the model does not fit these figures well",
    ("bfmi",): "try: normal wijk effects, or fewer kenmerken",
}
NOT_QUICK = "these figures are not for a quick look: fit without --quick"
QUICK_STAMP = "SNELLE BENADERING, geen volledige schatting"


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Result of the convergence check.

    Attributes
    ----------
    table : DataFrame, index ``quantity``
        Largest ``r_hat``, smallest ``ess_bulk`` and ``ess_tail`` and the ``worst`` element per quantity.
    failures : tuple of Failure
        What failed; empty when passed.
    divergences : int
    bfmi : float
        Of the worst chain.
    integrated : int
        Wijken whose Pareto k was too high for leave-one-out statements, and is not with the effect of their gemeente
        integrated out.
    refitted : int
        Wijken whose k was too high even so, and that were left out for real.
    high_k : int
        Wijken whose k stayed too high; they get no statement and do not fail the gate.
    quick : bool
        Whether the fit is a quick look, judged by its importance weights: ``table`` then has ``ess`` and ``pareto_k``.
    """

    table: pd.DataFrame
    failures: tuple[Failure, ...]
    divergences: int
    bfmi: float
    integrated: int
    refitted: int
    high_k: int
    quick: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    @property
    def problems(self) -> tuple[str, ...]:
        """What failed, a sentence each."""
        return tuple(str(failure) for failure in self.failures)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to try."""
        failed = {failure.check for failure in self.failures}
        if self.quick:
            return (NOT_QUICK,) if failed else ()
        return tuple(said for checks, said in ADVICE.items() if failed & set(checks))

    def require(self, despite: bool = False) -> str:
        """Raise unless passed; return the stamp for outputs made all the same.

        Parameters
        ----------
        despite : bool, default False
            Go on although the check failed.

        Returns
        -------
        str
            What every output must carry: "" when passed, that it is an approximation of a quick look, else what failed.

        Raises
        ------
        GateError
        """
        if self.passed:
            return QUICK_STAMP if self.quick else ""
        if not despite:
            raise GateError("\n".join(["the convergence check did not pass:", *self.problems, *self.advice]))
        return "CONTROLE NIET GESLAAGD, toch gebruikt: " + "; ".join(failure.short for failure in self.failures)

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "NOT passed"
        lines = [
            f"{'check of the quick look' if self.quick else 'convergence check'}: {verdict}",
            self.table.to_string(float_format=lambda value: f"{value:.4g}"),
            "an approximation: every output says so; fit without --quick for what you publish"
            if self.quick
            else f"divergences {self.divergences}, smallest E-BFMI {self.bfmi:.2f}",
            f"wijken with too high a Pareto k: {self.integrated} resolved by integrating out their gemeente, "
            f"{self.refitted} left out for real, {self.high_k} unresolved",
        ]
        return "\n".join([*lines, *self.problems, *self.advice])


def check_gate(tree: xr.DataTree, thresholds: GateThresholds | None = None) -> Gate:
    """Judge a fit by its diagnostics, which :func:`add_gate` has put into it.

    Parameters
    ----------
    tree : xarray.DataTree
        A fit.
    thresholds : GateThresholds, optional

    Returns
    -------
    Gate

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> gate = check_gate(bj.load("fit.nc"))
    >>> gate.passed, gate.problems, gate.divergences
    (True, (), 0)
    """
    stored, limits = tree["gate"].to_dataset(), thresholds or GateThresholds()
    integrated, refitted, high_k = (int(tree["loo"][name].sum()) for name in ("integrated", "refitted", "k_too_high"))
    if "pareto_k" in stored:
        table = stored.to_dataframe()[["ess", "pareto_k"]]
        return Gate(
            table,
            _judge_quick(table, float(stored.attrs["good_k"]), limits),
            0,
            np.nan,
            integrated,
            refitted,
            high_k,
            quick=True,
        )
    table = stored.to_dataframe()[["r_hat", "ess_bulk", "ess_tail", "worst"]]
    divergences, bfmi = int(stored.attrs["divergences"]), float(stored.attrs["bfmi"])
    failures = _judge(table, divergences, bfmi, limits)
    return Gate(table, failures, divergences, bfmi, integrated, refitted, high_k)


def add_gate(
    tree: xr.DataTree, design: Design, measured: xr.DataTree | None = None, *, numbers: int | None = None
) -> None:
    """Add group ``gate``: diagnostics of all free quantities and of every reported expectation and difference.

    Chains are compared within an imputation: draws of different imputations differ on purpose. ``measured`` is the
    sampled measurement model of the factors; it takes part. ``numbers`` is of
    :func:`bayes_jeugdhulp.inference.blocks.parts`.
    """
    posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset()
    turn = np.unique(posterior["imputation"].to_numpy(), return_inverse=True)[1]
    turns = np.tile(turn, (posterior.sizes["chain"], 1))

    of_wijken = _of_wijken(tree, design, turns, numbers)
    table = _diagnosed(chain(_variables(posterior, turns), of_wijken, _of_factors(measured)))
    energy = stats["energy"].to_numpy()
    bfmi = min(
        array_stats.bfmi(energy[:, turns[0] == turn], chain_axis=0, draw_axis=1).min() for turn in np.unique(turns)
    )
    dataset = table.to_xarray()
    dataset = dataset.assign({name: dataset[name].astype(str) for name in ("worst",)})
    dataset["quantity"] = dataset["quantity"].astype(str)
    divergences = stats["diverging"].sum()
    if measured is not None:
        divergences = divergences + measured["sample_stats"]["diverging"].sum()
        energy = measured["sample_stats"]["energy"].to_numpy()
        bfmi = min(bfmi, array_stats.bfmi(energy, chain_axis=0, draw_axis=1).min())
    dataset.attrs = {"divergences": int(divergences), "bfmi": float(bfmi)}
    tree["gate"] = xr.DataTree(dataset)


def diagnose_measurement(measured: xr.DataTree) -> pd.DataFrame:
    """Diagnostics of a sampled measurement model alone, as :attr:`Gate.table`.

    Parameters
    ----------
    measured : xarray.DataTree
        From :func:`bayes_jeugdhulp.factors.measurement.sample_measurement`.
    """
    return _diagnosed(_of_factors(measured))


Quantity = tuple[str, Array, NDArray[np.str_], NDArray[np.int64]]


def _diagnosed(quantities: Iterable[Quantity]) -> pd.DataFrame:
    """Largest R-hat and smallest ESS of each quantity, and which of its elements has the former.

    A quantity may come in parts, of some of its elements each.
    """
    found: dict[str, list[tuple[NDArray, ...]]] = {}
    for name, values, labels, turn in quantities:
        found.setdefault(name, []).append((*diagnose(values.reshape(*turn.shape, len(labels)), turn), labels))
    rows = {}
    for name, parts in found.items():
        r_hat, bulk, tail, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
        worst = labels[int(np.argmax(r_hat))]  # argmax finds a NaN first
        defined = np.isfinite([r_hat, bulk, tail]).all()
        rows[name] = (r_hat.max(), bulk.min(), tail.min(), worst) if defined else (np.inf, 0.0, 0.0, worst)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["r_hat", "ess_bulk", "ess_tail", "worst"])
    table.index.name = "quantity"
    table["worst"] = table["worst"].astype(str)
    return table


def _of_wijken(tree: xr.DataTree, design: Design, turns: NDArray[np.int64], numbers: int | None) -> Iterator[Quantity]:
    """Name, draws (chain x draw, element), element labels and turns of every expectation and difference, in parts."""
    for part, draws in blocks(tree, design, numbers):
        p, wijken = expit(draws.eta), part.areas.wijken.index.to_numpy()
        for reference in REFERENCES:
            expected = expected_use(part, draws, reference)
            yield f"expected_{reference}", expected, wijken, turns
            yield f"difference_{reference}", p - expected, wijken, turns


def _of_factors(measured: xr.DataTree | None) -> Iterator[Quantity]:
    if measured is not None:
        posterior = measured["posterior"].to_dataset()
        alone = np.zeros((posterior.sizes["chain"], posterior.sizes["draw"]), np.int64)
        yield from _variables(posterior, alone, "factors: ")


def _variables(posterior: xr.Dataset, turns: NDArray[np.int64], before: str = "") -> Iterator[Quantity]:
    for name, variable in posterior.data_vars.items():
        values = variable.transpose("chain", "draw", ...).to_numpy()
        values = values.reshape(values.shape[0] * values.shape[1], -1)
        labels = [variable[dim].to_numpy().astype(str) for dim in variable.dims if dim not in ("chain", "draw")]
        crossed = np.array([" ".join(parts) for parts in product(*labels)])
        part_fixed = str(name).endswith("_correlation") or name == "term"  # ones of a matrix; wijken without the term
        if part_fixed:
            moves = np.ptp(values, axis=0) > 0
            values, crossed = values[:, moves], crossed[moves]
        if len(crossed):
            yield f"{before}{name}", values, crossed, turns


def _judge(table: pd.DataFrame, divergences: int, bfmi: float, thresholds: GateThresholds) -> tuple[Failure, ...]:
    failures, ess = [], table[["ess_bulk", "ess_tail"]].min(axis=1)
    if slow := table.index[table["r_hat"] >= thresholds.r_hat].tolist():
        failures.append(Failure("r_hat", float(table["r_hat"].max()), thresholds.r_hat, tuple(slow)))
    if few := table.index[ess < thresholds.ess].tolist():
        failures.append(Failure("ess", float(ess.min()), thresholds.ess, tuple(few)))
    if divergences > thresholds.divergences:
        failures.append(Failure("divergences", divergences, thresholds.divergences))
    if not bfmi > thresholds.bfmi:
        failures.append(Failure("bfmi", bfmi, thresholds.bfmi))
    return tuple(failures)


def _judge_quick(table: pd.DataFrame, good_k: float, thresholds: GateThresholds) -> tuple[Failure, ...]:
    failures, k, ess = [], float(table["pareto_k"].max()), float(table["ess"].sum())
    if not k <= good_k:
        failures.append(Failure("pareto_k", k, good_k, ("importance weights",)))
    if not ess >= thresholds.ess:
        failures.append(Failure("ess", ess, thresholds.ess, ("importance weights",)))
    return tuple(failures)

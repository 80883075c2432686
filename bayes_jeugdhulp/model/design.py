"""Areas and a ModelSpec as the arrays a model is written in: indices, bounds, standardised kenmerken, imputations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.errors import DataError, Problem, meant
from bayes_jeugdhulp.factors.latent import LatentScores
from bayes_jeugdhulp.model.gaps import hidden_small_counts
from bayes_jeugdhulp.model.imputation import impute
from bayes_jeugdhulp.model.spatial import SpatialGraph, spatial_graph
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.sources.neighbours import Neighbours
from bayes_jeugdhulp.youths import UncertainCounts, draw_counts

MINIMUM_GEMEENTEN = 5
AVERAGED_IMPUTATIONS = 50  # drawn to average expected use over; the fitted ones are spread evenly among them


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The numbers behind a model.

    Attributes
    ----------
    areas : Areas
    kenmerken : tuple of str
    gemeenten, regios : tuple of str
        Codes in the order of their index; ``regios`` empty where there is no such level.
    gemeente_of_wijk : ndarray of int, shape (wijk,)
    regio_of_gemeente : ndarray of int, shape (gemeente,)
    centre, scale : ndarray, shape (kenmerk,)
        Mean and sd over the wijken that have the kenmerk: ``x = (value - centre) / scale``.
    cell_wijk, cell_kenmerk : ndarray of int, shape (cell,)
        Where the missing cells are.
    imputed : ndarray, shape (imputation, cell)
        Their standardised values; one row of medians where that was chosen.
    fitted : ndarray of int, shape (fitted imputation,)
        Which imputations are fitted; all are averaged over in expected use.
    gemeente_means : bool
        Whether gemeente means of the kenmerken are predictors too.
    counts : UncertainCounts, shape (fitted imputation, wijk)
        Youths, with the bounds of the users that go with them, as drawn for each fitted imputation; where the number is
        exact they are those of ``areas``.
    factors : LatentScores, optional
        Factors that take part as predictors.
    graph : SpatialGraph, optional
        Neighbouring wijken, where there is a spatial effect.
    whole, place
        Of a part (:meth:`part`) the design that it is part of, and which wijken of it.
    """

    areas: Areas
    kenmerken: tuple[str, ...]
    gemeenten: tuple[str, ...]
    regios: tuple[str, ...]
    gemeente_of_wijk: NDArray[np.int64]
    regio_of_gemeente: NDArray[np.int64]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    cell_wijk: NDArray[np.int64]
    cell_kenmerk: NDArray[np.int64]
    imputed: NDArray[np.float64]
    fitted: NDArray[np.int64]
    counts: UncertainCounts
    gemeente_means: bool = False
    factors: LatentScores | None = None
    graph: SpatialGraph | None = None
    whole: "Design | None" = None
    place: slice = slice(None)

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`completed`: kenmerken, their gemeente means, factors, where they take part."""
        means = [f"gemeentegemiddelde {name}" for name in self.kenmerken] if self.gemeente_means else []
        return (*self.kenmerken, *means, *(self.factors.names if self.factors else ()))

    @property
    def youths(self) -> NDArray[np.int64]:
        """Number of youths, shape (wijk,)."""
        return self.areas.wijken["youths"].to_numpy()

    @property
    def users_low(self) -> NDArray[np.int64]:
        """Smallest number of users that the published figure leaves open, shape (wijk,)."""
        return self.areas.wijken["users_low"].to_numpy()

    @property
    def users_high(self) -> NDArray[np.int64]:
        """Largest number of users that the published figure leaves open, shape (wijk,)."""
        return self.areas.wijken["users_high"].to_numpy()

    @property
    def published(self) -> NDArray[np.bool_]:
        """Wijken with a published figure that takes part in the fit, shape (wijk,)."""
        return self.observed & (self.areas.wijken["observed_state"].to_numpy() == "published")

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Wijken whose count says something in the fit: published or suppressed, not missing and not left out."""
        wijken = self.areas.wijken
        return (wijken["observed_state"].to_numpy() != "missing") & ~wijken["left_out"].to_numpy()

    def without(self, wijken: NDArray[np.int64]) -> "Design":
        """The same design with the figures of these wijken taken away, as if they were missing."""
        away = np.zeros(len(self.youths), bool)
        away[wijken] = True
        table = self.areas.wijken
        kept = table.assign(
            observed_state=table["observed_state"].mask(away, "missing"),
            observed_pct=table["observed_pct"].mask(away),
            users_low=table["users_low"].mask(away, 0),
            users_high=table["users_high"].mask(away, table["youths"]),
        )
        counts = replace(
            self.counts,
            users_low=np.where(away, 0, self.counts.users_low),
            users_high=np.where(away, self.counts.youths, self.counts.users_high),
        )
        return replace(self, areas=replace(self.areas, wijken=kept), counts=counts)

    def counted(self, fitted: int) -> "Design":
        """The same design with the youths, users and factors of one fitted imputation, counted from 0."""
        names = ("youths", "users_low", "users_high")
        table = self.areas.wijken.assign(**{name: getattr(self.counts, name)[fitted] for name in names})
        factors = self.factors.turn(fitted) if self.factors else None
        return replace(self, areas=replace(self.areas, wijken=table), factors=factors)

    def part(self, place: slice) -> "Design":
        """Some wijken alone, in every gemeente and region of the whole and with its predictors.

        Raises
        ------
        ValueError
            If there is a spatial effect: a wijk then hangs on the others.
        """
        if self.graph:
            raise ValueError("a design with a spatial effect has no parts")
        areas = self.areas
        start, stop, _ = place.indices(len(areas))
        cells = (self.cell_wijk >= start) & (self.cell_wijk < stop)
        tables = {name: getattr(areas, name).iloc[place] for name in ("wijken", "kenmerken", "kenmerken_upper")}
        return replace(
            self,
            areas=replace(areas, **tables),
            gemeente_of_wijk=self.gemeente_of_wijk[place],
            cell_wijk=self.cell_wijk[cells] - start,
            cell_kenmerk=self.cell_kenmerk[cells],
            imputed=self.imputed[:, cells],
            counts=self.counts.part(place),
            factors=self.factors.part(place) if self.factors else None,
            whole=self,
            place=place,
        )

    def completed(self, imputation: int) -> NDArray[np.float64]:
        """Standardised predictors with the missing cells of one imputation, shape (wijk, predictor)."""
        if self.whole and self.gemeente_means:
            return self.whole.completed(imputation)[self.place]
        x = self._filled(self.imputed[imputation])
        return np.column_stack([x, self.factors.mean[self._turn(imputation)]]) if self.factors else x

    @property
    def kenmerken_mean(self) -> NDArray[np.float64]:
        """Standardised predictors with each missing cell at its mean over imputations, shape (wijk, predictor)."""
        if self.whole and self.gemeente_means:
            return self.whole.kenmerken_mean[self.place]
        x = self._filled(self.imputed.mean(axis=0))
        return np.column_stack([x, self.factors.mean.mean(axis=0)]) if self.factors else x

    def known(self, imputation: int) -> NDArray[np.float64]:
        """As :attr:`kenmerken_mean`, with the factors that go with one imputation."""
        x = self.kenmerken_mean
        if self.factors:
            x[:, -len(self.factors.names) :] = self.factors.mean[self._turn(imputation)]
        return x

    def _turn(self, imputation: int) -> int:
        """Which of the fitted imputations has the factors of this one."""
        assert self.factors is not None
        last = len(self.factors.mean) - 1
        return min(int(np.searchsorted(self.fitted, imputation, side="right")) - 1, last)

    def _filled(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        values = self.areas.kenmerken[list(self.kenmerken)].to_numpy()
        x = (values - self.centre) / self.scale
        x[self.cell_wijk, self.cell_kenmerk] = cells
        if not self.gemeente_means:
            return x
        middle = x.copy()  # one unit for all imputations, so that predictors stay linear in what is imputed
        middle[self.cell_wijk, self.cell_kenmerk] = self.imputed.mean(axis=0)
        centre, scale = (method(self._over_gemeente(middle), axis=0) for method in (np.mean, np.std))
        return np.column_stack([x, (self._over_gemeente(x) - centre) / np.where(scale > 0, scale, 1)])

    def _over_gemeente(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean over the wijken of the gemeente, weighted by youths, of every column, shape (wijk, column)."""
        total = np.zeros((len(self.gemeenten), x.shape[1]))
        np.add.at(total, self.gemeente_of_wijk, x * self.youths[:, None])
        youths = np.bincount(self.gemeente_of_wijk, self.youths)
        return (total / youths[:, None])[self.gemeente_of_wijk]


def make_design(
    areas: Areas, spec: ModelSpec, seed: int = 0, *, factors: bool = False, neighbours: Neighbours | None = None
) -> Design:
    """Arrange areas for a model, and impute its missing kenmerken.

    Parameters
    ----------
    areas : Areas
    spec : ModelSpec
    seed : int, default 0
        Of the imputations.
    factors : bool, default False
        Whether factor scores will be added: then there are ``spec.imputations`` of everything, gaps or not.
    neighbours : Neighbours, optional
        For a spatial effect; see :func:`bayes_jeugdhulp.model.spatial.spatial_graph`.

    Returns
    -------
    Design

    Raises
    ------
    DataError
        If a named kenmerk does not exist, one is constant or wholly missing, one of ``small_counts`` has a value that
        is not above 0, no count is known, or there are fewer than five gemeenten; if there is a spatial effect and no
        neighbours, or the other way about, or they do not fit the areas.

    Examples
    --------
    >>> from bayes_jeugdhulp.sources.simulated import simulated_netherlands
    >>> areas = simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    >>> design = make_design(areas, ModelSpec(kenmerken=("perc_1ouder", "perc_hhbijs"), imputations=2))
    >>> design.kenmerken, len(design.gemeenten), design.imputed.shape, design.fitted.tolist()
    (('perc_1ouder', 'perc_hhbijs'), 8, (50, 22), [0, 25])
    """
    if (spec.spatial == "none") != (neighbours is None):
        given = "a spatial effect and no neighbours" if neighbours is None else "neighbours and no spatial effect"
        remedy = "give neighbours (--borders) and ModelSpec(spatial='bym2') (--spatial bym2), or neither"
        raise DataError([Problem(areas.title, given, "both or neither", remedy)])
    names = choose_kenmerken(areas, spec)
    problems = [
        Problem(
            areas.title,
            f"kenmerk {name!r} is {what}",
            "at least two different values",
            f"leave it out (--without {name})",
            column=name,
        )
        for name, what in unusable_kenmerken(areas, names).items()
    ]
    gemeenten, gemeente_of_wijk = np.unique(areas.wijken["gemeentecode"].to_numpy(str), return_inverse=True)
    if len(gemeenten) < MINIMUM_GEMEENTEN:
        problems.append(
            Problem(
                areas.title,
                f"wijken of {len(gemeenten)} gemeente(n)",
                f"at least {MINIMUM_GEMEENTEN}: differences between gemeenten are part of the model",
                "take a larger part of the country and look at one gemeente in the results",
            )
        )
    if not ((areas.wijken["observed_state"] == "published") & ~areas.wijken["left_out"]).any():
        problems.append(Problem(areas.title, "no published count", "at least one", "check the figures", column="users"))
    if problems:
        raise DataError(problems)

    first = np.unique(gemeente_of_wijk, return_index=True)[1]
    regios, regio_of_gemeente = np.unique(areas.wijken["jeugdzorgregio"].to_numpy(str)[first], return_inverse=True)
    values = areas.kenmerken[list(names)].to_numpy()
    centre, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    cell_wijk, cell_kenmerk = np.nonzero(np.isnan(values))
    imputed, fitted = _impute(areas, spec, values, gemeente_of_wijk, seed, factors)
    youths = areas.wijken if spec.youths == "drawn" else areas.wijken.assign(youths_log_sd=0.0)
    return Design(
        areas=areas,
        kenmerken=names,
        gemeenten=tuple(gemeenten.tolist()),
        regios=tuple(regios.tolist()) if areas.has_regio and len(regios) > 1 else (),
        gemeente_of_wijk=gemeente_of_wijk,
        regio_of_gemeente=regio_of_gemeente,
        centre=centre,
        scale=scale,
        cell_wijk=cell_wijk,
        cell_kenmerk=cell_kenmerk,
        imputed=(imputed - centre[cell_kenmerk]) / scale[cell_kenmerk],
        fitted=fitted,
        counts=draw_counts(youths, areas.policy, len(fitted), seed),
        gemeente_means=spec.gemeente_means,
        graph=spatial_graph(areas, neighbours) if neighbours else None,
    )


def choose_kenmerken(areas: Areas, spec: ModelSpec) -> tuple[str, ...]:
    """Names of the kenmerken in the model.

    Raises
    ------
    DataError
        If the ModelSpec names one that the table does not have, or leaves none.
    """
    known = [str(name) for name in areas.kenmerken.columns]
    chosen = spec.kenmerken if spec.kenmerken is not None else tuple(known)
    asked = {"kenmerken (--kenmerken)": chosen, "without (--without)": spec.without}
    asked["small_counts"] = spec.small_counts or ()
    problems = [
        Problem(
            areas.title,
            f"there is no kenmerk {name!r}{meant(name, known)}",
            f"one of {', '.join(known)}",
            f"correct the name in {option}",
        )
        for option, names in asked.items()
        for name in dict.fromkeys(names)
        if name not in known
    ]
    names = tuple(name for name in chosen if name not in spec.without)
    if not names and not problems:
        problems.append(Problem(areas.title, "no kenmerk is left", "at least one", "leave fewer out"))
    if problems:
        raise DataError(problems)
    return names


def unusable_kenmerken(areas: Areas, names: Sequence[str]) -> dict[str, str]:
    """Kenmerken that cannot be in a model, with the reason: constant, or wholly missing."""
    counts = areas.kenmerken[list(names)].nunique()
    return {str(name): "wholly missing" if n == 0 else "constant" for name, n in counts.items() if n < 2}


def drop_constant_kenmerken(areas: Areas, spec: ModelSpec) -> tuple[ModelSpec, dict[str, str]]:
    """Leave out the kenmerken that say nothing in a part of the country.

    Parameters
    ----------
    areas : Areas
    spec : ModelSpec

    Returns
    -------
    spec : ModelSpec
        With those kenmerken added to ``without``.
    dropped : dict
        Their names and the reason.

    Examples
    --------
    >>> from bayes_jeugdhulp.sources.simulated import simulated_netherlands
    >>> areas = simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    >>> one = areas.select(areas.wijken["gemeentecode"].unique()[:1].tolist())
    >>> spec, dropped = drop_constant_kenmerken(one, ModelSpec())
    >>> dropped["samenw"], "samenw" in spec.without
    ('constant', True)
    """
    dropped = unusable_kenmerken(areas, choose_kenmerken(areas, spec))
    return replace(spec, without=(*spec.without, *dropped)), dropped


def _impute(
    areas: Areas,
    spec: ModelSpec,
    values: NDArray[np.float64],
    gemeente_of_wijk: NDArray[np.int64],
    seed: int,
    factors: bool,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Values of the missing cells, shape (imputation, cell), and which imputations to fit."""
    missing = np.isnan(values)
    if spec.missing == "median" or not missing.any():
        medians = np.broadcast_to(np.nanmedian(values, axis=0), values.shape)[missing]
        uncertain = factors or (spec.youths == "drawn" and (areas.wijken["youths_log_sd"] > 0).any())
        times = spec.imputations if uncertain else 1
        return np.tile(medians, (times, 1)), np.arange(times)
    names = list(choose_kenmerken(areas, spec))
    upper, size = areas.kenmerken_upper[names].to_numpy(), np.log(areas.wijken["youths"].to_numpy(float))
    small_counts = hidden_small_counts(values, size)
    declared = areas.small_counts if spec.small_counts is None else spec.small_counts
    if declared is not None:
        small_counts = np.isin(names, declared)
        lowest = areas.kenmerken[list(declared)].min()
        if problems := [
            Problem(
                areas.title,
                f"kenmerk {name!r} has a value of {lowest[name]:g}",
                "values above 0 only, if small counts are hidden",
                "leave it out of small_counts",
                column=name,
            )
            for name in lowest.index[lowest <= 0]
        ]:
            raise DataError(problems)
    draws = max(AVERAGED_IMPUTATIONS, spec.imputations)
    fitted = np.arange(spec.imputations) * draws // spec.imputations
    return impute(values, upper, size, gemeente_of_wijk, small_counts, draws, seed), fitted

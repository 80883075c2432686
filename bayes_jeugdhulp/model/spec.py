"""Every choice of the model in one frozen place."""

from dataclasses import dataclass, field
from typing import Literal

WijkEffect = Literal["normal", "student_t", "mixture"]
WijkScale = Literal["size", "constant"]
Coefficients = Literal["normal", "r2d2", "horseshoe"]
Missing = Literal["multiple", "median"]
Youths = Literal["drawn", "given"]
Factors = Literal["joint", "cut", "plug_in"]
Spatial = Literal["none", "bym2"]


@dataclass(frozen=True, slots=True)
class Priors:
    """Scales of the priors, on the logit scale; tested by what they predict (definitions: Priors).

    With the defaults 90-94% of prior draws on the wijken of 2017 have a national mean between 3 and 25% and a sd over
    wijken between 1 and 8 points, whichever wijk effect is chosen. Each scale lies above what a first fit of 2017
    needs (kenmerken .21, regio .14, gemeente .11, wijk .15).

    Attributes
    ----------
    alpha : (mean, sd)
        Intercept, normal: national use at average kenmerken, about 4 to 20%.
    kenmerken : float
        Half-normal scale of the sd over wijken of all kenmerken together; each of K coefficients is normal with that
        sd divided by the square root of K, so that more kenmerken do not mean more spread.
    regio, gemeente, wijk : float
        Half-normal scales of the sds of the effects.
    kappa : float
        Normal sd of the power with which the wijk effect's sd falls with size.
    nu : (shape, rate)
        Gamma prior of the degrees of freedom above 2, for Student-t wijk effects.
    outlying_share : (a, b)
        Beta prior of the share of outlying wijken in a mixture.
    outlying_scale : float
        Half-normal scale of how many times as wide as ordinary wijken the outlying ones lie, above 2.
    spatial_share : (a, b)
        Beta prior of the share of a wijk's variance, at 700 youths, that it has in common with its neighbours.
    total : (median, log sd)
        Log-normal prior of the sd of the linear predictor without alpha (of the groups' and the wijk's part only where
        the coefficients have a horseshoe). This and the next take the place of ``kenmerken``, ``regio``, ``gemeente``
        and ``wijk`` where the coefficients are not ``normal``.
    variance_share : (kenmerken, regio, gemeente, wijk)
        Dirichlet prior of how its variance is shared out; R2 is what the wijk leaves.
    kenmerk_share : float
        Concentration of the Dirichlet prior of how the kenmerken share theirs, for ``r2d2``; 1 is even over all ways.
    relevant : float
        Share of the kenmerken that matter, as a guess, for the ``horseshoe``.
    slab : (df, scale)
        Student-t of a coefficient that matters, for the ``horseshoe``.
    factors : (df, scale)
        Student-t of the coefficients of factors, whatever the prior of the others; each of F has that scale divided by
        the square root of F.
    kenmerken_beside_factors : float
        Takes the place of ``kenmerken`` where factors take part.

    Examples
    --------
    >>> Priors(kenmerken=0.4).kenmerken
    0.4
    """

    alpha: tuple[float, float] = (-2.2, 0.4)
    kenmerken: float = 0.25
    regio: float = 0.15
    gemeente: float = 0.2
    wijk: float = 0.2
    kappa: float = 0.3
    nu: tuple[float, float] = (2.0, 0.1)
    outlying_share: tuple[float, float] = (2.0, 38.0)
    outlying_scale: float = 1.0
    spatial_share: tuple[float, float] = (1.0, 1.0)
    total: tuple[float, float] = (0.3, 0.35)
    variance_share: tuple[float, float, float, float] = (2.0, 1.0, 1.0, 2.0)
    kenmerk_share: float = 1.0
    relevant: float = 0.5
    slab: tuple[float, float] = (4.0, 0.08)
    factors: tuple[float, float] = (7.0, 0.21)
    kenmerken_beside_factors: float = 0.15


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model is fitted.

    Parameters
    ----------
    kenmerken : tuple of str, optional
        Predictors; default all of the table.
    without : tuple of str, default ()
        Kenmerken to leave out.
    wijk_effect : {"normal", "student_t", "mixture"}
        Distribution of the wijk effects; a mixture has ordinary and outlying wijken, both normal.
    wijk_scale : {"size", "constant"}
        Whether their sd falls with the number of youths, ``sigma_wijk (n / 700)^-kappa``, or not.
    spatial : {"none", "bym2"}
        Whether a part of the wijk effects varies smoothly over neighbouring wijken; their graph goes with the areas.
    coefficients : {"normal", "r2d2", "horseshoe"}
        Prior of the coefficients of kenmerken: all of one scale; each its own share of the variance explained (R2D2M2);
        or most of them next to nothing (regularised horseshoe). Those of factors have their own (:class:`Priors`).
    gemeente_means : bool
        Whether the mean of every kenmerk over the wijken of a gemeente, weighted by youths, is a predictor too (Mundlak
        1978): what goes with the level of a gemeente is then told apart from what goes with differences within it.
    missing : {"multiple", "median"}
        Missing kenmerken: multiple imputation without the outcome, or the median (to compare with only).
    small_counts : tuple of str, optional
        Kenmerken whose gaps hide values with few people behind them; default what the source declares
        (:attr:`Areas.small_counts`), else by :func:`gaps.hidden_small_counts`.
        Their gaps are drawn below a limit that falls with size; other gaps are at random given all that is known.
    youths : {"drawn", "given"}
        Numbers of youths that are not exact: drawn for every fitted table, with the users that fit the published
        figure, or taken as they stand (to compare with only).
    factors : {"joint", "cut", "plug_in"}
        How the uncertainty of factor scores flows in, where indicators are given; see
        :meth:`bayes_jeugdhulp.factors.latent.LatentScores.flowing`. The last two are to compare with only.
    imputations : int, default 4
        Completed tables that are fitted and pooled.
    priors : Priors

    Raises
    ------
    ValueError
        If a choice does not exist, or a spatial effect is to go with Student-t wijk effects: the sum of the two has no
        simple form.

    Examples
    --------
    >>> ModelSpec(without=("perc_nwmig",)).wijk_scale
    'size'
    """

    kenmerken: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    wijk_effect: WijkEffect = "mixture"
    wijk_scale: WijkScale = "size"
    spatial: Spatial = "none"
    coefficients: Coefficients = "normal"
    gemeente_means: bool = False
    missing: Missing = "multiple"
    small_counts: tuple[str, ...] | None = None
    youths: Youths = "drawn"
    factors: Factors = "joint"
    imputations: int = 4
    priors: Priors = field(default_factory=Priors)

    def __post_init__(self) -> None:
        for name, choices in {
            "wijk_effect": ("normal", "student_t", "mixture"),
            "wijk_scale": ("size", "constant"),
            "spatial": ("none", "bym2"),
            "coefficients": ("normal", "r2d2", "horseshoe"),
            "missing": ("multiple", "median"),
            "youths": ("drawn", "given"),
            "factors": ("joint", "cut", "plug_in"),
        }.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")
        if self.spatial == "bym2" and self.wijk_effect == "student_t":
            raise ValueError("a spatial effect goes with normal wijk effects or a mixture, not with Student-t")
        if self.imputations < 1:
            raise ValueError(f"imputations must be 1 or more, not {self.imputations}")

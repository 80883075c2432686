"""Every choice of the model in one frozen place."""

from dataclasses import dataclass, field
from typing import Literal

WijkEffect = Literal["normal", "student_t"]
WijkScale = Literal["size", "constant"]
Missing = Literal["multiple", "median"]


@dataclass(frozen=True, slots=True)
class Priors:
    """Scales of the priors, on the logit scale; tested by what they predict (definitions: Priors).

    With the defaults 91-94% of prior draws on the wijken of 2017 have a national mean between 3 and 25% and a sd over
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
    """

    alpha: tuple[float, float] = (-2.2, 0.4)
    kenmerken: float = 0.25
    regio: float = 0.15
    gemeente: float = 0.2
    wijk: float = 0.2
    kappa: float = 0.3
    nu: tuple[float, float] = (2.0, 0.1)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model is fitted.

    Parameters
    ----------
    kenmerken : tuple of str, optional
        Predictors; default all of the table.
    without : tuple of str, default ()
        Kenmerken to leave out.
    wijk_effect : {"normal", "student_t"}
        Distribution of the wijk effects.
    wijk_scale : {"size", "constant"}
        Whether their sd falls with the number of youths, ``sigma_wijk (n / 700)^-kappa``, or not.
    missing : {"multiple", "median"}
        Missing kenmerken: multiple imputation without the outcome, or the median (to compare with only).
    imputations : int, default 4
        Completed tables that are fitted and pooled.
    priors : Priors

    Raises
    ------
    ValueError
        If a choice does not exist.

    Examples
    --------
    >>> ModelSpec(without=("perc_nwmig",)).wijk_scale
    'size'
    """

    kenmerken: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    wijk_effect: WijkEffect = "normal"
    wijk_scale: WijkScale = "size"
    missing: Missing = "multiple"
    imputations: int = 4
    priors: Priors = field(default_factory=Priors)

    def __post_init__(self) -> None:
        for name, choices in {
            "wijk_effect": ("normal", "student_t"),
            "wijk_scale": ("size", "constant"),
            "missing": ("multiple", "median"),
        }.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")
        if self.imputations < 1:
            raise ValueError(f"imputations must be 1 or more, not {self.imputations}")

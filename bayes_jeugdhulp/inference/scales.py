"""The scales of the model, as a vector without bounds too, and their priors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logit
from scipy.stats import beta, halfnorm, norm

from bayes_jeugdhulp.model.spec import ModelSpec

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """The scales of some draws: those that the model names, and what each wijk effect is made of.

    Attributes
    ----------
    sigma_kenmerken, sigma_regio, sigma_gemeente, sigma_wijk, kappa : (draw,)
    shares : (part, draw)
        Shares of the normal parts of a wijk effect.
    times : (part, draw)
        Their sds as multiples of its scale.
    """

    sigma_kenmerken: Array
    sigma_regio: Array
    sigma_gemeente: Array
    sigma_wijk: Array
    kappa: Array
    shares: Array
    times: Array


class Unbounded:
    """Scales as a vector without bounds, and the log of their prior there."""

    def __init__(self, spec: ModelSpec, regios: bool):
        priors = self._priors = spec.priors
        self._widths = {
            "sigma_kenmerken": priors.kenmerken,
            "sigma_gemeente": priors.gemeente,
            "sigma_wijk": priors.wijk,
        }
        if regios:
            self._widths["sigma_regio"] = priors.regio
        mixture = {"outlying_scale_above_2": priors.outlying_scale} if spec.wijk_effect == "mixture" else {}
        self._widths |= mixture  # of half-normal priors
        others = (["kappa"] if spec.wijk_scale == "size" else []) + (["outlying_share"] if mixture else [])
        self.names = [*self._widths, *others]

    def start(self, scales: dict[str, float]) -> Array:
        """Where to begin, from an approximate posterior."""
        a, b = self._priors.outlying_share
        values = {"sigma_kenmerken": 0.2, "outlying_share": a / (a + b), "outlying_scale_above_2": 1.0} | scales
        return self.vector({name: np.array(values[name]) for name in self.names})

    def vector(self, values: dict[str, Array]) -> Array:
        """From values, each of shape (...), to a vector of shape (..., scale)."""
        transform: dict[str, Callable[[Array], Array]] = {"kappa": np.asarray, "outlying_share": logit}
        return np.stack([transform.get(name, np.log)(values[name]) for name in self.names], axis=-1)

    def values(self, vector: Array) -> dict[str, Array]:
        """The way back."""
        inverse: dict[str, Callable[[Array], Array]] = {"kappa": np.asarray, "outlying_share": expit}
        return {name: inverse.get(name, np.exp)(vector[..., i]) for i, name in enumerate(self.names)}

    def scales(self, vectors: Array) -> Scales:
        """Vectors of shape (draw, scale) as what the model is written with."""
        found, one = self.values(vectors), np.ones(len(vectors))
        shares, times = one[None], one[None]
        if "outlying_share" in found:
            share = found["outlying_share"]
            shares, times = np.stack([1 - share, share]), np.stack([one, 2 + found["outlying_scale_above_2"]])
        return Scales(
            found["sigma_kenmerken"],
            found.get("sigma_regio", one),
            found["sigma_gemeente"],
            found["sigma_wijk"],
            found.get("kappa", 0 * one),
            shares,
            times,
        )

    def log_prior(self, vector: Array) -> dict[str, Array]:
        """Log prior density of each scale, on its own scale, of vectors of shape (..., scale)."""
        values = self.values(vector)
        found = {name: halfnorm.logpdf(values[name], scale=width) for name, width in self._widths.items()}
        if "kappa" in values:
            found["kappa"] = norm.logpdf(values["kappa"], 0, self._priors.kappa)
        if "outlying_share" in values:
            found["outlying_share"] = beta.logpdf(values["outlying_share"], *self._priors.outlying_share)
        return found

    def log_density(self, vector: Array) -> Array:
        """Log prior density of a vector: with the Jacobian of the way back."""
        density: Array = sum(self.log_prior(vector).values()) + vector[..., : len(self._widths)].sum(axis=-1)
        if self.names[-1] == "outlying_share":
            density = density + log_expit(vector[..., -1]) + log_expit(-vector[..., -1])
        return density

"""Small tables made by hand, for tests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.factors.latent import LatentScores
from bayes_jeugdhulp.inference.expected import Draws, read_draws
from bayes_jeugdhulp.model import Design

EXACT = CountsPolicy()


def make_areas(
    youths: Sequence[int],
    users: Sequence[int | None],
    *,
    gemeente: Sequence[int],
    regio: Sequence[int] | None = None,
    policy: CountsPolicy = EXACT,
    kenmerken: pd.DataFrame | None = None,
    upper: pd.DataFrame | None = None,
) -> Areas:
    """Areas from true counts, published as the policy does; None is missing. ``regio`` is that of each gemeente."""
    shown = [None if count is None else int(policy.publish(count)) for count in users]
    order = [list(gemeente[:i]).count(g) for i, g in enumerate(gemeente)]
    states = {None: "missing", policy.SUPPRESSED: "suppressed"}
    frame = pd.DataFrame(
        {
            "wijkcode": [f"WK{g:04d}{i:02d}" for g, i in zip(gemeente, order, strict=True)],
            "gemeentecode": [f"GM{g:04d}" for g in gemeente],
            "youths": list(youths),
            "users": [None if value in states else value for value in shown],
            "observed_state": [states.get(value, "published") for value in shown],
        }
    )
    if regio is not None:
        frame["jeugdzorgregio"] = [f"JZ{regio[g]:02d}" for g in gemeente]
    if kenmerken is None:
        values = np.random.default_rng(len(youths)).normal(size=(len(youths), 2))
        kenmerken = pd.DataFrame(values, columns=["hoogte", "breedte"])
    return build_areas(frame, kenmerken, policy=policy, title="handwerk", kenmerken_upper=upper)


def with_factors(design: Design, count: int) -> Design:
    """Factors as alike as veiligheid and cohesie are, and known: then they differ most between wijken."""
    wijken, gemeenten = len(design.youths), len(design.gemeenten)
    covariance = np.full((count, count), 0.35) + 0.65 * np.eye(count)
    mean = np.random.default_rng(1).multivariate_normal(np.zeros(count), covariance, wijken)
    mean = (mean - mean.mean(axis=0)) / mean.std(axis=0)
    nothing_open = (np.zeros((1, n, count, count)) for n in (wijken, gemeenten))
    names = ("veiligheid", "cohesie", "voorzieningen")[:count]
    return replace(design, factors=LatentScores(names, mean[None], *nothing_open, np.ones((gemeenten, count), bool)))


def make_tree(
    design: Design,
    count: int,
    *,
    seed: int = 0,
    nu: float | None = None,
    outlying: float | None = None,
    constant: bool = False,
) -> xr.DataTree:
    """Posterior draws of plausible sizes, two chains; all alike where ``constant``.

    Wijk effects are normal, Student-t with ``nu`` degrees of freedom, or a mixture with a share ``outlying``.
    """
    rng = np.random.default_rng(seed)

    def draw(dim: str | None, mean: float, sd: float) -> tuple[tuple[str, ...], np.ndarray]:
        shape = (1 if constant else count, *([sizes[dim]] if dim else []))
        values = np.broadcast_to(mean + sd * rng.standard_normal(shape), (count, *shape[1:]))
        return ("chain", "draw", *([dim] if dim else [])), values.reshape(2, -1, *shape[1:])

    sizes = {
        "kenmerk": len(design.predictors),
        "regio": len(design.regios),
        "gemeente": len(design.gemeenten),
        "wijk": len(design.youths),
    }
    posterior = {
        "alpha": draw(None, -2.2, 0.03),
        "beta": draw("kenmerk", 0, 0.1),
        "gemeente_effect": draw("gemeente", 0, 0.15),
        "eta": draw("wijk", -2.2, 0.3),
        "sigma_gemeente": draw(None, 0.15, 0.01),
        "sigma_wijk": draw(None, 0.16, 0.01),
        "kappa": draw(None, 0.29, 0.02),
    }
    if design.regios:
        posterior |= {"regio_effect": draw("regio", 0, 0.1), "sigma_regio": draw(None, 0.1, 0.01)}
    if nu:
        posterior["nu"] = draw(None, nu, 0.05)
    if outlying:
        posterior |= {
            "outlying_share": draw(None, outlying, outlying / 20),
            "outlying_scale": draw(None, 4, 0.2),
        }
    turns = np.resize(design.fitted, count // 2)
    coords = {"chain": [0, 1], "draw": np.arange(len(turns)), "imputation": ("draw", turns)}
    dataset = xr.Dataset(posterior, coords)
    return xr.DataTree.from_dict({"posterior": dataset})


def make_draws(design: Design, count: int, **choices: Any) -> Draws:
    """Posterior draws as arrays; see :func:`make_tree`."""
    return read_draws(make_tree(design, count, **choices), design)

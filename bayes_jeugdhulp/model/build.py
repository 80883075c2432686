"""The generative model, as it is written in the design: wijken in gemeenten in jeugdzorgregio's."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import published_binomial
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS, Start
from bayes_jeugdhulp.model.transforms import DataInformed, NestedWhitening


def build_model(design: Design, spec: ModelSpec, start: Start | None = None) -> pm.Model:
    """Write the model down in PyMC.

    ``users ~ Binomial(youths, p)`` as published, ``logit p = alpha + x beta + regio + gemeente + wijk``.

    Parameters
    ----------
    design : Design
    spec : ModelSpec
    start : Start, optional
        Approximate posterior (:func:`bayes_jeugdhulp.model.start.approximate_posterior`) in whose coordinates to
        sample. Without it the model is the same, only slower to sample.

    Returns
    -------
    pymc.Model
        Variables ``alpha`` (), ``beta`` (kenmerk), ``regio_effect`` (regio), ``gemeente_effect`` (gemeente), ``eta``
        (wijk; the log odds of use), the scales ``sigma_kenmerken, sigma_regio, sigma_gemeente, sigma_wijk``, ``kappa``
        and ``nu`` where chosen, and the observed ``users`` (observed_wijk). ``kenmerken`` (wijk, kenmerk) is data that
        can be replaced.
    """
    priors, wijken = spec.priors, design.areas.wijken
    k = len(design.kenmerken)
    observed = np.flatnonzero(design.observed)
    coords = {
        "wijk": wijken.index.to_list(),
        "gemeente": list(design.gemeenten),
        "kenmerk": list(design.kenmerken),
        "observed_wijk": wijken.index[observed].to_list(),
    }
    if design.regios:
        coords["regio"] = list(design.regios)

    with pm.Model(coords=coords) as model:
        x = pm.Data("kenmerken", design.kenmerken_mean, dims=("wijk", "kenmerk"))
        sigma_kenmerken = pm.HalfNormal("sigma_kenmerken", priors.kenmerken)
        sigma_gemeente = pm.HalfNormal("sigma_gemeente", priors.gemeente)
        sigma_wijk = pm.HalfNormal("sigma_wijk", priors.wijk)
        scales = [pt.constant([priors.alpha[1]]), pt.repeat(sigma_kenmerken / np.sqrt(k), k)]
        if design.regios:
            sigma_regio = pm.HalfNormal("sigma_regio", priors.regio)
            scales.append(pt.repeat(sigma_regio, len(design.regios)))
        scales.append(pt.repeat(sigma_gemeente, len(design.gemeenten)))

        # one stacked variable, because alpha, beta and the group effects are whitened together
        means = np.zeros(1 + k + len(design.regios) + len(design.gemeenten))
        means[0] = priors.alpha[0]
        whitened = {"transform": NestedWhitening(start)} if start else {}
        effects = pm.Normal("effects", means, pt.concatenate(scales), **whitened)
        alpha = pm.Deterministic("alpha", effects[0])
        beta = pm.Deterministic("beta", effects[1 : 1 + k], dims="kenmerk")
        gemeente = pm.Deterministic("gemeente_effect", effects[-len(design.gemeenten) :], dims="gemeente")
        level = alpha + gemeente
        if design.regios:
            regio = pm.Deterministic("regio_effect", effects[1 + k : -len(design.gemeenten)], dims="regio")
            level = level + regio[design.regio_of_gemeente]

        mu = pt.dot(x, beta) + level[design.gemeente_of_wijk]
        scale = sigma_wijk
        if spec.wijk_scale == "size":
            kappa = pm.Normal("kappa", 0, priors.kappa)
            scale = sigma_wijk * pt.exp(-kappa * np.log(design.youths / REFERENCE_YOUTHS))
        informed = {"transform": DataInformed(start.z, start.information)} if start else {}
        if spec.wijk_effect == "student_t":
            nu = 2 + pm.Gamma("nu_above_2", *priors.nu)
            pm.Deterministic("nu", nu)
            eta = pm.StudentT("eta", nu=nu, mu=mu, sigma=scale, dims="wijk", **informed)
        else:
            eta = pm.Normal("eta", mu, scale, dims="wijk", **informed)

        published_binomial(
            "users",
            design.youths[observed],
            eta[observed],
            low=design.users_low[observed],
            high=design.users_high[observed],
            policy=design.areas.policy,
            dims="observed_wijk",
        )
    return model

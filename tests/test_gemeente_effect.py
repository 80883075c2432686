"""Effects of gemeenten from figures, against densities in closed form; test_crossvalidation has their integral."""

import numpy as np
from scipy.stats import norm

from bayes_jeugdhulp.inference.gemeente_effect import NODES, REACH, draw_effects, log_density_of_effect

MEAN, SD = np.array([-1.5, 0.0, 2.0]), np.array([0.1, 0.5, 0.3])  # of figures, in sds of the effect


def test_effects_follow_prior_and_figures() -> None:
    at = np.linspace(-REACH, REACH, NODES)[:, None]
    log_density = log_density_of_effect(norm.logpdf(at, MEAN, SD))
    width = np.sqrt(1 + SD**2)
    np.testing.assert_allclose(np.exp(log_density).sum(axis=0), norm.pdf(MEAN, 0, width), rtol=1e-3)
    levels = (np.arange(2000) + 0.5) / 2000
    drawn = np.stack([draw_effects(log_density, np.full(3, level)) for level in levels])
    np.testing.assert_allclose(drawn.mean(axis=0), MEAN / width**2, atol=1e-3)
    np.testing.assert_allclose(drawn.std(axis=0), SD / width, rtol=0.01)
    np.testing.assert_allclose(drawn[99], norm.ppf(levels[99], MEAN / width**2, SD / width), atol=0.01)

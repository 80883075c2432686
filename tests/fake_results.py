"""Made-up results with the columns and the habits of real ones: small wijken are erratic, small counts suppressed."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

METADATA = {
    "title": "Verzonnen jeugdhulp",
    "attribution": "verzonnen voor een test",
    "year": 2017,
    "simulated": True,
    "stamp": "",
    "check_failures": [],
    "quick": False,
    "interval": 0.95,
    "margin": 1.0,
}
FAILED = {  # a fit that did not pass its check, used all the same
    "stamp": "CONTROLE NIET GESLAAGD, toch gebruikt: R-hat 1.200 \u2265 1.01",
    "check_failures": [{"check": "r_hat", "value": 1.2, "limit": 1.01, "quantities": ("alpha", "beta")}],
}
FAILED_SAID = "CONTROLE NIET GESLAAGD, toch gebruikt: R-hat 1,200 (moet onder 1,01 liggen) bij alpha en beta"


@dataclass(frozen=True, slots=True)
class FakeResults:
    wijken: pd.DataFrame
    gemeenten: pd.DataFrame
    metadata: dict[str, Any]
    regios: pd.DataFrame = field(default_factory=pd.DataFrame)
    factors: pd.DataFrame = field(default_factory=pd.DataFrame)


def fake_results(
    wijken: int = 120, seed: int = 1, codes: list[str] | None = None, secret: int = 10, **metadata: Any
) -> FakeResults:
    """Binomial counts around a smooth expectation; the posterior of a difference is the normal approximation."""
    rng = np.random.default_rng(seed)
    codes = codes or [f"WK{1 + w // 8:04d}{w % 8:02d}" for w in range(wijken)]
    gemeente = pd.Series(codes).str[2:6]
    youths = np.maximum(30, rng.lognormal(np.log(800), 1.1, len(codes))).astype(int)
    expected = 10 + 2.2 * np.sin(np.linspace(0, 60, len(codes))) + rng.normal(0, 1.2, len(codes))
    scale = 1.6 * (youths / 700) ** -0.28
    rate = np.clip(expected + scale * rng.standard_t(4, len(codes)), 0.5, 60)
    users = rng.binomial(youths, rate / 100)
    state = np.where(users < secret, "suppressed", "published")
    noise = expected * (100 - expected) / youths
    alone = gemeente.map(gemeente.value_counts()).to_numpy() == 1
    observed = np.where(state == "published", 100 * users / youths, np.nan)
    gap = observed - expected
    weight = scale**2 / (scale**2 + noise)
    size = np.where(np.isnan(gap), -0.3, weight * gap)
    spread = scale * np.sqrt(np.where(np.isnan(gap), 0.9, 1 - weight))
    wide = np.sqrt(scale**2 + noise)
    theta = size + spread * rng.standard_normal((300, len(codes)))
    rank = rankdata(-theta, axis=1)
    higher, lower = norm.sf(1, size, spread), norm.cdf(-1, size, spread)
    near = 1 - higher - lower
    hidden = (state == "suppressed") | alone
    status = np.select(
        [hidden, higher >= 0.9, lower >= 0.9, near >= 0.8],
        ["geen uitspraak", "hoger", "lager", "als verwacht"],
        "geen uitspraak",
    )
    reason = np.select(
        [state == "suppressed", alone, status == "geen uitspraak"],
        ["afgeschermd", "enige wijk van de gemeente", "onzeker"],
        "",
    )
    flag = np.select(
        [hidden, gap > 1.96 * wide, gap < -1.96 * wide], ["niet te beoordelen", "hoger", "lager"], "binnen"
    )
    judged = {
        "expected_pct": expected,
        "expected_low": expected - 0.8,
        "expected_high": expected + 0.8,
        "expected_loo_pct": np.where(alone, np.nan, expected),
        "predictive_low": np.maximum(expected - 1.96 * wide, 0),
        "predictive_high": expected + 1.96 * wide,
        "mid_p": norm.cdf(gap / wide),
        "outside_interval": flag,
        "gap_points": np.where(alone, np.nan, gap),
        "difference_points": size,
        "difference_low": size - 1.96 * spread,
        "difference_high": size + 1.96 * spread,
        "prob_higher": higher,
        "prob_lower": lower,
        "prob_near": near,
        "expected_rank": rank.mean(axis=0),
        "rank_low": np.quantile(rank, 0.025, axis=0).astype(int),
        "rank_high": np.quantile(rank, 0.975, axis=0).astype(int),
        "prob_top10": (rank <= 10).mean(axis=0),
        "status": status,
        "status_reason": reason,
    }
    frame = pd.DataFrame(
        {
            "wijkcode": codes,
            "wijknaam": [f"Wijk {code[-2:]} Lindenhout" for code in codes],
            "gemeentecode": "GM" + gemeente,
            "gemeentenaam": "Verzonnendam " + gemeente,
            "jeugdzorgregio": "JZ01",
            "youths": youths,
            "youths_quality": "given",
            "observed_pct": observed,
            "observed_state": state,
            **{f"{name}_within_gemeente": values for name, values in judged.items()},
            **{f"{name}_national": values for name, values in judged.items()},
        }
    )
    return FakeResults(frame, pd.DataFrame(), METADATA | metadata)

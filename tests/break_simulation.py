"""Countries in which some gemeenten lose part of their users in every wijk, published as the CBS publishes.

    python tests/break_simulation.py

prints the table of docs/boundaries.md: how often a gemeente is marked, rightly and wrongly.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.results.breaks import BREAK, BreakRule, judge_shifts

CBS = CountsPolicy(suppressed_below=8, rounded_to=5)
GEMEENTEN = 345


class World(NamedTuple):
    """How shifts of log use spread, and what breaks."""

    gemeenten: float = 0.08  # sd of ordinary shifts between gemeenten
    wijken: float = 0.12  # and between wijken of one
    df: float = np.inf  # of a t distribution of both, scaled to these sd
    broken: int = 0
    change: float = -0.4
    nested: bool = False


def pairs(counts: dict[str, tuple[np.ndarray, np.ndarray]], gemeente: np.ndarray) -> pd.DataFrame:
    """Two tables side by side from true youths and users, as judge_shifts takes them."""
    columns: dict[str, object] = {"gemeentecode": [f"GM{code:04d}" for code in gemeente]}
    for side, (youths, users) in counts.items():
        published = CBS.publish(users)
        low, high = CBS.bounds(published)
        state = np.where(published == CBS.SUPPRESSED, "suppressed", "published")
        ends = {"users_low": np.minimum(low, youths), "users_high": np.minimum(high, youths)}
        values = {"youths": youths, **ends, "observed_state": state}
        columns |= {f"{name}_{side}": value for name, value in values.items()}
    return pd.DataFrame(columns)


def country(world: World, rng: np.random.Generator) -> tuple[pd.DataFrame, set[str], pd.Series]:
    """One country: its two tables, the gemeenten that broke, and the number of wijken of each gemeente."""
    sizes = np.maximum(1, rng.negative_binomial(1.2, 0.11, GEMEENTEN))
    gemeente = np.repeat(np.arange(GEMEENTEN), sizes)
    n = len(gemeente)
    youths = np.maximum(20, np.exp(rng.normal(6.4, 1.1, n))).astype(int)
    later = youths if world.nested else np.maximum(15, youths * np.exp(rng.normal(0, 0.03, n))).astype(int)

    def ordinary(sd: float, size: int) -> np.ndarray:
        if np.isinf(world.df):
            return sd * rng.normal(size=size)
        return sd * rng.standard_t(world.df, size) * np.sqrt(1 - 2 / world.df)

    log_use = np.log(0.1) + (0.2 * rng.normal(size=GEMEENTEN))[gemeente] + 0.3 * rng.normal(size=n)
    shift = ordinary(world.gemeenten, GEMEENTEN)[gemeente] + ordinary(world.wijken, n)
    broken = rng.choice(np.flatnonzero(sizes >= 3), world.broken, replace=False)
    shift = shift + np.where(np.isin(gemeente, broken), np.log1p(world.change), 0)
    users = rng.binomial(youths, np.exp(log_use).clip(0, 0.6))
    if world.nested:
        other = rng.binomial(users, (0.8 * np.exp(shift)).clip(0, 1))
    else:
        other = rng.binomial(later, np.exp(log_use + np.log(1.05) + shift).clip(0, 0.6))
    table = pairs({"old": (youths, users), "new": (later, other)}, gemeente)
    codes = [f"GM{code:04d}" for code in range(GEMEENTEN)]
    return table, {codes[code] for code in broken}, pd.Series(sizes, codes)


def judged(world: World, countries: int, seed: int = 0) -> Iterator[pd.DataFrame]:
    """Of each country a row a gemeente: ``verdict, reason``, whether it ``broke`` and its ``wijken``."""
    rng = np.random.default_rng(seed)
    for _ in range(countries):
        table, broken, sizes = country(world, rng)
        found, _ = judge_shifts(table, BreakRule(), nested=world.nested)
        yield found[["verdict", "reason"]].assign(broke=found.index.isin(broken), wijken=sizes[found.index])


def shares(world: World, countries: int) -> dict[str, float]:
    """Wrong marks a country, and the share of breaks that is marked by number of wijken."""
    rows = pd.concat(judged(world, countries))
    marked = rows["verdict"] == BREAK
    found = {"wrong": float((marked & ~rows["broke"]).sum() / countries)}
    for name, low, high in (("3-4", 3, 4), ("5-9", 5, 9), ("10+", 10, 999)):
        some = rows["broke"] & rows["wijken"].between(low, high)
        found[name] = float(marked[some].mean()) if some.any() else np.nan
    return found


WORLDS = {
    "nothing breaks": World(),
    "nothing breaks, no spread but chance": World(0, 0),
    "nothing breaks, twice the spread": World(0.16, 0.24),
    "nothing breaks, shifts with heavy tails (t, 4 df)": World(df=4),
    "nothing breaks, a form beside the total": World(nested=True),
    "10 lose 40%": World(broken=10),
    "10 lose 25%": World(broken=10, change=-0.25),
    "10 gain 40%": World(broken=10, change=0.4),
    "60 lose 40%": World(broken=60),
    "10 lose 40% of a form beside the total": World(broken=10, nested=True),
}

if __name__ == "__main__":
    print(pd.DataFrame({name: shares(world, 100) for name, world in WORLDS.items()}).T.round(2).to_string())

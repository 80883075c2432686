"""Ranks, rank groups, flagged sets and funnel limits a second time: plain loops after the formulas, no numpy.

python data/reference_statements.py

Writes reference_statements.json, inputs and outputs; tests/test_reference_statements.py holds the package to it.
"""

import json
import math
import random
from itertools import combinations
from pathlib import Path
from statistics import NormalDist
from typing import Any

OUT = Path(__file__).parent / "reference_statements.json"
Draws = list[list[float]]  # one list of units per draw


def ranks(theta: Draws, top: int, probability: float) -> dict[str, list[float]]:
    """Rank 1 + the number of units above, per draw; its mean, P(rank <= top) and interval (Lin et al. 2006)."""
    result: dict[str, list[float]] = {"expected": [], "prob_top": [], "low": [], "high": []}
    for unit in range(len(theta[0])):
        own = sorted(1 + sum(other > draw[unit] for other in draw) for draw in theta)
        result["expected"].append(sum(own) / len(own))
        result["prob_top"].append(sum(rank <= top for rank in own) / len(own))
        for end, share in (("low", (1 - probability) / 2), ("high", (1 + probability) / 2)):
            reached = (rank for rank in own if sum(r <= rank for r in own) >= share * len(own) - 1e-9)
            result[end].append(next(reached))
    return result


def flagged(prob: list[float], q: float) -> list[int]:
    """Units of the largest of all subsets whose mean of 1 - prob is at most q; of equals in size the surest."""
    best: tuple[int, ...] = ()
    for size in range(1, len(prob) + 1):
        allowed = [s for s in combinations(range(len(prob)), size) if sum(1 - prob[i] for i in s) <= q * size + 1e-12]
        if allowed:
            best = max(allowed, key=lambda s: sum(prob[i] for i in s))
    return list(best)


def groups(theta: Draws, q: float) -> dict[str, Any]:
    """The best of all ways to cut the expected ranks into runs (Kline, Rose & Walters 2023).

    Best is the largest sum of P(i > j) - (1 - q) over pairs put in order; given with it: the share of pairs in order,
    and the share of those that is wrong.
    """
    units = range(len(theta[0]))
    above = [[sum(draw[i] > draw[j] for draw in theta) / len(theta) for j in units] for i in units]
    mean = [1 + sum(above[j][i] for j in units) for i in units]
    order = sorted(units, key=lambda i: mean[i])
    best: tuple[float, list[int], list[tuple[int, int]]] = (-math.inf, [], [])
    for count in units:
        for cuts in combinations(range(1, len(order)), count):
            group = [0 for _ in units]
            for place, unit in enumerate(order):
                group[unit] = 1 + sum(cut <= place for cut in cuts)
            pairs = [(i, j) for i in units for j in units if group[i] < group[j]]
            gain = sum(above[i][j] - (1 - q) for i, j in pairs)
            if gain > best[0] + 1e-9:
                best = (gain, group, pairs)
    _, group, pairs = best
    wrong = sum(1 - above[i][j] for i, j in pairs) / len(pairs) if pairs else None
    return {"group": group, "ordered": len(pairs) / (len(order) * (len(order) - 1) / 2), "misordered": wrong}


def funnel(gap: list[float], variance: list[float], winsorised: float) -> dict[str, Any]:
    """Spiegelhalter 2005: additive overdispersion of winsorised z-scores, and limits z_p sqrt(s^2 + tau^2)."""
    z = [g / math.sqrt(s2) for g, s2 in zip(gap, variance, strict=True)]

    def quantile(share: float) -> float:
        place = share * (len(z) - 1)
        below, above = sorted(z)[math.floor(place)], sorted(z)[math.ceil(place)]
        return below + (above - below) * (place - math.floor(place))

    low, high = quantile(winsorised), quantile(1 - winsorised)
    count, phi = len(z), sum(min(max(value, low), high) ** 2 for value in z) / len(z)
    w = [1 / s2 for s2 in variance]
    tau2 = max(0.0, (count * phi - (count - 1)) / (sum(w) - sum(v * v for v in w) / sum(w)))
    limits = {
        str(p): [NormalDist().inv_cdf((1 + p) / 2) * math.sqrt(s2 + tau2) for s2 in variance] for p in (0.95, 0.998)
    }
    return {"tau2": tau2, "limits": limits}


def compute() -> dict[str, list[dict[str, Any]]]:
    """All inputs and outputs."""
    rng = random.Random(2017)

    def normal() -> float:
        return sum(rng.random() for _ in range(12)) - 6

    def draws(mean: list[float], spread: float, count: int) -> Draws:
        return [[round(m + spread * normal(), 6) for m in mean] for _ in range(count)]

    alike, apart = draws([0.0] * 6, 1.0, 50), draws([2.5, 2.3, 0.8, 0.1, 0.0, -0.1, -2.0, -2.4], 0.7, 60)
    prob = [[round(0.5 + rng.random() / 2, 4) for _ in range(11)] for _ in range(4)]
    gaps = [round(2 * normal(), 4) for _ in range(25)]
    variance = [round(0.3 + 3 * rng.random(), 4) for _ in range(25)]
    found: dict[str, list[dict[str, Any]]] = {"ranks": [], "flagged": [], "groups": [], "funnel": []}
    for theta in (alike, apart):
        for top, probability in ((1, 0.95), (3, 0.8)):
            given = {"theta": theta, "top": top, "probability": probability}
            found["ranks"].append(given | ranks(theta, top, probability))
        for q in (0.02, 0.1, 0.3):
            found["groups"].append({"theta": theta, "q": q} | groups(theta, q))
    for values in prob:
        for q in (0.05, 0.1, 0.2):
            found["flagged"].append({"prob": values, "q": q, "flagged": flagged(values, q)})
    for times, winsorised in ((1.0, 0.0), (1.0, 0.01), (1.0, 0.1), (0.2, 0.01)):  # the last without overdispersion
        gap = [times * value for value in gaps]
        given = {"gap": gap, "variance": variance, "winsorised": winsorised}
        found["funnel"].append(given | funnel(gap, variance, winsorised))
    return found


if __name__ == "__main__":
    OUT.write_text(json.dumps(compute()) + "\n", encoding="utf-8")

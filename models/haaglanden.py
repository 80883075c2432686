"""The study of Haaglanden again: what its printed tables allow, and its question asked properly on simulated wijken.

*Jeugdhulp in de wijken* (De Haagse Hogeschool, 2020) factor-analysed indicators of safety, cohesion and facilities and
regressed the size of the difference (observed less expected, without its sign) on the scores. Run it as it is, some
five minutes:

    python models/haaglanden.py
    python models/haaglanden.py --ways joint --wijken 500 --gemeenten 60

The second part is of invented wijken (gesimuleerd), where the truth is known. Copy it and change it.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import xarray as xr

import bayes_jeugdhulp as bj
from bayes_jeugdhulp import factors
from bayes_jeugdhulp.sources.indicators import Indicators
from bayes_jeugdhulp.sources.simulated import SimulatedNetherlands
from bayes_jeugdhulp.sources.simulated_factors import about_indicators

PRINTED = Path(__file__).parents[1] / "data" / "haaglanden_2020"
GAMMA = (0.25, -0.15)  # true coefficients of the simulated factors: log odds for one sd
KENMERKEN = ("perc_hhverd", "perc_nwmig", "huur_corp", "perc_1ouder", "afstandhuisarts", "perc_1gez", "perc_hhbijs")
MEASURED_BY = {"veiligheid_sociale_cohesie": "overlast_bewoners", "voorzieningen": "huisartsenpraktijken"}
WAYS = ("joint", "cut", "plug_in")


def main() -> None:
    """Print what the printed tables allow, and fit the simulated wijken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wijken", type=int, default=300)
    parser.add_argument("--gemeenten", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draws", type=int, default=1500, help="kept per chain")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="how uncertainty flows in")
    given = parser.parse_args()

    print("1. What the printed tables of 2020 allow\n")
    for step, found in printed_tables().items():
        print(f"{step}: {found}")

    country = bj.simulated_netherlands(
        given.seed, wijken=given.wijken, gemeenten=given.gemeenten, regios=5, wijk_effect="normal", factor_effects=GAMMA
    )
    print(f"\n2. The same question on {given.wijken} invented wijken (gesimuleerd); true coefficients {GAMMA}\n")
    sampling = bj.SamplingSpec(draws=given.draws, seed=given.seed)
    without = bj.fit(country.areas, model(), sampling, progress=False)
    print("a. As the study did it: scores of wijken that have every indicator, regressed on a difference in points")
    print(old_way(country, without).round(2).to_string())
    print("\nb. The factors inside the model")
    indicators = measured(country)
    fits = {
        way: bj.fit(country.areas, model(way), sampling, indicators=indicators, progress=False) for way in given.ways
    }
    for way, tree in fits.items():
        gate = bj.check_gate(tree)
        print(f"{way}: convergence check {'passed' if gate.passed else '; '.join(gate.problems)}")
    print(coefficients(country, fits).round(2).to_string())
    print("\nc. Without factors and with them")
    print(bj.compare([("without", without), *fits.items()]))


def printed_tables() -> dict[str, object]:
    """What of Bijlage 3 reproduces and what cannot, and why; docs/haaglanden.md has every figure."""
    table = pd.read_csv(PRINTED / "bijlage_3_tabel_v_correlaties.csv", index_col=0)
    table = table.set_axis(table.index, axis="columns")
    outcome = "abs_verschil_werkelijk_verwacht"
    matrix = table.drop(index=outcome, columns=outcome)  # of the 17 indicators
    check = factors.check_matrix(matrix, decimals=3)
    scales = pd.read_csv(PRINTED / "bijlage_3_tabel_iii_betrouwbaarheid.csv")
    omgang = scales[scales["schaal"] == "Omgang met elkaar"].iloc[-1]
    items = omgang["items"].split("; ")
    slopes = pd.read_csv(PRINTED / "bijlage_3_tabel_iv_regressie.csv").set_index(["model", "factor"])
    figures = ["beta", "ci95_laag", "ci95_hoog", "p", "beta_gestandaardiseerd", "r2_model"]
    return {
        "Table V is symmetric": check.symmetric,
        "its smallest eigenvalue": f"{check.eigenvalues[-1]:.3f}, and rounding moves it by {check.room:.3f} at most",
        "triples of indicators that no wijken can have": len(factors.impossible_triples(matrix, 3)),
        "KMO (printed .82)": factors.kmo(matrix, 3),
        "Bartlett's test (printed 635.26)": factors.bartlett(matrix, 32, 3),
        "components (printed 3, 81.4%)": factors.principal_components(matrix, decimals=3),
        f"alpha of {' and '.join(items)} (printed {omgang['cronbach_alpha']:.2f})": (
            f"{factors.largest_alpha(matrix.loc[items, items], 3):.3f} at most"
        ),
        "wijken for which the first regression of Table IV holds together": factors.sizes_behind_slope(
            *slopes.loc[(1, "Voorzieningen"), figures].astype(float)
        ),
    }


def model(way: str = "joint") -> bj.ModelSpec:
    """Choose the model: few kenmerken, for few gemeenten."""
    return bj.ModelSpec(kenmerken=KENMERKEN, wijk_effect="normal", factors=way)


def measured(country: SimulatedNetherlands) -> Indicators:
    """Read the indicators as a user brings them: a table of wijken, and a table that says what each measures."""
    with TemporaryDirectory() as folder:
        values, about = Path(folder, "indicatoren.csv"), Path(folder, "over_indicatoren.csv")
        country.indicators.to_csv(values)
        about_indicators().to_csv(about, index=False)
        return bj.read_indicators(values, about, decimal=".")


def old_way(country: SimulatedNetherlands, without: xr.DataTree) -> pd.DataFrame:
    """Regress the difference, its size and with its sign, on Anderson-Rubin scores of wijken with every indicator."""
    complete = country.indicators.dropna()
    kept = factors.principal_components(factors.correlate(complete, "complete").values, keep=2)
    rotated = factors.varimax(kept.loadings).loadings
    found = factors.factor_scores(complete, rotated).values
    scores = {}
    for factor, indicator in MEASURED_BY.items():
        component = rotated.loc[indicator].abs().idxmax()
        scores[factor] = found[component] * np.sign(rotated.loc[indicator, component])
    wijken = bj.make_results(without, despite_failed_gate=True).wijken.set_index("wijkcode")
    difference = wijken["observed_pct"] - wijken["expected_pct_within_gemeente"]  # in sample, as the SCP's is
    regressions = {
        "size of the difference": factors.regress(difference.abs(), pd.DataFrame(scores)),
        "difference with its sign": factors.regress(difference, pd.DataFrame(scores)),
    }
    print(f"wijken with every indicator and a published figure: {regressions['difference with its sign'].n}")
    return pd.concat({name: found.table for name, found in regressions.items()})[["coefficient", "low", "high"]]


def coefficients(country: SimulatedNetherlands, fits: dict[str, xr.DataTree]) -> pd.DataFrame:
    """Posterior means with 95% intervals: log odds for one sd, and the points of use that they come to."""
    p, parts = country.truth["p"].to_numpy(), {}
    slope = 100 * (p * (1 - p)).mean()  # points for a unit of log odds
    for way, tree in fits.items():
        table = bj.make_results(tree, despite_failed_gate=True).factors.set_index("factor").iloc[:, :6]
        table.insert(0, "true", GAMMA)
        table.insert(4, "true_points", slope * np.array(GAMMA))
        parts[way] = table
    return pd.concat(parts)


if __name__ == "__main__":
    main()

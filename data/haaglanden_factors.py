"""Bijlage 3 of the Haaglanden study: each printed figure of the factor analysis beside what the printed matrix gives.

python data/haaglanden_factors.py [--file Wijkdata_Jeugdhulp_in_de_wijk.ods]
"""

import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd

from bayes_jeugdhulp.factors.adequacy import Adequacy, Sphericity, bartlett, kmo
from bayes_jeugdhulp.factors.components import Components, communalities, principal_components, varimax
from bayes_jeugdhulp.factors.correlations import check_matrix
from bayes_jeugdhulp.factors.possible import NotPossible
from bayes_jeugdhulp.factors.published import (
    impossible_triples,
    largest_sound_sets,
    sizes_behind_slope,
    sizes_behind_stars,
)
from bayes_jeugdhulp.factors.reliability import believable_alpha, largest_alpha, standardised_alpha
from bayes_jeugdhulp.sources.scp import read_scp_expected

PRINTED = Path(__file__).parent / "haaglanden_2020"
OUTCOME = "abs_verschil_werkelijk_verwacht"
DECIMALS = 3
HIDDEN_BELOW = 0.3  # smaller loadings are left blank
# What Bijlage 3 says of the factor analysis; WIJKEN is what its Table IV holds together for.
KMO, BARTLETT, COMPONENTS, EXPLAINED, WIJKEN = 0.82, 635.26, 3, 0.814, 32
KIJKDUIN, BINCKHORST = "WK051815", "WK051839"


def printed(name: str) -> pd.DataFrame:
    """Give a table of Bijlage 3, by its indicators."""
    return pd.read_csv(PRINTED / f"bijlage_3_{name}.csv", index_col=0)


def correlations(name: str = "tabel_v_correlaties") -> pd.DataFrame:
    """Table V, with the outcome; its columns named as its rows."""
    table = printed(name)
    return table.set_axis(table.index, axis="columns")


def indicators() -> pd.DataFrame:
    """Table V without the outcome: the 17 indicators that were factor-analysed."""
    return correlations().drop(index=OUTCOME, columns=OUTCOME)


def nearest(matrix: pd.DataFrame) -> pd.DataFrame:
    """Give the correlation matrix nearest to an impossible one, in sum of squares."""
    from statsmodels.stats.correlation_tools import corr_nearest
    from statsmodels.tools.sm_exceptions import IterationLimitWarning

    with warnings.catch_warnings():
        # it asks for more than floating point has; a test holds the result to Higham's conditions for the nearest
        warnings.simplefilter("ignore", IterationLimitWarning)
        values = corr_nearest(matrix.to_numpy(), threshold=1e-12, n_fact=1000)
    return pd.DataFrame(values, matrix.index, matrix.columns)


def steps() -> pd.DataFrame:
    """KMO, Bartlett and components: as printed, from Table V, and from the largest part of it that can be."""
    matrix = indicators()
    sound = largest_sound_sets(matrix, DECIMALS)
    if isinstance(sound, NotPossible):
        raise SystemExit(str(sound))
    parts = {"17 indicators": matrix, f"{len(sound[0])} indicators": matrix.loc[sound[0], sound[0]]}
    columns: dict[str, list[object]] = {"printed": [KMO, BARTLETT, COMPONENTS, EXPLAINED]}
    for name, part in parts.items():
        adequacy, tested, found = kmo(part, DECIMALS), bartlett(part, WIJKEN, DECIMALS), components(part, DECIMALS)
        columns[name] = [
            round(adequacy.overall, 2) if isinstance(adequacy, Adequacy) else adequacy,
            round(tested.statistic, 2) if isinstance(tested, Sphericity) else tested,
            *found,
        ]
    columns["17, nearest possible"] = ["singular", "singular", *components(nearest(matrix), None)]
    rows = ["KMO", f"Bartlett, n = {WIJKEN}", "eigenvalues above 1", "explained by three"]
    return pd.DataFrame(columns, rows, dtype=object)


def components(matrix: pd.DataFrame, decimals: int | None) -> tuple[object, object]:
    """Number of components and the share that three explain."""
    found = principal_components(matrix, decimals=decimals)
    if isinstance(found, NotPossible):
        return found, found
    return found.loadings.shape[1], round(float(found.eigenvalues[:COMPONENTS].sum() / len(matrix)), 3)


def loadings() -> pd.DataFrame:
    """Table II beside the rotated components of the nearest possible matrix, matched by what they go with most."""
    table = printed("tabel_ii_componenten")
    found = principal_components(nearest(indicators()), keep=COMPONENTS)
    assert isinstance(found, Components)
    rotated = varimax(found.loadings).loadings.loc[table.index]
    likeness = rotated.T.to_numpy() @ table.fillna(0).to_numpy()
    match = np.abs(likeness).argmax(axis=0)
    again = rotated.iloc[:, match] * np.sign(likeness[match, range(COMPONENTS)])
    again = again.set_axis([f"{name} again" for name in table], axis="columns")
    both = table.join(again.round(3))
    return both.assign(communality=communalities(table), communality_again=communalities(again)).round(3)


def explained_by_table_ii() -> tuple[float, float]:
    """Share of the variance that the printed loadings explain: the blank ones at 0, and at the most they can be."""
    table = printed("tabel_ii_componenten")
    return tuple(float((table.fillna(blank) ** 2).to_numpy().sum() / len(table)) for blank in (0, HIDDEN_BELOW))


def alphas() -> pd.DataFrame:
    """Table III beside standardised alphas of the same items, and the most that alpha can be."""
    matrix, signs = indicators(), np.sign(printed("tabel_ii_componenten").fillna(0))
    rows = []
    for (scale, _), row in (
        printed("tabel_iii_betrouwbaarheid").reset_index().set_index(["schaal", "versie"]).iterrows()
    ):
        items = row["items"].split("; ")
        part = matrix.loc[items, items]
        of_scale = signs.loc[items, scale.lower().replace(" ", "_")]
        reverse = of_scale.index[of_scale < 0].tolist()
        figures = (standardised_alpha(part, (), DECIMALS), standardised_alpha(part, reverse, DECIMALS))
        most = largest_alpha(part, DECIMALS)
        verdict = believable_alpha(row["cronbach_alpha"], part, DECIMALS)
        rows.append((scale, len(items), row["cronbach_alpha"], *map(rounded, (*figures, most)), verdict))
    names = ["scale", "items", "printed", "standardised", "negative loadings reversed", "most", "verdict"]
    return pd.DataFrame(rows, columns=names)


def rounded(value: object) -> object:
    """Round what was possible."""
    return round(value, 3) if isinstance(value, float) else value


def slopes() -> dict[str, list[int]]:
    """Numbers of wijken with which the two regressions on one factor hold together."""
    table = printed("tabel_iv_regressie").loc[[1, 2]].set_index("factor")
    columns = ["beta", "ci95_laag", "ci95_hoog", "p", "beta_gestandaardiseerd", "r2_model"]
    return {str(name): sizes_behind_slope(*row[columns].astype(float)) for name, row in table.iterrows()}


def least_sd(sizes: pd.Series, wijk: str, n: int) -> float:
    """Smallest sd of the outcome over any n wijken that hold a given one."""
    # for any mean, the n - 1 wijken nearest to it vary least around it: neighbours in order of size
    others = np.sort(sizes.drop(wijk).to_numpy())
    sets = [np.append(others[at : at + n - 1], sizes[wijk]) for at in range(len(others) - n + 2)]
    return float(min(np.std(part, ddof=1) for part in sets))


def shown(table: pd.DataFrame) -> str:
    """Print a table with its reasons below it, each once."""
    reasons = list(dict.fromkeys(str(cell) for cell in table.to_numpy().ravel() if isinstance(cell, NotPossible)))
    numbered = table.map(lambda cell: f"see {reasons.index(str(cell)) + 1}" if isinstance(cell, NotPossible) else cell)
    return "\n".join([numbered.to_string(), *(f"{number}: {reason}" for number, reason in enumerate(reasons, 1))])


@click.command(help=__doc__)
@click.option("--file", type=Path, help="The SCP's spreadsheet, for the spread of the outcome.")
def main(file: Path | None) -> None:
    matrix = indicators()
    check = check_matrix(matrix, DECIMALS)
    print("Table V, 17 indicators")
    print(
        f"symmetric {check.symmetric}, ones on the diagonal {check.unit_diagonal}, within -1 and 1 {check.within_one}"
    )
    print(f"eigenvalues {check.eigenvalues.round(3).tolist()}; rounding moves them by {check.room:.3f} at most")
    print(f"{check.why_not}")
    smallest = check_matrix(correlations(), DECIMALS).eigenvalues[-1]
    moved = (nearest(matrix) - matrix).abs()
    print(f"with the outcome: smallest eigenvalue {smallest:.3f}")
    a, b = moved.stack().idxmax()
    largest = f"largest {moved.loc[a, b]:.3f}, {a} with {b}"
    print(f"nearest possible matrix: correlations moved by {moved.to_numpy().sum() / 272:.3f} on average; {largest}")

    print(f"\nthree at a time\n{impossible_triples(matrix, DECIMALS).round(3).to_string()}")
    sizes = sizes_behind_stars(correlations(), correlations("tabel_v_sterren"), DECIMALS)
    print("\nwijken behind the stars: the pairs with fewest and with most")
    print(pd.concat([sizes.nsmallest(5, "most"), sizes.nlargest(5, "least")]).to_string())

    print(f"\nsteps\n{shown(steps())}")
    print(f"the 13: {', '.join(largest_sound_sets(matrix, DECIMALS)[0])}")
    low, high = explained_by_table_ii()
    print(f"\nTable II explains {low:.3f} (blanks 0) to {high:.3f} (blanks {HIDDEN_BELOW}) of the variance")
    most = (check.eigenvalues[:COMPONENTS].sum() + COMPONENTS * check.room) / len(matrix)
    print(f"no three components explain more than {most:.3f} of Table V")
    print(loadings().to_string())
    print(f"\nTable III\n{shown(alphas())}")
    print(f"\nTable IV holds together for n = {slopes()}")
    if file:
        expected = read_scp_expected(file)
        outcome = expected["residual"][expected.index.str.startswith("WK0518")].abs().dropna()
        print(f"\n|observed - expected| of {len(outcome)} wijken of Den Haag: sd {outcome.std():.2f}")
        rest = outcome.drop([KIJKDUIN, BINCKHORST])
        print(f"without Kijkduin and Binckhorst: {rest.std():.2f}")
        for name, wijk in (("Kijkduin", KIJKDUIN), ("Binckhorst", BINCKHORST)):
            print(f"any {WIJKEN} of them with {name}: {least_sd(outcome, wijk, WIJKEN):.2f} or more")


if __name__ == "__main__":
    main()

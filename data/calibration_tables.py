"""The tables of docs/calibration.md, from what `bayes-jeugdhulp calibrate` wrote.

bayes-jeugdhulp calibrate fit.nc --out evidence --journal evidence-journal
python data/calibration_tables.py evidence
"""

import sys
from pathlib import Path

import pandas as pd

WITHIN, NATIONAL = "within_gemeente", "national"
MARKS = {"met": "", "undecided": "?", "missed": "✗"}
WORLDS = ("model", "youths", "heavy", "steep", "correlated", "urban", "misregistered")
DRIFTS = (
    ("outside 95%", WITHIN),
    ("outside 80%", WITHIN),
    ("e_w in its 95% interval", WITHIN),
    ("e_w in its 95% interval", NATIONAL),
    ("d_w in its 95% interval", WITHIN),
    ("d_w in its 95% interval", NATIONAL),
    ("flagged hoger: false", WITHIN),
    ("flagged lager: false", WITHIN),
    ("flagged hoger: false", NATIONAL),
    ("flagged lager: false", NATIONAL),
    ("status hoger: false", WITHIN),
    ("status lager: false", WITHIN),
)
SIDES = ("false", "on the other side of 0", "of those 1.5 to 2.5 m away")


def row(*cells: str) -> None:
    """Print a row of a table."""
    print("|", " | ".join(cells), "|")


def judged(criteria: pd.DataFrame) -> None:
    """Every criterion under the model, all sizes and size by size, with its verdict."""
    row("", "asked", "within gemeente", "per size", "national", "per size")
    row(*["---"] * 6)
    of_ranks = criteria[criteria["world"].isna()]
    for _, one in of_ranks.iterrows():
        asked = "0" if one["wanted_high"] == 0 else "1 or more"
        row(one["criterion"], asked, f"{one['found']:.0f}{MARKS[one['verdict']]}", "", "", "")
    for criterion, part in criteria[criteria["world"] == "model"].groupby("criterion", sort=False):
        low, high = part[["wanted_low", "wanted_high"]].iloc[0]
        asked = f"{high:g} at most" if low == -100 else f"{low:g} at least" if high == 100 else f"{low:g} to {high:g}"
        cells = []
        for reference in (WITHIN, NATIONAL):
            here = part[part["reference"] == reference].set_index("youths_from").sort_index()
            found = [f"{one['found']:.1f}{MARKS[one['verdict']]}" for _, one in here.iterrows()]
            cells += [f"{found[0]} ({here['se'].iloc[0]:.1f})", ", ".join(found[1:]) if len(found) > 2 else ""]
        row(str(criterion), asked, *cells)


def drifts(shares: pd.Series, errors: pd.Series) -> None:
    """What is said in worlds that the model does not have."""
    row("percent (standard error)", *WORLDS)
    row(*["---"] * (1 + len(WORLDS)))
    for measure, reference in DRIFTS:
        keys = [(world, "fit", reference, measure, -1.0) for world in WORLDS]
        where = "national" if reference == NATIONAL else "within"
        row(f"{measure}, {where}", *(f"{shares[key]:.1f} ({errors[key]:.1f})" for key in keys))


def rules(shares: pd.Series, number: pd.Series, simulations: int) -> None:
    """What other rules say, within the gemeente."""

    def found(measure: str) -> str:
        key = ("model", "fit", WITHIN, measure, 0.0)
        return f"{shares[key]:.1f}" if key in shares.index else "none"

    row("m", "π", "hoger: false, wrong side, found", "lager: false, wrong side, found")
    row(*["---"] * 4)
    for m, pi in (("0.5", "0.9"), ("1", "0.8"), ("1", "0.9"), ("1", "0.95"), ("2", "0.9"), ("10%", "0.9")):
        names = [[f"m {m}, pi {pi}: status {way}: {side}" for side in SIDES] for way in ("hoger", "lager")]
        row(m, pi, *(", ".join(found(name) for name in way) for way in names))
    print()
    row("m", "π₀", "als verwacht: of all", "false")
    row(*["---"] * 4)
    for m, pi0 in (("0.5", "0.8"), ("1", "0.7"), ("1", "0.8"), ("1", "0.9"), ("2", "0.8"), ("10%", "0.8")):
        name = f"m {m}, pi0 {pi0}:"
        row(m, pi0, found(f"{name} als verwacht"), found(f"{name} status als verwacht: false"))
    print()
    row("youths", "wijken", "hoger or lager", "of them false")
    row(*["---"] * 4)
    for sizes in ("0 to 50", "50 to 100", "100 to 150"):
        name = f"{sizes} youths: hoger or lager"
        among = number[("model", "fit", WITHIN, name, 0.0)] / simulations
        row(sizes, f"{among:.0f}", found(name), found(f"{name}: false"))


def main() -> None:
    """Print all tables as Markdown."""
    folder = Path(sys.argv[1])
    table = pd.read_csv(folder / "aandelen.csv")
    shares = table.set_index(["world", "who", "reference", "measure", "youths_from"])
    simulations = table.groupby("world")["simulations"].agg(["min", "max"])
    print("simulations:", simulations.to_dict("index"), "\n")
    judged(pd.read_csv(folder / "criteria.csv"))
    print()
    drifts(shares["percent"], shares["se"])
    print()
    by_rule = table[(table["world"] == "model") & table["measure"].str.startswith("m 1, pi0")]["simulations"]
    rules(shares["percent"], shares["of"], int(by_rule.max()))


if __name__ == "__main__":
    main()

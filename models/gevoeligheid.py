r"""What the conclusions owe to choices: to the priors, to the distribution of wijk effects, to the numbers of youths.

Run it as it is on a small simulated Netherlands, or on the SCP's figures of 2017, of the country or of a part of it:

    python models/gevoeligheid.py
    python models/gevoeligheid.py --scp Wijkdata_Jeugdhulp_in_de_wijk.ods --youths youths.csv --regions regions.csv \
        --region JZ24 JZ25 --keep gevoeligheid

A fit that is in the folder of --keep is not made again. Copy the script and change VARIANTS.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd
import xarray as xr

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.model import Priors, drop_constant_kenmerken

VARIANTS = {
    "another_seed": bj.ModelSpec(),  # the same model: what changes by the chance of sampling and imputing alone
    "wide_priors": bj.ModelSpec(priors=Priors(kenmerken=0.5, regio=0.3, gemeente=0.4, wijk=0.4)),  # twice the default
    "normal": bj.ModelSpec(wijk_effect="normal"),  # the default is a mixture of ordinary and outlying wijken
    "student_t": bj.ModelSpec(wijk_effect="student_t"),
    "youths_given": bj.ModelSpec(youths="given"),  # as they stand, not drawn with the users that fit the figure
}
STATUS, NONE = "status_within_gemeente", "geen uitspraak"


def main() -> None:
    """Fit the default and its variants, and print which conclusions change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scp", help="the SCP's ODS file; without it the Netherlands is simulated")
    parser.add_argument("--youths", help="CSV with the number of youths per wijk")
    parser.add_argument("--regions", help="CSV with the jeugdzorgregio of each gemeente")
    parser.add_argument("--region", nargs="+", metavar="CODE", help="only these jeugdzorgregio's or gemeenten")
    parser.add_argument("--wijken", type=int, default=250, help="of the simulated Netherlands")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="default all")
    parser.add_argument("--draws", type=int, default=1500, help="kept per chain")
    parser.add_argument("--acceptance", type=float, help="nearer to 1 steps are shorter, and divergences rarer")
    parser.add_argument("--seed", type=int, default=2017)
    parser.add_argument("--show", type=int, default=20, help="wijken to list by name")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where fits are kept, and found the next time")
    given = parser.parse_args()
    if given.scp and not given.youths:
        parser.error("--scp needs --youths: the SCP's file has no numbers of youths")
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)

    # 1. The figures, the same for every variant.
    areas = read(given)
    print(f"{areas.title}: {len(areas)} wijken, {areas.wijken['gemeentecode'].nunique()} gemeenten\n")

    # 2. The default model, and how far it moves when its priors, or its likelihood, are made a little stronger.
    simulated = "GESIMULEERD. " if areas.simulated else ""
    tree = fitted("default", bj.ModelSpec(), areas, given)
    print(f"{simulated}Power scaling of the default model:\n{bj.prior_sensitivity(tree).round(3).to_string()}\n")

    # 3. The status of every wijk under each variant, beside that of the default.
    wijken = bj.make_results(tree).wijken.set_index("wijkcode")
    status, counts = wijken[["wijknaam", STATUS]].rename(columns={STATUS: "default"}), {}
    for name in given.variants:
        other = fitted(name, VARIANTS[name], areas, given)
        if not bj.check_gate(other).passed:
            print(f"{name}: the convergence check did not pass, so that there are no statuses; try --acceptance .98")
            continue
        status[name] = bj.make_results(other).wijken.set_index("wijkcode")[STATUS]
        counts[name] = changes(status["default"], status[name])
    print(f"{simulated}Statuses within the gemeente that change from those of the default, of {len(status)} wijken:")
    print(f"{pd.DataFrame(counts).T.to_string()}\n")
    differ = status[status.iloc[:, 2:].ne(status["default"], axis=0).any(axis=1)]
    shown = differ.head(given.show)
    print(f"{simulated}Wijken whose status changes under any variant, the first {len(shown)} of {len(differ)}:")
    print(shown.to_string())


def read(given: argparse.Namespace) -> Areas:
    """Read the SCP's figures, or simulate a country; keep the regions that were asked for."""
    if given.scp:
        areas = bj.read_scp(given.scp, given.youths, given.regions)
    else:
        size = {"wijken": given.wijken, "gemeenten": given.wijken // 8, "regios": 5}
        areas = bj.simulated_netherlands(given.seed, **size).areas
        # invented numbers of youths are exact: take them as known to 10% only, for youths_given to differ
        areas = replace(areas, wijken=areas.wijken.assign(youths_log_sd=0.1))
    return areas.select(given.region) if given.region else areas


def fitted(name: str, spec: bj.ModelSpec, areas: Areas, given: argparse.Namespace) -> xr.DataTree:
    """Fit a model, or find the fit that was kept."""
    seed = given.seed + (name == "another_seed")
    sampling = bj.SamplingSpec(draws=given.draws, seed=seed, acceptance=given.acceptance)
    spec, _ = drop_constant_kenmerken(areas, spec)  # what does not vary in a region
    return bj.fit(areas, spec, sampling, keep=given.keep and given.keep / f"{name}.nc", progress=False)


def changes(default: pd.Series, other: pd.Series) -> dict[str, int]:
    """Count wijken whose status changes: statements that come, go, or turn into another one."""
    return {
        "changed": (default != other).sum(),
        "comes": ((default == NONE) & (other != NONE)).sum(),
        "goes": ((default != NONE) & (other == NONE)).sum(),
        "turns": ((default != other) & (default != NONE) & (other != NONE)).sum(),
    }


if __name__ == "__main__":
    main()

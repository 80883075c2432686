r"""Candidate models side by side: how well each foresees a wijk, and a gemeente that took no part in the fit.

Run it as it is on a small simulated Netherlands, or on the SCP's figures of 2017, of the country or of a part of it:

    python models/vergelijking.py
    python models/vergelijking.py --scp Wijkdata_Jeugdhulp_in_de_wijk.ods --youths youths.csv --regions regions.csv \
        --region JZ24 JZ25 --keep vergelijking

A fit that is in the folder of --keep is not made again. Copy the script and change CANDIDATES.
"""

import argparse
from pathlib import Path

import xarray as xr

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.model import drop_constant_kenmerken

CANDIDATES = {
    "default": bj.ModelSpec(),
    "median": bj.ModelSpec(missing="median"),  # gaps filled, as published studies do
    "gemeente_means": bj.ModelSpec(gemeente_means=True),  # what goes with the level of a gemeente, told apart
    "without_perc_1ouder": bj.ModelSpec(without=("perc_1ouder",)),
}

FORESEEN = [
    "gate_passed",  # do not believe the rest of a candidate without it: try shorter steps (--acceptance .98)
    *("elpd", "elpd_difference", "elpd_se", "elpd_difference_without_10"),
    *("r2_loo_within_gemeente", "r2_loo_national"),
    *("elpd_gemeenten", "elpd_gemeenten_difference", "elpd_gemeenten_se", "elpd_gemeenten_difference_without_10"),
    *("r2_gemeenten", "r2_gemeenten_weighted"),
]


def main() -> None:
    """Fit the candidates and print what each foresees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scp", help="the SCP's ODS file; without it the Netherlands is simulated")
    parser.add_argument("--youths", help="CSV with the number of youths per wijk")
    parser.add_argument("--regions", help="CSV with the jeugdzorgregio of each gemeente")
    parser.add_argument("--region", nargs="+", metavar="CODE", help="only these jeugdzorgregio's or gemeenten")
    parser.add_argument("--wijken", type=int, default=250, help="of the simulated Netherlands")
    parser.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=list(CANDIDATES), help="default all")
    parser.add_argument("--folds", type=int, default=5, help="of gemeenten, each left out in its turn")
    parser.add_argument("--draws", type=int, default=1000, help="kept per chain")
    parser.add_argument("--acceptance", type=float, help="nearer to 1 steps are shorter, and divergences rarer")
    parser.add_argument("--seed", type=int, default=2017)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where fits are kept, and found the next time")
    given = parser.parse_args()
    if given.scp and not given.youths:
        parser.error("--scp needs --youths: the SCP's file has no numbers of youths")
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)

    # 1. The figures, the same for every candidate.
    areas = read(given)
    print(f"{areas.title}: {len(areas)} wijken, {areas.wijken['gemeentecode'].nunique()} gemeenten\n")

    # 2. Every candidate is fitted once, and again without each fold of gemeenten.
    fits = {name: foreseeing(name, areas, given) for name in given.candidates}

    # 3. Side by side: a wijk foreseen from all others, then a gemeente from all others. A difference is from the best;
    #    its standard error (se) is over pairs, the same wijk or gemeente under both.
    found = bj.compare(fits.items())
    print(f"{'GESIMULEERD. ' if areas.simulated else ''}What each candidate foresees (higher is better):")
    print(found.models.set_index("fit")[FORESEEN].T.to_string(float_format="{:.3f}".format))
    if given.keep:
        bj.write_comparison(found, given.keep / "tables")


def read(given: argparse.Namespace) -> Areas:
    """Read the SCP's figures, or simulate a country; keep the regions that were asked for."""
    if given.scp:
        areas = bj.read_scp(given.scp, given.youths, given.regions)
    else:
        size = {"wijken": given.wijken, "gemeenten": given.wijken // 8, "regios": 5}
        areas = bj.simulated_netherlands(given.seed, **size).areas
    return areas.select(given.region) if given.region else areas


def foreseeing(name: str, areas: Areas, given: argparse.Namespace) -> xr.DataTree:
    """Fit a candidate, foresee every gemeente from the others, and keep both."""
    sampling = bj.SamplingSpec(draws=given.draws, seed=given.seed, acceptance=given.acceptance)
    file = given.keep and given.keep / f"{name}.nc"
    spec, _ = drop_constant_kenmerken(areas, CANDIDATES[name])  # what does not vary in a region
    tree = bj.fit(areas, spec, sampling, keep=file, progress=False)
    if "crossvalidation" not in tree.children or tree["crossvalidation"].attrs["folds"] != given.folds:
        tree["crossvalidation"] = xr.DataTree(bj.crossvalidate(tree, given.folds))
        if file:
            bj.save(tree, file)
    return tree


if __name__ == "__main__":
    main()

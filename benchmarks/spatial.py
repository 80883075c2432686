"""Whether a spatial effect helps: fits with and without one side by side.

    python benchmarks/spatial.py --kwb kwb_jeugdzorg_wijken_2021.csv --borders nl_wijken_2022.topojson --out spatial

On Kerncijfers wijken en buurten 2021 with jeugdzorg in it, and borders of 2022: an equal code is taken for an equal
area, and wijken whose code is gone by 2022 take part in neither fit. Without files: on a simulated region, in which
neighbours have nothing in common. Wijk effects are normal in both. It prints how the fits converged and compare, with
Moran's I of the surprises: normal scores of the leave-one-wijk-out mid-p within the gemeente.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.sources.neighbours import Neighbours


def moran(results: pd.DataFrame, codes: tuple[str, ...], edges: np.ndarray) -> tuple[float, float]:
    """Moran's I, and its standard error if neighbours had nothing in common."""
    scores = pd.Series(ndtri(results["mid_p_within_gemeente"].clip(1e-6, 1 - 1e-6).to_numpy()), results["wijkcode"])
    values = scores.reindex(list(codes)).to_numpy()
    away = values - np.nanmean(values)
    pairs = edges[~np.isnan(away[edges]).any(axis=1)]
    return float((away[pairs[:, 0]] * away[pairs[:, 1]]).mean() / np.nanmean(away**2)), float(len(pairs) ** -0.5)


def main() -> None:
    """Fit, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kwb", type=Path, help="figures of CBS; without them a region is simulated")
    parser.add_argument("--borders", type=Path, help="borders of the year after")
    parser.add_argument("--out", type=Path, help="folder where the fits are kept")
    parser.add_argument("--draws", type=int, default=1500, help="kept per chain of the fit with it")
    parser.add_argument("--tune", type=int, default=400, help="warm-up of the fit with it")
    parser.add_argument("--thin", type=int, default=2, help="draws of which one is kept, of the fit with it")
    parser.add_argument("--south-of", type=float, default=700, metavar="KM", help="only wijken south of this, in RD")
    options = parser.parse_args()
    if (options.kwb is None) != (options.borders is None):
        parser.error("--kwb and --borders go together")
    areas, graph = read(options) if options.kwb else simulate()
    print("GESIMULEERD" if areas.simulated else areas.title, len(areas), "wijken")
    fits = {}
    for name, given in (("without", {}), ("bym2", {"neighbours": graph})):
        seconds: dict[str, float] = {}
        spec = bj.ModelSpec(wijk_effect="normal", spatial="bym2" if given else "none")
        sampling = bj.SamplingSpec(options.draws, options.tune, thin=options.thin) if given else bj.SamplingSpec()
        tree = bj.fit(areas, spec, sampling, progress=False, report=seconds.__setitem__, **given)
        fits[name] = tree
        if options.out:
            options.out.mkdir(exist_ok=True)
            bj.save(tree, options.out / f"{name}.nc")
        print(
            name, f"{seconds['sampling']:.0f} s of sampling, {tree['sample_stats']['n_steps'].mean():.1f} steps a draw"
        )
        print(bj.check_gate(tree), flush=True)
        left = moran(bj.make_results(tree, despite_failed_gate=True).wijken, graph.codes, graph.edges)
        print(f"Moran's I of the surprises: {left[0]:.3f} (se {left[1]:.3f})", flush=True)
        if given:
            share = tree["posterior"]["spatial_share"].to_numpy()
            low, middle, high = np.quantile(share, [0.025, 0.5, 0.975])
            print(f"share of the variance in common with neighbours: {middle:.3f} ({low:.3f} to {high:.3f})")
    print(bj.compare(fits.items()))


def read(options: argparse.Namespace) -> tuple[Areas, Neighbours]:
    """Read figures and borders; keep the wijken that are in both."""
    borders = bj.read_borders(options.borders)
    borders = borders[borders.representative_point().y < 1000 * options.south_of]
    graph = replace(bj.neighbours(borders, "apart"), year=2021)
    areas = bj.read_cbs(options.kwb, empty_means="suppressed")
    return areas.select(areas.wijken.index.intersection(list(graph.codes)).to_list()), graph


def simulate() -> tuple[Areas, Neighbours]:
    """Invent a region."""
    country = bj.simulated_netherlands(1, wijken=400, gemeenten=50, regios=5, wijk_effect="normal")
    return country.areas, bj.neighbours(country.borders, "apart")


if __name__ == "__main__":
    main()

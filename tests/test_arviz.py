"""The saved file is ArviZ's: all that an analyst expects works on it in a process that never imports this package."""

import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from bayes_jeugdhulp.inference import load

ALONE = """
import sys
sys.modules["bayes_jeugdhulp"] = None  # importing it is an error from here on

import warnings

import arviz as az
import matplotlib
import numpy as np
import xarray as xr

matplotlib.use("Agg")
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message="Estimated shape parameter of Pareto")
warnings.filterwarnings("ignore", message="(?s).*look discrete")

fit = xr.open_datatree("fit.nc", engine="h5netcdf")
xr.testing.assert_identical(az.from_netcdf("fit.nc")["posterior"].to_dataset(), fit["posterior"].to_dataset())
scales = ["alpha", "sigma_regio", "sigma_gemeente", "sigma_wijk"]

summary = az.summary(fit, var_names=[*scales, "beta"], round_to="none")
assert len(summary) == 4 + fit["posterior"].sizes["kenmerk"] and "beta[perc_1ouder]" in summary.index
assert {"r_hat", "ess_bulk", "ess_tail"} <= set(summary)
loo = az.loo(fit, var_name="users", pointwise=True)
assert loo.elpd_i.dims == ("observed_wijk",) and np.isfinite(loo.elpd_i).all()
ranked = az.compare({"one": fit, "other": fit}, var_name="users", round_to="none")
np.testing.assert_allclose(ranked["elpd"], loo.elpd)
assert set(az.psense_summary(fit, var_names=scales).index) == set(scales)
assert az.rhat(fit, var_names="eta")["eta"].dims == ("wijk",) and (az.bfmi(fit)["energy"] > 0.3).all()

plots = [
    *(plot(fit, var_names=scales) for plot in (
        az.plot_trace, az.plot_trace_dist, az.plot_rank, az.plot_ess, az.plot_ess_evolution, az.plot_dist, az.plot_pair
    )),
    az.plot_energy(fit),
    az.plot_convergence_dist(fit, var_names="eta"),
    az.plot_forest(fit, var_names="eta", coords={"wijk": fit["posterior"]["wijk"].values[:5]}),
    *(plot(fit, var_names="users") for plot in (
        az.plot_ppc_dist, az.plot_ppc_rootogram, az.plot_ppc_pit, az.plot_ppc_interval, az.plot_loo_pit
    )),
    az.plot_ppc_dist(fit, group="prior_predictive", var_names="users"),
    az.plot_prior_posterior(fit, var_names=scales),
    az.plot_khat(loo),
    # it uses the name alpha itself (docs/columns.md)
    az.plot_psense_dist(
        fit.map_over_datasets(lambda group: group.drop_vars("alpha", errors="ignore")), var_names="sigma_wijk"
    ),
]
assert all(plot.viz.children or plot.viz.data_vars for plot in plots)
print(len(plots))
"""


@pytest.fixture(scope="module")
def tree(example_folder: Path) -> xr.DataTree:
    return load(example_folder / "fit.nc")


def test_summaries_and_plots_need_only_arviz(example_folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=example_folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "19"


def test_every_label_is_a_name_or_a_code(tree: xr.DataTree) -> None:
    """But of what has no name: draws, and positions among them."""
    numbered = {"chain", "draw", "imputation", "fitted_imputation", "cell", "left_out_draw", "component"}
    for group, node in tree.children.items():
        for dim in map(str, node.sizes):
            assert dim in numbered or node.coords[dim].dtype.kind in "UOT", (group, dim)

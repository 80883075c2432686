"""The pages of docs/ say what the code makes: columns, keys, variables, defaults, commands; every page is found."""

import doctest
import json
import re
from ast import literal_eval
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.inference import Gate, GateThresholds, crossvalidation, factors, sampling
from bayes_jeugdhulp.inference.expected import REFERENCES
from bayes_jeugdhulp.inference.stored import GROUPS
from bayes_jeugdhulp.model import Design, Priors
from bayes_jeugdhulp.results import tables
from bayes_jeugdhulp.results.status import NO_STATEMENT, REASONS
from bayes_jeugdhulp.sources.indicators import Indicators
from bayes_jeugdhulp.sources.simulated_factors import about_indicators

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("notebooks/*.ipynb")])
NO = np.zeros((2, 20), bool)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def table(page: str, heading: str) -> list[list[str]]:
    """Cells of the first table below a heading, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    _, found, below = text.partition(f"\n{heading}\n")
    assert found, f"{page} has no heading {heading!r}"
    lines = re.search(r"(?:^\|.*\n)+", re.split(r"^#", below, flags=re.M)[0], flags=re.M)
    assert lines, f"{page} has no table below {heading!r}"
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines[0].splitlines()[2:]]


def columns(heading: str) -> list[str]:
    """Documented columns in order; a run of names that end in _* stands for the run of each reference."""
    names = [row[0] for row in table("columns.md", heading)]
    runs = [(starred, list(run)) for starred, run in groupby(names, key=lambda name: name.endswith("_*"))]
    return [
        name.replace("*", reference)
        for starred, run in runs
        for reference in (REFERENCES if starred else [""])
        for name in run
    ]


class Unsampled:
    """Stands in for the sampler: draws from the prior."""

    def __init__(self, model: pm.Model, _: Any) -> None:
        self.model, self.tree = model, None

    def sample(self, design: Design, *_: Any, **__: Any) -> xr.DataTree:
        with self.model:
            prior = pm.sample_prior_predictive(20, random_seed=1, compile_kwargs={"mode": "FAST_COMPILE"})["prior"]
        one = prior.to_dataset()
        chains = xr.concat([one, one.isel(draw=slice(None, None, -1)).assign_coords(draw=one["draw"])], "chain")
        chains = chains.assign_coords(chain=[0, 1], imputation=("draw", [design.fitted[0]] * 20))
        stats = xr.Dataset({"energy": chains["alpha"], "diverging": chains["alpha"] > 0})
        self.tree = xr.DataTree.from_dict({"posterior": chains, "sample_stats": stats})
        return self.tree

    def refit(self, design: Design, *_: Any, **__: Any) -> xr.DataTree:
        return self.tree or self.sample(design)


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    """A fit with every optional part but factors, whose posterior is the prior; all else is the real thing."""
    areas = bj.simulated_netherlands(wijken=60, gemeenten=8, regios=2).areas
    with pytest.MonkeyPatch.context() as patch:
        for module in (sampling, crossvalidation):
            patch.setattr(module, "compile_model", Unsampled)
        spec = bj.ModelSpec(wijk_effect="student_t", imputations=1)
        fit = bj.fit(areas, spec, bj.SamplingSpec(chains=2, draws=20))
        fit["crossvalidation"] = xr.DataTree(bj.crossvalidate(fit, folds=2))
        return fit


@pytest.fixture(scope="module")
def factor_tree() -> xr.DataTree:
    """As :func:`tree`, with factors whose measurement is a draw from its prior."""

    def sample_measurement(model: pm.Model, *_: Any, **__: Any) -> xr.DataTree:
        variables = [*model.free_RVs, *model.deterministics]
        with model:
            values = pm.draw(variables, 40, random_seed=1)
        dims = {name: [d or f"{name}_{i}" for i, d in enumerate(found)] for name, found in dimensions(model).items()}
        drawn = {
            v.name: (("chain", "draw", *dims[v.name]), value.reshape(2, 20, *value.shape[1:]))
            for v, value in zip(variables, values, strict=True)
        }
        posterior = xr.Dataset(drawn, {name: list(labels) for name, labels in model.coords.items()})
        stats = xr.Dataset({"energy": posterior["slope_sd"].isel(factor=0), "diverging": (("chain", "draw"), NO)})
        return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})

    def dimensions(model: pm.Model) -> dict[str, tuple[str | None, ...]]:
        known = model.named_vars_to_dims
        return {v.name: known.get(v.name) or (None,) * v.ndim for v in (*model.free_RVs, *model.deterministics)}

    country = bj.simulated_netherlands(wijken=60, gemeenten=8, regios=2)
    about = about_indicators().set_index("indicator")
    about["anchor"] = about["anchor"] == "ja"
    indicators = Indicators(country.indicators, country.indicators * np.nan, about, "gesimuleerd")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "compile_model", Unsampled)
        patch.setattr(factors, "compile_measurement", lambda model: model)
        patch.setattr(factors, "sample_measurement", sample_measurement)
        spec = bj.ModelSpec(wijk_effect="normal", imputations=1)
        return bj.fit(country.areas, spec, bj.SamplingSpec(chains=2, draws=20), indicators=indicators, progress=False)


@pytest.fixture(scope="module")
def written(tree: xr.DataTree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    bj.write_results(bj.make_results(tree, despite_failed_gate=True), folder)
    return folder


def test_columns_stand_on_the_page_in_their_order(written: Path) -> None:
    gemeenten = columns("## `gemeenten.csv` and `regios.csv`")
    documented = {
        "wijken": columns("## `wijken.csv`"),
        "gemeenten": gemeenten,
        "regios": gemeenten[2:],
        "calibratie": columns("## `calibratie.csv`"),
        "verklaard": columns("## `verklaard.csv`"),
        "herkomst_verschillen": columns("## `herkomst_verschillen.csv`"),
    }
    files = {path.stem: list(pd.read_csv(path).columns) for path in written.glob("*.csv")}
    assert files == documented


def test_columns_of_a_comparison_stand_on_the_page(tree: xr.DataTree, tmp_path: Path) -> None:
    found = bj.compare([("one", tree), ("other", tree)])
    assert "no statuses of one, other: the gate did not pass" in str(found)
    bj.write_comparison(found, tmp_path)
    files = {path.stem: list(pd.read_csv(path).columns) for path in tmp_path.glob("*.csv")}
    calibration = ["fit", *columns("## `calibratie.csv`")[:-1]]
    assert files == {
        "vergelijking": columns("## `vergelijking.csv`"),
        "vergelijking_calibratie": calibration,
        "vergelijking_statussen": columns("## `vergelijking_statussen.csv`"),
        "vergelijking_wijken": columns("## `vergelijking_wijken.csv`"),
    }
    pd.testing.assert_frame_equal(
        found.models.drop(columns="fit").iloc[[0]], found.models.drop(columns="fit").iloc[[1]].set_axis([0])
    )


def test_what_factors_add_stands_on_the_page(
    factor_tree: xr.DataTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = bj.make_results(factor_tree, despite_failed_gate=True)
    bj.write_results(results, tmp_path)
    assert list(pd.read_csv(tmp_path / "factoren.csv").columns) == columns("## `factoren.csv`")
    documented = {name: dims for name, dims, _ in table("columns.md", "### `factors`")}
    made = factor_tree["factors"].to_dataset().reset_coords("factor_of_indicator")
    assert documented == {str(name): ", ".join(map(str, v.dims)) for name, v in made.data_vars.items()}

    plain = factor_tree.drop_nodes("factors")
    plain["constant_data"] = factor_tree["constant_data"].to_dataset().drop_dims("factor")
    for group in ("posterior", "log_prior", "prior"):
        plain[group] = plain[group].to_dataset().isel(kenmerk=slice(None, -2))
    passed = Gate(pd.DataFrame(), (), 0, 1.0, 0, 0, 0)
    monkeypatch.setattr(tables, "check_gate", lambda _: passed)
    found = bj.compare([("with", factor_tree), ("without", plain)])
    assert found.models["factors"].tolist() == ["joint", ""]
    bj.write_comparison(found, tmp_path)
    assert list(pd.read_csv(tmp_path / "factoren_wijken.csv").columns) == columns("## `factoren_wijken.csv`")
    assert "surely_smaller" in str(found)


def test_columns_of_published_totals_stand_on_the_page_and_change_no_other(tree: xr.DataTree, tmp_path: Path) -> None:
    plain = bj.make_results(tree, despite_failed_gate=True)
    wijken = tree["constant_data"].to_dataset()
    # the least that a gemeente's wijken can hold, exactly: the case that would tell most
    least = wijken["users_low"].groupby(wijken["gemeentecode"]).sum().to_series()
    (tmp_path / "totalen.csv").write_text(least.rename("users").rename_axis("gemeentecode").to_csv())
    held = bj.make_results(tree, totals=bj.read_totals(tmp_path / "totalen.csv"), despite_failed_gate=True)
    bj.write_results(held, tmp_path / "out")
    assert held.metadata["totals"] == {"file": "totalen.csv", "rounded_to": 1, "suppressed_below": 0}
    added = columns("### With published totals")
    for name in ("gemeenten", "regios"):
        before, after = getattr(plain, name), getattr(held, name)
        assert list(after.columns) == [*before.columns[:-2], *added, *before.columns[-2:]]
        pd.testing.assert_frame_equal(after.drop(columns=added), before)
    pd.testing.assert_frame_equal(held.wijken, plain.wijken)


def test_keys_of_the_metadata_stand_on_the_page(written: Path) -> None:
    metadata = json.loads((written / "metadata.json").read_text(encoding="utf-8"))
    assert set(columns("## `metadata.json`")) == set(pd.json_normalize(metadata))


@pytest.mark.parametrize(
    "group", [*(group for group in GROUPS if group != "sample_stats"), "left_out", "crossvalidation"]
)
def test_variables_of_the_fit_stand_on_the_page(tree: xr.DataTree, group: str) -> None:
    documented = {name: dims for name, dims, _ in table("columns.md", f"### `{group}`")}
    made = {str(name): ", ".join(map(str, v.dims)) for name, v in tree[group].data_vars.items()}
    library = ("created_at", "creation_library", "inference_library", "sample_dims")
    own = [name for name in map(str, tree[group].attrs) if not name.startswith(library)]
    assert documented == made | dict.fromkeys(own, "attribute")


def test_dimensions_and_attributes_of_the_fit_stand_on_the_page(tree: xr.DataTree) -> None:
    dims = {str(dim) for node in tree.children.values() for v in node.data_vars.values() for dim in v.dims}
    assert {row[0] for row in table("columns.md", "## The fit: `fit.nc`")} == dims
    with_own_term = {*tree.attrs, "term"}
    assert {row[0] for row in table("columns.md", "### Attributes of the file")} == with_own_term


def test_statuses_and_reasons_stand_on_the_page_in_their_order() -> None:
    first, second = re.findall(
        r"(?:^\|.*\n)+", (DOCS / "columns.md").read_text(encoding="utf-8").split("### Status and reason")[1], flags=re.M
    )[:2]
    assert re.findall(r"^\| `([^`]+)`", first, flags=re.M)[1:] == ["hoger", "lager", "als verwacht", NO_STATEMENT]
    assert tuple(re.findall(r"^\| \d \| `([^`]+)`", second, flags=re.M)) == REASONS


@pytest.mark.parametrize(
    ("heading", "defaults"),
    [("## Priors", Priors()), ("## The gate", GateThresholds()), ("## Size: status", bj.FlagRule())],
)
def test_defaults_of_the_method_page_are_those_of_the_code(heading: str, defaults: Any) -> None:
    documented = {name: literal_eval(value) for name, value, _ in table("method.md", heading)}
    assert documented == asdict(defaults)


def test_every_page_is_in_the_index_and_every_link_leads_somewhere() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert [
        page.name
        for page in DOCS.glob("*.md")
        if page.name not in ("README.md", "navigation.md") and f"({page.name})" not in index
    ] == []
    for page in DOCS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert "://" in link or (DOCS / link).exists(), f"{page.name}: {link}"


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.suffix == ".md" and "```pycon" in page.read_text(encoding="utf-8")],
    ids=name_of,
)
def test_examples_on_a_page_give_what_it_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = "\n".join(re.findall(r"^```pycon\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S))
    examples = doctest.DocTestParser().get_doctest(blocks, {}, page.name, str(page), 0)
    assert len(examples.examples) > 3
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, clear_globs=False).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_on_a_page_exist_with_their_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\n", "\n")  # a notebook's lines end so
    text = re.sub(r"\\\s*\n\s*", " ", text)  # a command may go on after a backslash
    for command, rest in re.findall(r"bayes[-_]jeugdhulp (\w+)\b([^`\n\"]*)", text):
        if command not in main.commands:
            assert not rest.lstrip().startswith("-"), f"bayes-jeugdhulp {command} on {page.name} does not exist"
            continue
        known = {option for parameter in main.commands[command].params for option in parameter.opts} | {"--help"}
        assert set(re.findall(r"(?<!\S)--[\w-]+", rest)) <= known, f"bayes-jeugdhulp {command} on {page.name}"
    for script, rest in re.findall(r"python (\w+/\w+\.py)([^`\n\"]*)", text):
        source = (ROOT / script).read_text(encoding="utf-8")
        assert [option for option in re.findall(r"(?<!\S)--[\w-]+", rest) if f'"{option}"' not in source] == [], script
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)
    assert set(re.findall(r"(?:^    |`)make (?:PYTHON=\S+ )?([a-z]+)\b", text, flags=re.M)) <= set(targets)

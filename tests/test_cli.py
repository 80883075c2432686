"""The command line: what it costs, what it refuses, and what it hands on."""

import os
import re
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner, Result

import bayes_jeugdhulp
from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.cli_calibrate import calibrate
from bayes_jeugdhulp.errors import DataError, DisclosureError, GateError, Problem, ResultFileError
from bayes_jeugdhulp.sources.statline import Patience
from bayes_jeugdhulp.sources.statline_tables import FORM
from bayes_jeugdhulp.sources.table import read_table

TABLE = ("--source", "table", "--file", "{table}")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path: Path) -> SimpleNamespace:
    """Inputs that exist; what is in them is read by fakes."""
    made = {name: tmp_path / f"{name}.csv" for name in ("scp", "youths", "regions", "table")}
    for path in made.values():
        path.touch()
    return SimpleNamespace(**made, out=tmp_path / "fit.nc", folder=tmp_path)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Fakes of the costly functions, which note what they were given."""
    noted: dict[str, Any] = {}
    gate = SimpleNamespace(passed=True)

    def fake(name: str, answer: object) -> None:
        def note(*args: object, **kwargs: object) -> object:
            noted[name] = (args, kwargs)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(bayes_jeugdhulp, name, note, raising=False)

    for name in ("read_scp", "read_cbs", "read_table"):
        fake(name, SimpleNamespace(title=name, kenmerken=pd.DataFrame(columns=["a", "b", "migratie"])))
    for name in ("fit", "save", "load"):
        fake(name, name)
    fake("check_gate", gate)
    noted["fake"], noted["gate"] = fake, gate
    return noted


def test_help_costs_at_most_ten_bare_starts_of_python() -> None:
    def seconds(*arguments: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - start

    commands = (["-c", ""], ["-m", "bayes_jeugdhulp", "--help"], ["-m", "bayes_jeugdhulp", "fit", "--help"])
    rounds = [[seconds(*command) for command in commands] for _ in range(9)]  # in turn: a busy spell hits all three
    bare, top, fit = (median(column) for column in zip(*rounds, strict=True))
    assert top < 10 * bare
    assert fit < 10 * bare


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "scp", "--file", "{scp}"], "--source scp needs --youths"),
        (
            ["--source", "scp", "--file", "{scp}", "--youths", "{youths}", "--rounded-to", "5"],
            "--rounded-to does not go",
        ),
        (
            ["--source", "table", "--file", "{table}", "--youths", "{youths}"],
            "--youths does not go with --source table",
        ),
        (["--source", "table", "--file", "{table}", "--missing", "median", "--imputations", "3"], "--imputations does"),
        ([*TABLE, "--spatial", "bym2"], "--spatial and --borders go together"),
        (
            [*TABLE, "--spatial", "bym2", "--borders", "{scp}", "--wijk-effect", "student-t"],
            "not with Student-t",
        ),
        (["--source", "table", "--file", "{folder}/absent.csv"], "absent.csv' does not exist"),
        (["--source", "table", "--file", "{table}", "--draws", "0"], "draws must be"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_is_read(
    files: SimpleNamespace, calls: dict[str, Any], arguments: list[str], message: str
) -> None:
    result = run("fit", *(argument.format(**vars(files)) for argument in arguments), "--out", files.out)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not {"read_scp", "read_table"} & calls.keys()


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(
    files: SimpleNamespace, calls: dict[str, Any]
) -> None:
    out = files.folder / "absent" / "fit.nc"
    result = run("fit", "--source", "table", "--file", files.table, "--out", out)
    assert result.exit_code == 2
    assert f"{out.parent} does not exist; make it first" in result.stderr
    assert "read_table" not in calls


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError([Problem("a.csv", "no rows", "one row per wijk", "export it again")]), 2),
        (ResultFileError("fit.nc is cut short; fit again"), 2),
        (GateError("R-hat 1.2; draw longer"), 3),
        (DisclosureError("a total gives a suppressed count away"), 4),
    ],
)
def test_an_error_of_the_user_is_a_message_and_an_exit_code(
    files: SimpleNamespace, calls: dict[str, Any], error: Exception, code: int
) -> None:
    calls["fake"]("load", error)
    result = run("results", files.table, "--out", files.folder / "out")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.endswith(f"Error: {error}\n")
    assert "Traceback" not in result.stderr
    assert not (files.folder / "out").exists()


def test_an_unknown_gemeente_is_refused_before_the_results_are_made(
    files: SimpleNamespace, calls: dict[str, Any]
) -> None:
    gemeenten = xr.Dataset(coords={"gemeente": ["GM0518", "GM0637"]})
    calls["fake"]("load", xr.DataTree.from_dict({"constant_data": gemeenten}))
    result = run("results", files.table, "--out", files.folder / "out", "--gemeente", "GM0518", "--gemeente", "GM518")
    assert result.exit_code == 2
    told = "no gemeente 'GM518' in this fit (did you mean 'GM0518'?); expected a code such as GM0518"
    assert told in result.stderr


def test_a_misspelt_kenmerk_is_refused_before_the_fit_with_its_option(
    files: SimpleNamespace, calls: dict[str, Any]
) -> None:
    fit = ("fit", "--source", "table", "--file", files.table, "--out", files.out)
    for option in ("--without", "--kenmerken"):
        refused = run(*fit, option, "migrate")
        assert refused.exit_code == 2
        assert "there is no kenmerk 'migrate' (did you mean 'migratie'?); expected one of a, b, mi" in refused.stderr
        assert f"({option})\n" in refused.stderr
    assert "fit" not in calls


def test_every_problem_of_a_file_is_printed(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    problems = [Problem("a.csv", "no wijk", "a code", "mend it", row) for row in range(2, 52)]
    calls["fake"]("read_table", DataError(problems))
    refused = run("fit", "--source", "table", "--file", files.table, "--out", files.out)
    assert [line for line in refused.stderr.splitlines() if "no wijk" in line][-1].startswith("a.csv, row 51")
    assert refused.stderr.count("no wijk") == 50


def test_options_of_totals_need_totals_and_are_handed_on(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    out = files.folder / "out"
    alone = run("results", files.table, "--out", out, "--totals-rounded-to", "5")
    assert alone.exit_code == 2
    assert "go with --totals" in alone.stderr
    calls["fake"](
        "read_totals", DataError([Problem("totalen.csv", "no rows", "one row per gemeente", "export it again")])
    )
    refused = run("results", files.table, "--out", out, "--totals", files.scp, "--totals-rounded-to", "5")
    assert refused.exit_code == 2
    assert "totalen.csv: no rows" in refused.stderr
    assert calls["read_totals"][0] == (files.scp, bayes_jeugdhulp.CountsPolicy(rounded_to=5))


def test_breaks_are_read_before_the_results_are_made(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    calls["fake"](
        "read_breaks", DataError([Problem("breuken.csv", "no rows", "one row per gemeente", "make it again")])
    )
    refused = run("results", files.table, "--out", files.folder / "out", "--breaks", files.scp)
    assert refused.exit_code == 2
    assert "breuken.csv: no rows" in refused.stderr
    assert "load" not in calls


def test_marked_wijken_are_left_out_and_an_unknown_code_is_refused(
    files: SimpleNamespace, calls: dict[str, Any]
) -> None:
    files.table.write_text("wijkcode,gemeentecode,youths,users,a\nWK000100,GM0001,90,9,1\nWK000101,GM0001,80,8,2\n")
    calls["fake"]("read_table", read_table(files.table))
    given = ["--source", "table", "--file", files.table, "--out", files.out, "--leave-out-marked"]
    assert "no wijk is marked" in run("fit", *given).stderr
    marked = files.folder / "marked.txt"
    marked.write_text("wijkcode\nWK000101\n")
    assert run("fit", *given, "--marked", marked).exit_code == 0
    wijken = calls["fit"][0][0].wijken
    assert wijken["marked"].tolist() == wijken["left_out"].tolist() == [False, True]
    marked.write_text("wijkcode\nWK000101\nWK000102\nWK000103\n")
    refused = run("fit", *given, "--marked", marked)
    assert refused.exit_code == 2
    assert [f"marked.txt, row {row}" in refused.stderr for row in (2, 3, 4)] == [False, True, True]


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 3)])
def test_check_prints_the_gate_and_exits_by_it(
    files: SimpleNamespace, calls: dict[str, Any], passed: bool, code: int
) -> None:
    calls["gate"].passed = passed
    calls["fake"]("prior_sensitivity", pd.DataFrame({"prior": [0.1234]}, ["alpha"]))
    result = run("check", files.table)
    assert result.exit_code == code
    assert result.stdout.startswith(f"{calls['gate']}\n")
    assert ("0.123" in result.stdout, "prior_sensitivity" in calls) == (passed, passed)


def test_fit_hands_on_what_was_given_and_leaves_defaults_where_they_stand(
    files: SimpleNamespace, calls: dict[str, Any]
) -> None:
    given = ["--wijk-effect", "student-t", "--without", "a, b", "--draws", "50", "--seed", "3"]
    result = run("fit", "--source", "scp", "--file", files.scp, "--youths", files.youths, "--out", files.out, *given)
    assert result.exit_code == 0, result.output
    assert calls["read_scp"][0] == (files.scp, files.youths, None)
    areas, spec, sampling = calls["fit"][0]
    assert areas.title == "read_scp"
    assert "kenmerken in the model (1): migratie\n" in result.stderr
    assert spec == bayes_jeugdhulp.ModelSpec(wijk_effect="student_t", without=("a", "b"))
    assert sampling == bayes_jeugdhulp.SamplingSpec(draws=50, seed=3)
    assert calls["save"][0] == ("fit", files.out)
    assert result.stdout.splitlines()[-1] == str(files.out)


def test_neighbours_of_the_borders_go_with_a_spatial_effect(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    for name in ("read_borders", "neighbours"):
        calls["fake"](name, name)
    given = ["--spatial", "bym2", "--borders", files.regions]
    assert run("fit", "--source", "table", "--file", files.table, "--out", files.out, *given).exit_code == 0
    assert calls["neighbours"] == (("read_borders", "apart"), {})
    assert calls["fit"][0][1] == bayes_jeugdhulp.ModelSpec(spatial="bym2")
    assert calls["fit"][1]["neighbours"] == "neighbours"


def test_a_table_gets_its_policy(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    policy = ["--suppressed-below", "8", "--rounded-to", "5", "--dot-means", "suppressed"]
    given = ("fit", "--source", "table", "--file", files.table, "--out", files.out, *policy)
    assert run(*given).exit_code == 0
    told = {"policy": bayes_jeugdhulp.CountsPolicy(suppressed_below=8, rounded_to=5), "dot_means": "suppressed"}
    assert calls["read_table"][1] == told
    assert run(*given, "--simulated").exit_code == 0
    assert calls["read_table"][1] == told | {"simulated": True}


def test_files_of_cbs_need_no_policy_and_take_one(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    cbs = ("fit", "--source", "cbs", "--file", files.folder, "--out", files.out)
    assert run(*cbs).exit_code == 0
    assert calls["read_cbs"][0] == (files.folder,)
    assert set(calls["read_cbs"][1]) == {"say"}
    given = ["--jeugdzorg", files.table, "--regions", files.regions, "--form", "jeugdhulp", "--year", "2019"]
    assert run(*cbs, *given, "--empty-means", "missing", "--rounded-to", "5").exit_code == 0
    assert {name: value for name, value in calls["read_cbs"][1].items() if name != "say"} == {
        "jeugdzorg": files.table,
        "regions": files.regions,
        "form": "jeugdhulp",
        "year": 2019,
        "empty_means": "missing",
        "policy": bayes_jeugdhulp.CountsPolicy(rounded_to=5),
    }
    assert "--simulated does not go with --source cbs" in run(*cbs, "--simulated").stderr
    for option in ("--youths", "--sheet", "--title"):
        assert f"{option} does not go with --source cbs" in run(*cbs, option, files.youths).stderr


def test_the_page_about_the_command_line_gives_the_true_defaults() -> None:
    page = (Path(__file__).parents[1] / "docs" / "command-line.md").read_text()
    told = dict(re.findall(r"^\| `--([a-z-]+).*default `([^`]+)`", page, flags=re.MULTILINE))
    specs = (bayes_jeugdhulp.ModelSpec, bayes_jeugdhulp.SamplingSpec, bayes_jeugdhulp.CountsPolicy, Patience)
    true = {field.name: field.default for spec in specs for field in fields(spec)}
    true |= {str(option.name): option.default for option in calibrate.params}
    true["form"] = FORM
    assert len(told) == 18
    assert told == {name: str(true[name.replace("-", "_")]) for name in told}


def test_crossvalidation_goes_into_the_file_of_the_fit(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    calls["fake"]("load", xr.DataTree())
    calls["fake"]("crossvalidate", xr.Dataset({"elpd": ("gemeente", [-3.0, -4.5])}))
    result = run("crossvalidate", files.table, "--folds", "7")
    assert result.exit_code == 0, result.output
    assert calls["crossvalidate"][1]["folds"] == 7
    assert calls["crossvalidate"][1]["journal"] == files.table.with_suffix(".folds")
    saved, where = calls["save"][0]
    assert where == files.table
    assert saved["crossvalidation"]["elpd"].to_numpy().tolist() == [-3.0, -4.5]
    assert "elpd of 2 held-out gemeenten: -7.5" in result.stdout


def test_several_files_are_fits_side_by_side(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    many = ("fit", "--source", "table", "--file", files.table, "--file", files.scp, "--out", files.folder / "fits")
    paths = {name: files.folder / "fits" / f"{name}.nc" for name in ("table", "scp")}
    calls["fake"]("fit_many", (paths, {}))
    result = run(*many, "--year", "2021", "--year", "2022", "--draws", "50")
    assert result.exit_code == 0, result.output
    (asked, folder, executor), _ = calls["fit_many"]
    assert (list(asked), folder, executor) == (["table", "scp"], files.folder / "fits", None)
    assert {(spec, sampling.draws) for _, spec, sampling in asked.values()} == {(bayes_jeugdhulp.ModelSpec(), 50)}
    assert calls["read_table"] == ((files.scp,), {"policy": bayes_jeugdhulp.CountsPolicy(), "year": 2022})
    assert [line for line in result.stdout.splitlines() if ".nc" in line] == [str(path) for path in paths.values()]
    calls["gate"].passed = False
    assert run(*many).exit_code == GateError.exit_code
    calls["fake"]("fit_many", ({"scp": paths["scp"]}, {"table": "no rows"}))
    result = run(*many)
    assert (result.exit_code, "fits/scp.nc" in result.stdout) == (2, True)
    assert result.stderr.endswith(
        f"Error: 1 of 2 fits failed; the others are in {files.folder / 'fits'}\ntable: no rows\n"
    )


def test_what_several_files_do_not_go_with_is_refused(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    many = ("fit", "--source", "table", "--file", files.table, "--file", files.scp, "--out", files.folder / "fits")
    assert "--year is given 1 times; expected 2" in run(*many, "--year", "2021").stderr
    assert "--quick takes one --file" in run(*many, "--quick").stderr
    assert "several --file are called table" in run(*many, "--file", files.table).stderr
    assert "--workers goes with several --file" in run(*many[:5], *many[-2:], "--workers", "2").stderr
    assert "a file stands where a folder must come" in run(*many[:-1], files.youths).stderr
    assert "read_table" not in calls
    error = DataError([Problem("a.csv", "no rows", "one row per wijk", "export it again")])
    calls["fake"]("read_table", error)
    assert run(*many).stderr.count("a.csv: no rows") == 2, "of both files"
    assert "fit_many" not in calls


def test_simulations_that_failed_are_told_and_the_others_counted(
    files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = {"world": "model", "who": "fit", "reference": "national", "measure": "outside 95%", "youths_from": 0.0}
    table = pd.DataFrame(counted | {"count": [1.0, 0.0], "of": 20.0, "seed": [1, 2]})
    answer = [pd.DataFrame(), table, {"model_002": "a step too far"}]
    monkeypatch.setattr("bayes_jeugdhulp.results.simulations.run_simulations", lambda *_: answer)
    out = files.folder / "evidence"
    command = ("calibrate", files.table, "--out", out, "--kinds", "model", "--simulations", "3", "--workers", "1")
    result = run(*command)
    assert result.exit_code == 2
    assert "1 of 3 simulations failed and are not counted: with --journal the others are kept" in result.stderr
    assert result.stderr.endswith("model_002: a step too far\n")
    assert pd.read_csv(out / "aandelen.csv")["percent"].iloc[0] == 2.5
    answer[1:] = pd.DataFrame(), {f"model_{index:03d}": "no prior" for index in range(3)}
    result = run(*command[:3], files.folder / "none", *command[4:])
    assert result.stderr.endswith("every simulation failed\nmodel_000, model_001, model_002: no prior\n")
    assert not (files.folder / "none").exists()


def test_fits_are_compared_by_the_names_of_their_files(files: SimpleNamespace, calls: dict[str, Any]) -> None:
    assert "two fits or more" in run("compare", files.table).stderr
    calls["fake"]("compare", "a table")
    result = run("compare", files.scp, files.table)
    assert (result.exit_code, result.stdout) == (0, "a table\n")
    assert list(calls["compare"][0][0]) == [("scp", "load"), ("table", "load")]


def test_the_page_about_the_command_line_names_every_option() -> None:
    page = (Path(__file__).parents[1] / "docs" / "command-line.md").read_text()
    options = [o for c in main.commands.values() for p in c.params if not getattr(p, "hidden", False) for o in p.opts]
    assert [option for option in options if option.startswith("--") and f"`{option}" not in page] == []


def test_the_module_runs_as_the_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "bayes_jeugdhulp", "--version"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert result.stdout == f"bayes-jeugdhulp {bayes_jeugdhulp.__version__}\n"

"""Breaks in registration: marked where the wijken of a gemeente jump together, and hardly ever where none does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from break_simulation import CBS, WORLDS, World, country, pairs, shares
from click.testing import CliRunner, Result
from report_results import report_results
from scipy.optimize import minimize_scalar

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.report.sentences import break_sentences, gemeente_sentences, wijk_sentences
from bayes_jeugdhulp.results.break_marks import read_breaks, with_breaks
from bayes_jeugdhulp.results.breaks import (
    BREAK,
    FIGURES,
    HUBER,
    LEFT_OPEN,
    NO_SIGN,
    NOT_DELIVERED,
    NOT_JUDGED,
    SPLIT_OPEN,
    TOO_FEW,
    BreakRule,
    _locations,
    _spread,
    _wijk_shifts,
    find_breaks,
    judge_shifts,
)
from bayes_jeugdhulp.sources.crosswalk import crosswalk_of
from bayes_jeugdhulp.sources.wijk_panel import wijk_panel


def test_the_location_is_what_minimises_hubers_loss() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1, 3], [1, 7, 30])
    values, sd = rng.standard_t(2, 38), rng.uniform(0.2, 2, 38)

    def loss(at: float, these: np.ndarray) -> float:
        u = np.abs(values[these] - at) / sd[these]
        return float(np.where(u < HUBER, u**2 / 2, HUBER * u - HUBER**2 / 2).sum())

    found = _locations(values, sd, group, 4)
    best = [minimize_scalar(loss, (-1, 1), args=(group == g,), tol=1e-10).x for g in (0, 1, 3)]
    assert found[[0, 1, 3]] == pytest.approx(best, abs=1e-4)
    assert np.isnan(found[2])


def test_the_spread_is_found_beside_chance_and_a_tenth_far_out_hardly_moves_it() -> None:
    rng = np.random.default_rng(2)
    variance = rng.uniform(0.01, 0.2, 20_000)
    deviation = np.abs(rng.normal(0, np.sqrt(variance + 0.3**2)))
    assert _spread(deviation, variance) == pytest.approx(0.3, abs=0.01)
    assert _spread(np.where(np.arange(20_000) % 10, deviation, 5.0), variance) == pytest.approx(0.36, abs=0.02)
    assert _spread(np.abs(rng.normal(0, np.sqrt(variance / 2))), variance) == 0  # less than chance: none beside it


def test_chance_has_the_variance_that_it_is_given() -> None:
    """Of 40,000 equal wijken, two years apart, and as a form of which 60% of all users are."""
    rng, youths = np.random.default_rng(3), np.full(40_000, 1000)
    before = rng.binomial(youths, 0.1)
    for nested, after in ((False, rng.binomial(youths, 0.08)), (True, rng.binomial(before, 0.6))):
        table = pairs({"old": (youths, before), "new": (youths, after)}, np.zeros(40_000, int))
        low, high, variance = _wijk_shifts(table, nested)
        assert (low == high).all()
        assert low.var() == pytest.approx(variance.mean(), rel=0.03)


def test_a_suppressed_count_is_bounds_around_whatever_it_was() -> None:
    rng = np.random.default_rng(4)
    youths = rng.integers(20, 200, 300)
    users = {side: rng.binomial(youths, 0.08) for side in ("old", "new")}
    table = pairs({side: (youths, count) for side, count in users.items()}, np.repeat(np.arange(30), 10))
    hidden = {side: (table[f"observed_state_{side}"] == "suppressed").to_numpy() for side in users}
    assert 0.2 < (hidden["old"] | hidden["new"]).mean() < 0.95
    low, high, variance = _wijk_shifts(table, nested=False)
    middle = {side: (table[f"users_low_{side}"] + table[f"users_high_{side}"]) / 2 for side in users}
    true = {side: np.log(np.where(hidden[side], users[side], middle[side]) + 0.5) for side in users}
    shift = true["new"] - true["old"]
    assert (low <= shift + 1e-12).all()
    assert (high >= shift - 1e-12).all()
    group, sd = np.repeat(np.arange(30), 10), np.sqrt(variance)
    ends = [_locations(end, sd, group, 30) for end in (low, shift, high)]
    assert (ends[0] <= ends[1] + 1e-6).all()
    assert (ends[1] <= ends[2] + 1e-6).all()


def test_the_ordinary_spreads_are_recovered_while_a_sixth_of_the_gemeenten_breaks() -> None:
    rng = np.random.default_rng(7)
    about = pd.DataFrame([judge_shifts(country(World(broken=60), rng)[0], BreakRule())[1] for _ in range(10)]).mean()
    assert about["spread_gemeenten"] == pytest.approx(0.08, abs=0.02)
    assert about["spread_wijken"] == pytest.approx(0.12, abs=0.02)
    assert about["country_pct"] == pytest.approx(5, abs=2)


def test_wrong_marks_where_nothing_breaks() -> None:
    """Of 345 gemeenten: docs/boundaries.md tells .1 a country, and 2 where shifts have heavy tails."""
    assert shares(WORLDS["nothing breaks"], 20)["wrong"] <= 0.4
    assert 0.3 < shares(WORLDS["nothing breaks, shifts with heavy tails (t, 4 df)"], 20)["wrong"] < 4


def test_a_loss_of_forty_percent_is_mostly_found() -> None:
    for world in ("10 lose 40%", "60 lose 40%"):
        found = shares(WORLDS[world], 8)
        assert found["10+"] > 0.7
        assert found["5-9"] > 0.45
        assert found["wrong"] < 1


@pytest.fixture(scope="module")
def ordinary() -> pd.DataFrame:
    return country(World(), np.random.default_rng(5))[0]


def changed(table: pd.DataFrame, youths: int, before: list[int], after: list[int]) -> pd.Series:
    """What is said of one more gemeente, with these users."""
    n = np.full(len(before), youths)
    more = pairs({"old": (n, np.array(before)), "new": (n, np.array(after))}, np.full(len(before), 9999))
    return judge_shifts(pd.concat([table, more], ignore_index=True), BreakRule())[0].loc["GM9999"]


def test_all_wijken_must_move_and_enough_of_them(ordinary: pd.DataFrame) -> None:
    broken = changed(ordinary, 2000, [200] * 6, [110] * 6)
    assert (broken["verdict"], broken["moving_along"]) == (BREAK, 1)
    assert broken["change_low"] < 100 * (110 / 200 / 1.05 - 1) < broken["change_high"]
    assert broken["z"] < 0
    assert changed(ordinary, 2000, [200] * 6, [210] * 6)["verdict"] == NO_SIGN
    one = changed(ordinary, 2000, [200] * 6, [20, 205, 210, 215, 210, 212])
    assert one["verdict"] == NO_SIGN  # a single wijk that collapses is no break of the gemeente
    some = changed(ordinary, 2000, [200] * 10, [60] * 6 + [215] * 4)
    assert (some["verdict"], some["moving_along"]) == (NO_SIGN, 0.6)
    few = changed(ordinary, 2000, [200] * 2, [90] * 2)
    assert (few["verdict"], few["reason"]) == (NOT_JUDGED, TOO_FEW)


def test_suppressed_counts_are_no_zeros(ordinary: pd.DataFrame) -> None:
    """Twelve became a suppressed count in all wijken: 8..12 and 0..7 leave open whether anything broke."""
    hidden = changed(ordinary, 100, [12] * 8, [6] * 8)
    assert (hidden["verdict"], hidden["reason"], hidden["wijken_suppressed"]) == (NOT_JUDGED, LEFT_OPEN, 8)
    assert hidden["change_low"] < -80
    gone = changed(ordinary, 400, [60] * 8, [6] * 8)  # 60 that became at most 7 is a loss, whatever it was
    assert gone["verdict"] == BREAK


def test_counts_that_moved_exactly_as_the_country_hide_nothing() -> None:
    """Two tables with the same published figures: nothing is left open, and nothing broke."""
    rng = np.random.default_rng(8)
    youths, group = rng.integers(500, 3000, 150), np.repeat(np.arange(30), 5)
    users = rng.binomial(youths, 0.1)
    same = judge_shifts(pairs({side: (youths, users) for side in ("old", "new")}, group), BreakRule())[0]
    assert set(same["verdict"]) == {NO_SIGN}
    later = users.copy()
    later[[0, 1]] *= 3  # two wijken of five tell a direction: no break, and not for what is hidden
    table = judge_shifts(pairs({"old": (youths, users), "new": (youths, later)}, group), BreakRule())[0]
    assert set(table["reason"]) <= {"", TOO_FEW}


def panel_year(year: Areas) -> pd.DataFrame:
    """Rows of a year that a panel has left as they were."""
    frame = year.wijken.reset_index()
    return wijk_panel({2017: frame[["wijkcode", *FIGURES]]}, {}, 2017).table


def test_two_years_of_a_panel_are_taken_as_they_are(ordinary: pd.DataFrame) -> None:
    old, new = areas(ordinary, "old"), areas(ordinary, "new")
    found = find_breaks(panel_year(old), panel_year(new)).gemeenten
    pd.testing.assert_frame_equal(found, find_breaks(old, new).gemeenten.assign(gemeentenaam=found["gemeentecode"]))
    with pytest.raises(
        DataError, match="the second table: WK000000 stands twice; expected one row a wijk; give the rows"
    ):
        find_breaks(old, pd.concat([panel_year(new)] * 2))
    with pytest.raises(DataError, match="the first table: there is no column gemeentecode, youths"):
        find_breaks(old.wijken.reset_index()[["wijkcode", *FIGURES[1:]]], new)


def test_a_split_wijk_enters_by_its_bounds_and_no_point() -> None:
    """A gemeente of four wijken, each two halves of an old one: a loss of three quarters cannot be told from a move."""
    rng = np.random.default_rng(9)
    codes = [f"WK{gemeente:04d}{wijk:02d}" for gemeente in range(1, 31) for wijk in range(4)]
    youths, users = np.full(120, 2000), rng.binomial(2000, 0.1, 120)
    first = np.arange(120) < 4
    frame = pd.DataFrame({"wijkcode": codes, "youths": youths, "users_low": users, "users_high": users})
    frame["observed_state"] = "published"
    new = frame.assign(**{end: np.where(first, users // 4, users) for end in ("users_low", "users_high")})
    halves = [(code, to, 500.0) for i, code in enumerate(codes[:4]) for to in (code, codes[(i + 1) % 4])]
    for pairs_, expected in (
        ([*halves, *((code, code, 1000.0) for code in codes[4:])], (NOT_JUDGED, SPLIT_OPEN, 4)),
        ([(code, code, 1000.0) for code in codes], (BREAK, "", 0)),
    ):
        panel = wijk_panel({2017: frame, 2022: new}, {2017: crosswalk_of(pairs_)}, 2022)
        years = {year: rows for year, rows in panel.table.groupby("year")}
        row = find_breaks(years[2017], years[2022]).gemeenten.iloc[0]
        assert (row["verdict"], row["reason"], row["wijken_split"]) == expected
        assert (row["gemeentecode"], row["wijken_suppressed"]) == ("GM0001", 0)


def areas(table: pd.DataFrame, side: str) -> Areas:
    figures = {name: table[f"{name}_{side}"] for name in ("youths", "users_low", "users_high", "observed_state")}
    order = table.groupby("gemeentecode").cumcount()
    codes = {"wijkcode": "WK" + table["gemeentecode"].str[2:] + order.map("{:02d}".format)}
    frame = pd.DataFrame(codes | {"gemeentecode": table["gemeentecode"]} | figures)
    return build_areas(frame, pd.DataFrame(index=frame.index), policy=CBS, title=side)


def test_two_tables_in_full(ordinary: pd.DataFrame) -> None:
    old, new = areas(ordinary, "old"), areas(ordinary, "new")
    found = find_breaks(old, new)
    table, about = judge_shifts(ordinary.assign(wijk=0), BreakRule())
    assert found.gemeenten["z"].tolist() == pytest.approx(table["z"].tolist())
    assert found.z_limit == about["z_limit"]
    gone = new.wijken.index[new.wijken["gemeentecode"] == "GM0000"]
    wijken = new.wijken.copy()
    wijken.loc[gone, ["observed_state", "users_low"]] = ["missing", 0]
    less = find_breaks(replace(old, wijken=old.wijken.iloc[:-1]), replace(new, wijken=wijken))
    assert less.gemeenten.loc[0, ["gemeentecode", "wijken", "verdict", "reason"]].tolist() == [
        "GM0000",
        0,
        NOT_JUDGED,
        NOT_DELIVERED,
    ]
    assert less.unmatched == (old.wijken.index[-1],)
    with pytest.raises(DataError, match="take both for the whole country"):
        find_breaks(old.select(["GM0001", "GM0002"]), new)
    with pytest.raises(DataError, match=r"users are 1\.05 times as many in the second table"):
        find_breaks(old, new, nested=True)
    with pytest.raises(ValueError, match="out of range"):
        BreakRule(error=0)


def test_sentences_tell_the_break_its_size_and_what_it_does_not_say(ordinary: pd.DataFrame) -> None:
    marked = changed(ordinary, 2000, [200] * 6, [110] * 6).to_dict() | {"gemeentecode": "GM9999"}
    marked |= {"change_pct": -47.6, "change_low": -52.1, "change_high": -42.4, "moving_along": 1.0}
    rest = [
        marked | {"gemeentecode": f"GM000{i}", "verdict": verdict, "reason": reason}
        for i, (verdict, reason) in enumerate(
            [(NO_SIGN, ""), *((NOT_JUDGED, reason) for reason in (TOO_FEW, LEFT_OPEN, SPLIT_OPEN, NOT_DELIVERED))]
        )
    ]
    table = pd.DataFrame([marked, *rest])
    said = break_sentences(table)
    assert said["GM9999"] == (
        "Mogelijke breuk in de registratie. Het gebruik daalde er met 47,6% (42,4% tot 52,1%) vergeleken met het land, "
        "in 100% van de wijken waarvan het te zeggen is. Ga na of de registratie of de levering is veranderd voordat u "
        "deze cijfers vergelijkt; het is geen hoog of laag gebruik."
    )
    assert said["GM0000"] == "Geen aanwijzing voor een breuk in de registratie."
    assert all(text.startswith("Niet te beoordelen: ") for text in said[[f"GM000{i}" for i in range(1, 5)]])
    assert "Ga na of er geleverd is" in said["GM0004"]
    assert break_sentences(table, "en")["GM0004"].startswith(
        "Cannot be judged: one of the tables, or both, has no figure"
    )
    assert break_sentences(table, "en")["GM9999"].startswith("Possible break in registration. Use fell by 47.6% (42.4%")


def test_results_warn_of_marked_gemeenten_and_of_no_others() -> None:
    results = report_results(every_reason=False)
    code = results.wijken.loc[results.wijken["status_national"] != "geen uitspraak", "gemeentecode"].iloc[0]
    before = gemeente_sentences(results), wijk_sentences(results, "national"), wijk_sentences(results)
    warned = with_breaks(results, {code: "lager", "GM7777": "hoger"})
    assert warned.metadata["breaks"] == {code: "lager"}
    after = gemeente_sentences(warned), wijk_sentences(warned, "national"), wijk_sentences(warned)
    assert before[0].index[before[0] != after[0]].tolist() == [code]
    assert "daalden in de meeste wijken tegelijk" in after[0][code]
    wijken = results.wijken.set_index("wijkcode")
    told = wijken[(wijken["gemeentecode"] == code) & (wijken["status_national"] != "geen uitspraak")].index
    assert before[1].index[before[1] != after[1]].tolist() == told.tolist()
    assert before[2].equals(after[2])  # within the gemeente all wijken jump alike


def test_the_command_marks_and_what_it_writes_is_read(tmp_path: Path) -> None:
    table, broken, _ = country(World(broken=6, change=-0.6), np.random.default_rng(6))
    for side in ("old", "new"):
        wijken = areas(table, side).wijken
        shown = wijken["observed_pct"] * wijken["youths"] / 100
        users = shown.round().astype("Int64").astype("str").where(wijken["observed_state"] == "published", "geheim")
        wijken.assign(users=users)[["gemeentecode", "youths", "users"]].to_csv(tmp_path / f"{side}.csv")
    out = tmp_path / "breuken.csv"
    arguments = ["breaks", tmp_path / "old.csv", tmp_path / "new.csv", "--out", out]
    policy = ["--suppressed-below", "8", "--rounded-to", "5"]
    result = CliRunner().invoke(main, [*map(str, arguments), *policy])
    assert result.exit_code == 0, result.output
    marked = read_breaks(out)
    assert set(marked) <= broken
    assert len(marked) >= 4
    assert set(marked.values()) == {"lager"}
    written = pd.read_csv(out)
    assert len(written) == 345
    assert written["sentence"].notna().all()
    assert result.stdout.count("Mogelijke breuk in de registratie") == len(marked)


def test_a_file_of_breaks_with_wrong_cells_says_which(tmp_path: Path) -> None:
    file = tmp_path / "breuken.csv"
    file.write_text(f"gemeentecode,verdict,change_pct\nGM0001,{BREAK},-30\n518,{BREAK},20\nGM0003,{BREAK},\nGM0004,,\n")
    with pytest.raises(DataError) as caught:
        read_breaks(file)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [
        (3, "gemeentecode"),
        (4, "change_pct"),
    ]
    file.write_text("gemeente\nGM0001\n")
    with pytest.raises(DataError, match="there is no column 'verdict'"):
        read_breaks(file)


def kwb(path: Path, change: float = 1.0, empty: bool = False) -> None:
    """Kerncijfers of 25 gemeenten with four wijken; in the first use changes."""
    rows = ["gwb_code_10;regio;gm_naam;recs;a_inw;a_00_14;a_15_24;g_wozbag;a_jz_tn"]
    for place in range(100):
        users = 5 * round((40 + place % 7) * (change if place < 4 else 1))
        count = "" if empty and place == 99 else users
        code = f"WK{place // 4 + 1:04d}{place % 4:02d}"
        rows.append(f"{code};Wijk {place};Dorp {place // 4 + 1};Wijk;9000;1500;{900 + place};{200 + place};{count}")
    path.write_text("\n".join(rows) + "\n")


def test_the_command_reads_files_of_cbs(tmp_path: Path) -> None:
    old, new, out = tmp_path / "kwb-2023.csv", tmp_path / "kwb-2024.csv", tmp_path / "breuken.csv"
    kwb(old)
    kwb(new, change=0.5, empty=True)

    def run(*options: str, files: tuple[Path, Path] = (old, new)) -> Result:
        return CliRunner().invoke(main, ["breaks", *map(str, files), "--out", str(out), *options])

    assert "--suppressed-below" in run("--source", "cbs").output  # of 2023 nothing is declared
    policy = ["--suppressed-below", "8", "--rounded-to", "5"]
    assert run("--source", "cbs", *policy).exit_code == 2  # an empty count says nothing by itself
    done = run("--source", "cbs", *policy, "--empty-means", "suppressed")
    assert done.exit_code == 0, done.output
    assert read_breaks(out) == {"GM0001": "lager"}
    assert "GM0001 Dorp 1: Mogelijke breuk in de registratie." in done.stdout
    assert pd.read_csv(out)["wijken_suppressed"].tolist() == [0] * 24 + [1]
    unnamed = new.rename(tmp_path / "kerncijfers.csv")
    assert "(--year" in run("--source", "cbs", *policy, "--empty-means", "missing", files=(old, unnamed)).output
    named = run("--source", "cbs", *policy, "--empty-means", "missing", "--years", "2023", "2024", files=(old, unnamed))
    assert named.exit_code == 0, named.output
    for options, message in (
        (["--source", "cbs", "--decimal", ","], "--decimal does not go with --source cbs"),
        (["--empty-means", "missing"], "--empty-means does not go with --source table"),
    ):
        assert message in run(*options, files=(old, old)).output
    assert "a folder that fetch wrote goes with --source cbs" in " ".join(run(files=(tmp_path, old)).output.split())

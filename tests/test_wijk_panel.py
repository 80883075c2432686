"""A panel of wijken over years loses nothing, and its bounds hold wherever the users lived."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_jeugdhulp.areas import build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.crosswalk import crosswalk_of, read_crosswalk
from bayes_jeugdhulp.sources.wijk_panel import wijk_panel

POLICY = CountsPolicy(suppressed_below=8, rounded_to=5)
OLD, NEW = [[f"WK000{digit}{i:02d}" for i in range(5)] for digit in (1, 2)]
# of each pair of an old and a new wijk: addresses, youths and users among them
PAIR = st.tuples(st.integers(1, 3000), st.integers(0, 400), st.integers(0, 60))
PAIRS = st.dictionaries(st.tuples(st.sampled_from(OLD), st.sampled_from(NEW)), PAIR, min_size=1)


def figures(users: pd.Series, youths: pd.Series) -> pd.DataFrame:
    published = POLICY.publish(users.to_numpy())
    low, high = POLICY.bounds(published)
    state = np.where(published == POLICY.SUPPRESSED, "suppressed", "published")
    columns = {"youths": youths.to_numpy(), "users_low": low, "users_high": high, "observed_state": state}
    return pd.DataFrame({"wijkcode": users.index} | columns)


@settings(max_examples=30, deadline=None)
@given(PAIRS)
def test_nothing_vanishes_and_the_bounds_hold_the_truth(pairs: dict[tuple[str, str], tuple[int, int, int]]) -> None:
    truth = pd.DataFrame(
        [(*key, *value) for key, value in pairs.items()], columns=["old", "new", "n", "youths", "users"]
    )
    sums = truth.groupby("old")[["youths", "users"]].sum()
    given = figures(sums["users"], sums["youths"] + 1)
    given["adressen"], given["een"] = truth.groupby("old")["n"].sum().to_numpy(), 1.0
    crosswalk = crosswalk_of(truth[["old", "new", "n"]].itertuples(index=False, name=None))
    panel = wijk_panel({2017: given}, {2017: crosswalk}, 2022, counts=["adressen"], least_share=0)
    table = panel.table.set_index("wijkcode")
    assert panel.unmatched.empty
    for name in ("youths", "adressen"):
        assert table[name].sum() == pytest.approx(given[name].sum())
    assert table["adressen"].to_dict() == pytest.approx(truth.groupby("new")["n"].sum().to_dict())
    assert table["een"].tolist() == pytest.approx([1.0] * len(table))
    known = truth.groupby("new")["users"].sum()
    assert (table["users_low"] <= known).all()
    assert (table["users_high"] >= known).all()
    suppressed = set(given.loc[given["observed_state"] == "suppressed", "wijkcode"])
    hidden = truth["old"].isin(suppressed).groupby(truth["new"]).any()
    assert (table["users"].isna() == hidden).all()  # never a point where a part is suppressed
    if not suppressed:
        assert table["users"].sum() == pytest.approx((given["users_low"] + given["users_high"]).sum() / 2)
    several = truth.groupby("old")["new"].transform("size") > 1
    assert (table["split"] == several.groupby(truth["new"]).any()).all()


def frame(*rows: tuple[str, int, int, int, str, float]) -> pd.DataFrame:
    names = ["wijkcode", "youths", "users_low", "users_high", "observed_state", "bijstand"]
    return pd.DataFrame(rows, columns=names)


def test_a_merge_by_hand() -> None:
    """Two published wijken and a third whose kenmerk is missing; weights are addresses, or youths without them."""
    old = frame(
        ("WK000100", 100, 10, 10, "published", 4.0),
        ("WK000101", 300, 28, 32, "published", 8.0),
        ("WK000102", 50, 0, 50, "missing", np.nan),
    )
    rows = [("WK000100", "WK000100", 300), ("WK000101", "WK000100", 100), ("WK000102", "WK000102", 60)]
    for addresses, mean in ((True, 5.0), (False, 7.0)):
        crosswalk = crosswalk_of((a, b, n if addresses else np.nan) for a, b, n in rows)
        table = wijk_panel({2017: old}, {2017: crosswalk}, 2022).table
        assert table.iloc[0].to_dict() == {
            "year": 2017,
            "wijkcode": "WK000100",
            "gemeentecode": "GM0001",
            "youths": 400,
            "users": 40,
            "users_low": 38,
            "users_high": 42,
            "observed_state": "published",
            "split": False,
            "parts": 2,
            "bijstand": mean,
        }
        assert table.loc[1, ["users_low", "users_high", "observed_state"]].tolist() == [0, 50, "missing"]
        assert table.loc[1, ["users", "bijstand"]].isna().all()


def test_corrected_addresses_and_wijken_that_are_gone_are_listed(tmp_path: Path) -> None:
    old = frame(
        ("WK000100", 1000, 100, 100, "published", 4.0),
        ("WK000101", 800, 80, 80, "published", 8.0),
        ("WK000102", 50, 9, 9, "published", 1.0),
        ("WK000103", 60, 9, 9, "published", 1.0),
    )
    rows = "oud,nieuw,adressen\nWK000100,WK000100,995\nWK000100,WK000101,5\nWK000101,WK000101,800\n"
    (tmp_path / "a.csv").write_text(rows + "WK000102,WK000101,2\nWK000102,,40\n")
    crosswalk = read_crosswalk(tmp_path / "a.csv")
    panel = wijk_panel({2017: old}, {2017: crosswalk}, 2022)
    assert panel.moved.values.tolist() == [[2017, "WK000100", "WK000101", 5]]
    assert panel.table["users"].tolist() == [100, 80]
    assert not panel.table["split"].any()
    assert panel.unmatched[["wijkcode", "reason", "youths"]].values.tolist() == [
        ["WK000102", "most of its addresses are gone", 50],
        ["WK000103", "no successor known", 60],
    ]
    assert panel.table["users_low"].tolist() == [100, 80]  # taken to have stayed; with least_share=0 nothing is
    whole = wijk_panel({2017: old}, {2017: crosswalk}, 2022, least_share=0).table
    assert whole["users"].tolist() == pytest.approx([99.5, 80.5])
    assert whole[["users_low", "users_high"]].values.tolist() == [[0, 100], [80, 180]]


def test_years_before_and_after_meet_in_one(tmp_path: Path) -> None:
    """2022 needs no crosswalk, 2024 takes the one from 2022 backwards; without addresses a split is not guessed."""
    (tmp_path / "a.csv").write_text("wijk_2022;wijk_2024\nWK000100;WK000109\nWK000101;WK000109\nWK000102;WK000102\n")
    later = frame(("WK000109", 500, 50, 50, "published", 2.0), ("WK000102", 90, 0, 7, "suppressed", 3.0))
    now = frame(*((code, 100, 10, 10, "published", 1.0) for code in ("WK000100", "WK000101", "WK000102")))
    panel = wijk_panel({2024: later, 2022: now}, {2024: read_crosswalk(tmp_path / "a.csv")}, 2022)
    assert panel.table["year"].tolist() == [2022] * 3 + [2024]
    assert panel.table["users_high"].tolist() == [10, 10, 10, 7]
    assert panel.unmatched.values.tolist() == [[2024, "WK000109", "no addresses to split it by", 500, 50, 50]]


def test_areas_bring_their_bounds_and_kenmerken() -> None:
    rows = {"wijkcode": ["WK000100", "WK000101"], "gemeentecode": "GM0001", "youths": [400, 60]}
    rows |= {"users": [40, None], "observed_state": ["published", "suppressed"]}
    areas = build_areas(pd.DataFrame(rows), pd.DataFrame({"woz": [200.0, 300.0]}), policy=POLICY, title="voorbeeld")
    crosswalk = crosswalk_of([("WK000100", "WK000109", 30), ("WK000101", "WK000109", 10)])
    table = wijk_panel({2017: areas}, {2017: crosswalk}, 2022).table
    columns = ["youths", "users_low", "users_high", "observed_state", "parts", "woz"]
    assert table[columns].values.tolist() == [[460, 38, 49, "suppressed", 2, 225]]


def test_years_that_do_not_fit_are_told_together() -> None:
    good = frame(("WK000100", 100, 10, 10, "published", 4.0))
    other = crosswalk_of([("WK000900", "WK000901", 3)])
    years = {2016: good, 2017: good, 2018: good.drop(columns="observed_state"), 2019: pd.concat([good, good])}
    with pytest.raises(DataError) as caught:
        wijk_panel(years, {2017: other}, 2022)
    assert [str(problem).split(";")[0] for problem in caught.value.problems] == [
        "figures of 2016: there is no crosswalk of this year",
        "figures of 2017: none of the wijken is an old one of crosswalk",
        "figures of 2018: there is no column observed_state",
        "figures of 2019: WK000100 stands twice",
    ]
    with pytest.raises(DataError, match="figures: there are none"):
        wijk_panel({}, {}, 2022)


@pytest.mark.parametrize(
    ("header", "year", "refused"),
    [
        ("wijk_2017;wijk_2022", 2017, None),
        ("wijk_2022;wijk_2017", 2017, None),
        ("oud;wijk_2022", 2017, None),
        ("wijk_2018;wijk_2022", 2017, "2018 and 2022"),
        ("wijk_2017;wijk_2021", 2017, "2017 and 2021"),
        ("oud;wijk_2021", 2017, "another year and 2021"),
        ("wijk_2017;wijk_2022", 2024, "2017 and 2022"),
    ],
)
def test_a_crosswalk_of_other_years_is_refused(header: str, year: int, refused: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\nWK000100;WK000100\n")
    figures, crosswalk = frame(("WK000100", 100, 10, 10, "published", 4.0)), read_crosswalk(tmp_path / "a.csv")
    if refused is None:
        assert wijk_panel({year: figures}, {year: crosswalk}, 2022).table["youths"].tolist() == [100]
        return
    with pytest.raises(
        DataError, match=rf"^figures of {year}: the crosswalk a\.csv is one between {refused}; expected"
    ):
        wijk_panel({year: figures}, {year: crosswalk}, 2022)


def test_names_of_counts_and_codes_are_those_of_the_figures() -> None:
    old = frame(("WK000100", 100, 10, 10, "published", 4.0)).rename(columns={"bijstand": "inwoners"})
    crosswalk = crosswalk_of([("WK000100", "WK000100", 3), ("WK000100", "WK000101", 3)])
    halves = wijk_panel({2017: old}, {2017: crosswalk}, 2022, counts=["inwoners"]).table
    assert halves["inwoners"].tolist() == [2, 2]
    with pytest.raises(DataError, match="counts: no year has a kenmerk 'inwoner'; expected one of inwoners; name it"):
        wijk_panel({2017: old}, {2017: crosswalk}, 2022, counts=["inwoners", "inwoner"])
    for code in (100, "100", None):
        with pytest.raises(
            DataError, match=rf"^figures of 2017: wijkcode holds {code!r}; expected codes such as WK0518"
        ):
            wijk_panel({2017: old.assign(wijkcode=pd.Series([code], dtype=object))}, {2017: crosswalk}, 2022)


def test_figures_under_another_year_are_refused() -> None:
    rows = {"wijkcode": ["WK000100"], "gemeentecode": "GM0001", "youths": [400], "users": [40]}
    rows["observed_state"] = ["published"]
    areas = build_areas(pd.DataFrame(rows), pd.DataFrame(index=[0]), policy=POLICY, title="voorbeeld", year=2021)
    with pytest.raises(DataError, match="figures of 2022: these are figures of 2021; expected those of 2022"):
        wijk_panel({2022: areas}, {}, 2022)

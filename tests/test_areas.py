"""The one validated table: what passes, and every refusal in one clear message."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError

SCP = CountsPolicy(suppressed_below=10)


def rows(**change: dict[int, Any] | list[Any]) -> pd.DataFrame:
    """Four good wijken; a change gives a whole column, or single cells by place."""
    frame = pd.DataFrame(
        {
            "wijkcode": ["WK051802", "WK051801", "WK063700", "WK0363MA"],
            "wijknaam": ["Twee", "Een", "Nul", "Letters"],
            "gemeentecode": ["GM0518", "GM0518", "GM0637", "GM0363"],
            "gemeentenaam": ["Den Haag", "Den Haag", "Zoetermeer", "Amsterdam"],
            "jeugdzorgregio": ["JZ24", "JZ24", "JZ24", "JZ13"],
            "youths": [1500, 400, 6, 80],
            "users": [150.0, 41.0, np.nan, np.nan],
            "observed_state": ["published", "published", "suppressed", "missing"],
        }
    )
    for column, values in change.items():
        if isinstance(values, list):
            frame[column] = values
        else:
            frame[column] = frame[column].astype(object)
            for place, value in values.items():
                frame.loc[place, column] = value
    return frame


def build(frame: pd.DataFrame, policy: CountsPolicy = SCP, **options: Any) -> Areas:
    kenmerken = pd.DataFrame({"woz": np.arange(len(frame), dtype=float)})
    return build_areas(frame, kenmerken, policy=policy, title="proef", file="a.csv", **options)


def test_suppressed_missing_and_zero_stay_three_things() -> None:
    zero = rows(users={2: 0}, observed_state={2: "published"})
    assert build(zero, CountsPolicy()).wijken.loc["WK063700", ["users_low", "users_high"]].tolist() == [0, 0]
    wijken = build(rows()).wijken
    assert wijken.index.tolist() == ["WK0363MA", "WK051801", "WK051802", "WK063700"], "sorted by code"
    missing, published, _, suppressed = (wijken.loc[code] for code in wijken.index)
    assert (missing["observed_state"], missing["users_low"], missing["users_high"]) == ("missing", 0, 80)
    assert (published["users_low"], published["users_high"], published["observed_pct"]) == (41, 41, 10.25)
    assert (suppressed["users_low"], suppressed["users_high"]) == (0, 6), "0-9, but only six youths live there"
    assert wijken["observed_pct"].isna().tolist() == [True, False, False, True]
    assert wijken["youths_quality"].eq("given").all()


def test_rows_keep_their_kenmerken_and_bounds() -> None:
    kenmerken = pd.DataFrame({"woz": [2.0, 1.0, np.nan, 3.0]})
    upper = pd.DataFrame({"woz": [9.0, 9.0, 4.0, np.nan]})
    areas = build_areas(rows(), kenmerken, policy=SCP, title="proef", kenmerken_upper=upper)
    assert areas.kenmerken["woz"].to_dict() | {"WK063700": None} == {
        "WK051801": 1.0, "WK051802": 2.0, "WK063700": None, "WK0363MA": 3.0}  # fmt: skip
    assert areas.kenmerken_upper["woz"].dropna().to_dict() == {"WK063700": 4.0}, "a bound only where it is missing"
    assert areas.select(["GM0518"]).wijken.index.tolist() == ["WK051801", "WK051802"]
    assert areas.select(["JZ13", "WK063700"]).kenmerken.index.tolist() == ["WK0363MA", "WK063700"]
    with pytest.raises(DataError, match="no wijk, gemeente or jeugdzorgregio has the code 'GM518'"):
        areas.select(["GM0518", "GM518"])


def test_bounds_given_by_the_source() -> None:
    frame = rows(users_low=[148, 41, 1, np.nan], users_high=[152, 41, 4, np.nan]).drop(columns="users")
    wijken = build(frame).wijken
    assert wijken.loc["WK051802", ["users_low", "users_high", "observed_pct"]].tolist() == [148, 152, 10.0]
    assert wijken.loc["WK063700", ["users_low", "users_high"]].tolist() == [1, 4], "narrower than the policy says"
    assert wijken.loc["WK0363MA", ["users_low", "users_high"]].tolist() == [0, 80]


@given(
    youths=st.integers(1, 60),
    users=st.integers(0, 60),
    policy=st.builds(CountsPolicy, suppressed_below=st.integers(0, 15), rounded_to=st.integers(1, 10)),
)
def test_bounds_hold_the_true_count(youths: int, users: int, policy: CountsPolicy) -> None:
    users = min(users, youths)
    published = int(policy.publish(users))
    frame = pd.DataFrame({"wijkcode": ["WK000100"], "gemeentecode": ["GM0001"], "youths": [youths]})
    frame["observed_state"] = "suppressed" if published < 0 else "published"
    low, high = build(frame.assign(users=max(published, 0)), policy).wijken[["users_low", "users_high"]].iloc[0]
    assert 0 <= low <= users <= high <= youths


REFUSED: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "double wijk": ({"wijkcode": {2: "WK051802"}}, 4, "wijkcode", "'WK051802' stands in row 2 already"),
    "lost letters and zeros": ({"wijkcode": {1: "51801"}}, 3, "wijkcode", "'51801'; expected WK, four digits"),
    "lost zeros": ({"wijkcode": {1: "WK51801"}}, 3, "wijkcode", "'WK51801'; expected WK, four digits"),
    "gemeente without zeros": ({"gemeentecode": {0: 518, 1: 518}}, 2, "gemeentecode", "'518'; expected GM and four"),
    "no gemeente": ({"gemeentecode": {3: None}}, 5, "gemeentecode", "this field is empty; expected GM and four digits"),
    "blank gemeente": ({"gemeentecode": {3: ""}}, 5, "gemeentecode", "this field is empty"),
    "no name": ({"wijknaam": {3: ""}}, 5, "wijknaam", "this field is empty; expected a name"),
    "no youths": ({"youths": {1: None}}, 3, "youths", "this field is empty; expected a whole number of 1 or more"),
    "zero youths": ({"youths": {1: 0}}, 3, "youths", "this field holds 0;"),
    "text youths": ({"youths": {1: "x"}}, 3, "youths", "this field holds 'x'"),
    "half youths": ({"youths": {1: 400.5}}, 3, "youths", "this field holds 400.5"),
    "negative users": ({"users": {0: -3}}, 2, "users", "this field holds -3;"),
    "text users": ({"users": {0: "veel"}}, 2, "users", "this field holds 'veel'"),
    "users above youths": ({"users": {1: 401}}, 3, "users", "401 users among 400 youths"),
    "published without a figure": ({"users": {1: None}}, 3, "users", "published, but this field is empty"),
    "users below the limit": ({"users": {1: 9}}, 3, "users", "9 users, which this policy never publishes"),
    "unknown state": ({"observed_state": {1: "secret"}}, 3, "observed_state", "'secret'; expected one of published,"),
    "100.1%": (
        {"observed_pct": [10.0, 100.1, None, None]},
        3,
        "observed_pct",
        "this field holds 100.1; expected a perc",
    ),
    "two regions": ({"jeugdzorgregio": {1: "JZ23"}}, 3, "jeugdzorgregio", "GM0518 is 'JZ23' here and 'JZ24' above"),
    "two names": ({"gemeentenaam": {1: "'s-Gravenhage"}}, 3, "gemeentenaam", "and 'Den Haag' above"),
    "a region for some": ({"jeugdzorgregio": {3: ""}}, 5, "jeugdzorgregio", "a code for every wijk, or none at all"),
    "no such quality": ({"youths_quality": ["given", "sure", "given", "given"]}, 3, "youths_quality", "'sure'"),
    "half a mark": ({"marked": [0, 0.5, 0, 1]}, 3, "marked", "this field holds 0.5; expected 0 or 1"),
    "no sd": ({"youths_log_sd": [0.1, -1, 0, 0]}, 3, "youths_log_sd", "this field holds -1;"),
}


@pytest.mark.parametrize(("change", "row", "column", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_with_its_cell(change: dict[str, Any], row: int, column: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        build(rows(**change))
    first = caught.value.problems[0]
    assert (first.file, first.row, first.column) == ("a.csv", row, column)
    assert words in str(first)
    twice = sum(problem.row == row for problem in caught.value.problems)
    assert twice == 1, "one message a cell"


def test_all_problems_come_at_once() -> None:
    bad = rows(
        wijkcode={3: "WK051802"},
        gemeentecode={2: ""},
        youths={0: "x", 1: 40},
        users={0: 150},
        jeugdzorgregio={1: "JZ23"},
    )
    with pytest.raises(DataError) as caught:
        build(bad, rows=[12, 13, 14, 15])
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [
        (12, "youths"),
        (13, "jeugdzorgregio"),
        (13, "users"),
        (14, "gemeentecode"),
        (15, "wijkcode"),
    ]


def test_absent_columns_are_named() -> None:
    with pytest.raises(DataError) as caught:
        build(rows(wijkcode={1: "51801"}).drop(columns=["youths", "users"]))
    assert str(caught.value).splitlines()[:2] == [
        "a.csv: there is no column 'youths'; expected a column 'youths'; add it or rename yours",
        "a.csv: there is no column 'users'; expected a column 'users'; add it or rename yours",
    ]
    assert len(caught.value.problems) == 3
    with pytest.raises(DataError, match=r"^a\.csv: there is no column 'users_high'[^\n]*$"):
        build(rows(users_low=[0, 0, 0, 0]).drop(columns="users"))


def test_tables_that_cannot_be() -> None:
    with pytest.raises(DataError, match="the table is empty; expected one row per wijk"):
        build(rows().iloc[:0])
    with pytest.raises(DataError, match=r"column observed_state: suppressed \(1 in all, this the first\), but no"):
        build(rows(), CountsPolicy())
    with pytest.raises(DataError, match="row 2, column users_low: 150 is above users_high, 149"):
        build(rows(users_low=[150, 41, 0, 0], users_high=[149, 41, 6, 6]).drop(columns="users"))
    with pytest.raises(DataError, match="row 3, column woz: not a finite number"):
        build_areas(rows(), pd.DataFrame({"woz": [1, np.inf, 1, 1]}), policy=SCP, title="a.csv")
    with pytest.raises(ValueError, match="3 rows of kenmerken for 4 wijken"):
        build_areas(rows(), pd.DataFrame({"woz": [1.0, 2.0, 3.0]}), policy=SCP, title="a.csv")


def test_a_percentage_that_contradicts_its_count_is_refused() -> None:
    frame = pd.DataFrame(
        {
            "wijkcode": ["WK000100", "WK000101"],
            "gemeentecode": "GM0001",
            "youths": 1522,
            "users": 153,
            "observed_state": "published",
            "observed_pct": [10.1, 55.5],  # 153 / 1522 is 10.05
        }
    )
    kenmerken = pd.DataFrame({"hoogte": [1.0, 2.0]})
    with pytest.raises(DataError, match=r"row 3, column observed_pct: 55.5%, but users of youths is 10.1%") as caught:
        build_areas(frame, kenmerken, policy=CountsPolicy(), title="strijdig")
    assert len(caught.value.problems) == 1


def test_marks_add_up_and_a_code_that_does_not_exist_is_refused() -> None:
    areas = build(rows())
    first, second = areas.wijken.index[:2]
    assert areas.mark([first]).mark([second]).wijken["marked"].tolist()[:3] == [True, True, False]
    assert not areas.wijken["marked"].any()
    with pytest.raises(DataError) as refused:
        areas.mark([first, "WK999999", "GM0518"])
    assert [problem.found for problem in refused.value.problems] == [
        "no wijk has the code 'WK999999'",
        "no wijk has the code 'GM0518'",
    ]


def test_kenmerken_of_ones_own_go_to_their_wijken() -> None:
    areas = build_areas(rows(), pd.DataFrame({"hoogte": [1.0, 2.0, 3.0, 4.0]}), policy=SCP, title="handwerk")
    codes = ["WK063700", "WK051802", "WK999999", "WK0363MA", "WK051801"]
    more = areas.with_kenmerken(pd.DataFrame({"woz": [3, 2, 9, None, 1]}, index=codes))
    assert more.kenmerken.loc[["WK051801", "WK051802", "WK063700"], "woz"].tolist() == [1, 2, 3]
    assert more.kenmerken.loc["WK0363MA"].tolist()[0] == 4
    assert more.kenmerken["woz"].isna().sum() == 1
    assert more.kenmerken_upper["woz"].isna().all()
    wrong = pd.DataFrame({"hoogte": 1.0, "woord": "hoog", "oneindig": np.inf}, index=codes[1:])
    with pytest.raises(DataError) as refused:
        areas.with_kenmerken(wrong)
    for words in ("no kenmerken of WK063700", "a kenmerk 'hoogte' already", "'woord' has values", "'oneindig' has"):
        assert words in str(refused.value)

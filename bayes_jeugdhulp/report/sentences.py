"""What the results say in plain sentences: of a wijk, of a gemeente, what may not be concluded, and how it was made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from bayes_jeugdhulp.report.texts import TEXTS, Texts
from bayes_jeugdhulp.results.breaks import NO_SIGN
from bayes_jeugdhulp.sources.kenmerk_names import KENMERK_NAMES

if TYPE_CHECKING:
    import geopandas as gpd

    from bayes_jeugdhulp.results import Results

Reference = Literal["within_gemeente", "national"]
PERHAPS = 0.7  # probability from which an uncertain difference is called "perhaps"
CAUTIONS = 11
CHANCE = {"hoger": "prob_higher", "lager": "prob_lower", "als verwacht": "prob_near"}


def statement_keys(wijken: pd.DataFrame, reference: Reference = "within_gemeente") -> pd.Series:
    """Which sentence fits each wijk: a key of the texts.

    Parameters
    ----------
    wijken : DataFrame
        Of :class:`bayes_jeugdhulp.results.Results`.
    reference : {"within_gemeente", "national"}

    Returns
    -------
    Series of str
        ``wijk_`` and the status, or the reason where there is none; ``wijk_lager_hidden`` of a suppressed wijk;
        ``wijk_onzeker_hoger`` and ``wijk_onzeker_lager`` where a direction is probable but not sure.
    """
    status, reason = wijken[f"status_{reference}"], wijken[f"status_reason_{reference}"]
    keys = "wijk_" + status.where(status != "geen uitspraak", reason).str.replace(" ", "_")
    unsure = keys == "wijk_onzeker"
    keys = keys.mask(unsure & (wijken[f"prob_higher_{reference}"] >= PERHAPS), "wijk_onzeker_hoger")
    keys = keys.mask(unsure & (wijken[f"prob_lower_{reference}"] >= PERHAPS), "wijk_onzeker_lager")
    return keys.mask((keys == "wijk_lager") & (wijken["observed_state"] != "published"), "wijk_lager_hidden")


def wijk_sentences(
    results: "Results", reference: Reference = "within_gemeente", language: str = "nl", *, beside: bool = True
) -> pd.Series:
    """One plain sentence a wijk: what may be concluded of it, or why nothing.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    reference : {"within_gemeente", "national"}, default "within_gemeente"
    language : {"nl", "en"}, default "nl"
    beside : bool, default True
        Let a statement within a gemeente that is itself clearly high or low be followed by a sentence that says so.

    Returns
    -------
    Series of str
        Indexed by wijkcode. No sentence holds a name, so that it fits wherever the wijk is named.

    Raises
    ------
    ValueError
        If there are no texts in this language.
    """
    text, metadata, wijken = Texts(language), results.metadata, results.wijken
    names = ("status", "expected_pct", *CHANCE.values())
    short = wijken[["observed_pct", "youths_quality", *(f"{name}_{reference}" for name in names)]].set_axis(
        ["observed_pct", "youths_quality", *names], axis=1
    )
    of_gemeente = wijken[["gemeente_status_national", "gemeente_difference_points_national"]].to_numpy()
    rule = {"margin": text.margin(metadata), "minimum": metadata["rule"]["minimum_youths"]}
    fits, over = text(f"fits_{reference}"), TEXTS[language]["more_than"]
    breaks = metadata.get("breaks", {}) if reference == "national" else {}  # within it all wijken jump alike

    def sentence(key: str, wijk: Any, gemeente: str, difference: float) -> str:
        direction = wijk.status if wijk.status in CHANCE else "lager" if key.endswith("_lager") else "hoger"
        chance = text.chance(getattr(wijk, CHANCE[direction]), over)
        shares = {"observed": text.percent(wijk.observed_pct), "expected": text.percent(wijk.expected_pct)}
        said = text(key, chance=chance, fits=fits, **shares, **rule)
        if wijk.status in ("hoger", "lager") and wijk.youths_quality != "given":
            said = f"{said} {text('youths_approximate')}"
        if beside and reference == "within_gemeente" and wijk.status in CHANCE and gemeente in ("hoger", "lager"):
            return f"{said} {text(f'beside_{gemeente}', difference=text.points(difference))}"
        return said

    keys = statement_keys(wijken, reference)
    said = [sentence(key, wijk, *of) for key, wijk, of in zip(keys, short.itertuples(), of_gemeente, strict=True)]
    for row in np.flatnonzero(wijken["gemeentecode"].isin(breaks) & wijken[f"status_{reference}"].isin(CHANCE)):
        said[row] += f" {text(f'break_{breaks[wijken["gemeentecode"].iloc[row]]}')}"
    return _by_code(said, wijken["wijkcode"])


def gemeente_sentences(results: "Results", language: str = "nl") -> pd.Series:
    """A short paragraph a gemeente: its use beside what fits its wijken, and how many of these stand out.

    Parameters
    ----------
    results : Results
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    Series of str
        Indexed by gemeentecode.
    """
    text, metadata = Texts(language), results.metadata
    rule = {"margin": text.margin(metadata), "minimum": metadata["rule"]["minimum_youths"]}
    over = TEXTS[language]["more_than"]
    statuses = results.wijken.groupby("gemeentecode")["status_within_gemeente"]
    counts = statuses.value_counts().unstack(fill_value=0)
    approximate = set(results.wijken.loc[results.wijken["youths_quality"] != "given", "gemeentecode"])

    def paragraph(row: Any) -> str:
        known = row.wijken_suppressed + row.wijken_missing == 0 and row.gemeentecode not in approximate
        ends = {name: text.percent(getattr(row, f"actual_{name}")) for name in ("low", "high")}
        near = ends["low"] == ends["high"] or row.wijken_suppressed + row.wijken_missing == 0
        kind = "" if known else "_near" if near else "_open"
        use = text(f"gemeente_use{kind}", actual=text.percent(row.actual_pct), **ends)
        status = row.status_national
        key = (row.status_reason_national if status == "geen uitspraak" else status).replace(" ", "_")
        chance = text.chance(getattr(row, f"{CHANCE.get(status, 'prob_near')}_national"), over)
        difference = text.points(row.difference_points_national)
        expected = text.percent(row.expected_pct_national)
        said = text(f"gemeente_{key}", use=use, expected=expected, difference=difference, chance=chance, **rule)
        if key == "controle_niet_geslaagd":
            return said
        said = f"{said} {_wijken_of(counts.loc[row.gemeentecode], int(row.wijken), text)}"
        direction = metadata.get("breaks", {}).get(row.gemeentecode)
        return f"{said} {text(f'break_{direction}')}" if direction else said

    return _by_code([paragraph(row) for row in results.gemeenten.itertuples()], results.gemeenten["gemeentecode"])


def break_sentences(gemeenten: pd.DataFrame, language: str = "nl") -> pd.Series:
    """A sentence a gemeente: whether its figures may have broken, and by how much.

    Parameters
    ----------
    gemeenten : DataFrame
        Of :class:`bayes_jeugdhulp.results.breaks.Breaks`.
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    Series of str
        Indexed by gemeentecode.
    """
    text = Texts(language)

    def sentence(row: Any) -> str:
        if row.reason:
            return text(f"break_{row.reason.replace(' ', '_')}")
        if row.verdict == NO_SIGN:
            return text("break_none")
        down = row.change_pct < 0
        ends = sorted((row.change_low, row.change_high), reverse=down)
        sizes = [text.percent(-value if down else value) for value in (row.change_pct, *ends)]
        change = text(
            f"break_change_{'lager' if down else 'hoger'}", **dict(zip(("change", "low", "high"), sizes, strict=True))
        )
        return text("break_found", change=change, along=text.share(round(row.moving_along, 2)))

    return _by_code([sentence(row) for row in gemeenten.itertuples()], gemeenten["gemeentecode"])


def _by_code(said: list[str], codes: pd.Series) -> pd.Series:
    return pd.Series(said, index=pd.Index(codes), name="sentence")


def _wijken_of(counts: pd.Series, total: int, text: Texts) -> str:
    """How many wijken of a gemeente have which status, in one sentence."""
    if total == 1:
        return text("gemeente_wijken_one")
    n = {status: int(counts.get(status, 0)) for status in (*CHANCE, "geen uitspraak")}
    parts = [text.count("part_hoger", n["hoger"], total=total)] if n["hoger"] else []
    if n["lager"]:
        parts.append(text.count("part_lager" if parts else "part_lager_first", n["lager"], total=total))
    parts = parts or [text("part_none", total=total)]
    for status, key in (("als verwacht", "part_als_verwacht"), ("geen uitspraak", "part_unknown")):
        parts += [text.count(key, n[status])] if n[status] else []
    return text("gemeente_wijken", parts=text.listed(parts))


def cautions(language: str = "nl") -> tuple[str, ...]:
    """What may not be concluded, whatever the results: one paragraph each.

    Parameters
    ----------
    language : {"nl", "en"}, default "nl"

    Examples
    --------
    >>> cautions()[1]
    'Een verschil met de verwachting is een reden om verder te kijken, met mensen die de wijk kennen. Het is geen
    oordeel en geen verklaring.'
    """
    text = Texts(language)
    return tuple(text(f"caution_{i}") for i in range(1, CAUTIONS + 1))


def factor_sentences(results: "Results", language: str = "nl") -> tuple[str, ...]:
    """What factors go with, in points of use, and what they do to the differences; nothing where there are none.

    Parameters
    ----------
    results : Results
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    tuple of str
        A sentence a factor with its interval, the warning that a kenmerk is no cause, and, where the fit was laid
        beside one without factors, one for each reference. None where the gate did not pass.
    """
    text, metadata = Texts(language), results.metadata
    if metadata["check_failures"] or results.factors.empty:
        return ()
    share = text.share(metadata["interval"])

    def sentence(row: Any) -> str:
        named = {"high": row.high_indicators, "low": row.low_indicators}
        means = [
            text(f"factor_{end}", indicators=text.listed([_plain(name) for name in names.split("; ")]))
            for end, names in named.items()
            if names
        ]
        factor = text("factor_means", factor=_plain(row.factor), means=text.listed(means))
        low, high = row.points_low, row.points_high
        if low <= 0 <= high:
            return text("factor_open", factor=factor, low=text.points(low), high=text.points(high), interval=share)
        size = [text.number(abs(value), 1) for value in (row.points, *sorted((low, high), key=abs))]
        values = dict(zip(("points", "low", "high"), size, strict=True))
        return text("factor_more" if low > 0 else "factor_less", factor=factor, interval=share, **values)

    said = [*(sentence(row) for row in results.factors.itertuples()), text("factor_warning")]
    for reference, found in metadata.get("factor_change", {}).items():
        numbers = {name: int(found[name]) for name in ("wijken", "smaller", "surely_smaller", "surely_larger")}
        sizes = {"before": text.number(found["mean_without"], 1), "after": text.number(found["mean_with"], 1)}
        larger = numbers["wijken"] - numbers["smaller"]
        said.append(text("factor_change", reference=text(f"factor_{reference}"), larger=larger, **numbers, **sizes))
    return tuple(said)


def _plain(name: str) -> str:
    """A name of a column as words."""
    return name.replace("_", " ")


def provenance(results: "Results", language: str = "nl") -> tuple[tuple[str, str], ...]:
    """How it was made: pairs of a heading and a paragraph.

    Parameters
    ----------
    results : Results
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    tuple of (str, str)
        That the data are simulated, where so; the data with their year; what is not known of them; the model; the
        kenmerken in it; the check, or the stamp of an overridden one; the source as it asks to be named; and the
        processing.
    """
    text, metadata, wijken = Texts(language), results.metadata, results.wijken
    states = wijken["observed_state"].value_counts()
    told = metadata["year"] is None or str(metadata["year"]) in metadata["title"]
    year = "" if told else text("made_data_year", year=str(metadata["year"]))
    n = {"wijken": len(wijken), "gemeenten": int(wijken["gemeentecode"].nunique())}
    source = metadata["attribution"].strip().rstrip(".").removeprefix("Bron:").removeprefix("Source:").strip()
    pairs = [("made_simulated", text("simulated_note"))] if metadata["simulated"] else []
    pairs.append(("made_data", text("made_data_text", title=metadata["title"], year=year, **n)))
    limit = metadata["counts_policy"]["suppressed_below"]
    hidden = {state: int(states.get(state, 0)) for state in ("suppressed", "missing")}
    unknown = [text.count(f"made_open_{state}", count, limit=limit) for state, count in hidden.items() if count]
    if unknown:
        pairs.append(("made_open", " ".join(unknown)))
    if approximate := int((wijken["youths_quality"] != "given").sum()):
        whole = approximate == len(wijken) > 1
        said = text("made_youths_all", n=approximate) if whole else text.count("made_youths_text", approximate)
        pairs.append(("made_youths", said))
    regios = text("made_model_regios") if wijken["jeugdzorgregio"].nunique() > 1 else ""
    model = text("made_model_text", regios=regios, interval=text.share(metadata["interval"]))
    if metadata.get("model_spec", {}).get("spatial", "none") != "none":
        model += f" {text('made_model_spatial')}"
    pairs.append(("made_model", model))
    used = [_named(kenmerk["code"], text.lang) for kenmerk in metadata.get("kenmerken", ())]
    if used:
        pairs.append(("made_kenmerken", text("made_kenmerken_text", kenmerken=text.listed(used))))
    pairs.append(("made_check", _check(results, text)))
    within = wijken.rename(columns=lambda name: name.removesuffix("_within_gemeente"))
    if wrong := wrong_sentence(within, metadata, text):
        pairs.append(("wrong", wrong))
    pairs.append(("made_source", f"{source}." if source else text("no_source")))
    pairs.append(("made_processing", text("made_processing_text", version=metadata["bayes_jeugdhulp"])))
    return tuple((text(key), paragraph) for key, paragraph in pairs)


def _named(kenmerk: str, lang: str) -> str:
    """What a kenmerk is called with its code, or its code where it is one of the user's own."""
    if kenmerk not in KENMERK_NAMES:
        return kenmerk
    return f"{KENMERK_NAMES[kenmerk][lang == 'en']} ({kenmerk})"


def _check(results: "Results", text: Texts) -> str:
    failed = text.failed_check(results.metadata)
    said = text("made_check_failed", failed=failed) if failed else text("made_check_passed")
    if results.metadata["quick"]:
        said = f"{text('made_quick')} {said}"
    table = results.calibration
    whole = table[(table["reference"] == "within_gemeente")].tail(1)
    if whole.empty or failed or whole["outside_95"].isna().any():
        return said
    share = text.percent(float(whole["outside_95"].iloc[0]))
    short = results.wijken.rename(columns=lambda name: name.removesuffix("_within_gemeente"))
    told = [outside_sentence(short, results.metadata, text), text("outside_national")]
    return " ".join([said, *told, text("made_check_calibration", outside=share)])


def outside(wijken: pd.DataFrame, metadata: Mapping[str, Any]) -> dict[str, int]:
    """How many published wijken lie outside their interval, of how many, and how many do if the model is right."""
    judged = (wijken["observed_state"] == "published") & (wijken["outside_interval"] != "niet te beoordelen")
    n = int((judged & wijken["outside_interval"].isin(["hoger", "lager"])).sum())
    return {"n": n, "judged": int(judged.sum()), "chance": round(int(judged.sum()) * (1 - metadata["interval"]))}


def outside_sentence(
    wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts, reference: Reference = "within_gemeente"
) -> str:
    """The number of :func:`outside` in words, told in this way everywhere.

    Parameters
    ----------
    wijken : DataFrame
        ``observed_state`` and ``outside_interval``, without the suffix of the reference.
    metadata : mapping
    text : Texts
    reference : {"within_gemeente", "national"}, default "within_gemeente"
        National: followed by why many wijken are clearly higher or lower while few lie outside.
    """
    counts = outside(wijken, metadata)
    said = text.count("outside", counts.pop("n"), interval=text.share(metadata["interval"]), **counts)
    return f"{said} {text('outside_national')}" if reference == "national" else said


def wrong_sentence(wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts) -> str:
    """How many conclusions are expected to be wrong: clear ones, and *als verwacht*; empty where there are none.

    Parameters
    ----------
    wijken : DataFrame
        ``status``, ``prob_higher``, ``prob_lower`` and ``prob_near``, without the suffix of the reference.
    metadata : mapping
    text : Texts
    """
    doubt = {status: 1 - wijken.loc[wijken["status"] == status, chance] for status, chance in CHANCE.items()}
    clear, near = pd.concat([doubt["hoger"], doubt["lager"]]), doubt["als verwacht"]
    keys = [("wrong_clear", clear), ("wrong_near" if len(clear) else "wrong_near_alone", near)]
    parts = [
        text(key, wrong=text.share(round(float(part.mean()), 2)), margin=text.margin(metadata))
        for key, part in keys
        if len(part)
    ]
    return text("wrong_if", parts="; ".join(parts)) if parts else ""


def border_sentences(borders: "gpd.GeoDataFrame", language: str = "nl") -> tuple[str, ...]:
    """What to know of the borders of a map: year, what is not sure, what did not join, and where they come from.

    Parameters
    ----------
    borders : GeoDataFrame
        Of :func:`bayes_jeugdhulp.report.border_years.lay_borders`.
    language : {"nl", "en"}, default "nl"
    """
    text, about = Texts(language), borders.attrs
    years = {"borders": str(about["borders_year"]), "figures": str(about["figures_year"])}
    said = []
    if about["figures_year"] is not None and about["borders_year"] != about["figures_year"]:
        said.append(text("borders_no_year" if about["borders_year"] is None else "borders_other_year", **years))
    total = len(borders) - len(about["without_figures"]) + len(about["without_border"])
    for key, codes in (("unconfirmed", "unconfirmed"), ("absent", "without_border"), ("spare", "without_figures")):
        if n := len(about[codes]):
            said.append(text.count(f"borders_{key}", n, total=total))
    source = about["source"].strip().rstrip(".")
    said.append(text("borders_source", source=source) if source else text("borders_no_source"))
    return tuple(said)

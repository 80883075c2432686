"""What the page shows, as plain lists: rounded figures, classes of the palette, sentences and texts."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from bayes_jeugdhulp.report.maps import LARGE, PALETTE, SHADES, suppressed_value
from bayes_jeugdhulp.report.sentences import (
    CHANCE,
    PERHAPS,
    Reference,
    cautions,
    factor_sentences,
    gemeente_sentences,
    outside_sentence,
    provenance,
    wijk_sentences,
    wrong_sentence,
)
from bayes_jeugdhulp.report.style import COLOURS, NEUTRAL, unchecked
from bayes_jeugdhulp.report.texts import TEXTS, Texts, rounded, rounded_down

if TYPE_CHECKING:
    from bayes_jeugdhulp.results import Results

Tenths = list[int | None]

STATUSES = (*CHANCE, "geen uitspraak")
QUALITIES = ("given", "derived", "recovered", "guessed")
STATES = ("published", "suppressed", "missing")
OUTSIDE = ("binnen", "hoger", "lager", "niet te beoordelen")
PERCENTS = ("expected_pct", "expected_low", "expected_high", "predictive_low", "predictive_high", "gap_points")
POINTS = ("difference_points", "difference_low", "difference_high")
GEMEENTE = ("actual_pct", "actual_low", "actual_high", *(f"{name}_national" for name in (*PERCENTS[:3], *POINTS)))
# Certainty: classes from these probabilities on, in either direction; grey where another reason forbids a verdict.
CERTAIN = (0.5, 0.7, 0.9)
CERTAINTY: Mapping[Literal["lager", "hoger"], Sequence[str]] = {
    "lager": ("#d3cbe3", "#9a86c5", "#4a2a85"),
    "hoger": ("#f6dcc2", "#f0a258", "#b04a08"),
}
NUMBER = re.compile(r"[+\N{MINUS SIGN}]?\d+(?:[.,]\d+)*")
SLOT = "{}"


def page_data(results: "Results", language: str = "nl") -> dict[str, Any]:
    """Everything the page shows but borders: nothing that the tables do not hold, and less exactly.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    dict
        Ready for JSON. Percentages and points are whole numbers of tenths; probabilities percentages, rounded down:
        whole ones up to 99, tenths above, 100 for more than 99.9, None where a reason forbids to tell them; empty
        figures None; names of statuses and the like are places in the lists beside them.

    Raises
    ------
    ValueError
        If there are no texts in this language.
    """
    text, wijken, metadata = Texts(language), results.wijken, results.metadata
    references: tuple[Reference, ...] = get_args(Reference)
    gemeenten = pd.Index(results.gemeenten["gemeentecode"])
    return {
        "language": language,
        "texts": page_texts(metadata, text),
        "title": metadata["title"],
        "simulated": text("simulated") if metadata["simulated"] else "",
        "margin": metadata["margin"],
        "relative": metadata["rule"]["relative"],
        "levels": {"status": STATUSES, "quality": QUALITIES, "state": STATES, "outside": OUTSIDE},
        "palette": _palette(results),
        "wijken": {
            "code": list(wijken["wijkcode"]),
            "name": list(wijken["wijknaam"]),
            "gemeente": gemeenten.get_indexer(wijken["gemeentecode"]).tolist(),
            "youths": wijken["youths"].tolist(),
            "quality": _places(wijken["youths_quality"], QUALITIES),
            "observed": tenths(wijken["observed_pct"]),
            "state": _places(wijken["observed_state"], STATES),
        },
        "gemeenten": {
            "code": list(gemeenten),
            "name": list(results.gemeenten["gemeentenaam"]),
            "youths": results.gemeenten["youths"].tolist(),
            "known": (results.gemeenten["wijken_suppressed"] + results.gemeenten["wijken_missing"] == 0).tolist(),
            "sentence": shared_sentences(gemeente_sentences(results, language)),
            **{name.removesuffix("_national"): tenths(results.gemeenten[name]) for name in GEMEENTE},
        },
        "references": {reference: _against(results, reference, text) for reference in references},
        "ranked": int(results.regios.iloc[-1]["wijken"]),  # of the whole fit, also where some gemeenten are shown
        "cautions": cautions(language),
        "provenance": provenance(results, language),
    }


def page_texts(metadata: Mapping[str, Any], text: Texts) -> dict[str, str]:
    """Texts of the page and of the statuses; what is the same all over the page is filled in."""
    known = {
        "interval": text.share(metadata["interval"]),
        "margin": text.margin(metadata),
        "large": text.short(LARGE),
        "pi": text.share(metadata["rule"]["pi"]),
        "perhaps": text.share(PERHAPS),
        "published": text("published_count" if metadata["counts_policy"]["pct_decimals"] is None else "published_pct"),
    }
    texts = TEXTS[text.lang]
    chosen = {key.removeprefix("page_"): texts[key] for key in texts if key.startswith("page_")}
    chosen |= {status: texts[status] for status in STATUSES}
    chosen["chance_over"] = texts["more_than"].format(share=text.share(0.999))
    return {
        key: re.sub(r"\{(interval|margin|large|pi|perhaps|published)\}", lambda m: known[m[1]], said)
        for key, said in chosen.items()
    }


def _against(results: "Results", reference: Reference, text: Texts) -> dict[str, Any]:
    """Columns and sentences of one reference."""
    suffix = f"_{reference}"
    wijken = results.wijken.rename(columns=lambda name: name.removesuffix(suffix))
    reasons = list(dict.fromkeys(wijken["status_reason"]))
    told = wijken["status_reason"].isin(["", "onzeker"])  # with another reason a probability would contradict it
    return {
        **{name: tenths(wijken[name]) for name in (*PERCENTS, *POINTS)},
        "prob_higher": chances(wijken["prob_higher"].where(told)),
        "prob_lower": chances(wijken["prob_lower"].where(told)),
        "prob_near": chances(wijken["prob_near"].where(told)),
        **{name: wijken[name].tolist() for name in ("rank_low", "rank_high", "rank_group")},
        "groups": _groups(results, reference),
        "status": _places(wijken["status"], STATUSES),
        "reason": _places(wijken["status_reason"], reasons),
        "reasons": [text(f"page_reason_{reason}") if reason else "" for reason in reasons],
        "outside": _places(wijken["outside_interval"], OUTSIDE),
        "colour": _places(suppressed_value(wijken), list(PALETTE)),
        "certainty": certainty(wijken),
        "sentence": shared_sentences(wijk_sentences(results, reference, text.lang)),
        **_said(wijken, results, reference, text),
    }


def _said(wijken: pd.DataFrame, results: "Results", reference: Reference, text: Texts) -> dict[str, Any]:
    """What stands out, and what may be said of it, against one reference."""
    metadata, rule = results.metadata, results.metadata["rule"]
    n = {status: int((wijken["status"] == status).sum()) for status in STATUSES}
    said = {"outside_said": outside_sentence(wijken, metadata, text, reference)}
    if unchecked(wijken):
        nothing = text("page_finding_unchecked")
        return said | {"counts": n, "finding": nothing, "rest": "", "may": [nothing]}
    higher, lower = text.count("page_higher", n["hoger"]), text.count("page_lower", n["lager"])
    limits = {"margin": text.margin(metadata), "pi": text.share(rule["pi"]), "pi0": text.share(rule["pi0"])}
    may = [text(f"page_may_{status}", n=n[status], **limits) for status in CHANCE]
    if n["geen uitspraak"]:
        reason, times = next(iter(wijken.loc[wijken["status_reason"] != "", "status_reason"].value_counts().items()))
        most = {"reason": text(f"page_reason_{reason}"), "reasons": int(times)}
        may.append(text("page_may_geen uitspraak", n=n["geen uitspraak"], **most))
    may += filter(None, [wrong_sentence(wijken, metadata, text), *factor_sentences(results, text.lang)])
    return said | {
        "counts": n,
        "finding": text("page_finding", higher=higher, lower=lower, total=len(wijken)),
        "rest": text("page_finding_rest", expected=n["als verwacht"], unknown=n["geen uitspraak"]),
        "may": may,
    }


def _groups(results: "Results", reference: Reference) -> int:
    """How many rank groups the wijken of the fit are in."""
    told = {(found["level"], found["reference"]): found["groups"] for found in results.metadata["rank_groups"]}
    return int(told.get(("wijken", reference), results.wijken[f"rank_group_{reference}"].max()))


def _palette(results: "Results") -> dict[str, Any]:
    """Colours and the limits between them; actual and expected use share theirs, so that the maps compare."""
    both = results.wijken[["observed_pct", "expected_pct_within_gemeente"]].to_numpy(float)
    use = both[~np.isnan(both)]
    edges = np.unique(np.round(np.quantile(use, [0.2, 0.4, 0.6, 0.8]))) if len(use) else np.array([])
    return {
        "status": [NEUTRAL if status == "geen uitspraak" else COLOURS[status] for status in STATUSES],
        "difference": PALETTE,
        "use": SHADES[: len(edges) + 1],
        "edges": [int(edge) for edge in 10 * edges],
        "certainty": CERTAINTY,
        "certain": [int(100 * limit) for limit in CERTAIN],
    }


def certainty(wijken: pd.DataFrame) -> list[int]:
    """Class of the larger of both probabilities: 1, 2, 3 higher, -1, -2, -3 lower, 0 too uncertain or not judged.

    Parameters
    ----------
    wijken : DataFrame
        ``status, status_reason, prob_higher, prob_lower``.

    Examples
    --------
    >>> certainty(pd.DataFrame({"status": ["hoger", "geen uitspraak"], "status_reason": ["", "onzeker"],
    ...                         "prob_higher": [0.95, 0.1], "prob_lower": [0.0, 0.6]}))
    [3, -1]
    """
    higher, lower = wijken["prob_higher"].to_numpy(), wijken["prob_lower"].to_numpy()
    judged = wijken["status_reason"].isin(["", "onzeker"]).to_numpy()
    level = np.searchsorted(CERTAIN, np.maximum(higher, lower), side="right")
    return np.where(judged, np.where(higher >= lower, level, -level), 0).tolist()


def shared_sentences(sentences: "pd.Series[str]") -> dict[str, Any]:
    """Sentences that differ only in their numbers, kept once.

    Parameters
    ----------
    sentences : Series of str

    Returns
    -------
    dict
        ``kinds``: sentences with ``{}`` for each number; ``said``: of each sentence its kind and its numbers.

    Examples
    --------
    >>> shared_sentences(pd.Series(["Van 1.200 is dat 3,5%.", "Van 8 is dat 2%."]))
    {'kinds': ['Van {} is dat {}%.'], 'said': [[0, '1.200', '3,5'], [0, '8', '2']]}
    """
    kinds: dict[str, int] = {}
    said: list[list[int | str]] = []
    for sentence in sentences:
        place = kinds.setdefault(NUMBER.sub(SLOT, sentence), len(kinds))
        said.append([place, *NUMBER.findall(sentence)])
    return {"kinds": list(kinds), "said": said}


def tenths(values: "pd.Series[float]") -> Tenths:
    """Numbers as whole tenths; None where there is none.

    Examples
    --------
    >>> tenths(pd.Series([10.26, None, -0.04]))
    [103, None, 0]
    """
    return [None if np.isnan(value) else round(10 * rounded(value, 1)) for value in values.astype(float).tolist()]


def chances(values: "pd.Series[float]") -> list[float | None]:
    """Probabilities as percentages, as finely as :meth:`bayes_jeugdhulp.report.texts.Texts.chance` writes them.

    Examples
    --------
    >>> chances(pd.Series([0.125, 0.9951, 0.9999, None]))
    [12, 99.5, 100, None]
    """

    def chance(value: float) -> float | None:
        if np.isnan(value):
            return None
        if value > 0.999:
            return 100
        share = round(100 * rounded_down(value, 3 if value > 0.99 else 2), 1)
        return int(share) if share.is_integer() else share

    return [chance(value) for value in values.astype(float).tolist()]


def _places(values: "pd.Series[str]", names: Sequence[str]) -> list[int]:
    """Where each value stands in a list; a value that does not would be -1, so it is an error."""
    places = pd.Index(names).get_indexer(pd.Index(values))
    if (places < 0).any():
        raise ValueError(f"unknown: {sorted(set(values) - set(names))}")
    return places.tolist()

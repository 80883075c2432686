"""Every status and every reason is a sentence that someone could have written, with the figures of its row."""

import re
from dataclasses import asdict, replace
from string import Formatter

import numpy as np
import pandas as pd
import pytest
from fake_results import FAILED
from report_results import report_results

from bayes_jeugdhulp.inference.gate import Failure
from bayes_jeugdhulp.report.sentences import (
    cautions,
    gemeente_sentences,
    provenance,
    statement_keys,
    wijk_sentences,
    wrong_sentence,
)
from bayes_jeugdhulp.report.texts import PARTS, TEXTS, Texts
from bayes_jeugdhulp.results import Results
from bayes_jeugdhulp.results.status import REASONS
from bayes_jeugdhulp.sources.kenmerk_names import KENMERK_NAMES
from bayes_jeugdhulp.sources.kwb_kenmerken import KENMERKEN
from bayes_jeugdhulp.sources.simulated_kenmerken import read_settings

HERE = "voor deze wijk in deze gemeente"
WIJK = {
    "hoger": f"Duidelijk hoger dan verwacht: 14,2% van de jeugdigen gebruikt jeugdhulp, waar 9,8% te verwachten is "
    f"{HERE} (kans dat het verschil, los van toeval, groter is dan 1 procentpunt: 97%).",
    "lager": f"Duidelijk lager dan verwacht: 14,2% van de jeugdigen gebruikt jeugdhulp, waar 9,8% te verwachten is "
    f"{HERE} (kans dat het verschil, los van toeval, groter is dan 1 procentpunt: meer dan 99,9%).",
    "als verwacht": f"Zoals verwacht: 14,2% van de jeugdigen gebruikt jeugdhulp, waar 9,8% te verwachten is {HERE} "
    "(kans dat het verschil, los van toeval, hoogstens 1 procentpunt is: 86%).",
    "controle niet geslaagd": "Geen uitspraak: de berekening heeft haar controle niet doorstaan, dus over deze wijk "
    "valt niets te concluderen.",
    "afwijkende populatie": "Geen uitspraak: de bevolking van deze wijk is te bijzonder om te vergelijken, "
    "bijvoorbeeld door een instelling, een asielzoekerscentrum of een bedrijventerrein.",
    "afgeschermd": "Geen uitspraak: de bron maakt het cijfer van deze wijk niet bekend omdat het om weinig jeugdigen "
    f"gaat; te verwachten is 9,8% {HERE}.",
    "cijfer ontbreekt": f"Geen uitspraak: van deze wijk is geen cijfer bekend; te verwachten is 9,8% {HERE}.",
    "enige wijk van de gemeente": "Geen uitspraak: van geen andere wijk in deze gemeente is een cijfer bekend, dus "
    "binnen de gemeente is er niets om mee te vergelijken.",
    "te weinig jeugdigen": "Geen uitspraak: in deze wijk wonen minder dan 50 jeugdigen, te weinig om een werkelijk "
    "verschil van toeval te onderscheiden.",
    "aantal jeugdigen onzeker": "Geen uitspraak: het aantal jeugdigen in deze wijk is niet precies bekend, en de "
    "conclusie hangt ervan af.",
    "k te hoog": "Geen uitspraak: het cijfer van deze wijk bepaalt te veel van haar eigen verwachting om er eerlijk "
    "mee te kunnen vergelijken.",
    "onzeker": f"Geen uitspraak: 14,2% van de jeugdigen gebruikt jeugdhulp, waar 9,8% te verwachten is {HERE}, maar "
    "door toeval is niet te zeggen of de wijk werkelijk meer dan 1 procentpunt afwijkt.",
}
GEMEENTE = {
    "hoger": "{use}; dat is duidelijk meer dan de 9,1% die past bij de kenmerken van haar wijken (verschil naar "
    "schatting +1,2 procentpunt; kans dat het groter is dan 1 procentpunt: 93%).",
    "lager": "{use}; dat is duidelijk minder dan de 9,1% die past bij de kenmerken van haar wijken (verschil naar "
    "schatting +1,2 procentpunt; kans dat het groter is dan 1 procentpunt: 93%).",
    "als verwacht": "{use}; dat komt overeen met de 9,1% die past bij de kenmerken van haar wijken (kans dat het "
    "verschil hoogstens 1 procentpunt is: 93%).",
    "controle niet geslaagd": "Over deze gemeente is geen uitspraak mogelijk: de berekening heeft haar controle niet "
    "doorstaan.",
    "afgeschermd": "Over deze gemeente is geen uitspraak mogelijk: van geen van haar wijken maakt de bron het cijfer "
    "bekend.",
    "cijfer ontbreekt": "Over deze gemeente is geen uitspraak mogelijk: van geen van haar wijken is een cijfer bekend.",
    "te weinig jeugdigen": "Over deze gemeente is geen uitspraak mogelijk: er wonen minder dan 50 jeugdigen, te weinig "
    "om een werkelijk verschil van toeval te onderscheiden.",
    "aantal jeugdigen onzeker": "{use}; of dat meer of minder is dan te verwachten, is niet te zeggen, omdat in het "
    "grootste deel van de gemeente het aantal jeugdigen niet precies bekend is.",
    "onzeker": "{use}; bij de kenmerken van haar wijken past 9,1%, maar of de gemeente werkelijk meer dan 1 "
    "procentpunt afwijkt, is niet te zeggen.",
}


def one_wijk(**values: object) -> Results:
    """The first wijk with these values, within its gemeente."""
    results = report_results(8, every_reason=False)
    row = {"observed_pct": 14.2, "observed_state": "published", "expected_pct_within_gemeente": 9.84}
    row |= {"prob_higher_within_gemeente": 0.5, "prob_lower_within_gemeente": 0.9999} | values
    row = {"gemeente_status_national": "geen uitspraak", "status_reason_within_gemeente": ""} | row
    return change(results, "wijken", **row)


def change(results: Results, table: str, **row: object) -> Results:
    frame = getattr(results, table).head(1).assign(**row)
    return type(results)(**{name: getattr(results, name) for name in results.__slots__} | {table: frame})


@pytest.mark.parametrize("said", WIJK)
def test_a_wijk_in_one_sentence(said: str) -> None:
    status = said if said not in REASONS else "geen uitspraak"
    values = {"status_within_gemeente": status, "status_reason_within_gemeente": said if said in REASONS else ""}
    values |= {"prob_near_within_gemeente": 0.86}
    if said == "hoger":
        values["prob_higher_within_gemeente"] = 0.97
    if said == "onzeker":
        values |= {"prob_higher_within_gemeente": 0.4, "prob_lower_within_gemeente": 0.1}
    if said in ("afgeschermd", "cijfer ontbreekt"):
        values |= {"observed_state": "suppressed", "observed_pct": float("nan")}
    assert wijk_sentences(one_wijk(**values)).tolist() == [WIJK[said]]


def test_every_status_and_reason_has_its_sentence() -> None:
    assert set(WIJK) == {"hoger", "lager", "als verwacht", *REASONS}
    assert set(GEMEENTE) == {"hoger", "lager", "als verwacht", *REASONS} - {
        "afwijkende populatie",
        "enige wijk van de gemeente",
        "k te hoog",
    }


def test_a_clear_difference_says_that_the_number_of_youths_is_approximate() -> None:
    told = "Let op: het aantal jeugdigen is een benadering."
    for status, quality, said in (("lager", "guessed", True), ("lager", "given", False), ("hoger", "derived", True)):
        values = {"status_within_gemeente": status, "youths_quality": quality, "prob_higher_within_gemeente": 0.97}
        assert wijk_sentences(one_wijk(**values)).iloc[0].endswith(told) == said
    values = {"status_within_gemeente": "als verwacht", "youths_quality": "guessed", "prob_near_within_gemeente": 0.86}
    assert wijk_sentences(one_wijk(**values)).tolist() == [WIJK["als verwacht"]]


def test_how_often_a_conclusion_is_wrong_is_told_of_clear_ones_and_of_als_verwacht() -> None:
    chances = {"prob_higher": [0.98, 0.0, 0.1], "prob_lower": [0.0, 0.9, 0.1], "prob_near": [0.02, 0.1, 0.8]}
    wijken = pd.DataFrame({"status": ["hoger", "lager", "als verwacht"], **chances})
    metadata = report_results(8, every_reason=False).metadata
    assert wrong_sentence(wijken, metadata, Texts()) == (
        "Van de wijken met de conclusie hoger of lager is het verschil naar verwachting bij ongeveer 6% toch niet "
        "groter dan 1 procentpunt; van de wijken met de conclusie als verwacht is het bij ongeveer 20% toch groter dan "
        "1 procentpunt. Dat geldt als het model en de aantallen jeugdigen kloppen."
    )
    assert wrong_sentence(wijken.tail(1), metadata, Texts()).startswith("Van de wijken met de conclusie als verwacht")
    assert wrong_sentence(wijken.head(0), metadata, Texts()) == ""


def test_a_probability_never_reads_as_a_threshold_that_it_does_not_reach() -> None:
    values = {"status_within_gemeente": "geen uitspraak", "status_reason_within_gemeente": "onzeker"}
    said = wijk_sentences(one_wijk(**values, prob_higher_within_gemeente=0.8998, prob_lower_within_gemeente=0.0)).iloc[
        0
    ]
    assert "(kans: 89%), maar zeker genoeg is dat niet" in said


def test_the_kenmerken_of_the_fit_are_named_with_their_codes() -> None:
    made = report_results(8, every_reason=False)
    assert dict(provenance(made))["Kenmerken in het model"] == (
        "Gebruikt zijn: huishoudens met kinderen (perc_hhmk) en eigen_1."
    )
    assert dict(provenance(made, "en"))["Kenmerken in the model"] == (
        "Used are: households with children (perc_hhmk) and eigen_1."
    )


def test_every_kenmerk_that_the_package_makes_has_a_name() -> None:
    made = {*read_settings()["kenmerken"], *(kenmerk.name for kenmerk in KENMERKEN)}
    assert made == set(KENMERK_NAMES)


def test_a_probable_difference_is_called_perhaps_as_on_the_map() -> None:
    values = {"status_within_gemeente": "geen uitspraak", "status_reason_within_gemeente": "onzeker"}
    higher = one_wijk(**values, prob_higher_within_gemeente=0.78, prob_lower_within_gemeente=0.0)
    lower = one_wijk(**values, prob_higher_within_gemeente=0.0, prob_lower_within_gemeente=0.7)
    assert (
        wijk_sentences(higher)
        .iloc[0]
        .endswith(
            "misschien ligt de wijk werkelijk meer dan 1 procentpunt hoger (kans: 78%), maar zeker genoeg is dat niet."
        )
    )
    assert (
        wijk_sentences(lower)
        .iloc[0]
        .endswith(
            "misschien ligt de wijk werkelijk meer dan 1 procentpunt lager (kans: 70%), maar zeker genoeg is dat niet."
        )
    )


def test_a_suppressed_wijk_that_is_surely_lower_gives_no_figure() -> None:
    values = {"status_within_gemeente": "lager", "observed_state": "suppressed", "observed_pct": float("nan")}
    assert wijk_sentences(one_wijk(**values)).tolist() == [
        "Duidelijk lager dan verwacht: de bron maakt het cijfer niet bekend omdat het om weinig jeugdigen gaat, maar "
        f"het gebruik ligt onder de 9,8% die te verwachten is {HERE} (kans dat het verschil groter is dan 1 "
        "procentpunt: meer dan 99,9%)."
    ]


def test_a_relative_margin_is_told_as_a_share() -> None:
    values = {"status_within_gemeente": "als verwacht", "prob_near_within_gemeente": 0.86}
    results = one_wijk(**values)
    results.metadata.update(margin=0.1, rule=results.metadata["rule"] | {"relative": True})
    assert "hoogstens 10% van de verwachting is: 86%" in wijk_sentences(results).iloc[0]


def test_what_a_comparison_within_the_gemeente_hides_is_said_beside_it() -> None:
    values = {"gemeente_status_national": "hoger", "gemeente_difference_points_national": 2.13}
    sure, unsure = (
        one_wijk(
            status_within_gemeente=status,
            status_reason_within_gemeente=reason,
            prob_near_within_gemeente=0.86,
            **values,
        )
        for status, reason in (("als verwacht", ""), ("geen uitspraak", "k te hoog"))
    )
    beside = "De gemeente als geheel ligt zelf al hoger dan bij haar wijken past (+2,1 procentpunt)."
    assert wijk_sentences(sure).tolist() == [f"{WIJK['als verwacht']} {beside}"]
    assert wijk_sentences(unsure).tolist() == [WIJK["k te hoog"]]
    assert "gemeente als geheel" not in wijk_sentences(sure, "national").iloc[0]


@pytest.mark.parametrize("said", GEMEENTE)
def test_a_gemeente_in_a_short_paragraph(said: str) -> None:
    results = report_results(8, every_reason=False)
    status = said if said not in REASONS else "geen uitspraak"
    row = {"status_national": status, "status_reason_national": said if said in REASONS else "", "actual_pct": 10.31}
    row |= {f"prob_{name}_national": 0.93 for name in ("higher", "lower", "near")}
    row |= {
        "wijken_suppressed": 0,
        "wijken_missing": 0,
        "difference_points_national": 1.2,
        "expected_pct_national": 9.1,
    }
    spoken = gemeente_sentences(change(results, "gemeenten", **row)).iloc[0]
    use = "In deze gemeente gebruikt 10,3% van de jeugdigen jeugdhulp"
    assert spoken.startswith(GEMEENTE[said].format(use=use))
    assert ("Vergeleken met" in spoken) == (said != "controle niet geslaagd")


def test_the_wijken_of_a_gemeente_are_counted() -> None:
    results = report_results(8, every_reason=False)
    for statuses, said in (
        (["hoger"] + ["geen uitspraak"] * 7, "is 1 van de 8 wijken duidelijk hoger en is over 7 niets te zeggen."),
        (["hoger"] * 2 + ["lager"] * 6, "zijn 2 van de 8 wijken duidelijk hoger en zijn er 6 duidelijk lager."),
        (["lager"] + ["als verwacht"] * 7, "is 1 van de 8 wijken duidelijk lager en zijn er 7 zoals verwacht."),
        (["lager"] * 7 + ["als verwacht"], "zijn 7 van de 8 wijken duidelijk lager en is er 1 zoals verwacht."),
        (["hoger"] * 7 + ["lager"], "zijn 7 van de 8 wijken duidelijk hoger en is er 1 duidelijk lager."),
        (["als verwacht"] * 8, "is geen van de 8 wijken duidelijk hoger of lager en zijn er 8 zoals verwacht."),
    ):
        wijken = results.wijken.assign(status_within_gemeente=statuses)
        made = type(results)(**{name: getattr(results, name) for name in results.__slots__} | {"wijken": wijken})
        assert gemeente_sentences(made).iloc[0].endswith(f"Vergeleken met wat bij hen past binnen deze gemeente {said}")


def test_hidden_figures_make_the_use_of_a_gemeente_an_estimate() -> None:
    results = report_results(8, every_reason=False)
    row = {"wijken_suppressed": 1, "actual_pct": 10.3, "actual_low": 10.02, "actual_high": 10.6}
    assert (
        "naar schatting 10,3% van de jeugdigen jeugdhulp (10,0% tot 10,6%, want"
        in (gemeente_sentences(change(results, "gemeenten", **row)).iloc[0])
    )
    row |= {"actual_low": 10.28, "actual_high": 10.34}
    assert "gebruikt ongeveer 10,3% van" in gemeente_sentences(change(results, "gemeenten", **row)).iloc[0]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("reference", ["within_gemeente", "national"])
def test_no_sentence_reads_as_code(language: str, reference: str) -> None:
    results = report_results(attribution="Verzonnen voor een test")
    said = [*wijk_sentences(results, reference, language), *gemeente_sentences(results, language), *cautions(language)]
    said += [part for pair in provenance(results, language) for part in pair[1:]]
    codes = "|".join(["bayes_jeugdhulp", *(kenmerk["code"] for kenmerk in results.metadata["kenmerken"])])
    for sentence in said:
        assert re.fullmatch(r"[A-Z0-9][^{}_]*[.]", re.sub(codes, "B", sentence)), sentence
        assert not re.search(r"\bnan\b|None|  |\(\)", sentence), sentence
    assert wijk_sentences(results, reference, language).index.tolist() == results.wijken["wijkcode"].tolist()


def test_cautions_say_what_may_not_be_concluded() -> None:
    said = " ".join(cautions())
    for part in (
        "niet goed of slecht",
        "reden om verder te kijken",
        "geen voorspelling",
        "geen oorzaak",
        "geen ranglijst",
        "instelling",
        "aantal jeugdigen waardoor gedeeld",
    ):
        assert part in said.replace("Maak geen", "geen")
    assert len(cautions("en")) == len(cautions("nl"))


def test_provenance_names_source_year_check_and_what_is_hidden() -> None:
    made = report_results(simulated=False, attribution="Bron: SCP, CBS-microdata.", title="Jeugdhulp per wijk")
    said = dict(provenance(made))
    hidden = int((made.wijken["observed_state"] == "suppressed").sum())
    assert said["Gegevens"] == "Jeugdhulp per wijk, cijfers over 2017: 120 wijken in 15 gemeenten."
    assert said["Niet bekend"].startswith(
        f"Van {hidden} wijken maakt de bron het cijfer niet bekend (minder dan 10 gebruikers)."
    )
    assert said["Niet bekend"].endswith("Van 1 wijk ontbreekt het cijfer.")
    assert "daarbij valt 5,4% buiten, waar 5% hoort" in said["Controle"]
    judged = made.wijken[made.wijken["observed_state"] == "published"]["outside_interval_within_gemeente"]
    n, total = int(judged.isin(["hoger", "lager"]).sum()), int((judged != "niet te beoordelen").sum())
    assert f"{n} van de {total} wijken met een gepubliceerd cijfer liggen buiten" in said["Controle"]
    made.wijken["youths_quality"] = "derived"
    assert dict(provenance(made))["Aantal jeugdigen"].startswith("Van alle 120 wijken")
    assert said["Bron"] == "SCP, CBS-microdata."
    assert "Let op" not in said
    spatial = replace(made, metadata=made.metadata | {"model_spec": {"spatial": "bym2"}})
    told = ["omliggende wijken" in dict(provenance(results))["Model"] for results in (made, spatial)]
    assert told == [False, True]
    stamped = dict(provenance(report_results(**FAILED)))
    assert stamped["Controle"] == (
        "De berekening heeft haar controle NIET doorstaan en is toch gebruikt: R-hat 1,200 (moet onder 1,01 liggen) "
        "bij alpha en beta."
    )
    assert stamped["Let op"].startswith("GESIMULEERDE GEGEVENS")


def test_a_failed_check_is_told_in_the_language_of_the_report() -> None:
    failures = (
        Failure("r_hat", np.inf, 1.01, ("beta",)),
        Failure("ess", 1234.6, 400, ("alpha", "eta")),
        Failure("divergences", 3, 0),
        Failure("bfmi", 0.214, 0.3),
    )
    metadata = {"stamp": "CONTROLE", "check_failures": [asdict(failure) for failure in failures], "quick": False}
    assert Texts("nl").failed_check(metadata) == (
        "R-hat \N{INFINITY} (moet onder 1,01 liggen) bij beta; effectief aantal trekkingen 1.235 (minstens 400 nodig) "
        "bij alpha en eta; divergente stappen: 3 (hoogstens 0); E-BFMI 0,21 (moet boven 0,3 liggen)"
    )
    assert Texts("en").stamp(metadata) == (
        "CHECK NOT PASSED, used all the same: R-hat \N{INFINITY} (must be below 1.01) in beta; effective sample size "
        "1,235 (at least 400 needed) in alpha and eta; divergent steps: 3 (at most 0); E-BFMI 0.21 (must be above 0.3)"
    )
    assert Texts("nl").stamp({"stamp": "", "check_failures": [], "quick": False}) == ""


def test_keys_of_the_texts_do_not_hide_one_another() -> None:
    names = [key for part in PARTS for key in part.NL]
    assert len(names) == len(set(names))
    assert set(statement_keys(report_results().wijken)) <= set(names)
    assert all({f for _, f, _, _ in Formatter().parse(TEXTS["nl"][name])} for name in ("wijk_hoger", "wijk_lager"))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no texts in language 'fr'"):
        wijk_sentences(report_results(), language="fr")
    assert isinstance(wijk_sentences(report_results()), pd.Series)

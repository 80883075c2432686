"""Texts of the page about one wijk or gemeente, of its table and of what may be concluded."""

NL = {
    "page_card": "Gekozen wijk",
    "page_card_empty": "Kies een wijk op de kaart, in de tabel of met zoeken. Hier staat dan wat u ervan kunt zeggen.",
    "page_card_empty_alone": "Kies een wijk in de tabel of met zoeken. Hier staat dan wat u ervan kunt zeggen.",
    "page_card_no_border": "Deze wijk heeft geen grens op de kaart.",
    "page_card_close": "Sluit",
    "page_card_gemeente": "Alle wijken van {gemeente}",
    "page_actual": "Werkelijk",
    "page_expected": "Verwacht",
    "page_difference": "Verschil",
    "page_gap": "Cijfer min verwachting",
    "page_gap_note": "wat u ziet, toeval inbegrepen; trek hier geen conclusie uit",
    "page_predictive": "Te verwachten cijfer",
    "page_outside": "Ten opzichte van dat interval",
    "page_outside_hoger": "erboven",
    "page_outside_lager": "eronder",
    "page_outside_binnen": "erbinnen",
    "page_outside_niet te beoordelen": "niet te beoordelen",
    "page_chance": "Kans op verschil",
    "page_chance_text": "{share} dat het {direction} is dan verwacht, met meer dan {margin}",
    "page_chance_near": "{share} dat het niet meer is dan {margin}",
    "page_chance_none": "niet te geven: {reason}",
    "page_rank": "Plaats",
    "page_no_rank": "geen plaats",
    "page_unpublished": "geen gepubliceerd cijfer",
    "page_rank_text": "{low} tot {high} van {total}",
    "page_rank_note": "1 ligt het verst boven de verwachting",
    "page_group": "Groep",
    "page_group_text": "groep {group} van {groups}",
    "page_group_note": "binnen een groep is geen volgorde te geven",
    "page_youths": "Jeugdigen",
    "page_quality_derived": "afgeleid",
    "page_quality_recovered": "uit de decimalen",
    "page_quality_guessed": "bij benadering",
    "page_suppressed": "afgeschermd",
    "page_missing": "ontbreekt",
    "page_unjudged": "niet te beoordelen",
    "page_points": "{value} procentpunt",
    "page_beyond_hoger": "boven het interval",
    "page_beyond_lager": "onder het interval",
    "page_in_group": "groep {group}",
    "page_interval": "{low} tot {high}",
    "page_strip": "Gebruik in procenten: werkelijk {observed}, te verwachten cijfer {low} tot {high}.",
    "page_strip_key": "Stip: werkelijk, open binnen de band. Band: te verwachten cijfer. Streep: verwacht.",
    # gemeente
    "page_gemeente": "Per gemeente",
    "page_gemeente_choose": "Kies een gemeente",
    "page_gemeente_none": "Geen gemeente gekozen",
    "page_gemeente_empty": "Kies een gemeente om al haar wijken naast elkaar te zien, met een zin per wijk.",
    "page_gemeente_actual": "Werkelijk gebruik",
    "page_gemeente_expected": "Landelijk verwacht",
    "page_gemeente_difference": "Verschil met landelijk",
    "page_gemeente_youths": "Jeugdigen",
    "page_gemeente_wijken": "Wijken van {gemeente}: verschil met de verwachting, {reference}",
    "page_plot_key": (
        "Stip: geschat verschil in procentpunten; lijn: {interval}-interval; grijze band: kleiner dan {margin}. "
        "Een gevulde stip: het werkelijke cijfer ligt buiten het interval waarin het te verwachten was; een open stip: "
        "erbinnen. Een kruis met een onderbroken lijn: geen gepubliceerd cijfer, het verschil is geschat door het "
        "model. Een pijl: de lijn loopt verder, tot het getal dat erbij staat. De hoogste staan boven; waar lijnen "
        "elkaar overlappen, zegt de volgorde weinig."
    ),
    "page_plot_apart": "Geen gepubliceerd cijfer, dus geen plaats in de volgorde",
    "page_dot_outside": "werkelijk cijfer buiten het interval",
    "page_dot_inside": "werkelijk cijfer binnen het interval",
    "page_plot_axis": "procentpunt verschil",
    "page_gemeente_map": "Toon op de kaart",
    "page_print": "Druk af of bewaar als PDF",
    # table
    "page_table": "Tabel",
    "page_table_note": "Klik op een kop om te sorteren. Wijken zonder gepubliceerd cijfer krijgen geen plaats.",
    "page_filter_text": "Wijk of gemeente",
    "page_filter_status": "Conclusie",
    "page_filter_all": "alle",
    "page_filter_outside": "Alleen buiten het {interval}-interval",
    "page_filter_clear": "Wis de keuze",
    "page_sort": "Sorteer op",
    "page_found_0": "Geen wijk gevonden.",
    "page_found_1": "1 wijk",
    "page_found_n": "{n} wijken",
    "page_shown": "{shown} van {found} getoond",
    "page_sorted": "gesorteerd op {column}, {order}",
    "page_ascending": "oplopend",
    "page_descending": "aflopend",
    "page_more": "Toon er {n} meer",
    "page_column_name": "Wijk",
    "page_column_gemeente": "Gemeente",
    "page_column_youths": "Jeugdigen",
    "page_column_actual": "Werkelijk",
    "page_column_expected": "Verwacht (interval)",
    "page_column_difference": "Verschil (interval)",
    "page_column_chance": "Kans",
    "page_column_rank": "Plaats (groep)",
    "page_column_status": "Conclusie",
    "page_no_sort_rank": "Gesorteerd op het midden van het interval; wijken die overlappen, zijn niet te ordenen.",
    # reasons, in short
    "page_reason_controle niet geslaagd": "controle niet geslaagd",
    "page_reason_afwijkende populatie": "bijzondere bevolking",
    "page_reason_afgeschermd": "cijfer afgeschermd",
    "page_reason_cijfer ontbreekt": "cijfer ontbreekt",
    "page_reason_enige wijk van de gemeente": "geen andere wijk om mee te vergelijken",
    "page_reason_te weinig jeugdigen": "te weinig jeugdigen",
    "page_reason_aantal jeugdigen onzeker": "aantal jeugdigen onzeker",
    "page_reason_k te hoog": "cijfer weegt te zwaar mee",
    "page_reason_onzeker": "te onzeker",
    # conclusions
    "page_conclude": "Wat mag u hieruit concluderen, en wat niet?",
    "page_may": "Wat u mag zeggen",
    "page_may_not": "Wat u niet mag zeggen",
    "page_may_hoger": (
        'Van wijken met de conclusie "hoger" is het gebruik duidelijk hoger dan bij hen past: de kans dat het verschil '
        "groter is dan {margin}, is minstens {pi}. Het zijn er {n}."
    ),
    "page_may_lager": (
        'Van wijken met de conclusie "lager" is het gebruik duidelijk lager dan bij hen past, met dezelfde zekerheid. '
        "Het zijn er {n}."
    ),
    "page_may_als verwacht": (
        'Van wijken met de conclusie "als verwacht" is het verschil met een kans van minstens {pi0} hoogstens '
        "{margin}. Het zijn er {n}."
    ),
    "page_may_geen uitspraak": (
        "Over de andere {n} doet deze pagina geen uitspraak. De reden staat erbij. Het meest: {reason} ({reasons})."
    ),
    "page_made": "Hoe is dit gemaakt?",
    "page_footer": "Deze pagina werkt zonder internet en verstuurt niets.",
}

EN = {
    "page_card": "Chosen wijk",
    "page_card_empty": (
        "Choose a wijk on the map, in the table or by searching. Here you then read what can be said of it."
    ),
    "page_card_empty_alone": "Choose a wijk in the table or by searching. Here you then read what can be said of it.",
    "page_card_no_border": "This wijk has no border on the map.",
    "page_card_close": "Close",
    "page_card_gemeente": "All wijken of {gemeente}",
    "page_actual": "Actual",
    "page_expected": "Expected",
    "page_difference": "Difference",
    "page_gap": "Figure less expectation",
    "page_gap_note": "what you see, chance included; draw no conclusion from it",
    "page_predictive": "Figure to be expected",
    "page_outside": "Relative to that interval",
    "page_outside_hoger": "above",
    "page_outside_lager": "below",
    "page_outside_binnen": "inside",
    "page_outside_niet te beoordelen": "not judged",
    "page_chance": "Chance of a difference",
    "page_chance_text": "{share} that it is {direction} than expected, by more than {margin}",
    "page_chance_near": "{share} that it is no more than {margin}",
    "page_chance_none": "not given: {reason}",
    "page_rank": "Rank",
    "page_no_rank": "no rank",
    "page_unpublished": "no published figure",
    "page_rank_text": "{low} to {high} of {total}",
    "page_rank_note": "1 lies furthest above the expectation",
    "page_group": "Group",
    "page_group_text": "group {group} of {groups}",
    "page_group_note": "within a group no order can be given",
    "page_youths": "Youths",
    "page_quality_derived": "derived",
    "page_quality_recovered": "from the decimals",
    "page_quality_guessed": "approximate",
    "page_suppressed": "suppressed",
    "page_missing": "missing",
    "page_unjudged": "not judged",
    "page_points": "{value} points",
    "page_beyond_hoger": "above the interval",
    "page_beyond_lager": "below the interval",
    "page_in_group": "group {group}",
    "page_interval": "{low} to {high}",
    "page_strip": "Use in percent: actual {observed}, figure to be expected {low} to {high}.",
    "page_strip_key": "Dot: actual, open inside the band. Band: figure to be expected. Line: expected.",
    # gemeente
    "page_gemeente": "Per gemeente",
    "page_gemeente_choose": "Choose a gemeente",
    "page_gemeente_none": "No gemeente chosen",
    "page_gemeente_empty": "Choose a gemeente to see all its wijken side by side, with a sentence for each.",
    "page_gemeente_actual": "Actual use",
    "page_gemeente_expected": "Expected nationally",
    "page_gemeente_difference": "Difference from national",
    "page_gemeente_youths": "Youths",
    "page_gemeente_wijken": "Wijken of {gemeente}: difference from the expectation, {reference}",
    "page_plot_key": (
        "Dot: estimated difference in percentage points; line: {interval} interval; grey band: smaller than "
        "{margin}. A filled dot: the actual figure lies outside the interval in which it was to be expected; an open "
        "dot: inside it. A cross with a broken line: no published figure, the difference is estimated by the model. "
        "An arrow: the line goes on, to the number beside it. The highest come first; where lines overlap the order "
        "says little."
    ),
    "page_plot_apart": "No published figure, so no place in the order",
    "page_dot_outside": "actual figure outside the interval",
    "page_dot_inside": "actual figure inside the interval",
    "page_plot_axis": "percentage points of difference",
    "page_gemeente_map": "Show on the map",
    "page_print": "Print or save as PDF",
    # table
    "page_table": "Table",
    "page_table_note": "Click a heading to sort. Wijken without a published figure get no rank.",
    "page_filter_text": "Wijk or gemeente",
    "page_filter_status": "Conclusion",
    "page_filter_all": "all",
    "page_filter_outside": "Only outside the {interval} interval",
    "page_filter_clear": "Clear the choice",
    "page_sort": "Sort by",
    "page_found_0": "No wijk found.",
    "page_found_1": "1 wijk",
    "page_found_n": "{n} wijken",
    "page_shown": "{shown} of {found} shown",
    "page_sorted": "sorted by {column}, {order}",
    "page_ascending": "ascending",
    "page_descending": "descending",
    "page_more": "Show {n} more",
    "page_column_name": "Wijk",
    "page_column_gemeente": "Gemeente",
    "page_column_youths": "Youths",
    "page_column_actual": "Actual",
    "page_column_expected": "Expected (interval)",
    "page_column_difference": "Difference (interval)",
    "page_column_chance": "Probability",
    "page_column_rank": "Rank (group)",
    "page_column_status": "Conclusion",
    "page_no_sort_rank": "Sorted by the middle of the interval; wijken that overlap cannot be put in order.",
    # reasons, in short
    "page_reason_controle niet geslaagd": "check not passed",
    "page_reason_afwijkende populatie": "special population",
    "page_reason_afgeschermd": "figure suppressed",
    "page_reason_cijfer ontbreekt": "figure missing",
    "page_reason_enige wijk van de gemeente": "no other wijk to compare with",
    "page_reason_te weinig jeugdigen": "too few youths",
    "page_reason_aantal jeugdigen onzeker": "number of youths uncertain",
    "page_reason_k te hoog": "figure weighs too heavily",
    "page_reason_onzeker": "too uncertain",
    # conclusions
    "page_conclude": "What may you conclude from this, and what not?",
    "page_may": "What you may say",
    "page_may_not": "What you may not say",
    "page_may_hoger": (
        'Of wijken with the conclusion "higher" the use is clearly higher than fits them: the probability that the '
        "difference exceeds {margin} is at least {pi}. There are {n}."
    ),
    "page_may_lager": (
        'Of wijken with the conclusion "lower" the use is clearly lower than fits them, with the same certainty. There '
        "are {n}."
    ),
    "page_may_als verwacht": (
        'Of wijken with the conclusion "as expected" the difference is at most {margin} with a probability of at least '
        "{pi0}. There are {n}."
    ),
    "page_may_geen uitspraak": (
        "Of the other {n} this page says nothing. The reason stands beside it. Most often: {reason} ({reasons})."
    ),
    "page_made": "How was this made?",
    "page_footer": "This page works without internet and sends nothing.",
}

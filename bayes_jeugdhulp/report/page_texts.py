"""Texts of the page: what stands out, how to search, the map and its legends."""

NL = {
    "page_lang": "nl",
    "page_title": "Jeugdhulp per wijk: werkelijk en verwacht",
    "page_skip": "Direct naar de kaart",
    "page_noscript": (
        "Deze pagina tekent kaart en tabel in uw browser en heeft daarvoor JavaScript nodig. Er wordt niets verstuurd."
    ),
    "page_nav": "Op deze pagina",
    "page_nav_map": "Kaart",
    "page_nav_gemeente": "Gemeente",
    "page_nav_table": "Tabel",
    "page_nav_conclude": "Wat mag u concluderen?",
    "page_nav_made": "Hoe is dit gemaakt?",
    "page_stamp": "Let op: de berekening heeft haar controle niet doorstaan.",
    # what stands out
    "page_finding_unchecked": "Over de wijken is geen uitspraak mogelijk: de controle van het model is niet geslaagd.",
    "page_finding": "{higher} en {lower}, van de {total} wijken.",
    "page_higher_0": "Geen wijk gebruikt duidelijk meer jeugdhulp dan verwacht",
    "page_higher_1": "1 wijk gebruikt duidelijk meer jeugdhulp dan verwacht",
    "page_higher_n": "{n} wijken gebruiken duidelijk meer jeugdhulp dan verwacht",
    "page_lower_0": "geen wijk duidelijk minder",
    "page_lower_1": "1 duidelijk minder",
    "page_lower_n": "{n} duidelijk minder",
    "page_finding_rest": (
        "Van {expected} is het gebruik zoals verwacht. Over {unknown} is geen uitspraak mogelijk; dat betekent niet"
        " dat er iets mis is, en ook niet dat er niets aan de hand is."
    ),
    "page_actual_whole": "Samen gebruikt {actual} van de {youths} jeugdigen deze hulp.",
    "page_actual_about": ("Samen gebruikt naar schatting {actual} van de ongeveer {youths} jeugdigen deze hulp."),
    "page_status_bar": "Conclusie per wijk: kies er een om die wijken in de tabel te zien",
    # reference
    "page_reference": "Vergeleken",
    "page_within_gemeente": "binnen de gemeente",
    "page_national": "landelijk",
    "page_within_gemeente_note": (
        "Verwacht is wat past bij de kenmerken van de wijk en bij het niveau van haar gemeente. Een gemeente die als "
        "geheel hoog of laag is, valt zo niet op."
    ),
    "page_national_note": (
        "Verwacht is wat past bij de kenmerken van de wijk, in welke gemeente zij ook ligt. Een verschil kan dan "
        "van de hele gemeente komen: van haar beleid, of van hoe zij registreert."
    ),
    # search
    "page_search": "Zoek een wijk of gemeente",
    "page_search_hint": "Naam of code, bijvoorbeeld van uw gemeente",
    "page_search_0": "Niets gevonden.",
    "page_search_more": "En nog {n} andere: typ meer letters.",
    "page_search_1": "1 gevonden. Kies met de pijltoetsen en Enter.",
    "page_search_n": "{n} gevonden. Kies met de pijltoetsen en Enter.",
    "page_kind_gemeente": "gemeente",
    "page_kind_wijk": "wijk in {gemeente}",
    # map
    "page_map": "Kaart",
    "page_tabs": "Wat de kaart toont",
    "page_tab_actual": "Werkelijk",
    "page_tab_expected": "Verwacht",
    "page_tab_difference": "Verschil",
    "page_tab_certainty": "Zekerheid",
    "page_tab_actual_note": "Deel van de jeugdigen dat deze hulp gebruikt, {published}.",
    "published_pct": "zoals de bron het publiceert",
    "published_count": "uit het aantal gebruikers dat de bron publiceert en het aantal jeugdigen",
    "page_tab_expected_note": "Gebruik dat bij de wijk past, volgens de gekozen vergelijking.",
    "page_tab_difference_note": (
        "Verschil tussen gebruik en verwachting, zonder toeval geschat. Hoe onzekerder, hoe minder kleur. Duidelijk: "
        "een kans van minstens {pi} dat het groter is dan {margin}; misschien: minstens {perhaps}."
    ),
    "page_tab_certainty_note": "Kans dat het verschil met de verwachting werkelijk groter is dan {margin}.",
    "page_map_label": "Kaart van {n} wijken. Dezelfde gegevens staan in de tabel.",
    "page_map_help": (
        "Met het toetsenbord: pijltoetsen verschuiven, plus en min zoomen, 0 toont alles, Enter kiest de wijk in het "
        "midden."
    ),
    "page_map_wheel": "Klik op de kaart, of houd Ctrl ingedrukt, om met het muiswiel te zoomen.",
    "page_zoom_in": "Zoom in",
    "page_zoom_out": "Zoom uit",
    "page_zoom_all": "Toon alles",
    "page_no_map": "Er zijn geen grenzen opgegeven, dus er is geen kaart. De tabel en de gemeenten staan hieronder.",
    # legend
    "page_legend": "Legenda",
    "page_legend_unit": "% van de jeugdigen",
    "page_legend_upto": "tot {to}",
    "page_legend_from": "{from} of meer",
    "page_legend_range": "{from} tot {to}",
    "page_legend_suppressed": "cijfer afgeschermd",
    "page_legend_missing": "cijfer ontbreekt",
    "page_legend_spare": "grens zonder cijfers van dit jaar",
    "page_map_nothing": "Hier ligt geen wijk met cijfers.",
    "page_off_map": (
        'Niet op deze kaart, want zonder grens: {higher} van de {all_higher} wijken met de conclusie "hoger" en '
        '{lower} van de {all_lower} met "lager". Zij staan wel in de tabel.'
    ),
    "page_legend_unconfirmed": "gebied niet bevestigd",
    "page_legend_outside": "werkelijk cijfer buiten het {interval}-interval",
    "page_class_clear": "duidelijk",
    "page_class_perhaps": "misschien",
    "page_class_large_lower": "{large} punten of meer lager",
    "page_class_large_higher": "{large} punten of meer hoger",
    "page_certainty_lower": "lager",
    "page_certainty_higher": "hoger",
    "page_certainty_low": "minder dan 50% kans",
}

EN = {
    "page_lang": "en",
    "page_title": "Jeugdhulp per wijk: actual and expected",
    "page_skip": "Skip to the map",
    "page_noscript": "This page draws its map and table in your browser and needs JavaScript for it. Nothing is sent.",
    "page_nav": "On this page",
    "page_nav_map": "Map",
    "page_nav_gemeente": "Gemeente",
    "page_nav_table": "Table",
    "page_nav_conclude": "What may you conclude?",
    "page_nav_made": "How was this made?",
    "page_stamp": "Note: the computation did not pass its check.",
    # what stands out
    "page_finding_unchecked": "No verdict on the wijken is possible: the check of the model did not pass.",
    "page_finding": "{higher} and {lower}, of {total} wijken.",
    "page_higher_0": "No wijk clearly uses more jeugdhulp than expected",
    "page_higher_1": "1 wijk clearly uses more jeugdhulp than expected",
    "page_higher_n": "{n} wijken clearly use more jeugdhulp than expected",
    "page_lower_0": "no wijk clearly less",
    "page_lower_1": "1 clearly less",
    "page_lower_n": "{n} clearly less",
    "page_finding_rest": (
        "Of {expected} the use is as expected. Of {unknown} nothing can be said; that does not mean that something is "
        "wrong, nor that nothing is the matter."
    ),
    "page_actual_whole": "Together {actual} of the {youths} youths use this help.",
    "page_actual_about": "Together an estimated {actual} of about {youths} youths use this help.",
    "page_status_bar": "Conclusion per wijk: choose one to see those wijken in the table",
    # reference
    "page_reference": "Compared",
    "page_within_gemeente": "within the gemeente",
    "page_national": "nationally",
    "page_within_gemeente_note": (
        "Expected is what fits the kenmerken of the wijk and the level of its gemeente. A gemeente that is high or low "
        "as a whole does not stand out here."
    ),
    "page_national_note": (
        "Expected is what fits the kenmerken of the wijk, in whichever gemeente it lies. A difference may then come"
        " from the whole gemeente: from its policy, or from how it registers."
    ),
    # search
    "page_search": "Find a wijk or gemeente",
    "page_search_hint": "Name or code, for example of your gemeente",
    "page_search_0": "Nothing found.",
    "page_search_more": "And {n} more: type more letters.",
    "page_search_1": "1 found. Choose with the arrow keys and Enter.",
    "page_search_n": "{n} found. Choose with the arrow keys and Enter.",
    "page_kind_gemeente": "gemeente",
    "page_kind_wijk": "wijk in {gemeente}",
    # map
    "page_map": "Map",
    "page_tabs": "What the map shows",
    "page_tab_actual": "Actual",
    "page_tab_expected": "Expected",
    "page_tab_difference": "Difference",
    "page_tab_certainty": "Certainty",
    "page_tab_actual_note": "Share of the youths that use this help, {published}.",
    "published_pct": "as the source publishes it",
    "published_count": "from the number of users that the source publishes and the number of youths",
    "page_tab_expected_note": "Use that fits the wijk, by the chosen comparison.",
    "page_tab_difference_note": (
        "Difference between use and expectation, estimated free of chance. The less certain, the less colour. Clear: a "
        "probability of at least {pi} that it exceeds {margin}; perhaps: at least {perhaps}."
    ),
    "page_tab_certainty_note": "Probability that the difference with the expectation truly exceeds {margin}.",
    "page_map_label": "Map of {n} wijken. The table holds the same figures.",
    "page_map_help": (
        "With the keyboard: arrow keys move, plus and minus zoom, 0 shows everything, Enter chooses the wijk in the "
        "middle."
    ),
    "page_map_wheel": "Click the map, or hold Ctrl, to zoom with the wheel.",
    "page_zoom_in": "Zoom in",
    "page_zoom_out": "Zoom out",
    "page_zoom_all": "Show everything",
    "page_no_map": "No borders were given, so there is no map. The table and the gemeenten stand below.",
    # legend
    "page_legend": "Legend",
    "page_legend_unit": "% of youths",
    "page_legend_upto": "below {to}",
    "page_legend_from": "{from} or more",
    "page_legend_range": "{from} to {to}",
    "page_legend_suppressed": "figure suppressed",
    "page_legend_missing": "figure missing",
    "page_legend_spare": "border without figures of this year",
    "page_map_nothing": "No wijk with figures lies here.",
    "page_off_map": (
        'Not on this map, for lack of a border: {higher} of the {all_higher} wijken with the conclusion "higher" and '
        '{lower} of the {all_lower} with "lower". They do stand in the table.'
    ),
    "page_legend_unconfirmed": "area not confirmed",
    "page_legend_outside": "actual figure outside the {interval} interval",
    "page_class_clear": "clear",
    "page_class_perhaps": "perhaps",
    "page_class_large_lower": "{large} points or more lower",
    "page_class_large_higher": "{large} points or more higher",
    "page_certainty_lower": "lower",
    "page_certainty_higher": "higher",
    "page_certainty_low": "a probability below 50%",
}

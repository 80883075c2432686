"""Texts of the page and the picture of one gemeente."""

NL = {
    "one_head": "Jeugdhulp per wijk",
    "one_page": "bladzijde {page} van {pages}",
    "one_actual": "werkelijk gebruik",
    "one_expected": "past bij de kenmerken van haar wijken",
    "one_difference": "verschil, los van toeval",
    "one_interval": "{low} tot {high}",
    "one_exact": "alle cijfers bekend",
    "one_near": "aantal jeugdigen bij benadering",
    "one_points": "procentpunt",
    "one_wijken": "De wijken, vergeleken met wat bij hen past binnen deze gemeente",
    "one_how": (
        "Stip: geschat verschil met de verwachting, los van toeval; lijn: {interval}-interval; dichte stip: het "
        "cijfer valt buiten het interval van wat te verwachten was; grijze band: de marge van {margin}. Wat buiten de "
        "schaal valt, staat in cijfers. Waar de lijnen van twee wijken elkaar overlappen, is meestal niet te zeggen "
        "welke hoger is. Onderaan, zonder volgorde: wijken waarvan de bron het cijfer niet bekendmaakt of heeft."
    ),
    "one_how_relative": (
        "Stip: geschat verschil met de verwachting, los van toeval; lijn: {interval}-interval; dichte stip: het "
        "cijfer valt buiten het interval van wat te verwachten was. Wat buiten de schaal valt, staat in cijfers. Waar "
        "de lijnen van twee wijken elkaar overlappen, is meestal niet te zeggen welke hoger is. Onderaan, zonder "
        "volgorde: wijken waarvan de bron het cijfer niet bekendmaakt of heeft."
    ),
    "one_quality": "Aantal jeugdigen: {parts}.",
    "one_quality_part_1": "{mark} {word} (1 wijk)",
    "one_quality_part_n": "{mark} {word} ({n} wijken)",
    "one_wijk": "wijk",
    "one_youths": "jeugdigen",
    "one_observed": "werkelijk",
    "one_fits": "verwacht",
    "one_axis": "verschil, procentpunt",
    "one_status": "conclusie",
    "one_no_verdict": "geen: {reason}",
    "one_hidden": "afgeschermd",
    "one_missing": "ontbreekt",
    "one_standing_out": "Wat opvalt",
    "one_nothing": (
        "Geen van de wijken is duidelijk hoger of lager dan verwacht. Dat betekent niet dat er niets aan de hand is, "
        "alleen dat deze cijfers het niet laten zien."
    ),
    "one_cautions": "Wat u hieruit wel en niet mag concluderen",
    "one_made": "Hoe dit gemaakt is",
    "one_title": "{gemeente}: {finding}",
}
EN = {
    "one_head": "Jeugdhulp per wijk",
    "one_page": "page {page} of {pages}",
    "one_actual": "actual use",
    "one_expected": "fits the kenmerken of its wijken",
    "one_difference": "difference, chance aside",
    "one_interval": "{low} to {high}",
    "one_exact": "all figures known",
    "one_near": "number of youths approximate",
    "one_points": "percentage points",
    "one_wijken": "The wijken, compared with what fits them within this gemeente",
    "one_how": (
        "Dot: estimated difference from the expectation, chance aside; line: {interval} interval; filled dot: the "
        "figure lies outside the interval of what could be expected; grey band: the margin of {margin}. What lies "
        "beyond the scale is given in digits. Where the lines of two wijken overlap, it mostly cannot be said which "
        "is higher. At the bottom, in no order: wijken whose figure the source withholds or lacks."
    ),
    "one_how_relative": (
        "Dot: estimated difference from the expectation, chance aside; line: {interval} interval; filled dot: the "
        "figure lies outside the interval of what could be expected. What lies beyond the scale is given in digits. "
        "Where the lines of two wijken overlap, it mostly cannot be said which is higher. At the bottom, in no order: "
        "wijken whose figure the source withholds or lacks."
    ),
    "one_quality": "Number of youths: {parts}.",
    "one_quality_part_1": "{mark} {word} (1 wijk)",
    "one_quality_part_n": "{mark} {word} ({n} wijken)",
    "one_wijk": "wijk",
    "one_youths": "youths",
    "one_observed": "actual",
    "one_fits": "expected",
    "one_axis": "difference, percentage points",
    "one_status": "conclusion",
    "one_no_verdict": "none: {reason}",
    "one_hidden": "suppressed",
    "one_missing": "missing",
    "one_standing_out": "What stands out",
    "one_nothing": (
        "None of the wijken is clearly higher or lower than expected. That does not mean that nothing is the matter, "
        "only that these figures do not show it."
    ),
    "one_cautions": "What may and may not be concluded",
    "one_made": "How this was made",
    "one_title": "{gemeente}: {finding}",
}

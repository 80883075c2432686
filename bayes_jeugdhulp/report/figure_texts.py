"""Texts of the figures, and those that every output shares."""

NL = {
    "simulated": "GESIMULEERD",
    "simulated_note": "GESIMULEERDE GEGEVENS: namen, codes en cijfers zijn verzonnen.",
    "source": "Bron: {source}.",
    "no_source": "Bron: niet opgegeven.",
    "unchecked": "Geen uitspraak over de wijken: de controle van het model is niet geslaagd",
    "year": "Cijfers over {year}.",
    "hoger": "hoger",
    "lager": "lager",
    "als verwacht": "als verwacht",
    "geen uitspraak": "geen uitspraak",
    "reference": (
        "Verwacht: wat past bij de kenmerken van de wijk en bij het niveau van haar gemeente; een gemeente die als "
        "geheel hoog of laag is, valt hierin dus niet op."
    ),
    "caution": "Een verschil zegt niet of beleid goed of slecht is; het is een reden om verder te kijken.",
    "clear": (
        "Duidelijk hoger of lager: het is zeer waarschijnlijk dat het verschil met de verwachting groter is dan "
        "{margin}."
    ),
    "margin_points": "{margin} procentpunt",
    "margin_share": "{margin} van de verwachting",
    "margin_band": " (grijze band)",
    "youths": "jeugdigen",
    "youths_axis": "aantal jeugdigen in de wijk",
    "points": "procentpunt verschil met de verwachting",
    # actual against expected
    "scatter_title": "De verwachting verklaart {share}% van de verschillen in jeugdhulpgebruik tussen wijken",
    "scatter_title_none": "De verwachting verklaart de verschillen in jeugdhulpgebruik tussen wijken niet",
    "expected_axis": "verwacht gebruik, % van de jeugdigen",
    "observed_axis": "werkelijk gebruik, % van de jeugdigen",
    "equal": "werkelijk = verwacht",
    "within": "binnen het interval",
    "above": "hoger dan het interval",
    "below": "lager dan het interval",
    "size": "{youths} jeugdigen",
    "scatter_caption": (
        "Elk punt is een wijk; de verwachting is berekend zonder het cijfer van de wijk zelf. Bij kleine wijken is "
        "het interval breed, dus een punt ver van de lijn ligt niet altijd buiten het interval."
    ),
    "not_drawn": "Niet getekend: {parts}.",
    "suppressed_1": "1 wijk waarvan de bron het cijfer afschermt",
    "suppressed_n": "{n} wijken waarvan de bron het cijfer afschermt",
    "missing_1": "1 wijk zonder cijfer",
    "missing_n": "{n} wijken zonder cijfer",
    "unjudged_1": "1 wijk zonder andere wijk in haar gemeente om mee te vergelijken",
    "unjudged_n": "{n} wijken zonder andere wijk in hun gemeente om mee te vergelijken",
    # funnel
    "funnel_title": (
        "In kleine wijken ligt het cijfer doorgaans {small} procentpunt van de verwachting, in grote {large}"
    ),
    "funnel_title_flat": "Het verschil met de verwachting is in kleine en grote wijken ongeveer even groot",
    "funnel_subtitle": (
        "Hoe minder jeugdigen, hoe grilliger het cijfer. De trechter is een plaatje; de conclusie staat in de kleur."
    ),
    "funnel_inner": "95%-grens",
    "funnel_outer": "99,8%-grens",
    "clearly_higher": "duidelijk hoger",
    "clearly_lower": "duidelijk lager",
    "other": "als verwacht of geen uitspraak",
    "gap_axis": "werkelijk min verwacht, procentpunt",
    "funnel_caption": (
        "Grenzen volgens Spiegelhalter (2005): toeval plus één gewone spreiding voor alle wijken, bij een verwacht "
        "gebruik van {mean}%. De kleur komt uit het model, dat meer weet: een wijk binnen de trechter kan duidelijk "
        "hoger of lager zijn, een wijk erbuiten onzeker. Klein en groot: het kwart wijken met de minste en de "
        "meeste jeugdigen; doorgaans: de mediaan."
    ),
    "funnel_selection": "Linksonder is het leeg omdat kleine aantallen gebruikers worden afgeschermd.",
    # deviations
    "finding_none": "Geen van de {total} wijken is duidelijk hoger of lager dan verwacht",
    "finding_one": "Eén wijk in deze cijfers: {status}",
    "finding_hoger_1": "1 van de {total} wijken is duidelijk hoger dan verwacht",
    "finding_hoger_n": "{n} van de {total} wijken zijn duidelijk hoger dan verwacht",
    "finding_lager_1": "1 van de {total} wijken is duidelijk lager dan verwacht",
    "finding_lager_n": "{n} van de {total} wijken zijn duidelijk lager dan verwacht",
    "finding_and_lager_0": "geen duidelijk lager",
    "finding_and_lager_n": "{n} duidelijk lager",
    "finding_and_hoger_0": "geen duidelijk hoger",
    "and": "en",
    "differences_subtitle": "Als verwacht: {expected} wijken; geen uitspraak mogelijk: {unknown}.",
    "higher_head": "Duidelijk hoger dan verwacht",
    "lower_head": "Duidelijk lager dan verwacht",
    "higher_none": "Geen wijk is duidelijk hoger dan verwacht.",
    "lower_none": "Geen wijk is duidelijk lager dan verwacht.",
    "top": "de {shown} met de grootste kans, van {n}",
    "all_shown": "meer zijn er niet te onderscheiden",
    "unnamed": "{n} zonder gepubliceerd cijfer niet bij naam",
    "chance_head": "kans",
    "rank_head": "plaats",
    "outside": "werkelijk cijfer buiten het {interval}-interval",
    "inside": "binnen dat interval",
    "differences_caption": (
        "Stip: verschil tussen het gebruik van de wijk en de verwachting, naar het gemiddelde toe getrokken waar "
        "het cijfer onzeker is; lijn: {interval}-interval. Kans: dat het verschil in die richting groter is dan "
        "{margin}{band}; daarop is geordend. Plaats: interval van de plaats onder {ranked} "
        "wijken, 1 is het hoogst."
    ),
    # ranks
    "ranks_title": (
        "Een rangorde zegt weinig: het {interval}-interval van een doorsnee wijk beslaat {width} van de {total} "
        "plaatsen"
    ),
    "ranks_title_sharp": "Het {interval}-interval van een doorsnee wijk beslaat {width} van de {total} plaatsen",
    "ranks_subtitle": (
        "Plaats 1 ligt het verst boven de verwachting. Van de meeste wijken is niet te zeggen welke van twee hoger "
        "staat."
    ),
    "ranks_axis": "plaats",
    "ranks_zoom": "plaats (alleen de bovenste {shown} van {total})",
    "ranks_order": "alle {n} wijken, op volgorde van hun gemiddelde plaats",
    "ranks_expected": "gemiddelde plaats",
    "ranks_caption": (
        "Gekleurde lijn: {interval}-interval van de plaats. Wijken waarvan de bron het cijfer afschermt tellen mee, "
        "maar worden niet genoemd."
    ),
    "ranks_named_n": "De {n} wijken die het zekerst hoger zijn dan verwacht",
    "ranks_named_1": "De ene wijk die duidelijk hoger is dan verwacht",
    # map
    "map_title": "{finding}, samen in {gemeenten}",
    "gemeenten_1": "1 gemeente",
    "gemeenten_n": "{n} gemeenten",
    "map_subtitle": "Hoe onzekerder een verschil, hoe minder kleur het krijgt.",
    "map_difference": "Verschil met de verwachting",
    "map_expected": "Verwacht gebruik",
    "map_expected_unit": "% van de jeugdigen",
    "map_clear": "duidelijk",
    "map_probable": "misschien",
    "map_uncertain": "onzeker",
    "map_suppressed": "cijfer afgeschermd",
    "map_empty": "geen cijfers van dit jaar",
    "map_unconfirmed": "grens niet bevestigd",
    "map_outside": "buiten het {interval}-interval",
    "map_caption": (
        "Misschien: het verschil is met een kans van 70% of meer groter dan {margin}, maar niet zeker "
        "genoeg voor een uitspraak. Dikke rand: het werkelijke cijfer ligt buiten het {interval}-interval. {outside}"
    ),
    "class_lager_groot": "duidelijk lager, {large} procentpunt of meer",
    "class_lager": "duidelijk lager",
    "class_als_verwacht": "als verwacht",
    "class_hoger": "duidelijk hoger",
    "class_hoger_groot": "duidelijk hoger, {large} procentpunt of meer",
    "class_misschien_lager": "misschien lager",
    "class_misschien_hoger": "misschien hoger",
    "class_onzeker": "onzeker",
    "class_afgeschermd": "cijfer afgeschermd",
    "class_geen_gegevens": "cijfer ontbreekt",
    "style_name": "verschil met de verwachting",
    "style_wijken": "Hoe onzekerder het verschil, hoe minder kleur; kruisarcering: grens niet bevestigd.",
    "style_gemeenten": "Alleen de grenzen.",
    # prior
    "prior_title": (
        "Vooraf verwacht het model een landelijk gebruik tussen 3 en 25% (kans {mean}%), met een spreiding tussen "
        "wijken van 1 tot 8 procentpunt (kans {spread}%)"
    ),
    "prior_subtitle": "Wat het model voor mogelijk houdt voordat het één cijfer over gebruik heeft gezien.",
    "prior_mean": "landelijk gebruik, % van de jeugdigen",
    "prior_spread": "standaardafwijking tussen wijken, procentpunt",
    "prior_caption": (
        "Staven: trekkingen uit de prior. Grijze band: waar minstens 90% van de trekkingen hoort te liggen. Gekleurde "
        "lijn: ongewogen gemiddelde en spreiding van de gepubliceerde cijfers, die de prior niet kent."
    ),
}

EN = {
    "simulated": "SIMULATED",
    "simulated_note": "SIMULATED DATA: names, codes and figures are invented.",
    "source": "Source: {source}.",
    "no_source": "Source: not given.",
    "unchecked": "No verdict on the wijken: the check of the model did not pass",
    "year": "Figures of {year}.",
    "hoger": "higher",
    "lager": "lower",
    "als verwacht": "as expected",
    "geen uitspraak": "no verdict",
    "reference": (
        "Expected: what fits the kenmerken of the wijk and the level of its gemeente; a gemeente that is high or "
        "low as a whole therefore does not stand out here."
    ),
    "caution": "A difference does not say whether policy is good or bad; it is a reason to look further.",
    "clear": "Clearly higher or lower: the difference with the expectation very probably exceeds {margin}.",
    "margin_points": "{margin} percentage point",
    "margin_share": "{margin} of the expectation",
    "margin_band": " (grey band)",
    "youths": "youths",
    "youths_axis": "number of youths in the wijk",
    "points": "difference from the expectation, percentage points",
    # actual against expected
    "scatter_title": "The expectation explains {share}% of the differences in use of jeugdhulp between wijken",
    "scatter_title_none": "The expectation does not explain the differences in use of jeugdhulp between wijken",
    "expected_axis": "expected use, % of youths",
    "observed_axis": "actual use, % of youths",
    "equal": "actual = expected",
    "within": "within the interval",
    "above": "above the interval",
    "below": "below the interval",
    "size": "{youths} youths",
    "scatter_caption": (
        "Each point is a wijk; its expectation was computed without its own figure. Small wijken have wide "
        "intervals, so a point far from the line is not always outside its interval."
    ),
    "not_drawn": "Not drawn: {parts}.",
    "suppressed_1": "1 wijk whose figure the source suppresses",
    "suppressed_n": "{n} wijken whose figures the source suppresses",
    "missing_1": "1 wijk without a figure",
    "missing_n": "{n} wijken without a figure",
    "unjudged_1": "1 wijk without another wijk in its gemeente to compare with",
    "unjudged_n": "{n} wijken without another wijk in their gemeente to compare with",
    # funnel
    "funnel_title": (
        "In small wijken the figure is typically {small} points from the expectation, in large ones {large}"
    ),
    "funnel_title_flat": "Small and large wijken differ about equally from the expectation",
    "funnel_subtitle": (
        "The fewer youths, the more erratic the figure. The funnel is a picture; the conclusion is the colour."
    ),
    "funnel_inner": "95% limit",
    "funnel_outer": "99.8% limit",
    "clearly_higher": "clearly higher",
    "clearly_lower": "clearly lower",
    "other": "as expected or no verdict",
    "gap_axis": "actual minus expected, percentage points",
    "funnel_caption": (
        "Limits of Spiegelhalter (2005): chance plus one ordinary spread for all wijken, at an expected use of "
        "{mean}%. The colour comes from the model, which knows more: a wijk inside the funnel can be clearly higher "
        "or lower, one outside it uncertain. Small and large: the quarter of wijken with the fewest and the most "
        "youths; typically: the median."
    ),
    "funnel_selection": "The lower left is empty because small numbers of users are suppressed.",
    # deviations
    "finding_none": "None of the {total} wijken is clearly higher or lower than expected",
    "finding_one": "One wijk in these figures: {status}",
    "finding_hoger_1": "1 of the {total} wijken is clearly higher than expected",
    "finding_hoger_n": "{n} of the {total} wijken are clearly higher than expected",
    "finding_lager_1": "1 of the {total} wijken is clearly lower than expected",
    "finding_lager_n": "{n} of the {total} wijken are clearly lower than expected",
    "finding_and_lager_0": "none clearly lower",
    "finding_and_lager_n": "{n} clearly lower",
    "finding_and_hoger_0": "none clearly higher",
    "and": "and",
    "differences_subtitle": "As expected: {expected} wijken; no verdict possible: {unknown}.",
    "higher_head": "Clearly higher than expected",
    "lower_head": "Clearly lower than expected",
    "higher_none": "No wijk is clearly higher than expected.",
    "lower_none": "No wijk is clearly lower than expected.",
    "top": "the {shown} with the highest probability, of {n}",
    "all_shown": "no more can be told apart",
    "unnamed": "{n} without a published figure are not named",
    "chance_head": "prob.",
    "rank_head": "rank",
    "outside": "actual figure outside the {interval} interval",
    "inside": "within that interval",
    "differences_caption": (
        "Dot: difference between the use of the wijk and the expectation, drawn towards the mean where the figure "
        "is uncertain; line: {interval} interval. Probability: that the difference in that direction exceeds "
        "{margin}{band}; the order follows it. Rank: interval of the rank among {ranked} "
        "wijken, 1 is the highest."
    ),
    # ranks
    "ranks_title": (
        "A ranking says little: the {interval} interval of a typical wijk covers {width} of the {total} ranks"
    ),
    "ranks_title_sharp": "The {interval} interval of a typical wijk covers {width} of the {total} ranks",
    "ranks_subtitle": (
        "Rank 1 lies furthest above the expectation. Of most wijken it cannot be said which of two ranks higher."
    ),
    "ranks_axis": "rank",
    "ranks_zoom": "rank (only the first {shown} of {total})",
    "ranks_order": "all {n} wijken, in order of their mean rank",
    "ranks_expected": "mean rank",
    "ranks_caption": (
        "Coloured line: {interval} interval of the rank. Wijken whose figure the source suppresses take part, but "
        "are not named."
    ),
    "ranks_named_n": "The {n} wijken that are most surely higher than expected",
    "ranks_named_1": "The one wijk that is clearly higher than expected",
    # map
    "map_title": "{finding}, together in {gemeenten}",
    "gemeenten_1": "1 gemeente",
    "gemeenten_n": "{n} gemeenten",
    "map_subtitle": "The less certain a difference, the less colour it gets.",
    "map_difference": "Difference from the expectation",
    "map_expected": "Expected use",
    "map_expected_unit": "% of youths",
    "map_clear": "clear",
    "map_probable": "perhaps",
    "map_uncertain": "uncertain",
    "map_suppressed": "figure suppressed",
    "map_empty": "no figures of this year",
    "map_unconfirmed": "border not confirmed",
    "map_outside": "outside the {interval} interval",
    "map_caption": (
        "Perhaps: the difference exceeds {margin} with a probability of 70% or more, but not "
        "surely enough for a verdict. Thick edge: the actual figure lies outside the {interval} interval. {outside}"
    ),
    "class_lager_groot": "clearly lower, {large} points or more",
    "class_lager": "clearly lower",
    "class_als_verwacht": "as expected",
    "class_hoger": "clearly higher",
    "class_hoger_groot": "clearly higher, {large} points or more",
    "class_misschien_lager": "perhaps lower",
    "class_misschien_hoger": "perhaps higher",
    "class_onzeker": "uncertain",
    "class_afgeschermd": "figure suppressed",
    "class_geen_gegevens": "figure missing",
    "style_name": "difference from expectation",
    "style_wijken": "The less certain a difference, the less colour; cross-hatched: border not confirmed.",
    "style_gemeenten": "Borders only.",
    # prior
    "prior_title": (
        "Beforehand the model expects national use between 3 and 25% (probability {mean}%), with a spread between "
        "wijken of 1 to 8 points (probability {spread}%)"
    ),
    "prior_subtitle": "What the model holds possible before it has seen a single figure on use.",
    "prior_mean": "national use, % of youths",
    "prior_spread": "standard deviation between wijken, percentage points",
    "prior_caption": (
        "Bars: draws from the prior. Grey band: where at least 90% of the draws should lie. Coloured line: unweighted "
        "mean and spread of the published figures, which the prior does not know."
    ),
}

"""Texts of the spreadsheet: what each column is called and means, and the words in its cells."""

# name of the column: called and meaning in Dutch, called and meaning in English
COLUMNS: dict[str, tuple[str, str, str, str]] = {
    "wijkcode": ("wijkcode", "Officiële code van de wijk.", "wijk code", "Official code of the wijk."),
    "wijknaam": ("wijk", "Naam van de wijk.", "wijk", "Name of the wijk."),
    "gemeentecode": ("gemeentecode", "Officiële code van de gemeente.", "gemeente code", "Official code."),
    "gemeentenaam": ("gemeente", "Naam van de gemeente.", "gemeente", "Name of the gemeente."),
    "jeugdzorgregio": ("jeugdzorgregio", "Code of naam van de regio.", "jeugdzorgregio", "Code or name."),
    "youths": ("jeugdigen", "Aantal jeugdigen.", "youths", "Number of youths."),
    "youths_quality": (
        "herkomst aantal jeugdigen",
        "Opgegeven door de bron, afgeleid uit leeftijdsgroepen, herleid uit de decimalen van een percentage, of bij "
        "benadering.",
        "origin of number of youths",
        "Given by the source, derived from age groups, recovered from the decimals of a percentage, or approximate.",
    ),
    "observed_pct": (
        "werkelijk gebruik (%)",
        "Percentage van de jeugdigen: zoals de bron het publiceert of, waar zij een aantal publiceert, dat aantal op "
        "het aantal jeugdigen hiernaast. Leeg is niet nul: zie de kolom 'cijfer'.",
        "actual use (%)",
        "Percentage of youths: as the source publishes it or, where it publishes a count, that count over the number "
        "of youths beside it. Empty is not zero: see the next column.",
    ),
    "observed_state": (
        "cijfer",
        "Gepubliceerd; afgeschermd: er is een cijfer dat de bron niet bekendmaakt; ontbreekt: er is niets bekend.",
        "figure",
        "Published; suppressed: there is a figure that the source withholds; missing: nothing is known.",
    ),
    "sentence": (
        "in woorden",
        "Wat van deze regel te zeggen is, in een zin.",
        "in words",
        "What can be said of this row, in a sentence.",
    ),
    "expected_pct": (
        "verwacht gebruik (%)",
        "Gebruik dat past bij de kenmerken; gemiddelde van wat het model voor mogelijk houdt.",
        "expected use (%)",
        "Use that fits the kenmerken; mean of what the model holds possible.",
    ),
    "expected_low": (
        "verwacht gebruik, van",
        "Ondergrens van het interval van de verwachting zelf, niet van waar een wijk kan liggen.",
        "expected use, from",
        "Lower end of the interval of the expectation itself, not of where a wijk may lie.",
    ),
    "expected_high": ("verwacht gebruik, tot", "Bovengrens daarvan.", "expected use, to", "Upper end of it."),
    "expected_loo_pct": (
        "verwacht gebruik zonder eigen cijfer (%)",
        "Verwacht gebruik, geschat zonder het cijfer van de wijk zelf.",
        "expected use without own figure (%)",
        "Expected use, estimated without the wijk's own figure.",
    ),
    "predictive_low": (
        "te verwachten cijfer, van",
        "Waar het gepubliceerde cijfer van zo'n wijk naar verwachting ligt, toeval meegerekend: ondergrens.",
        "figure to expect, from",
        "Where the published figure of such a wijk is expected, chance included: lower end.",
    ),
    "predictive_high": ("te verwachten cijfer, tot", "Bovengrens daarvan.", "figure to expect, to", "Upper end of it."),
    "mid_p": (
        "plaats van het cijfer (0-1)",
        "Kans op een lager cijfer plus de helft van de kans op hetzelfde. Bij 1: hoger dan verwacht; bij 0: lager.",
        "place of the figure (0-1)",
        "Probability of a lower figure plus half that of the same. Near 1 is higher than expected, near 0 lower.",
    ),
    "outside_interval": (
        "buiten het interval",
        "Of het cijfer buiten het te verwachten interval valt. Dat doet ook zonder reden ongeveer één op de twintig "
        "wijken: op zichzelf is het geen bevinding.",
        "outside the interval",
        "Whether the figure lies outside the interval to expect. About one wijk in twenty does without any reason: in "
        "itself it is no finding.",
    ),
    "gap_points": (
        "werkelijk min verwacht (procentpunt)",
        "Wat men ziet, toeval inbegrepen; niet wat men mag concluderen.",
        "actual minus expected (points)",
        "What one sees, chance included; not what one may conclude.",
    ),
    "difference_points": (
        "verschil (procentpunt)",
        "Geschat verschil tussen eigen en verwacht gebruik, los van toeval; naar nul getrokken waar het cijfer weinig "
        "zegt. Ook voor afgeschermde wijken, uit het model.",
        "difference (points)",
        "Estimated difference between own and expected use, chance aside; drawn towards zero where the figure says "
        "little. For suppressed wijken too, from the model.",
    ),
    "difference_low": (
        "verschil, van",
        "Ondergrens van het interval.",
        "difference, from",
        "Lower end of the interval.",
    ),
    "difference_high": (
        "verschil, tot",
        "Bovengrens van het interval.",
        "difference, to",
        "Upper end of the interval.",
    ),
    "ratio": (
        "verhouding",
        "Eigen gebruik gedeeld door verwacht gebruik; 1,2 is een vijfde meer.",
        "ratio",
        "Own use divided by expected use; 1.2 is a fifth more.",
    ),
    "ratio_low": ("verhouding, van", "Ondergrens van het interval.", "ratio, from", "Lower end of the interval."),
    "ratio_high": ("verhouding, tot", "Bovengrens van het interval.", "ratio, to", "Upper end of the interval."),
    "prob_higher": (
        "kans hoger",
        "Kans dat het verschil groter is dan de marge.",
        "probability higher",
        "Probability that the difference exceeds the margin.",
    ),
    "prob_lower": (
        "kans lager",
        "Kans dat het verschil lager is dan min de marge.",
        "probability lower",
        "Probability that the difference lies below minus the margin.",
    ),
    "prob_near": (
        "kans als verwacht",
        "Kans dat het verschil binnen de marge ligt.",
        "probability as expected",
        "Probability that the difference lies within the margin.",
    ),
    "expected_rank": (
        "gemiddelde plaats",
        "Gemiddelde plaats op volgorde van verschil; 1 is het hoogst. Maak hiervan geen ranglijst.",
        "mean rank",
        "Mean rank by difference; 1 is the highest. Do not make a league table of it.",
    ),
    "rank_low": (
        "plaats, van",
        "Ondergrens van het interval van de plaats.",
        "rank, from",
        "Lower end of its interval.",
    ),
    "rank_high": (
        "plaats, tot",
        "Bovengrens van het interval van de plaats.",
        "rank, to",
        "Upper end of its interval.",
    ),
    "prob_top10": (
        "kans bij hoogste tien",
        "Kans om bij de tien hoogste verschillen te horen.",
        "probability among highest ten",
        "Probability of being among the ten highest differences.",
    ),
    "rank_group": (
        "groep",
        "Groep op volgorde van verschil; binnen een groep is er geen volgorde te geven.",
        "group",
        "Group in order of difference; within a group no order can be given.",
    ),
    "status": (
        "conclusie",
        "Hoger, lager, als verwacht, of geen uitspraak. Geen uitspraak betekent niet dat er niets aan de hand is.",
        "conclusion",
        "Higher, lower, as expected, or no verdict. No verdict does not mean that nothing is the matter.",
    ),
    "status_reason": (
        "waarom geen uitspraak",
        "De eerste reden die geldt.",
        "why no verdict",
        "The first reason that holds.",
    ),
    "flagged": (
        "in de lijst om na te gaan",
        "Een zo lang mogelijke lijst waarin naar verwachting hoogstens een klein deel ten onrechte staat. Zegt iets "
        "over de lijst als geheel, niet over één wijk.",
        "in the list to look into",
        "As long a list as possible with a small expected share of mistakes. It says something of the whole list, not "
        "of one wijk in it.",
    ),
    "gemeente_difference_points": (
        "verschil van de gemeente als geheel",
        "Eigen verschil van de gemeente, in procentpunten: wat een vergelijking binnen de gemeente niet laat zien.",
        "difference of the gemeente as a whole",
        "The gemeente's own difference, in percentage points: what a comparison within the gemeente hides.",
    ),
    "gemeente_difference_low": ("verschil gemeente, van", "Ondergrens.", "difference of gemeente, from", "Lower end."),
    "gemeente_difference_high": ("verschil gemeente, tot", "Bovengrens.", "difference of gemeente, to", "Upper end."),
    "gemeente_status": (
        "conclusie over de gemeente",
        "Van de gemeente als geheel.",
        "conclusion on the gemeente",
        "Of the gemeente as a whole.",
    ),
    "data": ("gegevens", "Wat de cijfers zijn; gesimuleerd waar zij verzonnen zijn.", "data", "What the figures are."),
    "stamp": (
        "waarschuwing",
        "Leeg, of dat het een snelle benadering is, of de controle die de berekening niet heeft doorstaan.",
        "warning",
        "Empty, or that it is a quick approximation, or the check that the computation did not pass.",
    ),
    "wijken": ("wijken", "Aantal wijken in deze cijfers.", "wijken", "Number of wijken in these figures."),
    "wijken_suppressed": ("waarvan afgeschermd", "Aantal.", "of which suppressed", "Number."),
    "wijken_missing": ("waarvan zonder cijfer", "Aantal.", "of which missing", "Number."),
    "actual_pct": (
        "werkelijk gebruik (%)",
        "Gepubliceerde cijfers met een schatting van wat afgeschermd is of ontbreekt; iedere jeugdige telt één keer.",
        "actual use (%)",
        "Published figures with an estimate of what is suppressed or missing; every youth counts once.",
    ),
    "actual_low": ("werkelijk gebruik, van", "Ondergrens van het interval.", "actual use, from", "Lower end."),
    "actual_high": ("werkelijk gebruik, tot", "Bovengrens van het interval.", "actual use, to", "Upper end."),
    "observed_pct_unweighted": (
        "gemiddelde van de wijken (%)",
        "Ongewogen gemiddelde van de gepubliceerde percentages: iedere wijk telt één keer.",
        "mean of the wijken (%)",
        "Unweighted mean of the published percentages: every wijk counts once.",
    ),
    "totals_used": (
        "gebruikte totalen",
        "Aantal gemeenten met een gepubliceerd totaal.",
        "totals used",
        "Number of gemeenten with a published total.",
    ),
    "actual_pct_benchmarked": (
        "werkelijk gebruik volgens totaal (%)",
        "Werkelijk gebruik, passend gemaakt op het gepubliceerde totaal.",
        "actual use by the total (%)",
        "Actual use, held to the published total.",
    ),
    "actual_low_benchmarked": ("volgens totaal, van", "Ondergrens.", "by the total, from", "Lower end."),
    "actual_high_benchmarked": ("volgens totaal, tot", "Bovengrens.", "by the total, to", "Upper end."),
    "remainder_low": (
        "rest, van",
        "Gebruikers buiten de wijken in deze cijfers: aantal, ondergrens.",
        "remainder, from",
        "Users outside the wijken of these figures: number, lower end.",
    ),
    "remainder_high": ("rest, tot", "Bovengrens daarvan.", "remainder, to", "Upper end of it."),
}
# what stands in a table, in Dutch and in English
VALUES: dict[str, tuple[str, str]] = {
    "published": ("gepubliceerd", "published"),
    "suppressed": ("afgeschermd", "suppressed"),
    "missing": ("ontbreekt", "missing"),
    "given": ("opgegeven", "given"),
    "derived": ("afgeleid", "derived"),
    "recovered": ("uit de decimalen", "from the decimals"),
    "guessed": ("bij benadering", "approximate"),
    "hoger": ("hoger", "higher"),
    "lager": ("lager", "lower"),
    "als verwacht": ("als verwacht", "as expected"),
    "geen uitspraak": ("geen uitspraak", "no verdict"),
    "binnen": ("binnen", "inside"),
    "niet te beoordelen": ("niet te beoordelen", "not judged"),
    "controle niet geslaagd": ("controle niet geslaagd", "check not passed"),
    "afwijkende populatie": ("bijzondere bevolking", "special population"),
    "afgeschermd": ("cijfer afgeschermd", "figure suppressed"),
    "cijfer ontbreekt": ("cijfer ontbreekt", "figure missing"),
    "enige wijk van de gemeente": (
        "geen andere wijk om mee te vergelijken",
        "no other wijk to compare with",
    ),
    "te weinig jeugdigen": ("te weinig jeugdigen", "too few youths"),
    "aantal jeugdigen onzeker": ("aantal jeugdigen onzeker", "number of youths uncertain"),
    "k te hoog": ("cijfer weegt te zwaar mee", "figure weighs too heavily"),
    "onzeker": ("te onzeker", "too uncertain"),
    "gesimuleerd": ("gesimuleerd", "simulated"),
}
OTHER_NL = {
    "of_within_gemeente": "binnen gemeente",
    "of_national": "landelijk",
    "sheet_wijken": "wijken",
    "sheet_gemeenten": "gemeenten",
    "sheet_explained": "uitleg",
    "sheet_head": "{title}. Lees eerst het blad {sheet}.",
    "explained_reading": "Hoe u dit leest",
    "explained_reading_text": (
        "Elke regel is een wijk of een gemeente. Begin bij de conclusie en de zin ernaast, en let op het interval. "
        "Binnen gemeente: vergeleken met wat past bij de kenmerken van de wijk en het niveau van haar gemeente. "
        "Landelijk: vergeleken met wat past bij de kenmerken alleen. De marge is {margin}; intervallen zijn "
        "{interval}-intervallen. Een leeg cijfer is geen nul."
    ),
    "explained_cautions": "Wat u hieruit niet mag concluderen",
    "explained_made": "Hoe dit gemaakt is",
    "explained_columns": "Kolommen",
    "explained_sheet": "blad",
    "explained_called": "kolom",
    "explained_name": "naam in CSV",
    "explained_meaning": "betekenis",
    "explained_unknown": "Zie de beschrijving van de bestanden.",
}
OTHER_EN = {
    "of_within_gemeente": "within gemeente",
    "of_national": "nationally",
    "sheet_wijken": "wijken",
    "sheet_gemeenten": "gemeenten",
    "sheet_explained": "explanation",
    "sheet_head": "{title}. Read the sheet {sheet} first.",
    "explained_reading": "How to read this",
    "explained_reading_text": (
        "Each row is a wijk or a gemeente. Begin with the conclusion and the sentence beside it; mind the interval. "
        "Within gemeente: compared with what fits the kenmerken of the wijk and the level of its gemeente. "
        "Nationally: compared with what fits the kenmerken alone. The margin is {margin}; intervals are {interval} "
        "intervals. An empty figure is not zero."
    ),
    "explained_cautions": "What may not be concluded",
    "explained_made": "How this was made",
    "explained_columns": "Columns",
    "explained_sheet": "sheet",
    "explained_called": "column",
    "explained_name": "name in CSV",
    "explained_meaning": "meaning",
    "explained_unknown": "See the description of the files.",
}


def _texts(language: int) -> dict[str, str]:
    called = {f"column_{name}": row[2 * language] for name, row in COLUMNS.items()}
    meant = {f"column_{name}_means": row[2 * language + 1] for name, row in COLUMNS.items()}
    words = {f"value_{word}": row[language] for word, row in VALUES.items()}
    return called | meant | words


NL = OTHER_NL | _texts(0)
EN = OTHER_EN | _texts(1)

"""Texts of the sentences about wijken and gemeenten."""

NL = {
    "fits_within_gemeente": "voor deze wijk in deze gemeente",
    "fits_national": "voor een wijk met deze kenmerken, in welke gemeente ook",
    "more_than": "meer dan {share}",
    # one sentence a wijk: its status, or why there is none
    "wijk_hoger": (
        "Duidelijk hoger dan verwacht: {observed} van de jeugdigen gebruikt jeugdhulp, waar {expected} te verwachten "
        "is {fits} (kans dat het verschil, los van toeval, groter is dan {margin}: {chance})."
    ),
    "wijk_lager": (
        "Duidelijk lager dan verwacht: {observed} van de jeugdigen gebruikt jeugdhulp, waar {expected} te verwachten "
        "is {fits} (kans dat het verschil, los van toeval, groter is dan {margin}: {chance})."
    ),
    "wijk_lager_hidden": (
        "Duidelijk lager dan verwacht: de bron maakt het cijfer niet bekend omdat het om weinig jeugdigen gaat, maar "
        "het gebruik ligt onder de {expected} die te verwachten is {fits} (kans dat het verschil groter is dan "
        "{margin}: {chance})."
    ),
    "wijk_als_verwacht": (
        "Zoals verwacht: {observed} van de jeugdigen gebruikt jeugdhulp, waar {expected} te verwachten is {fits} (kans "
        "dat het verschil, los van toeval, hoogstens {margin} is: {chance})."
    ),
    "wijk_onzeker": (
        "Geen uitspraak: {observed} van de jeugdigen gebruikt jeugdhulp, waar {expected} te verwachten is {fits}, maar "
        "door toeval is niet te zeggen of de wijk werkelijk meer dan {margin} afwijkt."
    ),
    "wijk_onzeker_hoger": (
        "Geen uitspraak: {observed} van de jeugdigen gebruikt jeugdhulp, waar {expected} te verwachten is {fits}; "
        "misschien ligt de wijk werkelijk meer dan {margin} hoger (kans: {chance}), maar zeker genoeg is dat niet."
    ),
    "wijk_onzeker_lager": (
        "Geen uitspraak: {observed} van de jeugdigen gebruikt jeugdhulp, waar {expected} te verwachten is {fits}; "
        "misschien ligt de wijk werkelijk meer dan {margin} lager (kans: {chance}), maar zeker genoeg is dat niet."
    ),
    "wijk_controle_niet_geslaagd": (
        "Geen uitspraak: de berekening heeft haar controle niet doorstaan, dus over deze wijk valt niets te "
        "concluderen."
    ),
    "wijk_afwijkende_populatie": (
        "Geen uitspraak: de bevolking van deze wijk is te bijzonder om te vergelijken, bijvoorbeeld door een "
        "instelling, een asielzoekerscentrum of een bedrijventerrein."
    ),
    "wijk_afgeschermd": (
        "Geen uitspraak: de bron maakt het cijfer van deze wijk niet bekend omdat het om weinig jeugdigen gaat; te "
        "verwachten is {expected} {fits}."
    ),
    "wijk_cijfer_ontbreekt": "Geen uitspraak: van deze wijk is geen cijfer bekend; te verwachten is {expected} {fits}.",
    "wijk_enige_wijk_van_de_gemeente": (
        "Geen uitspraak: van geen andere wijk in deze gemeente is een cijfer bekend, dus binnen de gemeente is er "
        "niets om mee te vergelijken."
    ),
    "wijk_te_weinig_jeugdigen": (
        "Geen uitspraak: in deze wijk wonen minder dan {minimum} jeugdigen, te weinig om een werkelijk verschil van "
        "toeval te onderscheiden."
    ),
    "wijk_aantal_jeugdigen_onzeker": (
        "Geen uitspraak: het aantal jeugdigen in deze wijk is niet precies bekend, en de conclusie hangt ervan af."
    ),
    "wijk_k_te_hoog": (
        "Geen uitspraak: het cijfer van deze wijk bepaalt te veel van haar eigen verwachting om er eerlijk mee te "
        "kunnen vergelijken."
    ),
    # what a comparison within the gemeente hides
    "beside_hoger": "De gemeente als geheel ligt zelf al hoger dan bij haar wijken past ({difference} procentpunt).",
    "beside_lager": "De gemeente als geheel ligt zelf al lager dan bij haar wijken past ({difference} procentpunt).",
    # what the difference hangs on
    "youths_approximate": "Let op: het aantal jeugdigen is een benadering.",
    # one paragraph a gemeente
    "gemeente_use": "In deze gemeente gebruikt {actual} van de jeugdigen jeugdhulp",
    "gemeente_use_near": "In deze gemeente gebruikt ongeveer {actual} van de jeugdigen jeugdhulp",
    "gemeente_use_open": (
        "In deze gemeente gebruikt naar schatting {actual} van de jeugdigen jeugdhulp ({low} tot {high}, want niet van "
        "elke wijk is het cijfer bekend)"
    ),
    "gemeente_hoger": (
        "{use}; dat is duidelijk meer dan de {expected} die past bij de kenmerken van haar wijken (verschil naar "
        "schatting {difference} procentpunt; kans dat het groter is dan {margin}: {chance})."
    ),
    "gemeente_lager": (
        "{use}; dat is duidelijk minder dan de {expected} die past bij de kenmerken van haar wijken (verschil naar "
        "schatting {difference} procentpunt; kans dat het groter is dan {margin}: {chance})."
    ),
    "gemeente_als_verwacht": (
        "{use}; dat komt overeen met de {expected} die past bij de kenmerken van haar wijken (kans dat het verschil "
        "hoogstens {margin} is: {chance})."
    ),
    "gemeente_onzeker": (
        "{use}; bij de kenmerken van haar wijken past {expected}, maar of de gemeente werkelijk meer dan {margin} "
        "afwijkt, is niet te zeggen."
    ),
    "gemeente_controle_niet_geslaagd": (
        "Over deze gemeente is geen uitspraak mogelijk: de berekening heeft haar controle niet doorstaan."
    ),
    "gemeente_afgeschermd": (
        "Over deze gemeente is geen uitspraak mogelijk: van geen van haar wijken maakt de bron het cijfer bekend."
    ),
    "gemeente_cijfer_ontbreekt": (
        "Over deze gemeente is geen uitspraak mogelijk: van geen van haar wijken is een cijfer bekend."
    ),
    "gemeente_te_weinig_jeugdigen": (
        "Over deze gemeente is geen uitspraak mogelijk: er wonen minder dan {minimum} jeugdigen, te weinig om een "
        "werkelijk verschil van toeval te onderscheiden."
    ),
    "gemeente_aantal_jeugdigen_onzeker": (
        "{use}; of dat meer of minder is dan te verwachten, is niet te zeggen, omdat in het grootste deel van de "
        "gemeente het aantal jeugdigen niet precies bekend is."
    ),
    "gemeente_wijken": "Vergeleken met wat bij hen past binnen deze gemeente {parts}.",
    "gemeente_wijken_one": "De gemeente heeft één wijk in deze cijfers.",
    "part_hoger_1": "is 1 van de {total} wijken duidelijk hoger",
    "part_hoger_n": "zijn {n} van de {total} wijken duidelijk hoger",
    "part_lager_first_1": "is 1 van de {total} wijken duidelijk lager",
    "part_lager_first_n": "zijn {n} van de {total} wijken duidelijk lager",
    "part_lager_1": "is er 1 duidelijk lager",
    "part_lager_n": "zijn er {n} duidelijk lager",
    "part_none": "is geen van de {total} wijken duidelijk hoger of lager",
    "part_als_verwacht_1": "is er 1 zoals verwacht",
    "part_als_verwacht_n": "zijn er {n} zoals verwacht",
    "part_unknown_1": "is over 1 niets te zeggen",
    "part_unknown_n": "is over {n} niets te zeggen",
    # a gemeente whose figures jump in most wijken at once
    "break_lager": (
        "Let op: de cijfers van deze gemeente daalden in de meeste wijken tegelijk, veel sterker dan elders. Dat "
        "kan aan de registratie of de levering liggen en niet aan het gebruik."
    ),
    "break_hoger": (
        "Let op: de cijfers van deze gemeente stegen in de meeste wijken tegelijk, veel sterker dan elders. Dat "
        "kan aan de registratie of de levering liggen en niet aan het gebruik."
    ),
    "break_change_lager": "Het gebruik daalde er met {change} ({low} tot {high}) vergeleken met het land",
    "break_change_hoger": "Het gebruik steeg er met {change} ({low} tot {high}) vergeleken met het land",
    "break_found": (
        "Mogelijke breuk in de registratie. {change}, in {along} van de wijken waarvan het te zeggen is. Ga na of de "
        "registratie of de levering is veranderd voordat u deze cijfers vergelijkt; het is geen hoog of laag gebruik."
    ),
    "break_none": "Geen aanwijzing voor een breuk in de registratie.",
    "break_te_weinig_wijken": (
        "Niet te beoordelen: in te weinig wijken is te zien welke kant het op gaat om een breuk van een verandering in "
        "een wijk te onderscheiden."
    ),
    "break_afgeschermde_cijfers_laten_het_open": (
        "Niet te beoordelen: van te veel wijken maakt de bron het cijfer niet bekend."
    ),
    "break_gesplitste_of_afgeschermde_cijfers_laten_het_open": (
        "Niet te beoordelen: van te veel wijken is het cijfer alleen binnen grenzen bekend, omdat de wijk gesplitst is "
        "of de bron het niet bekendmaakt."
    ),
    "break_niets_geleverd_in_een_of_beide_tabellen": (
        "Niet te beoordelen: in een of beide tabellen staat geen enkel cijfer van deze gemeente. Ga na of er geleverd "
        "is voordat u deze cijfers vergelijkt; het is geen gebruik van nul."
    ),
    # what factors go with, and what they do to the differences
    "factors": "Factoren",
    "factor_means": "{factor} (hoog betekent hier: {means})",
    "factor_high": "hoge cijfers voor {indicators}",
    "factor_low": "lage cijfers voor {indicators}",
    "factor_more": (
        "Wijken die een standaardafwijking hoger staan op {factor} gebruiken, bij verder gelijke kenmerken en in "
        "dezelfde gemeente, gemiddeld ongeveer {points} procentpunt meer jeugdhulp ({interval}-interval {low} tot "
        "{high})."
    ),
    "factor_less": (
        "Wijken die een standaardafwijking hoger staan op {factor} gebruiken, bij verder gelijke kenmerken en in "
        "dezelfde gemeente, gemiddeld ongeveer {points} procentpunt minder jeugdhulp ({interval}-interval {low} tot "
        "{high})."
    ),
    "factor_open": (
        "Of wijken die hoger staan op {factor} bij verder gelijke kenmerken meer of minder jeugdhulp gebruiken, is "
        "niet te zeggen: een standaardafwijking scheelt ergens tussen {low} en {high} procentpunt "
        "({interval}-interval)."
    ),
    "factor_warning": (
        "Een kenmerk van een wijk is geen oorzaak: wat er gebeurt als het verandert, volgt hier niet uit, en over een "
        "gezin of een jeugdige in zo'n wijk zegt het niets."
    ),
    "factor_change": (
        "Wat doen de factoren met de verschillen? {reference} wordt het verschil met de verwachting in {smaller} van "
        "de {wijken} wijken kleiner en in {larger} groter; met een kans van 90% of meer is het in {surely_smaller} "
        "kleiner en in {surely_larger} groter. Gemiddeld gaat de grootte van het verschil van {before} naar {after} "
        "procentpunt. Een verschil dat kleiner wordt, gaat samen met wat de factoren meten; verklaard is het daarmee "
        "niet."
    ),
    "factor_within_gemeente": "Vergeleken binnen de gemeente",
    "factor_national": "Landelijk vergeleken",
}

EN = {
    "fits_within_gemeente": "of this wijk in this gemeente",
    "fits_national": "of a wijk with these kenmerken, in whichever gemeente",
    "more_than": "more than {share}",
    "wijk_hoger": (
        "Clearly higher than expected: {observed} of youths use jeugdhulp, where {expected} is to be expected {fits} "
        "(probability that the difference, chance aside, exceeds {margin}: {chance})."
    ),
    "wijk_lager": (
        "Clearly lower than expected: {observed} of youths use jeugdhulp, where {expected} is to be expected {fits} "
        "(probability that the difference, chance aside, exceeds {margin}: {chance})."
    ),
    "wijk_lager_hidden": (
        "Clearly lower than expected: the source withholds the figure because few youths are behind it, but use lies "
        "below the {expected} to be expected {fits} (probability that the difference exceeds {margin}: {chance})."
    ),
    "wijk_als_verwacht": (
        "As expected: {observed} of youths use jeugdhulp, where {expected} is to be expected {fits} (probability that "
        "the difference, chance aside, is at most {margin}: {chance})."
    ),
    "wijk_onzeker": (
        "No verdict: {observed} of youths use jeugdhulp, where {expected} is to be expected {fits}, but because of "
        "chance it cannot be said whether the wijk truly differs by more than {margin}."
    ),
    "wijk_onzeker_hoger": (
        "No verdict: {observed} of youths use jeugdhulp, where {expected} is to be expected {fits}; perhaps the wijk "
        "is truly more than {margin} higher (probability: {chance}), but that is not sure enough."
    ),
    "wijk_onzeker_lager": (
        "No verdict: {observed} of youths use jeugdhulp, where {expected} is to be expected {fits}; perhaps the wijk "
        "is truly more than {margin} lower (probability: {chance}), but that is not sure enough."
    ),
    "wijk_controle_niet_geslaagd": (
        "No verdict: the computation did not pass its check, so nothing can be concluded about this wijk."
    ),
    "wijk_afwijkende_populatie": (
        "No verdict: the population of this wijk is too particular to compare, for instance because of an institution, "
        "an asylum centre or a business park."
    ),
    "wijk_afgeschermd": (
        "No verdict: the source withholds the figure of this wijk because few youths are behind it; {expected} is to "
        "be expected {fits}."
    ),
    "wijk_cijfer_ontbreekt": "No verdict: no figure of this wijk is known; {expected} is to be expected {fits}.",
    "wijk_enige_wijk_van_de_gemeente": (
        "No verdict: no other wijk of this gemeente has a known figure, so within the gemeente there is nothing to "
        "compare with."
    ),
    "wijk_te_weinig_jeugdigen": (
        "No verdict: fewer than {minimum} youths live in this wijk, too few to tell a true difference from chance."
    ),
    "wijk_aantal_jeugdigen_onzeker": (
        "No verdict: the number of youths in this wijk is not exactly known, and the conclusion depends on it."
    ),
    "wijk_k_te_hoog": (
        "No verdict: the figure of this wijk determines too much of its own expectation to be compared with it fairly."
    ),
    "beside_hoger": ("The gemeente as a whole is itself higher than fits its wijken ({difference} percentage points)."),
    "beside_lager": "The gemeente as a whole is itself lower than fits its wijken ({difference} percentage points).",
    "youths_approximate": "Note: the number of youths is an approximation.",
    "gemeente_use": "In this gemeente {actual} of youths use jeugdhulp",
    "gemeente_use_near": "In this gemeente about {actual} of youths use jeugdhulp",
    "gemeente_use_open": (
        "In this gemeente an estimated {actual} of youths use jeugdhulp ({low} to {high}, for not every wijk has a "
        "known figure)"
    ),
    "gemeente_hoger": (
        "{use}; that is clearly more than the {expected} that fits the kenmerken of its wijken (estimated difference "
        "{difference} percentage points; probability that it exceeds {margin}: {chance})."
    ),
    "gemeente_lager": (
        "{use}; that is clearly less than the {expected} that fits the kenmerken of its wijken (estimated difference "
        "{difference} percentage points; probability that it exceeds {margin}: {chance})."
    ),
    "gemeente_als_verwacht": (
        "{use}; that agrees with the {expected} that fits the kenmerken of its wijken (probability that the difference "
        "is at most {margin}: {chance})."
    ),
    "gemeente_onzeker": (
        "{use}; {expected} fits the kenmerken of its wijken, but whether the gemeente truly differs by more than "
        "{margin} cannot be said."
    ),
    "gemeente_controle_niet_geslaagd": (
        "Nothing can be said about this gemeente: the computation did not pass its check."
    ),
    "gemeente_afgeschermd": (
        "Nothing can be said about this gemeente: the source withholds the figures of all its wijken."
    ),
    "gemeente_cijfer_ontbreekt": "Nothing can be said about this gemeente: no figure of any of its wijken is known.",
    "gemeente_te_weinig_jeugdigen": (
        "Nothing can be said about this gemeente: fewer than {minimum} youths live in it, too few to tell a true "
        "difference from chance."
    ),
    "gemeente_aantal_jeugdigen_onzeker": (
        "{use}; whether that is more or less than expected cannot be said, because in most of the gemeente the number "
        "of youths is not exactly known."
    ),
    "gemeente_wijken": "Compared with what fits them within this gemeente, {parts}.",
    "gemeente_wijken_one": "The gemeente has one wijk in these figures.",
    "part_hoger_1": "1 of the {total} wijken is clearly higher",
    "part_hoger_n": "{n} of the {total} wijken are clearly higher",
    "part_lager_first_1": "1 of the {total} wijken is clearly lower",
    "part_lager_first_n": "{n} of the {total} wijken are clearly lower",
    "part_lager_1": "1 is clearly lower",
    "part_lager_n": "{n} are clearly lower",
    "part_none": "none of the {total} wijken is clearly higher or lower",
    "part_als_verwacht_1": "1 is as expected",
    "part_als_verwacht_n": "{n} are as expected",
    "part_unknown_1": "of 1 nothing can be said",
    "part_unknown_n": "of {n} nothing can be said",
    "break_lager": (
        "Note: the figures of this gemeente fell in most of its wijken at once, far more than elsewhere. That may "
        "lie in registration or delivery, and not in use."
    ),
    "break_hoger": (
        "Note: the figures of this gemeente rose in most of its wijken at once, far more than elsewhere. That may "
        "lie in registration or delivery, and not in use."
    ),
    "break_change_lager": "Use fell by {change} ({low} to {high}) beside the country",
    "break_change_hoger": "Use rose by {change} ({low} to {high}) beside the country",
    "break_found": (
        "Possible break in registration. {change}, in {along} of the wijken that tell. Find out whether registration "
        "or delivery changed before you compare these figures; it is no high or low use."
    ),
    "break_none": "No sign of a break in registration.",
    "break_te_weinig_wijken": (
        "Cannot be judged: too few wijken show a direction to tell a break from a change in a wijk."
    ),
    "break_afgeschermde_cijfers_laten_het_open": (
        "Cannot be judged: of too many wijken the source withholds the figure."
    ),
    "break_gesplitste_of_afgeschermde_cijfers_laten_het_open": (
        "Cannot be judged: of too many wijken the figure is known within bounds only, because the wijk was split or "
        "the source withholds it."
    ),
    "break_niets_geleverd_in_een_of_beide_tabellen": (
        "Cannot be judged: one of the tables, or both, has no figure at all of this gemeente. Find out whether it "
        "delivered any before you compare these figures; it is no use of zero."
    ),
    "factors": "Factors",
    "factor_means": "{factor} (here, high means {means})",
    "factor_high": "high figures for {indicators}",
    "factor_low": "low figures for {indicators}",
    "factor_more": (
        "Wijken one standard deviation higher on {factor} use, kenmerken otherwise equal and in the same gemeente, "
        "about {points} percentage points more jeugdhulp on average ({interval} interval {low} to {high})."
    ),
    "factor_less": (
        "Wijken one standard deviation higher on {factor} use, kenmerken otherwise equal and in the same gemeente, "
        "about {points} percentage points less jeugdhulp on average ({interval} interval {low} to {high})."
    ),
    "factor_open": (
        "Whether wijken higher on {factor} use more or less jeugdhulp, kenmerken otherwise equal, cannot be told: one "
        "standard deviation goes with a difference between {low} and {high} percentage points ({interval} interval)."
    ),
    "factor_warning": (
        "A kenmerk of a wijk is no cause: what happens when it changes does not follow, and it says nothing of a "
        "family or a child in such a wijk."
    ),
    "factor_change": (
        "What do the factors do to the differences? {reference}, the difference with the expectation becomes smaller "
        "in {smaller} of {wijken} wijken and larger in {larger}; with a probability of 90% or more it is smaller in "
        "{surely_smaller} and larger in {surely_larger}. On average the size of the difference goes from {before} to "
        "{after} percentage points. A difference that becomes smaller goes with what the factors measure; that does "
        "not explain it."
    ),
    "factor_within_gemeente": "Compared within the gemeente",
    "factor_national": "Compared nationally",
}

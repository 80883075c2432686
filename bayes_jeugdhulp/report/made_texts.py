"""Texts of what may not be concluded, of borders, and of how it was made."""

NL = {
    # what may not be concluded
    "caution_1": (
        "Veel of weinig gebruik van jeugdhulp is op zichzelf niet goed of slecht. Het zegt niets over de kwaliteit van "
        "de hulp of van het beleid: veel gebruik kan betekenen dat jeugdigen de weg naar hulp goed vinden, weinig dat "
        "zij hulp missen."
    ),
    "caution_2": (
        "Een verschil met de verwachting is een reden om verder te kijken, met mensen die de wijk kennen. Het is geen "
        "oordeel en geen verklaring."
    ),
    "caution_3": (
        "De verwachting is geen voorspelling en geen norm. Zij zegt welk gebruik past bij de kenmerken van een wijk, "
        "in het jaar van de cijfers."
    ),
    "caution_4": (
        "Een kenmerk is geen oorzaak. Dat wijken met een kenmerk meer jeugdhulp gebruiken, zegt ook niets over een "
        "gezin of een jeugdige in zo'n wijk."
    ),
    "caution_5": (
        "Geen uitspraak betekent niet dat er niets aan de hand is, alleen dat deze cijfers het niet kunnen laten zien. "
        "In kleine wijken gebeurt dat vaak."
    ),
    "caution_6": (
        "Ook als er niets bijzonders is, valt een deel van de wijken buiten het interval van wat te verwachten was: "
        "bij een interval van 95% ongeveer één op de twintig. In dat interval zijn de gewone verschillen tussen wijken "
        "al meegerekend: het zegt of een cijfer verrast, niet hoe groot het verschil is."
    ),
    "caution_7": (
        "Maak geen ranglijst. Van wijken waarvan de intervallen elkaar overlappen, is meestal niet te zeggen welke "
        "hoger staat."
    ),
    "caution_8": (
        "Binnen de gemeente vergeleken valt een gemeente die als geheel hoog of laag is niet op. Kijk daarom ook naar "
        "het cijfer van de gemeente zelf, en naar de landelijke vergelijking."
    ),
    "caution_9": (
        "Geteld is wat is geregistreerd. Gemeenten en aanbieders registreren niet allemaal op dezelfde manier, en een "
        "verschil kan daardoor komen."
    ),
    "caution_10": (
        "Een groot verschil kan komen van wie er in een wijk staat ingeschreven: een instelling, een gezinshuis, een "
        "asielzoekerscentrum, of een bedrijventerrein met weinig bewoners. Ga dat eerst na."
    ),
    "caution_11": (
        "Een percentage hangt af van het aantal jeugdigen waardoor gedeeld is. Klopt dat aantal niet, dan klopt ook "
        "het verschil niet; bij de allergrootste verschillen is dat het eerste om na te gaan."
    ),
    # wijken outside their interval, told in one way everywhere
    "outside_0": (
        "Geen van de {judged} wijken met een gepubliceerd cijfer ligt buiten het {interval}-interval van wat te "
        "verwachten was; als het model klopt, zijn dat er hoogstens ongeveer {chance}."
    ),
    "outside_1": (
        "1 van de {judged} wijken met een gepubliceerd cijfer ligt buiten het {interval}-interval van wat te "
        "verwachten was; als het model klopt, zijn dat er hoogstens ongeveer {chance}."
    ),
    "outside_n": (
        "{n} van de {judged} wijken met een gepubliceerd cijfer liggen buiten het {interval}-interval van wat te "
        "verwachten was; als het model klopt, zijn dat er hoogstens ongeveer {chance}."
    ),
    "outside_national": (
        "Landelijk kunnen veel wijken duidelijk hoger of lager zijn en toch weinig buiten hun interval liggen: het "
        "eerste zegt hoe groot een verschil is, het tweede of het verrast. Dat wijken en gemeenten onderling "
        "verschillen, verrast niet."
    ),
    # how often a conclusion is wrong
    "wrong": "Hoe vaak een conclusie onjuist is",
    "wrong_clear": (
        "Van de wijken met de conclusie hoger of lager is het verschil naar verwachting bij ongeveer {wrong} toch niet "
        "groter dan {margin}"
    ),
    "wrong_near": ("van de wijken met de conclusie als verwacht is het bij ongeveer {wrong} toch groter dan {margin}"),
    "wrong_near_alone": (
        "Van de wijken met de conclusie als verwacht is het verschil naar verwachting bij ongeveer {wrong} toch groter "
        "dan {margin}"
    ),
    "wrong_if": "{parts}. Dat geldt als het model en de aantallen jeugdigen kloppen.",
    # borders
    "borders_other_year": "De grenzen zijn van {borders}, de cijfers van {figures}.",
    "borders_no_year": "Van welk jaar de grenzen zijn, is niet bekend; de cijfers zijn van {figures}.",
    "borders_unconfirmed_1": "Van 1 wijk is niet bevestigd dat de grens nog dezelfde is; zij is gearceerd.",
    "borders_unconfirmed_n": "Van {n} wijken is niet bevestigd dat de grens nog dezelfde is; zij zijn gearceerd.",
    "borders_absent_1": "1 van de {total} wijken heeft geen grens op deze kaart.",
    "borders_absent_n": "{n} van de {total} wijken hebben geen grens op deze kaart.",
    "borders_spare_1": "1 grens heeft geen cijfers.",
    "borders_spare_n": "{n} grenzen hebben geen cijfers.",
    "borders_no_source": "Bron van de grenzen: niet opgegeven.",
    "borders_source": "Grenzen: {source}.",
    # how it was made
    "made_data": "Gegevens",
    "made_data_text": "{title}{year}: {wijken} wijken in {gemeenten} gemeenten.",
    "made_data_year": ", cijfers over {year}",
    "made_open": "Niet bekend",
    "made_open_suppressed_1": (
        "Van 1 wijk maakt de bron het cijfer niet bekend (minder dan {limit} gebruikers). Zij telt mee als een aantal "
        "dat alleen tussen grenzen bekend is, niet als nul."
    ),
    "made_open_suppressed_n": (
        "Van {n} wijken maakt de bron het cijfer niet bekend (minder dan {limit} gebruikers). Zij tellen mee als een "
        "aantal dat alleen tussen grenzen bekend is, niet als nul."
    ),
    "made_open_missing_1": "Van 1 wijk ontbreekt het cijfer.",
    "made_open_missing_n": "Van {n} wijken ontbreekt het cijfer.",
    "made_youths": "Aantal jeugdigen",
    "made_youths_text_1": "Van 1 wijk is het aantal jeugdigen niet opgegeven maar afgeleid of benaderd.",
    "made_youths_text_n": "Van {n} wijken is het aantal jeugdigen niet opgegeven maar afgeleid of benaderd.",
    "made_youths_all": "Van alle {n} wijken is het aantal jeugdigen niet opgegeven maar afgeleid of benaderd.",
    "made_model": "Model",
    "made_model_text": (
        "Een Bayesiaans meerniveaumodel van wijken in gemeenten{regios} schat uit de kenmerken van alle wijken welk "
        "gebruik bij een wijk past, en hoe zeker dat is. Intervallen zijn {interval}-intervallen."
    ),
    "made_model_regios": " in jeugdzorgregio's",
    "made_model_spatial": (
        "Wat omliggende wijken laten zien, telt mee in de verwachting binnen de gemeente; landelijk niet."
    ),
    "made_kenmerken": "Kenmerken in het model",
    "made_kenmerken_text": "Gebruikt zijn: {kenmerken}.",
    "made_check": "Controle",
    "made_check_passed": "De berekening heeft haar technische controles doorstaan.",
    "made_check_failed": "De berekening heeft haar controle NIET doorstaan en is toch gebruikt: {failed}.",
    "stamp_text": "CONTROLE NIET GESLAAGD, toch gebruikt: {failed}",
    "stamp_quick": "SNELLE BENADERING, geen volledige schatting",
    "made_quick": "Dit is een snelle benadering, om naar te kijken en niet om mee te delen.",
    "failed_pareto_k": "Pareto k {value} (hoogstens {limit})",
    "failed_r_hat": "R-hat {value} (moet onder {limit} liggen)",
    "failed_ess": "effectief aantal trekkingen {value} (minstens {limit} nodig)",
    "failed_bfmi": "E-BFMI {value} (moet boven {limit} liggen)",
    "failed_divergences": "divergente stappen: {value} (hoogstens {limit})",
    "failed_in": " bij {quantities}",
    "made_check_calibration": (
        "Of de intervallen even breed zijn als het model belooft, is apart nagegaan, ook met de wijken zonder "
        "gepubliceerd cijfer en zonder de afronding op hele gebruikers: daarbij valt {outside} buiten, waar 5% hoort."
    ),
    "made_source": "Bron",
    "made_processing": "Bewerking",
    "made_processing_text": (
        "bayes_jeugdhulp {version}. Wie de cijfers leverde, is niet verantwoordelijk voor deze bewerking."
    ),
    "made_simulated": "Let op",
}

EN = {
    "caution_1": (
        "Much or little use of jeugdhulp is in itself neither good nor bad. It says nothing about the quality of the "
        "help or of the policy: much use may mean that youths find their way to help, little that they go without."
    ),
    "caution_2": (
        "A difference from the expectation is a reason to look further, with people who know the wijk. It is no "
        "judgement and no explanation."
    ),
    "caution_3": (
        "The expectation is no forecast and no norm. It says what use fits the kenmerken of a wijk, in the year of the "
        "figures."
    ),
    "caution_4": (
        "A kenmerk is no cause. That wijken with some kenmerk use more jeugdhulp does not say anything about one "
        "family or one youth in such a wijk either."
    ),
    "caution_5": (
        "No verdict does not mean that nothing is the matter, only that these figures cannot show it. In small wijken "
        "that is common."
    ),
    "caution_6": (
        "Even when nothing special is going on, some wijken lie outside the interval of what could be expected: with "
        "an interval of 95% about one in twenty. That interval already holds the ordinary differences between wijken: "
        "it says whether a figure surprises, not how large the difference is."
    ),
    "caution_7": (
        "Do not make a league table. Of wijken whose intervals overlap it mostly cannot be said which one ranks higher."
    ),
    "caution_8": (
        "Compared within the gemeente, a gemeente that is high or low as a whole does not stand out. So look at the "
        "figure of the gemeente itself too, and at the national comparison."
    ),
    "caution_9": (
        "What is counted is what was registered. Gemeenten and providers do not all register in the same way, and a "
        "difference may come from that."
    ),
    "caution_10": (
        "A large difference may come from who is registered in a wijk: an institution, a family home, an asylum "
        "centre, or a business park with few residents. Look into that first."
    ),
    "caution_11": (
        "A percentage hangs on the number of youths it was divided by. If that number is wrong, so is the difference; "
        "of the very largest differences it is the first thing to look into."
    ),
    "outside_0": (
        "None of the {judged} wijken with a published figure lies outside the {interval} interval of what could be "
        "expected; if the model is right, at most about {chance} do."
    ),
    "outside_1": (
        "1 of the {judged} wijken with a published figure lies outside the {interval} interval of what could be "
        "expected; if the model is right, at most about {chance} do."
    ),
    "outside_n": (
        "{n} of the {judged} wijken with a published figure lie outside the {interval} interval of what could be "
        "expected; if the model is right, at most about {chance} do."
    ),
    "outside_national": (
        "Nationally many wijken can be clearly higher or lower while few lie outside their interval: the one says how "
        "large a difference is, the other whether it surprises. That wijken and gemeenten differ is no surprise."
    ),
    "wrong": "How often a conclusion is wrong",
    "wrong_clear": (
        "Of the wijken with the conclusion higher or lower about {wrong} are expected, after all, not to differ by "
        "more than {margin}"
    ),
    "wrong_near": "of those with the conclusion as expected about {wrong} do differ by more than {margin}",
    "wrong_near_alone": (
        "Of the wijken with the conclusion as expected about {wrong} probably differ, after all, by more than {margin}"
    ),
    "wrong_if": "{parts}. That holds if the model and the numbers of youths are right.",
    "borders_other_year": "The borders are those of {borders}, the figures of {figures}.",
    "borders_no_year": "The year of the borders is not known; the figures are of {figures}.",
    "borders_unconfirmed_1": "Of 1 wijk it is not confirmed that its border is still the same; it is hatched.",
    "borders_unconfirmed_n": "Of {n} wijken it is not confirmed that their border is still the same; they are hatched.",
    "borders_absent_1": "1 of the {total} wijken has no border on this map.",
    "borders_absent_n": "{n} of the {total} wijken have no border on this map.",
    "borders_spare_1": "1 border has no figures.",
    "borders_spare_n": "{n} borders have no figures.",
    "borders_no_source": "Source of the borders: not given.",
    "borders_source": "Borders: {source}.",
    "made_data": "Data",
    "made_data_text": "{title}{year}: {wijken} wijken in {gemeenten} gemeenten.",
    "made_data_year": ", figures of {year}",
    "made_open": "Not known",
    "made_open_suppressed_1": (
        "Of 1 wijk the source withholds the figure (fewer than {limit} users). It takes part as a number known only "
        "within bounds, not as zero."
    ),
    "made_open_suppressed_n": (
        "Of {n} wijken the source withholds the figure (fewer than {limit} users). They take part as a number known "
        "only within bounds, not as zero."
    ),
    "made_open_missing_1": "Of 1 wijk the figure is missing.",
    "made_open_missing_n": "Of {n} wijken the figure is missing.",
    "made_youths": "Number of youths",
    "made_youths_text_1": "Of 1 wijk the number of youths was not given but derived or approximated.",
    "made_youths_text_n": "Of {n} wijken the number of youths was not given but derived or approximated.",
    "made_youths_all": "Of all {n} wijken the number of youths was not given but derived or approximated.",
    "made_model": "Model",
    "made_model_text": (
        "A Bayesian multilevel model of wijken in gemeenten{regios} estimates from the kenmerken of all wijken what "
        "use fits a wijk, and how sure that is. Intervals are {interval} intervals."
    ),
    "made_model_regios": " in jeugdzorgregio's",
    "made_model_spatial": (
        "What surrounding wijken show is part of the expectation within the gemeente, not of the national one."
    ),
    "made_kenmerken": "Kenmerken in the model",
    "made_kenmerken_text": "Used are: {kenmerken}.",
    "made_check": "Check",
    "made_check_passed": "The computation passed its technical checks.",
    "made_check_failed": "The computation did NOT pass its check and was used all the same: {failed}.",
    "stamp_text": "CHECK NOT PASSED, used all the same: {failed}",
    "stamp_quick": "QUICK APPROXIMATION, not a full fit",
    "made_quick": "This is a quick approximation, to look at and not to hand on.",
    "failed_pareto_k": "Pareto k {value} (at most {limit})",
    "failed_r_hat": "R-hat {value} (must be below {limit})",
    "failed_ess": "effective sample size {value} (at least {limit} needed)",
    "failed_bfmi": "E-BFMI {value} (must be above {limit})",
    "failed_divergences": "divergent steps: {value} (at most {limit})",
    "failed_in": " in {quantities}",
    "made_check_calibration": (
        "Whether the intervals are as wide as the model promises was checked apart, with the wijken without a "
        "published figure too and without the rounding to whole users: {outside} fall outside, where 5% should."
    ),
    "made_source": "Source",
    "made_processing": "Processing",
    "made_processing_text": (
        "bayes_jeugdhulp {version}. Who supplied the figures is not responsible for this processing."
    ),
    "made_simulated": "Note",
}

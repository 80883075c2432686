"""Invented names that sound Dutch; chosen so that no real gemeente has one."""

import numpy as np

_FIRST = (
    "Aalmer Barkel Bosker Dremmel Drievel Elzer Emsel Fliere Garnel Gorsel Grutter Haver Heemer Hoorne Ielmer Kaarder"
    " Kievel Klaver Kwinte Lambert Lieve Lindel Maarse Marwol Meeuwer Mierel Nieger Noordel Oelter Oestel Paarle Peppel"
    " Pluim Quade Rader Reiger Rietel Roemer Ruiter Schaper Schelver Snepper Sparre Steurel Suidel Tarwer Tjonger"
    " Turfer Uiver Valker Varkel Vlasser Vosser Waarder Westel Wielder Wulper Zandel Zeumer Zilver"
)
_SECOND = (
    "akker beemd berg borg broek brug dam dijk dorp drecht duin ga gaarde gors haven heem heide hem hof horst hout"
    " huizen kamp kerke kreek laar land lo made meer mond muiden oord poel rade rijk stede sluis terp tol veen veld"
    " voort waard weide werf wierde wijk woude zand zijl zele"
)
_FORMS = ("{}", "Oud-{}", "Nieuw-{}", "Klein-{}", "{}-Noord", "{}-Oost", "{}-Zuid", "{}-West", "Buitengebied {}")


def place_names(rng: np.random.Generator, gemeenten: int, wijken: int) -> tuple[list[str], list[str]]:
    """Names of gemeenten and of wijken, all different.

    Parameters
    ----------
    rng : Generator
    gemeenten, wijken : int
        At most 3,000 and 25,000.

    Returns
    -------
    gemeentenamen, wijknamen : list of str

    Examples
    --------
    >>> gemeentenamen, wijknamen = place_names(np.random.default_rng(1), 2, 3)
    >>> len({*gemeentenamen, *wijknamen})
    5
    """
    plain = [first + second for first in _FIRST.split() for second in _SECOND.split()]
    taken = rng.permutation(len(plain))[:gemeenten]
    gemeentenamen = [plain[i] for i in taken]
    names = np.setdiff1d([form.format(name) for form in _FORMS for name in plain], gemeentenamen)
    return gemeentenamen, rng.choice(names, wijken, replace=False).tolist()

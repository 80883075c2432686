"""An invented country of two gemeenten, in tables as those of StatLine. Run it to try the command against a server."""

import sys

from statline_server import Record, Table, make_table, serving

FORMS = {
    "T001203": "Totaal jeugdzorg",
    "A042502": "Jeugdhulp",
    "A042503": "Jeugdhulp zonder verblijf",
    "A027918": "Jeugdhulp met verblijf",
}
TOTAL = "Totaal jongeren met jeugdzorg in natura"
REGIONS = {
    "NL00": "Nederland",
    "GM0001": "Aadorp",
    "WK000100": "Centrum",
    "BU00010000": "Markt",
    "WK000101": "Noord",
    "WK0001MA": "Haven",
    "GM0002": "Beedorp",
    "WK000200": "Dorp",
}
ABOUT = [
    ("Regioaanduiding", "Gemeentenaam", "naam"),
    ("Regioaanduiding", "Soort regio", "omschrijving"),
    ("Regioaanduiding", "Codering", "code"),
    ("Regioaanduiding", "Indelingswijziging gemeente, wijk, buurt", "code"),
]
KWB = [
    *ABOUT,
    ("Bevolking", "Aantal inwoners", "aantal"),
    ("Leeftijdsgroepen", "0 tot 15 jaar", "aantal"),
    ("Leeftijdsgroepen", "15 tot 25 jaar", "aantal"),
    ("Herkomstland", "Nederland", "aantal"),
    ("Geboren in Nederland", "Nederland", "aantal"),
    ("Wonen", "Koopwoningen", "%"),
    ("Nabijheid voorzieningen", "Afstand tot school", "km"),
]


def about(code: str) -> Record:
    kind = {"NL": "Land", "GM": "Gemeente", "WK": "Wijk", "BU": "Buurt"}[code[:2]]
    name = "" if kind == "Land" else REGIONS[f"GM{code[2:6]}"]
    made: Record = {
        "WijkenEnBuurten": code,
        "Wijken": code,
        "Gemeentenaam": name,
        "Soort regio": kind,
        "Codering": code,
    }
    return made | {"Indelingswijziging gemeente, wijk, buurt": 1, "Indelingswijziging wijken": 1}


def invented(year: int = 2022, first: int = 1) -> dict[str, Table]:
    """An invented country of two gemeenten, in tables as those of StatLine; the figures follow from their place."""
    time = {"Perioden": ("TimeDimension", {f"{year}JJ00": f"{year}*"})}
    places = {"WijkenEnBuurten": ("GeoDetail", REGIONS)}
    kwb = []
    for number, code in enumerate(REGIONS, 1):
        row = about(code) | {
            "Aantal inwoners": 1000 * number,
            "0 tot 15 jaar": 100 * number,
            "Koopwoningen": 40 + number,
        }
        row |= {"15 tot 25 jaar": 50 * number, "Afstand tot school": f"{number / 10}"}
        kwb.append(row | {("Herkomstland", "Nederland"): 700, ("Geboren in Nederland", "Nederland"): 900})
    kwb[2] |= {"Koopwoningen": ".", "Afstand tot school": None}
    wijken = {code: name for code, name in REGIONS.items() if not code.startswith("BU")}
    asked = dict(zip(wijken, (210, 120, ".", 0, None, 90, 35), strict=True))
    jeugdzorg = []
    for factor, form in enumerate(FORMS, 1):
        for period in (f"{year - 1}JJ00", f"{year}JJ00"):
            users = asked if (form, period) == ("A042503", f"{year}JJ00") else dict.fromkeys(wijken, 500 * factor)
            row = {"VormenVanJeugdzorg": form, "Perioden": period, "4 tot 12 jaar": 10 * factor}
            jeugdzorg += [about(code) | row | {TOTAL: users[code]} for code in wijken]
    two = {"Perioden": ("TimeDimension", {f"{y}JJ00": f"{y}" for y in (year - 1, year)})}
    gebieden = [
        {"RegioS": code, ("GGD-regio's", "Code"): "GG0111", ("GGD-regio's", "Naam"): "GGD Aa"}
        | {("Jeugdzorgregio's", "Code"): f"JZ0{i}", ("Jeugdzorgregio's", "Naam"): f"Regio {i}"}
        for i, code in enumerate(("GM0001", "GM0002"), 1)
    ]
    pairs = [(group, part, "code" if part == "Code" else "naam") for group in ("GGD-regio's", "Jeugdzorgregio's")
             for part in ("Code", "Naam")]  # fmt: skip
    named = {"GM0001": "Aadorp (gemeente)", "GM0002": "Beedorp"}
    survey = {"Perioden": ("TimeDimension", {f"{y}JJ00": f"{y}" for y in (2016, 2020)})}
    margins = {"Marges": ("Dimension", {"MW00000": "Waarde", "MOG0095": "Ondergrens"})}
    ages = {"Leeftijd": ("Dimension", {"20300": "18 jaar of ouder", "203001": "18 tot 65 jaar"})}
    rivm = [
        about(code) | {"Marges": m, "Leeftijd": a, "Perioden": p, "Ernstig overgewicht": 13}
        | {"Eenzaam": 40 if (m, a, p) == ("MW00000", "20300", "2020JJ00") else 99}
        for code in REGIONS for m in margins["Marges"][1] for a in ages["Leeftijd"][1] for p in survey["Perioden"][1]
    ]  # fmt: skip
    kinds = {"SoortMisdrijf": ("Dimension", {"0.0.0": "Totaal misdrijven", "1.1.1": "Diefstal/inbraak woning"})}
    politie = [
        about(code) | {"SoortMisdrijf": kind, "Perioden": f"{year}JJ00", "Geregistreerde misdrijven": f"{i}{kind[0]}"}
        for i, code in enumerate(REGIONS)
        for kind in kinds["SoortMisdrijf"][1]
    ]
    jz = [(t, n, "aantal") for t, n in (("Jongeren", TOTAL), ("Leeftijd", "4 tot 12 jaar"))]
    change = [*ABOUT[:3], ("Regioaanduiding", "Indelingswijziging wijken", "code")]
    forms = {"VormenVanJeugdzorg": ("Dimension", FORMS)}
    near = [*ABOUT, ("Huisarts", "Afstand tot huisartsenpraktijk", "km"), ("Café", "Aantal binnen 1 km", "aantal"),
            ("Bioscoop", "Aantal binnen 1 km", "aantal")]  # fmt: skip
    nearby = [
        about(code) | {"Perioden": f"{year}JJ00", "Afstand tot huisartsenpraktijk": "0.8", "Aantal binnen 1 km": 2}
        for code in REGIONS
    ]  # fmt: skip
    made = (
        make_table("85318NED", f"Kerncijfers wijken en buurten {year}", KWB, kwb, places, str(year), first),
        make_table("85335NED", f"Jeugdzorg in natura; wijken, {year}", [*jz, *change], jeugdzorg,
                   forms | {"Wijken": ("GeoDimension", wijken)} | two, first=first),
        make_table("85067NED", f"Gebieden in Nederland {year}", pairs, gebieden, {"RegioS": ("GeoDimension", named)},
                   str(year), first),
        make_table("85560NED", f"Nabijheid voorzieningen; afstand locatie, wijk- en buurtcijfers {year}", near, nearby,
                   places | time, first=first),
        make_table("50120NED", "Gezondheid per wijk en buurt; 2016/2020", [*ABOUT, ("Gezondheid", "Eenzaam", "%"),
                   ("Gezondheid", "Ernstig overgewicht", "%")], rivm, margins | ages | places | survey, first=first),
        make_table("47018NED", "Geregistreerde misdrijven; soort misdrijf, wijk, buurt, jaarcijfers",
                   [("", "Geregistreerde misdrijven", "aantal"), *ABOUT[:3]], politie, kinds | places | time,
                   first=first),
    )  # fmt: skip
    return {table.id: table for table in made}


if __name__ == "__main__":
    with serving(invented(), page_size=3) as running:
        for argument in sys.argv[1:]:  # such as UntypedDataSet=503
            running.fail(*argument.rsplit("=", 1))
        print(running.address, flush=True)
        sys.stdin.read()

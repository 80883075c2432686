"""Every text that a policymaker reads: Dutch by default, English on request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from math import isinf
from types import MappingProxyType
from typing import Any

from bayes_jeugdhulp.report import (
    column_texts,
    figure_texts,
    gemeente_texts,
    made_texts,
    page_texts,
    page_wijk_texts,
    sentence_texts,
)

PARTS = (column_texts, figure_texts, gemeente_texts, sentence_texts, made_texts, page_texts, page_wijk_texts)
TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "nl": MappingProxyType({key: text for part in PARTS for key, text in part.NL.items()}),
        "en": MappingProxyType({key: text for part in PARTS for key, text in part.EN.items()}),
    }
)


def relative(metadata: Mapping[str, Any]) -> bool:
    """Whether the margin is a share of the expectation."""
    return bool(metadata.get("rule", {}).get("relative", False))


def rounded(value: float, decimals: int = 0) -> float:
    """A number to some decimals, halves away from zero: the one rounding of everything that people read.

    Of the number as it is written: 0.15 is 0.2, although its nearest binary fraction lies below it.

    Examples
    --------
    >>> rounded(0.15, 1), rounded(-0.25, 1), rounded(2.5), rounded(-0.04, 1)
    (0.2, -0.3, 3.0, 0.0)
    """
    exact = Decimal(repr(float(value)))
    return float(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0


def rounded_down(probability: float, decimals: int) -> float:
    """A probability as people read it: never up, so that none seems to reach a threshold that it does not.

    Examples
    --------
    >>> rounded_down(0.899, 2), rounded_down(0.29, 2)
    (0.89, 0.29)
    """
    return float(Decimal(repr(float(probability))).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN))


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts and the number notation of one language.

    Parameters
    ----------
    lang : {"nl", "en"}, default "nl"

    Raises
    ------
    ValueError
        If there are no texts in that language.

    Examples
    --------
    >>> dutch = Texts()
    >>> dutch.count("suppressed", 1286), dutch.number(-0.25, 2), dutch.share(0.998)
    ('1.286 wijken waarvan de bron het cijfer afschermt', '\N{MINUS SIGN}0,25', '99,8%')
    """

    lang: str = "nl"

    def __post_init__(self) -> None:
        if self.lang not in TEXTS:
            raise ValueError(f"no texts in language {self.lang!r}; there are {', '.join(TEXTS)}")

    def __call__(self, key: str, **values: object) -> str:
        """The text of this key, whole numbers written with thousands marks."""
        written = {k: self.number(v) if isinstance(v, int) else v for k, v in values.items()}
        return TEXTS[self.lang][key].format(**written)

    def count(self, key: str, n: int, **values: object) -> str:
        """The text for none (``key_0``), one (``key_1``) or more (``key_n``)."""
        return self(f"{key}_{n if n in (0, 1) else 'n'}", n=n, **values)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as people of this language write it, with a true minus sign."""
        written = f"{rounded(value, decimals):,.{decimals}f}".replace("-", "\N{MINUS SIGN}")
        return written.translate(str.maketrans(",.", ".,")) if self.lang == "nl" else written

    def share(self, fraction: float) -> str:
        """A fraction as a percentage with no more decimals than it needs."""
        return f"{100 * fraction:.4g}%".replace(".", "," if self.lang == "nl" else ".")

    def percent(self, value: float) -> str:
        """A percentage with one decimal."""
        return f"{self.number(value, 1)}%"

    def points(self, value: float) -> str:
        """A difference with its sign and one decimal."""
        return ("+" if rounded(value, 1) > 0 else "") + self.number(value, 1)

    def chance(self, value: float, over: str = ">{share}") -> str:
        """A probability as a percentage, rounded down, finer near 1 and never a certainty."""
        if value > 0.999:
            return over.format(share=self.share(0.999))
        return self.share(rounded_down(value, 3 if value > 0.99 else 2))

    def listed(self, parts: Sequence[str]) -> str:
        """Parts of a sentence: a, b and c."""
        return f" {self('and')} ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))

    def failed_check(self, metadata: Mapping[str, Any]) -> str:
        """What the computation did not reach, where it is used all the same; empty where it passed its check."""
        decimals = {"r_hat": 3, "bfmi": 2, "pareto_k": 2}
        parts = []
        for failure in metadata["check_failures"]:
            check, value = failure["check"], failure["value"]
            found = "\N{INFINITY}" if isinf(value) else self.number(value, decimals.get(check, 0))
            limit = f"{failure['limit']:g}".replace(".", "," if self.lang == "nl" else ".")
            said = self(f"failed_{check}", value=found, limit=limit)
            where = self("failed_in", quantities=self.listed(failure["quantities"])) if failure["quantities"] else ""
            parts.append(said + where)
        return "; ".join(parts)

    def stamp(self, metadata: Mapping[str, Any]) -> str:
        """What every output of a quick look, or of a computation that failed its check, must say; else empty."""
        failed = self("stamp_text", failed=self.failed_check(metadata)) if metadata["check_failures"] else ""
        return ". ".join(filter(None, [self("stamp_quick") if metadata["quick"] else "", failed]))

    def margin(self, metadata: Mapping[str, Any]) -> str:
        """The margin of the rule with its unit: points, or a share of the expectation."""
        if relative(metadata):
            return self("margin_share", margin=self.share(metadata["margin"]))
        return self("margin_points", margin=self.short(metadata["margin"]))

    def short(self, value: float) -> str:
        """A number with a decimal only where it has one."""
        return self.number(value, 0 if float(value).is_integer() else 1)

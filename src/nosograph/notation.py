"""Codes as people write them, as the list prints them, and as IRIs."""

from __future__ import annotations

import re

from nosograph.errors import UsageError

__all__ = ["CODE_NAMESPACE", "code_iri", "dotted", "iri_notation", "normalise", "undotted"]

CODE_NAMESPACE = "http://purl.bioontology.org/ontology/ICD10CM/"

# A letter, a digit, and a letter or digit; or, as QA0 of chapter 17, two letters and a digit.
_CATEGORY = r"[A-Z](?:[0-9][0-9A-Z]|A[0-9])"
_CODE = re.compile(rf"({_CATEGORY})\.?([0-9A-Z]{{0,4}})")
_RANGE = re.compile(rf"({_CATEGORY})\s*[-–]\s*({_CATEGORY})")


def dotted(code: str) -> str:
    """Put the dot after the category.

    >>> dotted("M6108"), dotted("B20")
    ('M61.08', 'B20')
    """
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def undotted(code: str) -> str:
    """Take the dot out.

    >>> undotted("M61.08")
    'M6108'
    """
    return code.replace(".", "")


def normalise(text: str) -> str:
    """Return the notation that the tabular list prints, whatever way the code was typed.

    Says nothing about whether such a code exists. Raises UsageError if the text has not the form of a code or a range.

    >>> normalise(" m6108 "), normalise("s06.5x7a"), normalise("m60-m63"), normalise("R99")
    ('M61.08', 'S06.5X7A', 'M60-M63', 'R99')
    """
    typed = text.strip().upper()
    if match := _CODE.fullmatch(typed.removesuffix("-").removesuffix(".")):
        return dotted(match[1] + match[2])
    if match := _RANGE.fullmatch(typed):
        return f"{match[1]}-{match[2]}"
    raise UsageError(f"{text[:40]!r} has not the form of an ICD-10-CM code (like M61.08 or m6108) or range (M60-M63)")


def code_iri(notation: str) -> str:
    """Return the IRI of a code, block or chapter; it carries no edition.

    >>> code_iri("M61.08")
    'http://purl.bioontology.org/ontology/ICD10CM/M61.08'
    """
    return CODE_NAMESPACE + notation


def iri_notation(iri: str) -> str:
    """Return the notation within an IRI made by `code_iri`.

    >>> iri_notation("http://purl.bioontology.org/ontology/ICD10CM/M60-M63")
    'M60-M63'
    """
    return iri.removeprefix(CODE_NAMESPACE)

"""Words made comparable for the search: case, accents, spelling, inflection and the adjective of an organ make no difference."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from nosograph.resources import resource

__all__ = [
    "FACTS",
    "NEUTRAL",
    "ORDINALS",
    "SIDES",
    "Stems",
    "agents",
    "asking_words",
    "bare",
    "clauses",
    "dominance",
    "encounters",
    "handed",
    "is_cause_asked",
    "is_cause_word",
    "is_external_asked",
    "is_procedure",
    "is_silent",
    "meant_by_ending",
    "opposed_words",
    "patterns",
    "roles",
    "spelt_out",
    "stem",
    "stems",
    "table",
    "tokens",
    "wanted",
    "whole",
]

Stems = tuple[str, ...]

#: roles of words that name a fact; what an axis names is decided on its own
FACTS = ("fact", "axis")
#: roles of words that say nothing of the case
_SILENT = ("idle", "neutral", "joining", "speaking", "questioning")
#: roles of words that are no slot of a question: phrases with them are looked for in all its words
_DROPPED = ("idle", "denying", "missing", "unstated", "turning", "sole", "speaking", "questioning")
#: words that name a side
SIDES = {
    "left": "left",
    "right": "right",
    "bilateral": "bilateral",
    "bilaterally": "bilateral",
    "both": "bilateral",
} | {
    "unilateral": "unilateral",
    "unilaterally": "unilateral",
}
#: words of titles that tell no entry from another
NEUTRAL = frozenset(
    """a an and any as at by for from in is it of on or other otherwise site specified stated the to type unspecified nos nec
    elsewhere classified due right left bilateral side each both encounter initial subsequent part unilateral that this its
    their be was were are has have which who whom when while named with""".split()
)
#: what words say that ask for an external cause
_EXTERNAL = "external cause is asked"
#: numbers by their ordinals
ORDINALS = dict(zip("first second third fourth fifth 1st 2nd 3rd 4th 5th".split(), "1234512345", strict=True))
_TOKEN = re.compile(r"\d+\.\d+(?!\w)|[^\W_]+(?:['’]s\b)?")
_BORDER = re.compile(r"[,;:.](?=\s|$)|[()\[\]{}]|\s-+\s")
_NUMERALS = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "A": "letter-a"}
#: numerals that are nothing else, and those that are one behind a word as 'type' in small letters too
_ALWAYS, _SMALL = {"II", "III", "VI"}, {"ii": "2", "iii": "3", "iv": "4"}
_BRACKETED_PLURAL = re.compile(r"\((?:s|es|e)\)")
_BRACKETED_FORM = re.compile(r"\b(\w+) \((\w+)\)")
#: what Snowball leaves apart in the words of medicine: -osis and -otic, -itis and -itic, -ysis and -ytic, -ency and -ent
_ENDINGS = (("osi", 1), ("ysi", 1), ("ia", 0), ("iti", 2), ("our", 3))


def _table(name: str) -> dict[str, str]:
    with resource(name).open(encoding="utf-8", newline="") as stream:
        return {row[0]: row[1] for row in list(csv.reader(stream, delimiter="\t"))[1:]}


@cache
def table(name: str) -> tuple[tuple[str, str, str], ...]:
    """Return the rows of a table of three columns, without their names."""
    with resource(f"data/{name}.tsv").open(encoding="utf-8", newline="") as stream:
        return tuple((one, two, three) for one, two, three in list(csv.reader(stream, delimiter="\t"))[1:])


@cache
def patterns(name: str) -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Return the rows of a table of patterns, each with what it tells and a third column."""
    return tuple((re.compile(pattern, re.IGNORECASE), one, other) for pattern, one, other in table(name))


@cache
def opposed_words() -> tuple[tuple[str, str], ...]:
    """Return words, each with one that says the opposite."""
    with resource("data/opposed-words.tsv").open(encoding="utf-8", newline="") as stream:
        return tuple((row[0], row[1]) for row in list(csv.reader(stream, delimiter="\t"))[1:])


@cache
def _forms() -> dict[str, str]:
    return _table("data/word-forms.tsv")


@cache
def roles() -> Mapping[str, str]:
    """Return what words of a question do in it: deny, turn, name a fact or that it is missing, or nothing."""
    return _table("data/question-words.tsv")


@cache
def encounters() -> tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]:
    """Return phrases that tell the encounter, longest first, with the words for the healing that they tell beside it."""
    with resource("data/encounters.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))[1:]
    found = [(tuple(t.lower() for t in tokens(phrase)), told, tuple(tokens(says))) for phrase, told, says in rows]
    return tuple(sorted(found, key=lambda row: -len(row[0])))


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def stem(token: str) -> str:
    """Return one token as comparable stem; an abbreviation in capitals is not inflected.

    >>> stem("oedema") == stem("edema"), stem("sclerotic") == stem("sclerosis"), stem("renal") == stem("kidneys")
    (True, True, True)
    """
    if token.isupper():
        return token.lower()
    if not token.isascii():
        token = unicodedata.normalize("NFKD", token).encode("ascii", "ignore").decode() or token
    if any(c.isdigit() for c in token):
        return stem(_forms()[token]) if token in _forms() else token  # '5th' is 'fifth'
    token = token.replace("ae", "e").replace("oe", "e") if len(token) > 4 else token
    token = _forms().get(token, token)
    if len(token) < 4:
        return token
    found: str = _stemmer().stemWord(token)
    found = _forms().get(found, found)
    for ending, kept in _ENDINGS:
        if found.endswith(ending) and len(found) > len(ending) + 2:
            return found[: len(found) - len(ending) + kept]
    if (len(found) > 4 and found.endswith(("ot", "yt"))) or (len(found) > 5 and found.endswith(("nt", "nc"))):
        return found[:-1]
    return found[:-1] if len(found) > 4 and found.endswith("i") else found


def _unbracketed(text: str) -> str:
    """Return a text without brackets that give another form of the word before them: 'tophus (tophi)', 'toe(s)'."""
    if "(" not in text:
        return text
    text = _BRACKETED_PLURAL.sub(" ", text)
    return _BRACKETED_FORM.sub(lambda m: m[1] if stem(m[1].lower()) == stem(m[2].lower()) else m[0], text)


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in lower case; an abbreviation in capitals keeps its case, a Roman numeral is a number.

    >>> tokens("Crohn's disease [CD], toe(s)"), tokens("type iv"), tokens("CKD III, IV antibiotics")
    (['crohn', 'disease', 'CD', 'toe'], ['type', '4'], ['CKD', '3', 'IV', 'antibiotics'])
    >>> tokens("tophus (tophi)")
    ['tophus']
    """
    found: list[str] = []
    text = _unbracketed(text)
    for match in _TOKEN.finditer(text):
        token = match[0].removesuffix("'s").removesuffix("’s")
        numeral = _NUMERALS.get(token) or _SMALL.get(token)
        if numeral and found and (token in _ALWAYS or found[-1].lower() in _lettered()):
            found.append(numeral)
        else:
            found.append(token if len(token) > 1 and token.isupper() and token.isalpha() else token.lower())
    return found


@cache
def _shorthand() -> tuple[tuple[re.Pattern[str], str], ...]:
    with resource("data/shorthand.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return tuple((re.compile(pattern), says) for pattern, says in rows)


def spelt_out(text: str) -> str:
    """Return the shorthand of charts in words.

    >>> spelt_out("80M s/p fall, fx R wrist w/o displacement")
    'male status post fall, fx right wrist without displacement'
    """
    for pattern, says in _shorthand():
        text = pattern.sub(says, text)
    return text


def wanted(text: str, what: str = "wanted") -> frozenset[str]:
    """Return the stems of what the code is asked of, or of what is said to be `diagnosed`, where a question tells more.

    >>> sorted(wanted("HIV with pneumonia: the HIV code")), sorted(wanted("HIV with pneumonia"))
    (['hiv'], [])
    """
    found = (m for pattern, asks, _ in patterns("request-words") if asks == what and (m := pattern.search(text)))
    return frozenset(s for match in found for s in stems(match[1]) if s not in NEUTRAL)


@cache
def _handedness() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), hand) for pattern, hand in _table("data/handedness.tsv").items())


def handed(text: str) -> tuple[str, str | None]:
    """Return a text without the words for the hand that a patient writes with, and which hand that is.

    >>> handed("right-handed, weak on the left")
    (', weak on the left', 'right')
    """
    found = None
    for pattern, hand in _handedness():
        text, count = pattern.subn("", text)
        found = hand if count else found
    return text, found


@cache
def dominance() -> Mapping[str, str]:
    """Return whether a side is taken as the dominant one where nothing tells (I.C.6.a)."""
    return _table("data/dominance.tsv")


@cache
def _endings() -> tuple[tuple[str, str], ...]:
    """Return endings of words of medicine, each with the stem of a plain word that it means."""
    with resource("data/word-endings.tsv").open(encoding="utf-8", newline="") as stream:
        return tuple((ending, stem(word)) for ending, word in list(csv.reader(stream, delimiter="\t"))[1:])


@cache
def meant_by_ending(token: str) -> tuple[str, ...]:
    """Return the stems of the plain words that the ending of a word means.

    >>> meant_by_ending("chorioretinitis") == stems("inflammation inflamed"), meant_by_ending("burn")
    (True, ())
    """
    return tuple(
        dict.fromkeys(says for ending, says in _endings() if token.endswith(ending) and len(token) > len(ending) + 2)
    )


@cache
def is_procedure(token: str) -> bool:
    """Tell whether a word is of what is done or ordered, not of what a patient has.

    >>> is_procedure("cholecystectomy"), is_procedure("cholecystitis")
    (True, False)
    """
    return _procedures().fullmatch(token.lower()) is not None


@cache
def _procedures() -> re.Pattern[str]:
    with resource("data/procedure-words.tsv").open(encoding="utf-8", newline="") as stream:
        return re.compile("|".join(row[0] for row in list(csv.reader(stream, delimiter="\t"))[1:]))


@cache
def agents() -> frozenset[str]:
    """Return the names of drugs and other agents, those of brands too."""
    with resource("data/agents.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return frozenset(name.lower() for row in rows for name in (row["agent"], *(row["also"] or "").split("; ")) if name)


@cache
def _lettered() -> frozenset[str]:
    """Return the words after which a Roman numeral or the letter A is a name: type I, influenza A."""
    with resource("data/lettered-words.tsv").open(encoding="utf-8") as stream:
        return frozenset(stream.read().split()[1:])


@cache
def _cause_words() -> dict[str, str]:
    return _table("data/cause-words.tsv")


def is_cause_word(token: str) -> bool:
    """Tell whether what follows a word may be the cause of what stands before it: 'from', 'due'."""
    return _cause_words().get(token.lower()) == "cause follows"


def is_cause_asked(spoken: Sequence[str]) -> bool:
    """Tell whether the words of a question ask for the code of the cause."""
    return bool(_asked(spoken, "cause is asked")) or is_external_asked(spoken)


def _asked(spoken: Sequence[str], what: str) -> list[str]:
    said = f" {' '.join(spoken).lower()} "
    return [phrase for phrase, says in _cause_words().items() if says == what and f" {phrase} " in said]


def is_external_asked(spoken: Sequence[str]) -> bool:
    """Tell whether the words of a question ask for an external cause, as the mechanism of an injury is."""
    return bool(_asked(spoken, _EXTERNAL))


def asking_words(spoken: Sequence[str]) -> frozenset[str]:
    """Return the words of a question that ask for an external cause, and say nothing of it.

    >>> sorted(asking_words(["external", "cause", "code", "dog", "bite"]))
    ['cause', 'code', 'external']
    """
    return frozenset(word for phrase in _asked(spoken, _EXTERNAL) for word in phrase.split())


def stems(text: str) -> Stems:
    """Return a text as comparable stems, in order.

    >>> stems("Fractured ribs") == stems("rib fracture")[::-1]
    True
    """
    return tuple(stem(t) for t in tokens(text))


def clauses(text: str) -> list[list[str]]:
    """Return the tokens of a text clause by clause: a denial does not reach across a comma or a bracket.

    >>> clauses("without necrosis, left (foot)")
    [['without', 'necrosis'], ['left'], ['foot']]
    """
    text = _unbracketed(text)
    return [row for part in _BORDER.split(text) if (row := tokens(part))]


def whole(text: str) -> Stems:
    """Return the stems of a phrase with the words that the reading of a question leaves out, each marked; () if there are none.

    >>> whole("no appetite"), whole("left foot")
    (('=no', '=appetit'), ())
    """
    known = roles()
    row = [t for t in tokens(text) if not is_silent(t)]
    return tuple("=" + stem(t) for t in row) if any(known.get(t.lower()) in _DROPPED for t in row) else ()


def is_silent(token: str) -> bool:
    """Tell whether a token says nothing in any phrase."""
    return token in NEUTRAL or roles().get(token.lower()) in ("neutral", "joining")


@cache
def bare(text: str) -> Stems:
    """Return the stems of a phrase without the words that the reading of a question leaves out.

    A phrase of which too little would be left is none.

    >>> bare("lump in the left breast"), bare("Still's disease")
    (('lump', 'left', 'breast'), ())
    """
    known = roles()
    row = tokens(text)
    kept = [t for t in row if t in SIDES or (t not in NEUTRAL and known.get(t.lower()) not in _SILENT)]
    lost = sum(len(t) > 2 and t not in NEUTRAL for t in row if t not in kept)
    return () if lost >= len(kept) else tuple(stem(t) for t in kept)

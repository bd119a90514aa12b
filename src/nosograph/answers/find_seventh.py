"""How well seventh characters fit a case, by the words of their labels."""

from __future__ import annotations

from collections.abc import Sequence

from nosograph.answers.find_codes import Case, CodeFacts
from nosograph.answers.find_keys import keys_of
from nosograph.answers.find_words import stem, tokens

__all__ = ["is_seventh_unknown", "seventh_fits", "states_nothing"]

#: what seventh characters tell that is decided on its own, or by a default (I.C.19.c)
_SETTLED = {"encounter", "fracture", "initial", "subsequent", "open", "closed", "type"}


def is_seventh_unknown(case: Case, pool: Sequence[CodeFacts]) -> bool:
    """Tell whether what is said to be unknown is what most seventh characters tell, and none leaves it open: healing."""
    if any("unspecified" in (f.seventh or "unspecified") for f in pool):
        return False
    labels = [{stem(t) for t in tokens((f.seventh or "").lower()) if t not in _SETTLED} for f in pool]
    return any(2 * sum(stem(word) in label for label in labels) >= len(labels) for word in case.unstated)


def states_nothing(label: str) -> bool:
    """Tell whether a seventh character says no more than what is not so.

    >>> states_nothing("without tophus (tophi)"), states_nothing("with macular edema")
    (True, False)
    """
    return not any(share and key[0] not in "!?" for key, share in keys_of(label))


def seventh_fits(case: Case, pool: Sequence[CodeFacts]) -> dict[str, float]:
    """Return how well each seventh character fits, by the words that neither the title nor all of them say.

    One for what is not specified fits as long as no other does.
    """
    labels = {f.seventh or "": set((f.seventh or "").lower().split()) for f in pool}
    shared = " ".join(sorted(set.intersection(*[w for w in labels.values() if "unspecified" not in w] or [set()])))

    def fit(seventh: str, title: str) -> float:
        said = " ".join(tokens(seventh.lower()))
        if any(c.isdigit() for c in said):  # a number is of what stands before it: 'fetus 3', and not 'AFI 3'
            return float(said in case.spoken)
        told = case.fit(seventh, f"{title.removesuffix(seventh)}, {shared}")
        return max(told, 0.0 if "unspecified" in labels[seventh] else -1.0) + (said in case.spoken)

    return {f.iri: fit(f.seventh or "", f.title) for f in pool}

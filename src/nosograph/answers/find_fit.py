"""How well a text fits a question, and which name of an entry is the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nosograph.answers.evidence import Evidence
from nosograph.answers.find_keys import keys_of
from nosograph.answers.find_model import Reason
from nosograph.answers.find_rules import reason
from nosograph.notation import code_iri

if TYPE_CHECKING:
    from nosograph.answers.find_index import SearchIndex
    from nosograph.answers.find_rank import Ranked
    from nosograph.answers.find_reading import Reading

__all__ = ["Fit", "evidence"]

_UNEXPLAINED_COST = 0.15
_ITSELF = -1_000_000
#: the official list outranks other names that fit somewhat better
_OFFICIAL = 0.25
_OFFICIAL_KINDS = {"inclusion-term": "inclusion-term", "includes": "includes", "sent": "sent-here"}
#: a title that covers this much of what is covered at all needs no further name
_WHOLE = 0.95


class Fit:
    """How well a text (the label of a seventh character, a name) fits a question: what it covers, less what it adds.

    A literal fit takes the words as they stand, without what wordings make of them.
    """

    def __init__(self, index: SearchIndex, reading: Reading, *, is_literal: bool = False) -> None:
        self.sites, self.against = index.sites, reading.against
        self.weights = [max(slot.weight, 0.2) if slot.word else 0.0 for slot in reading.slots]
        self.shares: dict[str, list[tuple[int, int, float]]] = {}
        for place, one in enumerate(() if is_literal else reading.alternatives):
            for key in one.keys:
                for slot in one.slots:
                    self.shares.setdefault(key, []).append((slot, place, one.quality / len(one.keys)))
        for number, said in enumerate(reading.slots):
            if said.word:  # also words that no title has, only the label of a seventh character
                key = "!" + said.word if said.denied else said.word
                self.shares.setdefault(key, []).append((number, _ITSELF, 1.0))
        for place, site in enumerate(reading.places):
            for key, quality in site.qualities.items():
                for slot in site.slots:
                    self.shares.setdefault(key, []).append((slot, -1 - place, quality))

    def __call__(self, text: str, beyond: str = "") -> float:
        """Return the fit of a text; what another text covers already does not count."""
        best, cost = self._gains(text)
        known = self._gains(beyond)[0] if beyond else {}
        return sum(self.weights[slot] * max(0.0, gain - known.get(slot, 0.0)) for slot, gain in best.items()) - cost

    def _gains(self, text: str) -> tuple[dict[int, float], float]:
        """Return how far a text covers each slot, and what it costs by what it adds."""
        gains: dict[tuple[int, int], float] = {}
        rest = denied = 0.0
        for key, share in keys_of(text, self.sites):
            told = self.shares.get(key)
            denied += self.against.get(key, 0.0)
            if told is None:
                rest += share
            for slot, place, part in told or ():
                here = gains.get((slot, place), 0.0)
                gains[slot, place] = max(here, part) if place < 0 else here + part
        best: dict[int, float] = {}
        for (slot, _), gain in gains.items():
            best[slot] = max(best.get(slot, 0.0), gain)
        return best, _UNEXPLAINED_COST * rest + denied


def _by_title(index: SearchIndex, lead: Ranked) -> Reason:
    notation, title = index.notations[lead.place], index.titles[lead.place]
    return reason(
        "condition", (Evidence(code_iri(notation), title, "tabular list, title"),), condition=title, family=notation
    )


def evidence(index: SearchIndex, fit_of: Fit, lead: Ranked) -> list[Reason]:
    """Return the names of the entry that the question fits best, with whose words they are."""
    own = fit_of(index.titles[lead.place])
    if own >= _WHOLE * float(sum(w * c for w, c in zip(fit_of.weights, lead.coverage, strict=True))):
        return [_by_title(index, lead)]
    best: tuple[float, list[str]] | None = None
    for line in sorted(_names(index, fit_of, lead.place)):
        kind, owner, iri, source, text = line.split("\t", 4)
        fit = fit_of(text) + _OFFICIAL * (kind in _OFFICIAL_KINDS)
        if fit > own + 0.05 and (best is None or fit > best[0] + 1e-9):
            best = (fit, [kind, owner, iri, source, text])
    if best is None:
        return [_by_title(index, lead)]
    kind, owner, iri, source, text = best[1]
    rule = _OFFICIAL_KINDS.get(kind, "index-term")
    words = Evidence(iri, text, source)
    return [reason(rule, (words,), term=text, owner=owner, family=index.notations[lead.place])]


def _names(index: SearchIndex, fit_of: Fit, place: int) -> Iterator[str]:
    """Yield the names, beside titles, of an entry and of those above it that share a word with the question."""
    arrays = index.arrays
    asked = {index.vocabulary[key] for key in fit_of.shares if key in index.vocabulary}
    while place >= 0:
        for name in range(int(arrays.node_start[place]), int(arrays.node_start[place + 1])):
            keys = arrays.items[arrays.name_start[name] : arrays.name_start[name + 1]]
            if not asked.isdisjoint(keys.tolist()) and (line := index.name_lines[name]):
                yield line
        place = int(arrays.parents[place])

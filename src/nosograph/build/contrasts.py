"""Contrast sets: codes of a category that say the same on every axis but one.

The neighbours that a coder chooses between by side, by site, by cause or by one detail are the members of such a set:
what would else need a comparison of the keys of all codes is then a look-up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nosograph.build.ntriples import boolean, code, literal, ng, resource_iri, triple

__all__ = ["contrast_triples"]

#: what may differ within a set, as beginnings of the parts of a key; a site takes its side and scope with it
_AXES: Mapping[str, tuple[str, ...]] = {
    "side": ("side/",),
    "site": ("site/", "siteScope/", "side/"),
    "cause": ("cause/", "causeScope/", "detail/origin/", "detail/cause/"),
}
_DETAIL = "detail/"


def _without(parts: Iterable[str], dropped: tuple[str, ...]) -> str:
    return ";".join(part for part in parts if not part.startswith(dropped))


def _sets(keys: Mapping[str, Sequence[str]]) -> Mapping[tuple[str, str], list[str]]:
    """Return the codes that agree, by the axis in which they may differ and by what is left of their keys."""
    found: dict[tuple[str, str], list[str]] = {}
    for notation, parts in keys.items():
        for axis, dropped in _AXES.items():
            found.setdefault((axis, _without(parts, dropped)), []).append(notation)
        for kind in dict.fromkeys(part.split("/")[1] for part in parts if part.startswith(_DETAIL)):
            rest = _without(parts, (f"{_DETAIL}{kind}/",))
            found.setdefault((f"detail/{kind}", rest), []).append(notation)
    return found


def contrast_triples(keys: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the lines of the sets that have two codes or more; `keys` holds the parts of the key of each code."""
    for (axis, rest), notations in _sets(keys).items():
        if len(notations) < 2:
            continue
        digest = hashlib.sha256(rest.encode()).hexdigest()[:12]
        me = resource_iri(f"contrast/{axis}/{digest}")
        general, _, kind = axis.partition("/")
        if kind:
            yield triple(me, ng("detailKind"), literal(kind))
        if general == "side" and any("side/bilateral" in keys[n] for n in notations):
            yield triple(me, ng("hasBilateral"), boolean(True))
        for notation in notations:
            yield triple(code(notation), ng(f"{general}Set"), me)

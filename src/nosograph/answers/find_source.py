"""Draw the search index from the graph, by queries of the catalogue."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np

from nosograph.answers.find_codes import Codes, Lines
from nosograph.answers.find_index import SearchIndex, Wording
from nosograph.answers.find_keys import Phrases
from nosograph.answers.find_make import IndexInput, Name, make_index
from nosograph.answers.find_words import NEUTRAL, Stems, bare, stems, tokens, whole
from nosograph.namespaces import BASE, NG
from nosograph.notation import CODE_NAMESPACE, iri_notation
from nosograph.query import run
from nosograph.store import Store

__all__ = ["draw"]

#: a note's list of codes, which says nothing of the condition: '(M27.3)', '[B00-B09]'
_CODES = re.compile(r"\s*[(\[](?=[^()\[\]]*[A-Z]\d)[^()\[\]]*[)\]]")
#: longer notes tell a story; their words would be found by everything
_LONGEST = {"includes": 14, "sent": 12}
_SITE = BASE + "site/"
#: where the head of a title ends
_HEAD = re.compile(r", | without | not |, unspecified")
#: words after the head of a title that a name of the entry need not say
_UNSAID = frozenset(stems("uncomplicated"))
#: kinds of names that may stand for the title of their entry wherever they occur
_TELLING = ("lay", "clinical", "abbreviation", "default", "ontology", "inclusion-term")


def _iri(row: Mapping[str, str | None], name: str) -> str:
    return row[name] or ""


def _local(row: Mapping[str, str | None], name: str = "concept") -> str:
    return _iri(row, name).removeprefix(_SITE)


def _entries(store: Store) -> list[dict[str, str | None]]:
    """Return every entry and code with its title and what stands above it, in printed order."""
    order = {_iri(r, "entry"): int(r["order"] or 0) for r in run(store, "find-order")}
    titles = {_iri(r, "entry"): r["title"] for r in run(store, "find-titles")}
    rows = [r | {"title": titles[_iri(r, "entry")]} for r in run(store, "find-above") if _iri(r, "entry") in order]
    return sorted(rows, key=lambda r: order[_iri(r, "entry")])


def _said(store: Store, places: Mapping[str, int], query: str, name: str) -> list[str]:
    """Return what each printed entry says of side or scope; nothing where its seventh characters say several things."""
    found: list[set[str]] = [set() for _ in places]
    for row in run(store, query):
        place = places.get(_iri(row, "code"), places.get(_iri(row, "above")))
        if place is not None:
            found[place].add(_iri(row, name).removeprefix(NG))
    return [next(iter(said)) if len(said) == 1 else "" for said in found]


def _names(store: Store, places: Mapping[str, int]) -> list[Name]:
    found = []
    for row in run(store, "find-texts") + run(store, "find-names"):
        place, kind, text = places.get(_iri(row, "entry")), row["kind"] or "", row["text"] or ""
        if place is None:
            continue
        shown, owner = text, iri_notation(row.get("owner") or _iri(row, "entry"))
        if kind in _LONGEST:
            text = _CODES.sub("", text)
            if len(text.split()) > _LONGEST[kind]:
                continue
        source = row.get("source") or f"tabular list, {row['said']} at {owner}"
        found.append(Name(place, " ".join(text.split()), kind, owner, _iri(row, "iri"), source, shown))
    return found


def _seventh(rows: list[dict[str, str | None]], labels: Mapping[str, str], places: Mapping[str, int]) -> list[Name]:
    """Return the titles of codes made by a seventh character that says more than the encounter."""
    found = []
    for row in rows:
        label = labels.get(_iri(row, "entry"))
        place = places.get(_iri(row, "above"))
        if label and place is not None and "encounter" not in label and "sequela" not in label:
            found.append(Name(place, row["title"] or "", "seventh"))
    return found


def _told(names: list[Name], titles: list[str]) -> list[Wording]:
    """Return short names of entries as wordings for the short head of their title: what they say there they say elsewhere."""
    found: dict[tuple[Stems, str], Wording] = {}
    for name in names:
        if name.kind in _TELLING:
            words, says = bare(name.text), _HEAD.split(titles[name.entry])[0]
            if not set(bare(titles[name.entry][len(says) :])) <= _UNSAID:
                continue  # a name of 'Alcohol abuse, in remission' says more than its head
            said = bare(says)
            is_whole = len(words) == sum(t not in NEUTRAL for t in tokens(name.text))
            if is_whole and 1 <= len(words) <= 4 and 1 <= len(said) <= 3 and set(words) != set(said):
                found.setdefault((words, says), (words, "told", says, 0, len(titles)))
    return list(found.values())


def _ranges(rows: list[dict[str, str | None]], places: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the range of places below every chapter, block, heading and entry."""
    above: dict[str, list[str]] = {}
    for row in rows:
        above.setdefault(_iri(row, "entry"), []).append(_iri(row, "above"))
    found: dict[str, tuple[int, int]] = {}
    for entry, place in places.items():
        todo = [entry]
        while todo:
            at = todo.pop()
            low, high = found.get(at, (place, place + 1))
            found[at] = (min(low, place), max(high, place + 1))
            todo += above.get(at, [])
    return found


def _site_phrases(sites: list[dict[str, str | None]]) -> list[tuple[Stems, str]]:
    """Return the labels of sites as phrases; a label that is one as it stands outdoes those that lose a word on the way."""
    found: dict[Stems, dict[str, bool]] = {}
    for row in sites:
        text = row["text"] or ""
        is_whole = bare(text) == stems(text)
        known = found.setdefault(bare(text), {})
        known[_local(row)] = known.get(_local(row), False) or is_whole
    return [
        (words, site)
        for words, known in found.items()
        for site, is_whole in known.items()
        if is_whole or not any(known.values())
    ]


def _told_of(labels: list[dict[str, str | None]]) -> dict[str, list[str]]:
    """Return the labels of each concept that titles use."""
    found: dict[str, list[str]] = {}
    for row in labels:
        if not row["hidden"]:
            found.setdefault(_local(row), []).append(row["text"] or "")
    return found


def _synonyms(labels: list[dict[str, str | None]], size: int) -> list[Wording]:
    """Return every label of a cause or condition as wording for those that titles use."""
    told = _told_of(labels)
    found: list[Wording] = []
    for row in labels:
        says = told.get(_local(row), [])
        mine = bare(row["text"] or "")
        found += [(mine, "concept", s, 0, size) for s in dict.fromkeys(says) if bare(s) != mine]
    return found


def _is_at_named_sites(axes: Mapping[str, list[str]]) -> frozenset[str] | None:
    """Return the sites of a code that is for named ones, None of another."""
    return frozenset(axes["site"]) if axes.get("scope") == ["named"] and axes.get("site") else None


def _sites_of_terms(
    names: list[Name], titles: list[str], phrases: Phrases[str], spans: Sequence[tuple[int, int]]
) -> dict[int, dict[str, tuple[int, int]]]:
    """Return the sites that inclusion terms name where they say the title with another site: 'pressure ulcer of coccyx'.

    By the places below the entry of the term, whose range is given with each.
    """

    def apart(text: str) -> tuple[set[str], set[str]]:
        words = stems(text)
        found = list(phrases.longest(words))
        placed = {k for start, end, _ in found for k in range(start, end)}
        rest = {
            w for k, (w, t) in enumerate(zip(words, tokens(text), strict=True)) if k not in placed and t not in NEUTRAL
        }
        return {site for _, _, site in found}, rest

    also: dict[int, dict[str, tuple[int, int]]] = {}
    for name in names:
        if name.kind == "inclusion-term":
            sites, rest = apart(name.text)
            own, said = apart(titles[name.entry])
            if len(sites) == 1 == len(own) and sites != own and rest == said:
                for place in range(*spans[name.entry]):
                    also.setdefault(place, {}).update(dict.fromkeys(sites, spans[name.entry]))
    return also


def _codes(
    store: Store,
    rows: list[dict[str, str | None]],
    made: Mapping[str, str],
    places: Mapping[str, int],
    labels: dict[str, str],
    also: Mapping[int, Mapping[str, tuple[int, int]]],
) -> Codes:
    """Return the reportable codes with their axes; `rows` are all entries and codes in printed order.

    `also` are the sites that inclusion terms name beside those of the titles, by places, with the range that they hold in.
    """
    said: dict[str, dict[str, list[str]]] = {}
    for query, name in (("find-sides", "side"), ("find-scopes", "scope")):
        for row in run(store, query):
            said.setdefault(_iri(row, "code"), {})[name] = [_iri(row, name).removeprefix(NG)]
    for row in run(store, "find-axes"):
        local = _iri(row, "value").removeprefix(_SITE).removeprefix(NG)
        said.setdefault(_iri(row, "code"), {}).setdefault(row["axis"] or "", []).append(local)
    unit_of: dict[str, set[tuple[str, str]]] = {}
    for row in run(store, "find-units"):
        unit_of.setdefault(_iri(row, "code"), set()).add((_iri(row, "family"), _iri(row, "condition")))
    units = sorted(set().union(*unit_of.values()))
    number = {unit: place for place, unit in enumerate(units)}
    reportable = {_iri(row, "code") for row in run(store, "find-reportable")}
    codes = [r for r in rows if _iri(r, "entry") in reportable]
    lines, entries, mine = [], [], []
    at = [places[c] if (c := _iri(row, "entry")) in places else places[_iri(row, "above")] for row in codes]
    named = [_is_at_named_sites(said.get(_iri(row, "entry"), {})) for row in codes]
    for order, (row, place) in enumerate(zip(codes, at, strict=True)):
        code = _iri(row, "entry")
        axes = said.get(code, {})
        values = [" ".join(sorted(axes.get(name, ()))) for name in ("scope", "side", "encounter")]
        sites = set(axes.get("site", ()))
        if named[order]:
            for site, (low, high) in also.get(place, {}).items():
                around = range(bisect_left(at, low), bisect_left(at, high))
                # The term is for one site in other words, not for one of several.
                sites |= {site} if len({named[k] for k in around} - {None}) == 1 else set()
        told = [" ".join(sorted(sites)), " ".join(sorted(axes.get("cause", ())))]
        lines.append(
            "\t".join(
                [
                    iri_notation(code),
                    " ".join((row["title"] or "").split()),
                    str(order),
                    *values,
                    made.get(code, ""),
                    *told,
                ]
            )
        )
        entries.append(place)
        mine.append(sorted(number[unit] for unit in unit_of.get(code, ())))
    edition = run(store, "find-edition", code=_iri(codes[0], "entry"))
    return Codes(
        Lines.of(lines),
        np.array(entries, np.int32),
        units,
        np.concatenate([[0], np.cumsum([len(m) for m in mine], dtype=np.int64)]),
        np.array([u for m in mine for u in m], np.int32),
        labels,
        edition[0]["title"] or "" if edition else "",
    )


def _groups(store: Store, ranges: Mapping[str, tuple[int, int]]) -> list[tuple[str, int, int, list[str]]]:
    """Return the sites by which a range of entries means others, with those."""
    found: dict[tuple[str, int, int], list[str]] = {}
    for row in run(store, "find-site-groups"):
        low, high = ranges.get(_iri(row, "chapter"), (0, 0))
        found.setdefault((_local(row, "named"), low, high), []).append(_local(row, "member"))
    return [(named, low, high, sorted(members)) for (named, low, high), members in sorted(found.items())]


def draw(store: Store) -> SearchIndex:
    """Return the search index of the edition that a store is at; it takes some seconds."""
    rows = _entries(store)
    seventh = {_iri(r, "code"): r["label"] or "" for r in run(store, "find-made")}
    made = set(seventh)
    printed = [
        r for r in rows if _iri(r, "entry") not in made and "-" not in _iri(r, "entry").removeprefix(CODE_NAMESPACE)
    ]
    places = {_iri(r, "entry"): i for i, r in enumerate(printed)}
    entries = list(places)
    ranges = _ranges([*(r for r in rows if _iri(r, "entry") not in made), *run(store, "find-grouped")], places)
    holders: dict[str, list[str]] = {}
    for row in sorted(run(store, "find-holders"), key=lambda r: (r["concept"] or "", r["holder"] or "")):
        holders.setdefault(_local(row), []).append(_local(row, "holder"))
    labels = sorted(run(store, "find-labels"), key=lambda r: (r["concept"] or "", r["text"] or ""))
    sites = [r for r in labels if r["kind"] == "site"]
    wordings: list[Wording] = [(words, "site", site, 0, 0) for words, site in _site_phrases(sites)]
    for row in sorted(
        run(store, "find-wordings"), key=lambda r: (r["phrase"] or "", r["says"] or "", r["within"] or "")
    ):
        low, high = (0, len(printed)) if not row["within"] else ranges.get(row["within"], (0, 0))
        if high:
            for words in (bare(row["phrase"] or ""), whole(row["phrase"] or "")):
                wordings.append((words, row["kind"] or "says", row["says"] or "", low, high))
    names = _names(store, places)
    for name in names:
        low, high = ranges[entries[name.entry]]
        wordings.append((whole(name.text), "name", name.text, low, high))
    wordings += _told(names, [r["title"] or "" for r in printed])
    causes = [r for r in labels if r["kind"] == "cause"]
    wordings += [(bare(r["text"] or ""), "cause", _iri(r, "concept"), 0, 0) for r in causes]
    wordings += _synonyms([r for r in labels if r["kind"] != "site"], len(printed))
    secondary = [False] * len(printed)
    for row in run(store, "find-secondary"):
        low, high = ranges.get(_iri(row, "entry"), (0, 0))
        secondary[low:high] = [True] * (high - low)
    named = {_local(r): r["label"] or "" for r in [*sites, *causes]}
    symptom = [False] * len(printed)
    for row in run(store, "find-symptoms"):
        low, high = ranges.get(_iri(row, "chapter"), (0, 0))
        symptom[low:high] = [True] * (high - low)
    timed = [False] * len(printed)
    for row in rows:
        if "encounter" in seventh.get(_iri(row, "entry"), "") and _iri(row, "above") in places:
            timed[places[_iri(row, "above")]] = True
    site_labels = [(stems(r["text"] or ""), _local(r)) for r in sites if not r["hidden"]]
    titles, spans = [r["title"] or "" for r in printed], [ranges[entry] for entry in entries]
    also = _sites_of_terms(names, titles, Phrases(site_labels), spans)
    return make_index(
        IndexInput(
            notations=[iri_notation(e) for e in places],
            titles=titles,
            parents=[places.get(_iri(r, "above"), -1) for r in printed],
            sides=_said(store, places, "find-sides", "side"),
            scopes=_said(store, places, "find-scopes", "scope"),
            kinds=_said(store, places, "find-kinds", "kind"),
            secondary=secondary,
            symptom=symptom,
            timed=timed,
            names=[*names, *_seventh(rows, seventh, places)],
            wordings=wordings,
            site_labels=site_labels,
            holders=holders,
            told=_told_of(causes),
            sevenths=sorted({label for label in seventh.values() if "encounter" in label}),
            labels=named,
            codes=_codes(store, rows, seventh, places, named, also),
            residual_causes=[_iri(r, "cause") for r in run(store, "find-residual-causes")],
            groups=_groups(store, ranges),
        )
    )

"""What a picture of a code's place shows: entries around it, the notes that hold for it, and what was folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nosograph.answers.entries import Titled, titled
from nosograph.errors import UnknownCodeError
from nosograph.notation import code_iri
from nosograph.query import run
from nosograph.store import Store

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["LIMIT", "NOTES", "UNSPECIFIED_SIDE", "Edge", "Node", "Picture", "described", "picture", "placed"]

#: about how many nodes a picture has at most
LIMIT = 60
#: the kinds of notes that are drawn, in the order in which they are drawn
NOTES = {
    "excludes1": "Excludes1",
    "excludes2": "Excludes2",
    "code-first": "Code first",
    "use-additional": "Use additional code",
    "code-also": "Code also",
}
#: share of the nodes that siblings may take, of a code without and with something below it, and then children
_SIBLINGS, _FEW_SIBLINGS, _CHILDREN = 0.4, 0.2, 0.5
#: nodes that are kept free for notes when deeper levels are added
_FOR_NOTES = 14
#: with fewer below each entry, a level is not worth drawing
_FEWEST = 3
UNSPECIFIED_SIDE = "unspecified side"
#: what the scopes of an axis are called: (axis, value) of the vocabulary
_RESIDUAL = {
    ("siteScope", "other"): "other site",
    ("siteScope", "multiple"): "multiple sites",
    ("siteScope", "unspecified"): "unspecified site",
    ("kindScope", "other"): "other kind",
    ("kindScope", "multiple"): "multiple kinds",
    ("kindScope", "unspecified"): "unspecified kind",
    ("causeScope", "other"): "other cause",
    ("causeScope", "multiple"): "multiple causes",
    ("causeScope", "unspecified"): "unspecified cause",
    ("side", "unspecifiedSide"): UNSPECIFIED_SIDE,
}
_SCOPES = tuple(dict.fromkeys(axis for axis, _ in _RESIDUAL))


@dataclass(frozen=True, slots=True)
class Node:
    """One thing of a picture.

    `kind`: ancestor, code (the one that was asked for), sibling, child, descendant, note (its words are the title, what it
    names `targets`), or fold (in place of entries left out). `residual` says of which axes the code has the rest, as its
    axes state it. `below` is how many entries below it the picture leaves out.
    """

    id: str
    kind: str
    title: str
    code: str | None = None
    reportable: bool = False
    residual: tuple[str, ...] = ()
    below: int = 0
    note: str | None = None
    owner: str | None = None
    targets: tuple[str, ...] = ()
    side: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the node; an entry has the keys of an entry, a note those of a note."""
        about: dict[str, Any] = {"id": self.id, "kind": self.kind, "title": self.title}
        if self.kind == "note":
            return {**about, "note": self.note, "owner": self.owner, "targets": list(self.targets)}
        if self.code is None:
            return about
        return {
            **about,
            "code": self.code,
            "iri": code_iri(self.code),
            "reportable": self.reportable,
            "residual": list(self.residual),
            "below": self.below,
        }


@dataclass(frozen=True, slots=True)
class Edge:
    """From a parent to a child (`below`), or from the entry that prints a note to what it names (the note's kind)."""

    start: str
    end: str
    kind: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The place of a code in the hierarchy. `folded` says in words what was left out, and how much."""

    code: str
    title: str
    edition: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    folded: tuple[str, ...] = ()

    def of(self, *kinds: str) -> tuple[Node, ...]:
        """Return the nodes of some kinds, in their order."""
        return tuple(node for node in self.nodes if node.kind in kinds)

    def as_networkx(self) -> nx.DiGraph:
        """Return the picture as a directed graph: nodes with the keys of the JSON form, edges with `kind`."""
        import networkx as nx

        graph: nx.DiGraph = nx.DiGraph(code=self.code, edition=self.edition)
        graph.add_nodes_from((node.id, node.as_json()) for node in self.nodes)
        graph.add_edges_from((edge.start, edge.end, {"kind": edge.kind}) for edge in self.edges)
        return graph

    def as_json(self) -> dict[str, Any]:
        """Return nodes and edges for programs that draw for themselves."""
        return {
            "code": self.code,
            "title": self.title,
            "edition": self.edition,
            "nodes": [node.as_json() for node in self.nodes],
            "edges": [{"from": edge.start, "to": edge.end, "kind": edge.kind} for edge in self.edges],
            "folded": list(self.folded),
        }


def _entries(store: Store, codes: Iterable[str]) -> dict[str, Node]:
    iris = " ".join(code_iri(code) for code in codes)
    found: dict[str, Node] = {}
    for row in run(store, "picture-entries", entries=iris) if iris else ():
        code = row["notation"] or ""
        node = found.get(code) or Node(code, "child", row["title"] or "", code, row["reportable"] == "true")
        mark = _RESIDUAL.get((row["axis"] or "", row["value"] or ""))
        side = row["value"] if row["axis"] == "side" else node.side
        found[code] = replace(node, residual=(*node.residual, mark) if mark else node.residual, side=side)
    return found


def described(store: Store, codes: Iterable[str]) -> dict[str, Node]:
    """Return a node of kind `child` for each of some entries, with its residual axes and its side.

    A subcategory without residual axes of its own has those that all reportable codes below it share.
    """
    found = _entries(store, codes)
    headings = [code for code, node in found.items() if not (node.reportable or node.residual) and "." in code]
    for code, marks in _shared(store, headings).items():
        found[code] = replace(found[code], residual=marks)
    return found


def _shared(store: Store, codes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the marks that all reportable codes below each of some subcategories have.

    The first and the last code below tell which can have any: few are left to be looked at whole.
    """
    ends = [_end(store, codes, place) for place in (0, -1)]
    examples = _entries(store, {one for end in ends for one in end.values()})
    marked = [c for c in codes if set.intersection(*(set(examples[end[c]].residual) for end in ends))]
    iris = " ".join(code_iri(code) for code in marked)
    found: dict[str, tuple[str, ...]] = {}
    for row in run(store, "picture-rests", entries=iris) if iris else ():
        pairs = [(axis, (row[axis] or "").rpartition("#")[2]) for axis in _SCOPES]
        marks = tuple(_RESIDUAL[pair] for pair in pairs if pair in _RESIDUAL)
        code = _notation(row["entry"])
        found[code] = tuple(mark for mark in found.get(code, marks) if mark in marks)
    return found


def _end(store: Store, codes: Sequence[str], place: int) -> dict[str, str]:
    """Return the first (0) or last (-1) code below each of some entries."""
    found, below = {code: code for code in codes}, _below(store, codes)
    while below:
        found = {code: below[one][place] if one in below else one for code, one in found.items()}
        below = _below(store, found.values())
    return found


def placed(store: Store, code: str) -> Titled:
    """Return the title of an entry that has a place in the hierarchy.

    Raises UsageError if the text has not the form of a code, UnknownCodeError if the edition does not list it.
    """
    me = titled(store, code)
    if not any(row["order"] for row in run(store, "picture-entries", entries=code_iri(me.code))):
        raise UnknownCodeError(me.code)
    return me


def _notation(iri: str | None) -> str:
    """Return the notation in the IRI of an entry."""
    return (iri or "").rpartition("/ICD10CM/")[2]


def _below(store: Store, codes: Iterable[str]) -> dict[str, list[str]]:
    """Return the entries directly below each of some entries."""
    iris = " ".join(code_iri(code) for code in codes)
    found: dict[str, list[str]] = {}
    for row in run(store, "picture-below", entries=iris) if iris else ():
        found.setdefault(_notation(row["above"]), []).append(_notation(row["entry"]))
    return found


def _count(number: int, codes: Sequence[str]) -> str:
    between = codes[0] if number == 1 else f"{codes[0]} to {codes[-1]}"
    return f"{number} more: {between}"


class _Builder:
    """Gathers what a picture shows, and what it leaves out, within a number of nodes."""

    def __init__(self, store: Store, code: str, limit: int) -> None:
        self.store, self.code, self.limit = store, code, limit
        self.order: list[str] = []
        self.kinds: dict[str, str] = {}
        self.folds: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self.notes: list[Node] = []
        self.folded: list[str] = []
        self.left: dict[str, int] = {}

    @property
    def free(self) -> int:
        return self.limit - len(self.order) - len(self.notes)

    def add(self, code: str, kind: str, above: str | None) -> None:
        """Put an entry into the picture, below another one."""
        self.order.append(code)
        self.kinds[code] = kind
        if above is not None:
            self.edges.append(Edge(above, code, "below"))

    def fold(self, codes: Sequence[str], above: str | None, what: str) -> None:
        """Put one node in place of many entries."""
        if not codes:
            return
        name = f"fold:{codes[0]}"
        self.folds[name] = Node(name, "fold", _count(len(codes), codes))
        self.add(name, "fold", above)
        self.folded.append(f"{len(codes)} {what} ({codes[0] if len(codes) == 1 else f'{codes[0]} to {codes[-1]}'})")

    def path(self) -> list[str]:
        """Add what is above the code, and return it, outermost first."""
        path = [row["notation"] or "" for row in run(self.store, "ancestors", code=self.code)][:-1]
        for above, code in zip([None, *path], path, strict=False):
            self.add(code, "ancestor", above)
        return path

    def level(self, above: str | None, wanted: bool, leaf: bool) -> None:
        """Add the code and, around it, as many of its siblings as there is room for."""
        query = "children" if above else "chapters"
        rows = run(self.store, query, **({"code": above} if above else {}))
        beside = [row["notation"] or "" for row in rows] if wanted else [self.code]
        room = max(3, int(self.limit * (_SIBLINGS if leaf else _FEW_SIBLINGS)))
        at = beside.index(self.code) if self.code in beside else 0
        start = max(0, min(at - room // 2, len(beside) - room)) if len(beside) > room else 0
        end = start + room
        self.fold(beside[:start], above, f"entries beside {self.code}, before it")
        for code in beside[start:end]:
            self.add(code, "code" if code == self.code else "sibling", above)
        self.fold(beside[end:], above, f"entries beside {self.code}, after it")

    def downward(self, depth: int, known: dict[str, list[str]]) -> None:
        """Add what is below the code, level by level, while there is room for a level."""
        level = [self.code]
        for step in range(depth):
            room = max(6, int(self.limit * _CHILDREN)) if step == 0 else (self.free - _FOR_NOTES) // max(1, len(level))
            if room < _FEWEST:
                deeper = [code for above in level for code in known.get(above, [])]
                if deeper:
                    self.folded.append(f"{len(deeper)} deeper entries below {level[0]} to {level[-1]}")
                break
            shown: list[str] = []
            for above in level:
                codes = known.get(above, [])
                keep = codes if len(codes) <= room else codes[: room - 1]
                self._hang(keep, above, "child" if step == 0 else "descendant")
                self.fold(codes[len(keep) :], above, f"entries below {above}")
                shown += keep
            level = shown
            known = _below(self.store, level)

    def _hang(self, codes: Sequence[str], above: str, kind: str) -> None:
        """Add entries below one; blocks that the list gathers under a wider block stand below that."""
        rows = run(self.store, "picture-groups", code=above) if "-" in above else []
        within = {row["entry"]: row["group"] for row in rows if row["group"] in codes and row["entry"] in codes}
        for code in codes:
            self.add(code, "descendant" if code in within else kind, within.get(code) or above)

    def annotate(self, path: Sequence[str]) -> None:
        """Add the notes, those of the code first, then those of what is nearest above it."""
        targets: dict[str, set[str]] = {}
        for row in run(self.store, "picture-targets", code=self.code):
            targets.setdefault(row["note"] or "", set()).add(_notation(row["target"]))
        notes: dict[str, Node] = {}
        for row in run(self.store, "picture-notes", code=self.code):
            iri, kind, owner = row["note"] or "", row["kind"] or "", row["owner"] or ""
            named = tuple(sorted(targets.get(iri, ())))
            notes[iri] = Node(iri, "note", row["text"] or "", note=kind, owner=owner, targets=named)
        cards: dict[tuple[str, str], list[Node]] = {}
        for one in notes.values():
            cards.setdefault((one.owner or "", one.note or ""), []).append(one)
        near = {code: place for place, code in enumerate([*path, self.code])}
        names = list(NOTES)
        for owner, kind in sorted(cards, key=lambda card: (-near.get(card[0], 0), names.index(card[1]))):
            at = owner if owner in near else (path[1:2] or path[:1] or [self.code])[0]
            self._card(at, owner, kind, cards[owner, kind])

    def _card(self, at: str, owner: str, kind: str, notes: list[Node]) -> None:
        """Draw an edge to what is in the picture already, and to a node of its own for any other note."""
        away: list[Node] = []
        for note in notes:
            drawn = [target for target in note.targets if target in self.kinds and target != at]
            self.edges += [Edge(at, target, kind) for target in drawn]
            if not note.targets or len(drawn) < len(note.targets):
                away.append(note)
        room = max(2 if owner == self.code else 1, min(len(away), 8 if owner == self.code else 5, self.free - 1))
        keep = away if len(away) <= room + 1 else away[:room]
        for note in keep:
            self.notes.append(note)
            self.edges.append(Edge(at, note.id, kind))
        left = away[len(keep) :]
        if left:
            name = f"fold:{owner}/{kind}"
            self.notes.append(Node(name, "fold", f"and {len(left)} more", note=kind, owner=owner))
            self.edges.append(Edge(at, name, kind))
            self.folded.append(f"{len(left)} notes {NOTES[kind]} of {owner}")

    def picture(self) -> Picture:
        """Return what was gathered, with titles and marks."""
        entries = [code for code in self.order if code not in self.folds]
        known = described(self.store, entries)
        below = _below(self.store, entries)
        drawn = set(entries)
        nodes = []
        for code in self.order:
            if code in self.folds:
                nodes.append(self.folds[code])
                continue
            under = below.get(code, [])
            hidden = 0 if self.kinds[code] == "ancestor" or drawn & set(under) else len(under)
            nodes.append(replace(known[code], kind=self.kinds[code], below=hidden))
        edges = tuple(dict.fromkeys(self.edges))
        title = known[self.code].title
        return Picture(self.code, title, self.store.edition, (*nodes, *self.notes), edges, tuple(self.folded))


def picture(
    store: Store, code: str, *, depth: int = 1, siblings: bool = True, notes: bool = True, limit: int = LIMIT
) -> Picture:
    """Return what is above, beside and below a code, `depth` levels down, and the notes that hold for it.

    About `limit` nodes at most: the rest is folded, and `folded` says so. Raises UsageError if the text has not the form of a
    code, UnknownCodeError if there is none of that name in the edition.
    """
    me = placed(store, code).code
    builder = _Builder(store, me, limit)
    path = builder.path()
    below = _below(store, [me])
    builder.level(path[-1] if path else None, siblings, leaf=not (depth and below))
    builder.downward(depth, below)
    if notes:
        builder.annotate(path)
    return builder.picture()

"""Pictures: what they show, that they can be read, and that nothing in them comes from a hostile text."""

from __future__ import annotations

import io
import itertools
import re
import struct
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import nosograph as api
from nosograph.answers.entries import entry
from nosograph.answers.family import family
from nosograph.answers.picture import LIMIT, Picture, picture
from nosograph.answers.picture_family import FamilyPicture
from nosograph.drawing import Drawing, draw, layout
from nosograph.drawing.boxes import PAD, boxes
from nosograph.drawing.layout import place
from nosograph.drawing.page import Item, outline
from nosograph.drawing.png import png
from nosograph.drawing.text import fitted, width, wrapped
from nosograph.errors import DataError, UnknownCodeError
from nosograph.store.oxigraph import OxigraphStore

Command = Callable[..., CompletedProcess[str]]
SVG = "{http://www.w3.org/2000/svg}"
CODES = ["M00-M99", "C00-D49", "M61", "M61.08", "S52.5", "L89", "E11", "S52.501A", "I10", "T25.5", "B20", "Z79"]
HOSTILE = "</text></svg><script>alert(1)</script>\x00 \"'&<img src=x onerror=alert(1)>"


def tree(store: OxigraphStore, code: str, **options: object) -> Picture:
    found = draw(store, code, **options).content  # type: ignore[arg-type]
    assert isinstance(found, Picture)
    return found


def test_above_beside_and_below(store: OxigraphStore) -> None:
    shown = tree(store, "e11")
    about = entry(store, "E11")
    assert [n.code for n in shown.of("ancestor")] == [t.code for t in about.path] == ["E00-E89", "E08-E13"]
    assert [n.code for n in shown.of("sibling")] == [t.code for t in about.siblings]
    assert [n.code for n in shown.of("child")] == [t.code for t in about.children]
    reportable = {n.code for n in shown.nodes if n.reportable}
    assert (
        reportable
        == {t.code for t in (*about.siblings, *about.children) if t.reportable}
        == {"E11.8", "E11.9", "E11.A"}
    )
    assert {(e.start, e.end) for e in shown.edges if e.kind == "below" and e.end == "E11.9"} == {("E11", "E11.9")}
    assert shown.of("code")[0].below == 0
    assert {n.code: n.below for n in shown.nodes}["E11.3"] == len(entry(store, "E11.3").children)


def test_notes_are_edges_of_their_own(store: OxigraphStore) -> None:
    shown = tree(store, "E11")
    drawn = {
        e.end
        for e in shown.edges
        if e.kind == "excludes1" and e.start == "E11" and e.end in {"E08", "E09", "E10", "E13"}
    }
    assert drawn == {"E08", "E09", "E10", "E13"}
    notes = {n.title: n for n in shown.of("note")}
    assert notes["insulin (Z79.4)"].targets == ("Z79.4",)
    assert notes["insulin (Z79.4)"].note == "use-additional"
    printed = {(n.kind, n.text) for n in entry(store, "E11").notes}
    assert all((n.note, n.title) in printed for n in shown.of("note"))
    assert "code-first" in {e.kind for e in tree(store, "L89").edges}
    assert {e.kind for e in tree(store, "E11", notes=False).edges} == {"below"}


def test_rests_are_marked_from_the_axes(store: OxigraphStore) -> None:
    marks = {n.code: n.residual for n in tree(store, "M61.08").nodes if n.residual}
    assert marks == {"M61.08": ("other site",), "M61.00": ("unspecified site",), "M61.09": ("multiple sites",)}
    assert {n.code for n in tree(store, "M61").nodes if n.residual} >= {"M61.4", "M61.5", "M61.9"}


def test_headings_without_axes_have_the_mark_that_all_codes_below_share(store: OxigraphStore) -> None:
    radius = {n.code: n.residual for n in tree(store, "S52.5").nodes if n.residual}
    assert radius["S52.50"] == ("unspecified kind",) and radius["S52.59"] == ("other kind",)
    assert not {"S52.5", "S52.51", "S52.52"} & set(radius)
    assert {n.code: n.residual for n in tree(store, "L89").nodes}["L89.9"] == ("unspecified site",)


@pytest.mark.parametrize("code", ["M00-M99", "S00-T88", "Z79", "T36-T50", "T50.9", "C00-D49", "L89", "O09", "M61"])
@pytest.mark.parametrize("depth", [1, 3])
def test_nodes_are_few_and_the_rest_is_told(store: OxigraphStore, code: str, depth: int) -> None:
    shown = tree(store, code, depth=depth)
    assert len(shown.nodes) <= LIMIT * 1.1
    folds = shown.of("fold")
    deeper = [t for t in shown.folded if "deeper entries" in t]
    levels = {"child", "descendant"} & {n.kind for n in shown.nodes}
    below = sum(n.below for n in shown.of("child", "descendant"))
    assert bool(deeper) == bool(depth > len(levels) and below), (deeper, below)
    told = [int(re.search(r"(\d+) more", n.title)[1]) for n in folds]  # type: ignore[index]
    assert told == [int(t.split()[0]) for t in shown.folded if t not in deeper]
    for text in shown.folded:
        assert text in re.sub(r"\s+", " ", draw(store, code, depth=depth).svg())


def test_nothing_is_lost_between_shown_and_folded(store: OxigraphStore) -> None:
    about = entry(store, "L89")
    shown = tree(store, "L89", limit=30)
    folded = sum(int(t.split()[0]) for t in shown.folded if "beside" in t)
    assert folded > 0
    assert len(shown.of("sibling")) + folded == len(about.siblings)


@pytest.mark.parametrize("code", CODES)
def test_boxes_do_not_meet_and_hold_their_text(store: OxigraphStore, code: str) -> None:
    shown = tree(store, code)
    found, links = boxes(shown)
    wide, high = place(found, links, {n.id for n in shown.of("ancestor")})
    for i, a in enumerate(found):
        assert a.x >= 0 and a.y >= 0 and a.x + a.width <= wide and a.y + a.height <= high
        for b in found[i + 1 :]:
            apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
            assert apart, (a.id, b.id)
        for line in a.lines:
            assert line.x >= PAD and line.x + line.width <= a.width - PAD + 0.5, (a.id, line.text)
            assert line.y - line.size >= 0 and line.y + 3 <= a.height, (a.id, line.text)
        rows = sorted(a.lines, key=lambda n: n.y)
        assert all(b.y - a_.y >= 10 or b.y - a_.y < 2 for a_, b in itertools.pairwise(rows)), a.id
    order = [
        b.y
        for b in found
        if b.kind in ("code", "sibling") and b.column == next(x.column for x in found if x.kind == "code")
    ]
    assert order == sorted(order)


def test_texts_are_measured_as_they_are_drawn() -> None:
    """The ink of a long line, drawn with its natural length, is as wide as it was measured."""
    text = "Diseases of the musculoskeletal system and connective tissue MWil 0123"
    for bold in (False, True):
        weight = "bold" if bold else "normal"
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="30"><rect width="900" height="30" fill="#fff"/>'
            f'<text x="0" y="20" font-family="Arimo" font-size="20" font-weight="{weight}">{text}</text></svg>'
        )
        drawn = _ink(png(svg, 1))
        assert drawn == pytest.approx(width(text, 20, bold), rel=0.02)


def _ink(data: bytes) -> int:
    """Return the last column of a PNG (8 bits, RGBA) that is not white."""
    import zlib

    wide, _high, depth, colour = struct.unpack(">IIBB", data[16:26])
    assert (depth, colour) == (8, 6)
    at, packed = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    raw, stride, before, last = zlib.decompress(packed), wide * 4, bytearray(wide * 4), 0
    for start in range(0, len(raw), stride + 1):
        row = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before)
        before = row
        last = max([last, *(x for x in range(last, wide) if row[x * 4] < 200)])
    return last


def _unfiltered(kind: int, row: bytearray, before: bytearray) -> bytearray:
    for i in range(len(row)):
        left, up, corner = row[i - 4] if i >= 4 else 0, before[i], before[i - 4] if i >= 4 else 0
        near = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
        row[i] = (row[i] + (0, left, up, (left + up) // 2, near)[kind]) & 255
    return row


def test_lines_keep_within_the_room() -> None:
    for text in ("a" * 200, "Calcification and ossification of muscle " * 5, "字" * 40, ""):
        lines = wrapped(text, 12, 100, 3)
        assert len(lines) <= 3
        assert all(width(line, 12) <= 100 for line in lines)
    assert fitted("shoulder", 12, 200) == "shoulder"
    assert fitted("shoulder", 12, 30).endswith("…")


@pytest.mark.parametrize("theme", ["light", "dark", "auto", "none"])
@pytest.mark.parametrize(("code", "of_family"), [("M61.08", False), ("M61.08", True), ("M00-M99", False)])
def test_svg_is_xml_with_a_title(store: OxigraphStore, code: str, of_family: bool, theme: str) -> None:
    drawing = draw(store, code, family=of_family)
    root = ET.fromstring(drawing.svg(theme))  # type: ignore[arg-type]
    assert code in (root.findtext(f"{SVG}title") or "") and root.findtext(f"{SVG}desc")
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids)) and set((root.get("aria-labelledby") or "").split()) <= set(ids)
    sheet = root.findtext(f"{SVG}style") or ""
    assert ("prefers-color-scheme" in sheet, bool(sheet)) == (theme == "auto", theme != "none")
    assert len(re.findall(r"ng-asked[ \"]|ng-asked-ground", drawing.svg("none"))) == 1
    assert not re.search(r"url\(|@import|<image|<script|xlink", drawing.svg("auto"))


def contrast(a: str, b: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * blue

    one, two = sorted((light(a), light(b)), reverse=True)
    return (one + 0.05) / (two + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_have_contrast(theme: str) -> None:
    sheet = (Path(api.__file__).parent / "drawing" / f"{theme}.css").read_text()
    fills = dict(re.findall(r"^([^{\n]+) \{[^}]*?fill: (#\w{6})", sheet, re.MULTILINE))
    strokes = dict(re.findall(r"^([^{\n]+) \{[^}]*?stroke: (#\w{6})", sheet, re.MULTILINE))
    kinds = ("excludes1", "excludes2", "code-first", "use-additional", "code-also")
    pairs = [(fills[f".ng-picture .ng-{k} .ng-kind"], fills[".ng-note .ng-box"], 4.5) for k in kinds]
    pairs += [(strokes[f".ng-{k} .ng-edge"], fills[".ng-ground"], 3.0) for k in kinds]
    pairs += [
        (fills[".ng-picture text"], fills[".ng-box"], 7.0),
        (fills[".ng-picture .ng-below, .ng-picture .ng-folded, .ng-picture .ng-legend"], fills[".ng-ground"], 4.5),
        (fills[".ng-picture .ng-asked text"], fills[".ng-node.ng-asked .ng-box"], 7.0),
        (fills[".ng-picture .ng-rest .ng-residual"], fills[".ng-rest .ng-box"], 4.5),
        (fills[".ng-picture .ng-asked.ng-rest .ng-residual"], fills[".ng-node.ng-asked .ng-box"], 4.5),
        (fills[".ng-picture text.ng-asked-text"], fills[".ng-asked-ground"], 7.0),
        (strokes[".ng-heading"], fills[".ng-ground"], 3.0),
    ]
    assert not [(a, b) for a, b, least in pairs if contrast(a, b) < least]


class Tags(HTMLParser):
    """Which tags there are, where they lead, and what they say."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_hostile_texts_stay_texts(store: OxigraphStore) -> None:
    shown = tree(store, "E11")
    nodes = tuple(replace(n, title=HOSTILE, residual=(HOSTILE,) if n.code else ()) for n in shown.nodes)
    drawings = [Drawing(replace(shown, title=HOSTILE, edition=HOSTILE, nodes=nodes, folded=(HOSTILE,)))]
    grid = draw(store, "M61.08", family=True).content
    assert isinstance(grid, FamilyPicture)
    cells = {(HOSTILE, HOSTILE): tuple(replace(n, title=HOSTILE) for n in grid.codes[:3])}
    drawings.append(
        Drawing(replace(grid, title=HOSTILE, rows=(HOSTILE,), columns=(HOSTILE,), cells=cells, folded=(HOSTILE,)))
    )
    for drawing in drawings:
        root = ET.fromstring(drawing.svg("auto"))
        known = {"svg", "title", "desc", "style", "g", "a", "rect", "circle", "path", "line", "text"}
        assert {e.tag.removeprefix(SVG) for e in root.iter()} <= known
        page = Tags(drawing.html())
        assert "img" not in page.tags and page.tags.count("script") == 1
        assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_page_says_the_same_as_its_picture_and_asks_nobody(store: OxigraphStore) -> None:
    for of_family in (False, True):
        drawing = draw(store, "M61.08", family=of_family)
        page = Tags(drawing.html())
        assert not {"link", "img", "iframe", "object"} & set(page.tags)
        assert not [name for name, _ in page.attributes if name in ("src", "srcset", "action", "data", "xlink:href")]
        listed = [i.code for i in _all(outline(drawing.content)) if i.code]  # type: ignore[arg-type]
        shown = drawing.content.codes if isinstance(drawing.content, FamilyPicture) else drawing.content.nodes
        assert set(listed) == {n.code for n in shown if n.code}
        assert sum(i.asked for i in _all(outline(drawing.content))) == 1  # type: ignore[arg-type]


def _all(items: list[Item]) -> list[Item]:
    return [found for item in items for found in (item, *_all(item.items))]


def test_family_is_the_family(store: OxigraphStore) -> None:
    shown = draw(store, "M61.08", family=True).content
    assert isinstance(shown, FamilyPicture)
    whole = family(store, "M61.08", "cause")
    kept = {
        c
        for (row, column), codes in whole.cells.items()
        if row in shown.rows and column in shown.columns
        for c in codes
    }
    assert {n.code for n in shown.codes} == kept
    assert len(whole.columns) - len(shown.columns) == sum(int(t.split()[0]) for t in shown.folded)
    sides = {n.code: n.side for n in shown.codes}
    assert (sides["M61.011"], sides["M61.012"], sides["M61.019"]) == ("right", "left", "unspecifiedSide")
    by_side = draw(store, "S52.501A", family=True).content
    assert isinstance(by_side, FamilyPicture) and by_side.by == "side"
    assert by_side.columns == ("left", "right", "unspecified side")


def test_json_is_whole_and_quick(store: OxigraphStore) -> None:
    drawing = draw(store, "M00-M99")
    found = drawing.as_json()
    ids = {n["id"] for n in found["nodes"]}
    assert {e[end] for e in found["edges"] for end in ("from", "to")} <= ids and len(ids) == len(found["nodes"])
    graph = drawing.content.as_networkx()  # type: ignore[union-attr]
    assert set(graph.nodes) == ids
    assert list(graph.successors("M60-M79")) == ["M60-M63", "M65-M67", "M70-M79"]
    taken = []
    for _ in range(7):
        start = time.perf_counter()
        picture(store, "M00-M99").as_json()
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.05


def test_links_lead_where_the_caller_says(store: OxigraphStore) -> None:
    svg = draw(store, "M61.08").svg(links="/code/{code}")
    assert 'href="/code/M61.00"' in svg and "purl" not in svg.replace("http://www.w3.org", "")
    assert "<a " not in draw(store, "M61.08").svg(links="")


def test_notebooks_show_pictures_and_pages(store: OxigraphStore) -> None:
    drawing = api.draw(store, "I10")
    assert drawing._repr_svg_().startswith("<svg") and "prefers-color-scheme" in drawing._repr_html_()
    shown = api.page(store, "I10")._repr_html_()
    assert shown and shown.startswith("<iframe srcdoc=") and "Essential (primary) hypertension" in shown


def test_command_writes_each_form(nosograph: Command, tmp_path: Path) -> None:
    done = nosograph("draw", "m6108")
    assert done.returncode == 0 and not done.stderr
    assert ET.parse(io.StringIO(done.stdout)).getroot().tag == f"{SVG}svg"
    for ending, begin in ((".svg", b"<svg"), (".png", b"\x89PNG\r\n"), (".html", b"<!doctype html>")):
        path = tmp_path / f"one{ending}"
        made = nosograph("draw", "M61.08", "-o", str(path))
        assert (made.returncode, made.stdout) == (0, "")
        assert path.read_bytes().startswith(begin)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.html", "one.png", "one.svg"]


def test_command_refuses_clearly(nosograph: Command, tmp_path: Path) -> None:
    wrong = nosograph("draw", "M61.08", "-o", str(tmp_path / "one.pdf"))
    assert wrong.returncode == 2 and all(e in wrong.stderr for e in (".svg", ".png", ".html"))
    unknown = nosograph("draw", "Q99.77", "-o", str(tmp_path / "one.svg"))
    assert unknown.returncode == 3 and "Q99.77" in unknown.stderr
    assert not list(tmp_path.iterdir())
    assert nosograph("draw", "M61.08", "-o", str(tmp_path / "none" / "one.svg")).returncode == 4
    assert nosograph("draw", "no code").returncode == 2


def test_code_that_has_left_the_list(store: OxigraphStore) -> None:
    """Such a code has no place in the hierarchy of this edition."""
    assert entry(store, "S63.131S").outside
    with pytest.raises(UnknownCodeError):
        draw(store, "S63.131S")
    with pytest.raises(UnknownCodeError):
        draw(store, "S63.131S", family=True)


def test_without_a_program_to_lay_out(store: OxigraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)
    layout._program.cache_clear()
    try:
        with pytest.raises(DataError, match="graphviz-pure"):
            draw(store, "I10").svg()
        assert draw(store, "I10").as_json()["nodes"]  # what it shows needs no layout
    finally:
        layout._program.cache_clear()

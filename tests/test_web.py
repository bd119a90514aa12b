"""The pages in a real browser: what a coder does, what a reader with a keyboard or a screen reader needs, what never happens."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn

from nosograph.answers.entries import Note, Reference
from nosograph.answers.suggest import suggest
from nosograph.html.links import noted
from nosograph.store.oxigraph import OxigraphStore
from nosograph.web.app import application

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "src/nosograph/web/static/vendor/VENDOR.toml"
AXE = ROOT / "tests/vendor/axe-4.14.1.min.js"
ASKED = "heterotopic ossification of the chest wall after trauma"
#: the main pages by name
PAGES = {
    "home": "/",
    "search": "/?q=heart+attack",
    "find": f"/find?text={quote(ASKED)}",
    "incomplete": "/find?condition=fracture&site=forearm",
    "code": "/code/M61.08",
    "seventh": "/code/S52.501A",
    "chapter": "/code/M00-M99",
    "compare": "/compare/M61.08/M61.48",
    "family": "/family/M61.08",
    "browse": "/browse/M60-M63?notes=1",
    "draw": "/draw/M61.08",
    "drawn family": "/draw/M61.08?family=1",
    "guidance": "/guidance",
    "rule": "/guidance/several-sites",
    "sources": "/sources",
    "data": "/data",
    "query": "/query?name=axes&code=M61.08",
    "site": "/resource/site/calf",
    "vocabulary": "/resource/vocab",
    "api": "/api",
}
OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def site(store: OxigraphStore) -> Iterator[str]:
    app = application(store)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    suggest(store, "a")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium on the path")
        pytest.skip("no chromium on the path: install Debian's package")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=program, args=OPTIONS)
        yield opened
        opened.close()


class Watched:
    """A tab that notes what must not happen: errors in the console, and requests to other hosts."""

    def __init__(self, browser: Any, site: str, **options: Any) -> None:
        self.context = browser.new_context(base_url=site, **options)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.bytes: list[int] = []
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))
        self.page.on(
            "request",
            lambda r: None if r.url.startswith((f"{site}/", "data:", "blob:")) else self.faults.append(r.url),
        )
        self.page.on("requestfinished", lambda r: self.bytes.append(r.sizes()["responseBodySize"]))

    def go(self, address: str, *, is_settled: bool = True) -> Any:
        response = self.page.goto(address)
        if is_settled:
            self.page.wait_for_load_state("networkidle")
        return response


@pytest.fixture
def tab(browser: Any, site: str) -> Iterator[Watched]:
    opened = Watched(browser, site)
    yield opened
    opened.context.close()
    assert opened.faults == []


def read(site: str, address: str) -> tuple[int, str, dict[str, str]]:
    """Ask as a program without script does; no redirect is followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object, **kwargs: object) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(site + address, timeout=60) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_a_coder_finds_a_code_and_follows_why(tab: Watched) -> None:
    page = tab.page
    tab.go("/")
    page.keyboard.press("/")
    page.keyboard.type("myositis ossificans traum")
    offer = page.locator("[role=option]", has_text="M61.0").first
    offer.wait_for()
    tab.go("/find")
    page.get_by_label("The case in plain words").fill(ASKED)
    page.get_by_role("button", name="Find the code").click()
    answer = page.locator(".answer")
    assert "M61.08" in answer.inner_text()
    assert "text=" in page.url  # an address that can be shared
    why = page.locator(".reasons li", has_text="other")
    why.locator("summary").first.click()
    assert "Myositis ossificans traumatica, other site" in why.first.inner_text()
    assert page.get_by_role("heading", name="Ruled out").is_visible()
    answer.get_by_role("link", name="M61.08").click()
    assert "other site" in page.locator("h1").inner_text()
    page.locator("#beside + table a", has_text="M61.00").click()
    assert "M61.00" in page.locator("h1").inner_text()
    page.get_by_role("link", name="Family", exact=True).click()
    assert page.locator("table.family a.code").count() == 24
    page.go_back()
    page.get_by_role("link", name="Picture").click()
    drawn = page.locator("figure svg")
    assert drawn.get_by_text("M61.08", exact=True).count() == 1
    assert drawn.bounding_box()["width"] > 700
    drawn.get_by_role("link", name="M61.08").first.click()
    assert "other site" in page.locator("h1").inner_text()


def test_a_picture_is_a_file_too(site: str) -> None:
    for ending, begins in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with urllib.request.urlopen(f"{site}/draw/M61.08.{ending}", timeout=60) as answer:
            assert answer.read().startswith(begins)
            assert "attachment" in answer.headers["Content-Disposition"]


def test_suggestions_by_keyboard_lead_to_a_page(tab: Watched) -> None:
    tab.go("/sources")
    tab.page.keyboard.press("/")
    tab.page.keyboard.type("m6108")
    tab.page.locator("[role=option]", has_text="M61.08").wait_for()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/code/M61.08")


def test_a_query_of_the_catalogue_runs_in_the_editor(tab: Watched) -> None:
    tab.go("/query?name=excludes1&code=M61.08")
    tab.page.locator(".yasqe_queryButton").first.click()
    tab.page.locator(".yasr table td", has_text="M60-M63").first.wait_for(timeout=20_000)
    tab.page.get_by_placeholder("Filter", exact=True).fill("children")
    shown = tab.page.locator("#catalogue li:visible")
    assert "children" in shown.first.inner_text() and shown.count() < 20


def test_copying(browser: Any, site: str) -> None:
    tab = Watched(browser, site, permissions=["clipboard-read", "clipboard-write"])
    tab.go("/code/M61.08")
    copied = {}
    for name in ("code", "IRI", "citation", "SPARQL"):
        tab.page.get_by_role("button", name=f"Copy {name}", exact=True).click()
        copied[name] = tab.page.evaluate("navigator.clipboard.readText()")
    tab.context.close()
    assert copied["code"] == "M61.08"
    assert copied["IRI"] == "http://purl.bioontology.org/ontology/ICD10CM/M61.08"
    assert "2026-04" in copied["citation"] and "M61.08" in copied["citation"]
    assert "CONSTRUCT" in copied["SPARQL"] and copied["IRI"] in copied["SPARQL"]
    assert tab.faults == []


def test_the_explorer_by_keyboard(tab: Watched) -> None:
    page = tab.page
    tab.go("/browse/M61")
    page.locator("[role=treeitem][aria-selected=true]").focus()
    page.keyboard.press("ArrowRight")  # it is open: to the first below it
    page.keyboard.press("ArrowRight")  # open that
    page.locator("a[role=treeitem][data-code='M61.08']").wait_for()
    assert page.url.endswith("/browse/M61.0")
    page.locator("#picture a[href='/browse/M61.08']").wait_for()
    boxes = page.locator("#picture svg a")
    assert 10 < boxes.count() <= 60
    page.keyboard.press("ArrowLeft")
    page.locator("a[role=treeitem][data-code='M61.08']").wait_for(state="hidden")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/code/M61.1")


def test_notes_on_demand_are_drawn_and_listed(tab: Watched) -> None:
    tab.go("/browse/M60-M63")
    assert tab.page.locator("#picture .ng-note").count() == 0
    tab.page.get_by_role("button", name="Show its notes").click()
    tab.page.locator("#notes a", has_text="M33").first.wait_for()
    tab.page.locator("#picture .ng-note a").first.wait_for()
    assert tab.page.locator("#picture .ng-note a").count() >= 7
    tab.go("/browse/M61.08?notes=1")
    tab.page.locator("#notes .soft", has_text="at M00-M99").first.wait_for()
    tab.page.locator("#picture .ng-note").first.wait_for()
    last = "all => all.map(a => a.getAttribute('href').split('/').pop())"
    drawn = set(tab.page.locator("#picture .ng-note a").evaluate_all(last))
    listed = set(tab.page.locator("#notes a.code").evaluate_all(last))
    assert drawn
    assert drawn <= listed


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault(browser: Any, site: str, scheme: str) -> None:
    """No serious or critical finding of axe, no wider than a phone, edition and date on each; the markup of the editor is not ours."""
    tab = Watched(browser, site, color_scheme=scheme, viewport={"width": 390, "height": 844}, bypass_csp=False)
    found: list[Any] = []
    for name, address in PAGES.items():
        assert tab.go(address, is_settled=name in ("browse", "query")).status == 200, name
        tab.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
        foot = tab.page.locator("footer").inner_text()
        assert "2026-04" in foot and time.strftime("%Y-%m-%d") in foot, name
        tab.page.evaluate(AXE.read_text(encoding="utf-8"))
        # What the scheme changes are colours alone.
        rules = "runOnly: ['color-contrast']," if scheme == "dark" else ""
        result = tab.page.evaluate(f"axe.run({{ exclude: [['#yasgui']] }}, {{ {rules} resultTypes: ['violations'] }})")
        found += [
            (name, v["id"], v["nodes"][0]["target"], v["nodes"][0]["failureSummary"][:300])
            for v in result["violations"]
            if v["impact"] in ("serious", "critical")
        ]
    tab.context.close()
    assert found == []
    assert tab.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_is_readable(browser: Any, site: str, scheme: str) -> None:
    tab = Watched(browser, site, color_scheme=scheme, bypass_csp=False)
    tab.go("/query?name=axes&code=M61.08")
    tab.page.locator(".yasqe_queryButton").click()
    tab.page.locator("#yasgui td a.iri").first.wait_for()
    tab.page.evaluate(AXE.read_text(encoding="utf-8"))
    result = tab.page.evaluate("axe.run('#yasgui', { runOnly: ['color-contrast'] })")
    found = [(n["target"], n["failureSummary"][:200]) for v in result["violations"] for n in v["nodes"]]
    checked = sum(len(p["nodes"]) for p in result["passes"])
    tab.context.close()
    assert found == [] and checked > 20


def test_pages_are_light_and_the_chapter_is_there_within_a_second(browser: Any, site: str) -> None:
    tab = Watched(browser, site)
    tab.go("/code/M61.08")
    assert sum(tab.bytes) < 300_000
    tab.go("/browse")
    start = time.perf_counter()
    tab.page.locator("#tree a[data-code='M00-M99']").click()
    tab.page.locator("#tree a[data-code='M60-M63']").wait_for()
    tab.page.locator("#picture a[href='/browse/M60-M63']").wait_for()
    took = time.perf_counter() - start
    tab.context.close()
    assert took < (3 if os.environ.get("CI") else 1), f"{took:.2f} s"


class Text(HTMLParser):
    """The tags of a page with their attributes, and whatever a strict policy would refuse."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.refused += [name for name in given if name.startswith("on") or name == "style"]
        self.refused += ["style"] if tag == "style" else []
        self.refused += ["script"] if tag == "script" and not str(given.get("src", "")).startswith("/static/") else []
        self.links += [given["href"] or ""] if tag == "a" and given.get("href") else []


@pytest.mark.parametrize("name", PAGES)
def test_pages_work_without_script(site: str, name: str) -> None:
    status, text, headers = read(site, PAGES[name])
    assert status == 200 and headers["content-type"].startswith("text/html")
    assert Text(text).refused == []
    assert "<h1" in text and "#main" in text


def test_every_link_of_a_page_is_answered(site: str) -> None:
    known: dict[str, int] = {}
    for name in ("compare", "find", "code"):
        for link in Text(read(site, PAGES[name])[1]).links[:: 2 if name == "code" else 1]:
            if link.startswith("/") and link not in known and len(known) < 90:
                known[link] = read(site, link)[0]
    assert len(known) > 60
    assert {link: status for link, status in known.items() if status not in (200, 303, 307)} == {}


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/code/M61.99", 404, "M61.9"),
        ("/code/heart%20attack", 404, "I21.9"),
        ("/code/%3Cscript%3E", 404, "no code"),
        ("/compare/M61.08/Z99.ZZ", 404, "No code"),
        ("/compare?a=M61.08&b=nonsense", 400, "form of an ICD-10-CM code"),
        ("/family/M61.08?by=colour", 400, "by side or by cause"),
        ("/find?text=ulcer&side=upper", 400, "left, right, bilateral"),
        ("/find?text=ulcer&date=soon", 400, "is not a date"),
        ("/?q=qqxyzzy", 200, "No title or other name"),
        ("/browse/M61.99", 404, "M61.9"),
        ("/guidance/none", 404, "no rule of guidance"),
        ("/query?name=none", 404, "no query named"),
        ("/query?name=axes&code=nonsense", 400, "form of an ICD-10-CM code"),
        ("/nowhere/at/all", 404, "Nothing is served"),
        ("/static/../pages.py", 404, ""),
    ],
)
def test_errors_say_what_to_do(site: str, address: str, status: int, words: str) -> None:
    found, text, _ = read(site, address)
    assert found == status
    assert words.lower() in text.lower()
    assert "Traceback" not in text


def test_notes_link_to_entries_alone(site: str) -> None:
    """Ranges that notes name may be no blocks; the chapter's notes name both."""
    text = read(site, "/code/M00-M99")[1]
    assert '<a href="/code/L40.5">L40.5-</a>' in text and '<a href="/code/A00-B99">A00-B99</a>' in text
    assert "Q00-Q99" in text and "/code/Q00-Q99" not in text


def test_a_code_has_one_address(site: str) -> None:
    assert read(site, "/code/m6108")[2]["location"] == "/code/M61.08"
    assert read(site, "/code/m6108?date=2026-05-01")[2]["location"] == "/code/M61.08?date=2026-05-01"
    assert read(site, "/?q=m6108")[2]["location"] == "/code/M61.08"
    assert read(site, "/compare?a=m6108&b=m6148")[2]["location"] == "/compare/M61.08/M61.48"


@pytest.mark.parametrize(
    "address",
    ["/?q={}", "/find?text={}", "/find?text=x&side={}", "/code/{}", "/compare?a={}", "/query?query={}", "/{}"],
)
def test_what_is_typed_in_is_escaped(site: str, address: str) -> None:
    attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    text = read(site, address.format(quote(attack, safe="")))[1]
    assert "<img src=x" not in text and "<script>alert" not in text
    assert Text(text).refused == []


def test_notes_are_escaped_and_linked() -> None:
    assert "<a" not in noted(Note("note", "x (M00-M02)", "M61", False, (Reference("M00-M02", "M00-M02"),), "n"), ())
    note = Note("excludes1", "<b>myositis</b> (M33.-)", "M60-M63", False, (Reference("M33", "M33.-"),), "n")
    assert str(noted(note, ())) == '&lt;b&gt;myositis&lt;/b&gt; (<a href="/code/M33">M33.-</a>)'


def test_suggestions(store: OxigraphStore, site: str) -> None:
    assert [s.code for s in suggest(store, "m61.08")] == ["M61.08"]
    assert suggest(store, "S52.501")[0].code == "S52.501"
    attack = suggest(store, "heart att")
    assert attack[0].code == "I21.9" and attack[0].also == "heart attack"
    assert {s.code for s in suggest(store, "traumatica ossificans other")} == {"M61.08"}
    assert suggest(store, "") == suggest(store, "   ") == suggest(store, "qqxyzzy") == ()
    asked = ["a", "e", "fracture left", "m", "of the", "unspecified", "diabetes mellitus type", "x" * 5000, "a " * 500]
    times = []
    for text in asked:
        start = time.perf_counter()
        suggest(store, text)
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.02, times
    assert [one["code"] for one in json.loads(read(site, "/suggest?q=m61.08")[1])] == ["M61.08"]


def test_vendored_files_are_what_they_are_said_to_be() -> None:
    files = tomllib.loads(VENDOR.read_text(encoding="utf-8"))["file"]
    for file in files:
        assert all(file[key] for key in ("name", "version", "licence", "source", "used_by"))
        path = ROOT / file["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"], path.name
        assert file["version"] in path.name
    listed = {ROOT / file["path"] for file in files}
    scripts = {p for folder in (VENDOR.parent, ROOT / "tests/vendor") for p in folder.rglob("*.min.*")}
    assert scripts == listed

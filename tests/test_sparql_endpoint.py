"""The SPARQL endpoint: the protocol, clients that are not ours, and what strangers try."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote

import httpx
import pytest
import rdflib
import uvicorn
from SPARQLWrapper import CSV, JSON, SPARQLWrapper
from SPARQLWrapper import TURTLE as WRAPPED_TURTLE

from nosograph.store.oxigraph import OxigraphStore
from nosograph.web.app import application
from nosograph.web.limits import Limits
from nosograph.web.lookups import is_look_up
from nosograph.web.pool import Pool

ICD = "http://purl.bioontology.org/ontology/ICD10CM/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
TITLE = f"SELECT ?title {{ <{ICD}M61.08> <{SKOS}prefLabel> ?title }}"
#: the same asked so that a process for queries answers it
SMALL = TITLE.replace("?title }", f"?title . <{ICD}M61.08> <{SKOS}notation> ?code }}")
NAME = "Myositis ossificans traumatica, other site"
#: what never ends, or gives more than anyone may have
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
PATHS = f"SELECT (COUNT(*) AS ?n) {{ ?a (<{SKOS}broader>|^<{SKOS}broader>)* ?b . ?b (!<x:y>)* ?c }}"
SORTED = "SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a DESC(?c)"


@pytest.fixture(scope="module")
def client(served: str) -> httpx.Client:
    client = httpx.Client(base_url=served, timeout=60)
    client.get("/sparql", params={"query": TITLE})
    return client


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_a_query_comes_in_three_ways(client: httpx.Client, way: str) -> None:
    send = {
        "get": lambda: client.get("/sparql", params={"query": TITLE}),
        "form": lambda: client.post("/sparql", data={"query": TITLE}),
        "direct": lambda: client.post(
            "/sparql", content=TITLE, headers={"Content-Type": "application/sparql-query; charset=utf-8"}
        ),
    }
    answer = send[way]()
    assert answer.headers["content-type"] == "application/sparql-results+json"
    assert answer.json()["results"]["bindings"][0]["title"]["value"] == NAME


@pytest.mark.parametrize(
    ("accept", "media", "begins"),
    [
        ("text/csv", "text/csv; charset=utf-8", "title"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8", "?title"),
        ("application/sparql-results+xml, text/csv;q=0.9", "application/sparql-results+xml", "<?xml"),
        ("text/csv;q=0.1, application/*;q=0.5", "application/sparql-results+json", "{"),
        ("*/*;q=0.1, text/csv;q=0", "application/sparql-results+json", "{"),
    ],
)
def test_the_form_of_a_table_is_negotiated(client: httpx.Client, accept: str, media: str, begins: str) -> None:
    answer = client.get("/sparql", params={"query": TITLE}, headers={"Accept": accept})
    assert (answer.headers["content-type"], answer.headers["vary"]) == (media, "Accept")
    assert answer.text.startswith(begins)


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "text/csv", "text/turtle", "image/png"])
@pytest.mark.parametrize(
    "query",
    [
        TITLE,
        f"SELECT * {{ <{ICD}M61.08> ?p ?o }}",
        f"prefix icd: <{ICD}> select distinct ?o where {{ icd:M61.08 a ?o . }} limit 3",
        f"SELECT ?o {{ <{ICD}none> ?p ?o }}",
        "SELECT ?o { <https://w3id.org/nosograph/level/2026-04/category> ?p ?o }",
        "SELECT ?o { unknown:M61.08 ?p ?o }",
        f"SELECT ?o {{ <relative> <{SKOS}broader> ?o }}",
    ],
)
def test_a_look_up_is_answered_as_any_query(client: httpx.Client, query: str, accept: str) -> None:
    """A comment makes it none: then a process for queries answers it."""
    commented = f"{query}\n#"
    assert is_look_up(query) and not is_look_up(commented)
    one, other = (
        client.get("/sparql", params={"query": text}, headers={"Accept": accept}) for text in (query, commented)
    )
    assert (one.status_code, one.headers["content-type"]) == (other.status_code, other.headers["content-type"])
    assert one.content == other.content


@pytest.mark.parametrize(
    "query",
    [
        CROSS,
        PATHS,
        SORTED,
        SMALL,
        "SELECT * { ?s ?p <http://x/> }",
        "SELECT * { <http://x/> <http://p/>* ?o }",
        "SELECT * { <http://x/> ^<http://p/> ?o }",
        "SELECT * { <http://x/> !<http://p/> ?o }",
        "SELECT * { <http://x/> a/x:b ?o }",
        "SELECT * { <http://x/> ?p ?o ; ?q ?r }",
        "SELECT * { <http://x/> ?p ?o , ?r }",
        "SELECT * { <http://x/> ?p ?o . ?a ?b ?c }",
        "SELECT * { <http://x/> ?p ?o } VALUES ?o { 1 }",
        "SELECT * { { <http://x/> ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) { <http://x/> ?p ?o }",
        "SELECT * FROM <http://g/> { <http://x/> ?p ?o }",
        "SELECT * { GRAPH <http://x/> { ?s ?p ?o } }",
        "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
        "SELECT * { SERVICE ?p ?o }",
        "SELECT * { <http://x/> ?p ?o } ; DROP ALL",
        "SELECT * { <http://x/\\u003e> ?p ?o }",
        "SELECT * { <<<http://x/> ?p ?o>> ?q ?r }",
        "SELECT ?a{x:a.b ?p ?o.?s ?q ?r}",
        "SELECT ?a { <http://x/> ?p ?o }" + " " * 2_000,
    ],
)
def test_what_may_take_long_is_no_look_up(query: str) -> None:
    assert not is_look_up(query)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ],
)
def test_the_form_of_a_graph_is_negotiated(client: httpx.Client, accept: str, form: str) -> None:
    answer = client.get("/sparql", params={"query": f"DESCRIBE <{ICD}M61.08>"}, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(accept)
    found = rdflib.Graph().parse(data=answer.text, format=form)
    assert rdflib.Literal(NAME, lang="en") in set(found.objects(rdflib.URIRef(ICD + "M61.08"), rdflib.SKOS.prefLabel))


def test_ask_and_an_empty_form(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True
    assert client.get("/sparql", params={"query": TITLE}, headers={"Accept": "image/png"}).status_code == 406


def test_graphs_by_name(client: httpx.Client) -> None:
    tabular = "https://w3id.org/nosograph/graph/tabular/2026-04"
    inside = f"SELECT ?g {{ GRAPH ?g {{ <{ICD}M61.08> <{SKOS}prefLabel> ?title }} }}"
    rows = client.get("/sparql", params={"query": inside}).json()["results"]["bindings"]
    assert [row["g"]["value"] for row in rows] == [tabular]
    for graph, count in ((tabular, 1), ("https://w3id.org/nosograph/graph/citations", 0)):
        found = client.get("/sparql", params={"query": TITLE, "default-graph-uri": graph}).json()
        assert len(found["results"]["bindings"]) == count
    among = {"query": inside, "named-graph-uri": "https://w3id.org/nosograph/graph/citations"}
    assert client.get("/sparql", params=among).json()["results"]["bindings"] == []


def test_the_service_describes_itself(client: httpx.Client) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    found = rdflib.Graph().parse(data=answer.text, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    (endpoint,) = found.objects(None, sd.endpoint)
    assert str(endpoint) == str(client.base_url) + "/sparql"
    assert len(set(found.objects(None, sd.name))) > 15
    browser = client.get("/sparql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (browser.status_code, browser.headers["location"]) == (303, "/query")


@pytest.mark.parametrize(
    ("parameters", "status", "says"),
    [
        ({"query": "SELECT * {"}, 400, "not a SPARQL query"),
        ({"query": " "}, 400, "empty"),
        ({"query": [TITLE, TITLE]}, 400, "one parameter 'query'"),
        ({"update": "INSERT DATA { <a:b> <a:b> <a:b> }"}, 403, "reading only"),
        ({"query": "INSERT DATA { <a:b> <a:b> <a:b> }"}, 400, "update"),
        ({"query": "LOAD <http://127.0.0.1/>"}, 400, "update"),
        ({"query": TITLE, "default-graph-uri": "no iri"}, 400, "cannot be asked"),
    ],
)
def test_what_is_wrong_is_said(client: httpx.Client, parameters: dict[str, str], status: int, says: str) -> None:
    for answer in (client.get("/sparql", params=parameters), client.post("/sparql", data=parameters)):
        assert answer.status_code == status
        assert says in answer.text
        assert "Traceback" not in answer.text and "/site-packages" not in answer.text


def test_bodies_that_are_none(client: httpx.Client) -> None:
    def post(content: bytes, media: str) -> int:
        return client.post("/sparql", content=content, headers={"Content-Type": media}).status_code

    assert post(b"DROP ALL", "application/sparql-update") == 403
    assert post(b"x", "text/plain") == 415
    assert post(b"\xff", "application/sparql-query") == 400
    assert client.put("/sparql", content=b"x").status_code == 405


def test_sparqlwrapper(served: str) -> None:
    wrapper = SPARQLWrapper(f"{served}/sparql")
    wrapper.setQuery(TITLE)
    wrapper.setReturnFormat(JSON)
    assert wrapper.queryAndConvert()["results"]["bindings"][0]["title"]["value"] == NAME
    wrapper.setMethod("POST")
    wrapper.setReturnFormat(CSV)
    assert NAME.encode() in wrapper.queryAndConvert()
    wrapper.setQuery(f"DESCRIBE <{ICD}M61.08>")
    wrapper.setReturnFormat(WRAPPED_TURTLE)
    assert NAME.encode() in wrapper.queryAndConvert()


def test_rdflib_reads_it_as_a_store(served: str) -> None:
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    graph = rdflib.Graph(store=SPARQLStore(f"{served}/sparql"))
    assert [str(row.title) for row in graph.query(TITLE)] == [NAME]
    assert graph.value(rdflib.URIRef(ICD + "M61.08"), rdflib.SKOS.notation) == rdflib.Literal("M61.08")


@pytest.mark.parametrize("heavy", [CROSS, PATHS, SORTED], ids=["product", "paths", "sorted product"])
def test_a_query_ends_at_its_time_while_others_are_served(client: httpx.Client, heavy: str) -> None:
    with ThreadPoolExecutor(1) as other:
        start = time.monotonic()
        asked = other.submit(httpx.post, f"{client.base_url}/sparql", data={"query": heavy}, timeout=60)
        spent = []
        while not asked.done():
            before = time.monotonic()
            assert client.get("/sparql", params={"query": SMALL}).status_code == 200
            spent.append(time.monotonic() - before)
        answer = asked.result()
    assert answer.status_code == 503 and "was stopped" in answer.text
    assert time.monotonic() - start < 15
    assert sorted(spent)[len(spent) // 2] < 1


def test_too_many_long_queries_are_told_to_come_again(client: httpx.Client) -> None:
    def ask(_: int) -> httpx.Response:
        return httpx.post(f"{client.base_url}/sparql", data={"query": CROSS}, timeout=60)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(16)))
    assert {a.status_code for a in answers} == {429, 503}
    assert all(int(a.headers["retry-after"]) > 0 for a in answers)
    assert client.get("/sparql", params={"query": SMALL}).status_code == 200


@pytest.fixture(scope="module")
def limited(store: OxigraphStore) -> Iterator[tuple[Pool, httpx.Client]]:
    """A server in this process with little room, much time, and one slow query at once."""
    limits = Limits(query_seconds=40, memory_bytes=1_200_000_000, result_bytes=100_000, slow_queries=1)
    app = application(store, limits=limits)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
        assert client.get("/sparql", params={"query": SMALL}).status_code == 200
        yield app.state.pool, client
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def test_a_result_beyond_the_limit_is_refused_whole(limited: tuple[Pool, httpx.Client]) -> None:
    _, client = limited
    answer = client.post("/sparql", data={"query": "SELECT * { ?s ?p ?o } LIMIT 5000"})
    assert answer.status_code == 413 and "larger than 100,000 bytes" in answer.text
    assert len(answer.content) < 500
    assert client.post("/sparql", data={"query": "SELECT * { ?s ?p ?o } LIMIT 50"}).status_code == 200


def test_a_query_that_takes_too_much_memory_is_ended_alone(limited: tuple[Pool, httpx.Client]) -> None:
    _, client = limited
    start = time.monotonic()
    answer = client.post("/sparql", data={"query": SORTED})
    assert answer.status_code == 503 and "more memory than it may" in answer.text
    assert "retry-after" in answer.headers and time.monotonic() - start < 35
    assert client.get("/sparql", params={"query": SMALL}).status_code == 200


def test_a_query_ends_when_its_client_goes_away(limited: tuple[Pool, httpx.Client]) -> None:
    pool, client = limited
    before = {worker.process for worker in pool.all}
    address = (client.base_url.host, client.base_url.port or 0)
    with socket.create_connection(address) as raw:
        raw.sendall(f"GET /sparql?query={quote(CROSS)} HTTP/1.1\r\nHost: {address[0]}\r\n\r\n".encode())
        assert until(lambda: pool.slow == 1), "the query is not running"
        assert client.get("/sparql", params={"query": SMALL}).status_code == 200
        assert pool.slow == 1
    assert until(lambda: pool.slow == 0), "the query goes on"
    ended = before - {worker.process for worker in pool.all}
    assert len(ended) == 1 and until(lambda: all(p.returncode == -signal.SIGKILL for p in ended))
    assert client.get("/sparql", params={"query": SMALL}).status_code == 200


def until(is_so: Callable[[], bool], seconds: float = 5) -> bool:
    """Wait until something is so; tell whether it came to be."""
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    return is_so()


def test_nothing_is_fetched_for_a_stranger(client: httpx.Client) -> None:
    asked: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

    trap = HTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=trap.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{trap.server_port}/"
    for query in (
        f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ \\u0053ERVICE SILENT <{address}> {{ ?s ?p ?o }} }}",
        f"LOAD <{address}>",
        f"SELECT * FROM <{address}> {{ ?s ?p ?o }}",
    ):
        answer = client.post("/sparql", data={"query": query})
        assert answer.status_code == 400 or json.loads(answer.text)["results"]["bindings"] == []
    assert client.get("/sparql", params={"query": TITLE, "default-graph-uri": address}).status_code == 200
    trap.shutdown()
    assert asked == []


def test_64_clients_at_once(served: str) -> None:
    def ask(number: int) -> int:
        with httpx.Client(base_url=served, timeout=60) as mine:
            asked = [SMALL, TITLE] * 3
            return sum(mine.get("/sparql", params={"query": query}).status_code == 200 for query in asked)

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(ask, range(64))) == 384

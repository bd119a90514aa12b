"""The server: linked data, JSON, and how it stands up to strangers."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import rdflib

from nosograph.answers.comparison import compare
from nosograph.answers.find import Question, find
from nosograph.store.oxigraph import OxigraphStore

ICD = "http://purl.bioontology.org/ontology/ICD10CM/"
SITE = "https://w3id.org/nosograph/site/calf"


@pytest.fixture(scope="module")
def client(served: str) -> httpx.Client:
    return httpx.Client(base_url=served, timeout=60)


@pytest.mark.parametrize(
    ("accept", "suffix", "form"),
    [
        ("text/turtle", "ttl", "turtle"),
        ("application/ld+json", "jsonld", "json-ld"),
        ("application/n-triples", "nt", "nt"),
    ],
)
@pytest.mark.parametrize(("address", "thing"), [("/code/M61.08", ICD + "M61.08"), ("/resource/site/calf", SITE)])
def test_a_thing_has_a_document_in_each_form(
    client: httpx.Client, address: str, thing: str, accept: str, suffix: str, form: str
) -> None:
    chosen = client.get(address, headers={"Accept": accept})
    named = client.get(f"{address}.{suffix}")
    assert chosen.content == named.content
    assert chosen.headers["content-type"].startswith(accept)
    assert chosen.headers["vary"] == "Accept"
    assert f'<{thing}>; rel="canonical"' in chosen.headers["link"]
    found = rdflib.Graph().parse(data=chosen.text, format=form)
    assert (rdflib.URIRef(thing), rdflib.RDF.type, None) in found
    again = client.get(address, headers={"Accept": accept, "If-None-Match": chosen.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_forms_have_tags_of_their_own(client: httpx.Client) -> None:
    tags = {client.get(f"/code/M61.08.{s}").headers["etag"] for s in ("html", "ttl", "jsonld", "nt", "json")}
    assert len(tags) == 5


def test_a_browser_gets_pages(client: httpx.Client) -> None:
    for address in ("/code/M61.08", "/resource/site/calf"):
        page = client.get(address, headers={"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"})
        assert page.headers["content-type"].startswith("text/html")
        assert "access-control-allow-origin" not in page.headers


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/id/site/calf", "/resource/site/calf"),
        (f"/resource?iri={ICD}M61.08", "/code/M61.08"),
        (f"/resource?iri={SITE}", "/resource/site/calf"),
        ("/.well-known/void", "/resource/dataset"),
    ],
)
def test_things_lead_to_documents(client: httpx.Client, address: str, location: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_the_data_set_names_its_endpoint(client: httpx.Client) -> None:
    found = rdflib.Graph().parse(data=client.get("/resource/dataset.ttl").text)
    data_set = rdflib.URIRef("https://w3id.org/nosograph/dataset")
    assert str(found.value(data_set, rdflib.VOID.sparqlEndpoint)) == f"{client.base_url}/sparql"
    assert len(set(found.objects(data_set, rdflib.VOID.subset))) > 15


@pytest.mark.parametrize(
    ("address", "accept", "status"),
    [
        ("/code/M61.999", "text/turtle", 404),
        ("/code/zzz", "text/turtle", 400),
        ("/code/M61.08", "image/png", 406),
        ("/resource/site/nowhere", "text/turtle", 404),
        ("/resource?iri=http://example.com/", "*/*", 404),
        ("/resource", "*/*", 400),
        ("/api/code/M61.999", "*/*", 404),
        ("/api/find?side=up", "*/*", 400),
        ("/api/find?colour=red", "*/*", 400),
        ("/api/search", "*/*", 400),
    ],
)
def test_errors_are_clear(client: httpx.Client, address: str, accept: str, status: int) -> None:
    answer = client.get(address, headers={"Accept": accept})
    assert answer.status_code == status
    assert len(answer.text) < 600 and "Traceback" not in answer.text
    if address.startswith("/api"):
        assert answer.json()["error"]


def test_json_is_that_of_the_command(
    client: httpx.Client, store: OxigraphStore, nosograph: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    text = "traumatic myositis ossificans of the left calf"
    expected = find(store, Question.from_json({"text": text})).as_json()
    assert client.get("/api/find", params={"text": text}).json() == json.loads(json.dumps(expected))
    assert client.post("/api/find", json={"text": text, "side": None}).json() == json.loads(json.dumps(expected))
    assert client.get("/api/code/m6108").json() == json.loads(nosograph("show", "M61.08", "--json").stdout)
    assert client.get("/api/compare/M61.08/M61.48").json() == json.loads(
        json.dumps(compare(store, "M61.08", "M61.48").as_json())
    )
    assert client.get("/api/search", params={"q": "M61.08"}).json()[0]["code"] == "M61.08"
    assert client.get("/api/family/M61.08", params={"by": "cause"}).json()["code"].startswith("M61")


def test_what_the_document_of_the_api_names_is_served(client: httpx.Client) -> None:
    document = client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path in document["paths"]:
        filled = path.replace("{code}", "M61.08").replace("{a}", "M61.08").replace("{b}", "M61.48")
        assert client.get(filled.replace("{entry}", "M61.08")).status_code in (200, 400), path
        assert path.partition("{")[0] in client.get("/api").text


def test_schemathesis_finds_no_fault_in_the_api(served: str) -> None:
    program = Path(sys.executable).parent / "schemathesis"
    left_out = ["--exclude-operation-id", "guidance"]  # chapters take the time limit
    done = subprocess.run(
        [program, "run", f"{served}/api/openapi.json", "--max-examples", "5", "--generation-deterministic", *left_out],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:]


def test_headers_of_safety_stand_everywhere(client: httpx.Client) -> None:
    for address in ("/code/M61.08", "/nowhere", "/api/search?q=a", "/sparql?query=x"):
        headers = client.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_data_may_be_read_by_other_pages(client: httpx.Client) -> None:
    for address in ("/sparql?query=ASK{}", "/code/M61.08.ttl", "/api/search?q=a"):
        assert client.get(address).headers["access-control-allow-origin"] == "*"
    preflight = client.options("/sparql", headers={"Access-Control-Request-Method": "POST", "Origin": "http://x"})
    assert "POST" in preflight.headers["access-control-allow-methods"]


def test_script_is_never_passed_on_as_such(client: httpx.Client) -> None:
    script = "<script>alert(1)</script>"
    for address in (
        f"/code/{script}",
        f"/resource/{script}",
        f"/{script}",
        f"/api/search?q={script}",
        f"/find?text={script}",
    ):
        answer = client.get(address, headers={"Accept": "text/html"})
        assert script not in answer.text or not answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/static/../app.py", "/static/%2e%2e/app.py", "/resource/..%2f..%2fetc/passwd"]
)
def test_no_file_lies_within_reach(served: str, path: str) -> None:
    assert (
        exchanged(served, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())[9:12]
        == b"404"
    )


def test_another_name_is_refused(client: httpx.Client) -> None:
    assert client.get("/code/M61.08", headers={"Host": "evil.example:8000"}).status_code == 421
    assert client.get("/code/M61.08", headers={"Host": "localhost"}).status_code == 200


def test_huge_requests_are_refused(client: httpx.Client, served: str) -> None:
    assert client.post("/sparql", data={"query": "x" * 2_000_000}).status_code == 413
    assert client.get("/sparql?query=" + "x" * 60_001).status_code in (400, 414)

    def endless() -> object:
        for _ in range(300):
            yield b"x" * 10_000

    assert (
        client.post("/sparql", content=endless(), headers={"Content-Type": "application/sparql-query"}).status_code
        == 413
    )
    assert exchanged(served, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-A: " + b"a" * 300_000) == b""


def exchanged(served: str, sent: bytes) -> bytes:
    """Return what the server answers to some bytes, until it closes the connection."""
    address = urlsplit(served)
    with socket.create_connection((address.hostname, address.port), timeout=25) as raw:
        received = b""
        try:
            raw.sendall(sent)
            while piece := raw.recv(65536):
                received += piece
        except ConnectionError:
            pass
        return received


def test_slow_clients_are_let_go(client: httpx.Client, served: str) -> None:
    address = urlsplit(served)
    slow = [socket.create_connection((address.hostname, address.port), timeout=25) for _ in range(40)]
    start = time.monotonic()
    for raw in slow:
        raw.sendall(b"GET /code/M61.08 HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    assert client.get("/code/M61.08.ttl").status_code == 200
    while time.monotonic() - start < 5:
        for raw in slow:
            raw.sendall(b"X-Slow: 1\r\n")
        time.sleep(1)
    for raw in slow:
        with suppress(ConnectionError):
            assert raw.recv(100) == b""
        raw.close()
    assert 5 < time.monotonic() - start < 20

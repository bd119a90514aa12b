"""`nosograph push` and what it rests on: whole or told to be a part, gone on with after a break, no password elsewhere."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engines import Engine, oxigraph
from nosograph.errors import QueryError, StoreError, UsageError
from nosograph.query import run
from nosograph.query.connect import connect
from nosograph.query.pushing import Target, push
from nosograph.store import Home, Rows, open_store
from nosograph.store import http as client_module
from nosograph.store.credentials import Credentials, challenges
from nosograph.store.endpoint import EndpointStore
from nosograph.store.http import Client
from small_list import small_store


def silent(_stage: str, _part: float) -> None:
    """Report nothing."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with oxigraph(tmp_path / "db") as running:
        yield running


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the small list; of its layers those that are sent in a second or two."""
    home = Home(Path(shutil.copytree(small_store(), tmp_path_factory.mktemp("push") / "home")))
    folder = home.current()
    assert folder
    manifest = home.manifest()
    manifest["layers"] = [n for n in manifest["layers"] if n["triples"] < 20_000]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return home


def command(home: Home, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NOSOGRAPH_HOME": str(home.path)}
    line = [sys.executable, "-m", "nosograph", *args]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("way", ["graph store", "update"])
def test_every_layer_arrives_and_a_second_push_sends_nothing(way: str, small: Home, engine: Engine) -> None:
    option = ("--graph-store", engine.graph_store) if way == "graph store" else ("--update", engine.update)
    line = ("push", "--endpoint", engine.query, *option, "--json")
    first = command(small, *line)
    assert first.returncode == 0, first.stderr
    assert "counting what is there" in first.stderr
    told = json.loads(first.stdout)
    layers = small.manifest()["layers"]
    assert told["is_whole"] and told["triples"] == sum(n["triples"] for n in layers)
    assert {(n["graph"], n["found"]) for n in told["layers"]} == {(n["graph"], n["triples"]) for n in layers}
    assert {n["state"] for n in told["layers"]} == {"loaded"}
    again = json.loads(command(small, *line).stdout)
    assert {n["state"] for n in again["layers"]} == {"there"}
    question = ("query", "--name", "ancestors", "--param", "code=M61.08", "--format", "json")
    here, there = command(small, *question), command(small, *question, "--store", engine.query)
    assert there.stdout == here.stdout != "", there.stderr


class Breaking:
    """Lets some pieces through, then fails as a lost connection does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
        self.sent: list[str] = []
        real = Client.send

        def send(me: Client, method: str, address: str, *rest: Any) -> Any:
            if method == "POST" and "graph=" in address and "graph%2Fpush" not in address:
                if len(self.sent) >= pieces:
                    raise StoreError("the line is cut")
                self.sent.append(address)
            return real(me, method, address, *rest)

        monkeypatch.setattr(Client, "send", send)


def test_a_push_that_was_cut_off_goes_on_and_is_no_graph_before(
    small: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target(engine.query, engine.graph_store, piece=2_000)
    with monkeypatch.context() as patch:
        Breaking(patch, 5)
        with pytest.raises(StoreError, match="the line is cut"):
            push(small, target, silent)
    with pytest.raises(StoreError, match="a part of the graph only"):
        connect(engine.query)
    with monkeypatch.context() as patch:
        rest = Breaking(patch, 10_000)
        done = push(small, target, silent)
    assert all(p.is_whole for p in done)
    assert done[0].state in ("there", "continued")
    pieces = sum(-(-n["triples"] // 2_000) for n in small.manifest()["layers"])
    assert len(rest.sent) <= pieces - 3
    store = open_store(small)
    assert run(connect(engine.query), "children", code="M61") == run(store, "children", code="M61")
    store.close()


def test_what_was_changed_is_seen_and_force_replaces_it(small: Home, engine: Engine) -> None:
    target = Target(engine.query, engine.graph_store)
    push(small, target, silent)
    address = f"{engine.graph_store}?graph=https%3A%2F%2Fw3id.org%2Fnosograph%2Fgraph%2Fguidance"
    strange = b"<http://x/a> <http://x/b> <http://x/c> .\n"
    Client().send("POST", address, strange, {"Content-Type": "application/n-triples"})
    states = {p.title: p.state for p in push(small, target, silent)}
    assert states["Rules of guidance"] == "replaced"
    assert set(states.values()) == {"there", "replaced"}
    assert {p.state for p in push(small, target, silent, force=True)} == {"replaced"}


def test_a_graph_that_lacks_something_is_not_described_as_whole(
    small: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nosograph.query.pushing as module

    real = module._pieces
    monkeypatch.setattr(module, "_pieces", lambda layer, done, size: (p[1:] for p in real(layer, done, size)))
    done = push(small, Target(engine.query, engine.graph_store), silent)
    assert not any(p.is_whole for p in done)
    with pytest.raises(StoreError, match="a part of the graph only"):
        connect(engine.query)


# What a server may do to a client ---------------------------------------------------------------------------------------

Reply = tuple[int, dict[str, str], bytes]
EMPTY = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": []}}).encode()
GOOD: Reply = (200, {"Content-Type": "application/sparql-results+json"}, EMPTY)


class Server:
    """Answers with what it is told to, and keeps the Authorization headers that it was sent."""

    def __init__(self) -> None:
        self.replies: list[Reply | None] = []
        self.seen: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.seen.append(self.headers.get("Authorization"))
                reply = outer.replies.pop(0) if outer.replies else GOOD
                if reply is None:
                    self.connection.close()
                    return
                self.send_response(reply[0])
                for name, value in {**reply[1], "Content-Length": str(len(reply[2]))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply[2])

            def log_message(self, *args: Any) -> None:
                """Be silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/sparql"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.delenv("NOSOGRAPH_STORE_USER", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(client_module, "_FIRST_WAIT", 0.01)
    started = Server()
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(client_module.time, "sleep", slept.append)
    return slept


def ask(address: str) -> list[Any]:
    found = EndpointStore(address).query("SELECT ?x { ?x ?p ?o }")
    assert isinstance(found, Rows)
    return list(found.rows)


def test_an_engine_that_is_busy_is_asked_again(server: Server, waits: list[float]) -> None:
    server.replies = [(503, {"Retry-After": "3"}, b""), (429, {"Retry-After": "7200"}, b""), (502, {}, b""), None, GOOD]
    assert ask(server.address) == []
    assert waits[0] == 3
    assert waits[1] == 30  # no server makes a command wait for hours
    assert waits[2] < waits[3]


def test_an_engine_that_stays_busy_is_given_up(server: Server, waits: list[float]) -> None:
    server.replies = [(503, {}, b"starting")] * 9
    with pytest.raises(StoreError, match="answers 503: starting"):
        ask(server.address)
    assert len(server.seen) == 5


def test_a_query_that_is_refused_is_not_asked_again(server: Server, waits: list[float]) -> None:
    server.replies = [(400, {}, b"no such function\n\nSPARQL query:\nSELECT ...")]
    with pytest.raises(QueryError, match=r"answers 400: no such function$"):
        ask(server.address)
    assert len(server.seen) == 1


def test_credentials_are_given_when_asked_for(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: Reply = (401, {"WWW-Authenticate": 'Basic realm="graph"'}, b"")
    server.replies = [asked]
    with pytest.raises(StoreError, match="set NOSOGRAPH_STORE_USER"):
        ask(server.address)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password l0velace\n")
    server.replies = [asked]
    ask(server.address)
    assert server.seen[-1] == "Basic " + base64.b64encode(b"ada:l0velace").decode()
    monkeypatch.setenv("NOSOGRAPH_STORE_USER", "eve")
    server.replies = [asked]
    with pytest.raises(UsageError, match="set both"):
        ask(server.address)
    monkeypatch.setenv("NOSOGRAPH_STORE_PASSWORD", "wrong")
    server.replies = [asked, asked]
    with pytest.raises(StoreError, match="refuses the user and password") as error:
        ask(server.address)
    assert "wrong" not in str(error.value)


def test_digest_is_what_the_specification_computes() -> None:
    """RFC 7616, section 3.9.1, both algorithms."""
    common = 'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"'
    for name, response in (
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ):
        signer: Any = challenges(
            f'Digest {common}, algorithm={name}, opaque="x"', Credentials("Mufasa", "Circle of Life")
        )
        client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        header = signer.header("GET", "http://www.example.org/dir/index.html", client_nonce)
        assert f'response="{response}"' in header
        assert "nc=00000001" in header and 'opaque="x"' in header


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_password_goes_to_another_host(status: int, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSOGRAPH_STORE_USER", "ada")
    monkeypatch.setenv("NOSOGRAPH_STORE_PASSWORD", "l0velace")
    other = Server()
    server.replies = [
        (401, {"WWW-Authenticate": 'Basic realm="graph"'}, b""),
        (status, {"Location": other.address}, b""),
    ]
    with pytest.raises(StoreError, match=f"has moved to {other.address}; give that address"):
        ask(server.address)
    assert other.seen == []
    other.server.shutdown()
    other.server.server_close()


def test_a_redirect_within_the_host_is_followed(server: Server) -> None:
    server.replies = [(308, {"Location": "/sparql/"}, b"")]
    assert ask(server.address) == []


@pytest.mark.parametrize("line", [("info", "--store"), ("push", "--endpoint")])
def test_a_password_in_an_address_is_refused_and_not_repeated(line: tuple[str, str], small: Home) -> None:
    done = command(small, *line, "https://ada:l0velace@example.org/sparql")
    assert done.returncode == 2
    assert "NOSOGRAPH_STORE_PASSWORD" in done.stderr
    assert "l0velace" not in done.stderr + done.stdout


def test_rows_that_an_engine_cut_off_are_asked_for(server: Server) -> None:
    def page(*values: str) -> Reply:
        rows = [{"x": {"type": "literal", "value": v}} for v in values]
        body = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": rows}}).encode()
        return 200, {**GOOD[1], "X-SPARQL-MaxRows": "2"}, body

    server.replies = [page("a", "b"), page("c", "d"), page()]
    found = EndpointStore(server.address).query("SELECT ?x { ?s ?p ?x } ORDER BY ?x")
    assert isinstance(found, Rows)
    assert [row[0].value for row in found.rows if row[0]] == ["a", "b", "c", "d"]
    cut: Reply = (200, {"Content-Type": "application/n-triples", "X-SPARQL-MaxRows": "2"}, b"")
    server.replies = [cut]
    with pytest.raises(StoreError, match="cut the answer off after 2 rows"):
        EndpointStore(server.address).query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")


def test_part_of_an_answer_is_no_answer(server: Server) -> None:
    server.replies = [(200, {**GOOD[1], "X-SQL-State": "S1TAT"}, EMPTY)]
    with pytest.raises(StoreError, match="a part of the answer only"):
        ask(server.address)


def test_an_engine_that_keeps_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSOGRAPH_STORE_TIMEOUT", "0.2")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(StoreError, match=r"does not answer within 0\.2 seconds"):
            ask(address)
    with pytest.raises(StoreError, match="does not answer: "):
        ask(address)


def test_the_embedded_store_needs_no_client() -> None:
    code = "import sys; import nosograph.cli.showing, nosograph.answers.find; print('urllib3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

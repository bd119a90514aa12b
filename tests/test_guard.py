"""A query reads what is there: it changes nothing, fetches nothing, and a parameter never becomes part of its text."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from nosograph.errors import QueryError, StoreError, UsageError
from nosograph.query import catalogue, named
from nosograph.store import Rows, Store, Term, literal, uri
from nosograph.store.bind import bind
from nosograph.store.endpoint import EndpointStore
from nosograph.store.guard import chooses_dataset, guard, names_graphs
from nosograph.store.memory import MemoryStore
from nosograph.store.oxigraph import OxigraphStore

TURTLE = '<http://a/s> <http://a/p> "x" . <http://a/s> <http://a/q> <http://a/o> . <http://a/s> <http://a/t> true .'


class Listener:
    """A server on the loopback that answers anything with an empty result, and remembers that it was asked."""

    def __init__(self) -> None:
        asked = self.asked = []  # type: list[str]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = json.dumps({"head": {"vars": []}, "results": {"bindings": []}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/sparql-results+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_HEAD = do_GET  # noqa: N815

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> OxigraphStore:
    folder = tmp_path_factory.mktemp("guard")
    for name in ("one", "dataset"):
        native = ox.Store(str(folder / name))
        native.load(input=TURTLE, format=ox.RdfFormat.TURTLE)
        native.flush()
    return OxigraphStore(folder, "one", {"one": ["http://a/g"]}, [], lambda: folder / "dataset")


@pytest.fixture(scope="module")
def memory() -> MemoryStore:
    return MemoryStore(rdflib.Graph().parse(data=TURTLE, format="turtle"), "one", ["http://a/g"])


def consume(found: Any) -> None:
    if isinstance(found, Rows):
        list(found.rows)
    elif not isinstance(found, bool):
        list(found)


def ask(store: Store, text: str) -> Exception | None:
    """Run a query to its end; give the error that the store raised, if it did."""
    try:
        consume(store.query(text))
    except (QueryError, StoreError) as error:
        return error
    return None


# Each was seen to make Oxigraph or rdflib fetch when nothing stood before them, or to be cut near to one that was.
SERVICES = {
    "plain": "SELECT * { SERVICE <@> { ?s ?p ?o } }",
    "lower case": "select * { service <@> { ?s ?p ?o } }",
    "mixed case": "SELECT * { sErViCe <@> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <@> { ?s ?p ?o } }",
    "glued": "SELECT*{SERVICE<@>{?s ?p ?o}}",
    "glued silent": "SELECT * { SERVICESILENT<@>{ ?s ?p ?o } }",
    "glued to a number": "SELECT * { OPTIONAL { ?s ?p 1SERVICE<@>{?s ?p ?o} } }",
    "glued to true": "SELECT * { ?s ?p trueSERVICE<@>{?s ?p ?o} }",
    "glued to a prefix": "PREFIX a: <@> SELECT * {{?s ?p ?o}SERVICEa:{ ?s ?p ?o } }",
    "over lines": "SELECT * {\nSERVICE\n\n<@>\n{ ?s ?p ?o } }",
    "with tabs": "SELECT * {\tSERVICE\t<@>\t{ ?s ?p ?o } }",
    "after a comment": "SELECT * { # a comment\n SERVICE <@> { ?s ?p ?o } }",
    "comments between": "SELECT * { SERVICE#a {\nSILENT#b\n<@>#c\n{ ?s ?p ?o } }",
    "prefixed name": "PREFIX e: <@> SELECT * { SERVICE e: { ?s ?p ?o } }",
    "prefixed name and comment": "PREFIX e: <@> SELECT * { SERVICE e:#c d\n{ ?s ?p ?o } }",
    "variable": "SELECT * { BIND (<@> AS ?u) SERVICE ?u { ?s ?p ?o } }",
    "subselect": "SELECT * { { SELECT * { SERVICE <@> { ?s ?p ?o } } } }",
    "exists": "SELECT * { ?s ?p ?o FILTER NOT EXISTS { SERVICE <@> { ?s ?p ?o } } }",
    "ask": "ASK { SERVICE <@> { ?s ?p ?o } }",
    "construct": "CONSTRUCT { ?s ?p ?o } { SERVICE <@> { ?s ?p ?o } }",
    "describe": "DESCRIBE ?s { SERVICE <@> { ?s ?p ?o } }",
    "escaped letter": "SELECT * { \\u0053ERVICE <@> { ?s ?p ?o } }",
    "long escape": "SELECT * { \\U00000053ERVICE <@> { ?s ?p ?o } }",
    "rdflib's own long escape": "SELECT * { \\u00000053ERVICE <@> { ?s ?p ?o } }",
    "all letters escaped": "SELECT * { " + "".join(f"\\u{ord(c):04x}" for c in "SERVICE") + " <@> { ?s ?p ?o } }",
    "escaped brace": "SELECT * { SERVICE <@> \\u007B ?s ?p ?o } }",
    "escaped newline": "SELECT * { # comment\\u000ASERVICE <@> { ?s ?p ?o } }",
    "long s": "SELECT * { \u017fERVICE <@> { ?s ?p ?o } }",
    "escaped long s": "SELECT * { \\u017fERVICE <@> { ?s ?p ?o } }",
    "dotless i": "SELECT * { SERV\u0131CE <@> { ?s ?p ?o } }",
    "carriage return ends the comment": "SELECT * { # comment\rSERVICE <@> { ?s ?p ?o } }",
    "carriage return does not end the comment": 'SELECT * { # \r""" \n SERVICE <@> { ?s ?p ?o } # """\n}',
    "escaped hash in a name": "PREFIX e: <http://a/> SELECT * { OPTIONAL { ?s e:a\\# ?o } SERVICE <@> { ?s ?p ?o }\n}",
    "escaped quote in a name": "PREFIX e: <http://a/> SELECT * { OPTIONAL { ?s e:a\\' ?o } SERVICE <@> { ?s ?p ?o } OPTIONAL { ?s e:a\\' ?o } }",
    "escaped quote in a string": 'SELECT * { BIND ("\\u0022 AS ?x) SERVICE <@> { ?s ?p ?o } BIND ("\\u0022 AS ?y) }',
    "quote after less-than": "SELECT * { ?s ?p ?o BIND (1 AS ?a) FILTER (?a<'>' || true)SERVICE <@> { ?s ?p ?o } FILTER ('a'='a') }",
    "hash after less-than": "SELECT * { ?s ?p ?o FILTER (1<1||true)SERVICE#>\n<@>{ ?s ?p ?o } }",
    "escape in an IRI": "SELECT * { OPTIONAL { ?s <http://x/\\u00e9#> ?o } SERVICE <@> { ?s ?p ?o } }",
    "hash in a long string": 'SELECT * { BIND ("""\n# """ AS ?x) SERVICE <@> { ?s ?p ?o } BIND ("""\n""" AS ?y) }',
    "after UNDEF": "SELECT * { VALUES ?x { UNDEF }SERVICE <@> { ?s ?p ?o } }",
}


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_refused_however_it_is_written(
    name: str, listener: Listener, oxigraph: OxigraphStore, memory: MemoryStore
) -> None:
    text = SERVICES[name].replace("@", listener.address)
    for store in (oxigraph, memory, EndpointStore(listener.address)):
        before = len(listener.asked)
        with pytest.raises(QueryError, match="SERVICE is switched off") as raised:
            store.query(text)
        assert len(listener.asked) == before
        assert raised.value.exit_code == 2


def test_the_refused_texts_do_make_the_engines_fetch(listener: Listener) -> None:
    """Else the list above would prove nothing: most of it must reach the server where no guard stands."""
    native = ox.Store()
    native.load(input=TURTLE, format=ox.RdfFormat.TURTLE)
    graph = rdflib.Graph().parse(data=TURTLE, format="turtle")
    reached = set()
    for (name, text), engine in itertools.product(SERVICES.items(), (native, graph)):
        before = len(listener.asked)
        try:
            found = engine.query(text.replace("@", listener.address))
            list(found) if not isinstance(found, ox.QueryBoolean) else bool(found)
        except Exception:
            continue
        finally:
            if len(listener.asked) > before:
                reached.add(name)
    hidden = {
        "escaped letter",
        "carriage return ends the comment",
        "escaped hash in a name",
        "quote after less-than",
        "escape in an IRI",
    }
    assert hidden <= reached
    assert len(reached) > 30, sorted(set(SERVICES) - reached)


PIECES = [
    "SERVICE <@> { ?s ?p ?o }", "service<@>{}", "SERVICE SILENT e: {}", "?s ?p ?o .", "?s e:p ?o ;", "#", "# ", "\n", "\r", " ", "<", ">",
    "'", '"', "'''", '"""', "\\", "\\'", '\\"', "\\u0022", "\\u0027", "\\u000A", "\\u0053", "FILTER (1<2)", "FILTER (?a<'>')", "BIND (", " AS ?x)",
    "<http://a/#>", "<http://a/\\u00e9#>", "e:a\\#", "e:a\\'", "{", "}", "OPTIONAL", "UNION", "1", "true", "@en", "(", ")", "e:p?", "^^", "[]",
]  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8), st.lists(st.sampled_from(PIECES), max_size=5))
def test_no_mixture_of_pieces_gets_past_the_guard(
    listener: Listener, oxigraph: OxigraphStore, memory: MemoryStore, before: list[str], after: list[str]
) -> None:
    text = "PREFIX e: <@> SELECT * { " + "".join(before) + "SERVICE <@> { ?s ?p ?o } " + "".join(after) + " }"
    text = text.replace("@", listener.address)
    asked = len(listener.asked)
    ask(oxigraph, text)
    ask(memory, text)
    assert len(listener.asked) == asked


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service WHERE { ?service a <http://x/SERVICE> }",
        "SELECT ?service ?x { ?service ?x ?y }",
        "SELECT ?myservice ?x { ?myservice ?x ?y }",
        "SELECT $service (COUNT(*) AS ?n) { $service ?x ?y } GROUP BY $service",
        "SELECT * { ?s <http://x/service#> ?o }",
        "PREFIX SERVICE: <http://x/> SELECT * { ?s SERVICE:SERVICE ?o }",
        "PREFIX e: <http://x/> SELECT * { ?s e:SERVICE ?o . ?o e:INSERT e:DELETE }",
        "SELECT * { ?s ?p 'SERVICE <http://x/>' }",
        'SELECT * { ?s ?p "LOAD <http://x/> ; DROP ALL" }',
        'SELECT * { ?s ?p """INSERT DATA { }\n DELETE""" }',
        "SELECT * { ?s ?p ?o } # SERVICE is off, LOAD too",
        "# SERVICE <http://127.0.0.1/> { ?s ?p ?o }\nSELECT * { ?s ?p ?o }",
        "SELECT * {\n  # SERVICE <http://127.0.0.1/> { ?s ?p ?o }\r\n  ?s ?p ?o\r\n}",
        "# INSERT DATA { }\nSELECT * { ?s ?p ?o }",
        "SELECT ?insert ?delete { ?insert ?delete ?load }",
        "SELECT * { ?s ?p ?o FILTER (REPLACE(STR(?o), 'add', 'drop') = 'x') }",
        "SELECT * { ?s ?p 'services: for { all }' }",
    ],
)
def test_a_word_that_is_no_keyword_passes(text: str, oxigraph: OxigraphStore, memory: MemoryStore) -> None:
    guard(text)
    assert ask(oxigraph, text) is None
    assert ask(memory, text) is None


UPDATES = [
    "INSERT DATA { <http://a/s> <http://a/p> 1 }",
    "insert data { <http://a/s> <http://a/p> 1 }",
    "DELETE WHERE { ?s ?p ?o }",
    "DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
    "LOAD <@>",
    "LOAD SILENT <@> INTO GRAPH <http://a/g>",
    "CLEAR ALL",
    "DROP DEFAULT",
    "CREATE GRAPH <http://a/g>",
    "COPY DEFAULT TO <http://a/g>",
    "MOVE DEFAULT TO <http://a/g>",
    "ADD DEFAULT TO <http://a/g>",
    "PREFIX e: <http://a/>\nDELETE DATA { e:s e:p 'x' }",
    "# SELECT * { }\nDROP ALL",
    "WITH <http://a/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
]
HIDDEN_UPDATES = [
    "\\u0044ROP ALL",
    "SELECT * { ?s ?p ?o } ; DROP ALL",
    "SELECT * { ?s ?p ?o }\nINSERT DATA { <http://a/s> <http://a/p> 1 }",
    "# x\rDROP ALL",
    "BASE <http://select/> DROP ALL",
]


@pytest.mark.parametrize("text", UPDATES + HIDDEN_UPDATES)
def test_an_update_is_refused_and_changes_nothing(
    text: str, listener: Listener, oxigraph: OxigraphStore, memory: MemoryStore
) -> None:
    asked = len(listener.asked)
    for store in (oxigraph, memory):
        with pytest.raises(QueryError) as raised:
            consume(store.query(text.replace("@", listener.address)))
        if text in UPDATES:
            assert "this is a SPARQL update" in str(raised.value)
        assert ask(store, "SELECT * { ?s ?p ?o }") is None
    assert len(oxigraph.native) == len(memory.graph) == 3
    assert len(listener.asked) == asked


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM <@> { ?s ?p ?o }",
        "SELECT * FROM NAMED <@> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * FROM <@> FROM NAMED <@> { GRAPH <@> { ?s ?p ?o } }",
        "ASK FROM <@> { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } FROM <@> { ?s ?p ?o }",
        "DESCRIBE <@>",
        "SELECT * { GRAPH <@> { ?s ?p ?o } }",
        "BASE <@> SELECT * FROM <> { ?s ?p ?o }",
        "SELECT * { <@> ?p ?o }",
    ],
)
def test_naming_a_graph_fetches_nothing(
    text: str, listener: Listener, oxigraph: OxigraphStore, memory: MemoryStore
) -> None:
    asked = len(listener.asked)
    assert ask(oxigraph, text.replace("@", listener.address)) is None
    ask(memory, text.replace("@", listener.address))  # a single graph has no others to choose from, and may say so
    assert len(listener.asked) == asked


def test_naming_graphs_is_seen_only_where_they_are_named() -> None:
    assert names_graphs("SELECT * { graph ?g { ?s ?p ?o } }")
    assert chooses_dataset("select * from <http://x/> {}")
    for text in (
        "SELECT ?from { ?from ?graph 'FROM x' }",
        "SELECT * { ?s <http://x/GRAPH> ?o } # GRAPH ?g",
        "SELECT * { ?s e:FROM ?o }",
    ):
        assert not names_graphs(text)
        assert not chooses_dataset(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 5000 + "}" * 5000,
        "SELECT * { FILTER (" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
        "SELECT * { FILTER (" + "!" * 20_000 + "true) }",
        "SELECT * { FILTER (1" + "+1" * 20_000 + ") }",
        "SELECT * { FILTER (?x" + "||?x" * 20_000 + ") }",
        "SELECT * { ?s ?p ?o" + " OPTIONAL { ?s ?p ?o }" * 5000 + " }",
        "SELECT * { " + " ".join(f"BIND (1 AS ?x{n})" for n in range(5000)) + " }",
        "SELECT * { ?s <http://a/p>" + "/<http://a/p>" * 5000 + " ?o }",
        "SELECT * { ?s ?p " + "[<http://a/p> " * 5000 + "1" + "]" * 5000 + " }",
    ],
    ids=["braces", "parentheses", "not", "plus", "or", "optional", "bind", "path", "blank nodes"],
)
def test_a_query_that_would_overflow_the_stack_is_refused(text: str, oxigraph: OxigraphStore) -> None:
    with pytest.raises(QueryError, match="too large"):
        oxigraph.query(text)


def test_large_queries_that_are_flat_pass(oxigraph: OxigraphStore) -> None:
    codes = " ".join(f'"M{n}"' for n in range(20_000))
    pairs = " ".join(f'("M{n}" {n})' for n in range(20_000))
    assert ask(oxigraph, f"SELECT * {{ VALUES ?x {{ {codes} }} }}") is None
    assert ask(oxigraph, f"SELECT * {{ VALUES (?x ?y) {{ {pairs} }} }}") is None


@pytest.mark.parametrize(
    "text", ["SELECT * { ?s ?p '\udcff' }", "\ud800", "SELECT", "", "garbage", "SELECT * { ?s ?p }", "\0"]
)
def test_what_is_no_query_is_a_query_error(text: str, oxigraph: OxigraphStore, memory: MemoryStore) -> None:
    for store in (oxigraph, memory):
        with pytest.raises(QueryError):
            store.query(text)


# Parameters

HOSTILE = st.text(
    st.sampled_from("\"'\\<>{}()|^`#?$.;, \n\r\tuU0022AB:/@\u00e9\u2028\x00\x0b\x85"), max_size=12
) | st.text(max_size=12)
ECHO = "SELECT ?v ?w WHERE { BIND (?v AS ?w) } # ?v '\n"


@settings(max_examples=400, deadline=None)
@given(HOSTILE)
def test_a_string_comes_back_as_it_was_given(oxigraph: OxigraphStore, memory: MemoryStore, value: str) -> None:
    for store in (oxigraph, memory):
        rows = store.query(ECHO, {"v": literal(value)})
        assert isinstance(rows, Rows)
        assert rows.variables == ("v", "w")
        assert list(rows.rows) == [(Term("literal", value), Term("literal", value))]


@settings(max_examples=400, deadline=None)
@given(HOSTILE | HOSTILE.map("http://a/".__add__))
def test_an_iri_comes_back_or_is_refused(oxigraph: OxigraphStore, value: str) -> None:
    try:
        rows = oxigraph.query("SELECT ?v ?w WHERE { BIND (?v AS ?w) }", {"v": uri(value)})
    except QueryError:
        return
    assert isinstance(rows, Rows)
    assert list(rows.rows) == [(uri(value), uri(value))]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["uri", "literal", "bnode"]), HOSTILE, st.none() | HOSTILE, st.none() | HOSTILE)
def test_no_term_changes_what_stands_around_it(
    kind: Any, value: str, datatype: str | None, language: str | None
) -> None:
    template = (
        "SELECT ?c ?x WHERE { ?c <http://a/p> ?x . FILTER (?c != 'c') { SELECT ?c ?q { ?c ?p ?q } } } ORDER BY ?c ?x"
    )
    try:
        text = bind(template, {"c": Term(kind, value, datatype, language)})
    except QueryError:
        return
    written = Term(kind, value, datatype, language).n3()
    assert text.count(written) >= 3
    around = text.replace(written, "\0") if written.strip("?c") else text
    assert around.replace("\0", "") == template.replace("?c", "").replace("SELECT  ?x", "SELECT ( AS ?c) ?x", 1)
    one = ox.Store().query(text)  # still one query of the same form, with the same variables
    assert [v.value for v in one.variables] == ["c", "x"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "term",
    [
        uri("http://x/> } SERVICE <http://127.0.0.1/"),
        uri("http://x/ y"),
        uri("no-scheme"),
        uri(""),
        uri("http://x/\\u003E"),
        Term("bnode", "b"),
        Term("literal", "x", "http://x/> . ?s ?p <http://y/"),
        Term("literal", "x", None, "en . ?s ?p ?o"),
        Term("literal", "\ud800"),
    ],
)
def test_a_term_that_no_text_stands_for_is_refused(term: Term, oxigraph: OxigraphStore) -> None:
    with pytest.raises(QueryError, match="cannot be given to a query"):
        oxigraph.query("SELECT ?v { ?v ?p ?o }", {"v": term})


def test_variables_in_strings_comments_and_iris_stay() -> None:
    text = 'SELECT ?c { ?c <http://a/?c> \'?c\', """?c\n?c""" . ?cc ?p ?c2 } # ?c'
    assert bind(text, {"c": literal("X")}) == (
        'SELECT ("X" AS ?c) { "X" <http://a/?c> \'?c\', """?c\n?c""" . ?cc ?p ?c2 } # ?c'
    )


VALUES = {
    "code": ["M61.08", "R99", "M60-M63"], "iri": ["http://a/?x=1"], "string": ["calf", "'\"}\\ ?code"],
    "date": ["2026-11-22"], "integer": ["3", "-7"], "iris": ["http://a/ http://b/?x=1", "http://a/"],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_named_query_can_be_bound_and_parsed(name: str) -> None:
    query = named(name)
    guard(query.text)
    for turn in range(3):
        values = {p: VALUES[kind][turn % len(VALUES[kind])] for p, kind in query.params.items()}
        bound = bind(query.text, query.bindings(values))
        found = ox.Store().query(bound)
        if isinstance(found, ox.QuerySolutions):
            given = {p for p, kind in query.params.items() if kind != "iris"}
            assert {v.value for v in found.variables} >= given


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["code", "iri", "date", "integer"]), HOSTILE)
def test_a_parameter_has_the_form_of_its_type_or_is_refused(kind: str, value: str) -> None:
    taking = next(q for q in catalogue().values() if kind in q.params.values()) if kind in ("code",) else None
    from nosograph.query.catalogue import NamedQuery

    query = taking or NamedQuery("x", "x", {"v": kind}, "SELECT ?v { ?v ?p ?o }")
    name = next(p for p, k in query.params.items() if k == kind)
    others = {p: VALUES[k][0] for p, k in query.params.items() if p != name}
    try:
        bound = bind(query.text, query.bindings({name: value, **others}))
    except UsageError:
        return
    ox.Store().query(bound)


def test_parameters_are_checked_by_name() -> None:
    query = next(q for q in catalogue().values() if tuple(q.params) == ("code",))
    with pytest.raises(UsageError, match="needs --param code="):
        query.bindings({})
    with pytest.raises(UsageError, match=f"no parameter of {query.id} named 'cod'"):
        query.bindings({"code": "M61", "cod": "M61"})


def test_the_command_refuses_too(nosograph: Any, listener: Listener, tmp_path: Path) -> None:
    text = f"SELECT * {{ \\u0053ERVICE <{listener.address}> {{ ?s ?p ?o }} }}"
    (tmp_path / "q.rq").write_text(text)
    asked = len(listener.asked)
    for done in (
        nosograph("query", text),
        nosograph("query", "-", input=text),
        nosograph("query", "--file", str(tmp_path / "q.rq")),
        nosograph("query", "DROP ALL"),
        nosograph("query", b"SELECT * { ?s ?p '\xff' }".decode(errors="surrogateescape")),
    ):
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("nosograph: ")
    assert len(listener.asked) == asked

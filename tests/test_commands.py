"""The command as the contract has it: options, exit codes, what goes to stdout and stderr, and formats that other tools read."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import networkx as nx
import pytest
import rdflib
from rdflib.compare import isomorphic, to_isomorphic

from nosograph import __version__
from nosograph.cli.main import cli
from nosograph.store import Home, Rows
from nosograph.store.oxigraph import OxigraphStore

Run = Callable[..., subprocess.CompletedProcess[str]]
ICD = "http://purl.bioontology.org/ontology/ICD10CM/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
NG = "https://w3id.org/nosograph/vocab#"
COMMANDS = [
    "build",
    "check-brief",
    "compare",
    "diff",
    "draw",
    "export",
    "family",
    "find",
    "guidance",
    "info",
    "load-cpt",
    "push",
    "queries",
    "query",
    "serve",
    "show",
    "stay",
    "validate",
]
SELECT = f"SELECT ?code ?title ?order {{ ?code <{SKOS}broader> <{ICD}M61.0> ; <{SKOS}prefLabel> ?title ; <{NG}order> ?order }} ORDER BY ?order"
CONSTRUCT = f"CONSTRUCT {{ ?code <{SKOS}prefLabel> ?title ; <{NG}order> ?order }} {{ {SELECT.partition('{ ')[2].rpartition('}')[0]} }}"
ESCAPE = "\x1b["


def fine(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def data(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(fine(done))


def failed(done: subprocess.CompletedProcess[str], exit_code: int) -> str:
    """Return what a failed command says; checks that it is on stderr alone and no traceback."""
    assert done.returncode == exit_code, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def on_terminal(home: Home, *args: str, **env: str) -> tuple[int, str]:
    """Run the command with a terminal as its stdin, stdout and stderr; returns its exit code and all that was shown."""
    main, other = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    environment |= {"NOSOGRAPH_HOME": str(home.path), "TERM": "xterm-256color", "COLUMNS": "120", **env}
    process = subprocess.Popen(
        [sys.executable, "-m", "nosograph", *args], stdin=other, stdout=other, stderr=other, env=environment
    )
    os.close(other)
    shown = b""
    while True:
        ready, _, _ = select.select([main], [], [], 60)
        assert ready, "the command hangs"
        try:
            piece = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(main)
    return process.wait(), shown.decode().replace("\r\n", "\n")


# Help


def test_the_commands_are_those_of_the_contract() -> None:
    assert cli.list_commands(click.Context(cli)) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name: str, nosograph: Run) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in (
            "side",
            "encounter",
            "engine",
        ):  # their choices say it
            assert parameter.help or isinstance(parameter.type, click.Choice), f"{name} {parameter.opts}"
    shown = fine(nosograph(name, "--help"))
    assert shown == fine(nosograph(name, "-h"))
    assert shown.startswith(f"Usage: nosograph {name}")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[-1] in shown


def test_the_command_itself_has_help_and_a_version(nosograph: Run) -> None:
    shown = fine(nosograph("--help"))
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\S", shown, re.MULTILINE)
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert fine(nosograph("--version")).strip().endswith(project["version"])
    assert __version__ == project["version"]


def test_completion_is_offered_to_shells(nosograph: Run) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_NOSOGRAPH_COMPLETE" in nosograph(env={"_NOSOGRAPH_COMPLETE": f"{shell}_source"}).stdout
    done = nosograph(env={"_NOSOGRAPH_COMPLETE": "bash_complete", "COMP_WORDS": "nosograph sh", "COMP_CWORD": "1"})
    assert "show" in done.stdout


# Exit codes


@pytest.mark.parametrize(
    ("args", "exit_code", "says"),
    [
        (("nonsense",), 2, "No such command"),
        (("show",), 2, "Missing argument"),
        (("show", "M61.08", "--nonsense"), 2, "No such option"),
        (("show", "M61.08", "--date", "tomorrow"), 2, "tomorrow"),
        (("show", "M61.08", "--date", "2026-02-30"), 2, "2026-02-30"),
        (("show", "M61.08", "--format", "xml"), 2, "xml"),
        (("show", "no code"), 2, "has not the form of an ICD-10-CM code"),
        (("show", ""), 2, "has not the form"),
        (("show", "M61.08", "--edition", "1999"), 2, "there are: 2026-04"),
        (("show", "M61.08", "--store", "ftp://127.0.0.1/"), 2, "http://"),
        (("show", "M61.08", "--store", "http://127.0.0.1:9/"), 4, "does not answer"),
        (("show", "M61.0A"), 3, "no ICD-10-CM code 'M61.0A'; did you mean"),
        (("show", "Z99.ZZZ"), 3, "no ICD-10-CM code"),
        (("show", "M60-M64"), 3, "no ICD-10-CM code 'M60-M64'"),
        (("export", "M61.0A", "--format", "turtle"), 3, "M61.0A"),
        (("export", "M61", "--format", "pdf"), 2, "pdf"),
        (("export", "M61"), 2, "--format"),
        (("export", "M61", "--format", "csv", "-q", "-o", "/nonexistent/x.csv"), 4, "/nonexistent/x.csv"),
        (("query",), 2, "give one of"),
        (("query", "SELECT", "--name", "ancestors"), 2, "give one of"),
        (("query", "SELECT * {"), 2, "not a SPARQL query"),
        (("query", "DROP ALL"), 2, "SPARQL update"),
        (("query", "ASK {}", "--param", "a=b"), 2, "--param belongs to --name"),
        (("query", "--name", "no-such"), 2, "no query named 'no-such'; there are: "),
        (("query", "--name", "../x"), 2, "no query named"),
        (("query", "--name", "ancestors"), 2, "needs --param code="),
        (("query", "--name", "ancestors", "--param", "code"), 2, "name=value"),
        (("query", "--name", "ancestors", "--param", "cod=M61"), 2, "no parameter of ancestors named 'cod'"),
        (("query", "--name", "ancestors", "--param", "code=x"), 2, "has not the form"),
        (("query", "--file", "/nonexistent.rq"), 4, "/nonexistent.rq"),
        (("query", SELECT, "--format", "ttl"), 2, "this query gives rows"),
        (("query", CONSTRUCT, "--format", "csv"), 2, "this query gives triples"),
        (("diff", "2026-04"), 2, "Missing argument"),
        (("diff", "2026-04", "1999"), 2, "1999"),
        (("build", "--edition", "1999"), 2, "1999"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_has_its_exit_code(
    args: tuple[str, ...], exit_code: int, says: str, nosograph: Run
) -> None:
    message = failed(nosograph(*args), exit_code)
    assert says in message
    assert message.startswith(("nosograph: ", "Usage: "))


def test_an_argument_that_is_no_text_has_its_exit_code(nosograph: Run) -> None:
    for args in (
        ("show", "\udcff"),
        ("query", "\udcff"),
        ("query", "--name", "\udcff"),
        ("export", "\udcff", "--format", "csv"),
    ):
        failed(nosograph(*args), 2)
    for args in (("query", "-"), ("query", "--file", "-"), ("find", "--batch", "-", "--json")):
        failed(nosograph(*args, input="\udcff", errors="surrogateescape"), 4)


# Show

SHOW_KEYS = {
    "code": str, "iri": str, "kind": str, "title": str, "reportable": bool, "valid": bool, "validity": list, "edition": str, "path": list,
    "notes": list, "seventh_characters": dict, "children": list, "siblings": list, "axes": dict,
}  # fmt: skip
NOTE_KINDS = {
    "includes", "inclusion-term", "excludes1", "excludes2", "code-first", "use-additional", "code-also", "note", "seventh-character",
}  # fmt: skip


def check_page(page: dict[str, Any]) -> None:
    """Check a page of `show` against the contract."""
    for key, kind in SHOW_KEYS.items():
        assert isinstance(page[key], kind) or (page[key] is None and key in ("title", "valid")), key
    assert page["iri"] == ICD + page["code"]
    assert page["kind"] in ("chapter", "block", "category", "subcategory", "code")
    for span in page["validity"]:
        assert span.keys() == {"from", "to"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", span["from"])
        assert span["to"] is None or span["to"] > span["from"]
    for step in page["path"]:
        assert step.keys() == {"code", "title"}
    for note in page["notes"]:
        assert note.keys() >= {"kind", "text", "owner", "inherited", "references"}
        assert note["kind"] in NOTE_KINDS
        assert note["inherited"] is (note["owner"] != page["code"])
        assert note["owner"] in [page["code"], *(step["code"] for step in page["path"])]
        for reference in note["references"]:
            assert reference.keys() == {"code", "text"}
    for beside in (*page["children"], *page["siblings"]):
        assert beside.keys() >= {"code", "title"}
        assert beside["code"] != page["code"]


@pytest.mark.parametrize("typed", ["M61.08", "m61.08", "M6108", "m6108", " m6108 "])
def test_a_code_may_be_written_in_any_way(typed: str, nosograph: Run) -> None:
    page = data(nosograph("show", typed, "--date", "2026-11-22"))
    check_page(page)
    assert page["code"] == "M61.08"
    assert page["title"] == "Myositis ossificans traumatica, other site"
    assert (page["kind"], page["reportable"], page["valid"]) == ("code", True, True)
    assert page["validity"] == [{"from": "2015-10-01", "to": None}]
    assert page["edition"] == "2026-04"
    assert [step["code"] for step in page["path"]] == ["M00-M99", "M60-M63", "M61", "M61.0"]
    assert [c["code"] for c in page["siblings"]] == [
        "M61.00",
        "M61.01",
        "M61.02",
        "M61.03",
        "M61.04",
        "M61.05",
        "M61.06",
        "M61.07",
        "M61.09",
    ]
    (note,) = [n for n in page["notes"] if n["owner"] == "M60-M63" and "M33" in n["text"]]
    assert note["kind"] == "excludes1"
    assert {"code": "M33", "text": "M33.-"} in note["references"]


@pytest.mark.parametrize(
    ("code", "kind", "title", "reportable", "above", "below"),
    [
        ("M00-M99", "chapter", "Diseases of the musculoskeletal system and connective tissue", False, [], "M00-M25"),
        ("r99-r99", "block", "Ill-defined and unknown cause of mortality", False, ["R00-R99"], "R99"),
        ("r99", "code", "Ill-defined and unknown cause of mortality", True, ["R00-R99", "R99-R99"], None),
        ("M61", "category", "Calcification and ossification of muscle", False, ["M00-M99", "M60-M63"], "M61.0"),
        ("m610", "subcategory", "Myositis ossificans traumatica", False, ["M00-M99", "M60-M63", "M61"], "M61.00"),
    ],
)
def test_every_level_has_its_page(
    code: str, kind: str, title: str, reportable: bool, above: list[str], below: str | None, nosograph: Run
) -> None:
    page = data(nosograph("show", code, "--json"))
    check_page(page)
    assert (page["kind"], page["title"], page["reportable"]) == (kind, title, reportable)
    assert page["valid"] is reportable
    assert [step["code"] for step in page["path"]] == above
    assert (page["children"][0]["code"] if page["children"] else None) == below


def test_seventh_characters_are_shown_with_where_they_are_defined(nosograph: Run) -> None:
    page = data(nosograph("show", "s065x7a"))
    check_page(page)
    assert page["reportable"] is True
    assert page["seventh_characters"]["defined_at"] == "S06"
    assert set(page["seventh_characters"]["characters"]) >= {"A"}
    assert "initial encounter" in page["title"]
    not_a_code = data(nosograph("show", "S06.5X7D"))  # the note at S06 forbids it; it could be reported once
    check_page(not_a_code)
    assert (not_a_code["reportable"], not_a_code["valid"]) == (False, False)
    assert all(span["to"] for span in not_a_code["validity"])


def test_validity_depends_on_the_date(nosograph: Run) -> None:
    def valid(code: str, day: str) -> bool | None:
        page = data(nosograph("show", code, "--date", day))
        assert page["date"] == day
        found: bool | None = page["valid"]
        return found

    assert valid("M61.08", "2015-10-01") is True
    assert valid("M61.08", "2015-09-30") is None
    assert valid("M61.08", "2027-03-31") is True
    assert valid("M61.08", "2027-04-01") is None
    assert valid("G35", "2025-09-30") is True
    assert valid("G35", "2025-10-01") is False
    assert valid("G35.A", "2025-09-30") is False
    assert valid("G35.A", "2025-10-01") is True


def code_of(store: OxigraphStore, kind: str) -> tuple[str, str]:
    rows = store.query(
        f"SELECT ?n ?from {{ ?c a <{NG}{kind}> ; <{SKOS}notation> ?n ; <{NG}validity>/<{NG}validFrom> ?from . "
        f"FILTER NOT EXISTS {{ ?c <{SKOS}prefLabel> ?title }} }} ORDER BY ?n LIMIT 1"
    )
    assert isinstance(rows, Rows)
    code, start = next(rows.rows)
    assert code
    assert start
    return code.value, start.value


def test_codes_outside_the_list_say_so(store: OxigraphStore, nosograph: Run) -> None:
    newer, start = code_of(store, "NewerCode")
    page = data(nosograph("show", newer, "--date", start))
    check_page(page)
    assert page["title"] is None
    assert page["valid"] is True
    assert "newer" in page["outside"]
    former, _ = code_of(store, "FormerCode")
    page = data(nosograph("show", former, "--date", "2026-11-22"))
    check_page(page)
    assert (page["title"], page["valid"], page["reportable"]) == (None, False, False)
    assert "left" in page["outside"]
    assert page["validity"][-1]["to"] < "2026-11-22"


def test_show_writes_turtle(nosograph: Run) -> None:
    graph = rdflib.Graph().parse(data=fine(nosograph("show", "M61.08", "--format", "ttl")), format="turtle")
    assert (rdflib.URIRef(ICD + "M61.08"), rdflib.URIRef(SKOS + "notation"), rdflib.Literal("M61.08")) in graph


# Terminals and pipes


def test_a_terminal_gets_a_page_and_a_pipe_gets_json(home: Home, nosograph: Run) -> None:
    code, page = on_terminal(home, "show", "m6108")
    assert code == 0
    assert ESCAPE in page
    plain = re.sub(r"\x1b\[[0-9;]*m", "", page)
    for words in (
        "M61.08  Myositis ossificans traumatica, other site",
        "reportable; valid on",
        "since 2015-10-01",
        "[from M60-M63]",
        "Beside it",
    ):
        assert words in plain
    assert "{" not in plain
    assert json.loads(fine(nosograph("show", "m6108")))["code"] == "M61.08"
    code, forced = on_terminal(home, "show", "m6108", "--json")
    assert json.loads(forced)["code"] == "M61.08"


@pytest.mark.parametrize("args", [("info",), ("queries",), ("show", "M60-M63"), ("query", SELECT)], ids=lambda a: a[0])
def test_tables_fit_a_terminal_and_obey_no_color(args: tuple[str, ...], home: Home) -> None:
    code, shown = on_terminal(home, *args, NO_COLOR="1", COLUMNS="90")
    assert code == 0
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])(?:;\d+)*m", shown)
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(shown)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert len(lines) > 4
    assert max(map(len, lines)) <= 90


def test_errors_on_a_terminal_are_one_line(home: Home) -> None:
    code, shown = on_terminal(home, "show", "M61.0A")
    assert code == 3
    assert shown.startswith("nosograph: no ICD-10-CM code")
    assert len(shown.splitlines()) == 1


def test_tables_can_be_piped(nosograph: Run) -> None:
    shown = fine(nosograph("info", "--format", "table"))
    assert "74,719 reportable codes" in shown
    assert ESCAPE not in shown
    assert ESCAPE not in fine(nosograph("show", "M61.08", "--format", "table", env={"TERM": "xterm"}))


@pytest.mark.parametrize(
    "args",
    [("show", "M61.08"), ("info",), ("query", SELECT), ("export", "M61", "--format", "nquads")],
    ids=lambda a: a[0],
)
def test_quiet_says_nothing_and_stdout_is_the_same(args: tuple[str, ...], nosograph: Run) -> None:
    assert fine(nosograph(*args, "--quiet")) == fine(nosograph(*args, "-q")) == fine(nosograph(*args))


def test_quiet_export_to_a_file_is_silent(nosograph: Run, tmp_path: Path) -> None:
    loud = nosograph("export", "M61", "--format", "turtle", "-o", str(tmp_path / "a.ttl"))
    assert (loud.returncode, loud.stdout) == (0, "")
    assert "a.ttl" in loud.stderr
    assert fine(nosograph("export", "M61", "--format", "turtle", "-o", str(tmp_path / "b.ttl"), "-q")) == ""
    assert (tmp_path / "a.ttl").read_bytes() == (tmp_path / "b.ttl").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ttl", "b.ttl"]


ALL_CODES = f"SELECT ?code ?n {{ ?code <{SKOS}notation> ?n }}"


@pytest.mark.parametrize(
    "args",
    [
        ("query", ALL_CODES, "--format", "json"),
        ("query", ALL_CODES, "--format", "csv"),
        ("query", ALL_CODES, "--format", "tsv"),
        ("query", ALL_CODES + " LIMIT 3000", "--format", "table"),
        (
            "query",
            f"CONSTRUCT {{ ?code <{SKOS}notation> ?n }} {{ ?code <{SKOS}notation> ?n }} LIMIT 20000",
            "--format",
            "nq",
        ),
        ("export", "--format", "turtle"),
        ("export", "--format", "csv"),
        ("export", "M00-M99", "--format", "turtle"),
        ("export", "M60-M63", "--format", "jsonld"),
        ("show", "M00-M99", "--format", "ttl"),
        ("queries",),
    ],
    ids=lambda a: " ".join(a)[:20] + a[-1],
)
def test_a_reader_that_goes_away_causes_no_traceback(args: tuple[str, ...], home: Home) -> None:
    environment = {**os.environ, "NOSOGRAPH_HOME": str(home.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "nosograph", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()  # as `| head -1` does
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0  # 1 would mean findings


# Query


def test_queries_can_come_from_a_file_and_from_stdin(nosograph: Run, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text(SELECT)
    expected = data(nosograph("query", SELECT))
    assert expected["head"]["vars"] == ["code", "title", "order"]
    assert len(expected["results"]["bindings"]) == 10
    assert data(nosograph("query", "--file", str(tmp_path / "q.rq"))) == expected
    assert data(nosograph("query", "--file", "-", input=SELECT)) == expected
    assert data(nosograph("query", "-", input=SELECT)) == expected
    assert data(nosograph("query", SELECT, "--edition", "2026-04")) == expected


def test_every_row_format_says_the_same(nosograph: Run) -> None:
    bindings = data(nosograph("query", SELECT, "--format", "json"))["results"]["bindings"]
    wanted = [tuple(row[v]["value"] for v in ("code", "title", "order")) for row in bindings]
    assert bindings[0]["title"]["xml:lang"] == "en"
    assert bindings[0]["order"]["datatype"].endswith("#integer")
    comma = list(csv.reader(io.StringIO(fine(nosograph("query", SELECT, "--format", "csv")))))
    assert comma[0] == ["code", "title", "order"]
    assert [tuple(row) for row in comma[1:]] == wanted
    from rdflib.plugins.sparql.results.tsvresults import TSVResultParser

    tabbed = TSVResultParser().parse(io.BytesIO(fine(nosograph("query", SELECT, "--format", "tsv")).encode()))
    assert [tuple(str(value) for value in row) for row in tabbed] == wanted  # type: ignore[union-attr]
    table = fine(nosograph("query", SELECT, "--format", "table"))
    assert all(order in table for _, _, order in wanted)  # codes and titles may be folded
    from rdflib.plugins.sparql.results.jsonresults import JSONResult

    assert [
        tuple(str(v) for v in row) for row in JSONResult(json.loads(fine(nosograph("query", SELECT, "--json"))))
    ] == wanted  # type: ignore[union-attr]


def test_every_triple_format_says_the_same(nosograph: Run) -> None:
    graphs = {
        form: rdflib.Graph().parse(data=fine(nosograph("query", CONSTRUCT, "--format", form)), format=parser)
        for form, parser in {"ttl": "turtle", "jsonld": "json-ld", "nq": "nt", "json": "json-ld"}.items()
    }
    assert len(graphs["ttl"]) == 20
    for form, graph in graphs.items():
        assert isomorphic(graph, graphs["ttl"]), form


def test_questions_of_yes_and_no_are_answered(nosograph: Run) -> None:
    assert data(nosograph("query", "ASK { ?s ?p ?o }")) == {"head": {}, "boolean": True}
    assert data(nosograph("query", "ASK { <http://x/> ?p ?o }", "--json"))["boolean"] is False
    assert fine(nosograph("query", "ASK { ?s ?p ?o }", "--format", "csv")) == "true\n"
    described = rdflib.Graph().parse(
        data=fine(nosograph("query", f"DESCRIBE <{ICD}M61.08>", "--format", "nq")), format="nt"
    )
    assert len(described) > 9


def test_strange_values_keep_their_shape(nosograph: Run) -> None:
    text = 'SELECT ?x ?y { BIND ("a,\\"b\\"\\n\\tc" AS ?x) OPTIONAL { ?x <http://none/> ?y } }'
    value = 'a,"b"\n\tc'
    assert data(nosograph("query", text))["results"]["bindings"] == [{"x": {"type": "literal", "value": value}}]
    assert list(csv.reader(io.StringIO(fine(nosograph("query", text, "--format", "csv"))))) == [["x", "y"], [value, ""]]
    assert fine(nosograph("query", text, "--format", "tsv")) == '?x\t?y\n"a,\\"b\\"\\n\\tc"\t\n'


def test_the_catalogue_is_listed_and_run_by_name(nosograph: Run) -> None:
    listed = data(nosograph("queries"))
    assert all(q.keys() >= {"id", "summary", "params"} for q in listed)
    assert "ancestors" in [q["id"] for q in listed]
    for typed in ("M61.08", "m6108"):
        rows = data(nosograph("query", "--name", "ancestors", "--param", f"code={typed}"))["results"]["bindings"]
        assert [row["notation"]["value"] for row in rows] == ["M00-M99", "M60-M63", "M61", "M61.0", "M61.08"]
        assert {row["code"]["value"] for row in rows} == {ICD + "M61.08"}


def test_text_is_utf_8_whatever_the_locale(nosograph: Run) -> None:
    text = 'SELECT ?x { BIND ("M\\u00e9ni\\u00e8re" AS ?x) }'
    for env in (
        {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ):
        for form in ("json", "csv", "tsv", "table"):
            assert "Ménière" in fine(nosograph("query", text, "--format", form, env=env, encoding="utf-8"))


# Info, diff


def test_info_says_what_is_loaded(nosograph: Run) -> None:
    found = data(nosograph("info", "--json"))
    assert found == data(nosograph("info"))
    assert [e["name"] for e in found["editions"]] == ["2026-04"]
    assert found["reportable"] == 74719
    assert found["dates"] == {"from": "2015-10-01", "to": "2027-03-31"}
    assert found["triples"] == sum(layer["triples"] for layer in found["layers"]) > 1_000_000
    for layer in found["layers"]:
        assert layer["graph"].startswith("https://w3id.org/nosograph/graph/")
        assert layer["licence"].startswith("https://")
        # the catalogue layer cannot describe itself: it would have to hold its own digest
        assert layer["graph"].endswith("/catalog") or re.fullmatch(r"[0-9a-f]{64}", layer["sha256"])
    assert all(s["licence"] and s["publisher"] for s in found["sources"])


def test_an_edition_does_not_differ_from_itself(nosograph: Run) -> None:
    found = data(nosograph("diff", "2026-04", "2026-04", "--json"))
    assert found == {
        "from": "2026-04", "to": "2026-04", "added": [], "deleted": [], "retitled": [], "notes_added": [], "notes_deleted": [],
    }  # fmt: skip


# Find, validate


def test_find_has_the_keys_of_the_contract(nosograph: Run) -> None:
    question = {"condition": "myositis ossificans traumatica", "site": "calf", "side": "left", "date": "2026-11-22"}
    found = data(nosograph("find", *(part for k, v in question.items() for part in (f"--{k}", v)), "--json"))
    assert found.keys() >= {
        "question", "understood", "status", "code", "title", "billable", "missing", "candidates", "reasons", "rejected",
    }  # fmt: skip
    assert found["question"].keys() == {"text", "condition", "site", "side", "cause", "encounter", "detail", "date"}
    assert found["understood"].keys() >= {"condition", "site", "side", "cause", "encounter"}
    assert (found["status"], found["code"], found["billable"]) == ("answered", "M61.062", True)
    assert found["reasons"]
    assert all(r.keys() >= {"rule", "text", "evidence"} for r in found["reasons"])
    assert all(r.keys() >= {"code", "because"} for r in found["rejected"])
    assert 1 <= len(found["candidates"]) <= 10
    for side in ("middle", ""):
        failed(nosograph("find", "--condition", "x", "--side", side), 2)
    lines = "\n".join(
        json.dumps(q) for q in (question, {"condition": "myositis ossificans traumatica", "site": None}, {})
    )
    answers = [json.loads(line) for line in fine(nosograph("find", "--batch", "-", "--json", input=lines)).splitlines()]
    assert len(answers) == 3
    assert answers[0] == found
    assert answers[2]["status"] in ("none", "incomplete")


def test_find_reports_bad_batches(nosograph: Run, tmp_path: Path) -> None:
    assert "/nonexistent" in failed(nosograph("find", "--batch", "/nonexistent", "--json"), 4)
    for text in (
        "{",
        "[1]",
        '"text"',
        '{"side": "middle"}',
        '{"site": 3}',
        '{"date": "tomorrow"}',
        '{"colour": "red"}',
        "[" * 100_000,
    ):
        done = nosograph("find", "--batch", "-", "--json", input=text)
        assert "Traceback" not in done.stderr, text
        assert done.returncode in (2, 4), (text, done.returncode, done.stdout)


# Export

PARSERS = {"turtle": "turtle", "jsonld": "json-ld", "nquads": "nquads", "rdfxml": "xml"}


def exported(nosograph: Run, form: str, *codes: str) -> rdflib.Graph:
    text = fine(nosograph("export", *codes, "--format", form))
    if form != "nquads":
        return rdflib.Graph().parse(data=text, format=PARSERS[form])
    dataset = rdflib.Dataset().parse(data=text, format="nquads")
    merged = rdflib.Graph()
    for s, p, o, g in dataset.quads():
        assert str(g).startswith("https://w3id.org/nosograph/graph/")
        merged.add((s, p, o))
    return merged


@pytest.mark.parametrize("code", ["m6108", "M61"])
def test_the_rdf_formats_hold_the_same_graph(code: str, nosograph: Run) -> None:
    graphs = {form: exported(nosograph, form, code) for form in PARSERS}
    assert len(graphs["turtle"]) > 100
    canonical = to_isomorphic(graphs["turtle"])
    for form, graph in graphs.items():
        assert to_isomorphic(graph) == canonical, form
    notations = {str(n) for n in graphs["turtle"].objects(None, rdflib.URIRef(SKOS + "notation"))}
    assert {"M00-M99", "M60-M63", "M61", "M61.0", "M61.08"} <= notations
    assert ("M61.162" in notations) is (code == "M61")
    owners = {str(o) for o in graphs["turtle"].objects(None, rdflib.URIRef(NG + "owner"))}
    assert {ICD + "M00-M99", ICD + "M60-M63"} <= owners


def test_turtle_to_jsonld_and_back_is_isomorphic(nosograph: Run) -> None:
    start = exported(nosograph, "turtle", "M61")
    there = start.serialize(format="json-ld", auto_compact=True)
    ours = fine(nosograph("export", "M61", "--format", "jsonld"))
    for text in (there, ours):
        back = rdflib.Graph().parse(
            data=rdflib.Graph().parse(data=text, format="json-ld").serialize(format="turtle"), format="turtle"
        )
        assert isomorphic(back, start)


def test_jsonld_has_a_context_of_its_own(nosograph: Run) -> None:
    def contexts(value: Any) -> list[Any]:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [c for v in inside for c in contexts(v)] + (
            [value["@context"]] if isinstance(value, dict) and "@context" in value else []
        )

    for done in (
        nosograph("export", "M61.08", "--format", "jsonld"),
        nosograph("query", CONSTRUCT, "--format", "jsonld"),
    ):
        found = contexts(data(done))
        assert found
        assert all(isinstance(c, dict) and "@import" not in c for c in found)
        assert found[0]["icd"] == ICD


@pytest.mark.parametrize(("code", "nodes"), [("M61.08", 5), ("M61", None)])
def test_graphml_and_csv_hold_a_code_with_what_is_above_and_below_it(
    code: str, nodes: int | None, nosograph: Run
) -> None:
    text = fine(nosograph("export", code, "--format", "graphml"))
    assert ET.fromstring(text) is not None
    graph = nx.read_graphml(io.BytesIO(text.encode()))
    assert isinstance(graph, nx.DiGraph)
    assert graph.nodes["M61.08"]["title"] == "Myositis ossificans traumatica, other site"
    assert graph.nodes["M61.08"]["reportable"] is True
    for below, above in (("M61.08", "M61.0"), ("M61.0", "M61"), ("M61", "M60-M63"), ("M60-M63", "M00-M99")):
        assert graph.edges[below, above]["relation"].split()[0] == "broader"
    assert ("M61.162" in graph) is (code == "M61")
    rows = list(csv.DictReader(io.StringIO(fine(nosograph("export", code, "--format", "csv")))))
    assert {row["code"] for row in rows} == set(graph)
    assert nodes in (None, len(rows))
    assert rows[0].keys() == {"code", "title", "reportable", "parent"}
    if code == "M61.08":
        assert {row["code"]: row["parent"] for row in rows}["M61.08"] == "M61.0"
        return
    by_code = {row["code"]: row for row in rows}
    assert len(by_code) == len(rows) > 80
    assert by_code["M61.062"] == {
        "code": "M61.062",
        "title": "Myositis ossificans traumatica, left lower leg",
        "reportable": "true",
        "parent": "M61.06",
    }


def test_several_codes_are_exported_together_each_once(nosograph: Run) -> None:
    both = exported(nosograph, "turtle", "M61.08", "R99")
    assert set(both) == set(exported(nosograph, "turtle", "M61.08")) | set(exported(nosograph, "turtle", "R99"))
    once = fine(nosograph("export", "M61.08", "m6108", "--format", "turtle"))
    assert once == fine(nosograph("export", "M61.08", "--format", "turtle"))


def test_exports_are_well_formed_to_other_parsers_too(nosograph: Run) -> None:
    assert ET.fromstring(fine(nosograph("export", "M61.08", "--format", "rdfxml"))) is not None
    for line in fine(nosograph("export", "M61.08", "--format", "nquads")).splitlines():
        assert line.endswith(" .")
        assert line.split(" ")[-2].startswith("<https://w3id.org/nosograph/graph/")


def test_the_whole_graph_can_be_written_to_a_file(nosograph: Run, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    assert fine(nosograph("export", "--format", "csv", "-o", str(path), "--quiet")) == ""
    with path.open(encoding="utf-8", newline="") as stream:
        assert sum(row["reportable"] == "true" for row in csv.DictReader(stream)) == 74719


def test_an_export_that_fails_leaves_the_old_file(nosograph: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text("old")
    failed(nosograph("export", "M61.0A", "--format", "turtle", "-o", str(path), "-q"), 3)
    assert [p.name for p in tmp_path.iterdir()] == ["x.ttl"]
    assert path.read_text() == "old"

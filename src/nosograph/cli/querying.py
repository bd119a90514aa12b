"""`nosograph query` and `nosograph queries`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from nosograph.cli.common import Output, output_options, store_options
from nosograph.errors import SourceError, UsageError
from nosograph.query import catalogue, named
from nosograph.store import Rows, Store, Term
from nosograph.store.base import Triple

__all__ = ["queries", "query"]


def _parameters(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise UsageError(f"--param {pair!r} has not the form name=value")
        found[name] = value
    return found


def _text(sparql: str | None, file: Path | None) -> str:
    if sparql == "-" or (file and str(file) == "-"):
        return sys.stdin.read()
    if file:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"cannot read {file}: {error}") from error
    return sparql or ""


def _term_json(term: Term) -> dict[str, str]:
    found = {"type": term.kind, "value": term.value}
    if term.datatype:
        found["datatype"] = term.datatype
    if term.language:
        found["xml:lang"] = term.language
    return found


def _print_rows(found: Rows, output: Output) -> None:
    if output.form == "json":
        bindings = [
            {v: _term_json(t) for v, t in zip(found.variables, row, strict=True) if t is not None} for row in found.rows
        ]
        output.json({"head": {"vars": list(found.variables)}, "results": {"bindings": bindings}})
    elif output.form == "tsv":
        click.echo("\t".join(f"?{v}" for v in found.variables))
        for row in found.rows:
            click.echo("\t".join(t.n3() if t else "" for t in row))
    elif output.form in ("table", "csv"):
        rows = [{v: t.value if t else None for v, t in zip(found.variables, row, strict=True)} for row in found.rows]
        output.rows(rows, found.variables)
    else:
        raise UsageError(
            f"--format {output.form} is for triples, and this query gives rows: use json, table, csv or tsv"
        )


def _print_triples(found: Iterator[Triple], output: Output) -> None:
    import pyoxigraph as ox

    from nosograph.answers.export import write_jsonld
    from nosograph.namespaces import PREFIXES

    text = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in found)
    triples = (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
    out = sys.stdout.buffer
    if output.form in ("jsonld", "json"):
        write_jsonld(triples, out)
    elif output.form in ("ttl", "table"):
        ox.serialize(triples, out, ox.RdfFormat.TURTLE, prefixes=PREFIXES)
    elif output.form == "nq":
        ox.serialize(triples, out, ox.RdfFormat.N_TRIPLES)
    else:
        raise UsageError(f"--format {output.form} is for rows, and this query gives triples: use ttl, jsonld or nq")


@click.command()
@click.argument("sparql", required=False)
@click.option("--file", type=click.Path(path_type=Path), metavar="F", help="Read the query from a file ('-': stdin).")
@click.option("--name", metavar="NAME", help="Run a named query ('nosograph queries' lists them).")
@click.option("--param", "pairs", multiple=True, metavar="K=V", help="A parameter of the named query.")
@output_options("json", "table", "csv", "tsv", "ttl", "jsonld", "nq")
@store_options
def query(
    sparql: str | None,
    file: Path | None,
    name: str | None,
    pairs: tuple[str, ...],
    output: Output,
    store: Store,
) -> None:
    """Run a SPARQL query: SELECT, ASK, CONSTRUCT or DESCRIBE. Updates and SERVICE are refused.

    The default graph is the union of all layers of the edition. Named graphs can be asked for with GRAPH.
    """
    if sum(x is not None for x in (sparql, file, name)) != 1:
        raise UsageError("give one of: a SPARQL text, --file, --name")
    if name:
        chosen = named(name)
        found = store.query(chosen.text, chosen.bindings(_parameters(pairs)))
    elif pairs:
        raise UsageError("--param belongs to --name")
    else:
        found = store.query(_text(sparql, file))
    if isinstance(found, bool):
        output.json({"head": {}, "boolean": found}) if output.form == "json" else click.echo(str(found).lower())
    elif isinstance(found, Rows):
        _print_rows(found, output)
    else:
        _print_triples(found, output)


@click.command()
@output_options("json", "table")
def queries(output: Output) -> None:
    """List the named queries with their parameters."""
    listed = [q for q in catalogue().values() if not q.internal]
    if output.is_table:
        rows = [{"name": q.id, "parameters": ", ".join(q.params), "what it gives": q.summary} for q in listed]
        output.rows(rows, ("name", "parameters", "what it gives"))
    else:
        output.json(
            [
                {"id": q.id, "summary": q.summary, "question": q.question or None, "params": dict(q.params)}
                for q in listed
            ]
        )

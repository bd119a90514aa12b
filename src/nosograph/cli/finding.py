"""`nosograph find`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from nosograph.answers.find import Answer, Question
from nosograph.answers.find import find as answer_one
from nosograph.answers.find_batch import find_many
from nosograph.answers.find_store import is_drawn
from nosograph.cli.common import Output, console, output_options, store_options
from nosograph.errors import SourceError, UsageError
from nosograph.store import Store

__all__ = ["find"]

_STYLES = {"answered": "green", "incomplete": "yellow", "ambiguous": "yellow", "none": "red"}


def _lines(path: Path) -> Iterator[str]:
    if str(path) == "-":
        yield from sys.stdin
        return
    try:
        with path.open(encoding="utf-8") as stream:
            yield from stream
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}") from error


def _questions(path: Path) -> Iterator[Question]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            yield Question.from_json(json.loads(line))
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            raise UsageError(f"line {number} of the batch is no question: {error}") from error


def _line(limit: int, answer: Answer) -> str:
    found = answer.as_json()
    return json.dumps({**found, "candidates": found["candidates"][:limit]}, ensure_ascii=False)


def _print(answer: Answer) -> None:
    from rich.text import Text

    out = console()
    found: dict[str, Any] = answer.as_json()
    style = _STYLES.get(found["status"], "")
    title = f"{found['code']}  {found['title']}" if found["code"] else f"no single code: {found['status']}"
    out.print(Text(title, f"bold {style}"))
    for fact in found["missing"]:
        out.print(Text(f"not documented: {fact}", "yellow"))
    for reason in found["reasons"]:
        out.print(Text(f"\n{reason['rule']}  ", "cyan") + Text(reason["text"]))
        for evidence in reason["evidence"]:
            out.print(Text(f"    “{evidence['text']}”  {evidence['source']}", "dim"))
    if found["rejected"]:
        out.print(Text("\nruled out", "bold cyan"))
        Output("table").rows(found["rejected"], ("code", "because"))
    if not found["code"] and found["candidates"]:
        out.print(Text("\ncandidates", "bold cyan"))
        Output("table").rows(found["candidates"], ("code", "title"))


def _one(question: Question, store: Store, limit: int, output: Output) -> None:
    answer = answer_one(store, question)
    if output.is_table:
        _print(answer)
        return
    found = answer.as_json()
    output.json({**found, "candidates": found["candidates"][:limit]})


@click.command()
@click.argument("text", required=False)
@click.option("--condition", metavar="C", help="The disease or injury in the chart's words.")
@click.option("--site", "sites", multiple=True, metavar="S", help="A body site; may be given several times.")
@click.option("--side", type=click.Choice(["left", "right", "bilateral"], case_sensitive=False))
@click.option("--cause", metavar="X", help="What brought it about.")
@click.option("--encounter", type=click.Choice(["initial", "subsequent", "sequela"], case_sensitive=False))
@click.option("--detail", metavar="D", help="Anything else that tells codes apart.")
@click.option("--date", metavar="D", help="Date of service, like 2026-11-22.")
@click.option("--limit", type=click.IntRange(1, 10), default=10, show_default=True, help="How many candidates to list.")
@click.option(
    "--batch", type=click.Path(path_type=Path), metavar="FILE", help="A question a line, as JSON ('-': stdin)."
)
@output_options("json", "table")
@store_options
def find(
    text: str | None,
    sites: tuple[str, ...],
    limit: int,
    batch: Path | None,
    output: Output,
    store: Store,
    **fields: str | None,
) -> None:
    """Find the code that applies to a case, and say why: the rules, the words they rest on, the neighbours ruled out."""
    if sys.stderr.isatty() and not is_drawn(store):
        click.echo("drawing the search index of this store, once ...", err=True)
    if batch is not None:
        if text or sites or any(fields.values()):
            raise UsageError("--batch takes its questions from the file alone")
        for line in find_many(store, _questions(batch), os.cpu_count() or 1, partial(_line, limit)):
            click.echo(line)
        return
    if text == "-":
        text = sys.stdin.read()
    _one(Question.from_json({"text": text, "site": list(sites), **fields}), store, limit, output)

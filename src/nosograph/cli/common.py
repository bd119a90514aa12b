"""What the subcommands share: options, opening the store, and printing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from nosograph.store import Home, Store

__all__ = ["Output", "console", "ensure_built", "open_for_reading", "output_options", "progress", "store_options"]

Command = Callable[..., Any]


def store_options(command: Command) -> Command:
    """Add --store, --edition and --quiet; the command gets `store`."""

    @click.option("--store", "address", metavar="URL", help="Ask a SPARQL 1.1 endpoint instead of the embedded store.")
    @click.option("--edition", metavar="NAME", help="The edition to look at (default: the newest loaded).")
    @click.option("-q", "--quiet", is_flag=True, help="No messages on stderr.")
    @wraps(command)
    def wrapped(*args: Any, address: str | None, edition: str | None, quiet: bool, **kwargs: Any) -> Any:
        store = open_for_reading(address, edition, quiet)
        try:
            return command(*args, store=store, **kwargs)
        finally:
            store.close()

    return wrapped


def output_options(*formats: str) -> Callable[[Command], Command]:
    """Add --json and --format; the command gets `output`."""

    def decorate(command: Command) -> Command:
        @click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
        @click.option("--format", "form", type=click.Choice(formats), help="Default: table on a terminal, else json.")
        @wraps(command)
        def wrapped(*args: Any, as_json: bool, form: str | None, **kwargs: Any) -> Any:
            chosen = "json" if as_json else form or ("table" if sys.stdout.isatty() else "json")
            return command(*args, output=Output(chosen), **kwargs)

        return wrapped

    return decorate


def console(stderr: bool = False) -> Console:
    """Return a console that obeys NO_COLOR, and wraps at 100 columns where the width is not known."""
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would end with exit code 1

    width = None if (sys.stderr if stderr else sys.stdout).isatty() else 100
    return Piped(stderr=stderr, highlight=False, soft_wrap=False, width=width)


class Output:
    """Prints results in the form that was asked for."""

    def __init__(self, form: str) -> None:
        self.form = form

    @property
    def is_table(self) -> bool:
        """Whether a person reads the result."""
        return self.form == "table"

    def json(self, data: Any) -> None:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None = None) -> None:
        """Print a table of records as the form says."""
        if self.form == "json":
            self.json([{c: row.get(c) for c in columns} for row in rows])
        elif self.form in ("csv", "tsv"):
            self._separated(rows, columns)
        else:
            console().print(_table(rows, columns, title))

    def _separated(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        import csv

        writer = csv.writer(sys.stdout, delimiter="," if self.form == "csv" else "\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if row.get(c) is None else row.get(c) for c in columns] for row in rows)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row.get(c) is None else str(row.get(c))) for c in columns))
    return table


class progress:  # noqa: N801 - used as a function: with progress(quiet) as report
    """A progress bar on stderr: `with progress(quiet) as report: report("loading", 0.5)`."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.bar: Any = None

    def __enter__(self) -> Callable[[str, float], None]:
        if self.quiet:
            return _silent
        if not sys.stderr.isatty():
            return self._line
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
        )
        self.bar = Progress(*columns, console=console(stderr=True), transient=True)
        self.bar.start()
        self.task = self.bar.add_task("starting", total=1.0)
        return lambda stage, part: self.bar.update(self.task, description=stage, completed=part)

    def _line(self, stage: str, part: float) -> None:
        click.echo(f"{part:4.0%} {stage}", err=True)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def _silent(_stage: str, _part: float) -> None:
    """Report nothing."""


def ensure_built(home: Home, quiet: bool) -> None:
    """Build the store from the installed packages if there is none yet."""
    if home.current() is not None:
        return
    from nosograph.sources.editions import installed_edition
    from nosograph.store import build

    if not quiet:
        click.echo(f"building the store in {home.path} (once)", err=True)
    with progress(quiet) as report:
        build(home, [(installed_edition(), None)], report)


def open_for_reading(address: str | None, edition: str | None, quiet: bool) -> Store:
    """Open the endpoint, or the embedded store, which is built first if need be."""
    from nosograph.store import Home, open_store

    if address:
        from nosograph.query.connect import connect

        return connect(address, edition)
    home = Home()
    ensure_built(home, quiet)
    return open_store(home, edition)

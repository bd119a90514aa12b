"""The command and its subcommands, each imported only when it is called: the command starts in a few milliseconds."""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from nosograph.errors import NosographError
from nosograph.version import VERSION

__all__ = ["cli", "main"]

#: command: (module below nosograph.cli, one line of help)
_COMMANDS = {
    "build": ("building", "Read the official sources and make the store."),
    "check-brief": ("briefs", "Check an editor's brief before it is built in."),
    "compare": ("comparing", "Show what tells two codes apart."),
    "diff": ("editions", "Show what changed between two editions."),
    "draw": ("drawing", "Draw a code's place in the hierarchy: SVG, PNG or HTML."),
    "export": ("exporting", "Write the graph, or the part around some codes."),
    "family": ("comparing", "Show the family of a code as a table."),
    "find": ("finding", "Find the code that applies to a case, and say why."),
    "guidance": ("guiding", "Ask rules of guidance of all codes below an entry."),
    "info": ("editions", "Show what is loaded: editions, layers, sources, dates."),
    "load-cpt": ("loading", "Load CPT descriptors of your own licence, for display alone."),
    "push": ("pushing", "Load the whole graph into another SPARQL engine."),
    "queries": ("querying", "List the named queries."),
    "query": ("querying", "Run a SPARQL query."),
    "serve": ("serving", "Serve web pages, linked data and a SPARQL endpoint."),
    "show": ("showing", "Show everything about one code."),
    "stay": ("stays", "Group a whole inpatient stay: its MS-DRG, and why."),
    "validate": ("validating", "Check the whole graph against its shapes."),
}


class _ReaderLeft(Exception):
    """Whoever read stdout has gone away, as `head` does."""


def _use_utf8() -> None:
    """What programs read and write is UTF-8 whatever the locale; a terminal shows what it can."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8")


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"nosograph.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # click would end with exit code 1, which means findings
            raise _ReaderLeft from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(_COMMANDS.items())])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(VERSION, prog_name="nosograph")
def cli() -> None:
    """ICD-10-CM as a knowledge graph: which code applies, and why.

    Codes may be written with or without the dot, in any case. Results go to stdout (a table on a terminal, JSON in a pipe),
    messages to stderr. The store lives in $NOSOGRAPH_HOME and is built by the first command that needs it.
    Exit codes: 0 ok, 1 findings, 2 usage, 3 unknown code, 4 data missing or damaged.
    """


def main() -> None:
    """Run the command; errors the project raises become one line on stderr and their exit code."""
    _use_utf8()
    try:
        ended = cli(prog_name="nosograph", standalone_mode=False)
        if isinstance(ended, int):  # click gives the code of an Exit back
            sys.exit(ended)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except NosographError as error:
        click.echo(f"nosograph: {error}", err=True)
        sys.exit(error.exit_code)
    except UnicodeDecodeError as error:
        click.echo(f"nosograph: the input is not UTF-8 text ({error.reason} at byte {error.start})", err=True)
        sys.exit(4)
    except (_ReaderLeft, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        click.echo(f"nosograph: {error.filename or ''} {error.strerror or error}".replace("  ", " "), err=True)
        sys.exit(4)


if __name__ == "__main__":
    main()

"""Pages as HTML: the page of a code as one file that needs nothing else, and the templates of the web pages."""

from __future__ import annotations

from functools import cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from nosograph.answers.entries import AXES, NOTE_KINDS, Entry, Note
from nosograph.answers.page import Page
from nosograph.answers.shown import RENDERERS

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["code_page", "notes_of", "render"]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from nosograph.html.links import coded, headings, noted, sourced

    # Everything is escaped: titles, notes and a licensee's texts are data from outside.
    environment = Environment(
        loader=PackageLoader("nosograph.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(coded=coded, headings=headings, noted=noted, sourced=sourced)
    environment.globals.update(axes=AXES, note_kinds=NOTE_KINDS)
    return environment


def render(template: str, **context: Any) -> str:
    """Return a page of the web, by the name of its template without its ending."""
    return _environment().get_template(f"web/{template}.html.j2").render(linked=True, **context)


def notes_of(one: Entry) -> list[tuple[str, str, list[Note]]]:
    """Return the notes that hold for an entry, by heading and by the entry that prints them."""
    grouped = groupby(one.notes, key=lambda n: (n.kind, n.owner))
    return [(NOTE_KINDS.get(kind, kind), owner, list(group)) for (kind, owner), group in grouped]


def code_page(page: Page) -> str:
    """Return the page of a code as an HTML document."""
    template = _environment().get_template("code.html.j2")
    return template.render(page=page, one=page.entry, notes=notes_of(page.entry), linked=False, ranges=None)


def _in_notebook(page: Page) -> str:
    """Return the page in a frame of its own: its style must not reach the notebook."""
    return (
        f'<iframe srcdoc="{escape(code_page(page))}" title="{escape(page.entry.code)}" sandbox '
        'style="width:100%;height:36rem;border:1px solid #8d99ab"></iframe>'
    )


RENDERERS[Page] = _in_notebook

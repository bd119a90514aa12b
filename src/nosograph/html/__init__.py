"""Pages as HTML: one file that needs nothing else."""

from __future__ import annotations

from functools import cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from nosograph.answers.entries import AXES, NOTE_KINDS
from nosograph.answers.page import Page
from nosograph.answers.shown import RENDERERS

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["code_page"]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Everything is escaped: titles, notes and a licensee's texts are data from outside.
    return Environment(
        loader=PackageLoader("nosograph.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def code_page(page: Page) -> str:
    """Return the page of a code as an HTML document."""
    notes = [
        (NOTE_KINDS.get(kind, kind), owner, list(group))
        for (kind, owner), group in groupby(page.entry.notes, key=lambda n: (n.kind, n.owner))
    ]
    return _environment().get_template("code.html.j2").render(page=page, one=page.entry, notes=notes, axes=AXES)


def _in_notebook(page: Page) -> str:
    """Return the page in a frame of its own: its style must not reach the notebook."""
    return (
        f'<iframe srcdoc="{escape(code_page(page))}" title="{escape(page.entry.code)}" sandbox '
        'style="width:100%;height:36rem;border:1px solid #8d99ab"></iframe>'
    )


RENDERERS[Page] = _in_notebook

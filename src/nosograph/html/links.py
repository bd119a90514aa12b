"""Codes within texts as links; everything else of a text is escaped."""

from __future__ import annotations

import re
from collections.abc import Container

from markupsafe import Markup, escape

from nosograph.answers.entries import Note
from nosograph.namespaces import BASE

__all__ = ["coded", "headings", "noted", "sourced"]

#: what can only be a code; a range in a text may be none of the list
_CODE = re.compile(r"\b[A-Z][0-9A][0-9A-Z]\.[0-9A-Z]{1,4}\b")
_HEADING = re.compile(r'<h2 id="([\w-]+)">([^<]*)')


def headings(body: str) -> list[tuple[str, str]]:
    """Return the headings of a page with their ids, for its table of contents.

    >>> headings('<h2 id="notes">Notes <span>of it</span></h2>')
    [('notes', 'Notes')]
    """
    return [(name, text.strip()) for name, text in _HEADING.findall(body)]


_RANGE = re.compile(r"\w-[A-Z]")


def _link(code: str, text: str) -> Markup:
    return Markup('<a href="/code/{}">{}</a>').format(code, text)


def coded(text: str | None, linked: bool = True) -> Markup:
    """Return a text in which codes with a dot are links.

    >>> print(coded("<b> not M61.08"))
    &lt;b&gt; not <a href="/code/M61.08">M61.08</a>
    """
    if not text or not linked:
        return escape(text or "")
    found, end = Markup(), 0
    for match in _CODE.finditer(text):
        found += escape(text[end : match.start()]) + _link(match[0], match[0])
        end = match.end()
    return found + escape(text[end:])


def noted(note: Note, ranges: Container[str] | None = None) -> Markup:
    """Return the words of a note, in which what it refers to is a link; of ranges, only those that are entries.

    Without `ranges` nothing is a link.
    """
    if ranges is None:
        return escape(note.text)
    found, rest = Markup(), note.text
    for reference in note.references:
        before, named, after = rest.partition(reference.text)
        whole = reference.code in ranges if _RANGE.search(named) else reference.code
        if named and reference.code and whole:
            found += escape(before) + _link(reference.code, named)
            rest = after
    return found + escape(rest)


def sourced(source: str, linked: bool = True) -> Markup:
    """Return whose words something is; a source of the project's own list is a link to it."""
    name = source.removeprefix(BASE + "source/")
    if name == source or not linked:
        return escape(source)
    return Markup('<a href="/sources#{}">{}</a>').format(name, name.replace("-", " "))

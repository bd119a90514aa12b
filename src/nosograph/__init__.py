"""A knowledge graph of ICD-10-CM, and the answer to which code applies.

>>> import nosograph
>>> nosograph.__version__
'0.1.0'
>>> sorted(nosograph.__all__)[:4]
['Entry', 'Home', 'NosographError', 'Question']

Names are imported when first used, so that the command starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nosograph.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from nosograph.answers.comparison import compare
    from nosograph.answers.editions import diff, info
    from nosograph.answers.entries import Entry, entry, is_valid
    from nosograph.answers.export import export
    from nosograph.answers.family import family
    from nosograph.answers.find import Question, find
    from nosograph.answers.find_batch import find_many
    from nosograph.answers.graphs import to_networkx, to_rdflib
    from nosograph.answers.guidance import guidance, guidance_below
    from nosograph.answers.page import page
    from nosograph.drawing import draw
    from nosograph.errors import NosographError
    from nosograph.query import catalogue, run
    from nosograph.store import Home, open_store

_WHERE = {
    "answers.comparison": ("compare",),
    "answers.editions": ("diff", "info"),
    "answers.entries": ("Entry", "entry", "is_valid"),
    "answers.export": ("export",),
    "answers.family": ("family",),
    "answers.find": ("Question", "find"),
    "answers.find_batch": ("find_many",),
    "answers.graphs": ("to_networkx", "to_rdflib"),
    "answers.guidance": ("guidance", "guidance_below"),
    "answers.page": ("page",),
    "drawing": ("draw",),
    "errors": ("NosographError",),
    "query": ("catalogue", "run"),
    "store": ("Home", "open_store"),
}

__all__ = [
    "Entry",
    "Home",
    "NosographError",
    "Question",
    "catalogue",
    "compare",
    "diff",
    "draw",
    "entry",
    "export",
    "family",
    "find",
    "find_many",
    "guidance",
    "guidance_below",
    "info",
    "is_valid",
    "open_store",
    "page",
    "run",
    "to_networkx",
    "to_rdflib",
]


#: names whose answers are shown in notebooks by a module that must be there then
_SHOWN = {"page": "html"}


def __getattr__(name: str) -> Any:
    if name in _SHOWN:
        import_module(f"nosograph.{_SHOWN[name]}")
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"nosograph.{module}"), name)
    raise AttributeError(f"module 'nosograph' has no attribute {name!r}")

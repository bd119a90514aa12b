"""Many questions at once, in order, by as many processes as are worth their start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from nosograph.answers.find import find
from nosograph.answers.find_model import Answer, Question
from nosograph.store import Home, Store, open_store

__all__ = ["find_many"]

#: fewer questions than this are answered before a further process has started
_FEW = 100
#: questions that a process takes at a time
_SLICE = 24
_opened: list[Store] = []


def find_many(store: Store, questions: Iterable[Question], processes: int = 1) -> Iterator[Answer]:
    """Answer questions one by one, in order.

    With several `processes` a long batch is shared among them; each opens the embedded store in use for itself. Another
    store answers in this process.
    """
    rest = iter(questions)
    first = list(islice(rest, _FEW))
    folder = getattr(store, "folder", None)
    is_shared = folder is not None and Home(folder.parent).current() == folder
    if processes < 2 or len(first) < _FEW or folder is None or not is_shared:
        for question in chain(first, rest):
            yield find(store, question)
        return
    from multiprocessing import get_context

    with get_context("spawn").Pool(processes, _open, (str(folder.parent), store.edition)) as pool:
        for answers in pool.imap(_answer, _slices(chain(first, rest))):
            yield from answers


def _slices(questions: Iterator[Question]) -> Iterator[list[Question]]:
    while part := list(islice(questions, _SLICE)):
        yield part


def _open(home: str, edition: str) -> None:
    from pathlib import Path

    _opened.append(open_store(Home(Path(home)), edition))


def _answer(questions: Sequence[Question]) -> list[Answer]:
    return [find(_opened[0], question) for question in questions]

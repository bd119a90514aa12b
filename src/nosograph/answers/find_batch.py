"""Many questions at once, in order, by as many processes as are worth their start."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any, TypeVar, overload

from nosograph.answers.find import find
from nosograph.answers.find_model import Answer, Question
from nosograph.store import Home, Store, open_store

__all__ = ["find_many"]

#: fewer questions than this are answered before a further process has started
_FEW = 100
#: questions that a process takes at a time
_SLICE = 24
#: what says in how many threads matrices are multiplied
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_opened: list[Store] = []
T = TypeVar("T")


@overload
def find_many(store: Store, questions: Iterable[Question], processes: int = 1) -> Iterator[Answer]: ...
@overload
def find_many(
    store: Store, questions: Iterable[Question], processes: int, form: Callable[[Answer], T]
) -> Iterator[T]: ...
def find_many(
    store: Store, questions: Iterable[Question], processes: int = 1, form: Callable[[Answer], Any] | None = None
) -> Iterator[Any]:
    """Answer questions one by one, in order.

    With several `processes` a long batch is shared among them; each opens the embedded store in use for itself. Another
    store answers in this process. What comes is the answer, or what `form`, which must be picklable, makes of it there:
    text is handed over in a tenth of the time.
    """
    rest = iter(questions)
    first = list(islice(rest, _FEW))
    folder = getattr(store, "folder", None)
    is_shared = folder is not None and Home(folder.parent).current() == folder
    if processes < 2 or len(first) < _FEW or folder is None or not is_shared:
        for question in chain(first, rest):
            answer = find(store, question)
            yield form(answer) if form else answer
        return
    from multiprocessing import get_context

    with _alone():
        pool = get_context("spawn").Pool(processes, _open, (str(folder.parent), store.edition))
    with pool:
        for answers in pool.imap(partial(_answer, form), _slices(chain(first, rest))):
            yield from answers


@contextmanager
def _alone() -> Iterator[None]:
    """Let processes that are started here multiply matrices in one thread: they share the machine already."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


def _slices(questions: Iterator[Question]) -> Iterator[list[Question]]:
    while part := list(islice(questions, _SLICE)):
        yield part


def _open(home: str, edition: str) -> None:
    from pathlib import Path

    _opened.append(open_store(Home(Path(home)), edition))


def _answer(form: Callable[[Answer], Any] | None, questions: Sequence[Question]) -> list[Any]:
    answers = (find(_opened[0], question) for question in questions)
    return [form(answer) if form else answer for answer in answers]

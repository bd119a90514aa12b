"""Which code applies: the form, and the answer with its reasons."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from nosograph.answers.find import Answer, Question, find
from nosograph.errors import UsageError
from nosograph.web.pages_common import document, store_of

__all__ = ["find_form"]

_FIELDS = ("text", "condition", "side", "cause", "encounter", "detail", "date")
_BEYOND_TEXT = ("condition", "site", "side", "cause", "encounter", "detail", "date")


def _given(request: Request) -> dict[str, object]:
    given: dict[str, object] = {name: request.query_params.get(name) or None for name in _FIELDS}
    sites = (part.strip() for value in request.query_params.getlist("site") for part in value.split(";"))
    return {**given, "site": [site for site in sites if site]}


def find_form(request: Request) -> Response:
    """The form, and below it what was understood, the answer, the reasons, what is missing and what was ruled out."""
    given = _given(request)
    answer: Answer | None = None
    problem = ""
    try:
        if any(given.values()):
            answer = find(store_of(request), Question.from_json(given))
    except UsageError as error:
        problem = str(error)
    has_fields = any(given[name] for name in _BEYOND_TEXT)
    status = 400 if problem else 200
    return document(request, "find", status, given=given, answer=answer, problem=problem, has_fields=has_fields)

"""The API described as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from nosograph.version import VERSION
from nosograph.web.parameters import Parameter
from nosograph.web.rest import OPERATIONS, Operation

__all__ = ["openapi"]

_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_PROBLEMS = {
    400: "The request cannot be answered as it is; `error` says why.",
    404: "There is no such code.",
    406: "The answer cannot be had in the form asked for.",
    413: "The request or the answer is too large.",
    429: "Too much is asked at once; see Retry-After.",
    503: "The answer took too long.",
}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _or_null(parameter: Parameter) -> dict[str, Any]:
    """Return what a JSON body may hold for a parameter: null says nothing, and of several a single one may stand alone."""
    schema = parameter.schema()
    alone = [schema["items"]] if parameter.kind == "several" else []
    return {"anyOf": [schema, *alone, {"type": "null"}]}


def _operation(name: str, operation: Operation, is_post: bool = False) -> dict[str, Any]:
    is_list = name in ("search", "guidance")
    answer = {"type": "array"} if is_list else {"type": "object", "required": list(operation.keys)}
    responses: dict[str, Any] = {"200": {"description": "The answer.", "content": _content(answer)}}
    for status, about in _PROBLEMS.items():
        responses[str(status)] = {"description": about, "content": _content(_ERROR)}
    found = {"operationId": name + ("ByPost" if is_post else ""), "summary": operation.summary, "responses": responses}
    if not is_post:
        return {**found, "parameters": [p.described() for p in operation.parameters]}
    body = {
        "type": "object",
        "additionalProperties": False,
        "properties": {p.name: _or_null(p) for p in operation.parameters},
    }
    return {**found, "requestBody": {"required": True, "content": _content(body)}}


def openapi(server: str) -> dict[str, Any]:
    """Return the OpenAPI document of the API at an address."""
    paths: dict[str, Any] = {}
    for name, operation in OPERATIONS.items():
        paths[operation.path] = {"get": _operation(name, operation)}
        if operation.has_body:
            paths[operation.path]["post"] = _operation(name, operation, is_post=True)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nosograph",
            "version": VERSION,
            "description": "ICD-10-CM as a knowledge graph: which code applies, and why. The JSON is that of the command.",
        },
        "servers": [{"url": server}],
        "paths": paths,
    }

"""What stands before every handler: limits of a request, the Host it names, headers of safety, and errors without internals."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import secrets
from collections.abc import Iterable, Sequence
from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nosograph.web.limits import Limits
from nosograph.web.negotiation import preferred

__all__ = ["Guarded", "is_loopback", "problem"]

_LOG = logging.getLogger("nosograph.web")
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_SHARED = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Retry-After"),
)
#: where data lies that any page of the web may read
_OPEN = ("/sparql", "/api", "/id/", "/resource", "/.well-known/")
_METHODS = "GET, HEAD, POST, OPTIONS"


class _RefusedError(Exception):
    """The request goes beyond a limit while its body is read."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on can be reached from this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def problem(scope: Scope, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error in the form that fits: JSON below /api, a page for a browser, else one line of text."""
    path = scope.get("path", "")
    if path.startswith("/api"):
        return Response(json.dumps({"error": message}) + "\n", status, headers, "application/json")
    accept = Headers(scope=scope).get("accept", "")
    if not path.startswith("/sparql") and preferred(accept, ["text/plain", "text/html"]) == "text/html":
        title = f"<title>{status}</title>"
        return HTMLResponse(
            f"<!doctype html><html lang=en><meta charset=utf-8>{title}<h1>{status}</h1><p>{escape(message)}</p>"
            '<p><a href="/">To the first page</a></p></html>',
            status,
            headers,
        )
    return Response(message + "\n", status, headers, "text/plain; charset=utf-8")


def _host(value: str) -> str:
    """Return the host of a Host header without its port."""
    return value.rpartition(":")[0] if ":" in value and not value.endswith("]") else value


class Guarded:
    """The application, with its guard before it. `hosts` are the names it may be called by; None stands for any."""

    def __init__(self, app: ASGIApp, limits: Limits, hosts: Sequence[str] | None = None) -> None:
        self.app, self.limits, self.hosts = app, limits, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sending = _Sending(scope, send, self.limits)
        refused = self._refused(scope)
        try:
            if refused is not None:
                await refused(scope, receive, sending)
            elif scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope):
                await _options()(scope, receive, sending)
            else:
                await self.app(scope, _Receiving(receive, self.limits), sending)
        except _RefusedError as error:
            if not sending.started:
                response = problem(scope, error.status, error.message, {"Connection": "close"})
                await response(scope, receive, sending)
        except Exception:
            await self._failed(scope, receive, sending)

    def _refused(self, scope: Scope) -> Response | None:
        host = length = b""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"content-length":
                length = value
        if self.hosts is not None and _host(host.decode("latin-1")).lower() not in self.hosts:
            return problem(scope, 421, "this server is not called by that name; see --allow-host")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > self.limits.address_bytes:
            return problem(scope, 414, "the address is too long; send a query by POST")
        if length.isdigit() and int(length) > self.limits.body_bytes:
            return problem(scope, 413, f"at most {self.limits.body_bytes:,} bytes can be sent", {"Connection": "close"})
        return None

    async def _failed(self, scope: Scope, receive: Receive, sending: _Sending) -> None:
        mark = secrets.token_hex(4)
        _LOG.exception("error %s at %s", mark, scope["path"])
        if not sending.started:
            message = f"Something went wrong in the server. Its log has more under the mark {mark}."
            await problem(scope, 500, message)(scope, receive, sending)


def _options() -> Response:
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": "Accept, Content-Type",
            "Access-Control-Max-Age": "3600",
        },
    )


class _Receiving:
    """The body of a request: not too large, not too slow."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self.receive, self.limits = receive, limits
        self.until: float | None = None
        self.bytes, self.is_whole = 0, False

    async def __call__(self) -> Message:
        if self.is_whole:
            return await self.receive()
        now = asyncio.get_running_loop().time()
        if self.until is None:
            self.until = now + self.limits.body_seconds
        try:
            message = await asyncio.wait_for(self.receive(), self.until - now)
        except TimeoutError:
            raise _RefusedError(408, "the request took too long to arrive") from None
        self.bytes += len(message.get("body", b""))
        self.is_whole = not message.get("more_body", False)
        if self.bytes > self.limits.body_bytes:
            raise _RefusedError(413, f"at most {self.limits.body_bytes:,} bytes can be sent")
        return message


class _Sending:
    """The answer, with the headers of safety; a client that does not read is let go.

    The head of an answer waits for the first piece of its body, and leaves with it.
    """

    def __init__(self, scope: Scope, send: Send, limits: Limits) -> None:
        self.scope, self.send, self.limits = scope, send, limits
        self.started = False
        self.head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.head = {**message, "headers": self._complete(message["headers"])}
            return
        body = message.get("body", b"")
        if len(body) < _PIECE:
            await self._send(message)
            return
        for start in range(0, len(body), _PIECE):
            piece, more = body[start : start + _PIECE], start + _PIECE < len(body)
            await self._send({**message, "body": piece, "more_body": more or message.get("more_body", False)})

    async def _send(self, message: Message) -> None:
        async with asyncio.timeout(self.limits.send_seconds):
            if self.head is not None:
                head, self.head = self.head, None
                await self.send(head)
            await self.send(message)

    def _complete(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        given = dict(headers)
        is_page = given.get(b"content-type", b"").startswith(b"text/html")
        is_open = given.get(b"x-data") == b"open" or self.scope["path"].startswith(_OPEN)
        found = [pair for pair in headers if pair[0] != b"x-data"]
        found += [pair for pair in _HEADERS if pair[0] not in given]
        return found if is_page or not is_open else [*found, *_SHARED]


#: bytes that are sent at once
_PIECE = 1 << 18

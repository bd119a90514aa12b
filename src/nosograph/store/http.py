"""Requests to an engine: credentials, time-outs, retries; no password ever goes to another host.

urllib3 keeps connections and verifies TLS against the system's authorities (`SSL_CERT_FILE` names others); it is imported
with the first request. Why urllib3 and no larger client: docs/adr/0010-any-engine.md.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from nosograph.errors import StoreError, UsageError
from nosograph.store.credentials import Challenge, Credentials, challenges, credentials_for
from nosograph.version import VERSION

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

__all__ = ["Answer", "Client", "check_address", "timeout_from_environment"]

#: an engine that is starting, overloaded, or behind a gateway that lost it
_RETRIED = frozenset({429, 502, 503, 504})
_TRIES = 5
#: seconds; the first wait, doubled each time, and the longest, whatever Retry-After asks for
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_CONNECT_SECONDS = 10.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_address(address: str) -> str:
    """Return the address if a request may go to it.

    Raises UsageError if it is no http or https address, or holds a user or password.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = address.rpartition("@")[2] if "@" in address else address
        raise UsageError(f"{shown!r} is not the address of a SPARQL endpoint: it must start with http:// or https://")
    if "@" in parts.netloc:
        raise UsageError(
            f"the address of {parts.hostname} holds a user or password, which others can read in the list of processes; "
            "set NOSOGRAPH_STORE_USER and NOSOGRAPH_STORE_PASSWORD, or write them into ~/.netrc"
        )
    return address


def _proxy(scheme: str, host: str) -> str | None:
    """Return the proxy that the environment names for a host."""
    from urllib.request import getproxies, proxy_bypass

    return None if proxy_bypass(host) else getproxies().get(scheme)


class Client:
    """Sends requests to engines; one may be used by many threads.

    `seconds` is the longest that an answer may keep silent. Requests are repeated when the connection breaks, and on 429,
    502, 503 and 504 after the time in Retry-After or a growing pause: so only what may be done twice is to be sent.
    """

    def __init__(self, seconds: float = 60) -> None:
        self.seconds = seconds
        self._pools: dict[str | None, PoolManager] = {}
        self._signers: dict[tuple[str, str], Challenge] = {}
        self._lock = threading.Lock()

    def _connections(self, address: str) -> PoolManager:
        import urllib3

        parts = urlsplit(address)
        proxy = _proxy(parts.scheme, parts.hostname or "")
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()
            return self._pools[proxy]

    def send(
        self, method: str, address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request and return the answer, whatever its status, but for what can be mended here.

        Raises StoreError if the engine cannot be reached, wants credentials that are not there, refuses those that are, or
        sends the request to another host.
        """
        for _ in range(3):
            answer = self._signed(method, address, body, headers or {})
            if answer.status not in _REDIRECTS:
                return answer
            address = _followed(address, answer)
        raise StoreError(f"{address} sends requests round in a circle")

    def _signed(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        origin = _origin(address)
        signer = self._signers.get(origin)
        for attempt in range(2):
            signed = {**headers, "Authorization": signer.header(method, address)} if signer else headers
            answer = self._repeated(method, address, body, signed)
            if answer.status != 401:
                return answer
            if attempt:
                break
            used, signer = signer, self._challenged(address, answer)
            if used and not answer.headers.get("www-authenticate", "").lower().startswith("digest"):
                break
            self._signers[origin] = signer
        self._signers.pop(origin, None)
        raise StoreError(f"{address} refuses the user and password that were given")

    def _challenged(self, address: str, answer: Answer) -> Challenge:
        given: Credentials | None = credentials_for(urlsplit(address).hostname or "")
        if given is None:
            raise StoreError(
                f"{address} asks for a user and a password; set NOSOGRAPH_STORE_USER and NOSOGRAPH_STORE_PASSWORD, or "
                "write them into ~/.netrc"
            )
        found = challenges(answer.headers.get("www-authenticate", ""), given)
        if found is None:
            raise StoreError(f"{address} asks for credentials in a way that is neither Basic nor Digest")
        return found

    def _repeated(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        from urllib3.exceptions import HTTPError, LocationParseError, ProtocolError, ReadTimeoutError, SSLError

        wait = _FIRST_WAIT
        for left in reversed(range(_TRIES)):
            try:
                answer = self._once(method, address, body, headers)
            except (ReadTimeoutError, SSLError, LocationParseError) as error:
                raise _unanswered(address, error, self.seconds) from error
            except (HTTPError, OSError) as error:
                # A connection that broke is made again; one that cannot be made says that the address is wrong.
                if not left or not isinstance(error, (ProtocolError, ConnectionError)):
                    raise _unanswered(address, error, self.seconds) from error
                answer = None
            if answer is not None and (answer.status not in _RETRIED or not left):
                return answer
            time.sleep(min(_asked_wait(answer) or wait, _LONGEST_WAIT))
            wait *= 2
        raise AssertionError("the last try returns or raises")

    def _once(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        import urllib3

        common = {"User-Agent": f"nosograph/{VERSION}", "Accept-Encoding": "gzip, deflate", **headers}
        response: BaseHTTPResponse = self._connections(address).request(
            method,
            address,
            body=body,
            headers=common,
            redirect=False,
            retries=False,
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=self.seconds),
        )
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, response.data)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()
            self._pools.clear()


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _followed(address: str, answer: Answer) -> str:
    """Return where a redirect leads: within the same host, and never from https to http."""
    target = urljoin(address, answer.headers.get("location", ""))
    old, new = urlsplit(address), urlsplit(target)
    same = old.hostname == new.hostname and (
        old.netloc == new.netloc or (old.port in (None, 80) and new.port in (None, 443))
    )
    safe = new.scheme == "https" or new.scheme == old.scheme
    if not same or not safe or answer.status == 303 or "@" in new.netloc:
        raise StoreError(
            f"{address} has moved to {new.scheme}://{new.netloc.rpartition('@')[2]}{new.path}; give that address"
        )
    return target


def _asked_wait(answer: Answer | None) -> float | None:
    """Return the seconds of Retry-After, None if it is not said or in the past."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    value = answer.headers.get("retry-after") if answer else None
    if not value:
        return None
    try:
        return Retry(0).parse_retry_after(value) or None
    except InvalidHeader:
        return None


def _unanswered(address: str, error: Exception, seconds: float) -> StoreError:
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

    if isinstance(error, ReadTimeoutError):
        return StoreError(f"{address} does not answer within {seconds:g} seconds; NOSOGRAPH_STORE_TIMEOUT allows more")
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return StoreError(f"{address} cannot be reached within {_CONNECT_SECONDS:g} seconds")
    reason = getattr(error, "reason", None) or error
    return StoreError(f"{address} does not answer: {str(reason).rpartition('>: ')[2] or type(error).__name__}")


def timeout_from_environment(default: float = 60) -> float:
    """Return NOSOGRAPH_STORE_TIMEOUT, the seconds that an engine may take.

    Raises UsageError if it is no positive number.
    """
    given = os.environ.get("NOSOGRAPH_STORE_TIMEOUT", "")
    try:
        seconds = float(given or default)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise UsageError(f"NOSOGRAPH_STORE_TIMEOUT={given!r} is no number of seconds")
    return seconds

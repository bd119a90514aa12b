"""Who asks an engine: from the environment or netrc; Basic (RFC 7617) and Digest (RFC 7616) authentication."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from nosograph.errors import StoreError, UsageError

__all__ = ["Challenge", "Credentials", "challenges", "credentials_for"]

_SCHEME = re.compile(
    r"(?:^|,)\s*(Basic|Digest)\b((?:\s+|\s*,\s*)[\w-]+\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s,\"]+))*", re.IGNORECASE
)
_PARAMETER = re.compile(r"([\w-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]+))")
_HASHES: Mapping[str, Callable[[bytes], str]] = {
    # The scheme's own algorithm, kept by engines that know no other.
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


class Credentials(NamedTuple):
    """A user and a password."""

    user: str
    password: str


class Challenge(Protocol):
    """What signs a request as an engine asked for it."""

    def header(self, method: str, address: str) -> str:
        """Return the Authorization header of a request."""
        ...


def credentials_for(host: str) -> Credentials | None:
    """Return NOSOGRAPH_STORE_USER and _PASSWORD, or what netrc says of the host, None if neither says anything.

    Raises UsageError if only one of the two variables is set, StoreError if netrc cannot be read.
    """
    user, password = os.environ.get("NOSOGRAPH_STORE_USER"), os.environ.get("NOSOGRAPH_STORE_PASSWORD")
    if user and password is not None:
        return Credentials(user, password)
    if user or password:
        raise UsageError("set both NOSOGRAPH_STORE_USER and NOSOGRAPH_STORE_PASSWORD, or neither")
    from netrc import NetrcParseError, netrc

    try:
        found = netrc(os.environ.get("NETRC")).authenticators(host)
    except FileNotFoundError:
        return None
    except (NetrcParseError, OSError, UnicodeDecodeError) as error:
        raise StoreError(f"netrc cannot be read: {error}") from error
    return Credentials(found[0], found[2] or "") if found else None


def challenges(header: str, given: Credentials) -> Challenge | None:
    """Return what answers a WWW-Authenticate header: Digest if the engine offers it, else Basic, None for neither.

    >>> print(challenges('Basic realm="x"', Credentials("Aladdin", "open sesame")).header("GET", "http://x/"))
    Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==
    """
    offered = list(_offered(header))
    for scheme, parameters in offered:
        if scheme == "digest" and parameters.get("algorithm", "MD5").upper() in _HASHES and "nonce" in parameters:
            return _Digest(parameters, given)
    return _Basic(given) if any(scheme == "basic" for scheme, _ in offered) else None


def _offered(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    for match in _SCHEME.finditer(header):
        pairs = _PARAMETER.findall(match[0])
        yield match[1].lower(), {n.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare for n, quoted, bare in pairs}


class _Basic:
    def __init__(self, given: Credentials) -> None:
        self._value = "Basic " + base64.b64encode(f"{given.user}:{given.password}".encode()).decode()

    def header(self, method: str, address: str) -> str:
        return self._value


class _Digest:
    def __init__(self, parameters: Mapping[str, str], given: Credentials) -> None:
        self._asked = parameters
        self._given = given
        self._count = itertools.count(1)  # next() is one step, so threads do not share a number

    def header(self, method: str, address: str, client_nonce: str | None = None) -> str:
        parts = urlsplit(address)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked, algorithm = self._asked, self._asked.get("algorithm", "MD5")
        digest = _HASHES[algorithm.upper()]
        realm, nonce = asked.get("realm", ""), asked["nonce"]
        who = digest(f"{self._given.user}:{realm}:{self._given.password}".encode())
        what = digest(f"{method}:{target}".encode())
        fields = {"username": self._given.user, "realm": realm, "nonce": nonce, "uri": target}
        bare = {"algorithm": algorithm}
        if "auth" in re.split(r"[\s,]+", asked.get("qop", "")):
            count, own = f"{next(self._count):08x}", client_nonce or secrets.token_hex(8)
            fields |= {"response": digest(f"{who}:{nonce}:{count}:{own}:auth:{what}".encode()), "cnonce": own}
            bare |= {"qop": "auth", "nc": count}
        else:
            fields["response"] = digest(f"{who}:{nonce}:{what}".encode())
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        escaped = {n: re.sub(r'(["\\])', r"\\\1", v) for n, v in fields.items()}
        return "Digest " + ", ".join([f'{n}="{v}"' for n, v in escaped.items()] + [f"{n}={v}" for n, v in bare.items()])

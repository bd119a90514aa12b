"""Server processes on one socket; a client that is slow, or sends endless headers, is let go."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from nosograph.errors import StoreError
from nosograph.web.limits import Limits

__all__ = ["Served", "listen", "serve"]

_LIMITS = Limits()
#: the largest header of a request, in bytes
_HEADER = 100_000
#: how often each process may fail, and seconds that it has to end
_MOST_FAILURES, _PATIENCE = 5, 6


@dataclass(frozen=True, slots=True)
class Served:
    """What each server process opens: a store in a home, or at an address."""

    home: Path | None
    address: str | None
    edition: str | None
    limits: Limits
    hosts: Sequence[str] | None


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 that waits some seconds for a header, and reads no endless one."""

    header_timer: asyncio.TimerHandle | None = None
    header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_idle = self._is_idle()
        super().data_received(data)
        if not self._is_idle():
            self._disarm()
        elif was_idle:
            self._arm()
            self.header_bytes += len(data)
            if self.header_bytes > _HEADER:
                self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _arm(self) -> None:
        if self.header_timer is None:
            self.header_timer = self.loop.call_later(_LIMITS.header_seconds, self._expired)

    def _disarm(self) -> None:
        self.header_bytes = 0
        if self.header_timer is not None:
            self.header_timer.cancel()
            self.header_timer = None

    def _expired(self) -> None:
        self.header_timer = None
        if self._is_idle() and not self.transport.is_closing():
            self.transport.close()


def _application(served: Served) -> Starlette:
    """Open the store in a server process, and prepare what the first caller would wait for."""
    from nosograph.query.connect import connect
    from nosograph.store import Home, open_store
    from nosograph.web.app import application

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    store: Any = (
        connect(served.address, served.edition) if served.address else open_store(Home(served.home), served.edition)
    )
    return application(store, limits=served.limits, hosts=served.hosts, warm=True)


def listen(host: str, port: int) -> socket.socket:
    """Bind an address; raises OSError if it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def _work(served: Served, listening: socket.socket) -> None:
    """Run one server process; it ends with the process that started it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_follow, args=(parent,), daemon=True).start()
    config = uvicorn.Config(
        partial(_application, served),
        factory=True,
        http=PatientProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=served.limits.connections,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=3,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _follow(parent: Any) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def serve(served: Served, listening: socket.socket, workers: int) -> None:
    """Serve until this process is told to end; a server process that fails is replaced.

    Raises StoreError if the processes fail again and again.
    """
    if workers == 1:
        _work(served, listening)
        return
    start = partial(_start, multiprocessing.get_context("spawn"), served, listening)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = [start() for _ in range(workers)]
    failures = 0
    try:
        while failures < _MOST_FAILURES * workers:
            wait([process.sentinel for process in running])
            failed = [process for process in running if not process.is_alive()]
            failures += len(failed)
            time.sleep(0.5)
            running = [process for process in running if process not in failed] + [start() for _ in failed]
        raise StoreError("the server processes fail again and again; the messages above say why")
    except KeyboardInterrupt:
        return
    finally:
        _end(running)


def _start(context: Any, served: Served, listening: socket.socket) -> Any:
    process = context.Process(target=_work, args=(served, listening))
    process.start()
    return process


def _end(running: Sequence[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for process in running:
        process.terminate()
    for process in running:
        process.join(_PATIENCE)
        process.kill()

"""Processes for queries, kept ready; a query that takes too long ends with its process.

A query that is not quick moves out of the way of the others: its process goes on at low priority, and another takes its
place in the pool. Only some such slow queries may run at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from nosograph.errors import UsageError
from nosograph.store import Store
from nosograph.store.endpoint import EndpointStore
from nosograph.store.oxigraph import OxigraphStore
from nosograph.web.limits import Limits

__all__ = ["BusyError", "Pool", "Result"]

_LENGTH = struct.Struct("!I")
_LOW_PRIORITY = 15
#: seconds after which a caller may come again
_AGAIN = 5


class BusyError(Exception):
    """Too much is asked at once; `again` says after how many seconds to come back."""

    def __init__(self, message: str, again: int = _AGAIN) -> None:
        self.again = again
        super().__init__(message)


class Result:
    """What a query gave: a status, a media type and a body, or what is wrong in plain words."""

    def __init__(self, status: int, media: str = "text/plain", body: bytes = b"", error: str = "") -> None:
        self.status, self.media, self.body, self.error = status, media, body, error


class _Frames(asyncio.Protocol):
    """The answers that come from a process, each to the future that waits for it."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.head: dict[str, Any] | None = None
        self.waiting: asyncio.Future[Result] | None = None

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.head is None and len(self.received) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self.received)[0]
            if len(self.received) < end:
                return
            self.head = json.loads(self.received[_LENGTH.size : end])
            del self.received[:end]
        if self.head is not None and len(self.received) >= self.head["size"]:
            head, self.head, body = self.head, None, bytes(self.received)
            self.received.clear()
            if self.waiting is not None and not self.waiting.done():
                media = head.get("type", "text/plain")
                self.waiting.set_result(Result(head["status"], media, body, head.get("error", "")))

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(EOFError())


class _Worker:
    """One process and the socket to it."""

    def __init__(self, process: subprocess.Popen[bytes], writer: asyncio.WriteTransport, frames: _Frames) -> None:
        self.process, self.writer, self.frames = process, writer, frames

    @classmethod
    async def start(cls, setting: dict[str, Any]) -> _Worker:
        mine, theirs = socket.socketpair()
        mine.setblocking(False)
        with theirs:
            command = [sys.executable, "-m", "nosograph.web.worker", str(theirs.fileno())]
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        writer, frames = await asyncio.get_running_loop().create_connection(_Frames, sock=mine)
        worker = cls(process, writer, frames)
        worker.send(setting)
        return worker

    def send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message).encode()
        self.writer.write(_LENGTH.pack(len(text)) + text)

    def ask(self, job: dict[str, Any]) -> asyncio.Future[Result]:
        """Send a job; the future fails with EOFError if the process ends before its answer."""
        self.frames.waiting = waiting = asyncio.get_running_loop().create_future()
        if self.writer.is_closing():
            waiting.set_exception(EOFError())
        else:
            self.send(job)
        return waiting

    def slow_down(self) -> None:
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, _LOW_PRIORITY)

    def end(self) -> None:
        """Kill the process; what it leaves behind is gathered in a thread, for it may have much memory to give back."""
        with suppress(OSError):
            self.process.send_signal(signal.SIGKILL)
        with suppress(RuntimeError):  # its loop may be closed
            self.writer.close()
        Thread(target=self.process.wait, daemon=True).start()


def _setting(store: Store, limits: Limits) -> dict[str, Any]:
    common = {
        "edition": store.edition,
        "graphs": list(store.graphs()),
        "seconds": limits.query_seconds,
        "memory": limits.memory_bytes,
        "result_bytes": limits.result_bytes,
    }
    if isinstance(store, OxigraphStore):
        return {**common, "folder": str(store.folder)}
    if isinstance(store, EndpointStore):
        return {**common, "address": store.address}
    raise UsageError("a store in memory cannot be served as a SPARQL endpoint")


class Pool:
    """The processes of one server process; made for the event loop in which it is first used."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self.limits, self.setting = limits, _setting(store, limits)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self.all: set[_Worker] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.waiting = self.slow = 0

    async def start(self) -> None:
        """Start the processes; each opens the store while the first callers come."""
        if self.loop is not asyncio.get_running_loop():
            self.close()
            self.loop, self.idle, self.waiting, self.slow = asyncio.get_running_loop(), asyncio.Queue(), 0, 0
            for _ in range(self.limits.query_workers):
                await self._add()

    def close(self) -> None:
        """End all processes."""
        for worker in self.all:
            worker.end()
        self.all.clear()

    async def _add(self) -> None:
        worker = await _Worker.start(self.setting)
        self.all.add(worker)
        self.idle.put_nowait(worker)

    def _replace(self) -> None:
        task = asyncio.get_running_loop().create_task(self._add())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _free(self) -> _Worker:
        if not self.idle.empty():
            return self.idle.get_nowait()
        if self.waiting >= self.limits.waiting:
            raise BusyError("too many queries are waiting; come back in some seconds")
        self.waiting += 1
        try:
            return await asyncio.wait_for(self.idle.get(), self.limits.waiting_seconds)
        except TimeoutError:
            raise BusyError("all processes for queries are busy; come back in some seconds") from None
        finally:
            self.waiting -= 1

    async def run(self, job: dict[str, Any], gone: Callable[[], Awaitable[None]] | None = None) -> Result:
        """Run a query: `query`, `default`, `named` and `accept`.

        Raises BusyError if it cannot be run now. `gone` returns when the caller goes away, which ends a slow query.
        """
        await self.start()
        worker = await self._free()
        asked = worker.ask(job)
        try:
            done, _ = await asyncio.wait({asked}, timeout=self.limits.slow_after)
        except BaseException:
            self._drop(worker, asked)
            self._replace()
            raise
        if done:
            return self._finished(worker, asked)
        return await self._slow(worker, asked, gone)

    def _finished(self, worker: _Worker, asked: asyncio.Future[Result]) -> Result:
        try:
            result = asked.result()
        except (EOFError, OSError):
            self._drop(worker, asked)
            self._replace()
            return Result(503, error="the query took more memory than it may and was stopped; ask for less")
        self.idle.put_nowait(worker)
        return result

    async def _slow(
        self, worker: _Worker, asked: asyncio.Future[Result], gone: Callable[[], Awaitable[None]] | None
    ) -> Result:
        self._replace()
        self.slow += 1
        try:
            if self.slow > self.limits.slow_queries:
                raise BusyError("too many long queries are running; come back in some seconds")
            worker.slow_down()
            left = self.limits.query_seconds - self.limits.slow_after
            left_alone = asyncio.ensure_future(gone()) if gone else asked
            done, _ = await asyncio.wait({asked, left_alone}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if left_alone is not asked:
                left_alone.cancel()
            if asked in done:
                return asked.result()
            return Result(503, error=f"the query took longer than {self.limits.query_seconds:g} s and was stopped")
        except (EOFError, OSError):
            return Result(503, error="the query took more memory than it may and was stopped; ask for less")
        finally:
            self.slow -= 1
            self._drop(worker, asked)

    def _drop(self, worker: _Worker, asked: asyncio.Future[Result]) -> None:
        asked.cancel()
        self.all.discard(worker)
        worker.end()

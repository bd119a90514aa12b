"""Processes for queries, kept ready; a query that takes too long ends with its process.

A query that is not quick moves out of the way of the others: its process goes on at low priority, and another takes its
place in the pool. Only some such slow queries may run at once.
A look-up is answered where it arrives: to hand it over would take longer.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from nosograph.errors import UsageError
from nosograph.store import Store
from nosograph.store.endpoint import EndpointStore
from nosograph.store.oxigraph import OxigraphStore
from nosograph.web.limits import Limits
from nosograph.web.lookups import is_look_up
from nosograph.web.worker import HEAD, LENGTH, Embedded, safely

__all__ = ["BusyError", "Pool", "Result"]

_LOW_PRIORITY = 15
#: seconds after which a caller may come again
_AGAIN = 5
_TOO_LARGE = 413


class BusyError(Exception):
    """Too much is asked at once; `again` says after how many seconds to come back."""

    def __init__(self, message: str, again: int = _AGAIN) -> None:
        self.again = again
        super().__init__(message)


class Result:
    """What a query gave: a status, a media type and a body, or what is wrong in plain words."""

    __slots__ = ("body", "error", "media", "status")

    def __init__(self, status: int, media: str = "text/plain", body: bytes = b"", error: str = "") -> None:
        self.status, self.media, self.body, self.error = status, media, body, error


def _result(status: int, media: str, body: bytes) -> Result:
    return Result(status, media, body) if status == 200 else Result(status, media, error=body.decode())


class _Frames(asyncio.Protocol):
    """The answers that come from a process, each to the future that waits for it."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.waiting: asyncio.Future[Result] | None = None

    def data_received(self, data: bytes) -> None:
        self.received += data
        if len(self.received) < HEAD.size:
            return
        status, named, size = HEAD.unpack_from(self.received)
        start = HEAD.size + named
        if len(self.received) < start + size:
            return
        media, body = self.received[HEAD.size : start].decode(), bytes(memoryview(self.received)[start:])
        self.received = bytearray()
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(_result(status, media, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(EOFError())


class _Worker:
    """One process and the socket to it."""

    def __init__(self, process: subprocess.Popen[bytes], writer: asyncio.WriteTransport, frames: _Frames) -> None:
        self.process, self.writer, self.frames = process, writer, frames

    @classmethod
    async def start(cls, setting: dict[str, Any]) -> _Worker:
        """Start a process; return when it has opened the store."""
        mine, theirs = socket.socketpair()
        mine.setblocking(False)
        with theirs:
            command = [sys.executable, "-m", "nosograph.web.worker", str(theirs.fileno())]
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        writer, frames = await asyncio.get_running_loop().create_connection(_Frames, sock=mine)
        worker = cls(process, writer, frames)
        with suppress(EOFError):  # one that cannot open the store tells so to its first caller
            await worker.ask(setting)
        return worker

    def send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message).encode()
        self.writer.write(LENGTH.pack(len(text)) + text)

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


async def _within(asked: asyncio.Future[Result], seconds: float) -> bool:
    """Wait for an answer; tell whether it is there in time. It is waited for no longer, and not cancelled."""
    loop = asyncio.get_running_loop()
    first: asyncio.Future[None] = loop.create_future()

    def wake(_: object = None) -> None:
        if not first.done():
            first.set_result(None)

    timer = loop.call_later(seconds, wake)
    asked.add_done_callback(wake)
    try:
        await first
    finally:
        timer.cancel()
        asked.remove_done_callback(wake)
    return asked.done()


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
        self.here = Embedded(store) if isinstance(store, OxigraphStore) else None
        self.loop: asyncio.AbstractEventLoop | None = None
        #: the process that was used last is taken first: what it has read is still at hand
        self.idle: list[_Worker] = []
        self.queue: deque[asyncio.Future[_Worker]] = deque()
        self.all: set[_Worker] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.slow = 0

    async def start(self) -> None:
        """Start the processes; return when all have opened the store."""
        if self.loop is not asyncio.get_running_loop():
            self.close()
            self.loop, self.slow = asyncio.get_running_loop(), 0
            self.idle.clear()
            self.queue.clear()
            await asyncio.gather(*(self._add() for _ in range(self.limits.query_workers)))

    def close(self) -> None:
        """End all processes."""
        for worker in self.all:
            worker.end()
        self.all.clear()

    async def _add(self) -> None:
        worker = await _Worker.start(self.setting)
        self.all.add(worker)
        self._release(worker)

    def _release(self, worker: _Worker) -> None:
        """Give a process to the caller who has waited longest, or keep it."""
        while self.queue:
            caller = self.queue.popleft()
            if not caller.done():
                caller.set_result(worker)
                return
        self.idle.append(worker)

    def _replace(self) -> None:
        task = asyncio.get_running_loop().create_task(self._add())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _free(self) -> _Worker:
        if self.idle:
            return self.idle.pop()
        if len(self.queue) >= self.limits.waiting:
            raise BusyError("too many queries are waiting; come back in some seconds")
        loop = asyncio.get_running_loop()
        caller: asyncio.Future[_Worker] = loop.create_future()
        self.queue.append(caller)
        timer = loop.call_later(self.limits.waiting_seconds, self._give_up, caller)
        try:
            return await caller
        except asyncio.CancelledError:
            with suppress(ValueError):
                self.queue.remove(caller)
            if caller.done() and not caller.cancelled() and caller.exception() is None:
                self._release(caller.result())
            raise
        finally:
            timer.cancel()

    def _give_up(self, caller: asyncio.Future[_Worker]) -> None:
        if not caller.done():
            self.queue.remove(caller)
            caller.set_exception(BusyError("all processes for queries are busy; come back in some seconds"))

    async def run(self, job: dict[str, Any], gone: Callable[[], Awaitable[None]] | None = None) -> Result:
        """Run a query: `query`, `default`, `named`, `layered` and `accept`.

        Raises BusyError if it cannot be run now. `gone` returns when the caller goes away, which ends a slow query.
        """
        if self.here and is_look_up(job.get("query", "")) and not job["layered"]:
            status, media, body = safely(self.here, job, self.limits.look_up_bytes)
            if status != _TOO_LARGE:  # what is said of a few things fills pages
                return _result(status, media, body)
        if self.loop is not asyncio.get_running_loop():
            await self.start()
        worker = await self._free()
        asked = worker.ask(job)
        try:
            is_done = await _within(asked, self.limits.slow_after)
        except BaseException:
            self._drop(worker, asked)
            self._replace()
            raise
        if is_done:
            return self._finished(worker, asked)
        return await self._slow(worker, asked, gone)

    def _finished(self, worker: _Worker, asked: asyncio.Future[Result]) -> Result:
        try:
            result = asked.result()
        except (EOFError, OSError):
            self._drop(worker, asked)
            self._replace()
            return Result(503, error="the query took more memory than it may and was stopped; ask for less")
        self._release(worker)
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

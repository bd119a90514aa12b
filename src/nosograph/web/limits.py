"""What one caller may cost: sizes in bytes, times in seconds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one server process; each has its own."""

    #: how long a query may run
    query_seconds: float = 20
    #: a query that runs longer is a slow one: it goes on at low priority, beside those of the others
    slow_after: float = 0.5
    #: processes that wait for queries, and how many slow ones may run beside them
    query_workers: int = 2
    slow_queries: int = 2
    #: how many queries may wait for a process, and how long
    waiting: int = 64
    waiting_seconds: float = 3
    #: the largest result of a query, and the memory of the process that makes it
    result_bytes: int = 32_000_000
    #: the largest result of a look-up that the server process writes itself; a larger one is left to a process for queries
    look_up_bytes: int = 64_000
    memory_bytes: int = 2_000_000_000
    #: the largest body and address of a request, and how long its header, its body and each piece of its answer may take
    body_bytes: int = 1_000_000
    address_bytes: int = 60_000
    header_seconds: float = 10
    body_seconds: float = 20
    send_seconds: float = 30
    #: rendered documents that are kept
    kept_documents: int = 1000
    #: connections of one server process
    connections: int = 500

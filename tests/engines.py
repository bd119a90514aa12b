"""Servers of other engines on free ports of loopback, for tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

#: the password of Virtuoso's administrator in a new database
USER = PASSWORD = "dba"
_INI = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 400
MaxCheckpointRemap = 20000
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 100000
MaxDirtyBuffers = 75000
MaxQueryMem = 1G
ThreadsPerQuery = 1
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryExecutionTime = 120
"""


@dataclass(frozen=True)
class Engine:
    """The addresses of a running server."""

    query: str
    graph_store: str
    update: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _serving(command: list[str], address: str, folder: Path) -> Iterator[None]:
    with (folder / "server.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            for _ in range(300):
                assert process.poll() is None, f"the server ended: {(folder / 'server.log').read_text()[-2000:]}"
                try:
                    urllib.request.urlopen(address, timeout=2).close()
                except urllib.error.HTTPError:
                    break
                except OSError:
                    time.sleep(0.1)
                else:
                    break
            else:
                raise AssertionError("the server does not answer")
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def oxigraph(folder: Path, *, read_only: bool = False, port: int | None = None) -> Iterator[Engine]:
    """The oxigraph server of PyPI over a folder."""
    port = port or free_port()
    program = Path(sys.executable).parent / "oxigraph"
    form = "serve-read-only" if read_only else "serve"
    base = f"http://127.0.0.1:{port}"
    command = [str(program), form, "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with _serving(command, f"{base}/", folder.parent):
        yield Engine(f"{base}/query", f"{base}/store", f"{base}/update")


@contextmanager
def virtuoso(folder: Path, rows: int = 100_000) -> Iterator[Engine]:
    """Virtuoso over an empty database: anybody may read at /sparql; loading asks for a password, by Digest.

    Where it is not installed the test is skipped, but for CI, where that is a failure.
    """
    program = shutil.which("virtuoso-t")
    if program is None:
        reason = "Virtuoso is not installed: apt-get install virtuoso-opensource-7-bin"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    sql, http = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_INI.format(folder=folder, sql=sql, http=http, rows=rows))
    command = [program, "+configfile", str(folder / "virtuoso.ini"), "+foreground"]
    base = f"http://127.0.0.1:{http}"
    with _serving(command, f"{base}/sparql", folder):
        yield Engine(f"{base}/sparql", f"{base}/sparql-graph-crud-auth", f"{base}/sparql-auth")

"""A store built once from the installed packages, for all tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nosograph.sources.editions import installed_edition
from nosograph.store import Home, build, open_store
from nosograph.store.oxigraph import OxigraphStore


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    """The folder of a store with the newest edition; NOSOGRAPH_TEST_HOME keeps it between runs (delete it after changes)."""
    kept = os.environ.get("NOSOGRAPH_TEST_HOME")
    with tempfile.TemporaryDirectory(prefix="nosograph-test-") as scratch:
        home = Home(Path(kept) if kept else Path(scratch))
        if home.current() is None:
            build(home, [(installed_edition(), None)])
        yield home


@pytest.fixture(scope="session")
def store(home: Home) -> Iterator[OxigraphStore]:
    opened = open_store(home)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def nosograph(home: Home) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real command on the built store: `nosograph("show", "M61.08", env={...}, input="...")`."""

    def run(*args: str, env: dict[str, str] | None = None, **kwargs: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NOSOGRAPH_HOME": str(home.path), **(env or {})}
        command = [sys.executable, "-m", "nosograph", *args]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **kwargs)  # type: ignore[call-overload, no-any-return]

    return run


@pytest.fixture(scope="session")
def served(home: Home) -> Iterator[str]:
    """The address of the real server, in which a query may run for two seconds."""
    from nosograph.answers.find_store import index_of

    index_of(open_store(home))
    command = [sys.executable, "-m", "nosograph", "serve", "--port", "0", "--query-seconds", "2"]
    environment = {**os.environ, "NOSOGRAPH_HOME": str(home.path)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline() if process.stderr else ""
        found = re.search(r"http://\S+(?=/)", line)
        assert found, line
        yield found[0]
    finally:
        process.terminate()
        assert process.wait(20) == 0

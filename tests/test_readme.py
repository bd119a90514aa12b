"""What the README shows works as it stands."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import nosograph as api
from nosograph.store.oxigraph import OxigraphStore

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
#: commands that need what a test has not (a file of questions, another edition, an engine), or have tests of their own
ELSEWHERE = ("find --batch questions.jsonl", "diff ", "build --tabular", "validate", "draw ", "serve", "push ")


def commands() -> list[str]:
    lines = [line for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
    shown = [line.removeprefix("$ nosograph ") for line in lines if line.startswith("$ nosograph ")]
    return [line for line in shown if not line.startswith(ELSEWHERE)]


@pytest.mark.parametrize("line", commands())
def test_command(line: str, nosograph: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = nosograph(*shlex.split(line, comments=True))
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_first_command_prints_what_is_shown(nosograph: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    line = next(line for line in README.splitlines() if "nosograph find" in line and ".venv" in line)
    done = nosograph(*shlex.split(line.split(".venv/bin/nosograph ", 1)[1]))
    shown = re.search(r"```text\n(.*?)\n", README)
    assert shown
    assert done.stdout.splitlines()[0].strip() == shown[1]


def test_python(store: OxigraphStore) -> None:
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert block
    names: dict[str, object] = {}
    code = block[1].replace("store = open_store()\n", "")
    exec(code, {"store": store}, names)  # the README's own text
    assert names["hierarchy"].number_of_nodes() == 203  # type: ignore[attr-defined]
    assert api.entry(store, "M61.08").notes[0].owner == "M00-M99"


def test_everything_exported_can_be_had() -> None:
    assert all(getattr(api, name) for name in api.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = api.nothing

"""The rules of the house, as programs check them: style, types, layers, and where knowledge may stand."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["lint-imports"]],
    ids=lambda c: " ".join(c[:2]),
)
def test_linter(command: list[str]) -> None:
    program = Path(sys.executable).parent / command[0]
    if not program.exists():
        pytest.skip(f"{command[0]} is not installed: pip install -e '.[dev]'")
    done = subprocess.run([str(program), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def code_without_docstrings(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


def test_no_code_number_steers_python() -> None:
    number = re.compile(r"""['"][A-TV-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4})?-?['"]""")
    found = [(p.name, n) for p in SOURCES for n in number.findall(code_without_docstrings(p))]
    assert not found


def test_sparql_lives_in_rq_files() -> None:
    query = re.compile(r"\b(?:SELECT|CONSTRUCT|ASK|INSERT)\s.*(?:WHERE|\{)")
    found = [(p.name, line) for p in SOURCES for line in code_without_docstrings(p).splitlines() if query.search(line)]
    assert not found


def test_modules_are_short() -> None:
    assert not [p.name for p in SOURCES if len(p.read_text(encoding="utf-8").splitlines()) > 400]

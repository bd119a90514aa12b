"""The wheel works away from the checkout: it carries ontology, shapes, data and queries."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nosograph.store import Home

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_wheel_carries_what_is_no_python(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, pattern in (("ontology", "*.ttl"), ("shapes", "*.ttl"), ("data", "*.t*")):
        shipped = {f"nosograph/resources/{folder}/{p.name}" for p in (ROOT / folder).glob(pattern)}
        assert shipped
        assert shipped <= names
    assert "nosograph/query/rq/excludes1.rq" in names
    assert "nosograph/py.typed" in names


def test_wheel_answers_away_from_the_checkout(wheel: Path, tmp_path: Path, home: Home) -> None:
    """Only nosograph itself comes from the wheel; what it needs is taken from this environment."""
    target = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    # -S leaves out the editable install of this environment; its folders are then named one by one, after the wheel's.
    path = os.pathsep.join([str(target), *site.getsitepackages()])
    environment = {**os.environ, "NOSOGRAPH_HOME": str(home.path), "PYTHONPATH": path}

    def run(*args: str) -> str:
        command = [sys.executable, "-S", "-m", "nosograph", *args]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = [sys.executable, "-S", "-c", "import nosograph; print(nosograph.__file__)"]
    assert subprocess.run(
        where, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.startswith(str(target))
    assert json.loads(run("show", "M61.08", "--json"))["path"][0]["code"] == "M00-M99"
    found = run("find", "--condition", "myositis ossificans", "--cause", "trauma", "--site", "chest wall", "--json")
    assert json.loads(found)["code"] == "M61.08"
    assert len(json.loads(run("queries", "--json"))) > 20
    source = "from nosograph.resources import resource; print(resource('shapes'), resource('data/sites.ttl'))"
    checked = subprocess.run(
        [sys.executable, "-S", "-c", source], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(target) in checked.stdout

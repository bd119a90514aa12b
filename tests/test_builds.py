"""A build is whole or it is nothing: whatever happens to the disk, the process or the files, the old store answers."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nosograph.answers.editions import diff
from nosograph.answers.entries import entry
from nosograph.errors import BuildBusyError, NosographError, SourceError, StoreError, UnknownNameError
from nosograph.sources.editions import installed_edition
from nosograph.store import Home, Rows, build, open_store
from nosograph.store import home as home_module
from small_list import cut, earlier_edition, small_list, small_store

NOTATION = "http://www.w3.org/2004/02/skos/core#notation"
M61_08 = f'ASK {{ ?code <{NOTATION}> "M61.08" ; <http://www.w3.org/2004/02/skos/core#prefLabel> ?title }}'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A home with a store of the small list, to be changed at will."""
    return Path(shutil.copytree(small_store(), tmp_path / "home"))


def answers(home: Path) -> bool:
    store = open_store(Home(home))
    try:
        return store.query(M61_08) is True
    finally:
        store.close()


def left_over(home: Path) -> list[str]:
    """What lies in the folder beside the store in use."""
    current = Home(home).current()
    kept = {"build.lock", "current", current.name if current else ""}
    return sorted(p.name for p in home.iterdir() if p.name not in kept)


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "nosograph", *args]


def nosograph(home: Path, *args: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NOSOGRAPH_HOME": str(home)}
    return subprocess.run(command(*args), env=environment, capture_output=True, text=True, check=False, **kwargs)


def complaint(done: subprocess.CompletedProcess[str], exit_code: int = 4) -> str:
    """Return the one line of the error; checks that there is one, after the progress, and the exit code."""
    lines = [line for line in done.stderr.splitlines() if "% " not in line]
    assert done.returncode == exit_code, done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("nosograph: ")
    assert done.stdout == ""
    return lines[0]


# The same input, the same graph


def test_a_list_built_twice_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    listed = small_list(tmp_path)
    program = "import sys; from pathlib import Path; from nosograph.store import Home, build; build(Home(Path(sys.argv[1])), [(Path(sys.argv[2]), 'small')])"
    manifests, hashes = [], []
    for seed in ("1", "20"):
        home = tmp_path / f"home-{seed}"
        subprocess.run(
            [sys.executable, "-c", program, str(home), str(listed)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        manifests.append(Home(home).manifest())
        store = open_store(Home(home))
        lines = sorted(f"{q.subject} {q.predicate} {q.object} .\n" for q in store.native)
        store.close()
        assert len(lines) > 200_000
        assert not any("_:" in line.split(" ", 1)[0] for line in lines)  # no blank nodes: sorted lines are canonical
        hashes.append(hashlib.sha256("".join(lines).encode()).hexdigest())
    assert manifests[0] == manifests[1]
    assert hashes[0] == hashes[1]


def test_another_list_gives_other_bytes(tmp_path: Path) -> None:
    changed = tmp_path / "changed.xml"
    changed.write_text(
        small_list(tmp_path).read_text(encoding="utf-8").replace("other site", "Other site", 1), encoding="utf-8"
    )
    manifest = build(Home(tmp_path / "home"), [(changed, "small")])
    digests = {layer["graph"]: layer["sha256"] for layer in manifest["layers"]}
    before = {layer["graph"]: layer["sha256"] for layer in Home(small_store()).manifest()["layers"]}
    assert digests.keys() == before.keys()
    differing = {graph.rpartition("graph/")[2] for graph in digests if digests[graph] != before[graph]}
    assert "tabular/small" in differing
    assert differing <= {"tabular/small", "axes/small", "contrasts/small", "catalog"}


def test_the_kept_layers_and_sources_are_those_of_the_manifest(small: Path) -> None:
    folder = Home(small).current()
    assert folder is not None
    manifest = Home(small).manifest()
    for layer in manifest["layers"]:
        text = gzip.decompress((folder / "layers" / layer["file"]).read_bytes())
        assert hashlib.sha256(text).hexdigest() == layer["sha256"]
        assert text.count(b"\n") == layer["triples"]
    (kept,) = Home(small).kept_sources()
    assert hashlib.sha256(gzip.decompress(kept[0].read_bytes())).hexdigest() == manifest["editions"][0]["sha256"]


def test_the_official_list_gives_the_layers_of_the_store_again(home: Home, tmp_path: Path) -> None:
    program = (
        "import sys, json; from pathlib import Path; from nosograph.build.pipeline import read_inputs, write_layers\n"
        "layers = write_layers(read_inputs([(Path(sys.argv[1]), None)]), Path(sys.argv[2]), lambda stage, part: None)\n"
        "print(json.dumps({n.layer.graph: n.layer.sha256 for n in layers.notes}))"
    )
    arguments = [sys.executable, "-c", program, str(installed_edition()), str(tmp_path)]
    done = subprocess.run(
        arguments, env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {layer["graph"]: layer["sha256"] for layer in home.manifest()["layers"]}


# Disks


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a file system in memory of a given size; skips where that is not allowed."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    mounted = []

    def mount(options: str) -> Path:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("mounting a file system needs the rights of root")
        mounted.append(folder)
        return folder

    try:
        yield mount
    finally:
        for each in mounted:
            subprocess.run(["umount", "-l", str(each)], check=False)


def test_a_disk_with_too_little_room_is_seen_before_anything_is_written(
    mount: Callable[[str], Path], tmp_path: Path
) -> None:
    home = mount("size=400m")
    shutil.copytree(small_store(), home, dirs_exist_ok=True)
    before = left_over(home)
    line = complaint(nosograph(home, "build", "--tabular", str(small_list(tmp_path)), "--edition", "more"))
    assert "MB free, which a build needs" in line
    assert left_over(home) == before
    assert answers(home)


@pytest.mark.parametrize("room", [2, 20, 60])
def test_a_disk_that_fills_up_during_a_build_leaves_the_old_store(
    room: int, mount: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = mount("size=1g")
    shutil.copytree(small_store(), home, dirs_exist_ok=True)
    used = sum(p.stat().st_blocks * 512 for p in home.rglob("*")) // 1_000_000 + 1
    subprocess.run(["mount", "-o", f"remount,size={used + room}m", str(home)], check=True)
    monkeypatch.setattr(home_module, "_NEEDED", 0)
    with pytest.raises(StoreError, match="No space left on device"):
        build(Home(home), [(small_list(tmp_path), "small")])
    assert left_over(home) == []
    assert answers(home)
    subprocess.run(["mount", "-o", "remount,size=1g", str(home)], check=True)
    build(Home(home), [(small_list(tmp_path), "small")])
    assert left_over(home) == []
    assert answers(home)


def test_files_that_may_not_grow_leave_the_old_store(small: Path, tmp_path: Path) -> None:
    """The limit that any user can set; it stops the build's files as a full disk would."""
    listed = str(small_list(tmp_path))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))

    line = complaint(nosograph(small, "build", "--tabular", listed, "--edition", "more", preexec_fn=limit))
    assert "File too large" in line
    assert left_over(small) == []
    assert answers(small)


def test_a_read_only_folder_can_be_read_and_not_built_in(mount: Callable[[str], Path], tmp_path: Path) -> None:
    home = mount("size=1g")
    shutil.copytree(small_store(), home, dirs_exist_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
    shown = nosograph(home, "show", "M61.08")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["code"] == "M61.08"
    line = complaint(nosograph(home, "build", "--tabular", str(small_list(tmp_path)), "--edition", "more"))
    assert "cannot build in" in line
    assert "Read-only file system" in line
    line = complaint(nosograph(home, "query", "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 1"))
    assert "named graphs needs room" in line
    assert answers(home)


def test_an_empty_read_only_folder_is_reported(mount: Callable[[str], Path]) -> None:
    home = mount("size=1m,ro")
    for args in (("build",), ("show", "M61.08", "--quiet")):
        assert "Read-only file system" in complaint(nosograph(home, *args))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_folder_without_permission_is_reported(small: Path, tmp_path: Path) -> None:
    small.chmod(0o555)
    try:
        line = complaint(nosograph(small, "build", "--tabular", str(small_list(tmp_path)), "--edition", "more"))
        assert "Permission denied" in line
        assert answers(small)
    finally:
        small.chmod(0o755)


def test_a_home_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for args in (("build",), ("show", "M61.08"), ("info",)):
        line = complaint(nosograph(tmp_path / "file", *args))
        assert str(tmp_path / "file") in line
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_store_can_be_read_by_others_as_the_umask_says(tmp_path: Path) -> None:
    build(Home(tmp_path / "home"), [(small_list(tmp_path), "small")])
    folder = Home(tmp_path / "home").current()
    umask = os.umask(0)
    os.umask(umask)
    assert folder is not None
    assert folder.stat().st_mode & 0o777 == 0o777 & ~umask


# Damage


def _manifest(text: str | bytes) -> Callable[[Path], None]:
    return lambda store: (
        (store / "manifest.json").write_bytes(text if isinstance(text, bytes) else text.encode()) and None
    )


def _edited(**changes: Any) -> Callable[[Path], None]:
    def edit(store: Path) -> None:
        path = store / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return edit


def _pointer(content: bytes) -> Callable[[Path], None]:
    return lambda store: (store.parent / "current").write_bytes(content) and None


def _each(store: Path, pattern: str, change: Callable[[Path], Any]) -> None:
    found = sorted((store / "small").glob(pattern))
    assert found
    for path in found:
        change(path)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "manifest is no JSON": _manifest("{"),
    "manifest is empty": _manifest(""),
    "manifest is binary": _manifest(b"\xff\xfe\0"),
    "manifest is a list": _manifest("[]"),
    "manifest is a number": _manifest("1"),
    "manifest lacks everything": _manifest("{}"),
    "manifest has no editions": _edited(editions=[]),
    "manifest has wrong editions": _edited(editions=["small"]),
    "manifest has wrong layers": _edited(layers=[{"graph": "x"}]),
    "manifest is gone": lambda store: (store / "manifest.json").unlink(),
    "manifest names no database": _edited(editions=[{"name": "other", "graphs": ["http://x/"]}]),
    "pointer is empty": _pointer(b""),
    "pointer is binary": _pointer(b"\xff\0\xfe"),
    "pointer leads outside": _pointer(b"../../etc"),
    "pointer leads nowhere": _pointer(b"store-gone"),
    "store is gone": shutil.rmtree,
    "database is gone": lambda store: shutil.rmtree(store / "small"),
    "database is a file": lambda store: shutil.rmtree(store / "small") or ((store / "small").write_text("x") and None),
    "database lost CURRENT": lambda store: _each(store, "CURRENT", Path.unlink),
    "database lost its manifest": lambda store: _each(store, "MANIFEST-*", Path.unlink),
    "database lost its tables": lambda store: _each(store, "*.sst", Path.unlink),
    "tables are cut off": lambda store: _each(store, "*.sst", lambda p: os.truncate(p, p.stat().st_size // 2)),
    "tables are empty": lambda store: _each(store, "*.sst", lambda p: os.truncate(p, 0)),
    "tables are overwritten": lambda store: _each(store, "*.sst", lambda p: p.write_bytes(b"\xa5" * p.stat().st_size)),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_store_is_reported_with_the_way_out(name: str, small: Path) -> None:
    folder = Home(small).current()
    assert folder is not None
    DAMAGE[name](folder)
    for args in (("show", "M61.08"), ("query", M61_08)):
        line = complaint(nosograph(small, *args))
        assert "run 'nosograph build" in line, line


@pytest.mark.parametrize(
    "name",
    [
        "manifest is a list",
        "pointer is binary",
        "pointer leads outside",
        "store is gone",
        "database lost CURRENT",
        "tables are overwritten",
    ],
)
def test_a_build_replaces_a_damaged_store(name: str, small: Path, tmp_path: Path) -> None:
    folder = Home(small).current()
    assert folder is not None
    DAMAGE[name](folder)
    build(Home(small), [(small_list(tmp_path), "small")])
    assert answers(small)
    assert left_over(small) == []


def test_a_store_of_another_version_is_named_and_replaced(small: Path, tmp_path: Path) -> None:
    folder = Home(small).current()
    assert folder is not None
    _edited(format=home_module.FORMAT + 1, version="99.1", editions={"unknown": "form"})(folder)
    line = complaint(nosograph(small, "show", "M61.08"))
    assert "was made by nosograph 99.1 in a form that this version does not read; run 'nosograph build --force'" in line
    assert Home(small).kept_sources() == []
    build(Home(small), [(small_list(tmp_path), "small")])
    assert answers(small)


def test_a_damaged_kept_list_stops_a_build_that_needs_it(small: Path, tmp_path: Path) -> None:
    (kept,) = Home(small).kept_sources()
    packed = bytearray(kept[0].read_bytes())
    packed[2000:4000] = bytes(2000)
    kept[0].write_bytes(packed)
    with pytest.raises(SourceError, match=r"small\.xml\.gz (cannot be unpacked|is not a well-formed)"):
        build(Home(small), [*Home(small).kept_sources(), (small_list(tmp_path), "more")])
    assert answers(small)
    assert left_over(small) == []


def test_damaged_kept_layers_are_reported_when_named_graphs_are_asked_for(small: Path) -> None:
    folder = Home(small).current()
    assert folder is not None
    for path in (folder / "layers").iterdir():
        path.write_bytes(path.read_bytes()[:-20])
    line = complaint(nosograph(small, "query", "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 1"))
    assert "is damaged" in line
    assert "nosograph build" in line
    assert not list(folder.glob("dataset*"))
    assert answers(small)


# Cut off, and two at once


def start_build(home: Path, listed: Path, until: str) -> subprocess.Popen[str]:
    """Start a build in its own process and return when it reports a stage."""
    process = subprocess.Popen(
        command("build", "--tabular", str(listed), "--edition", "more"),
        env={**os.environ, "NOSOGRAPH_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A run of the tests in the background hands an ignored SIGINT down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if until in line:
            return process
    raise AssertionError(f"the build ended before {until!r}")


@pytest.mark.parametrize(
    ("stage", "wait"),
    [("reading", 0.0), ("Validity", 0.3), ("loading more", 0.4), ("loading small", 0.2), ("loading small", 1.2)],
)
def test_a_build_that_is_killed_leaves_the_old_store(stage: str, wait: float, small: Path, tmp_path: Path) -> None:
    before = Home(small).current()
    process = start_build(small, small_list(tmp_path), stage)
    time.sleep(wait)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert Home(small).current() == before
    assert answers(small)
    assert [name for name in left_over(small) if name.startswith("building-")], "it was not killed in the middle"
    build(Home(small), [(small_list(tmp_path, "M65-M67"), "next")])
    assert left_over(small) == []
    assert list(Home(small).manifest()["editions"][0]["name"]) == list("next")


def test_an_interrupted_build_removes_what_it_began(small: Path, tmp_path: Path) -> None:
    process = start_build(small, small_list(tmp_path), "loading")
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in messages
    assert left_over(small) == []
    assert answers(small)


def test_of_two_builds_at_once_the_second_is_told_to_wait(small: Path, tmp_path: Path) -> None:
    first = start_build(small, small_list(tmp_path), "loading")
    first.send_signal(signal.SIGSTOP)
    try:
        line = complaint(nosograph(small, "build", "--tabular", str(small_list(tmp_path)), "--edition", "third"))
        assert "another build is running" in line
        with pytest.raises(BuildBusyError):
            build(Home(small), [(small_list(tmp_path), "third")])
        assert answers(small)
        assert any(name.startswith("building-") for name in left_over(small))
    finally:
        first.send_signal(signal.SIGCONT)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert {e["name"] for e in Home(small).manifest()["editions"]} == {"small", "more"}
    assert left_over(small) == []


# Readers


def count(store: Any, text: str) -> int:
    found = store.query(text)
    assert isinstance(found, Rows)
    return len(list(found.rows))


def test_a_reader_keeps_its_store_while_another_is_built(small: Path, tmp_path: Path) -> None:
    reader = open_store(Home(small))
    old = Home(small).current()
    assert old is not None
    codes = f"SELECT * {{ ?code <{NOTATION}> ?n }}"
    before = count(reader, codes)
    rows = reader.query(codes)
    assert isinstance(rows, Rows)
    started = [next(rows.rows)]
    build(Home(small), [(small_list(tmp_path, "M65-M67"), "small")])
    assert Home(small).current() != old
    assert len(started) + len(list(rows.rows)) == before  # a query that was under way
    assert count(reader, codes) == before
    assert reader.at("small").query(M61_08) is True
    # Even what is made on demand is made from the old store's layers, not from the new one's.
    assert (
        count(
            reader,
            f'SELECT * {{ GRAPH ?g {{ ?c <{NOTATION}> "M61.08" ; a <http://www.w3.org/2004/02/skos/core#Concept> }} }}',
        )
        == 1
    )
    assert not answers(small), "the new store has another block"
    assert old.exists()
    reader.close()
    build(Home(small), [(small_list(tmp_path), "small")])
    assert not old.exists()
    assert left_over(small) == []
    assert answers(small)


def test_a_reader_in_another_process_keeps_its_store_too(small: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from nosograph.store import Home, open_store\n"
        "store = open_store(Home(Path(sys.argv[1]))); print('open', flush=True); sys.stdin.readline(); print(store.query(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", program, str(small), M61_08]
    reader = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    old = Home(small).current()
    for _ in range(2):  # the second removes what the first left to its reader, if that is gone
        build(Home(small), [(small_list(tmp_path, "M65-M67"), "small")])
    assert old is not None
    assert old.exists()
    assert reader.communicate("go\n", timeout=30)[0] == "True\n"


def test_a_reader_that_comes_while_the_store_is_swapped_gets_the_new_one(small: Path, tmp_path: Path) -> None:
    class Swapped(Home):
        """A home that another process builds in between the reader's first look and its second."""

        looks = 0

        def current(self) -> Path | None:
            found = super().current()
            self.looks += 1
            if self.looks == 1:
                build(Home(self.path), [(small_list(tmp_path, "M65-M67"), "small")])
            return found

    store = open_store(Swapped(small))
    assert store.folder == Home(small).current()
    assert store.query(M61_08) is False
    store.close()


def test_closed_readers_hold_nothing(small: Path, tmp_path: Path) -> None:
    old = Home(small).current()
    for _ in range(3):
        store = open_store(Home(small))
        store.query(M61_08)
        store.close()
    with pytest.raises(UnknownNameError):
        open_store(Home(small), "none")
    build(Home(small), [(small_list(tmp_path), "small")])
    assert old is not None
    assert not old.exists()


def test_a_build_that_fails_at_the_last_step_changes_nothing(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Home(small).current()

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StoreError, match="No space left"):
        build(Home(small), [(small_list(tmp_path), "small")])
    monkeypatch.undo()
    assert Home(small).current() == before
    assert [name for name in left_over(small) if name != "current.new"] == []
    assert answers(small)


# No store yet


def test_the_first_command_builds_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from nosograph.cli.main import main
    from nosograph.sources import editions

    listed = small_list(tmp_path)
    monkeypatch.setattr(editions, "installed_edition", lambda: listed)
    monkeypatch.setenv("NOSOGRAPH_HOME", str(tmp_path / "deep" / "home"))
    monkeypatch.setattr(sys, "argv", ["nosograph", "show", "m6108"])
    main()
    out, err = capsys.readouterr()
    assert json.loads(out)["code"] == "M61.08"
    assert f"building the store in {tmp_path / 'deep' / 'home'} (once)" in err
    assert "100% done" in err
    main()
    again, err = capsys.readouterr()
    assert (again, err) == (out, "")
    monkeypatch.setenv("NOSOGRAPH_HOME", str(tmp_path / "other"))
    monkeypatch.setattr(sys, "argv", ["nosograph", "show", "m6108", "--quiet"])
    main()
    assert capsys.readouterr() == (out, "")


def test_commands_that_need_no_store_build_none(tmp_path: Path) -> None:
    for args in (("queries",), ("--help",), ("--version",), ("show", "--help")):
        assert nosograph(tmp_path / "home", *args).returncode == 0
    assert not (tmp_path / "home").exists()


def test_opening_without_a_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="run 'nosograph build'"):
        open_store(Home(tmp_path))
    assert issubclass(StoreError, NosographError)


# Editions side by side


@pytest.fixture(scope="module")
def two_editions(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Multiple sclerosis and its neighbours (G35-G37) in FY2025 and FY2026: G35 was divided between them."""
    folder = tmp_path_factory.mktemp("editions")
    older, newer = folder / "older.xml", folder / "newer.xml"
    older.write_text(cut(earlier_edition("2025-04").read_text(encoding="utf-8"), "G35-G37"), encoding="utf-8")
    newer.write_text(cut(installed_edition().read_text(encoding="utf-8"), "G35-G37"), encoding="utf-8")
    home = Home(folder / "home")
    build(home, [(newer, "2026-04")])
    done = nosograph(home.path, "build", "--tabular", str(older), "--edition", "2025-04", "--json")
    assert done.returncode == 0, done.stderr
    assert [e["name"] for e in json.loads(done.stdout)["editions"]] == ["2026-04", "2025-04"]
    return home


def test_the_newest_edition_answers_unless_another_is_named(two_editions: Home) -> None:
    store = open_store(two_editions)
    assert store.edition == "2026-04"
    assert entry(store, "G35.A").title == "Relapsing-remitting multiple sclerosis"
    assert entry(store.at("2025-04"), "G35").reportable
    assert not entry(store, "G35").reportable
    earlier = open_store(two_editions, "2025-04")
    assert entry(earlier, "g35").edition == "2025-04"
    assert entry(earlier, "G35.A").outside
    with pytest.raises(UnknownNameError, match="2019"):
        store.at("2019")
    earlier.close()
    store.close()


def test_what_changed_between_the_editions(two_editions: Home) -> None:
    store = open_store(two_editions)
    found = diff(store, "2025-04", "2026-04")
    assert "G35" in [t.code for t in found.deleted]
    assert {"G35.A", "G35.D"} <= {t.code for t in found.added}
    back = diff(store, "2026-04", "2025-04")
    assert [t.code for t in back.added] == [t.code for t in found.deleted]
    assert sorted(t.code for t in back.deleted) == sorted(t.code for t in found.added)
    same = diff(store, "2026-04", "2026-04")
    assert not any(value for key, value in same.as_json().items() if key not in ("from", "to"))
    store.close()
    shown = nosograph(two_editions.path, "diff", "2025-04", "2026-04", "--json")
    assert shown.returncode == 0
    assert json.loads(shown.stdout) == found.as_json()


def test_named_graphs_hold_the_statements_of_each_edition(two_editions: Home) -> None:
    store = open_store(two_editions)
    g35 = "http://purl.bioontology.org/ontology/ICD10CM/G35"
    query = f"SELECT ?g ?reportable {{ GRAPH ?g {{ <{g35}> <https://w3id.org/nosograph/vocab#reportable> ?reportable }} }} ORDER BY ?g"
    for edition in (
        "2026-04",
        "2025-04",
    ):  # the code has one IRI; what is said of it stands in the graph of the edition
        found = store.at(edition).query(query)
        assert isinstance(found, Rows)
        assert [(g.value.rpartition("/graph/")[2], r.value) for g, r in found.rows if g and r] == [
            ("tabular/2025-04", "true"), ("tabular/2026-04", "false"),
        ]  # fmt: skip
    graph = "https://w3id.org/nosograph/graph/tabular/2025-04"
    default = f"SELECT ?r FROM <{graph}> {{ <{g35}> <https://w3id.org/nosograph/vocab#reportable> ?r }}"
    found = store.query(default)
    assert isinstance(found, Rows)
    assert [row[0].value for row in found.rows if row[0]] == ["true"]
    store.close()


def test_an_edition_built_again_takes_the_place_of_the_old_one(small: Path, tmp_path: Path) -> None:
    other = small_list(tmp_path, "M65-M67")
    done = nosograph(small, "build", "--tabular", str(other), "--edition", "small", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert [e["name"] for e in Home(small).manifest()["editions"]] == ["small"]
    assert not answers(small)

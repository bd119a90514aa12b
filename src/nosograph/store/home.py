"""The folder that holds the store: built whole beside the old one, then swapped in.

::

    home/
    ├── current            names the folder in use (replaced in one step)
    ├── build.lock         held while a build runs
    └── store-<digest>/    <edition>/ (Oxigraph, merged), manifest.json, sources/*.xml.gz, layers/*.nt.gz, in-use.lock,
                           dataset/ (Oxigraph, a named graph for each layer; made when first asked for)

A build that is killed leaves a `building-*` folder, which the next build removes; `current` never names it. A reader that
has a store open holds a shared lock on its `in-use.lock`, so that a later build does not remove it below the reader.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import secrets
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nosograph.errors import BuildBusyError, SourceError, StoreError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from nosograph.store.oxigraph import OxigraphStore

__all__ = ["FORMAT", "Home", "build", "make_dataset", "open_store"]

#: changes whenever a store of the last version can no longer be read
FORMAT = 1
#: what stands beside the editions in a store's folder
_RESERVED = frozenset({"dataset", "layers", "sources", "manifest.json", "in-use.lock"})
#: bytes that a build needs on disk for each edition, layers and store together
_NEEDED = 700_000_000


def _silent(_stage: str, _part: float) -> None:
    """Report no progress."""


def default_home() -> Path:
    """Return $NOSOGRAPH_HOME, or the platform's folder for user data."""
    if named := os.environ.get("NOSOGRAPH_HOME"):
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("nosograph", appauthor=False)


@contextlib.contextmanager
def _lock(path: Path, *, shared: bool = False) -> Iterator[bool]:
    """Hold a lock on a file while the block runs; yields False if another process holds it."""
    try:
        import fcntl
    except ImportError:  # no advisory locks on this platform
        yield True
        return
    descriptor = os.open(path, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


class Home:
    """The folder and what is in use in it."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_home()

    def current(self) -> Path | None:
        """Return the folder of the store in use, None if none has been built."""
        try:
            name = (self.path / "current").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"cannot read {self.path}: {error.strerror}") from error
        if not re.fullmatch(r"store-\w+", name):
            raise StoreError(f"{self.path / 'current'} is damaged; run 'nosograph build --force'")
        return self.path / name

    def manifest(self) -> dict[str, Any]:
        """Return what the store in use was built from.

        Raises StoreError if there is none, or if it is damaged or of another version.
        """
        folder = self.current()
        if folder is None:
            raise StoreError(f"no store in {self.path}: run 'nosograph build'")
        try:
            found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            if (version := found.get("format")) == FORMAT:
                _check_manifest(found)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise StoreError(
                f"the store in {folder} is damaged (its manifest: {error}); run 'nosograph build --force'"
            ) from error
        if version != FORMAT:
            raise StoreError(
                f"the store in {folder} was made by nosograph {found.get('version', '?')} in a form that this version does "
                "not read; run 'nosograph build --force'"
            )
        return found

    def kept_sources(self) -> list[tuple[Path, str]]:
        """Return the tabular lists that the store in use was built from, with the names of their editions."""
        try:
            manifest, folder = self.manifest(), self.current()
        except StoreError:
            return []
        assert folder is not None
        return _kept(folder, [e["name"] for e in manifest["editions"]])


def _check_manifest(found: dict[str, Any]) -> None:
    """Raise ValueError, LookupError or TypeError if what a reader needs is not there."""
    editions = [(e["name"] + "", e["graphs"][0] + "") for e in found["editions"]]
    layers = [(n["graph"] + "", n["file"] + "") for n in found["layers"]]
    if not editions or not layers:
        raise ValueError("no editions, or no layers")


def _kept(folder: Path, editions: Iterable[str]) -> list[tuple[Path, str]]:
    return [(folder / "sources" / f"{name}.xml.gz", name) for name in editions]


def open_store(home: Home | None = None, edition: str | None = None) -> OxigraphStore:
    """Open the store in use for reading, at its newest edition or the one named.

    Raises StoreError if there is none or it cannot be read, UnknownNameError if the edition is not loaded.
    """
    from nosograph.store.oxigraph import OxigraphStore

    home = home or Home()
    with contextlib.ExitStack() as held:
        folder = _hold(home, held)
        manifest = home.manifest()
        graphs: dict[str, list[str]] = {e["name"]: e["graphs"] for e in manifest["editions"]}
        chosen = edition or manifest["editions"][0]["name"]
        if chosen not in graphs:
            raise UnknownNameError("edition in the store", chosen, graphs)
        assert folder is not None
        layers = [(layer["graph"], folder / "layers" / layer["file"]) for layer in manifest["layers"]]
        store = OxigraphStore(folder, chosen, graphs, layers, partial(make_dataset, folder, layers))
        store.on_close = held.pop_all().close
    return store


def _hold(home: Home, held: contextlib.ExitStack) -> Path | None:
    """Lock the folder in use against removal; a build may put another in its place before the lock is held."""
    while True:
        folder = home.current()
        if folder is not None:
            with contextlib.suppress(OSError):  # a folder that cannot be locked can still be read
                held.enter_context(_lock(folder / "in-use.lock", shared=True))
        if home.current() == folder:
            return folder
        held.close()


def _plain_copy(path: Path, folder: Path) -> Path:
    if path.suffix != ".gz":
        return path
    plain = folder / path.stem
    try:
        with gzip.open(path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path} cannot be unpacked ({error}); build from another copy, or with --force") from error
    return plain


def _keep(path: Path, target: Path, level: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as plain, target.open("wb") as out, gzip.GzipFile("", "wb", level, out, mtime=0) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)


def _is_free(lock: Path) -> bool:
    try:
        with _lock(lock) as free:
            return free
    except OSError:
        return True


def _remove_unused(home: Path, keep: str) -> None:
    for folder in sorted(home.iterdir()):
        old = folder.name.startswith("store-") and folder.name != keep
        if folder.name.startswith("building-") or (old and _is_free(folder / "in-use.lock")):
            shutil.rmtree(folder, ignore_errors=True)


def _load(path: Path, layers: Iterable[tuple[str, Path]], *, merged: bool) -> None:
    """Load (graph, file) pairs, plain or gzipped, into a new database."""
    import pyoxigraph as ox

    native = ox.Store(str(path))
    for graph, file in layers:
        with contextlib.ExitStack() as stack:
            packed: Any = stack.enter_context(gzip.open(file)) if file.suffix == ".gz" else None
            # The text was written by this very program: its IRIs need no second check.
            native.bulk_load(
                packed,
                path=None if packed else str(file),
                format=ox.RdfFormat.N_TRIPLES,
                to_graph=ox.DefaultGraph() if merged else ox.NamedNode(graph),
                lenient=True,
            )
    if merged:
        native.optimize()
    native.flush()


def _manifest(layers: Any, version: str) -> dict[str, Any]:
    common = [n.layer.graph for n in layers.notes if n.edition is None]
    editions = [
        {**asdict(e), "graphs": [n.layer.graph for n in layers.notes if n.edition == e] + common}
        for e in layers.editions
    ]
    counts = [
        {
            "graph": n.layer.graph,
            "title": n.title,
            "triples": n.layer.triples,
            "sha256": n.layer.sha256,
            "file": n.layer.path.name + ".gz",
        }
        for n in layers.notes
    ]
    return {
        "format": FORMAT,
        "version": version,
        "editions": editions,
        "layers": counts,
        "reportable": layers.reportable,
    }


@contextlib.contextmanager
def _layers(work: Path, paths: Sequence[tuple[Path, str | None]], progress: Any) -> Iterator[tuple[Any, Any]]:
    """Write the layers to a scratch folder that lasts as long as the block; yields the inputs and the layers."""
    from nosograph.build.pipeline import read_inputs, write_layers

    with tempfile.TemporaryDirectory(dir=work, prefix="layers-") as scratch:
        progress("reading the tabular list", 0.0)
        inputs = read_inputs((_plain_copy(path, Path(scratch)), name) for path, name in paths)
        yield (
            inputs,
            write_layers(inputs, Path(scratch), lambda stage, part: progress(stage, 0.05 + 0.35 * part)),
        )


def _fill(work: Path, paths: Sequence[tuple[Path, str | None]], progress: Any) -> dict[str, Any]:
    from nosograph.version import VERSION

    with _layers(work, paths, progress) as (inputs, layers):
        manifest = _manifest(layers, VERSION)
        for edition in layers.editions:
            if edition.name.lower() in _RESERVED:
                raise UsageError(f"an edition cannot be called {edition.name!r}: choose another name")
        with ThreadPoolExecutor(1) as beside:
            kept = [beside.submit(_keep, i.path, work / "sources" / f"{i.edition.name}.xml.gz", 6) for i in inputs]
            for note, described in zip(layers.notes, manifest["layers"], strict=True):
                kept.append(beside.submit(_keep, note.layer.path, work / "layers" / described["file"], 1))
            for done, edition in enumerate(manifest["editions"]):
                progress(f"loading {edition['name']}", 0.4 + 0.6 * done / len(inputs))
                mine = [(n.layer.graph, n.layer.path) for n in layers.notes if n.layer.graph in edition["graphs"]]
                _load(work / edition["name"], mine, merged=True)
            for one in kept:
                one.result()
    (work / "in-use.lock").touch()
    (work / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return manifest


def make_dataset(folder: Path, layers: Sequence[tuple[str, Path]]) -> Path:
    """Make the database with a named graph for each layer, from the layers that were kept; return its folder.

    Raises StoreError if the folder cannot be written.
    """
    final = folder / "dataset"
    if final.exists():
        return final
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="dataset-") as work:
            _load(Path(work) / "db", layers, merged=False)
            with contextlib.suppress(OSError):  # another process was faster: its database is the same
                (Path(work) / "db").rename(final)
    except (EOFError, zlib.error, gzip.BadGzipFile, SyntaxError, FileNotFoundError, RuntimeError) as error:
        raise StoreError(f"the store in {folder} is damaged ({error}); run 'nosograph build --force'") from error
    except OSError as error:
        raise StoreError(f"a query over named graphs needs room in {folder}: {error.strerror or error}") from error
    return final


def build(home: Home, paths: Sequence[tuple[Path, str | None]], progress: Any = _silent) -> dict[str, Any]:
    """Build the store from tabular lists (each with the edition name asked for, if any) and put it in use.

    Nothing is changed until the new store is whole. Returns the manifest. Raises BuildBusyError if another build runs,
    SourceError for a bad input, StoreError if the folder cannot be written or the disk is full.
    """
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        with _lock(home.path / "build.lock") as free:
            if not free:
                raise BuildBusyError(
                    f"another build is running in {home.path}; wait for it, or set NOSOGRAPH_HOME elsewhere"
                )
            return _build(home, paths, progress)
    except OSError as error:
        raise StoreError(f"cannot build in {home.path}: {error.strerror or error}") from error


def _build(home: Home, paths: Sequence[tuple[Path, str | None]], progress: Any) -> dict[str, Any]:
    with contextlib.suppress(
        StoreError
    ):  # where the pointer cannot be read nothing is removed before the new store is whole
        before = home.current()
        _remove_unused(home.path, before.name if before else "")
    needed = _NEEDED * len(paths)
    if shutil.disk_usage(home.path).free < needed:
        raise StoreError(f"{home.path} has less than {needed // 1_000_000} MB free, which a build needs")
    name = secrets.token_hex(4)
    work, final = home.path / f"building-{name}", home.path / f"store-{name}"
    work.mkdir()
    try:
        manifest = _fill(work, paths, progress)
        work.rename(final)
        pointer = home.path / "current.new"
        pointer.write_text(final.name, encoding="utf-8")
        pointer.replace(home.path / "current")
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(final, ignore_errors=True)
        raise
    _remove_unused(home.path, final.name)
    progress("done", 1.0)
    return manifest

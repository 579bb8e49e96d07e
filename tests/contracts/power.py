"""A disk that loses power: what SQLite has written is recorded by a file system of our own, and cut where we like.

The file system stands between SQLite and the one of the machine (the shape of its structures: sqlite3.h). It passes everything
on and keeps a log of writes, truncations and syncs. A cut at some place of the log keeps what was synced; of what was not, each
write is kept, lost, or torn into sectors.
"""

from __future__ import annotations

import ctypes
import importlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512
_POINTER = ctypes.c_void_p
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, _POINTER, ctypes.c_int, _POINTER)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int)
_METHODS = 19  # version, 12 of the first, 4 of shared memory, 2 of mapped pages
_WRITE_AT, _TRUNCATE_AT, _SYNC_AT = 3, 4, 5


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int), ("file_size", ctypes.c_int), ("path_size", ctypes.c_int), ("next", _POINTER),
        ("name", ctypes.c_char_p), ("data", _POINTER), ("open", _POINTER), ("rest", _POINTER * 15),
    )  # fmt: skip


@dataclass
class Disk:
    """The log of what was written, in order: ``(what, file, place, data)``."""

    log: list[tuple[str, str, int, bytes]] = field(default_factory=list)

    def acknowledge(self, key: str) -> None:
        """Somebody was told that a command is done."""
        self.log.append(("told", key, 0, b""))

    def cut(self, place: int, before: Path, after: Path, chance: random.Random) -> set[str]:
        """Writes the files as a power cut at a place of the log leaves them; gives back what had been acknowledged."""
        kept = {str(file): bytearray(file.read_bytes()) for file in before.iterdir() if not file.name.endswith("-shm")}
        waiting: dict[str, list[tuple[str, int, bytes]]] = {}
        told: set[str] = set()
        for what, name, where, data in self.log[:place]:
            if what == "told":
                told.add(name)
            elif what == "sync":
                for earlier in waiting.pop(name, []):
                    _apply(kept.setdefault(name, bytearray()), *earlier)
            else:
                waiting.setdefault(name, []).append((what, where, data))
        for name, lost in waiting.items():
            for what, where, data in lost:
                fate = chance.choice(("kept", "lost", "torn"))
                if fate == "kept" or (fate == "torn" and what == "truncate"):
                    _apply(kept.setdefault(name, bytearray()), what, where, data)
                elif fate == "torn":
                    for start in range(0, len(data), SECTOR):
                        if chance.random() < 0.5:
                            _apply(kept.setdefault(name, bytearray()), what, where + start, data[start : start + SECTOR])
        after.mkdir()
        for name, content in kept.items():
            (after / Path(name).name).write_bytes(content)
        return told


def _apply(content: bytearray, what: str, where: int, data: bytes) -> None:
    if what == "truncate":
        del content[where:]
        content.extend(bytes(where - len(content)))
        return
    content.extend(bytes(max(0, where - len(content))))
    content[where : where + len(data)] = data


@contextmanager
def recorded() -> Iterator[Disk]:
    """While this lasts, every file that SQLite opens is recorded."""
    library: Any = ctypes.CDLL(importlib.import_module("pysqlite3._sqlite3").__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    machine = library.sqlite3_vfs_find(None)
    disk, names, methods, alive = Disk(), {}, {}, []
    opened = _OPEN(machine.contents.open)

    def recording(original: int) -> Any:
        """The methods of a file, those that write being ours."""
        table = (_POINTER * _METHODS).from_buffer_copy((_POINTER * _METHODS).from_address(original))
        write, truncate, sync = _WRITE(table[_WRITE_AT]), _TRUNCATE(table[_TRUNCATE_AT]), _SYNC(table[_SYNC_AT])

        def on_write(file: int, data: int, size: int, where: int) -> int:
            disk.log.append(("write", names[file], where, ctypes.string_at(data, size)))
            return write(file, data, size, where)

        def on_truncate(file: int, size: int) -> int:
            disk.log.append(("truncate", names[file], size, b""))
            return truncate(file, size)

        def on_sync(file: int, flags: int) -> int:
            disk.log.append(("sync", names[file], 0, b""))
            return sync(file, flags)

        ours = (_WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync))
        alive.extend(ours)
        for place, method in zip((_WRITE_AT, _TRUNCATE_AT, _SYNC_AT), ours, strict=True):
            table[place] = ctypes.cast(method, _POINTER).value
        return table

    def on_open(_vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        done = opened(ctypes.addressof(machine.contents), name, file, flags, out)
        original = _POINTER.from_address(file).value
        if done == 0 and original and name:
            names[file] = ctypes.string_at(name).decode()
            if original not in methods:
                methods[original] = recording(original)
            _POINTER.from_address(file).value = ctypes.addressof(methods[original])
        return done

    ours = _Vfs.from_buffer_copy(machine.contents)
    ours.name, ours.next, on_open_c = b"recorded", None, _OPEN(on_open)
    ours.open = ctypes.cast(on_open_c, _POINTER).value
    library.sqlite3_vfs_register(ctypes.byref(ours), 1)
    try:
        yield disk
    finally:
        library.sqlite3_vfs_register(machine, 1)
        library.sqlite3_vfs_unregister(ctypes.byref(ours))

"""The lock of a model folder: one training at a time writes to it.

The lock is one of the operating system, so that of a process that has ended is gone, however it
ended. The files stay behind then, and do no harm.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from seqcli.errors import UserError
from seqcli.storage.disk import make_folder, remove_files, write_file
from seqcli.storage.reading import parse_json, read_regular

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOCK, _OWNER = ".lock", ".lock.json"
LOCK_FILES = (_LOCK, _OWNER)
_MAX_OWNER_BYTES = 10_000


class FolderLock:
    """A model folder that this process alone trains in; it is made if it is not there.

    Raises `UserError` if another process holds it, or if nothing can be written to it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = [each for each in (folder, *folder.parents) if not each.exists()]
        self._lock = self._acquire()

    def renew(self) -> None:
        """Lock the folder again if somebody has removed it. Raises `UserError` as above."""
        if not self._is_held():
            self._lock.release()
            self._lock = self._acquire()

    def release(self) -> None:
        """Give the folder back. What was made for the lock alone is removed."""
        if self._is_held():
            remove_files(self.folder / name for name in LOCK_FILES)
        self._lock.release()
        for folder in self._made:
            with suppress(OSError):  # it holds something
                folder.rmdir()

    def _is_held(self) -> bool:
        """Whether the lock in the folder is this one."""
        try:
            return os.path.samestat((self.folder / _LOCK).stat(), self._status)
        except OSError:
            return False

    def _acquire(self) -> BaseFileLock:
        from filelock import FileLock, Timeout  # noqa: PLC0415 - translating does without

        path = self.folder / _LOCK
        lock = FileLock(path, blocking=False, thread_local=False)
        try:
            make_folder(self.folder)
            lock.acquire()
            self._status = path.stat()
            owner = {"process": os.getpid(), "host": socket.gethostname(), "since": time.time()}
            write_file(self.folder / _OWNER, json.dumps(owner).encode())
        except Timeout:
            raise UserError(
                f"{self.folder}: {self._owner()} is training there: wait until it ends, or name "
                "another folder with --model"
            ) from None
        except OSError as error:
            lock.release()
            raise UserError(
                f"{error.filename or self.folder} cannot be written ({error.strerror or error}): "
                "name another folder with --model"
            ) from error
        return lock

    def _owner(self) -> str:
        """Who holds the lock, as far as it has said so."""
        try:
            owner = parse_json(read_regular(self.folder / _OWNER, _MAX_OWNER_BYTES))
            since = time.strftime("%H:%M on %Y-%m-%d", time.localtime(float(owner["since"])))
            return f"process {int(owner['process'])} on {owner['host']}, since {since},"
        except (UserError, OSError, ValueError, KeyError, TypeError, OverflowError):
            return "another process"

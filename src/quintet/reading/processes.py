"""A process of its own for every file that somebody hands in: `python -m quintet.reading.<module>` with the file as standard input.

A file can ask for any amount of memory and time, so it is read where running out of either hurts nobody.
"""

import errno
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from quintet.reading.errors import Unreadable
from quintet.reading.limits import MEMORY, MOST_BYTES, SECONDS

SOURCE = Path(__file__).parents[2]
LIBRARIES = sorted({path for path in sys.path if path.endswith("site-packages")})  # `-S` leaves them out with all that they would start
AT_ONCE = 2  # readers of one server process; the next one waits
_slots = threading.BoundedSemaphore(AT_ONCE)


def lines_of(module: str, file: IO[bytes], *arguments: str, most_bytes: int = MOST_BYTES) -> Iterator[Any]:
    """What the module says of the file, line by line, each a value of JSON. Raises Unreadable: what the module raised, `file_memory`
    where it was stopped."""
    with _temporary() as copy:
        _copy(file, copy, most_bytes)
        with _slots:
            yield from _said(module, copy, arguments)


def _copy(file: IO[bytes], copy: IO[bytes], most_bytes: int) -> None:
    file.seek(0)
    size = 0
    while piece := file.read(1 << 20):
        size += len(piece)
        if size > most_bytes:
            raise Unreadable("file_too_large", most=most_bytes // 2**20)
        copy.write(piece)
    if not size:
        raise Unreadable("file_empty")
    copy.seek(0)


def _said(module: str, copy: IO[bytes], arguments: tuple[str, ...]) -> Iterator[Any]:
    process = subprocess.Popen(
        [sys.executable, "-S", "-B", "-m", f"quintet.reading.{module}", *arguments],
        stdin=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join([str(SOURCE), *LIBRARIES]), "PYTHONIOENCODING": "ascii"},
    )
    late = threading.Timer(2 * SECONDS, process.kill)
    late.daemon = True
    late.start()
    ended = False
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line == b"\n":
                continue
            said = json.loads(line)
            if isinstance(said, dict):
                ended = True
                if "code" in said:
                    raise Unreadable(said["code"], **said["values"])
            yield said
    except json.JSONDecodeError:  # a line that ends where the process was stopped
        ended = False
    finally:
        late.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    if not ended:
        raise Unreadable("file_memory")


def limit() -> None:
    """Keep this process small: address space, processor time, no core, nothing written to disk."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def told(result: dict[str, Any], out: IO[str]) -> None:
    """The last line of a module: an object."""
    out.write("\n" + json.dumps(result) + "\n")
    out.flush()


def failure(error: BaseException) -> dict[str, Any]:
    """The last line for what was raised."""
    if isinstance(error, Unreadable):
        return {"code": error.code, "values": error.values}
    return {"code": "file_memory" if isinstance(error, MemoryError) else "file_damaged", "values": {}}


def _temporary() -> IO[bytes]:
    """A file for one reading. On a full disk Python finds no directory usable and says so as if it were missing."""
    try:
        return tempfile.TemporaryFile()
    except FileNotFoundError as error:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error

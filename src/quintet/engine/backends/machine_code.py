"""The text of a function → machine code, made once: kept in this process, and in the cache folder for the next.

A file of the cache is named by the hash of the text and of the processor, and begins with the hash of what it holds.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from quintet.engine.runtime import cache_folder

SIGNATURE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64, *[ctypes.c_int32] * 3, ctypes.c_int16)
LINKED: dict[str, tuple[Any, Any]] = {}  # by text: the function, and what holds its code in memory
_LINKING = Lock()


@cache
def _machine() -> tuple[Any, str]:
    """LLVM's view of this processor; its name with all its features, behind the hash of how code is made here."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features, opt=3, jit=True)
    how = sha256(Path(__file__).read_bytes()).hexdigest()
    return target, f"{how} {llvm.llvm_version_info} {target.triple} {name} {features}"


def _file(text: str) -> Path:
    return cache_folder() / f"{sha256(f'{_machine()[1]} {text}'.encode()).hexdigest()[:40]}.native"


def at_hand(text: str) -> bool:
    """Whether the machine code of a text is in this process or in the cache."""
    return text in LINKED or _file(text).is_file()


def kept(path: Path) -> bytes | None:
    """The machine code of a file, if it is whole."""
    try:
        found = path.read_bytes()
    except OSError:
        return None
    return found[32:] if sha256(found[32:]).digest() == found[:32] else None


def _keep(path: Path, code: bytes) -> None:
    """Write machine code to the cache; a cache that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(sha256(code).digest() + code)
        partial.replace(path)
    except OSError:
        return


def _compile(text: str) -> bytes:
    import llvmlite.binding as llvm

    target, _ = _machine()
    module = llvm.parse_assembly(text)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(target.emit_object(module))


def linked(text: str) -> Any:
    """The function `block` of a text, compiled or from the cache. It lets go of the interpreter while it runs."""
    import llvmlite.binding as llvm

    with _LINKING:
        if text not in LINKED:
            path = _file(text)
            code = kept(path)
            if code is None:
                code = _compile(text)
                _keep(path, code)
            library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol("block")
            tracker = library.link(_jit(), f"quintet{len(LINKED)}")
            LINKED[text] = (SIGNATURE(tracker["block"]), tracker)
    return LINKED[text][0]


@cache
def _jit() -> Any:
    import llvmlite.binding as llvm

    return llvm.create_lljit_compiler(_machine()[0])

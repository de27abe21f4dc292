"""Secrets come from the environment; a demo makes its own once and keeps them in var/, readable by its owner only."""

import base64
import os
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def secret(name: str, *, folder: Path, may_generate: bool) -> str:
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if not may_generate:
        raise ImproperlyConfigured(
            f"缺少环境变量 {name}。正式运行必须设置它；用 "
            "python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())' "
            "生成一个，并妥善备份：丢失后已加密的个人信息无法恢复。只想试用，请设置 QUINTET_DEMO=1。"
        )
    return _kept(folder / name.lower())


def _kept(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp is 0600; a hard link makes the file appear whole, or not at all when another process was first.
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(base64.urlsafe_b64encode(os.urandom(32)))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text()

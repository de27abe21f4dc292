"""Entry point of the command line. `commands` holds the commands; a plain `evaluate` is answered without it, see `quick`."""

from __future__ import annotations

import sys
from typing import Any

from quintet.engine.errors import EngineError, PackError


def main() -> None:
    """Errors of packs and facts are shown as they are, without a trace, with exit code 1."""
    try:
        if sys.argv[1:2] == ["evaluate"]:
            from quintet.engine.quick import answered

            if answered(sys.argv[2:]):
                return
        from quintet.engine.commands import commands

        commands(prog_name="quintet")
    except PackError as error:
        _end(f"{error}\n{len(error.problems)} problem{'s' if len(error.problems) > 1 else ''}")
    except EngineError as error:
        zh = getattr(error, "zh", "")
        _end(f"{error}" + (f"\n{zh}" if zh else ""))
    except (OSError, UnicodeError, RecursionError) as error:
        _end(f"{type(error).__name__}: {error}\n文件无法读取或写出，请检查路径、权限和编码。")


def _end(text: str) -> Any:
    sys.stderr.write(text + "\n")
    sys.exit(1)


if __name__ == "__main__":
    main()

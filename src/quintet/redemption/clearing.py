"""Commands of this context that the night's work calls to remove what has served its time."""

from quintet.redemption.selfcheck import kept_days

commands: list[tuple[str, list[str]]] = [("purge_self_checks", ["--days", str(kept_days())])]

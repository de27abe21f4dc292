"""Commands of this context that the night's work calls to remove what has served its time."""

commands: list[tuple[str, list[str]]] = [("purge", [])]

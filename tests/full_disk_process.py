"""A process that asks the site after the machine took its last byte: reads requests as JSON lines, answers with status and text.

RLIMIT_FSIZE of nothing makes every write to a file fail, whoever runs the tests; pipes and the server of PostgreSQL are not touched.
"""

import json
import os
import resource
import sys
from typing import Any


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    connection.ensure_connection()  # as a server that has been running for a while
    clients: dict[str, Client] = {}
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        if request["path"] == "full":
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
            _say(0, "")
            continue
        client = clients.setdefault(request.get("cookie", ""), Client(raise_request_exception=False))
        if request.get("cookie"):
            client.cookies["sessionid"] = request["cookie"]
        posted = request.get("post")
        if isinstance(posted, dict) and "file" in posted:
            from django.core.files.uploadedfile import SimpleUploadedFile

            posted = {**posted, "file": SimpleUploadedFile("x.xlsx", bytes.fromhex(posted["file"]))}
        answer = client.get(request["path"]) if posted is None else client.post(request["path"], posted)
        _say(answer.status_code, answer.content.decode(errors="replace"))


def _say(status: int, text: str) -> None:
    sys.stdout.write(json.dumps([status, text]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

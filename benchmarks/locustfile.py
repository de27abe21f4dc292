"""Load on the form of an application: 50 applicants who open their draft, type, and look at their list.

python benchmarks/form_load.py       starts a site with its drafts, then locust with this file, and checks the 95th percentile
"""

import os
import random
import re
from pathlib import Path

from locust import HttpUser, between, task

SESSIONS = [line.split() for line in Path(os.environ["QUINTET_SESSIONS"]).read_text("utf-8").splitlines()]  # session cookie, key of a draft


class Applicant(HttpUser):
    wait_time = between(1, 3)

    def on_start(self) -> None:
        session, self.draft = SESSIONS.pop()
        self.client.cookies.set("sessionid", session)
        page = self.client.get(f"/my/claims/{self.draft}/", name="draft (first)")
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert found, page.status_code
        self.token = found[1]

    @task(3)
    def open_draft(self) -> None:
        self.client.get(f"/my/claims/{self.draft}/", name="draft")

    @task(4)
    def type_something(self) -> None:
        self.client.post(
            f"/my/claims/{self.draft}/save/", {"text": f"中试线已连续运行 {random.randrange(10**6)} 小时。"}, headers={"X-CSRFToken": self.token, "HX-Request": "true"},
            name="save a field",
        )  # fmt: skip

    @task(1)
    def list_of_mine(self) -> None:
        self.client.get("/my/claims/", name="my claims")

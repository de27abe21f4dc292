"""The pictures of the README and the manual: the demo city on a database of its own, seen by a real browser.

`./run screenshots` calls this; it needs Chromium in CHROMIUM. Pictures go to docs/images.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PASSWORD = "quintet-demo"
# What the enterprise of the tour knows of itself; every other question is answered with 不知道.
ANSWERS = {"high_tech_recognised": "yes", "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": "no"}


def serve(var: str) -> tuple[subprocess.Popen[bytes], str]:
    """The demo city in `var`, and the address it answers at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUINTET_") and name != "DATABASE_URL"}
    environment = kept | {"QUINTET_VAR": var, "QUINTET_DEMO": "1", "PYTHONPATH": str(ROOT / "src")}
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"], ["demo", "--if-empty"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--log-level", "error", "quintet.config.wsgi"],
        cwd=ROOT,
        env=environment,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1).close()
            return server, address
        except OSError:
            time.sleep(0.2)
    server.terminate()
    raise SystemExit("the demo did not start")


def visitor(browser: Browser, address: str, width: int, locale: str = "zh-CN") -> Any:
    context = browser.new_context(base_url=address, locale=locale, viewport={"width": width, "height": 860})
    return context.new_page()


def take(page: Any, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


def self_check(page: Any) -> None:
    """Answers every question up to the result."""
    page.goto("/check/?who=enterprise")
    page.select_option("#id_year", "2020")
    page.locator("main form[action$='/start/'] button").click()
    for _ in range(60):
        if page.url.endswith("/result/"):
            return
        answer = ANSWERS.get(page.locator("input[name=fact]").get_attribute("value"))
        if answer is None:
            page.locator("button[name=unknown]").click()
        elif page.locator(f"input[type=radio][value='{answer}']").count():
            page.check(f"input[type=radio][value='{answer}']")
            page.locator(".question button:not([name])").click()
        else:
            page.fill("#answer", answer)
            page.locator(".question button:not([name])").click()
        page.wait_for_load_state()


def sign_in(page: Any, name: str) -> None:
    page.goto("/sign-in/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_load_state()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var:
        server, address = serve(var)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox", "--disable-gpu"])
                for locale, name in (("zh-CN", "home-1280"), ("en-US", "home-en-1280")):
                    page = visitor(browser, address, 1280, locale)
                    page.goto("/")
                    take(page, name)
                phone = visitor(browser, address, 390)
                phone.goto("/policies/panjin-2019-29/clauses/T6/")
                take(phone, "clause-390")
                page = visitor(browser, address, 1280)
                self_check(page)
                take(page, "result-1280")
                sign_in(page, "demo-officer")
                page.goto("/city/?year=2020")
                take(page, "city-1280")
                browser.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()

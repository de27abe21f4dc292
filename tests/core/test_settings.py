"""Production refuses to start without its secrets; a demo makes its own."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from quintet.config.secrets import secret

READ = """
import json, quintet.config.settings as s
print(json.dumps([s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0, s.DEBUG, s.ALLOWED_HOSTS]))
"""


def start(read: str = READ, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("QUINTET_", "DATABASE_"))}
    source = Path(__file__).parents[2] / "src"
    return subprocess.run(
        [sys.executable, "-c", read], env=kept | {"PYTHONPATH": str(source)} | environment, capture_output=True, text=True, check=False
    )


def test_production_without_secrets_says_what_is_missing(tmp_path: Path):
    done = start(QUINTET_VAR=str(tmp_path))
    assert done.returncode != 0
    assert "缺少环境变量 QUINTET_SECRET_KEY" in done.stderr


def test_production_with_secrets_is_strict(tmp_path: Path):
    secrets = dict.fromkeys(("QUINTET_SECRET_KEY", "QUINTET_FIELD_KEY", "QUINTET_LOOKUP_KEY"), "c2VjcmV0")
    done = start(QUINTET_VAR=str(tmp_path), QUINTET_HOSTS="city.example", **secrets)
    assert json.loads(done.stdout) == [True, True, True, False, ["city.example"]]


def test_cookies_of_production_belong_to_the_host_alone(tmp_path: Path):
    secrets = dict.fromkeys(("QUINTET_SECRET_KEY", "QUINTET_FIELD_KEY", "QUINTET_LOOKUP_KEY"), "c2VjcmV0")
    read = "import quintet.config.settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    assert start(read, QUINTET_VAR=str(tmp_path), **secrets).stdout.split() == ["__Host-sessionid", "__Host-csrftoken"]
    assert start(read, QUINTET_VAR=str(tmp_path), QUINTET_HTTP="1", **secrets).stdout.split() == ["sessionid", "csrftoken"]


def test_a_number_that_is_none_is_named(tmp_path: Path):
    done = start(QUINTET_VAR=str(tmp_path), QUINTET_DEMO="1", QUINTET_API_PER_MINUTE="many")
    assert done.returncode != 0
    assert "环境变量 QUINTET_API_PER_MINUTE 应为不小于 0 的整数" in done.stderr


def test_a_demo_makes_secrets_that_only_its_owner_can_read(tmp_path: Path):
    assert start(QUINTET_VAR=str(tmp_path), QUINTET_DEMO="1").returncode == 0
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("quintet_*_key")} == {0o600}


def test_a_secret_is_made_once(tmp_path: Path):
    first = secret("QUINTET_TRY_KEY", folder=tmp_path, may_generate=True)
    assert secret("QUINTET_TRY_KEY", folder=tmp_path, may_generate=True) == first


def test_a_secret_is_never_made_for_production(tmp_path: Path):
    with pytest.raises(ImproperlyConfigured, match="QUINTET_TRY_KEY"):
        secret("QUINTET_TRY_KEY", folder=tmp_path, may_generate=False)
    assert list(tmp_path.iterdir()) == []


ROOT = Path(__file__).parents[2]
VARIABLE = r"(?:QUINTET|DATABASE)_[A-Z_]+"
TRIAL_ONLY = {
    "QUINTET_DEBUG",
    "QUINTET_DEMO",
    "QUINTET_HTTP",
    "QUINTET_TESTING",
    "QUINTET_TEST_TIME_ZONE",
}  # never in a server's environment
OF_SCRIPTS = {"QUINTET_ENV", "QUINTET_USER"}


def variables_read() -> set[str]:
    """By the site and by the engine; a name in a message is none that is read."""
    sources = [path.read_text() for path in (ROOT / "src").rglob("*.py")]
    by_environ = {name for text in sources for name in re.findall(rf'environ(?:\.get\(|\[)"({VARIABLE})"', text)}
    return by_environ | set(re.findall(rf'"({VARIABLE})"', (ROOT / "src/quintet/config/settings.py").read_text()))


def test_every_variable_is_documented_and_no_other():
    documented = set(re.findall(rf"`({VARIABLE})`", (ROOT / "docs/reference/settings.md").read_text()))
    assert variables_read() == documented - OF_SCRIPTS


def test_the_example_of_an_environment_names_every_variable_of_a_server():
    example = (ROOT / "deploy/quintet.env.example").read_text()
    assert set(re.findall(rf"^#?({VARIABLE})=", example, flags=re.MULTILINE)) == variables_read() - TRIAL_ONLY


def test_the_example_of_an_environment_is_read_by_a_shell(tmp_path: Path):
    file = tmp_path / "quintet.env"
    file.write_text((ROOT / "deploy/quintet.env.example").read_text().replace("\n#QUINTET", "\nQUINTET"))
    done = subprocess.run(["sh", "-euc", f". {file}; echo $QUINTET_SITE"], capture_output=True, text=True, check=True)
    assert done.stdout == "https://innovation.city.example\n"

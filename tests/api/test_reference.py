"""docs/reference/api.md is true, and so is the OpenAPI document."""

import re
import shlex
from pathlib import Path

import pytest
from django.test import Client

from quintet.api import v1
from quintet.api.limits import BODY, EXPLAINED_ROWS, MEGABYTE, ROWS, per_minute
from tests.api.callers import official, refused, token_of

PAGE = (Path(__file__).parents[2] / "docs/reference/api.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines() if line.startswith("curl")]


@pytest.mark.django_db
@pytest.mark.parametrize("command", COMMANDS)
def test_every_curl_example_works(command):
    secret = token_of(official())[1]
    words, headers, body = shlex.split(command.replace("$TOKEN", secret))[1:], {}, None
    while words[0].startswith("-"):
        option, value, *words = words
        if option == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        else:
            assert option == "-d"
            body = value
    (address,) = words
    path = address.removeprefix("http://127.0.0.1:8000")
    kind = headers.pop("Content-Type", "")
    answer = Client().get(path, headers=headers) if body is None else Client().post(path, body, content_type=kind, headers=headers)
    assert answer.status_code in (200, 202), answer.content


def test_the_table_holds_every_endpoint():
    listed = re.findall(r"^\| `(GET|POST) (\S+)` \|", PAGE, re.M)
    schema = v1.openapi()
    assert sorted(listed) == sorted((method.upper(), path) for path, methods in schema["paths"].items() for method in methods)


def test_the_limits_are_those_of_the_code():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith(("| rows", "| body", "| requests"))
    ]
    assert rows == [
        ["rows to evaluate", f"{ROWS['anonymous']:,}", f"{ROWS['token']:,}", f"{ROWS['bulk']:,}"],
        ["rows to explain", str(EXPLAINED_ROWS["anonymous"]), str(EXPLAINED_ROWS["token"]), ""],
        ["body", *(f"{BODY[who] // MEGABYTE} MB" for who in ("anonymous", "token", "bulk"))],
        [
            "requests a minute",
            f"{per_minute('anonymous')} of an address",
            f"{per_minute('token'):,} of a token",
            f"{per_minute('token'):,} of a token",
        ],
    ]


def test_every_code_of_an_error_is_listed():
    source = "".join(path.read_text() for path in Path(v1.__file__).parent.rglob("*.py"))
    used = set(re.findall(r'ApiError\(\s*\d+,\s*"(\w+)"', source)) | {"not_found", "not_allowed"}
    assert used - {"internal"} == {code for code in re.findall(r"`(\w+)`", PAGE[PAGE.index("## Errors") :]) if code != "Allow"}


def test_every_operation_names_its_refusals_and_strangers_are_asked_for_no_token():
    for path, methods in v1.openapi()["paths"].items():
        for method, operation in methods.items():
            assert {"401", "429"} <= operation["responses"].keys()
            assert ({} in operation["security"]) == ("/jobs" not in path)
            if method == "post":
                assert {"400", "404", "413", "415", "422"} <= operation["responses"].keys()


@pytest.mark.django_db
def test_the_document_speaks_the_language_of_the_request(client):
    chinese = client.get("/api/v1/openapi.json", headers={"Accept-Language": "zh-CN"}).json()
    english = client.get("/api/v1/openapi.json", headers={"Accept-Language": "en"}).json()
    assert chinese["paths"]["/api/v1/packs"]["get"]["summary"] == "全部政策包"
    assert english["paths"]["/api/v1/packs"]["get"]["summary"] == "All policy packs"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/", "/api/v1", "/api/v1/packs/panjin-2019-29/nothing", "/api/v2/packs"])
@pytest.mark.django_db
def test_an_unknown_address_is_refused_in_the_form_of_the_api(client, path):
    answer = client.get(path)
    assert refused(answer)[:2] == (404, "not_found")
    assert client.post(path, "{}", content_type="application/json").json() == answer.json()


@pytest.mark.django_db
def test_the_manual_is_still_found_without_its_slash(client):
    assert client.get("/api/v1/docs").headers["Location"] == "/api/v1/docs/"

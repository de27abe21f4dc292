"""Schemathesis asks every operation with what fits its schema and with what does not: no failure of ours, no answer undeclared."""

from datetime import date

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from quintet.api import v1
from quintet.config.wsgi import application
from tests.api.callers import PACK, Caller, finished_bulk, official, token_of
from tests.directory.city import organisation, recognition

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = {(path, method.upper()): operation for path, methods in v1.openapi()["paths"].items() for method, operation in methods.items()}
# Every text fits the name of a pack: there is nothing to send that does not fit, where names in the path are all one sends.
REFUSABLE = [
    key
    for key, operation in OPERATIONS.items()
    if "requestBody" in operation or any(item["in"] == "query" or "format" in item["schema"] for item in operation["parameters"])
]
CASES = [(*key, GenerationMode.POSITIVE) for key in OPERATIONS] + [(*key, GenerationMode.NEGATIVE) for key in REFUSABLE]
EXAMPLES = 25


def settings_of(examples):
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def city(transactional_db, settings):
    """Somebody to ask as, and something to find."""
    settings.API_REQUESTS_PER_MINUTE = {"anonymous": 1_000_000, "token": 1_000_000}
    found = organisation()
    recognition(found, "high_tech_enterprise", date(2020, 1, 1))
    user = official()
    return {"pack": PACK, "clause": "T6", "code": found.code, "job": str(finished_bulk(user).job_id)}, token_of(user)[1]


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_every_answer_is_declared(city, path, method, mode):
    known, secret = city
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)[path][method]

    @given(case=operation.as_strategy(generation_mode=mode), existing=st.booleans(), anonymous=st.booleans())
    @settings_of(EXAMPLES)
    def ask(case, existing, anonymous):
        if existing:
            case.path_parameters = {name: known[name] for name in case.path_parameters}
        headers = {} if anonymous else {"Authorization": f"Bearer {secret}"}
        case.headers.pop("Authorization", None)
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS, headers=headers)

    ask()


@pytest.mark.django_db
def test_rows_of_the_vocabulary_are_answered_whatever_their_values(settings):
    """The facts of the packs are not in the schema: names from the vocabulary with values of every type and size."""
    settings.API_REQUESTS_PER_MINUTE = {"anonymous": 1_000_000}
    anyone = Caller()
    subjects = anyone.get(f"packs/{PACK}/vocabulary").json()
    values = (
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.dates().map(str)
        | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    )
    values |= (
        st.sampled_from(["10,000 yuan", "3 万元", "1.5", "-1 yuan", "1e9"])
        | st.lists(st.integers(), max_size=2)
        | st.floats(allow_nan=False, allow_infinity=False)
    )

    def row_of(subject):
        names = ["id", "name", *subject["refs"], *(fact["fact"] for fact in subject["facts"])]
        fitting = {fact["fact"]: st.sampled_from(list(fact["choices"])) for fact in subject["facts"] if fact["choices"]}
        return st.fixed_dictionaries({}, optional={name: values | fitting.get(name, st.nothing()) for name in names})

    facts = st.fixed_dictionaries({}, optional={subject["subject"]: st.lists(row_of(subject), max_size=3) for subject in subjects})

    @given(facts=facts, on=st.dates(date(1900, 1, 1), date(2150, 12, 31)), path=st.sampled_from(["evaluate", "explain"]))
    @settings_of(150)
    def ask(facts, on, path):
        answer = anyone.post(f"packs/{PACK}/{path}", {"facts": facts, "on": on.isoformat()})
        assert answer.status_code in (200, 422)
        if answer.status_code == 422:
            error = answer.json()["error"]
            # A number too large for any fact is refused before it is known where it stands.
            assert error["code"] == "number_too_large" or error["where"]["subject"] in facts

    ask()

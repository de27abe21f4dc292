"""Evaluate and explain: results to the fen, and every mistake of a caller answered where it stands."""

import pytest

from quintet.api.limits import MEGABYTE
from quintet.policies import engine
from quintet.policies.models import Evaluation
from tests.api.callers import AWARD, DAY, PACK, RECOGNISED, Caller, official, refused, token_of

pytestmark = pytest.mark.django_db
EVALUATE, EXPLAIN = f"packs/{PACK}/evaluate", f"packs/{PACK}/explain"


def asked(**more):
    return {"on": "2020-12-31", "facts": {"enterprise": [{"id": "a", **RECOGNISED}]}} | more


def outcome(answer, rule="high_tech_award"):
    assert answer.status_code == 200, answer.content
    (row,) = answer.json()["results"]["enterprise"]
    return next(item for item in row["outcomes"] if item["rule"] == rule)


def test_an_evaluation_is_that_of_the_engine(anyone):
    answer = anyone.post(EVALUATE, asked()).json()
    assert answer == engine.policy(PACK).evaluate(asked()["facts"], DAY)


def test_amounts_are_in_fen(anyone):
    found = outcome(anyone.post(EVALUATE, asked()))
    assert (found["state"], found["amount"]) == ("entitled", AWARD)


def test_a_trace_shows_conditions_and_values_between(anyone):
    answer = anyone.post(EVALUATE, asked(trace=True)).json()
    (row,) = answer["results"]["enterprise"]
    assert row["definitions"]
    assert all("conditions" in item for item in row["outcomes"])


def test_figures_can_be_changed_for_one_request_only(anyone):
    assert outcome(anyone.post(EVALUATE, asked(parameters={"high_tech_award": "200,000 yuan"})))["amount"] == 20_000_000
    assert outcome(anyone.post(EVALUATE, asked()))["amount"] == AWARD


def test_without_a_day_an_ended_policy_is_asked_for_its_last_day(anyone):
    answer = anyone.post(EVALUATE, {"facts": {"enterprise": [RECOGNISED]}}).json()
    assert (answer["on"], answer["status"]) == ("2021-12-31", "in_force")


def test_after_its_end_a_policy_gives_nothing_and_says_so(anyone):
    answer = anyone.post(EVALUATE, asked(on="2022-01-01"))
    assert outcome(answer)["reason"] == "ended"
    assert outcome(answer)["amount"] is None


def test_the_example_can_be_posted_as_it_is(anyone):
    example = anyone.get(EVALUATE).json()
    assert anyone.post(EVALUATE, example).status_code == 200
    assert anyone.post(EXPLAIN, example).status_code == 200


def test_an_explanation_has_sentence_conditions_and_questions(anyone):
    answer = anyone.post(EXPLAIN, asked())
    assert "100,000.00" in outcome(answer)["sentence"]["zh"]
    assert outcome(answer)["conditions"]["state"] == "met"
    assert answer.json()["link"] is None


def test_a_stored_explanation_has_a_link_that_shows_it(anyone):
    link = anyone.post(EXPLAIN, asked(store=True, title="示例公司")).json()["link"]
    stored = Evaluation.objects.get()
    assert link == f"http://testserver{stored.get_absolute_url()}"
    assert stored.created_by is None
    assert "示例公司" in anyone.client.get(link).content.decode()


def test_a_stored_explanation_of_a_token_is_its_users():
    user = official()
    Caller(token_of(user)[1]).post(EXPLAIN, asked(store=True))
    assert Evaluation.objects.get().created_by == user


def test_nothing_is_stored_when_the_facts_cannot_be_read(anyone):
    assert anyone.post(EXPLAIN, {"facts": {"enterprise": [{"staff": "many"}]}, "store": True}).status_code == 422
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({"enterprise": [{"id": "a", "staff": "many"}]}, {"subject": "enterprise", "row": "a", "fact": "staff"}),
        ({"enterprise": [{"id": "a", "stuff": 3}]}, {"subject": "enterprise", "row": "a", "fact": "stuff"}),
        ({"enterprise": [{"id": "a", "staff": 1.5}]}, {"subject": "enterprise", "row": "a", "fact": "staff"}),
        ({"enterprise": [{"id": "a", "staff": [1]}]}, {"subject": "enterprise", "row": "a", "fact": "staff"}),
        ({"enterprise": [{"id": "a", "registered_on": "1 May"}]}, {"subject": "enterprise", "row": "a", "fact": "registered_on"}),
        ({"enterprise": [{"id": "a"}, {"id": "a"}]}, {"subject": "enterprise", "row": "a", "fact": "id"}),
        ({"enterprise": ["a"]}, {"subject": "enterprise", "row": 1, "fact": ""}),
        ({"firm": [{"staff": 3}]}, {"subject": "firm", "row": "", "fact": ""}),
    ],
)
@pytest.mark.parametrize("path", [EVALUATE, EXPLAIN])
def test_facts_that_cannot_be_read_are_named_by_subject_row_and_fact(anyone, path, facts, where):
    assert refused(anyone.post(path, {"facts": facts})) == (422, "facts", where)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("  ", "not_json"),
        ("{", "not_json"),
        ('{"facts": {"enterprise": [{"staff": NaN}]}}', "not_json"),
        ('{"facts": {"enterprise": [{"staff": Infinity}]}}', "not_json"),
        ('{"facts": {"enterprise": [{"staff": -Infinity}]}}', "not_json"),
        ("[" * 100_000, "not_json"),
        (b"\xff\xfe", "not_json"),
        ('{"facts": {"enterprise": [{"id": "\\ud800"}]}}', "not_text"),
        ('{"facts": {"enterprise": [{"id": "\\u0000"}]}}', "not_text"),
    ],
)
def test_what_is_not_json_is_a_bad_request(anyone, body, code):
    assert refused(anyone.post(EVALUATE, body))[:2] == (400, code)


@pytest.mark.parametrize(
    "body",
    [
        '{"on": "2020-01-01", "on": "2020-12-31", "facts": {}}',
        '{"facts": {}, "facts": {}}',
        '{"facts": {"enterprise": [{"staff": 1, "staff": 2}]}}',
    ],
)
def test_a_name_that_stands_twice_is_refused(anyone, body: str):
    assert refused(anyone.post(EVALUATE, body))[:2] == (422, "name_twice")


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1" * 30, "1" * 10_000])
def test_a_number_that_is_too_large_is_refused(anyone, number):
    answer = anyone.post(EVALUATE, f'{{"facts": {{"enterprise": [{{"staff": {number}}}]}}}}')
    assert refused(answer)[:2] == (422, "number_too_large")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"on": "2020-13-01"}, "on"),
        ({"on": 20200101}, "on"),
        ({"on": "1800-01-01"}, "on"),
        ({"facts": []}, "facts"),
        ({"trace": "yes"}, "trace"),
        ({"unknown": 1}, "unknown"),
        ({"parameters": {"high_tech_award": [1]}}, "parameters.high_tech_award"),
    ],
)
def test_a_field_that_does_not_fit_is_named(anyone, more, field):
    assert refused(anyone.post(EVALUATE, asked(**more))) == (422, "invalid", {"field": field})


@pytest.mark.parametrize("parameters", [{"award": 1}, {"high_tech_award": "many"}, {"institute_kinds": "x"}])
@pytest.mark.parametrize("path", [EVALUATE, EXPLAIN])
def test_a_figure_that_cannot_be_used_is_refused(anyone, path, parameters):
    assert refused(anyone.post(path, asked(parameters=parameters)))[:2] == (422, "parameters")


@pytest.mark.parametrize("figure", [2**60, -(2**60), "9999999999999999999999999999999999 years", 0])
@pytest.mark.parametrize("path", [EVALUATE, EXPLAIN])
def test_no_figure_however_odd_makes_the_system_fail(anyone, path, figure):
    example = anyone.get(EVALUATE).json()
    for name, spec in engine.policy(PACK).pack.parameters.items():
        if spec.shape == "value" and spec.type.kind == "number":
            assert anyone.post(path, example | {"parameters": {name: figure}}).status_code in (200, 422), name


def test_other_content_than_json_is_refused(anyone):
    assert refused(anyone.post(EVALUATE, "facts=1", "application/x-www-form-urlencoded"))[:2] == (415, "unsupported_media_type")


def test_strangers_have_200_rows_and_a_token_has_more(anyone, officer):
    body = {"facts": {"enterprise": [{"staff": 1}] * 201}}
    assert refused(anyone.post(EVALUATE, body))[:2] == (413, "too_many_rows")
    assert officer.post(EVALUATE, body).status_code == 200
    body = {"facts": {"enterprise": [{"staff": 1}] * 5_001}}
    assert refused(officer.post(EVALUATE, body))[:2] == (413, "too_many_rows")


def test_strangers_have_20_explained_rows_and_a_token_has_more(anyone, officer):
    body = {"facts": {"enterprise": [{"staff": 1}] * 21}}
    assert refused(anyone.post(EXPLAIN, body))[:2] == (413, "too_many_rows")
    assert officer.post(EXPLAIN, body).status_code == 200


def test_a_token_without_the_scope_has_the_size_of_a_stranger():
    caller = Caller(token_of(official(), "bulk")[1])
    assert refused(caller.post(EVALUATE, {"facts": {"enterprise": [{"staff": 1}] * 201}}))[:2] == (413, "too_many_rows")


def test_strangers_have_one_megabyte_and_a_token_has_five(anyone, officer):
    body = '{"facts": {}}' + " " * MEGABYTE
    assert refused(anyone.post(EVALUATE, body))[:2] == (413, "too_large")
    assert officer.post(EVALUATE, body).status_code == 200
    assert refused(officer.post(EVALUATE, body + " " * 5 * MEGABYTE))[:2] == (413, "too_large")


def test_the_program_of_any_day_is_asked_without_being_kept_for_ever(anyone):
    policy = engine.policy(PACK)
    before = len(policy._programs)
    for day in range(1, 29):
        anyone.post(EVALUATE, asked(on=f"2020-02-{day:02}"))
    assert len(policy._programs) == before

"""Bulk evaluation: handed in, followed, downloaded; by its owner alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from quintet.api.models import BulkEvaluation, Scope
from quintet.core.models import Job
from quintet.core.roles import OFFICIALS
from quintet.policies import engine
from tests.api.callers import AWARD, DAY, PACK, RECOGNISED, Caller, finished_bulk, official, refused, token_of

pytestmark = pytest.mark.django_db
BULK = {
    "pack": PACK,
    "on": "2020-12-31",
    "facts": {"enterprise": [{"id": f"E{n}", **RECOGNISED} for n in range(300)], "carrier": [{"id": "c"}]},
}


def path_of(answer):
    return answer.json()["url"].removeprefix("http://testserver/api/v1/")


def test_many_rows_become_a_job_whose_result_is_that_of_one_evaluation(officer):
    started = officer.post("jobs", BULK)
    assert started.status_code == 202
    assert started["Location"] == started.json()["url"]
    job = officer.get(path_of(started)).json()
    assert (job["state"], job["done"], job["total"], job["error"]) == ("done", 301, 301, None)
    result = officer.get(f"{path_of(started)}/result")
    assert "attachment" in result["Content-Disposition"]
    found = b"".join(result.streaming_content)
    import json

    assert json.loads(found) == engine.policy(PACK).evaluate(BULK["facts"], DAY)
    assert json.loads(found)["results"]["enterprise"][299]["outcomes"][0]["amount"] == AWARD


def test_the_facts_are_deleted_when_the_job_ends(officer, settings):
    officer.post("jobs", BULK)
    bulk = BulkEvaluation.objects.get()
    assert not bulk.facts
    assert [path.name for path in (settings.MEDIA_ROOT / "api/facts").iterdir()] == []


@pytest.mark.parametrize("firm", ["E1", "e—1".replace("—", ""), "Ｅ1", "E1 "])
def test_a_reference_is_found_among_the_other_subjects_however_it_is_written(officer, firm):
    facts = {"enterprise": [{"id": "E1"}], "loan": [{"id": "L1", "enterprise": firm}]}
    started = officer.post("jobs", {"pack": PACK, "on": "2021-03-31", "facts": facts})
    assert officer.get(path_of(started)).json()["state"] == "done"


@pytest.mark.parametrize(("firm", "told"), [("E2", "请核对编号"), ("2.02E+17", "改写过"), ("Е1", "字形相似"), ("待定", "没有编号的请留空")])
def test_a_reference_to_nobody_ends_a_job_as_it_ends_a_single_evaluation(officer, firm, told):
    facts = {"enterprise": [{"id": "E1"}], "loan": [{"id": "L1", "enterprise": firm}]}
    body = {"pack": PACK, "on": "2021-03-31", "facts": facts}
    job = officer.get(path_of(officer.post("jobs", body))).json()
    assert (job["state"], told in job["error"]["zh"]) == ("failed", True)
    single = officer.post(f"packs/{PACK}/evaluate", {"on": body["on"], "facts": facts})
    assert (single.status_code, single.json()["error"]["zh"]) == (422, job["error"]["zh"])


def test_limits_see_all_rows_of_a_subject(officer):
    loan = {
        "enterprise": "E1",
        "pledge": "intellectual_property",
        "released": True,
        "principal": 5_000_000_000,
        "interest_paid": 300_000_000,
    }
    rows = [{"id": f"L{n}", **loan, "drawn_on": "2020-03-01", "due_on": "2021-03-01"} for n in range(3)]
    started = officer.post("jobs", {"pack": PACK, "on": "2021-03-31", "facts": {"loan": rows}})
    import json

    found = json.loads(b"".join(officer.get(f"{path_of(started)}/result").streaming_content))
    assert found == engine.policy(PACK).evaluate({"loan": rows}, DAY.replace(year=2021, month=3))


def test_facts_that_cannot_be_read_fail_the_job_and_name_the_place(officer):
    started = officer.post("jobs", {"pack": PACK, "facts": {"enterprise": [{"id": "a", "staff": 5}, {"id": "b", "staff": "many"}]}})
    job = officer.get(path_of(started)).json()
    assert job["state"] == "failed"
    assert job["error"]["where"] == {"subject": "enterprise", "row": "b", "fact": "staff"}
    assert job["result"] is None
    assert refused(officer.get(f"{path_of(started)}/result")) == (409, "facts", {"subject": "enterprise", "row": "b", "fact": "staff"})


def test_a_job_that_is_not_finished_has_no_result(officer):
    user = official()
    job = Job.objects.create(kind="批量评估", function="none", created_by=user, state="running", done=2, total=5)
    BulkEvaluation.objects.create(job=job, pack=PACK, on=DAY, rows=5, created_by=user)
    owner = Caller(token_of(user)[1])
    assert owner.get(f"jobs/{job.pk}").json()["done"] == 2
    assert refused(owner.get(f"jobs/{job.pk}/result"))[:2] == (409, "not_finished")


def test_results_are_dropped_after_thirty_days():
    user = official()
    old = finished_bulk(user)
    BulkEvaluation.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    new = finished_bulk(user)
    owner = Caller(token_of(user)[1])
    assert refused(owner.get(f"jobs/{old.job_id}/result"))[:2] == (404, "not_found")
    assert owner.get(f"jobs/{new.job_id}/result").status_code == 200


def test_a_job_is_seen_by_its_owner_and_by_operators_and_by_nobody_else():
    owner = official()
    job = finished_bulk(owner).job_id
    for step in ("", "/result"):
        assert Caller(token_of(owner)[1]).get(f"jobs/{job}{step}").status_code == 200
        assert Caller(token_of(official("operator"))[1]).get(f"jobs/{job}{step}").status_code == 200
        for role in ("officer", "leader", "auditor", "finance_officer", "applicant"):
            assert refused(Caller(token_of(official(role))[1]).get(f"jobs/{job}{step}"))[:2] == (404, "not_found")
        assert refused(Caller().get(f"jobs/{job}{step}"))[:2] == (401, "unauthenticated")


def test_the_list_holds_ones_own_jobs(officer):
    finished_bulk(official())
    assert officer.get("jobs").json() == []
    officer.post("jobs", BULK)
    assert [job["total"] for job in officer.get("jobs").json()] == [301]


@pytest.mark.parametrize("role", [role.value for role in OFFICIALS])
def test_every_official_may_start_a_job(role):
    assert Caller(token_of(official(role))[1]).post("jobs", BULK).status_code == 202


def test_others_may_not_start_a_job():
    assert refused(Caller().post("jobs", BULK))[:2] == (401, "unauthenticated")
    assert refused(Caller(token_of(official("applicant"))[1]).post("jobs", BULK))[:2] == (403, "not_allowed")
    assert refused(Caller(token_of(official(), Scope.EVALUATE)[1]).post("jobs", BULK))[:2] == (403, "scope_missing")
    assert not BulkEvaluation.objects.exists()


def test_a_session_reads_ones_jobs_but_starts_none(client):
    user = official()
    job = finished_bulk(user).job_id
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/api/v1/jobs/{job}/result").status_code == 200
    assert client.post("/api/v1/jobs", BULK, content_type="application/json").status_code == 401


def test_the_page_of_the_job_links_to_the_result(client):
    user = official()
    bulk = finished_bulk(user)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert f"/api/v1/jobs/{bulk.job_id}/result" in client.get(f"/jobs/{bulk.job_id}/").content.decode()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (BULK | {"pack": "none"}, (404, "not_found")),
        (BULK | {"facts": {}}, (422, "invalid")),
        (BULK | {"facts": {"enterprise": [{}] * 100_001}}, (413, "too_many_rows")),
    ],
)
def test_a_request_that_cannot_be_done_starts_no_job(officer, body, wanted):
    assert refused(officer.post("jobs", body))[:2] == wanted
    assert not Job.objects.exists()


def test_a_number_that_is_no_job_is_refused(officer):
    assert refused(officer.get("jobs/7"))[:2] == (422, "invalid")

"""Many rows at once, as a job. For officials; only the owner and operators see a job."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from ninja import Router

from quintet.api.actions import start_bulk
from quintet.api.auth import Bearer
from quintet.api.endpoints.answers import POST, READ, _, answers
from quintet.api.endpoints.evaluations import check_rows
from quintet.api.errors import ApiError, answer, not_found
from quintet.api.evaluation import found_policy
from quintet.api.limits import ROWS
from quintet.api.models import BulkEvaluation, Scope
from quintet.api.schemas import BulkIn, EvaluateOut, JobOut
from quintet.core import clock
from quintet.core.permissions import holds
from quintet.core.roles import Role
from quintet.policies import engine

router = Router(tags=["jobs"])
OWNER = Bearer(Scope.BULK, required=True)
OFFICIAL = Bearer(Scope.BULK, required=True, officials=True)


@router.get("/jobs", auth=[OWNER], response=answers(200, list[JobOut], 403, *READ), summary=_("我的批量评估，最近 50 个"), url_name="jobs")
def list_jobs(request: HttpRequest) -> HttpResponse:
    own = _visible(request).filter(created_by=request.auth.user)[:50]  # type: ignore[attr-defined]
    return answer([_job(request, bulk) for bulk in own])


@router.post("/jobs", auth=[OFFICIAL], response=answers(202, JobOut, 403, 404, *POST), summary=_("批量评估：提交"), url_name="jobs")
def start_job(request: HttpRequest, body: BulkIn) -> HttpResponse:
    policy = found_policy(body.pack)
    check_rows(body, ROWS["bulk"])
    if not any(body.facts.values()):
        raise ApiError(422, "invalid", "没有一行事实。", "There is not a single row of facts.", field="facts")
    on = body.on or engine.default_day(policy, clock.today())
    bulk = start_bulk(policy, body.facts, on=on, parameters=body.parameters, by=request.auth.user)  # type: ignore[attr-defined]
    shown = _job(request, bulk)
    response = answer(shown, 202)
    response["Location"] = shown["url"]
    return response


@router.get("/jobs/{job}", auth=[OWNER], response=answers(200, JobOut, 403, 404, 422, *READ), summary=_("批量评估：进展"), url_name="job")
def one_job(request: HttpRequest, job: UUID) -> HttpResponse:
    return answer(_job(request, _found(request, job)))


@router.get(
    "/jobs/{job}/result",
    auth=[OWNER],
    response=answers(200, EvaluateOut, 403, 404, 409, 422, *READ),
    summary=_("批量评估：下载结果"),
    url_name="job-result",
)
def job_result(request: HttpRequest, job: UUID) -> HttpResponseBase:
    bulk = _found(request, job)
    if not bulk.job.finished:
        raise ApiError(409, "not_finished", "任务尚未完成。", "The job has not finished yet.")
    if not bulk.result:
        if bulk.error:
            raise ApiError(409, bulk.error["code"], bulk.error["zh"], bulk.error["en"], **(bulk.error["where"] or {}))
        raise not_found("结果已过保存期或任务没有完成。", "The result was kept for its time, or the job failed.")
    name = f"quintet-{bulk.pack}-{bulk.on}.json"
    return FileResponse(bulk.result.open(), as_attachment=True, filename=name, content_type="application/json")


def _visible(request: HttpRequest) -> QuerySet[BulkEvaluation]:
    user = request.auth.user  # type: ignore[attr-defined]
    found = BulkEvaluation.objects.select_related("job").filter(job__isnull=False)
    return found if holds(user, Role.OPERATOR) else found.filter(created_by=user)


def _found(request: HttpRequest, job: UUID) -> Any:
    bulk = _visible(request).filter(job_id=job).first()
    if bulk is None:
        raise not_found("没有这个任务，或者不是您提交的。", "There is no such job, or it is not yours.")
    return bulk


def _job(request: HttpRequest, bulk: Any) -> dict[str, Any]:
    job = bulk.job
    address = {name: request.build_absolute_uri(reverse(f"api:v1:{name}", args=[job.pk])) for name in ("job", "job-result")}
    error = bulk.error
    if job.state == "failed" and not error:
        error = {"code": "internal", "zh": job.error, "en": "The job failed; please tell the operator its number.", "where": None}
    return {
        "job": str(job.pk), "state": job.state, "done": job.done, "total": job.total or bulk.rows, "pack": bulk.pack, "on": bulk.on.isoformat(), "error": error,
        "created_at": job.created_at.isoformat(), "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "url": address["job"], "result": address["job-result"] if bulk.result else None,
    }  # fmt: skip

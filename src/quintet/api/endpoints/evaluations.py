"""Evaluate and explain facts that the caller sends. Public, with more rows for a token."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from quintet.api.auth import Bearer
from quintet.api.endpoints.answers import POST, READ, _, answers
from quintet.api.errors import ApiError, answer
from quintet.api.evaluation import evaluated, figures, found_policy, prepared
from quintet.api.limits import EXPLAINED_ROWS, ROWS
from quintet.api.models import Scope
from quintet.api.schemas import EvaluateIn, EvaluateOut, ExplainIn, ExplainOut, PlainIn, RequestExample
from quintet.core import clock
from quintet.policies import actions, engine
from quintet.policies.engine import Policy

router = Router(tags=["evaluation"], auth=[Bearer(Scope.EVALUATE)])
EXAMPLE: Any = {"summary": _("可以直接提交的例子，取自规则的算例"), "response": answers(200, RequestExample, 404, *READ)}


@router.get("/packs/{pack}/evaluate", url_name="evaluate", operation_id="evaluate_example", **EXAMPLE)
@router.get("/packs/{pack}/explain", url_name="explain", operation_id="explain_example", **EXAMPLE)
def example(request: HttpRequest, pack: str) -> HttpResponse:
    facts: dict[str, Any] = {}
    for rule in (policy := found_policy(pack)).pack.rules:
        known = policy.pack.subjects[rule.subject]
        for case in rule.examples:
            if case.state == "entitled" and rule.subject not in facts:
                row = {name: value for name, value in case.facts.items() if name in known.facts or name in known.refs}
                refs = {ref: f"{target}-1" for ref, target in known.refs.items() if ref in row}
                facts[rule.subject] = [{"id": f"{rule.subject}-1"} | row | refs]
    return answer(actions.json_ready({"on": engine.default_day(policy, clock.today()), "facts": facts}))


@router.post(
    "/packs/{pack}/evaluate", response=answers(200, EvaluateOut, 404, *POST), summary=_("评估：每条规则的结果与金额"), url_name="evaluate"
)
def evaluate(request: HttpRequest, pack: str, body: PlainIn) -> HttpResponse:
    policy = found_policy(pack)
    check_rows(body, ROWS[size_of(request)])
    on = body.on or engine.default_day(policy, clock.today())
    return answer(evaluated(pack, body.facts, on, body.parameters, trace=body.trace))


@router.post(
    "/packs/{pack}/explain",
    response=answers(200, ExplainOut, 404, *POST),
    summary=_("解释：理由、缺什么、差多少；可以保存"),
    url_name="explain",
)
def explain(request: HttpRequest, pack: str, body: ExplainIn) -> HttpResponse:
    policy = found_policy(pack)
    check_rows(body, EXPLAINED_ROWS[size_of(request)])
    on = body.on or engine.default_day(policy, clock.today())
    asked = prepared(policy, on, body.parameters)
    with figures(body.parameters):
        if body.store:
            return answer(_stored(request, asked, body, on))
        return answer({**engine.explain(asked, body.facts, on, parameters=body.parameters), "link": None})


def _stored(request: HttpRequest, policy: Policy, body: ExplainIn, on: Any) -> dict[str, Any]:
    by = request.auth.user  # type: ignore[attr-defined]
    stored = actions.evaluate_and_store(policy, body.facts, on=on, by=by, title=body.title, parameters=body.parameters)
    return {**stored.result, "link": request.build_absolute_uri(stored.get_absolute_url())}


def size_of(request: HttpRequest) -> str:
    return "token" if request.auth.may(Scope.EVALUATE) else "anonymous"  # type: ignore[attr-defined]


def check_rows(body: EvaluateIn, most: int) -> None:
    rows = sum(map(len, body.facts.values()))
    if rows > most:
        zh, en = f"一次最多 {most:,} 行，收到 {rows:,} 行。", f"At most {most:,} rows at once; {rows:,} were sent."
        raise ApiError(413, "too_many_rows", zh, en, field="facts")

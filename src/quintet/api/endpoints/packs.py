"""Policies as data: documents, clauses, vocabulary. Public."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from quintet.api.auth import Bearer
from quintet.api.endpoints.answers import READ, _, answers
from quintet.api.errors import answer, not_found
from quintet.api.evaluation import found_policy
from quintet.api.schemas import ClauseOut, ClausePage, PackOut, PackPage, SubjectOut
from quintet.core import clock
from quintet.policies import engine, queries
from quintet.policies.actions import json_ready
from quintet.policies.engine import Policy
from quintet.policies.queries import ClauseNode

router = Router(tags=["policies"], auth=[Bearer()])


@router.get("/packs", response=answers(200, list[PackOut], *READ), summary=_("全部政策包"), url_name="packs")
def list_packs(request: HttpRequest) -> HttpResponse:
    return answer([_pack(policy) for policy in engine.policies()])


@router.get("/packs/{pack}", response=answers(200, PackPage, 404, *READ), summary=_("一个政策包：文件、有效期"), url_name="pack")
def one_pack(request: HttpRequest, pack: str) -> HttpResponse:
    policy = found_policy(pack)
    whole, note = policy.pack, policy.pack.document.note
    counts = {"targets": len(whole.targets), "duties": len(whole.duties), "services": len(whole.services)}
    return answer({**_pack(policy), "note": _words(note), "subjects": list(whole.subjects), **counts})


@router.get("/packs/{pack}/clauses", response=answers(200, list[ClauseOut], 404, *READ), summary=_("条款树"), url_name="clauses")
def list_clauses(request: HttpRequest, pack: str) -> HttpResponse:
    policy = found_policy(pack)
    return answer([_branch(policy, node) for node in queries.clause_tree(policy)])


@router.get(
    "/packs/{pack}/clauses/{clause}",
    response=answers(200, ClausePage, 404, *READ),
    summary=_("一个条款：规则、算例、任务、目标、服务"),
    url_name="clause",
)
def one_clause(request: HttpRequest, pack: str, clause: str) -> HttpResponse:
    policy = found_policy(pack)
    try:
        page = queries.clause_page(policy, clause, clock.today())
    except Http404:
        raise not_found(f"没有编号为“{clause}”的条款。", f"There is no clause {clause}.") from None
    units = policy.pack.units
    found = _clause(policy, page["clause"]) | {
        "children": [_clause(policy, child) | {"children": []} for child in page["children"]],
        "parents": [parent.id for parent in page["parents"]],
        "on": page["on"],
        "status": page["status"],
        "rules": page["rules"],
        "duties": [{"id": duty.id, "text": _words(duty.text), **_units(policy, duty)} for duty in page["duties"]],
        "targets": [
            {"id": target.id, "label": _words(target.label), "measure": target.measure, "unit": target.unit, "op": target.op, "value": str(target.value),
             "due": target.due, "owner": _words(units[target.owner]) if target.owner in units else None, "method": _words(target.method)}
            for target in page["targets"]
        ],
        "services": [
            {"id": item.id, "label": _words(item.label), "text": _words(item.text), "lead": [_words(units[unit]) for unit in item.lead]}
            for item in page["services"]
        ],
    }  # fmt: skip
    return answer(json_ready(found))


@router.get(
    "/packs/{pack}/vocabulary",
    response=answers(200, list[SubjectOut], 404, *READ),
    summary=_("词汇表：可以提供的事实"),
    url_name="vocabulary",
)
def vocabulary(request: HttpRequest, pack: str) -> HttpResponse:
    return answer(engine.vocabulary(found_policy(pack)))


def _pack(policy: Policy) -> dict[str, Any]:
    document = policy.pack.document
    found = {
        "pack": document.pack, "title": _words(document.title), "number": document.number, "issuer": _words(document.issuer), "region": document.region,
        "signed": document.signed, "published": document.published, "in_force": document.in_force, "ends": document.ends,
        "status": queries.status_of(document, clock.today()), "hash": policy.hash, "uses": list(document.uses),
        "clauses": sum(clause.document == document.pack for clause in policy.pack.clauses.values()), "rules": len(policy.pack.rules),
    }  # fmt: skip
    return json_ready(found)


def _branch(policy: Policy, node: ClauseNode) -> dict[str, Any]:
    return _clause(policy, node.clause) | {"children": [_branch(policy, child) for child in node.children]}


def _clause(policy: Policy, clause: Any) -> dict[str, Any]:
    return {"id": clause.id, "number": clause.number, "title": _words(clause.title), "gist": _words(clause.gist), **_units(policy, clause)}


def _units(policy: Policy, of: Any) -> dict[str, Any]:
    names = policy.pack.units
    return {part: [_words(names[unit]) for unit in getattr(of, part)] for part in ("lead", "responsible")}


def _words(words: Any) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}

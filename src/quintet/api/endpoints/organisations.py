"""The register of organisations, to read. Public but for what only officials see; nothing of persons."""

from typing import Annotated, Any, Literal

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from quintet.api.auth import Bearer
from quintet.api.endpoints.answers import READ, _, answers
from quintet.api.errors import ApiError, answer, not_found
from quintet.api.models import Scope
from quintet.api.schemas import OrganisationList, OrganisationPage, field
from quintet.core import clock
from quintet.directory.filters import OrganisationFilter
from quintet.directory.models import Organisation, Recognition
from quintet.policies.actions import json_ready

router = Router(tags=["directory"], auth=[Bearer(Scope.DIRECTORY)])
KINDS, TITLES = tuple(Organisation.Kind.values), tuple(Recognition.Kind.values)
REGISTERED = ("registered_on", "address", "resident", "listed_field", "prohibited_industry", "abnormal_or_dishonest")


class Wanted(Schema):
    q: Annotated[str, StringConstraints(max_length=100)] = field(_("名称的一部分，或代码的开头"), "")
    kind: Literal[KINDS] | None = field(_("类型"), None)  # type: ignore[valid-type]
    division: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}[0-9L][0-9]$")] | None = field(_("行政区划代码"), None)
    industry: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,4}$")] | None = field(_("行业代码的开头"), None)
    title: Literal[TITLES] | None = field(_("今天有效的资格"), None)  # type: ignore[valid-type]
    sort: Literal["code", "-code", "name", "-name", "division", "-division"] = field(_("排序；减号为倒序"), "code")
    page: int = Field(1, ge=1, le=100_000)
    size: int = field(_("每页行数"), 50, ge=1, le=200)


@router.get("/organisations", response=answers(200, OrganisationList, 422, *READ), summary=_("单位名录"), url_name="organisations")
def list_organisations(request: HttpRequest, wanted: Query[Wanted]) -> HttpResponse:
    chosen = OrganisationFilter(
        {"q": wanted.q, "industry": wanted.industry, "kind": wanted.kind, "title": wanted.title}, queryset=_public()
    )
    if not chosen.is_valid():
        wrong = next(iter(chosen.errors))
        raise ApiError(422, "invalid", f"“{wrong}”内容不符合要求。", f"{wrong} cannot be used.", field=wrong)
    rows = chosen.qs.order_by(wanted.sort, "code")
    if wanted.division:
        rows = rows.filter(division=wanted.division)
    pages = Paginator(rows, wanted.size)
    items = list(pages.page(wanted.page)) if wanted.page <= pages.num_pages else []
    return answer(
        {"count": pages.count, "page": wanted.page, "pages": pages.num_pages, "items": [_organisation(request, item) for item in items]}
    )


@router.get(
    "/organisations/{code}",
    response=answers(200, OrganisationPage, 404, *READ),
    summary=_("一个单位：资格与创新载体"),
    url_name="organisation",
)
def one_organisation(request: HttpRequest, code: str) -> HttpResponse:
    found = _public().filter(code=code).prefetch_related("carriers").first() if code.isalnum() else None
    if found is None:
        raise not_found("名录中没有这个统一社会信用代码。", "The register has no organisation with this code.")
    carriers = [
        {"name": item.name, "kind": item.kind, "label": item.get_kind_display(), "level": item.level, "recognised_on": item.recognised_on, "expires_on": item.expires_on}
        for item in found.carriers.all()
    ]  # fmt: skip
    caller = request.auth  # type: ignore[attr-defined]
    may_see = caller.may(Scope.DIRECTORY) and caller.is_official
    registered = {name: getattr(found, name) for name in REGISTERED} if may_see else None
    return answer(json_ready({**_organisation(request, found), "carriers": carriers, "registered": registered}))


def _public() -> QuerySet[Organisation]:
    return Organisation.objects.prefetch_related(Prefetch("recognitions", Recognition.objects.order_by("-granted_on", "pk")))


def _organisation(request: HttpRequest, of: Organisation) -> dict[str, Any]:
    today = clock.today()
    recognitions = [
        {
            "kind": item.kind, "label": item.get_kind_display(), "level": item.level, "granted_on": item.granted_on, "expires_on": item.expires_on,
            "in_force": item.granted_on <= today and (item.expires_on is None or item.expires_on >= today),
        }
        for item in of.recognitions.all()
    ]  # fmt: skip
    found = {
        "code": of.code, "name": of.name, "kind": of.kind, "division": of.division, "division_name": of.get_division_display(), "industry": of.industry,
        "recognitions": recognitions, "url": request.build_absolute_uri(reverse("api:v1:organisation", args=[of.code])),
    }  # fmt: skip
    return json_ready(found)

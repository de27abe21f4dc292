from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from quintet.core.permissions import public
from quintet.look.panels import panels


@public
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "web/home.html",
        {"doors": doors(), "tries": [_("高企有奖励吗"), _("贷款贴息"), _("众创空间"), _("成果转化")], "panels": panels(request)},
    )


def doors() -> list[dict[str, str]]:
    check = _address("redemption:check", "web:search")
    return [
        {"kind": "enterprise", "title": _("我是企业"), "text": _("能享受哪些奖补，还差什么"), "url": f"{check}?who=enterprise"},
        {"kind": "talent", "title": _("我是人才"), "text": _("能得到哪些补贴和资助"), "url": f"{check}?who=talent"},
        {"kind": "researcher", "title": _("我是科研人员"), "text": _("成果转化和团队能得到什么支持"), "url": f"{check}?who=researcher"},
    ]


def _address(*names: str) -> str:
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return "/"

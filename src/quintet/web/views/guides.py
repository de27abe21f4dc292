"""The guides of docs/guide, drawn inside the site."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt

from quintet.core.permissions import public

GUIDES = {
    "citizen": (_("公众指南"), _("查政策、看公示、提出异议、开放数据")),
    "applicant": (_("申报人指南"), _("自测、确认、申报、收款")),
    "officer": (_("经办人指南"), _("办理、公示、名录和导入")),
    "expert": (_("评审专家指南"), _("声明、评分、回避")),
    "finance": (_("财政经办人指南"), _("预算、拨付、回盘、追回")),
    "leader": (_("领导指南"), _("全市应享、资金、放假安排")),
    "auditor": (_("审计员指南"), _("审计链、摘要、证据链")),
    "operator": (_("系统管理员指南"), _("安装、日历、监控、停住的任务")),
}


@public
def guides(request: HttpRequest) -> HttpResponse:
    return render(request, "web/guides.html", {"guides": [(name, *words) for name, words in GUIDES.items()]})


def headings(name: str) -> list[str]:
    """Of the sections of a guide, in their order."""
    file = _file(name)
    return list(_headings(file, file.stat().st_mtime_ns))


@lru_cache(maxsize=16)
def _headings(file: Path, changed: int) -> tuple[str, ...]:
    return tuple(line[3:].strip() for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("## "))


def _file(name: str) -> Path:
    return Path(settings.BASE_DIR) / "docs/guide" / f"{name}.zh-CN.md"


@public
def guide(request: HttpRequest, name: str) -> HttpResponse:
    if name not in GUIDES:
        raise Http404
    file = _file(name)
    return render(request, "web/guide.html", {"title": GUIDES[name][0], "content": drawn(file, file.stat().st_mtime_ns)})


@lru_cache(maxsize=16)
def drawn(file: Path, changed: int) -> SafeString:
    """Raw HTML in a guide is shown as text; its own heading is the page's; links into docs/ have no page here and stay text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(file.read_text(encoding="utf-8"))
    if tokens and tokens[0].tag == "h1":
        tokens = tokens[3:]
    for token in tokens:
        if token.type == "inline":
            token.children = [child for child in token.children or [] if child.type not in ("link_open", "link_close")]
        elif token.type == "table_open":
            token.attrSet("class", "data")
        elif token.type in ("fence", "code_block"):
            token.info = ""
    return mark_safe(markdown.renderer.render(tokens, markdown.options, {}))

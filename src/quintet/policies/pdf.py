"""Documents in PDF, drawn by typst with Chinese glyphs from a wheel; no system library is needed."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quintet.look.words import cn_date
from quintet.policies.models import Evaluation
from quintet.policies.queries import said
from quintet.policies.results import sentence, shared_limit, sums, view_of
from quintet.reading import glyphs

TEMPLATES = Path(__file__).parent / "typst"


@cache
def fonts() -> Any:
    """The fonts of typst and Noto Sans CJK, scanned once."""
    spec = find_spec("manimgx_fonts_cjk")
    folders = [Path(part) for part in (spec.submodule_search_locations or [])] if spec else []
    return typst.Fonts(include_system_fonts=True, font_paths=folders)


@cache
def _drawn() -> glyphs.Ranges:
    spec = find_spec("manimgx_fonts_cjk")
    folders = [Path(part) for part in (spec.submodule_search_locations or [])] if spec else []
    return [pair for folder in folders for font in sorted(folder.glob("*.tt[cf]")) for pair in glyphs.drawn_by(font)]


def not_drawn(text: str) -> list[str]:
    """Characters that would stand as boxes on paper: the font that comes with the software does not have them."""
    return glyphs.missing(text, _drawn())


def draw(template: Path, data: dict[str, Any]) -> bytes:
    """The PDF of a typst template with its data."""
    found = typst.compile(template, root=template.parent, font_paths=fonts(), sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    return bytes(found)


def evaluation(stored: Evaluation, address: str) -> bytes:
    """A stored evaluation on paper, in the language of the page."""
    english = (get_language() or "").startswith("en")
    result, totals = stored.result, sums(stored.result)
    states = [
        ("entitled", _("可以享受")),
        ("decision", _("符合条件，待认定")),
        ("waiting", _("条件符合，尚待")),
        ("unknown", _("尚缺信息")),
        ("own_money", _("自有资金的用途")),
        ("not_entitled", _("不能享受")),
    ]
    groups, shown = [], view_of(result)
    for row in shown:
        name = f"{row['name'] or row['id']} · " if len(shown) > 1 else ""
        for state, label in states:
            items = [
                {"title": said(o["title"]), "clause": o["clause"]["number"], "sentence": f"{sentence(o)} {shared_limit(o)}".rstrip(), "facts": [f"{said(f['label'])}：{said(f['value'])}" for f in o["facts"]]}
                for o in row["by_state"][state]
            ]  # fmt: skip
            if items:
                groups.append({"label": f"{name}{label}", "state": state, "items": items})
    data = {
        "lang": "en" if english else "zh",
        "title": _("政策自测结果"), "name": stored.title, "policy": stored.version.title, "number": stored.version.number, "status": said(result["status_text"]),
        "lines": [
            [_("评估日"), cn_date(stored.on)], [_("可以享受"), _yuan(totals["entitled"])], [_("待认定（最高）"), _yuan(totals["decision"]) if totals["decision"] else _("%(n)d 项") % {"n": totals["count_decision"]}],
            [_("政策包版本"), stored.version.hash[:16]], [_("网址"), address],
        ],
        "groups": groups, "note": _("本结果按所填事实由规则计算得出，供参考；以主管部门审核为准。"),
    }  # fmt: skip
    return draw(TEMPLATES / "evaluation.typ", data)


def _yuan(fen: int) -> str:
    from quintet.look.words import yuan

    return yuan(fen)

"""A public notice on paper: Word and PDF in the layout of official documents (GB/T 9704-2012). In Chinese whatever the language of the page."""

import io
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import override
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from quintet.look.words import cn_date, yuan
from quintet.policies import engine
from quintet.policies.pdf import draw, not_drawn
from quintet.policies.queries import task_number
from quintet.redemption.models import Notice, NoticeLine
from quintet.redemption.notice_lines import UPHELD, outcomes

TEMPLATE = Path(__file__).parent / "typst" / "notice.typ"
HEADERS = ["序号", "公示对象", "条款", "事项", "金额"]


def content(notice: Notice, unit: str) -> dict[str, Any]:
    """What stands in the notice: {"title", "paragraphs", "headers", "rows", "unit", "day"}."""
    with override("zh-hans"):
        lines = list(notice.lines.select_related("claim").order_by("pk"))
        packs = list(dict.fromkeys(line.claim.pack for line in lines))
        named = "、".join(
            f"《{document.title.zh}》（{document.number}）" for document in (engine.policy(pack).pack.document for pack in packs)
        )
        total = sum(line.amount_fen or 0 for line in lines)
        sums = f"，金额合计 {yuan(total)}" if total else ""
        found = outcomes(lines)
        upheld = [(number, line) for number, line in enumerate(lines, 1) if found.get(line.pk) == UPHELD]
        return {
            "title": notice.title,
            "paragraphs": [
                f"根据{named}，经审核，拟对下列 {len(lines)} 项予以兑现{sums}，现予公示。",
                f"公示期自{cn_date(notice.published_on)}至{cn_date(notice.ends_on)}。任何单位和个人对公示内容有异议的，可以在公示期内实名提出，并写明事实和理由；异议人的信息严格保密。",
                "公示期满没有异议，或者异议经核查不成立的，按规定程序兑现。",
                _channel(notice, unit),
                *([_upheld(upheld, total)] if upheld else []),
            ],
            "headers": HEADERS,
            "rows": [
                [
                    str(number),
                    line.name,
                    task_number(line.clause, line.claim.pack),
                    line.award,
                    yuan(line.amount_fen) if line.amount_fen else "—",
                ]
                for number, line in enumerate(lines, 1)
            ],
            "unit": unit,
            "day": cn_date(notice.published_on),
        }


def _channel(notice: Notice, unit: str) -> str:
    page = f"在本公示的网页（{settings.SITE}/notices/{notice.pk}/）上提出，或者" if settings.SITE else "在本公示的网页上提出，或者"
    return f"异议渠道：{page}在公示期内书面送交{unit}；须写明姓名或者单位和联系方式。"


def _upheld(upheld: list[tuple[int, NoticeLine]], total: int) -> str:
    """What is not granted any more, with what is left: the notice printed later says what became of it."""
    numbers, less = "、".join(str(number) for number, _line in upheld), sum(line.amount_fen or 0 for _number, line in upheld)
    rest = f"，其余金额合计 {yuan(total - less)}" if total else ""
    return f"公示后，对序号 {numbers} 的异议经核查成立，不予兑现{rest}。"


def rare_characters(notice: Notice) -> list[str]:
    """Characters of the notice that its PDF cannot show: to be told before anybody prints it."""
    names = notice.lines.values_list("name", "award")
    return not_drawn(notice.title + "".join(part for line in names for part in line))


def notice_pdf(notice: Notice, unit: str) -> bytes:
    return draw(TEMPLATE, content(notice, unit))


def notice_word(notice: Notice, unit: str) -> bytes:
    return word(content(notice, unit))


def word(told: dict[str, Any]) -> bytes:
    """A paper of this layout as a Word file: {"title", "paragraphs", "headers", "rows", "unit", "day"} and perhaps "closing" paragraphs below the table."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    _write(document.add_paragraph(), told["title"], font="方正小标宋简体", size=22).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in told["paragraphs"]:
        _write(document.add_paragraph(), text).paragraph_format.first_line_indent = Pt(32)
    if told["rows"]:
        _table(document, told["headers"], told["rows"])
    for text in told.get("closing", ()):
        _write(document.add_paragraph(), text).paragraph_format.first_line_indent = Pt(32)
    for text in ("", told["unit"], told["day"]):
        _write(document.add_paragraph(), text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _table(document: Any, headers: list[str], rows: list[list[str]]) -> None:
    table = document.add_table(rows=1, cols=len(headers), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, headers, strict=True):
        _write(cell.paragraphs[0], text, font="黑体", size=12, line=18).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _write(cell.paragraphs[0], text, size=12, line=18)


def _write(paragraph: Any, text: str, *, font: str = "仿宋_GB2312", size: int = 16, line: int = 28) -> Any:
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    paragraph.paragraph_format.line_spacing, paragraph.paragraph_format.space_after = Pt(line), Pt(0)
    return paragraph

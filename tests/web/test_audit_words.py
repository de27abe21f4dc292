"""A line of the audit chain is read in words: each of its details has a label or is one for machines, and no code is shown raw."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

import quintet
from quintet.core.models import AuditEntry, User
from quintet.core.permissions import Right
from quintet.core.personal_information import kinds
from quintet.web import records
from tests.redemption.test_after import paid
from tests.web.test_second_person import MADE

SOURCE = Path(quintet.__file__).parent
# what is handed on as a dictionary: account proposals, days of a loan, results of a batch
ELSEWHERE = {
    "kind", "role", "unit", "target", "reason", "first_day", "last_day", "proposal", "check", "proposed_by", "scopes", "paid", "returned", "known",
    "grant", "lender", "files",
}  # fmt: skip


@cache
def labels(context: str) -> frozenset[str]:
    return frozenset(records.labels(f"{context}.x"))


@cache
def recorded_details() -> frozenset[tuple[str, str]]:
    """(context, detail) of every keyword that a module hands to `log.record`."""
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        context = path.relative_to(SOURCE).parts[0]
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "record" and len(call.args) > 1:
                found |= {(context, keyword.arg) for keyword in call.keywords if keyword.arg and keyword.arg != "by"}
    return frozenset(found)


def test_every_detail_has_its_label_or_is_for_machines():
    assert {(context, detail) for context, detail in recorded_details() if detail not in labels(context) | records.TECHNICAL} == set()
    assert ELSEWHERE - set(records.labels()) - records.TECHNICAL == set()
    assert set(Right(1, 2, 3).details) <= set(records.labels())
    assert {kind.code for kind in kinds()} <= set(records.labels("core.purge"))


def test_nothing_is_said_to_be_for_machines_that_no_line_has_or_that_has_a_label():
    recorded = {detail for _context, detail in recorded_details()} | ELSEWHERE
    assert records.TECHNICAL - recorded == set()
    assert records.TECHNICAL & set(records.labels()) == set()


@cache
def coded() -> list[tuple[str, str, str, str]]:
    return list(_coded())


def _coded() -> Iterator[tuple[str, str, str, str]]:
    """(label of a model, field, code, its word) of every field with choices that is named like a detail of the same context."""
    details = {
        context: {name for known, name in recorded_details() if known == context} | ELSEWHERE for context, _name in recorded_details()
    }
    for model in apps.get_models():
        context = model._meta.app_label
        for field in model._meta.concrete_fields:
            if field.choices and field.name in details.get(context, set()) and not model._meta.object_name.startswith("Historical"):
                for code, word in field.flatchoices:
                    if code and str(field.name) in labels(context):
                        yield model._meta.label_lower, field.name, str(code), str(word)


@pytest.mark.parametrize("label", sorted({label for label, _field, _code, _word in coded()}))
def test_every_code_of_a_record_is_told_by_its_word(label: str):
    for one, field, code, word in coded():
        if one == label:
            context = label.partition(".")[0]
            ((_label, text),) = records.details_in_words({field: code}, f"{context}.x", f"{label}:1")
            assert text == word != code


def test_there_are_such_codes():
    found = {(label, field) for label, field, _code, _word in coded()}
    assert {
        ("core.accountproposal", "kind"),
        ("core.job", "state"),
        ("redemption.appraisal", "result"),
        ("redemption.jointvote", "vote"),
    } <= found


def raw() -> list[str]:
    """Codes that pages of the audit chain would show."""
    found, names = [], {str(user) for user in User.objects.all()}
    for entry in AuditEntry.objects.order_by("number"):
        for name, text in records.details_in_words(entry.details, entry.action, entry.record):
            if text not in names and re.search(r"(?<![\w@.-])[a-z]+_[a-z_]+(?![\w@.-])|^[a-z]+$|[0-9a-f]{32}|[{}\[\]]", text):
                found.append(f"{entry.action} {name}: {text}")
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("title", MADE)
def test_no_line_of_what_two_decide_shows_a_code(title: str, settings: Any, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    _by, _seconds, settle = MADE[title]()
    settle()
    assert AuditEntry.objects.exists()
    assert raw() == []


@pytest.mark.django_db
def test_no_line_of_a_whole_way_from_application_to_payment_shows_a_code(settings: Any, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    paid()
    assert {"redemption.check_form", "redemption.publish", "redemption.paid"} <= set(AuditEntry.objects.values_list("action", flat=True))
    assert raw() == []


@pytest.mark.django_db
def test_details_of_a_holiday_plan_and_of_what_was_cleared_are_told():
    days = [["2097-01-01", False, "元旦"], ["2097-01-04", True, "元旦"]]
    assert records.details_in_words({"days": days}, "core.propose_holidays") == [("放假和调休", "放假 1 天，调休上班 1 天")]
    assert records.details_in_words({"moved": {"claims": 2, "steps": 3}}, "core.confirm_holidays") == [("顺延的期限", "共 5 件")]
    code = kinds()[0].code
    assert records.details_in_words({code: 7}, "core.purge") == [(str(kinds()[0].what), "7")]

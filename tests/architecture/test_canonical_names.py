"""Whatever names a record, and is held to be one of its kind, is compared in its canonical form: by the database and by an import."""

import pytest
from django.apps import apps
from django.db.models import CharField, UniqueConstraint

from quintet.core.fields import CanonicalNameField, IdentifierField
from quintet.directory.sheets.columns import Choice, Text
from quintet.directory.sheets.sheet import sheets

pytestmark = pytest.mark.engine_only
NAMES = ("name", "title", "number", "contract_number", "code", "document")


def unique_texts() -> list[str]:
    """`app.Model.field` of every text that is unique, alone or with others, and names something that people type."""
    found = []
    for model in apps.get_models():
        if not model.__module__.startswith("quintet.") or model.__name__.startswith("Historical"):
            continue
        together = {
            name for constraint in model._meta.constraints if isinstance(constraint, UniqueConstraint) for name in constraint.fields
        }
        for field in model._meta.fields:
            if isinstance(field, CharField) and field.name in NAMES and not field.choices and (field.unique or field.name in together):
                found.append((field, f"{model._meta.app_label}.{model.__name__}.{field.name}"))
    return [where for field, where in found if not isinstance(field, (CanonicalNameField, IdentifierField))]


def test_every_name_that_is_unique_has_a_canonical_form():
    assert unique_texts() == [
        "ledger.Budget.code", "ledger.Fund.code",  # ids of the packs
        "ledger.Appropriation.document", "ledger.Entry.document",  # written by `ledger.actions.canonical`
    ]  # fmt: skip


@pytest.mark.parametrize("id", sorted(sheets()))
def test_every_text_in_the_key_of_a_sheet_is_compared_in_its_canonical_form(id: str):
    sheet = sheets()[id]
    texts = [column for column in map(sheet.column, sheet.key) if isinstance(column, Text) and not isinstance(column, Choice)]
    assert [column.id for column in texts if not (column.name or column.canonical)] == []
    for column in texts:
        if column.name:
            assert any(isinstance(field, CanonicalNameField) and field.of == column.target for field in sheet.model._meta.fields)

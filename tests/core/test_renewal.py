"""Forms that were stored before the reading package knew a way of writing are made anew; two that became one are left to people."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.db.models import CharField, Value

from quintet.core.fields import keyed_hash
from quintet.core.renewal import renew_names, renew_numbers
from quintet.directory.models import Carrier, Organisation, Person
from quintet.finance.models import Loan
from quintet.reading.identifiers import contract_number
from tests.directory.city import organisation

pytestmark = pytest.mark.django_db


def test_names_of_an_earlier_form_get_the_one_of_today():
    firm = organisation(1, name="遼寧示例公司")
    Organisation.objects.filter(pk=firm.pk).update(canonical_name="遼寧示例公司")
    renew_names(Organisation)
    firm.refresh_from_db()
    assert (firm.name, firm.canonical_name) == ("遼寧示例公司", "辽宁示例公司")


def test_two_names_that_became_one_stay_as_they_are_and_the_others_are_renewed():
    firm = organisation(1)
    forms = {"示例实验室": "示例实验室", "示例實驗室": "示例實驗室", "第二實驗室": "第二實驗室"}
    for n, (name, form) in enumerate(forms.items()):
        made = Carrier.objects.create(organisation=firm, name=f"{n}", kind="other", level="city")
        Carrier.objects.filter(pk=made.pk).update(name=name, canonical_name=form)
    renew_names(Carrier)
    assert list(Carrier.objects.order_by("pk").values_list("canonical_name", flat=True)) == ["示例实验室", "示例實驗室", "第二实验室"]


def test_names_under_a_new_constraint_are_told_apart():
    firm = organisation(1)
    for n, name in enumerate(("示例实验室", "示例實驗室")):
        made = Carrier.objects.create(organisation=firm, name=f"{n}", kind="other", level="city")
        Carrier.objects.filter(pk=made.pk).update(name=name)
    renew_names(Carrier, apart=True)
    forms = Carrier.objects.order_by("pk").values_list("canonical_name", flat=True)
    assert list(forms) == ["示例实验室", f"示例实验室#{made.pk}"]


def test_numbers_of_an_earlier_form_get_the_one_of_today_where_nobody_else_has_it():
    firm = organisation(1)
    for n in range(3):
        Loan.objects.create(
            contract_number=f"HT{n}", organisation=firm, pledge="intellectual_property", principal_fen=1,
            drawn_on=date(2021, 1, 1), due_on=date(2022, 1, 1),
        )  # fmt: skip
    first, second, third = Loan.objects.order_by("pk")
    for loan, number in ((first, "HT_1"), (second, "HT-2"), (third, "HT_2")):
        Loan.objects.filter(pk=loan.pk).update(contract_number=Value(number, output_field=CharField()))
    renew_numbers(Loan, "contract_number", contract_number)
    assert list(Loan.objects.order_by("pk").values_list("contract_number", flat=True)) == ["HT-1", "HT-2", "HT_2"]


def test_permits_are_kept_without_the_count_of_renewals_and_two_records_of_one_number_stay():
    renew = import_module("quintet.directory.migrations.0012_permits_without_renewals").renew
    numbers = ("H1234567801", "M1234567802", "M12345678", "11010519491231002X")
    for number in numbers:
        made = Person.objects.create(name=number)
        of_then = f"of {number}" if len(number) == 11 else keyed_hash(number)
        Person.objects.filter(pk=made.pk).update(identity_number=number, identity_hash=of_then)
    renew(apps, None)
    found = list(Person.objects.order_by("pk").values_list("identity_number", "identity_hash"))
    assert found == [
        ("H12345678", keyed_hash("H12345678")),
        ("M1234567802", "of M1234567802"),
        *((number, keyed_hash(number)) for number in numbers[2:]),
    ]

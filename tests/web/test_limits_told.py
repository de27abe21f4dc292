"""What a form refuses it says before: how long or short a text may be stands beside its field, and in what form."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.auth.forms import UsernameField
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

import quintet
from quintet.look.forms import KNOWN, UNTOLD, limits_of
from quintet.look.words import cn_date
from quintet.redemption.models import Objection
from tests.redemption.claims import ON
from tests.redemption.test_notices import published

SOURCE = Path(quintet.__file__).parent
# text fields without a length of their own, and what keeps them
KEPT = {
    "YuanField": "an amount", "RegexField": "a pattern, told as a number of figures", "DayField": "a day",
}  # fmt: skip
WITHOUT = {("quintet.web.views.pages", "SampleForm")}  # shown to who draws pages


def every_form() -> Iterator[type[forms.BaseForm]]:
    for module in pkgutil.walk_packages([str(SOURCE)], "quintet."):
        parts = module.name.split(".")
        if parts[-1].endswith("forms") or "forms" in parts or "views" in parts:
            importlib.import_module(module.name)
    waiting: list[Any] = [forms.BaseForm]
    while waiting:
        for form in waiting.pop().__subclasses__():
            waiting.append(form)
            if form.__module__.startswith("quintet.") and (form.__module__, form.__name__) not in WITHOUT:
                yield form


def texts() -> list[tuple[str, forms.CharField]]:
    return [
        (f"{form.__module__}.{form.__name__}.{name}", field)
        for form in every_form()
        for name, field in form.base_fields.items()
        if isinstance(field, forms.CharField)
        and not isinstance(field, UsernameField)
        and not isinstance(field.widget, UNTOLD)
        and type(field).__name__ not in KEPT
        and field.widget.attrs.get("autocomplete") not in KNOWN
    ]


def test_every_text_that_somebody_types_has_its_most():
    assert {name for name, field in texts() if field.max_length is None} == set()


def test_and_every_limit_is_told():
    with override("zh-hans"):
        untold = {
            name for name, field in texts() if not (f"{field.max_length} 个字" in limits_of(field) and (not field.min_length or f"{field.min_length} 至" in limits_of(field)))
        }  # fmt: skip
    assert untold == set()


@pytest.mark.django_db
class TestOnThePage:
    def test_an_objection_says_how_long_it_is_at_least(self, client: Client, settings: Any):
        from quintet.core import clock

        settings.DEMO = True
        clock.move_to(ON)
        line = published().lines.get()
        page = client.get(f"/notices/lines/{line.pk}/object/").content.decode()
        assert "10 至 4000 个字。" in page
        assert 'aria-describedby="id_text_helptext"' in page
        given = {"objector": "赵某", "contact": "13800000000"}
        short, enough = "证" * (Objection.LEAST_TEXT - 1), "证" * Objection.LEAST_TEXT
        assert client.post(f"/notices/lines/{line.pk}/object/", {**given, "text": short}).status_code == 422
        assert not Objection.objects.exists()
        client.post(f"/notices/lines/{line.pk}/object/", {**given, "text": enough})
        assert Objection.objects.get().text == enough

    def test_lending_a_role_goes_by_the_real_day_and_says_so_where_the_city_lives_on_another(
        self, client: Client, make_user: Any, settings: Any
    ):
        from quintet.core import clock

        user = make_user("officer", unit="stb")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        real = f"今天是{cn_date(timezone.localdate())}"
        page = client.get("/me/").content.decode()
        assert "一年内合计最多 92 天" in page
        assert real not in page
        settings.DEMO = True
        clock.move_to(ON)
        assert real in client.get("/me/").content.decode()

    def test_the_same_authority_again_says_whether_it_waits_or_is_in_force(self, make_user: Any):
        from django.core.exceptions import ValidationError

        from quintet.directory.actions import confirm_membership, propose_membership
        from quintet.directory.models import Person
        from tests.directory.city import organisation
        from tests.duties import keeps_every_register

        keeps_every_register("stb")
        first, second = make_user("officer", unit="stb"), make_user("officer", unit="stb")
        someone, firm, today = Person.objects.create(name="张三"), organisation(), timezone.localdate()
        made = propose_membership(someone, firm, by=first, on=today)
        with pytest.raises(ValidationError, match="已经提出，正在等待确认"):
            propose_membership(someone, firm, by=second, on=today)
        confirm_membership(made, by=second, on=today)
        with pytest.raises(ValidationError, match=f"自 {cn_date(today)} 起有效"):
            propose_membership(someone, firm, by=first, on=today)
        assert propose_membership(someone, firm, part="contact", by=first, on=today).pk

"""What people type reaches a page as text: nothing declares it safe, and no form of the site is drawn by a template that does."""

import re
from pathlib import Path

import pytest
from django import forms
from django.test import Client

import quintet
from quintet.redemption import actions
from tests.redemption.claims import ON, account, confirmed, member, officer

SOURCE = Path(quintet.__file__).parent
BAD = "<i hx-post=/claims/1/confirm_account/ hx-trigger=load></i>"


def test_no_template_declares_a_text_safe():
    declared = re.compile(r"\|\s*safe(?:seq)?\b|autoescape\s+off")
    found = [path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.html") if declared.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_only_the_guides_are_drawn_as_they_are():
    """They are files of the program, read by a Markdown reader that takes no HTML."""
    declared = re.compile(r"\bmark_safe\(|\bSafeString\(|\bhtml_safe\b|format_html\(\s*(?:f[\"']|_\()")
    found = [path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if declared.search(path.read_text(encoding="utf-8"))]
    assert found == ["web/views/guides.py"]


def test_a_form_shows_labels_hints_choices_and_errors_as_text():
    class Typed(forms.Form):
        text = forms.CharField(label=BAD, help_text=BAD, initial=BAD)
        choice = forms.ChoiceField(label=BAD, help_text=BAD, choices=[("a", BAD)], widget=forms.RadioSelect)
        ticked = forms.BooleanField(label=BAD, help_text=BAD)

    form = Typed({})
    form.add_error(None, BAD)
    form.add_error("text", BAD)
    assert "<i hx-post" not in str(form)
    assert str(form).count("&lt;i hx-post") >= 8


@pytest.mark.django_db
def test_the_name_of_a_bank_does_nothing_on_the_page_of_an_officer(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("quintet.core.clock.today", lambda: ON)
    claim = confirmed()
    by = member(claim.organisation, "another")
    actions.change_account(claim, account=account(claim.organisation, by, bank=BAD, number="6222020000000001"), by=by, on=ON)
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/claims/{claim.pk}/").content.decode()
    assert "&lt;i hx-post" in page
    assert "<i hx-post" not in page

"""The notice as everybody reads it: whose, on what basis, until when, how to object; nobody marked before an objection is answered."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.policies.engine import policy
from quintet.redemption import actions
from quintet.redemption.models import Notice
from tests.redemption.batches import granted_claims
from tests.redemption.claims import ON, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(ON)


def as_officer(name: str = "officer1") -> Client:
    client = Client()
    client.force_login(officer(name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_notice_names_its_department_basis_term_and_the_way_to_object():
    claims = granted_claims(1)
    notice = actions.publish_notice(claims, title="公示", by=officer("officer2"), on=ON)
    page = Client().get(f"/notices/{notice.pk}/").content.decode()
    for words in ("公示部门", "第6项任务 科技型企业梯度培育", "盘政办发〔2019〕29号", "个工作日", "异议渠道"):
        assert words in page
    clock.move_to(notice.ends_on)
    assert "还有 0 个工作日" in Client().get(f"/notices/{notice.pk}/").content.decode()
    clock.move_to(date(2021, 2, 1))
    assert "个工作日）" not in Client().get(f"/notices/{notice.pk}/").content.decode()


def test_a_notice_in_english_names_the_award_in_english():
    notice = actions.publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
    title = next(rule.title for rule in policy("panjin-2019-29").pack.rules if rule.id == "high_tech_award")
    for language, shown, other in (("en", title.en, title.zh), ("zh-hans", title.zh, title.en)):
        page = Client(headers={"accept-language": language}).get(f"/notices/{notice.pk}/").content.decode()
        assert shown in page
        assert other not in page


def test_nobody_is_marked_in_public_before_an_objection_is_answered():
    notice = actions.publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
    text, citizen = "这家企业去年的认定证书已经被撤销，请核查。", officer("citizen", unit="elsewhere")
    actions.object_to(notice.lines.get(), objector="王建国", contact="13800000000", text=text, by=citizen, on=ON)
    assert "异议核查中" not in Client().get(f"/notices/{notice.pk}/").content.decode()
    assert "异议核查中" in as_officer().get(f"/notices/{notice.pk}/").content.decode()


def test_publishing_shows_what_would_be_public_and_asks_for_a_confirmation():
    claim = granted_claims(1)[0]
    sent = {"tab": "granted", "claim": claim.pk, "title": "第一批公示"}
    preview = as_officer("officer2").post("/desk/several/", sent).content.decode()
    assert claim.name in preview
    assert "确认向社会公开" in preview
    assert as_officer("officer2").post("/desk/several/", sent | {"confirmed": "1"}).status_code == 409
    assert not Notice.objects.exists()
    as_officer("officer2").post("/desk/several/", sent | {"confirmed": "1", "looked": "1"})
    assert Notice.objects.get().title == "第一批公示"


@pytest.mark.parametrize("address", ["/nowhere/"])
def test_a_page_that_is_not_there_leads_on(address: str):
    page = Client().get(address).content.decode()
    assert 'action="/search/"' in page
    for link in ("/policies/", "/check/", "/notices/"):
        assert f'href="{link}"' in page

"""The written decision: what stands in it, when there is one, and who gets it."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from pypdf import PdfReader

from quintet.core.models import User
from quintet.redemption.decision_paper import content, settled
from quintet.redemption.models import Claim
from tests.redemption.batches import committed_claims
from tests.redemption.claims import checked, confirmed, member, officer, upheld
from tests.redemption.test_commitments import funds
from tests.redemption.test_notices import objected, published
from tests.redemption.test_offered_again import called_back, objected_away, refused, released
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
WITHOUT_A_BODY = "不服决定的，可以自知道之日起 60 日内依法申请行政复议，也可以自知道之日起 6 个月内依法向人民法院提起行政诉讼。"


def told(claim: Claim) -> dict[str, Any]:
    found = settled(claim)
    assert found is not None
    return content(claim, found)


def answer(user: User, name: str, claim: Claim, *form: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(f"redemption:{name}", args=[claim.pk, *form]))


@arranged_once
def granted() -> Claim:
    return committed_claims(1, funds()[0])[0]


def test_a_grant_names_the_award_its_sum_its_clause_its_facts_and_the_remedies():
    claim = granted()
    paper = told(claim)
    assert paper["title"] == "予以兑现决定书"
    assert paper["paragraphs"][0] == f"{claim.payee.name}："
    assert f"编号 {claim.number}" in paper["paragraphs"][1]
    assert "（盘政办发〔2019〕29号）第6项任务审查终结，决定：予以兑现，金额 100,000.00 元。" in paper["paragraphs"][1]
    assert [row[0] for row in paper["rows"]][:3] == ["1", "2", "3"]
    assert paper["closing"] == [WITHOUT_A_BODY]
    step = claim.steps.get(kind="decision")
    assert paper["unit"] == "市科技局"
    assert paper["day"] == f"{step.ended_on.year}年{step.ended_on.month}月{step.ended_on.day}日"


@pytest.mark.parametrize(("made", "reason"), [(refused, "证书不实"), (objected_away, "")], ids=["refused", "objected away"])
def test_a_refusal_gives_its_reason_and_no_sum(made: Any, reason: str):
    claim = made()
    paper = told(claim)
    assert paper["title"] == "不予兑现决定书"
    assert paper["paragraphs"][1].endswith("决定：不予兑现。")
    assert (f"理由：{reason}" if reason else "理由：") in "".join(paper["paragraphs"])
    assert "金额" not in paper["paragraphs"][1]


def test_what_was_called_back_was_granted():
    assert told(called_back())["title"] == "予以兑现决定书"


@pytest.mark.parametrize("made", [confirmed, checked, published], ids=["handed in", "checked", "in public notice"])
def test_there_is_none_before_all_is_decided(made: Any):
    made()
    claim = Claim.objects.get()
    assert settled(claim) is None
    assert answer(officer(), "decision", claim, "pdf").status_code == 404
    assert "决定书" not in answer(officer(), "claim", claim).content.decode()


def test_nor_while_an_upheld_objection_waits_for_its_second_person():
    objected(published())
    claim = Claim.objects.get()
    assert settled(claim) is None
    upheld(claim.notice_lines.get().objections.get())
    assert settled(Claim.objects.get()) is not None


def test_its_payee_and_officials_get_the_same_paper_and_others_none(settings: Any):
    settings.REVIEW_BODY = "市人民政府"
    claim = refused()
    own, official = answer(member(claim.organisation), "my-decision", claim, "pdf"), answer(officer(), "decision", claim, "pdf")
    for found in (own, official):
        assert (found.status_code, found["Content-Type"]) == (200, "application/pdf")
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(found.content)).pages).replace("\n", "")
        assert "不予兑现决定书" in text
        assert "向市人民政府申请行政复议" in text
    assert answer(officer("stranger", unit="elsewhere"), "my-decision", claim, "pdf").status_code == 404


def test_the_pages_of_a_claim_lead_to_it():
    claim = refused()
    assert (
        reverse("redemption:my-decision", args=[claim.pk, "docx"]) in answer(member(claim.organisation), "my-claim", claim).content.decode()
    )
    assert reverse("redemption:decision", args=[claim.pk, "docx"]) in answer(officer(), "claim", claim).content.decode()


def test_in_word_it_says_the_same():
    claim = refused()
    file = answer(officer(), "decision", claim, "docx")
    texts = [paragraph.text for paragraph in Document(BytesIO(file.content)).paragraphs]
    paper = told(claim)
    assert texts[0] == paper["title"]
    assert [text for text in texts if text] == [paper["title"], *paper["paragraphs"], *paper["closing"], paper["unit"], paper["day"]]


@pytest.mark.parametrize(("name", "told_of"), [("示例公司", False), ("示例𪚥公司", True)])
def test_what_the_pdf_cannot_show_is_said(name: str, told_of: bool):
    claim = refused()
    type(claim.organisation).objects.filter(pk=claim.organisation_id).update(name=name)
    assert ("随系统的字库没有“𪚥”" in answer(officer(), "claim", claim).content.decode()) is told_of


def test_money_that_is_not_paid_any_more_changes_the_decision_of_the_department_that_made_it():
    claim = released()
    paper = told(claim)
    granted_on = claim.steps.get(kind="decision").ended_on
    assert (paper["title"], paper["unit"]) == ("变更决定书", "市科技局")
    about = paper["paragraphs"][1]
    assert f"于{granted_on.year}年{granted_on.month}月{granted_on.day}日决定予以兑现，金额 100,000.00 元。" in about
    assert about.endswith("因情况变化，现变更原决定：原决定的资金不再拨付。")
    assert "市财政局" not in about
    assert "理由：企业已注销" in paper["paragraphs"]

"""The notice as everybody reads it: whose, on what basis, until when, how to object; nobody marked before an objection is answered."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.directory.models import Recognition
from quintet.look.words import cn_date
from quintet.policies.engine import policy
from quintet.redemption import actions
from quintet.redemption.actions.notices import _name_of
from quintet.redemption.models import Claim, Notice
from quintet.redemption.paper import content
from tests.ledger.books import finance
from tests.redemption.batches import AFTER, cleared_claims, granted_claims, second_finance
from tests.redemption.claims import ON, officer, proposed, upheld
from tests.redemption.test_commitments import funds

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
    ended = Client().get(f"/notices/{notice.pk}/").content.decode()
    assert "个工作日）" not in ended
    assert "在本页点“提出异议”" not in ended
    assert "不再接收新的异议" in ended


@pytest.mark.parametrize(("site", "said"), [("", "在本公示的网页上提出"), ("https://city.example", "https://city.example/notices/{}/")])
def test_the_paper_names_the_way_to_object(settings: Any, site: str, said: str):
    settings.SITE = site
    notice = actions.publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
    (channel,) = [text for text in content(notice, "市科技局")["paragraphs"] if text.startswith("异议渠道：")]
    assert said.format(notice.pk) in channel
    assert "书面送交市科技局" in channel


@pytest.mark.parametrize(
    ("subject", "name", "shown"),
    [
        ("enterprise", "", ""),
        ("project", "环氧树脂中试项目", "（环氧树脂中试项目）"),
        ("carrier", "示例众创空间", "（示例众创空间）"),
        ("loan", "HT-2020-8812345", "（贷款合同尾号 2345）"),
        ("project", "长" * 160, "…"),
    ],
)
def test_two_awards_of_one_payee_are_told_apart(subject: str, name: str, shown: str):
    (claim,) = granted_claims(1)
    firm = claim.payee.name
    claim.subject, claim.name = subject, name or firm
    found = _name_of(claim)
    assert found.startswith(firm)
    assert (found == firm) is (not shown)
    assert found.endswith(shown)
    assert len(found) <= 160


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


def of(notice: Notice, client: Client | None = None) -> str:
    return " ".join((client or Client()).get(f"/notices/{notice.pk}/").content.decode().split())


def contested(notice: Notice, line: Any) -> Any:
    text, citizen = "这家企业去年的认定证书已经被撤销，请核查。", officer("citizen", unit="elsewhere")
    return actions.object_to(line, objector="王建国", contact="13800000000", text=text, by=citizen, on=ON)


def test_a_line_to_which_an_objection_was_upheld_is_marked_for_everybody_and_counts_no_more():
    notice = actions.publish_notice(granted_claims(3), title="公示", by=officer("officer2"), on=ON)
    lines = list(notice.lines.order_by("pk"))
    assert "拟兑现 3 项，金额合计 300,000.00 元。" in of(notice)
    assert of(notice).count("提出异议<span") == 3
    upheld(contested(notice, lines[1]))
    page = of(notice)
    assert "拟兑现 2 项，金额合计 200,000.00 元。另有 1 项因异议成立不予兑现（公示时金额 100,000.00 元），不计在内。" in page
    assert (page.count("异议成立，不予兑现</span>"), page.count("提出异议<span")) == (1, 2)
    told = content(notice, "市科技局")["paragraphs"]
    assert told[-1] == "公示后，对序号 2 的异议经核查成立，不予兑现，其余金额合计 200,000.00 元。"
    assert "拟对下列 3 项予以兑现，金额合计 300,000.00 元" in told[0]
    with pytest.raises(DomainError, match="已经成立"):
        actions.object_to(lines[1], objector="李四", contact="13900000000", text="还有一个理由，请一并核查。", on=ON)
    assert "不用再提出" in Client().get(reverse("redemption:object", args=[lines[1].pk])).content.decode()
    assert actions.object_to(lines[0], objector="李四", contact="13900000000", text="还有一个理由，请一并核查。", on=ON).pk


def test_officials_read_what_became_of_a_line_and_the_public_only_what_was_answered():
    claim = cleared_claims(1)[0]
    notice = claim.notice_lines.get().notice
    claim = actions.commit_claim(claim, fund=funds()[0], by=finance(), on=AFTER)
    actions.propose_release(claim, reasons="企业已注销", by=finance(), on=AFTER)
    actions.confirm_release(claim, confirmed=True, by=second_finance(), on=AFTER)
    seen = of(notice, as_officer())
    assert "不再拨付，资金已释放" in seen
    assert "异议成立" not in seen
    assert "资金已释放" not in of(notice)
    assert "拟兑现 1 项，金额合计 100,000.00 元。" in of(notice)


def test_a_fact_that_changed_before_payment_is_no_upheld_objection():
    claim = cleared_claims(1)[0]
    notice, fund = claim.notice_lines.get().notice, funds()[0]
    Recognition.objects.update(granted_on=date(2019, 9, 15))
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    assert "已退回重新核查" in of(notice, as_officer())
    actions.propose(claim, granted=False, reasons="证书日期有误", by=officer(), on=AFTER)
    page = as_officer().get(f"/claims/{claim.pk}/").content.decode()
    assert "拟不予兑现，待复核" in page
    actions.confirm_decision(Claim.objects.get(), confirmed=True, by=officer("officer2"), on=AFTER)
    assert "重新核查后不予兑现" in of(notice, as_officer())


class TestTheOfficersPage:
    """A claim that ended without money is not said to be granted any more."""

    def test_before_and_after_an_objection_is_upheld(self):
        notice = actions.publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
        claim = Claim.objects.get()
        page = as_officer().get(f"/claims/{claim.pk}/").content.decode()
        assert ("予以兑现</span>" in page, "可以享受" in page, "已办结" in page) == (True, True, False)
        upheld(contested(notice, notice.lines.get()))
        page = as_officer().get(f"/claims/{claim.pk}/").content.decode()
        assert ("可以享受" in page, "曾决定兑现，已不再执行" in page) == (False, True)
        assert "本件已办结：不予兑现。下面是最后一次评估时对事实的判断，不是现在的结论。" in page
        assert ">予以兑现</span>" not in page
        chain = as_officer().get(f"/claims/{claim.pk}/chain/").content.decode()
        assert "曾决定兑现，已不再执行" in chain

    def test_a_proposal_that_nobody_has_confirmed_is_no_decision(self):
        claim = proposed()
        page = as_officer("officer2").get(f"/claims/{claim.pk}/").content.decode()
        assert "拟予兑现，待复核" in page
        assert ">予以兑现</span>" not in page
        actions.confirm_decision(claim, confirmed=False, remark="请写明依据", by=officer("officer2"), on=ON)
        assert "拟予兑现，已退回" in as_officer("officer2").get(f"/claims/{claim.pk}/").content.decode()


class TestAnObjectionThatIsNotTakenUp:
    """Decision 0014: from outside it stops nothing until its contact is confirmed; every page says so."""

    def sent(self, notice: Notice, contact: str) -> str:
        line = notice.lines.get()
        given = {"objector": "王建国", "contact": contact, "text": "这家企业去年的认定证书已经被撤销，请核查。"}
        return Client().post(reverse("redemption:object", args=[line.pk]), given).content.decode()

    def test_what_is_said_to_the_public_and_to_who_objects(self):
        notice = actions.publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
        assert "受理后只暂停那一项，其余照常办理；联系方式未经核实的，公示期内不停止办理，期满时由部门处理以后才继续。" in of(notice)
        goes_on = f"到{cn_date(notice.ends_on)}公示期满仍"
        assert goes_on + "未核实的，这一项暂停办理" in self.sent(notice, "13800000000")
        assert goes_on + "没有填写的，由部门核实处理，处理以前这一项不会拨付" in self.sent(notice, "wang@example.org")
        assert "公示期满没有异议，" in content(notice, "市科技局")["paragraphs"][2]

    def test_its_line_waits_after_the_notice_and_a_code_typed_then_takes_it_up(self):
        notice = actions.publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
        filed = actions.object_to(
            notice.lines.get(), objector="王建国", contact="wang@example.org", text="去年的认定证书已经被撤销，请核查。", on=ON
        )
        assert actions.clear_notices(on=AFTER) == 1
        assert Claim.objects.get().state == "contested"
        assert actions.confirm_contact(filed, code=actions.code_of(filed), on=AFTER).is_question

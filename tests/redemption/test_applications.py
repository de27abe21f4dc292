"""Calls, drafts and papers: one draft for one fact, nothing typed is lost, everything missing is told at once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quintet.core.attachments import BadFile
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, User
from quintet.directory.models import Membership, Person
from quintet.finance.models import Loan
from quintet.market.models import TransferProject
from quintet.policies.engine import policy
from quintet.redemption import actions, selfcheck
from quintet.redemption.actions.claims import unjudged
from quintet.redemption.applications import facts_asked, files_before
from quintet.redemption.models import Claim, ClaimFile, SelfCheck
from quintet.redemption.papers import papers_of
from quintet.talent.models import Talent
from tests.duties import by_two
from tests.redemption.applications import ON, PACK, call_for, draft, filled, pdf, project, submitted
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import account, all_there, member, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def colleague(of: Any, name: str = "colleague") -> User:
    user = User.objects.create(username=name, display_name="李同事")
    Membership.objects.create(
        person=Person.objects.create(name="李同事", user=user), organisation=of, granted_on=date(2019, 1, 1), **by_two()
    )
    return user


class TestCall:
    def test_one_a_year_by_the_department_that_leads(self):
        call_for()
        with pytest.raises(DomainError, match="已经发布过"):
            call_for()
        with pytest.raises(NotAllowed):
            call_for(by=officer("other", unit="hrss"), year=2021)

    def test_not_for_what_needs_no_application(self):
        with pytest.raises(DomainError, match="不用申报通知"):
            call_for("high_tech_award")

    def test_its_window_is_made_longer_never_shorter_and_drafts_follow(self):
        claim = draft()
        later = actions.change_call(claim.call, closes_on=date(2020, 12, 15), contact="电话", remark="", by=officer(), on=ON)
        claim.refresh_from_db()
        assert claim.due_on == date(2020, 12, 15)
        with pytest.raises(DomainError, match="只能延后"):
            actions.change_call(later, closes_on=date(2020, 12, 1), contact="电话", remark="", by=officer(), on=ON)

    def test_not_beyond_the_policys_end(self):
        with pytest.raises(DomainError, match="政策到2021年12月31日为止"):
            call_for(year=2021, opens_on=date(2021, 12, 1), closes_on=date(2022, 1, 5), on=date(2021, 11, 1))


class TestDraft:
    def test_beginning_twice_gives_the_same_draft_to_everybody_of_the_organisation(self):
        claim = draft()
        again = actions.start_application(
            pack=PACK, rule="transfer_grant", subject_id=claim.subject_id, year=2020, by=colleague(claim.organisation), on=ON
        )
        assert again == claim
        assert Claim.objects.count() == 1

    def test_outside_its_window_and_for_somebody_elses_project_it_is_refused(self):
        firm = newly_high_tech()
        found = project(firm)
        with pytest.raises(DomainError, match="没有开放"):
            actions.start_application(pack=PACK, rule="transfer_grant", subject_id=found.pk, year=2020, by=member(firm), on=ON)
        call_for()
        stranger = User.objects.create(username="stranger")
        with pytest.raises(DomainError, match="不能为这个对象申报"):
            actions.start_application(pack=PACK, rule="transfer_grant", subject_id=found.pk, year=2020, by=stranger, on=ON)
        with pytest.raises(DomainError, match="不用申报"):
            actions.start_application(pack=PACK, rule="high_tech_award", subject_id=firm.pk, year=2020, by=member(firm), on=ON)

    def test_two_people_fill_in_different_fields_and_both_stay(self):
        claim = draft()
        actions.save_draft(claim, {"contact": "王经办"}, by=member(claim.organisation), on=ON)
        actions.save_draft(claim, {"text": "中试线已运行。"}, by=colleague(claim.organisation), on=ON)
        claim.refresh_from_db()
        assert (claim.contact, claim.text, claim.saved_by.username) == ("王经办", "中试线已运行。", "colleague")

    def test_only_what_no_register_knows_is_asked_and_never_what_the_department_judges(self):
        claim = draft(cooperation=None)
        assert [spec.name for spec in facts_asked(claim, policy(PACK))] == ["cooperation"]
        actions.save_draft(
            claim, {"fact_cooperation": "yes", "fact_significant_for_local_industry": "yes"}, by=member(claim.organisation), on=ON
        )
        assert list(claim.facts.values_list("fact", "value", "kind")) == [("cooperation", True, "declared")]
        actions.save_draft(claim, {"fact_cooperation": ""}, by=member(claim.organisation), on=ON)
        assert not claim.facts.exists()

    def test_a_wrong_value_is_told_with_its_name_and_changes_nothing(self):
        claim = draft(stage_reached_on=None)
        with pytest.raises(DomainError) as told:
            actions.save_draft(claim, {"fact_stage_reached_on": "2020-13-01"}, by=member(claim.organisation), on=ON)
        assert told.value.where
        assert not claim.facts.exists()

    def test_answers_of_a_self_check_are_carried_in(self):
        firm = newly_high_tech()
        call_for()
        check = selfcheck.start(policy(PACK), "project", ON)
        selfcheck.answer(check, check.items[0]["id"], "cooperation", "yes")
        check = SelfCheck.objects.get(pk=check.pk)
        found = project(firm, cooperation=None)
        claim = actions.start_application(
            pack=PACK, rule="transfer_grant", subject_id=found.pk, year=2020, by=member(firm), on=ON, check=check
        )
        assert claim.facts.get().value is True

    def test_a_register_goes_before_what_is_stated(self):
        claim = draft(cooperation=None)
        by = member(claim.organisation)
        actions.save_draft(claim, {"fact_cooperation": "yes"}, by=by, on=ON)
        from quintet.market.models import TransferProject

        TransferProject.objects.update(cooperation=False)
        with pytest.raises(DomainError, match="不符合条件"):
            submitted(claim)


class TestPapers:
    def test_what_was_handed_in_before_is_used_again_by_naming_it(self):
        first = filled()
        first = actions.withdraw(first, by=member(first.organisation), on=ON)
        second = actions.start_application(
            pack=PACK, rule="transfer_grant", subject_id=first.subject_id, year=2020, by=member(first.organisation), on=ON
        )
        paper = papers_of(second)[0].key
        before = list(files_before(second, paper))
        used = actions.reuse_file(second, before[0], paper=paper, by=member(first.organisation), on=ON)
        assert used.attachment.file == before[0].attachment.file
        assert used.reused_from == before[0]
        assert not files_before(second, paper).exists()

    def test_not_those_of_another_project_of_the_same_firm(self):
        first = filled()
        by = member(first.organisation)
        second = actions.start_application(
            pack=PACK, rule="transfer_grant", subject_id=project(first.organisation).pk, year=2020, by=by, on=ON
        )
        file = first.files.first()
        assert not any(files_before(second, paper.key) for paper in papers_of(second))
        with pytest.raises(DomainError, match="不能沿用") as refused:
            actions.reuse_file(second, file, paper=file.paper, by=by, on=ON)
        assert refused.value.remedy == "只能沿用为同一对象以前交过的同一种材料。"

    def test_not_a_strangers(self):
        theirs = filled().files.first()
        firm = newly_high_tech()
        user = member(firm, "other-member")
        mine = actions.start_application(pack=PACK, rule="transfer_grant", subject_id=project(firm).pk, year=2020, by=user, on=ON)
        with pytest.raises(DomainError, match="不能沿用"):
            actions.reuse_file(mine, theirs, paper=theirs.paper, by=user, on=ON)

    def test_the_button_pressed_twice_keeps_one(self):
        claim = draft()
        paper = papers_of(claim)[0].key
        one = actions.add_file(claim, pdf(), paper=paper, by=member(claim.organisation), on=ON)
        assert actions.add_file(claim, pdf(), paper=paper, by=member(claim.organisation), on=ON) == one
        actions.remove_file(claim, one, by=member(claim.organisation), on=ON)
        assert claim.files.filter(removed_by=None).count() == 0
        assert ClaimFile.objects.get().removed_by is not None

    @pytest.mark.parametrize(
        ("name", "content"), [("宏.xlsm", b"\xd0\xcf\x11\xe0" + b"x" * 600), ("图.svg", b"<svg><script>1</script></svg>"), ("空.pdf", b"")]
    )
    def test_a_bad_file_is_refused_and_the_draft_stays(self, name: str, content: bytes):
        claim = draft()
        with pytest.raises(BadFile):
            actions.add_file(claim, SimpleUploadedFile(name, content), paper=papers_of(claim)[0].key, by=member(claim.organisation), on=ON)
        assert not claim.files.exists()
        assert Claim.objects.get().state == "draft"

    def test_a_chinese_name_of_more_than_255_bytes_is_shortened_with_its_ending(self):
        claim = draft()
        kept = actions.add_file(claim, pdf("验" * 100 + ".pdf"), paper=papers_of(claim)[0].key, by=member(claim.organisation), on=ON)
        assert len(kept.attachment.name.encode()) <= 255
        assert kept.attachment.name.endswith(".pdf")


class TestSubmission:
    def test_everything_missing_is_told_at_once(self):
        claim = draft()
        with pytest.raises(DomainError) as told:
            actions.submit(claim, pledged=False, by=member(claim.organisation), on=ON)
        for word in ("立项文件", "验收意见", "联系电话", "收款账户", "承诺书"):
            assert word in told.value.message
        assert Claim.objects.get().state == "draft"

    def test_it_keeps_facts_files_and_the_commitment_letter(self):
        claim = submitted()
        assert (claim.state, claim.step, claim.unit) == ("handled", "form_check", "stb")
        assert claim.organisation.name in claim.pledge
        assert claim.evaluation.on == ON
        line = AuditEntry.objects.get(action="redemption.submit")
        assert len(line.details["files"]) == len(papers_of(claim))

    def test_after_the_last_day_it_is_too_late(self):
        claim = filled()
        with pytest.raises(DomainError, match="已于2020年11月30日截止"):
            actions.submit(claim, pledged=True, by=member(claim.organisation), on=date(2020, 12, 1))

    def test_what_the_engine_refuses_is_not_handed_in(self):
        claim = draft(stage="laboratory")
        with pytest.raises(DomainError, match="不符合条件"):
            submitted(claim)

    def test_a_submitted_one_is_not_changed_by_the_applicant_until_it_is_returned(self):
        claim = submitted()
        by = member(claim.organisation)
        with pytest.raises(DomainError, match="已经提交"):
            actions.save_draft(claim, {"text": "改"}, by=by, on=ON)
        actions.check_form(claim, checked=all_there(claim), missing=["补充审计报告"], by=officer(), on=ON)
        actions.add_file(claim, pdf("审计.pdf"), paper=papers_of(claim)[3].key, by=by, on=ON)
        actions.resubmit(claim, by=by, on=ON)
        assert Claim.objects.get().state == "handled"

    def test_a_withdrawn_one_is_copied_with_its_facts_and_papers(self):
        claim = draft(cooperation=None)
        by = member(claim.organisation)
        actions.save_draft(claim, {"fact_cooperation": "yes"}, by=by, on=ON)
        claim = submitted(claim)
        actions.withdraw(claim, by=by, on=ON)
        copy = actions.start_application(pack=PACK, rule="transfer_grant", subject_id=claim.subject_id, year=2020, by=by, on=ON, like=claim)
        assert copy != claim
        assert copy.facts.get().fact == "cooperation"
        assert copy.files.count() == len(papers_of(copy))
        assert copy.account == claim.account


class TestOtherWays:
    def test_a_fast_one_needs_no_call_and_comes_with_papers_held(self):
        firm = newly_high_tech()
        by = member(firm)
        loans = [
            Loan.objects.create(
                contract_number=f"L{n}",
                organisation=firm,
                pledge="intellectual_property",
                principal_fen=100_000_000,
                drawn_on=date(2020, 3, 2),
                due_on=date(2021, 3, 2),
                released=True,
                interest_paid_fen=5_000_000,
            )
            for n in (1, 2)
        ]
        rule = next(rule for rule in policy(PACK).pack.rules if rule.way == "fast")
        first = actions.start_application(pack=PACK, rule=rule.id, subject_id=loans[0].pk, year=2020, by=by, on=ON)
        for paper in papers_of(first):
            actions.add_file(first, pdf(text=paper.key), paper=paper.key, by=by, on=ON)
        other = actions.start_application(pack=PACK, rule=rule.id, subject_id=loans[1].pk, year=2020, by=by, on=ON)
        assert not other.files.exists(), "the contract of one loan proves nothing of another"
        actions.withdraw(first, by=by, on=ON)
        second = actions.start_application(pack=PACK, rule=rule.id, subject_id=loans[0].pk, year=2020, by=by, on=ON)
        assert second.files.count() == len(papers_of(second)) > 0
        assert all(file.reused_from_id for file in second.files.all())

    def test_a_talent_applies_for_themselves(self):
        user = User.objects.create(username="talent", display_name="赵博士")
        someone = Person.objects.create(name="赵博士", user=user)
        talent = Talent.objects.create(
            person=someone,
            category="other",
            phd=True,
            full_time_degree=True,
            graduated_on=date(2018, 6, 30),
            founded=True,
            founded_on=date(2020, 3, 1),
            first_business=True,
        )
        call_for("founder_subsidy", unit="party_organisation")
        claim = actions.start_application(pack=PACK, rule="founder_subsidy", subject_id=talent.pk, year=2020, by=user, on=ON)
        assert claim.person == someone
        for paper in papers_of(claim):
            actions.add_file(claim, pdf(text=paper.key), paper=paper.key, by=user, on=ON)
        actions.save_draft(claim, {"contact": "本人", "phone": "13800000000"}, by=user, on=ON)
        kept = actions.register_account(someone, holder="赵博士", bank="示例银行", number="6222021234567890", by=user, on=ON)
        actions.use_account(claim, account=kept, by=user, on=ON)
        claim = actions.submit(claim, pledged=True, by=user, on=ON)
        assert (claim.amount_fen, claim.unit) == (3_600_000, "party_organisation")


class TestOddInput:
    def test_keys_that_are_no_keys_break_nothing_and_a_zero_byte_is_told_before_anything_is_kept(self):
        from django.test import Client

        claim = draft()
        client = Client()
        client.force_login(member(claim.organisation), backend="django.contrib.auth.backends.ModelBackend")
        for key in ("²", "9" * 40, "-1", "x"):
            assert client.post(f"/guides/{PACK}/transfer_grant/apply/", {"subject": key, "like": key, "year": key}).status_code == 409
            assert client.post(f"/my/claims/{claim.pk}/files/", {"paper": "立项文件", "reuse": key}).status_code == 404
        before = claim.text
        answer = client.post(f"/my/claims/{claim.pk}/save/", {"text": "零\0字节", "contact": "本人"})
        assert answer.status_code == 400
        assert "零字节" in answer.content.decode()
        claim.refresh_from_db()
        assert claim.text == before

    def test_a_zero_byte_in_an_address_is_told(self):
        from django.test import Client

        client = Client()
        client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
        for address in (
            "/calls/?q=%00&clause=%00",
            "/notices/?q=a%00b&unit=%00",
            "/claims/?q=a%00&clause=%00&division=%00",
            "/desk/?q=%00&unit=%00",
            "/experts/?q=%00",
            "/objections/?show=%00",
        ):
            answer = client.get(address)
            assert answer.status_code == 400, address
            assert "零字节" in answer.content.decode()

    def test_an_offer_is_confirmed_until_the_end_of_its_last_day(self):
        from tests.redemption.claims import offered

        claim = offered()
        by = member(claim.organisation)
        kept = account(claim.organisation, by)
        with pytest.raises(DomainError, match="到期，不能再办理"):
            actions.confirm_offer(claim, account=kept, by=by, on=claim.due_on + timedelta(days=1))
        actions.confirm_offer(claim, account=kept, by=by, on=claim.due_on)


class TestWhatIsToldAsChanged:
    def test_a_new_claim_whose_fact_the_department_has_to_find_is_not_said_to_have_changed(self):
        claim = submitted()
        assert (claim.changed, unjudged(claim)) == ("", ["对本市产业促进作用大"])
        actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)
        with pytest.raises(DomainError, match="还有由本部门认定的事实没有认定：对本市产业促进作用大") as refused:
            actions.review(claim, opinion="同意。", by=officer(), on=ON)
        assert refused.value.remedy == "请先认定并写明理由，再写初审意见。"
        claim = actions.judge(claim, fact="significant_for_local_industry", value=True, reason="带动三家企业。", by=officer(), on=ON)
        assert (claim.changed, unjudged(claim), claim.amount_fen) == ("", [], 500_000_00)
        assert actions.review(claim, opinion="同意。", by=officer(), on=ON).step == "expert_review"

    def test_what_the_register_tells_differently_afterwards_is(self):
        claim = submitted()
        TransferProject.objects.update(cooperation=False)
        claim = actions.recheck(claim, by=officer(), on=ON)
        assert "产学研合作" in claim.changed


class TestComingBack:
    def returned(self) -> Claim:
        claim = submitted()
        return actions.check_form(claim, checked=all_there(claim), missing=["补充审计报告"], by=officer(), on=ON)

    def test_with_nothing_added_it_is_refused_and_a_word_of_what_was_done_lets_it_through(self):
        claim = self.returned()
        by = member(claim.organisation)
        with pytest.raises(DomainError, match="退回以后没有增加材料，也没有改动"):
            actions.resubmit(claim, by=by, on=ON)
        claim = actions.resubmit(claim, note="审计报告已并入第三份材料。", by=by, on=ON)
        assert (claim.state, claim.text) == ("handled", "中试线已连续运行。\n补正说明（2020年11月2日）：审计报告已并入第三份材料。")

    @pytest.mark.parametrize("done", ["file", "text"])
    def test_with_a_paper_or_a_text_it_comes_back(self, done: str):
        claim = self.returned()
        by = member(claim.organisation)
        if done == "file":
            actions.add_file(claim, pdf("审计.pdf"), paper=papers_of(claim)[3].key, by=by, on=ON)
        else:
            actions.save_draft(claim, {"text": "审计报告附后。"}, by=by, on=ON)
        assert actions.resubmit(claim, by=by, on=ON).state == "handled"

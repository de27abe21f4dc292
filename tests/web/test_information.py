"""Rights of a person under the law on personal information: see, copy, correct, end; and what is deleted when."""

import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from quintet.config.settings import _days
from quintet.core import clock
from quintet.core import personal_information as personal
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Attempt, AuditEntry, Notification, PersonalRequest, User
from quintet.directory.models import Person, PersonalDataLook
from quintet.redemption.actions.claims import rule_of
from quintet.redemption.models import Claim, PayeeAccount, SelfCheck
from quintet.talent.models import Talent
from tests import guards
from tests.redemption.claims import checked, upheld
from tests.redemption.test_notices import objected, published
from tests.redemption.ways import applied, somebody

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
IDENTITY, PHONE, ACCOUNT = "210102199003076677", "13900001234", "6222020200112233"


@pytest.fixture
def wang(make_user: Any) -> User:
    user = make_user("applicant", name="wang")
    person = Person(name="王静", phone=PHONE, user=user)
    person.identity_number = IDENTITY
    person.save()
    PersonalDataLook.objects.create(person=person, looked_by=make_user("officer", unit="stb", name="zhou"), reason="核对身份")
    PayeeAccount.objects.create(person=person, holder="王静", bank="示例银行", number=ACCOUNT, by=user)
    return user


@pytest.fixture
def own(client: Client, wang: User) -> Client:
    client.force_login(wang, backend=BACKEND)
    return client


def test_the_page_shows_what_there_is_masked_and_who_has_looked(own: Client):
    page = own.get("/me/information/").content.decode()
    for part in ("王静", "核对身份", "****2233", "人员名录", "登录设备", "保存多久", "审计链和每日摘要"):
        assert part in page
    for secret in (IDENTITY, PHONE, ACCOUNT):
        assert secret not in page


def test_the_copy_holds_it_in_clear_for_programs(own: Client):
    answer = own.post("/me/information/copy/", {"form": "json"})
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    text = json.dumps(json.loads(answer.content), ensure_ascii=False)
    for part in (IDENTITY, PHONE, ACCOUNT, "wang", "核对身份"):
        assert part in text


def test_the_copy_is_a_workbook_for_people_without_formulas(own: Client, wang: User):
    User.objects.filter(pk=wang.pk).update(display_name="=1+1")
    answer = own.post("/me/information/copy/", {"form": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {IDENTITY, PHONE, ACCOUNT, "=1+1"} <= {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} == {"s"}


def test_nobody_sees_anything_of_another(make_user: Any, wang: User, client: Client):
    client.force_login(make_user("applicant", name="li"), backend=BACKEND)
    texts = client.get("/me/information/").content.decode() + client.post("/me/information/copy/").content.decode()
    for part in ("王静", IDENTITY, "wang", "核对身份"):
        assert part not in texts


def test_a_longer_list_takes_no_more_queries(own: Client, wang: User, django_assert_max_num_queries: Any):
    Notification.objects.bulk_create([Notification(user=wang, kind="x", text=f"消息 {n}") for n in range(300)])
    with django_assert_max_num_queries(30):
        page = own.get("/me/information/").content.decode()
    assert "另有 280 行" in page


def test_a_correction_is_asked_told_and_answered(own: Client, wang: User, make_user: Any):
    operator = make_user("operator", name="operator")
    assert own.post("/me/information/", {"kind": "correct", "text": "电话应为 13900005678"}).status_code == 302
    assert own.post("/me/information/", {"kind": "correct", "text": "再来一次"}).status_code == 422
    assert "wang" in Notification.objects.get(user=operator).text or "用户" in Notification.objects.get(user=operator).text
    asked = PersonalRequest.objects.get()
    assert asked.due_on == asked.asked_on + timedelta(days=15)
    desk = Client()
    desk.force_login(operator, backend=BACKEND)
    assert "13900005678" in desk.get("/accounts/personal/").content.decode()
    assert desk.post("/accounts/personal/", {"request": asked.pk, "done": "1", "text": "已由市科技局更正"}).status_code == 302
    page = own.get("/me/information/").content.decode()
    assert "已由市科技局更正" in page
    assert list(guards.lines_of_acts().values_list("action", flat=True)) == ["core.ask_personal", "core.answer_personal"]
    own.post("/me/information/", {"kind": "correct", "text": "再来一次"})
    assert PersonalRequest.objects.count() == 2


def test_who_answers(wang: User, make_user: Any):
    operator = make_user("operator")
    asked = personal.ask(operator, kind="end", text="注销", on=clock.today())
    with pytest.raises(DomainError, match="另一位"):
        personal.answer(asked, done=True, text="好", by=operator, on=clock.today())
    with pytest.raises(NotAllowed):
        personal.answer(asked, done=True, text="好", by=wang, on=clock.today())
    other = make_user("operator")
    with pytest.raises(DomainError, match="写明"):
        personal.answer(asked, done=True, text=" ", by=other, on=clock.today())
    personal.answer(asked, done=False, text="须先移交职责", by=other, on=clock.today())
    with pytest.raises(DomainError, match="已经答复"):
        personal.answer(asked, done=True, text="好", by=other, on=clock.today())


class TestInTime:
    """Fifteen days by law: on the operators' 今日工作 until answered, marked and told again when it is late."""

    ASKED, DUE = date(2021, 12, 6), date(2021, 12, 21)

    @pytest.fixture
    def operator(self, make_user: Any, wang: User, settings: Any) -> User:
        settings.DEMO = True
        operator = make_user("operator", name="operator")
        personal.ask(wang, kind="end", text="注销", on=self.ASKED)
        return operator

    @pytest.mark.parametrize(
        ("today", "word", "late"),
        [
            (date(2021, 12, 17), "还有 4 天", ""), (date(2021, 12, 18), "还有 3 天", ""), (date(2021, 12, 21), "今天到期", ""),
            (date(2021, 12, 22), "超期 1 天", "超期 1 件"), (date(2022, 1, 4), "超期 14 天", "超期 1 件"),
        ],
    )  # fmt: skip
    def test_it_stands_in_the_operators_work_with_what_is_left(self, operator: User, own: Client, today: date, word: str, late: str):
        clock.move_to(today)
        desk = Client()
        desk.force_login(operator, backend=BACKEND)
        for page in (desk.get("/work/"), desk.get("/accounts/personal/"), own.get("/me/information/")):
            assert word in page.content.decode()
        assert ("超期 1 件" in desk.get("/work/").content.decode()) is bool(late)
        personal.answer(PersonalRequest.objects.get(), done=True, text="已注销", by=operator, on=today)
        assert "个人信息请求</h2>" not in desk.get("/work/").content.decode()
        assert word not in own.get("/me/information/").content.decode()

    def test_nobody_else_has_it_in_their_work_nor_who_asked_it(self, operator: User, make_user: Any, client: Client):
        asked = personal.ask(operator, kind="correct", text="姓名", on=self.ASKED)
        assert list(personal.answerable(operator).values_list("user__username", flat=True)) == ["wang"]
        assert asked in personal.answerable(make_user("operator", name="other"))
        assert not personal.answerable(make_user("officer", unit="stb")).exists()

    @pytest.mark.parametrize(
        ("today", "told"),
        [
            (date(2021, 12, 17), 0), (date(2021, 12, 18), 1), (date(2021, 12, 19), 0), (date(2021, 12, 21), 0), (date(2021, 12, 22), 1),
            (date(2021, 12, 23), 0), (date(2021, 12, 28), 0), (date(2021, 12, 29), 1),
        ],
    )  # fmt: skip
    def test_operators_are_told_again_before_it_is_late_and_every_week_after(self, operator: User, today: date, told: int):
        clock.move_to(today)
        call_command("go_on")
        assert Notification.objects.filter(user=operator, text__contains="请答复").count() == told

    def test_how_long_claims_are_kept_is_said_once(self, own: Client):
        page = own.get("/me/information/").content.decode()
        row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if "会计档案管理规定" in row)
        assert ("最长三十年" in row, "长期" in row) == (True, False)


class TestPurge:
    @pytest.mark.parametrize(("days", "left"), [(729, 1), (731, 0)])
    def test_what_has_served_its_time_goes(self, make_user: Any, days: int, left: int):
        Notification.objects.create(user=make_user(), kind="x", text="x", read_at=timezone.now() - timedelta(days=days))
        personal.purge(at=timezone.now())
        assert Notification.objects.count() == left

    def test_a_message_that_nobody_has_read_stays(self, make_user: Any):
        Notification.objects.create(user=make_user(), kind="x", text="x")
        Notification.objects.update(created_at=timezone.now() - timedelta(days=9_000))
        personal.purge(at=timezone.now())
        assert Notification.objects.count() == 1

    def test_a_city_keeps_shorter(self, settings: Any):
        settings.RETENTION = {"self_checks": 30}
        for days in (29, 31):
            check = SelfCheck.objects.create(token=f"t{days}", pack="x", on=clock.today())
            SelfCheck.objects.filter(pk=check.pk).update(updated_at=timezone.now() - timedelta(days=days))
        personal.purge(at=timezone.now())
        assert list(SelfCheck.objects.values_list("token", flat=True)) == ["t29"]

    def test_the_nightly_command_says_how_much_and_leaves_a_line(self, capsys: Any):
        Attempt.objects.create(kind="password", account="x", at=timezone.now() - timedelta(days=2))
        call_command("purge")
        assert "attempts 1" in capsys.readouterr().out
        assert AuditEntry.objects.get(action="core.purge").details == {"attempts": 1}
        call_command("purge")
        assert AuditEntry.objects.count() == 1

    def test_every_kind_says_what_and_why(self):
        codes = [kind.code for kind in personal.kinds()]
        assert len(set(codes)) == len(codes)
        assert all(kind.what and kind.why and (kind.purge is None) == (kind.days is None) for kind in personal.kinds())

    def test_a_kind_that_nothing_keeps_is_named_by_check(self, settings: Any):
        settings.RETENTION = {"self_checks": 30, "notification": 30, "audit": 30}
        told = [message for message in run_checks() if message.id == "quintet.E008"]
        assert [message.msg for message in told] == [f"QUINTET_RETENTION 中没有“{code}”这一类。" for code in ("notification", "audit")]
        assert all("notifications" in str(message.hint) and "audit" not in str(message.hint) for message in told)
        settings.RETENTION = {kind.code: 1 for kind in personal.kinds() if kind.purge}
        assert "quintet.E008" not in {message.id for message in run_checks()}

    @pytest.mark.parametrize(
        "text",
        [
            "notifications",
            "notifications=",
            "=3",
            "notifications=0",
            "notifications=²",
            "notifications=-1",
            "notifications=36501",
            f"notifications={10**40}",
        ],
    )
    def test_a_term_that_is_none_is_named(self, monkeypatch: pytest.MonkeyPatch, text: str):
        monkeypatch.setenv("QUINTET_RETENTION", text)
        with pytest.raises(ImproperlyConfigured, match="QUINTET_RETENTION"):
            _days("QUINTET_RETENTION")

    @pytest.mark.parametrize("days", [1, 36_500])
    def test_a_term_of_a_day_and_of_a_hundred_years_is_one(self, monkeypatch: pytest.MonkeyPatch, days: int):
        monkeypatch.setenv("QUINTET_RETENTION", f"notifications={days}")
        assert _days("QUINTET_RETENTION") == {"notifications": days}


def test_the_guide_names_the_kinds_and_their_days():
    guide = (Path(__file__).parents[2] / "docs/how-to/personal-information.zh-CN.md").read_text(encoding="utf-8")
    said = {code: int(days) for code, days in re.findall(r"^\| `(\w+)` \|[^|]+\| (\d+) \|$", guide, re.M)}
    assert said == {kind.code: kind.days for kind in personal.kinds() if kind.purge}


class TestWholeCopy:
    """Everything that a person gave or that is kept of them, in words."""

    @staticmethod
    def copied(user: User) -> dict[str, list[dict[str, Any]]]:
        return {part["title"]: part["rows"] for part in personal.copy_of(user)}

    def test_the_record_as_a_talent_and_a_claim_of_ones_own(self, settings: Any, tmp_path: Any):
        settings.MEDIA_ROOT = tmp_path
        user, someone = somebody()
        talent = Talent.objects.create(
            person=someone, category="other", phd=True, full_time_degree=True, graduated_on=date(2018, 6, 30), founded=True,
            founded_on=date(2020, 3, 1), first_business=True,
        )  # fmt: skip
        claim = applied("founder_subsidy", talent.pk, user, someone)
        kept = self.copied(user)
        assert {"项目": "人才类别", "内容": "其他人才"} in kept["人才名录"]
        assert {"项目": "博士", "内容": "是"} in kept["人才名录"]
        assert {"项目": "已落户", "内容": "—"} in kept["人才名录"]
        (row,) = kept["本人的申报"]
        assert (row["编号"], row["事项"]) == (claim.number, rule_of(claim).title.zh)
        assert "founder_subsidy" not in str(kept)
        assert kept["申报的联系方式"] == [{"编号": claim.number, "联系人": "王经办", "联系电话": "13800000000"}]

    def test_the_contact_of_what_somebody_handed_in(self):
        claim = checked()
        Claim.objects.filter(pk=claim.pk).update(contact="王经办")
        kept = Claim.objects.get(pk=claim.pk)
        kept.phone = PHONE
        kept.save(update_fields=["phone"])
        (row,) = self.copied(User.objects.get(pk=claim.submitted_by_id))["申报的联系方式"]
        assert row == {"编号": claim.number, "联系人": "王经办", "联系电话": PHONE}
        shown = next(part for part in personal.parts_of(User.objects.get(pk=claim.submitted_by_id)) if part.title == "申报的联系方式")
        assert PHONE not in str(shown.rows)

    def test_the_text_of_an_objection_and_its_answer(self):
        objection = objected(published(1))
        (row,) = self.copied(User.objects.get(pk=objection.filed_by_id))["提出的公示异议"]
        assert (row["异议人"], row["联系方式"], row["异议内容"], row["答复"]) == (
            objection.objector,
            objection.contact,
            objection.text,
            "尚未答复",
        )
        upheld(objection)
        assert self.copied(User.objects.get(pk=objection.filed_by_id))["提出的公示异议"][0]["答复"] == "异议成立"

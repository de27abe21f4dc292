"""The pages on which operators keep accounts and roles."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from quintet.core import actions
from quintet.core.models import AccountProposal, RoleGrant, User
from quintet.directory.models import FurtherAccount
from tests.directory.city import person

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def operator(make_user: Any) -> User:
    return make_user("operator", name="operator")


@pytest.fixture
def desk(client: Client, operator: User) -> Client:
    client.force_login(operator, backend=BACKEND)
    return client


@pytest.fixture
def second(make_user: Any) -> Client:
    """The desk of another operator."""
    browser = Client()
    browser.force_login(make_user("operator", name="second"), backend=BACKEND)
    return browser


def confirm(browser: Client) -> Any:
    """The one thing that waits is confirmed."""
    proposal = AccountProposal.objects.get(decided_at=None)
    return browser.post(f"/accounts/proposals/{proposal.pk}/answer/", {"confirmed": "1"})


def text(answer: Any) -> str:
    return answer.content.decode()


def names(answer: Any) -> list[str]:
    return [row.record.username for row in answer.context["table"].page.object_list]


@pytest.fixture
def crowd(make_user: Any) -> None:
    for n in range(30):
        make_user("officer", unit="stb" if n % 2 else "finance", name=f"officer{n:02}")
    make_user("leader", name="li")
    make_user(name="nobody")
    User.objects.filter(username="li").update(display_name="李主任", email="li@city.example")
    User.objects.filter(username="officer00").update(is_active=False)


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 33),
        ({"q": "OFFICER1"}, 10),
        ({"q": "李主任"}, 1),
        ({"q": "li@city"}, 1),
        ({"role": "officer"}, 30),
        ({"role": "officer", "unit": "stb"}, 15),
        ({"role": "leader", "unit": "stb"}, 0),
        ({"role": "none"}, 1),
        ({"state": "inactive"}, 1),
        ({"role": "officer", "state": "active"}, 29),
        ({"role": "king"}, 0),
    ],
)
def test_accounts_are_found(desk: Client, crowd: None, query: dict[str, str], number: int):
    assert desk.get("/accounts/", query).context["table"].paginator.count == number


def test_the_list_is_sorted_and_paged(desk: Client, crowd: None):
    assert names(desk.get("/accounts/", {"sort": "-username"}))[:3] == ["operator", "officer29", "officer28"]
    assert len(names(desk.get("/accounts/", {"page": 2}))) == 13


def test_a_longer_list_takes_no_more_queries(desk: Client, make_user: Any, crowd: None, django_assert_num_queries: Any):
    desk.get("/accounts/")
    with django_assert_num_queries(7):
        assert len(names(desk.get("/accounts/", {"q": "nobody"}))) == 1
    with django_assert_num_queries(7):
        assert len(names(desk.get("/accounts/"))) == 20


def test_the_workbook_holds_what_the_list_shows(desk: Client, crowd: None):
    User.objects.filter(username="li").update(display_name="=1+1")
    answer = desk.get("/accounts/export/", {"role": "leader"})
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("用户名", "姓名", "邮箱", "状态", "今天的角色", "最近登录", "建立日期")
    assert rows[1][:6] == ("li", "=1+1", "li@city.example", "在用", "领导", None)
    assert len(rows) == 2
    assert sheet["B2"].data_type == "s"


def link_in(answer: Any) -> str:
    return text(answer).split('<code id="link">')[1].split("</code>")[0].removeprefix("http://testserver")


def code_in(answer: Any) -> str:
    return text(answer).split('<b id="code">')[1].split("</b>")[0]


def test_from_a_new_account_to_the_first_sign_in(desk: Client, second: Client):
    desk.post("/accounts/add/", {"username": "wang", "display_name": "王静", "email": ""})
    user = User.objects.get(username="wang")
    answer = confirm(second)
    assert "no-store" in answer["Cache-Control"]
    assert 'id="code"' not in text(answer)
    proposal = AccountProposal.objects.get()
    assert second.post(f"/accounts/proposals/{proposal.pk}/code/").status_code == 403
    told = desk.post(f"/accounts/proposals/{proposal.pk}/code/")
    assert "no-store" in told["Cache-Control"]
    assert "set-password" not in text(told)
    assert desk.post(f"/accounts/proposals/{proposal.pk}/code/").status_code == 409
    desk.post(
        f"/accounts/{user.pk}/grant/",
        {"role": "officer", "unit": "stb", "granted_on": timezone.localdate(), "last_day": "", "reason": "任职文件"},
    )
    assert user.grants.count() == 0
    assert "经办人" in text(second.get("/accounts/proposals/"))
    confirm(second)
    stranger = Client()
    page = stranger.get(link_in(answer), follow=True)
    fields = {"new_password1": "another long one", "new_password2": "another long one", "code": code_in(told)}
    assert stranger.post(page.redirect_chain[-1][0], fields).headers["Location"] == "/sign-in/"
    assert "请用用户名 wang 登录" in text(stranger.get("/sign-in/"))
    assert stranger.post("/sign-in/", {"username": "wang", "password": "another long one"}).headers["Location"] == "/work/"
    assert "这个链接不能用了" in text(Client().get(link_in(answer), follow=True))
    history = text(desk.get(f"/accounts/{user.pk}/"))
    for part in ("新建", "签发设置密码的链接", "授予角色", "经办人（市科技局）", "任职文件", "本人设置密码"):
        assert part in history


def test_a_grant_begins_today_unless_told_otherwise(desk: Client, make_user: Any):
    page = text(desk.get(f"/accounts/{make_user().pk}/grant/"))
    assert f'<input type="date" name="granted_on" value="{timezone.localdate().isoformat()}"' in page


def test_a_weak_password_is_refused_by_the_link(desk: Client, second: Client, make_user: Any):
    desk.post(f"/accounts/{make_user().pk}/password-link/")
    link = link_in(confirm(second))
    page = Client()
    form = page.get(link, follow=True).redirect_chain[-1][0]
    assert "error-summary" in text(page.post(form, {"new_password1": "12345", "new_password2": "12345"}))


def test_the_link_of_an_account_that_was_deactivated_is_refused(desk: Client, second: Client, operator: User, make_user: Any):
    user = make_user()
    desk.post(f"/accounts/{user.pk}/password-link/")
    link = link_in(confirm(second))
    actions.deactivate(user, by=operator, on=timezone.localdate(), reason="x")
    assert "这个链接不能用了" in text(Client().get(link, follow=True))
    assert "这个账号已停用" in text(desk.post(f"/accounts/{user.pk}/password-link/", follow=True))
    assert AccountProposal.objects.filter(decided_at=None).count() == 0


def test_a_link_leads_to_no_other_site(desk: Client, second: Client, make_user: Any, settings: Any):
    settings.ALLOWED_HOSTS = ["testserver"]
    desk.post(f"/accounts/{make_user().pk}/password-link/")
    proposal = AccountProposal.objects.get()
    answer = second.post(f"/accounts/proposals/{proposal.pk}/answer/", {"confirmed": "1"}, headers={"Host": "evil.example"})
    assert answer.status_code == 400


def test_while_there_is_one_operator_the_way_out_is_said(desk: Client, make_user: Any):
    user = make_user()
    page = text(desk.post(f"/accounts/{user.pk}/password-link/", follow=True))
    assert "manage.py create_operator" in page
    given = {"role": "leader", "granted_on": timezone.localdate()}
    assert "manage.py create_operator" in text(desk.post(f"/accounts/{user.pk}/grant/", given))
    assert AccountProposal.objects.count() == 0
    desk.post(f"/accounts/{user.pk}/grant/", {"role": "applicant", "granted_on": timezone.localdate()})
    assert user.grants.get().role == "applicant"


def test_a_name_in_use_is_said_beside_the_field(desk: Client, make_user: Any):
    make_user(name="wang")
    answer = desk.post("/accounts/add/", {"username": "Wang", "display_name": "王静"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["username"] == ["已有同名账号（不分大小写）。"]


def test_name_and_address_can_be_changed_and_the_history_says_from_what(desk: Client, second: Client, make_user: Any):
    user = make_user(name="wang")
    seen = desk.get(f"/accounts/{user.pk}/edit/").context["form"]["seen"].value()
    desk.post(f"/accounts/{user.pk}/edit/", {"display_name": "王晶", "email": "wang@city.example", "seen": seen})
    assert User.objects.get(pk=user.pk).email == ""
    confirm(second)
    page = text(desk.get(f"/accounts/{user.pk}/"))
    assert f"<del>{user.display_name}</del> → <ins>王晶</ins>" in page
    assert "wang@city.example" in page


def test_deactivating_ends_an_open_session_and_needs_a_reason(desk: Client, second: Client, make_user: Any):
    user, own = make_user("officer", unit="stb", name="wang"), Client()
    own.force_login(user, backend=BACKEND)
    assert desk.post(f"/accounts/{user.pk}/active/", {"reason": ""}).status_code == 422
    desk.post(f"/accounts/{user.pk}/active/", {"reason": "调离"})
    assert own.get("/work/").headers["Location"].startswith("/sign-in/")
    assert own.post("/sign-in/", {"username": "wang", "password": "a long password"}).status_code == 200
    page = text(desk.get(f"/accounts/{user.pk}/"))
    assert "停用账号" in page
    assert "调离" in page
    desk.post(f"/accounts/{user.pk}/active/", {"reason": "返岗"})
    assert not User.objects.get(pk=user.pk).is_active
    confirm(second)
    assert User.objects.get(pk=user.pk).is_active


def test_what_an_operator_may_not_do_to_herself_is_refused(desk: Client, operator: User):
    assert desk.post(f"/accounts/{operator.pk}/active/", {"reason": "x"}).status_code == 403
    given = {"role": "officer", "unit": "stb", "granted_on": timezone.localdate()}
    assert "不能给自己授予角色" in text(desk.post(f"/accounts/{operator.pk}/grant/", given))
    answer = desk.post(f"/accounts/grants/{operator.grants.get().pk}/revoke/", {"reason": "x"})
    assert answer.status_code == 409
    assert "最后一位系统管理员" in text(answer)


def test_an_operator_may_hand_over_and_is_led_to_her_own_page(desk: Client, operator: User, make_user: Any):
    make_user("operator")
    answer = desk.post(f"/accounts/grants/{operator.grants.get().pk}/revoke/", {"reason": "移交"}, follow=True)
    assert answer.redirect_chain == [("/me/", 302)]
    assert desk.get("/accounts/").status_code == 403


def test_a_revoked_role_stays_on_the_page(desk: Client, make_user: Any):
    user = make_user("officer", unit="stb")
    desk.post(f"/accounts/grants/{user.grants.get().pk}/revoke/", {"reason": "调离"})
    page = text(desk.get(f"/accounts/{user.pk}/"))
    for part in ("已结束", "撤销角色", "调离", "2019年1月1日"):
        assert part in page


def test_a_unit_that_no_pack_knows_is_refused(desk: Client, make_user: Any):
    given = {"role": "officer", "unit": "moon", "granted_on": timezone.localdate()}
    user = make_user()
    assert desk.post(f"/accounts/{user.pk}/grant/", given).status_code == 422
    assert user.grants.count() == 0


def test_an_applicant_is_linked_to_the_person_of_the_register(desk: Client, second: Client, make_user: Any):
    user, found = make_user("applicant"), person()
    desk.post(f"/accounts/{user.pk}/person/", {"person": found.name})
    found.refresh_from_db()
    assert found.user is None
    confirm(second)
    found.refresh_from_db()
    assert found.user == user
    assert found.history.first().history_change_reason == "关联登录账号"
    other = make_user("officer", unit="stb")
    desk.post(f"/accounts/{other.pk}/person/", {"person": found.name})
    confirm(second)
    answer = desk.post(f"/accounts/{other.pk}/person/", {"person": found.name})
    assert "已经与此人关联" in text(answer)
    assert FurtherAccount.objects.get().user == other
    assert found.name in text(desk.get(f"/accounts/{other.pk}/"))


def test_an_auditor_reads_and_changes_nothing(client: Client, make_user: Any):
    user = make_user("officer", unit="stb")
    client.force_login(make_user("auditor"), backend=BACKEND)
    page = text(client.get(f"/accounts/{user.pk}/"))
    assert "变更历史" in page
    for part in ("/grant/", "/revoke/", "/active/", "/edit/", "/password-link/", "/person/"):
        assert part not in page
    assert client.post(f"/accounts/{user.pk}/grant/", {"role": "leader"}).status_code == 403
    assert "新建账号" not in text(client.get("/accounts/"))


def test_a_role_to_come_and_one_with_an_end_are_told_in_the_profile(client: Client, make_user: Any):
    user = make_user("leader")
    RoleGrant.objects.create(user=user, role="officer", unit="stb", granted_on=date(2020, 1, 1), revoked_on=date(2021, 1, 1))
    client.force_login(user, backend=BACKEND)
    page = text(client.get("/me/"))
    for part in ("市科技局", "2020年12月31日", "已结束", "长期"):
        assert part in page


@pytest.mark.parametrize(("days", "said"), [(0, "已复核，即时生效"), (1, "起生效，并告知本人")])
def test_a_role_is_confirmed_with_the_day_on_which_it_begins(desk: Client, second: Client, make_user: Any, days: int, said: str):
    user, day = make_user(name="newcomer"), timezone.localdate() + timedelta(days=days)
    desk.post(f"/accounts/{user.pk}/grant/", {"role": "officer", "unit": "stb", "granted_on": day, "last_day": "", "reason": "任职文件"})
    confirm(second)
    page = text(second.get("/accounts/proposals/"))
    assert said in page
    assert ("即时生效" in page) == (days == 0)

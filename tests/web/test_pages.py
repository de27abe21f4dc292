from typing import Any

import pytest
from django.test import Client
from django.urls import path

from quintet.config.urls import urlpatterns as site_urls
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Job, Worker
from quintet.core.permissions import public

pytestmark = pytest.mark.django_db


@public
def refuse(request: Any) -> None:
    raise DomainError("余额不足，不能承诺这笔资金。", where="高新技术企业奖励 2020 年", remedy="请先追加预算。")


@public
def forbid(request: Any) -> None:
    raise NotAllowed("您不是这个部门的经办人。")


@public
def crash(request: Any) -> None:
    raise ZeroDivisionError


urlpatterns = [*site_urls, path("refuse/", refuse), path("forbid/", forbid), path("crash/", crash)]


def text(response: Any) -> str:
    return response.content.decode()


@pytest.mark.urls("tests.web.test_pages")
def test_a_domain_error_says_what_where_and_what_to_do(client: Client):
    answer = client.get("/refuse/")
    assert answer.status_code == 409
    for part in ("余额不足，不能承诺这笔资金。", "高新技术企业奖励 2020 年", "请先追加预算。"):
        assert part in text(answer)


@pytest.mark.urls("tests.web.test_pages")
def test_what_an_action_forbids_is_answered_with_403(client: Client):
    answer = client.get("/forbid/")
    assert answer.status_code == 403
    assert "您不是这个部门的经办人。" in text(answer)


@pytest.mark.urls("tests.web.test_pages")
def test_a_defect_is_a_page_in_plain_chinese():
    answer = Client(raise_request_exception=False).get("/crash/")
    assert answer.status_code == 500
    assert "系统出错了" in text(answer)
    assert "ZeroDivision" not in text(answer)


def test_an_unknown_address_is_a_page_in_plain_chinese(client: Client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "没有找到这一页" in text(answer)


def test_a_stale_form_says_that_nothing_was_saved():
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "没有提交" in text(answer)


def test_every_answer_forbids_inline_scripts_foreign_frames_and_guessed_types(client: Client):
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_home_page_has_a_search_and_three_doors(client: Client):
    page = text(client.get("/"))
    assert page.count('role="search"') == 1
    for door in ("我是企业", "我是人才", "我是科研人员"):
        assert door in page


def test_search_finds_a_page_by_its_name(client: Client):
    assert '<a href="/">首页</a>' in text(client.get("/search/", {"q": "首页"}))


def test_search_without_a_result_says_how_to_go_on(client: Client):
    page = text(client.get("/search/", {"q": "<b>阿巴阿巴</b>"}))
    assert "没有找到与“&lt;b&gt;阿巴阿巴&lt;/b&gt;”有关的内容" in page
    assert "<b>阿巴" not in page


def test_the_language_can_be_switched(client: Client):
    client.post("/language/", {"language": "en", "next": "/accessibility/"})
    assert "Accessibility" in text(client.get("/accessibility/"))


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client: Client, make_user: Any):
    make_user("officer", name="wang")
    answer = client.post("/sign-in/?next=/me/", {"username": "wang", "password": "a long password", "next": "/me/"})
    assert answer.headers["Location"] == "/me/"


def test_an_officer_begins_at_the_desk_and_an_applicant_at_home(client: Client, make_user: Any):
    make_user("officer", name="wang")
    make_user("applicant", name="chen")
    assert client.post("/sign-in/", {"username": "wang", "password": "a long password"}).headers["Location"] == "/work/"
    client.post("/sign-out/")
    assert client.post("/sign-in/", {"username": "chen", "password": "a long password"}).headers["Location"] == "/"


def test_a_wrong_password_is_said_plainly(client: Client, make_user: Any):
    make_user(name="wang")
    assert "用户名或密码不对" in text(client.post("/sign-in/", {"username": "wang", "password": "wrong"}))


def test_five_wrong_passwords_pause_the_account_even_for_the_right_one(client: Client, make_user: Any):
    make_user(name="wang")
    answers = [client.post("/sign-in/", {"username": "wang", "password": "wrong"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert "登录已暂停" in text(answers[-1])
    assert client.post("/sign-in/", {"username": "wang", "password": "a long password"}).status_code == 429


def test_demo_accounts_are_listed_in_a_demo_only(client: Client, make_user: Any, settings: Any):
    make_user("officer", name="demo-officer")
    settings.DEMO = True
    assert 'class="accounts"' in text(client.get("/sign-in/"))
    assert 'value="quintet-demo"' in text(client.get("/sign-in/?as=demo-officer"))
    settings.DEMO = False
    page = text(client.get("/sign-in/?as=demo-officer"))
    assert 'class="accounts"' not in page
    assert "quintet-demo" not in page


def test_an_account_outside_the_demo_is_never_filled_in(client: Client, make_user: Any, settings: Any):
    make_user("officer", name="wang")
    settings.DEMO = True
    assert "quintet-demo" not in text(client.get("/sign-in/?as=wang"))


def test_a_password_can_be_changed(client: Client, make_user: Any):
    user = make_user(name="wang")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    fields = {"old_password": "a long password", "new_password1": "another long one", "new_password2": "another long one"}
    assert client.post("/me/password/", fields).headers["Location"] == "/me/"
    user.refresh_from_db()
    assert user.check_password("another long one")


def test_a_job_is_shown_to_whoever_started_it_and_to_operators(client: Client, make_user: Any):
    job = Job.objects.create(kind="导入", function="none", created_by=make_user("officer"), state="running", done=3, total=10)
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(job.created_by, backend=backend)
    page = text(client.get(f"/jobs/{job.pk}/"))
    assert "已完成 3 / 10" in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    client.force_login(make_user("operator"), backend=backend)
    assert client.get(f"/jobs/{job.pk}/").status_code == 200
    client.force_login(make_user("officer"), backend=backend)
    assert client.get(f"/jobs/{job.pk}/").status_code == 403


def test_a_page_stops_asking_when_the_job_is_finished(client: Client, make_user: Any):
    job = Job.objects.create(kind="导入", function="none", created_by=make_user(), state="done", result={"url": "/me/"})
    client.force_login(job.created_by, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})
    assert answer.status_code == 286
    assert 'href="/me/"' in text(answer)


def test_a_city_without_a_worker_answers_and_is_degraded(client: Client):
    assert not Worker.objects.exists()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"degraded\n")

"""Signing in with a password: one clear answer, no hints about names, guessing paused."""

from typing import Any

import pytest
from django.test import Client

from quintet.core.models import User

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "a long password"


def tried(client: Client, name: str, password: str = "wrong", **extra: Any) -> Any:
    return client.post("/sign-in/", {"username": name, "password": password}, **extra)


def text(answer: Any) -> str:
    return answer.content.decode()


def test_one_wrong_password_is_one_sentence(client: Client, make_user: Any):
    page = text(tried(client, make_user().username))
    assert page.count("用户名或密码不对") == 1
    assert "有几处需要修改" not in page


def test_the_answer_does_not_tell_whether_a_name_exists(make_user: Any):
    make_user(name="wang")
    User.objects.filter(pk=make_user(name="gone").pk).update(is_active=False)
    pages = {text(tried(Client(), name)).split("<main")[-1].replace(name, "") for name in ("wang", "gone", "nobody-of-that-name")}
    assert len({page.split("csrfmiddlewaretoken")[0] for page in pages}) == 1


def test_sixty_names_with_one_password_from_one_address_are_paused(make_user: Any):
    answers = [tried(Client(), f"name{n}", "Spring2021!").status_code for n in range(60)]
    assert answers == [200] * 30 + [429] * 30
    assert tried(Client(), make_user().username, PASSWORD).status_code == 429
    assert tried(Client(), make_user().username, PASSWORD, REMOTE_ADDR="192.0.2.9").status_code == 302


@pytest.mark.parametrize(("wrong", "status"), [(4, 302), (5, 429)])
def test_five_wrong_passwords_pause_a_name_from_an_address(client: Client, make_user: Any, wrong: int, status: int):
    name = make_user().username
    for _ in range(wrong):
        tried(client, name)
    assert tried(client, name, PASSWORD).status_code == status


def test_a_dozen_wrong_old_passwords_are_paused(client: Client, make_user: Any):
    client.force_login(make_user(), backend=BACKEND)
    new = {"new_password1": "correct horse battery", "new_password2": "correct horse battery"}
    answers = [client.post("/me/password/", {"old_password": f"wrong {n}"} | new).status_code for n in range(12)]
    assert answers[5:] == [429] * 7
    assert client.post("/me/password/", {"old_password": PASSWORD} | new).status_code == 429

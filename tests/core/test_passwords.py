"""What a password must not be."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from quintet.core.accounts import password_address
from quintet.core.models import User
from quintet.core.passwords import link_code


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "P@ssw0rd1234", "qwertyuiop123", "woaini1314520", "123456789012", "abcabcabcabc", "iloveyou123456",
        "wangjing2021!!", "WangJing-Quintet", "Quintet2021Quintet", "quintet-quintet", "Example@2021gov", "王静王静王静2021年", "示例市示例市示例市示例",
        "a longer on",  # eleven characters
    ],
)  # fmt: skip
def test_a_password_that_is_easily_guessed_is_refused(password: str):
    with pytest.raises(ValidationError):
        validate_password(password, User(username="wangjing", display_name="王静", email="jing@city.example"))


@pytest.mark.parametrize(
    "password",
    [
        "a longer one",
        "correct horse battery",
        "竹林 铁路 台灯 二十三 海鸥 信封",
        "aB3$kd83jf0q",
        "x" * 5 + "é§%&/()=?`´+*~#'-_.:,;<>|" * 40,
    ],
)
def test_a_password_that_is_not_is_taken(password: str):
    validate_password(password, User(username="wangjing", display_name="王静"))


@pytest.mark.django_db
class TestLink:
    def page(self, make_user: Any) -> tuple[User, Client, str, str]:
        user = make_user()
        link = password_address(user)
        client = Client()
        form = client.get("/set-password/{uidb64}/{token}/".format(**link), follow=True).redirect_chain[-1][0]
        return user, client, form, link_code(**link)

    def test_the_address_alone_opens_nothing(self, make_user: Any):
        user, client, form, _code = self.page(make_user)
        assert user.username not in client.get(form).content.decode()
        for wrong in ("", "00000000"):
            answer = client.post(form, {"new_password1": "another long one", "new_password2": "another long one", "code": wrong})
            assert answer.status_code == 200
        user.refresh_from_db()
        assert user.check_password("a long password")

    def test_the_code_belongs_to_its_link(self, make_user: Any):
        _user, client, form, code = self.page(make_user)
        other = link_code(**password_address(make_user()))
        fields = {"new_password1": "another long one", "new_password2": "another long one"}
        assert client.post(form, fields | {"code": other}).status_code == 200
        assert client.post(form, fields | {"code": f"{code[:4]} {code[4:]}"}).status_code == 302

    def test_the_code_cannot_be_guessed(self, make_user: Any):
        _user, client, form, code = self.page(make_user)
        fields = {"new_password1": "another long one", "new_password2": "another long one"}
        for n in range(5):
            client.post(form, fields | {"code": f"0000000{n}"})
        assert client.post(form, fields | {"code": code}).status_code == 429

"""Personal data at rest: Fernet for the text, a keyed hash beside it for look-up."""

import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in keys])


def cipher() -> MultiFernet:
    """The first key encrypts, all of them can decrypt."""
    return _cipher(tuple(settings.FIELD_KEYS))


def encrypt(text: str) -> str:
    return cipher().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return cipher().decrypt(token.encode()).decode()
    except InvalidToken:
        raise DomainError(
            _("这条个人信息无法解密。"), remedy=_("请系统管理员核对环境变量 QUINTET_FIELD_KEY 是否为写入时所用的密钥。")
        ) from None


def keyed_hash(text: str) -> str:
    """64 hex characters, the same for the same text while LOOKUP_KEY stays the same; spaces and letter case do not matter."""
    return hmac.new(settings.LOOKUP_KEY.encode(), "".join(text.split()).upper().encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """Text that the database never sees in clear. Look it up through a column of its own that holds `keyed_hash(value)`."""

    def get_prep_value(self, value: Any) -> str | None:
        value = super().get_prep_value(value)
        return value if value in (None, "") else encrypt(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if value in (None, "") else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted and cannot be searched; store core.fields.keyed_hash() beside it and search that.")

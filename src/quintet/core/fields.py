"""Personal data at rest: Fernet for the text, a keyed hash beside it for look-up."""

import hashlib
import hmac
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.unreadable import words
from quintet.reading import identifiers, names
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import identity_key
from quintet.reading.letters import unified


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
    """64 hex characters, the same for the same text while LOOKUP_KEY stays the same; spaces and letter case do not matter.

    An identity number is hashed in its one form: its 15 digits of old have the hash of its 18.
    """
    with suppress(Unreadable):
        text = identity_key(text)
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


class IdentifierField(models.CharField):
    """A number that serves as a key, stored and looked up in its one form; `kind` names a function of `reading.identifiers`."""

    def __init__(self, *args: Any, kind: str = "contract_number", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    @property
    def canonical(self) -> Callable[[str], str]:
        read: Callable[[str], str] = getattr(identifiers, self.kind)
        return read

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"kind": self.kind}

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if value in (None, ""):
            return value
        try:
            return self.canonical(value)
        except Unreadable as error:
            raise ValidationError(words(error)) from None

    def get_prep_value(self, value: Any) -> Any:
        value = models.Field.get_prep_value(self, value)
        if not isinstance(value, str) or not value:
            return value
        with suppress(Unreadable):  # a part of a number to look for
            return self.canonical(value)
        return value


def containing(model: type[models.Model], text: str, *paths: str) -> Q:
    """A filter: one of the fields holds the text, compared in its canonical form where the field has one, however it is typed."""
    wanted = Q(pk__in=[])
    for path in paths:
        *relations, last = path.split("__")
        owner: Any = model
        for relation in relations:
            owner = owner._meta.get_field(relation).related_model
        before = "".join(f"{relation}__" for relation in relations)
        canonical = next((field for field in owner._meta.fields if isinstance(field, CanonicalNameField) and field.of == last), None)
        if canonical is not None:
            wanted |= Q(**{f"{before}{canonical.name}__contains": names.canonical(text)})
        elif isinstance(owner._meta.get_field(last), IdentifierField):
            wanted |= Q(**{f"{path}__contains": unified(text).replace(" ", "")})
        else:
            wanted |= Q(**{f"{path}__icontains": text.strip()})
    return wanted


class CanonicalNameField(models.CharField):
    """The form of another field's name by which it is searched and compared; written with it, never by hand."""

    def __init__(self, *args: Any, of: str = "name", **kwargs: Any) -> None:
        standard: dict[str, Any] = {"max_length": 240, "editable": False, "default": "", "db_index": True}
        super().__init__(*args, **(standard | kwargs))
        self.of = of

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of, "db_index": self.db_index}  # type: ignore[attr-defined]

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = names.canonical(getattr(model_instance, self.of) or "")[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value

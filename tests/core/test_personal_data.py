from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection, models

from quintet.core.errors import DomainError
from quintet.core.fields import EncryptedTextField, decrypt, encrypt, keyed_hash
from quintet.core.masking import mask_identity, mask_phone


def test_an_identity_number_keeps_its_ends_and_hides_the_birth_date():
    assert mask_identity("110101199003071234") == "110***********1234"


def test_a_phone_number_keeps_its_ends():
    assert mask_phone("138 0013 8000") == "138****8000"


def test_a_number_too_short_to_mask_is_hidden_altogether():
    assert mask_phone("12345") == "*****"


def test_what_is_encrypted_can_be_read_and_looks_different_every_time():
    assert decrypt(encrypt("张三")) == "张三"
    assert encrypt("张三") != encrypt("张三")


def test_text_of_a_retired_key_can_still_be_read(settings: Any):
    token = encrypt("张三")
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert decrypt(token) == "张三"


def test_text_of_an_unknown_key_says_what_to_do(settings: Any):
    token = encrypt("张三")
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(DomainError, match="无法解密") as caught:
        decrypt(token)
    assert "QUINTET_FIELD_KEY" in caught.value.remedy


def test_the_lookup_hash_forgives_spaces_and_letter_case_and_depends_on_the_key(settings: Any):
    first = keyed_hash("11010119900307123x")
    assert keyed_hash(" 110101 19900307 123X") == first
    settings.LOOKUP_KEY = "another"
    assert keyed_hash("11010119900307123x") != first


@pytest.fixture
def secret_model(transactional_db: None):
    class Secret(models.Model):
        text = EncryptedTextField()

        class Meta:
            app_label = "core"

    with connection.schema_editor() as editor:
        editor.create_model(Secret)
    yield Secret
    with connection.schema_editor() as editor:
        editor.delete_model(Secret)
    from django.apps import apps

    del apps.all_models["core"]["secret"]
    apps.clear_cache()


def test_the_database_never_sees_the_clear_text(secret_model: Any):
    secret_model.objects.create(text="13800138000")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM core_secret")
        stored = cursor.fetchone()[0]
    assert "138" not in stored[:3]
    assert decrypt(stored) == "13800138000"
    assert secret_model.objects.get().text == "13800138000"


def test_an_encrypted_column_cannot_be_searched(secret_model: Any):
    with pytest.raises(FieldError, match="keyed_hash"):
        secret_model.objects.filter(text="13800138000").exists()

import re

import pytest
from django.utils.translation import override

from quintet.core.unreadable import WORDS, words
from quintet.reading.errors import CODES, Unreadable


def test_every_code_has_its_words():
    assert sorted(WORDS) == sorted(CODES)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", sorted(CODES))
def test_words_name_what_the_code_brings(code: str, language: str):
    with override(language):
        assert set(re.findall(r"%\((\w+)\)s", str(WORDS[code]))) <= set(CODES[code])
        told = words(Unreadable(code, **dict.fromkeys(CODES[code], "甲")))
    assert "%" not in told
    assert len(told) > 10


@pytest.mark.parametrize("code", sorted(CODES))
def test_words_are_translated(code: str):
    with override("en"):
        english = str(WORDS[code])
    with override("zh-hans"):
        assert english != str(WORDS[code])


def test_values_are_those_of_the_code():
    with pytest.raises(TypeError):
        Unreadable("credit_code")
    with pytest.raises(TypeError):
        Unreadable("identity_format", text="210101199001011234")

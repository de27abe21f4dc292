import pytest
from django.utils.translation import gettext, override

from quintet.core import locales

CONTEXTS = ["core", "look", "web", "api", "policies", "ledger", "directory", "market", "finance", "talent", "redemption"]


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_text_has_its_english(context: str):
    known = {(message.id, message.context) for message in locales.stored(context) if message.id and message.string}
    missing = [message.id for message in locales.found(context) if message.id and (message.id, message.context) not in known]
    assert missing == [], "run manage.py extract_locales and translate; see docs/how-to/translate.md"


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_translation_without_its_text(context: str):
    found = {(message.id, message.context) for message in locales.found(context)}
    assert [message.id for message in locales.stored(context) if message.id and (message.id, message.context) not in found] == []


def test_placeholders_survive_translation():
    import re

    for context in locales.contexts():
        for message in locales.stored(context):
            if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                assert sorted(re.findall(r"%\(\w+\)[sd]", message.string)) == sorted(re.findall(r"%\(\w+\)[sd]", message.id)), message.id


def test_english_is_used_when_asked_for():
    with override("en"):
        assert gettext("未知") == "Unknown"
    with override("zh-hans"):
        assert gettext("未知") == "未知"


def test_one_text_has_one_english():
    """Django lays all catalogues on one heap: of two Englishes of one text the same one is shown everywhere. What means two things has a context."""
    said: dict[tuple[object, object], set[object]] = {}
    for context in locales.contexts():
        for message in locales.stored(context):
            if message.id and message.string:
                said.setdefault((message.id, message.context), set()).add(message.string)
    assert {text: sorted(map(str, different)) for text, different in said.items() if len(different) > 1} == {}


# names of numbers that count and can be 1; limits such as "at most 92 days" are more
COUNTS = ("n", "m", "left", "made", "there", "cleared", "lapsed", "off", "working", "opened", "paid", "returned", "known")


def test_a_number_stands_before_no_plural_in_english():
    """`1 claims` is no English: a text says `Claims: 1`, or has a plural of its own."""
    import re

    before = re.compile(rf"(?<!least )(?<!most )%\((?:{'|'.join(COUNTS)})\)[sd] (?:[a-z]+ )?[a-z]{{2,}}s\b(?! with)")
    texts = [message.string for context in locales.contexts() for message in locales.stored(context) if isinstance(message.id, str)]
    assert [text for text in texts if isinstance(text, str) and before.search(text) and "to %(n)d days" not in text] == []

import pytest

from quintet.policies.pdf import not_drawn

pytestmark = pytest.mark.engine_only


def test_characters_that_paper_cannot_show_are_named_each_once():
    assert not_drawn("示例𪚥𪚥科技（辽宁）·ABC 123\n") == ["𪚥"]
    assert not_drawn("\U0002e9f5龘") == ["\U0002e9f5"]


def test_everyday_text_is_drawn():
    assert not_drawn("盘锦市科学技术局 〔2021〕12号 §“”—…①Ⅳ㎡龘靐") == []

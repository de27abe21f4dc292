from quintet.core.search import Query, rank

CLAUSES = [
    "对首次认定的高新技术企业给予奖励",
    "科技型企业专利质押贷款贴息",
    "新建科技企业孵化器和众创空间补助",
    "引进高层次人才安家补贴",
    "技术合同登记与技术转移奖励",
]


def find(text: str) -> list[str]:
    return rank(Query(text), CLAUSES, text=str)


def test_a_plain_question_finds_its_clause():
    assert find("高企有奖励吗")[0] == CLAUSES[0]


def test_a_word_of_two_characters_finds_its_clause():
    assert find("贴息")[0] == CLAUSES[1]
    assert find("孵化器")[0] == CLAUSES[2]


def test_a_question_about_something_else_finds_nothing():
    assert find("公交线路") == []


def test_asking_words_alone_find_nothing():
    assert find("怎么") == []


def test_the_limit_holds():
    assert len(rank(Query("奖励", limit=1), CLAUSES, text=str)) == 1


def test_a_credit_code_is_recognised_with_spaces_and_in_small_letters():
    assert Query("9121 0000ma0x 0x0x0x").code == "91210000MA0X0X0X0X"
    assert Query("沈阳机床").code == ""


def test_a_filter_asks_for_every_word():
    assert str(Query("兴隆 科技").matches("name")).count("name__icontains") == 2


def test_a_filter_for_a_code_asks_for_its_beginning():
    assert "name__istartswith" in str(Query("912100").matches("name"))

import re
import shutil
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pypdf import PdfReader

from quintet.core import jobs
from quintet.core.models import Job
from quintet.policies import engine, queries
from quintet.policies.engine import default_day, main_policy, policy, years
from quintet.policies.models import PackVersion
from tests.redemption.city import PANJIN, evaluation

pytestmark = pytest.mark.django_db


def test_the_municipal_policy_is_the_one_that_is_asked():
    assert main_policy().pack.document.pack == PANJIN


def test_an_ended_policy_is_evaluated_for_its_last_day_unless_another_is_named():
    assert default_day(policy(PANJIN), date(2026, 1, 1)) == date(2021, 12, 31)
    assert years(policy(PANJIN), date(2026, 1, 1)) == [2021, 2020, 2019]


def test_every_clause_has_a_page(client: Client):
    for clause in policy(PANJIN).pack.clauses.values():
        if clause.document == PANJIN:
            assert client.get(reverse("policies:clause", args=[PANJIN, clause.id])).status_code == 200, clause.id


@pytest.mark.parametrize("name", [PANJIN, "national"])
def test_every_clause_that_a_rule_or_a_figure_of_a_policy_rests_on_has_a_page_in_it(client: Client, name: str):
    """Outcomes, the city's lines and the start page lead there by the policy that was asked, whichever document the clause stands in."""
    pack = policy(name).pack
    resting = [item for item in (*pack.rules, *pack.parameters.values()) if item.clause]
    for clause in {item.clause for item in resting}:
        answer = client.get(reverse("policies:clause", args=[pack.document.pack, clause]))
        assert answer.status_code == 200, clause
        for rule in pack.rules:
            assert (f'id="{rule.id}"' in answer.content.decode()) is (rule.clause == clause), (clause, rule.id)


def test_the_page_of_a_laws_clause_leads_on_within_the_law(client: Client):
    page = client.get(reverse("policies:clause", args=[PANJIN, "N4"])).content.decode()
    assert reverse("policies:policy", args=["national"]) in page
    assert reverse("policies:clause", args=["national", "N3"]) in page


def test_a_clause_shows_what_it_gives_who_leads_and_that_it_has_ended(client: Client):
    page = client.get(reverse("policies:clause", args=[PANJIN, "T6"])).content.decode()
    for text in ("10 万元", "市科技局", "本政策已失效", "2021年12月31日", "140", "240"):
        assert text in page


@pytest.mark.parametrize(
    ("clause", "rule", "head"),
    [("T9", "transfer_grant", "最高 50 万元"), ("T16", "overseas_start_up_grant", "最高 100 万元"), ("T17", "home_subsidy", "最高 12 万元"), ("T6", "high_tech_award", "10 万元")],
)  # fmt: skip
def test_a_cap_is_headed_as_a_cap(client: Client, clause: str, rule: str, head: str):
    page = client.get(reverse("policies:clause", args=[PANJIN, clause])).content.decode()
    shown = page[page.index(f'id="{rule}"') :]
    assert re.search(r'<p class="amount">(.*?)</p>', shown)[1].strip() == head  # type: ignore[index]


def test_what_is_done_with_money_of_ones_own_has_no_procedure_of_an_application(client: Client):
    chosen = policy(PANJIN)
    for rule in chosen.pack.rules:
        assert bool(queries.procedure_steps(chosen, rule.id)) is (rule.is_award and chosen.pack.procedure_of(rule) is not None), rule.id
    page = client.get(reverse("policies:clause", args=[PANJIN, "N4"])).content.decode()
    assert "办理程序" not in page


def test_only_what_experts_review_says_that_a_review_decides():
    chosen = policy(PANJIN)
    for rule in chosen.pack.rules:
        procedure = chosen.pack.procedure_of(rule)
        if procedure is None or "expert_review" not in {step.kind for step in procedure.steps}:
            figures = [
                spec.treatment.zh
                for spec in chosen.pack.parameters.values()
                if rule.amount and spec.name in str(rule.amount) and spec.treatment
            ]
            for text in (rule.what.zh, rule.next_step.zh, *figures):
                assert "评审决定" not in text, rule.id
                assert "等待评审" not in text, rule.id


def test_targets_are_counted_in_the_words_of_the_text(client: Client):
    page = client.get(reverse("policies:policy", args=[PANJIN])).content.decode()
    for text in ("≥ 140 家", "≥ 18 家", "≥ 10 个", "≥ 50 项", "≥ 30 人", "≥ 2.6%"):
        assert text in page
    assert "≥ 1 项" not in page
    assert "达成" in page
    page = client.get(reverse("policies:policy", args=[PANJIN]), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "≥ 140<" in page.replace(" <", "<")


def test_what_does_not_exist_is_not_found(client: Client):
    assert client.get(reverse("policies:policy", args=["atlantis"])).status_code == 404
    assert client.get(reverse("policies:clause", args=[PANJIN, "T99"])).status_code == 404


def test_a_plain_question_finds_the_clause(client: Client):
    page = client.get(reverse("web:search"), {"q": "高企有奖励吗"}).content.decode()
    assert reverse("policies:clause", args=[PANJIN, "T6"]) in page


def test_an_evaluation_keeps_the_content_of_its_pack_and_is_shown_again_exactly(client: Client):
    stored = evaluation()
    version = PackVersion.objects.get()
    assert version.hash == policy(PANJIN).hash
    assert version.files["panjin-2019-29/pack.yaml"].startswith("pack: panjin-2019-29")
    first = client.get(stored.get_absolute_url()).content
    assert client.get(stored.get_absolute_url()).content.count(b"100,000.00") == first.count(b"100,000.00") > 0


def test_the_pdf_has_chinese_glyphs(client: Client):
    stored = evaluation()
    answer = client.get(reverse("policies:evaluation-pdf", args=[stored.token]))
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "可获得" in text
    assert "100,000.00" in text
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in PdfReader(BytesIO(answer.content)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("CJK" in name or "NotoSans" in name for name in fonts)


@pytest.mark.parametrize(
    ("language", "money", "day"), [("zh-cn", "10,000,000.00 元", "2021年12月31日"), ("en", "10,000,000.00 yuan", "31 December 2021")]
)
def test_examples_are_written_in_the_language_of_the_page(client: Client, language: str, money: str, day: str):
    with override("zh-hans"):
        page = client.get(reverse("policies:clause", args=[PANJIN, "T13"]), headers={"accept-language": language}).content.decode()
    shown = page.partition("<main")[2]
    assert re.search(rf"{money}(；|; )", shown)
    assert f">{day}</td>" in shown
    assert not re.search(r"\d{4}-\d{2}-\d{2}", shown)
    assert ("yuan" in shown) == (language == "en")


def test_a_request_goes_by_one_text_and_the_next_by_the_changed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path / "packs"
    shutil.copytree(policy(PANJIN).folder.parent, home)
    monkeypatch.setenv("QUINTET_PACKS", str(home))
    with engine.held():
        before = policy(PANJIN)
        with (home / PANJIN / "pack.yaml").open("a", encoding="utf-8") as file:
            file.write("# another line\n")
        assert policy(PANJIN) is before
    with engine.held():
        assert policy(PANJIN).hash != before.hash
    assert policy(PANJIN).hash != before.hash


def changes_a_pack(job: Job, home: str) -> dict[str, bool]:
    before = policy(PANJIN).hash
    with (Path(home) / PANJIN / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    return {"same": policy(PANJIN).hash == before}


@pytest.mark.parametrize("linked", [False, True], ids=["a folder", "a link to a folder"])
def test_a_job_goes_by_one_text_and_what_follows_by_the_changed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool):
    home = tmp_path / "packs"
    shutil.copytree(policy(PANJIN).folder.parent, home)
    if linked:
        (tmp_path / "links").mkdir()
        for folder in home.iterdir():
            (tmp_path / "links" / folder.name).symlink_to(folder)
    monkeypatch.setenv("QUINTET_PACKS", str(tmp_path / "links" if linked else home))
    before = policy(PANJIN).hash
    job = jobs.start("例", changes_a_pack, by=None, home=str(home))
    assert job.result == {"same": True}
    assert policy(PANJIN).hash != before

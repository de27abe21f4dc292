"""What the policy library and the redemption show on the home page and on the officers' desk."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.policies.engine import policy
from quintet.policies.models import PackVersion
from tests.redemption.city import PANJIN, newly_high_tech, run_of

pytestmark = pytest.mark.django_db


def home(client: Client) -> str:
    return client.get("/").content.decode()


def desk(client: Client, user) -> str:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/work/").content.decode()


def test_everybody_sees_the_policies_with_their_state(client: Client):
    page = home(client)
    assert policy(PANJIN).pack.document.title.zh in page
    assert "已失效" in page


def test_the_awards_stand_with_the_amounts_of_the_pack(client: Client):
    text = re.sub(r"<[^>]+>", " ", home(client))
    assert re.search(r"第6项任务 新认定高新技术企业奖励\s+10 万元", text)
    assert re.search(r"第19项任务 国家级孵化器和众创空间奖励\s+20 万元", text)


def test_before_any_evaluation_no_sums_are_shown(client: Client):
    assert "最近一年的评估" not in home(client)


def test_the_latest_year_with_an_evaluation_is_shown_by_rule_without_names(client: Client):
    firms = [newly_high_tech(number) for number in (1, 2)]
    run_of(2019)
    run_of(2020)
    page = home(client)
    assert re.search(r"2020年，按2020年12月31日评估", page)
    assert "2 项 · 20 万元" in page
    assert not any(firm.name in page for firm in firms)


def test_an_evaluation_that_is_not_whole_is_not_shown(client: Client):
    newly_high_tech()
    run = run_of(2020)
    run.ready = False
    run.save()
    assert "最近一年的评估" not in home(client)


def test_the_desk_says_which_years_were_evaluated(client: Client, make_user):
    newly_high_tech()
    run_of(2020)
    page = desk(client, make_user("officer", unit="stb"))
    assert "100,000.00 元" in page
    assert page.count("尚未评估") == 2
    assert "政策包已改动" not in page


def test_the_desk_says_that_the_pack_has_changed_since(client: Client, make_user):
    run = run_of(2020)
    run.version = PackVersion.objects.create(hash="0" * 64, pack=run.pack, title="", files={})
    run.save()
    assert "政策包已改动，请重新评估" in desk(client, make_user("officer", unit="stb"))


def test_an_applicant_has_no_desk(client: Client, make_user):
    client.force_login(make_user("applicant"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/work/").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_city(client: Client, make_user):
    officer = make_user("officer", unit="stb")
    newly_high_tech(1)
    run_of(2020)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    counts = []
    for number in (2, 12):
        for each in range(number, number + 8):
            newly_high_tech(each * 10)
        run_of(2021)
        run_of(2020)
        for path in ("/", "/work/"):
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 27  # each kind that may wait for a second person is one query

from typing import Any

import django_filters
import django_tables2
import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from quintet.core.models import User
from quintet.look import navigation
from quintet.look.navigation import Entry


def render(text: str, **context: Any) -> str:
    request = RequestFactory().get(context.pop("path", "/"))
    return Template("{% load look django_tables2 %}" + text).render(Context(context | {"request": request}))


def test_a_state_has_shape_and_word():
    drawn = render('{% status "unmet" %}')
    assert "✘" in drawn
    assert "不满足" in drawn


def test_a_card_escapes_its_title_and_keeps_its_content():
    drawn = render("{% card title %}<p>正文</p>{% endcard %}", title="<b>")
    assert "&lt;b&gt;" in drawn
    assert "<p>正文</p>" in drawn


def test_the_pages_of_a_list_keep_its_filters():
    drawn = render("{% pages page %}", page=Paginator(range(50), 10).page(2), path="/list/?kind=a&page=2")
    assert 'href="?kind=a&amp;page=3"' in drawn


def test_a_list_of_one_page_has_no_paging():
    assert render("{% pages page %}", page=Paginator(range(5), 10).page(1)).strip() == ""


def test_conditions_show_unknown_values_and_needed_ones():
    node = {
        "text": "研发费用占比",
        "state": "unknown",
        "value": None,
        "needed": "不低于 3%",
        "children": [{"text": "专利", "state": "met"}],
    }
    drawn = render("{% conditions node %}", node=node)
    assert "不低于 3%" in drawn
    assert '<span class="unknown">未知</span>' in drawn
    assert "专利" in drawn


def test_the_highest_rung_is_drawn_first():
    rungs = [{"title": "科小", "met": 5, "of": 5, "reached": True}, {"title": "高企", "met": 6, "of": 8, "reached": False}]
    drawn = render("{% ladder rungs %}", rungs=rungs)
    assert drawn.index("高企") < drawn.index("科小")
    assert "8 项条件中已满足 6 项" in drawn


class KindForm(forms.Form):
    name = forms.CharField(label="企业名称")


def test_an_error_is_named_in_the_summary_and_leads_to_its_field():
    drawn = render("{{ form }}", form=KindForm({"name": ""}))
    assert '<a href="#id_name">企业名称：这个字段是必填项。</a>' in drawn
    assert 'aria-invalid="true"' in drawn


def test_a_form_without_errors_has_no_summary():
    assert "error-summary" not in render("{{ form }}", form=KindForm({"name": "甲"}))


@pytest.mark.django_db
def test_a_chip_takes_its_filter_off_and_leaves_the_others():
    class Users(django_filters.FilterSet):
        username = django_filters.CharFilter(label="用户名")
        is_active = django_filters.ChoiceFilter(label="状态", choices=[("True", "在用")])

        class Meta:
            model = User
            fields: list[str] = []

    drawn = render("{% filter_chips f %}", f=Users({}, User.objects.all()), path="/list/?username=a&is_active=True&page=3")
    assert 'href="?is_active=True"' in drawn
    assert "状态：在用" in drawn


class Names(django_tables2.Table):
    name = django_tables2.Column("名称")

    class Meta:
        empty_text = "暂无企业"


def test_a_table_sorts_by_links_that_keep_the_filters():
    drawn = render("{% render_table table %}", table=Names([{"name": "甲"}]), path="/list/?kind=a")
    assert 'href="?kind=a&amp;sort=name"' in drawn
    assert 'data-label="名称"' in drawn


def test_an_empty_table_says_what_will_appear():
    assert "暂无企业" in render("{% render_table table %}", table=Names([]))


class Nobody:
    is_authenticated = False
    role_codes: frozenset[str] = frozenset()


class Leader:
    is_authenticated = True
    role_codes = frozenset({"leader"})


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    known = (
        Entry(label="首页", url="web:home", shell="public", order=10),
        Entry(label="账号", url="web:profile", shell="public", order=20),
        Entry(label="密码", url="web:password", shell="public", order=30),
        Entry(label="今日", url="web:work", shell="work", order=10, roles=("leader",), group="待办", count=lambda user: 3),
    )
    monkeypatch.setattr(navigation, "entries", lambda: known)


@pytest.mark.usefixtures("entries")
def test_only_the_closest_link_is_current():
    (group,) = navigation.links("public", user=Nobody, path="/me/password/")
    assert [(link.label, link.current) for link in group.links] == [("首页", False), ("账号", False), ("密码", True)]


@pytest.mark.usefixtures("entries")
def test_a_link_for_a_role_is_hidden_from_others_and_counts():
    assert navigation.links("work", user=Nobody, path="/") == []
    (group,) = navigation.links("work", user=Leader, path="/work/")
    assert (group.label, group.links[0].count, group.links[0].current) == ("待办", 3, True)
    assert navigation.has_work(Leader)
    assert not navigation.has_work(Nobody)


@pytest.mark.django_db
def test_every_registered_link_leads_somewhere():
    from django.urls import reverse

    assert [entry.url for entry in navigation.entries() if not reverse(entry.url)] == []

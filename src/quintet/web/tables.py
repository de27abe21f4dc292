"""The list of accounts, on the page and as a workbook."""

import io
from typing import Any

import django_tables2 as tables
import xlsxwriter
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core.models import User
from quintet.look.templatetags.look import badge
from quintet.look.words import cn_date, listed
from quintet.policies.queries import unit_names
from quintet.web.queries import grant_text


class AccountTable(tables.Table):
    username = tables.Column(verbose_name=gettext_lazy("用户名"))
    display_name = tables.Column(verbose_name=gettext_lazy("姓名"))
    held = tables.Column(verbose_name=gettext_lazy("今天的角色"), orderable=False, empty_values=())
    is_active = tables.Column(verbose_name=gettext_lazy("状态"), attrs={"td": {"class": "nowrap"}})
    last_login = tables.Column(verbose_name=gettext_lazy("最近登录"), empty_values=(), attrs={"td": {"class": "nowrap"}})
    date_joined = tables.Column(verbose_name=gettext_lazy("建立日期"), attrs={"td": {"class": "nowrap"}})

    class Meta:
        attrs = {"aria-label": gettext_lazy("账号")}
        empty_text = gettext_lazy("没有符合条件的账号")
        order_by_field = "sort"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = unit_names()

    def render_username(self, record: User) -> str:
        return format_html('<a href="{}">{}</a>', reverse("web:account", args=[record.pk]), record.username)

    def render_held(self, record: Any) -> str:
        return listed(grant_text(grant, self.names) for grant in record.held) or "—"

    def render_is_active(self, record: User) -> str:
        return badge(_("在用"), "ok") if record.is_active else badge(_("已停用"), "muted")

    def render_last_login(self, record: User) -> str:
        return cn_date(timezone.localtime(record.last_login)) if record.last_login else _("从未登录")

    def render_date_joined(self, record: User) -> str:
        return cn_date(timezone.localtime(record.date_joined))


def workbook(accounts: QuerySet[User]) -> io.BytesIO:
    """The accounts in their order; texts are written as texts, so that none can become a formula."""
    file, names = io.BytesIO(), unit_names()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page, bold, day = (
        book.add_worksheet(_("账号")),
        book.add_format({"bold": True, "bg_color": "#dce8f6", "border": 1}),
        book.add_format({"num_format": "yyyy-mm-dd"}),
    )
    page.freeze_panes(1, 0)
    headers = [
        (_("用户名"), 24),
        (_("姓名"), 16),
        (_("邮箱"), 28),
        (_("状态"), 10),
        (_("今天的角色"), 44),
        (_("最近登录"), 14),
        (_("建立日期"), 14),
    ]
    for column, (header, width) in enumerate(headers):
        page.set_column(column, column, width)
        page.write_string(0, column, header, bold)
    for row, account in enumerate(accounts.iterator(chunk_size=2000), 1):
        roles = listed(grant_text(grant, names) for grant in account.held)
        state = _("在用") if account.is_active else _("已停用")
        for column, text in enumerate((account.username, account.display_name, account.email, state, roles)):
            page.write_string(row, column, text)
        for column, moment in ((5, account.last_login), (6, account.date_joined)):
            if moment:
                page.write_datetime(row, column, timezone.localtime(moment).replace(tzinfo=None), day)
    book.close()
    file.seek(0)
    return file

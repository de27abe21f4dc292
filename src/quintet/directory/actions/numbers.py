"""Whole numbers that are asked for. Each tells who has it, so that who asks often enough could complete a masked one: they are counted, and what is found is recorded."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import limits
from quintet.core.audit import recorded
from quintet.core.fields import keyed_hash
from quintet.core.limits import DAY, HOUR, Limit, TooOften
from quintet.core.models import User
from quintet.core.upkeep import operators_told
from quintet.directory import acts
from quintet.directory.models import Person
from quintet.directory.permissions import keeping_right

LIMITS = (Limit(60, HOUR), Limit(200, DAY))  # more than anybody types from paper, far fewer than a masked number leaves open


def people_with_number(text: str, *, register: str, by: User) -> list[int]:
    """Keys of who has this identity number or telephone, for a keeper of the register. Raises TooOften."""
    right = keeping_right(by, register, act=acts.FIND)
    count_numbers([text], by=by)
    hashed = keyed_hash(text)
    found = list(Person.objects.filter(Q(identity_hash=hashed) | Q(phone_hash=hashed)))
    if found:
        with recorded() as log:
            for person in found:
                log.record("directory.find", person, f"按完整号码查到：{person}", by=by, **right.details)
    return [person.pk for person in found]


def count_numbers(texts: Iterable[Any], *, by: User) -> None:
    """Raises TooOften when the user asked for too many; the operators are told with the first of them."""
    for text in texts:
        if not is_number(str(text or "")):
            continue
        for limit in LIMITS:
            count = limits.used(f"number|{by.pk}", per=limit.per)
            if count == limit.times + 1:
                with override("zh-hans"):
                    operators_told(_("%(who)s 按完整的证件号码或电话查人的次数异常多，已暂停。请核实缘由。") % {"who": by})
            if count > limit.times:
                raise TooOften(
                    _("按完整的证件号码或电话查人的次数太多，这一次没有查。"),
                    remedy=_("请稍后再试；成批核对请用名录的导入。系统管理员已收到提醒。"),
                )


def is_number(text: str) -> bool:
    """Names have no digits; numbers of people have."""
    return any(letter.isdigit() for letter in text)

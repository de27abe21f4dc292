"""One record at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import clock, notify, triggers
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import User
from quintet.core.second_person import holders
from quintet.core.texts import LONGEST_REASON, fitting, shortened
from quintet.directory import acts
from quintet.directory.actions.concerned import ADDED, CHANGED, DELETED, tell_concerned
from quintet.directory.actions.former_names import keep_former_names, names_of
from quintet.directory.actions.members import propose_membership
from quintet.directory.actions.oneself import refuse_about_oneself
from quintet.directory.models import Membership, Organisation, Person, PersonalDataLook, YearlyFact
from quintet.directory.permissions import KEEPERS, MEMBERSHIPS, PEOPLE, departments, keeping_right, register_of, require_keeper
from quintet.directory.queries.history import version_of
from quintet.directory.queries.members import may_act_for
from quintet.look.registry import collect
from quintet.look.words import listed
from quintet.reading.names import same

Record = TypeVar("Record", bound=Model)
Purpose = PersonalDataLook.Purpose
SHORTEST = 4  # letters of a reference and of a reason


class Overtaken(DomainError):
    """Somebody else changed the record after the page was opened. `current` is the record now, `seen` the version of the page."""

    def __init__(self, current: Any, seen: int) -> None:
        super().__init__(_("您打开这一页之后，他人修改过这条记录，您的修改没有保存。"), where=str(current), remedy=_("请核对后再保存。"))
        self.current, self.seen = current, seen


class Rests(DomainError):
    """Cases rest on a record as it was before it is deleted or changed, and nobody has said why it is."""

    def __init__(self, name: str, cases: list[str], *, deleted: bool) -> None:
        words = (
            _("“%(name)s”还支撑着在办的申报，删除后核对的结果会不同。")
            if deleted
            else _("“%(name)s”支撑着在办或已拨付的申报，修改后核对的结果会不同。")
        )
        remedy = (
            _("请先确认记录有误，并写明删除的理由；办理部门会收到通知。情况变了的，请改用“修改”。")
            if deleted
            else _("请先核对填写是否有误；确要修改的，写明理由，办理部门会收到通知。")
        )
        super().__init__(words % {"name": name}, where=listed(cases), remedy=remedy)


@contextmanager
def _cases_told(record: Any, *others: Any, reason: str, deleted: bool) -> Iterator[None]:
    """Around a change: where a case is judged worse or otherwise by it, a reason is asked for (raises Rests), and those who handle the case are told."""
    name = str(record)
    with moved_cases([record, *others]) as moved:
        yield
    if moved and not reason:
        raise Rests(name, [str(case) for case in moved], deleted=deleted)
    for case in moved:
        case.tell(_register_changed(name, reason, deleted=deleted))


@contextmanager
def moved_cases(records: Sequence[Any]) -> Iterator[list[Any]]:
    """Around a change of records of one register: afterwards the cases that are judged worse or otherwise by it (`redemption.references.Case`)."""
    cases = [(case, case.judged()) for resting in collect("references", "resting") for case in resting(records)]
    moved: list[Any] = []
    yield moved
    moved += [case for case, before in cases if case.judged() not in ("", before)]


def save_record(record: Record, *, by: User, reason: str = "", seen: int | None = None, told: bool = True) -> Record:
    """Check and save a record of a register that `by` keeps, with its line in the history.

    `seen` is the version (`queries.history.version_of`) that `by` had before them: raises Overtaken where somebody else has changed
    the record since, and then nothing is written. Whom it is about is told (`concerned`), unless the caller tells them (`told=False`).
    Where a case is judged otherwise after a change, `reason` is asked for (raises Rests), and those who handle it are told.
    """
    require_keeper(by, register_of(type(record)))
    before = type(record)._default_manager.filter(pk=record.pk).first() if record.pk else None
    if before is None:
        return write_record(record, by=by, reason=reason, seen=seen, told=told)
    with transaction.atomic(), _cases_told(before, record, reason=reason.strip(), deleted=False):
        return write_record(record, by=by, reason=reason, seen=seen, told=told)


@transaction.atomic
def write_record(record: Record, *, by: User, reason: str = "", seen: int | None = None, told: bool = True) -> Record:
    """`save_record` for actions that have their own right, such as linking a person with an account."""
    if isinstance(record, Membership):
        raise DomainError(
            _("代表单位办事的授权由一人提出、另一人确认，不能直接修改。"), where=str(record), remedy=_("请提出新的授权，或终止原来的授权。")
        )
    refuse_about_oneself([record], by)
    if seen is not None and record.pk:
        current = type(record)._default_manager.select_for_update().get(pk=record.pk)  # others wait until this one is saved
        if version_of(current) != seen:
            raise Overtaken(current, seen)
    record.full_clean()
    before = names_of([record]) if isinstance(record, Organisation) else {}
    what = ADDED if record._state.adding else CHANGED
    record._history_user, record._change_reason = by, reason  # type: ignore[attr-defined]
    record.save()
    if told:
        tell_concerned([record], what, by=by)
    if isinstance(record, Organisation):
        keep_former_names(before, [record], by=by, on=clock.today())
    return record


def delete_record(record: Any, *, by: User, reason: str = "") -> None:
    """Refused while anything depends on the record; the history stays.

    Where an open case would be judged otherwise without it, `reason` is asked for (raises Rests), and those who handle the case are told.
    """
    require_keeper(by, register_of(type(record)))
    refuse_about_oneself([record], by)
    name, reason = str(record), reason.strip()
    if record._meta.db_table in triggers.never_deleted(apps.get_app_config(record._meta.app_label)):
        raise DomainError(_("“%(name)s”不能删除：权利和回避关系只能终止，记录保留。") % {"name": name}, remedy=_("请写明终止日期。"))
    if isinstance(record, Person) and record.user_id is not None:
        raise DomainError(
            _("“%(name)s”不能删除，还有别的记录依赖它。") % {"name": name},
            where=str(User._meta.verbose_name),
            remedy=_("回避、近亲属和同一人的多个账号据此核对。情况变了请改用“修改”；账号关联错了，请系统管理员更正。"),
        )
    record._history_user, record._change_reason = by, shortened(reason, LONGEST_REASON)
    try:
        with transaction.atomic(), _cases_told(record, reason=reason, deleted=True):
            tell_concerned([record], DELETED, by=by)
            record.delete()
    except ProtectedError as error:
        kinds = sorted({str(other._meta.verbose_name) for other in error.protected_objects})
        raise DomainError(
            _("“%(name)s”不能删除，还有别的记录依赖它。") % {"name": name},
            where=listed(kinds),
            remedy=_("请先处理这些记录；已经发生过的事情一般应保留，不应删除。"),
        ) from None


def _register_changed(name: str, reason: str, *, deleted: bool) -> str:
    with override("zh-hans"):
        words = _("名录中的“%(name)s”已删除（%(reason)s）") if deleted else _("名录中的“%(name)s”已修改（%(reason)s）")
        return words % {"name": name, "reason": reason}


def look_at_personal_data(person: Person, *, purpose: str, reference: str, reason: str, by: User) -> tuple[str, str]:
    """(identity number, phone) in clear, for an officer of a department that keeps the register of people.

    The matter is named: a case by its number, which must be one of this person or of an organisation they act for; anything else by its
    document. The look is recorded and the person told before the data is given. Article 6 of the Personal Information Protection Law:
    a definite purpose, and no more than it needs.
    """
    right = keeping_right(by, PEOPLE, act=acts.LOOK)
    reference, reason = fitting(PersonalDataLook, "reference", reference), fitting(PersonalDataLook, "reason", reason)
    if purpose not in Purpose.values:
        raise ValidationError({"purpose": _("请选择用途。")})
    if len(reference) < SHORTEST:
        raise ValidationError({"reference": _("请填写申报编号、来文或请求的编号。")})
    if purpose == Purpose.CASE and not any(concerns(reference, person) for concerns in collect("references", "concerning")):
        raise ValidationError({"reference": _("没有这个编号的申报，或者它与此人无关。")})
    if len(reason) < SHORTEST:
        raise ValidationError({"reason": _("请写明查看理由。")})
    with recorded() as log:
        keep_look(person, "证件号码和电话", purpose=purpose, reference=reference, reason=reason, by=by)
        log.record(
            "directory.look", person, f"查看完整的证件号码和电话：{person}", by=by, purpose=purpose, reference=reference, **right.details
        )
    return person.identity_number or "", person.phone or ""


def keep_look(person: Person, what: str, *, purpose: str, reference: str, reason: str, by: User) -> None:
    """That somebody looks at data of a person in clear, where that person finds it; they are told. The caller records the line of the chain."""
    look = PersonalDataLook.objects.create(person=person, looked_by=by, purpose=purpose, reference=reference, reason=reason)
    if person.user_id:
        with override("zh-hans"):
            text = f"{by} 查看了您完整的{what}，用途：{look.get_purpose_display()}（{reference}）。"
        notify.tell([person.user_id], text, kind="personal", url="/my/information/")


def _require_own(user: User, organisation: Organisation, on: date) -> None:
    if not may_act_for(user, organisation, on):
        raise NotAllowed(
            _("您没有代表这家单位办事的授权。"),
            where=str(organisation),
            remedy=_("请单位向科技主管部门申请授权，或联系现有的授权经办人提出。"),
        )


@transaction.atomic
def propose_contact(
    organisation: Organisation, *, name: str, identity_number: str, by: User, on: date, phone: str = "", part: str = Membership.Part.CONTACT
) -> Membership:
    """Somebody who acts for the organisation proposes another person; an officer grants it.

    A person who is known already is taken as recorded: a proposal changes nobody's data. The answer is the same whether the number is
    known or not: where it belongs to somebody of another name, the proposal waits for a person without a number, and those who keep the
    register of people are asked to look at it. A second proposal of a name that waits is refused, whatever its number.
    """
    _require_own(by, organisation, on)
    typed = Person(name=name.strip(), identity_number=identity_number.strip(), phone=phone.strip())
    typed.clean_fields()
    typed.set_hashes()
    _require_new_name(typed.name, organisation, part)
    person = Person.objects.filter(identity_hash=typed.identity_hash).first() if typed.identity_hash else None
    differs = person is not None and not same(person.name, typed.name)
    if person is None or differs:
        person = Person(name=typed.name, phone=typed.phone) if differs else typed
        person.full_clean()
        person._history_user = by  # type: ignore[attr-defined]
        person.save()
    made = propose_membership(person, organisation, part=part, by=by, on=on)
    if differs:
        _ask_for_the_number(made)
    return made


def _require_new_name(name: str, organisation: Organisation, part: str) -> None:
    """By the name alone: a number would tell by the answer whether it is known."""
    waiting = Membership.objects.filter(organisation=organisation, part=part, granted_on=None, revoked_on=None).select_related("person")
    if any(same(membership.person.name, name) for membership in waiting):
        raise ValidationError({"name": _("已经提出过这个姓名的人，正在等待确认。")})


def _ask_for_the_number(membership: Membership) -> None:
    """Those who keep people or authorities see that the number that was given is somebody else's."""
    users = {user.pk for register in (PEOPLE, MEMBERSHIPS) for unit in departments(register) for user in holders(*KEEPERS, unit=unit)}
    with override("zh-hans"):
        text = _("%(who)s填报的证件号码在人员名录里是另一个姓名，请向单位核对后再确认授权。") % {"who": membership}
    notify.tell(sorted(users), text, kind="membership", url=membership.get_absolute_url())


@transaction.atomic
def declare_figure(organisation: Organisation, *, year: int, name: str, value: int, by: User, on: date) -> YearlyFact:
    """The enterprise's own figure for a year that has ended or runs; it never replaces an official one. `value` in steps of the unit."""
    _require_own(by, organisation, on)
    if year > on.year:
        raise ValidationError({"year": _("年度不能晚于今年。")})
    standing = YearlyFact.Standing.DECLARED
    fact = YearlyFact.objects.filter(organisation=organisation, year=year, name=name, standing=standing).first()
    fact = fact or YearlyFact(organisation=organisation, year=year, name=name, standing=standing)
    fact.value, fact.source, fact.recorded_on = value, _("企业自报"), on
    fact.full_clean()
    fact._history_user = by  # type: ignore[attr-defined]
    fact.save()
    return fact


def dependants(record: Model) -> list[tuple[str, int]]:
    """(kind, number) of what would be in the way of a deletion."""
    found = []
    for relation in record._meta.related_objects:
        if relation.on_delete and relation.on_delete.__name__ == "PROTECT":
            number = relation.related_model._base_manager.filter(**{relation.field.name: record.pk}).count()
            if number:
                found.append((str(relation.related_model._meta.verbose_name), number))
    if isinstance(record, Person) and record.user_id is not None:
        found.append((str(User._meta.verbose_name), 1))
    return found

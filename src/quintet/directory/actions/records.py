"""One record at a time."""

from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.fields import keyed_hash
from quintet.core.models import User
from quintet.core.permissions import require
from quintet.core.roles import Role
from quintet.directory.models import Membership, Organisation, Person, PersonalDataLook, YearlyFact
from quintet.directory.permissions import require_editor
from quintet.directory.queries.members import may_act_for

Record = TypeVar("Record", bound=Model)


@transaction.atomic
def save_record(record: Record, *, by: User, reason: str = "") -> Record:
    """Check and save a record of any register with its line in the history."""
    require_editor(by)
    record.full_clean()
    record._history_user, record._change_reason = by, reason  # type: ignore[attr-defined]
    record.save()
    return record


@transaction.atomic
def delete_record(record: Any, *, by: User) -> None:
    """Refused while anything depends on the record; the history stays."""
    require_editor(by)
    record._history_user = by
    name = str(record)
    try:
        record.delete()
    except ProtectedError as error:
        kinds = sorted({str(other._meta.verbose_name) for other in error.protected_objects})
        raise DomainError(
            _("“%(name)s”不能删除，还有别的记录依赖它。") % {"name": name},
            where="、".join(kinds),
            remedy=_("请先处理这些记录；已经发生过的事情一般应保留，不应删除。"),
        ) from None


@transaction.atomic
def grant_membership(person: Person, organisation: Organisation, *, by: User, on: date, part: str = Membership.Part.AGENT) -> Membership:
    """The person may act for the organisation from `on`; a proposal for the same part is thereby accepted."""
    proposal = Membership.objects.filter(person=person, organisation=organisation, part=part, revoked_on=None, granted_on=None).first()
    membership = proposal or Membership(person=person, organisation=organisation, part=part)
    membership.granted_on = on
    return save_record(membership, by=by)


@transaction.atomic
def revoke_membership(membership: Membership, *, by: User, on: date) -> Membership:
    membership.revoked_on = on
    return save_record(membership, by=by)


@transaction.atomic
def look_at_personal_data(person: Person, *, by: User, reason: str) -> tuple[str, str]:
    """(identity number, phone) in clear; officers only, and the look is recorded before the data is given."""
    require(by, Role.OFFICER)
    if len(reason.strip()) < 4:
        raise DomainError(_("请写明查看理由。"), where=str(person))
    PersonalDataLook.objects.create(person=person, looked_by=by, reason=reason.strip())
    return person.identity_number or "", person.phone or ""


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

    A person who is known already is taken as recorded: a proposal changes nobody's data.
    """
    _require_own(by, organisation, on)
    number = "".join(identity_number.split()).upper()
    person = Person.objects.filter(identity_hash=keyed_hash(number)).first()
    if person is None:
        person = Person(name=name.strip(), identity_number=number, phone=phone.strip())
        person.full_clean()
        person._history_user = by  # type: ignore[attr-defined]
        person.save()
    elif person.name != name.strip():
        raise ValidationError({"identity_number": _("姓名与这个证件号码不符，请核对。")})
    membership = Membership(person=person, organisation=organisation, part=part, proposed_by=by)
    membership.full_clean()
    membership._history_user = by  # type: ignore[attr-defined]
    membership.save()
    return membership


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
    return found

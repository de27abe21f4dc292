"""Who of the register of people signs in with an account: it acts for that person's organisations, so two operators say so."""

from datetime import date

from django.utils.translation import gettext as _

from quintet.core import account_proposals
from quintet.core.errors import DomainError
from quintet.core.models import AccountProposal, User
from quintet.directory.actions.records import write_record
from quintet.directory.models import FurtherAccount, Person


def propose_person_link(user: User, person: Person, *, by: User, on: date) -> AccountProposal:
    _check_free(user, person)
    return account_proposals.propose_person(user, person=person.pk, name=str(person), by=by, on=on)


def confirm_person_link(proposal: AccountProposal, *, by: User, on: date) -> None:
    def link(user: User, key: int) -> None:
        person = Person.objects.select_for_update().filter(pk=key).first()
        if person is None:
            raise DomainError(_("名录里已没有这个人。"), where=str(proposal), remedy=_("请撤回后重新提出。"))
        _check_free(user, person)
        if person.user_id is None:
            person.user = user
            write_record(person, by=by, reason=_("关联登录账号"))
        elif person.user_id != user.pk:
            FurtherAccount.objects.create(person=person, user=user)

    account_proposals.confirm_person(proposal, link, by=by, on=on)


def _check_free(user: User, person: Person) -> None:
    """Somebody may have several accounts, an account one owner. Who acts for organisations does so with the first account alone."""
    others = FurtherAccount.objects.filter(user=user)
    if others.filter(person=person).exists():
        raise DomainError(_("这个账号已经与此人关联。"), where=str(user))
    if others.exists() or Person.objects.filter(user=user).exclude(pk=person.pk).exists():
        raise DomainError(_("这个账号已关联另一个人，一个账号只能由一个人使用。"))

"""Claims on their way, for tests."""

from datetime import date
from typing import Any

from quintet.core.models import RoleGrant, User
from quintet.directory.models import Membership, Organisation, Person
from quintet.redemption import actions
from quintet.redemption.checks import checklist
from quintet.redemption.models import Claim, Objection, PayeeAccount
from tests.duties import by_two
from tests.redemption.city import incubator, newly_high_tech, run_of
from tests.scenes import arranged_once

ON = date(2021, 1, 4)


@arranged_once
def officer(name: str = "officer1", unit: str = "stb") -> User:
    user, new = User.objects.get_or_create(username=name, defaults={"display_name": name})
    if new:
        RoleGrant.objects.create(user=user, role="officer", unit=unit, granted_on=date(2019, 1, 1))
    return user


def member(of: Organisation, name: str = "member", part: str = Membership.Part.AGENT) -> User:
    user, new = User.objects.get_or_create(username=name, defaults={"display_name": name})
    if new:
        someone = Person.objects.create(name=name, user=user)
        Membership.objects.create(person=someone, organisation=of, part=part, granted_on=date(2019, 1, 1), **by_two())
    return user


def account(of: Organisation, by: User, **changes: Any) -> PayeeAccount:
    given = {"holder": of.name, "bank": "示例银行盘锦分行", "number": "6222021234567890", **changes}
    return actions.register_account(of, **given, by=by, on=ON)


@arranged_once
def offered(number: int = 0) -> Claim:
    """A firm newly recognised as high-tech in 2020, offered 100,000 under T6."""
    firm = newly_high_tech(number)
    actions.make_offers(run_of(), by=officer(), on=ON)
    return Claim.objects.get(organisation=firm, rule="high_tech_award")


@arranged_once
def offered_incubator() -> Claim:
    """An incubator newly listed as national in 2020, offered 200,000 under T19."""
    firm = newly_high_tech()
    incubator(firm)
    actions.make_offers(run_of(), by=officer(), on=ON)
    return Claim.objects.get(rule="national_incubator_award")


@arranged_once
def confirmed(claim: Claim | None = None, on: date = ON) -> Claim:
    claim = claim or offered()
    by = member(claim.organisation)
    return actions.confirm_offer(claim, account=account(claim.organisation, by), by=by, on=on)


def all_there(claim: Claim) -> dict[str, bool]:
    """Every item of the form check, found in order."""
    return {item.key: True for item in checklist(claim)}


@arranged_once
def checked(claim: Claim | None = None, on: date = ON) -> Claim:
    claim = claim or confirmed()
    return actions.check_form(claim, checked=all_there(claim), by=officer(unit=claim.unit), on=on)


@arranged_once
def proposed(claim: Claim | None = None, **changes: Any) -> Claim:
    claim = claim or checked()
    actions.propose(claim, **{"granted": True, "by": officer(unit=claim.unit), "on": ON, **changes})
    claim.refresh_from_db()
    return claim


def upheld(objection: Objection, on: date = ON, unit: str = "stb") -> Objection:
    """Proposed by one officer, confirmed by another; neither of them decided."""
    one, two = officer("officer3", unit=unit), officer("officer4", unit=unit)
    actions.answer_objection(objection, upheld=True, finding="证书已于公示前撤销。", by=one, on=on)
    return actions.confirm_upholding(objection, confirmed=True, by=two, on=on)


@arranged_once
def granted(claim: Claim | None = None) -> Claim:
    claim = claim or proposed()
    return actions.confirm_decision(claim, confirmed=True, by=officer("officer2", unit=claim.unit), on=ON)

"""Identity data is looked at for a case that is there and concerns the person."""

import pytest
from django.core.exceptions import ValidationError

from quintet.directory.actions import look_at_personal_data
from quintet.directory.models import Membership, Person, PersonalDataLook
from quintet.redemption.models import Claim
from tests.directory.city import officer, organisation
from tests.redemption.claims import member, offered

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim() -> Claim:
    found = offered()
    member(found.organisation)
    return found


def agent(claim: Claim) -> Person:
    return Membership.objects.get(organisation=claim.organisation).person


def look(person: Person, reference: str) -> None:
    look_at_personal_data(person, purpose="case", reference=reference, reason="核对申报人身份", by=officer())


def test_the_number_of_a_case_of_the_persons_organisation_will_do(claim):
    look(agent(claim), f" {claim.number.lower()} ")
    assert PersonalDataLook.objects.get().reference == claim.number.lower()


@pytest.mark.parametrize("changed", ["0000{pk}", "{number}9", "1999-T1-{pk:06d}", "任意文字", "{number} 及其他"])
def test_no_other_number_and_no_part_of_one(claim, changed):
    with pytest.raises(ValidationError, match="没有这个编号的申报"):
        look(agent(claim), changed.format(pk=claim.pk, number=claim.number))
    assert not PersonalDataLook.objects.exists()


def test_nor_a_case_of_somebody_else(claim):
    stranger = Person.objects.create(name="张三")
    Membership.objects.create(person=stranger, organisation=organisation(77))  # proposed, and elsewhere
    with pytest.raises(ValidationError, match="与此人无关"):
        look(stranger, claim.number)
    Membership.objects.create(person=stranger, organisation=claim.organisation)  # proposed alone is not yet a tie
    with pytest.raises(ValidationError, match="与此人无关"):
        look(stranger, claim.number)

"""A contact of an organisation sees and is told; its agents and its legal representative act."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification, User
from quintet.directory.actions.members import end_membership, propose_membership
from quintet.directory.actions.records import declare_figure, propose_contact
from quintet.directory.models import Membership, Organisation
from quintet.redemption import actions
from tests.directory.city import officer as keeper
from tests.directory.city import person
from tests.redemption import applications
from tests.redemption.applications import PACK, draft, project, submitted
from tests.redemption.claims import ON, account, checked, confirmed, granted, member, offered, proposed

pytestmark = pytest.mark.django_db
OTHER, ITS = "6222021234560000", "6222021234560001"


def stands_for(firm: Organisation, part: str, name: str = "contact") -> User:
    return member(firm, name, part)


@pytest.fixture
def today(settings: Any) -> None:
    from quintet.core import clock

    settings.DEMO = True
    clock.move_to(ON)


def page(user: User, address: str, **posted: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.post(address, posted) if posted else client.get(address)


def tries(part: str) -> list[Any]:
    """Each act of a payee, on claims in the states in which it is done, with what it would be done by."""
    waiting = offered()
    firm = waiting.organisation
    going = submitted(draft(firm))
    its, other, by = account(firm, member(firm)), account(firm, member(firm), number=OTHER), stands_for(firm, part)
    of_firm = {"pack": PACK, "rule": "transfer_grant", "year": 2020, "on": applications.ON}
    return [
        lambda: actions.register_account(firm, holder=firm.name, bank="示例银行盘锦分行", number=ITS, by=by, on=ON),
        lambda: actions.confirm_offer(waiting, account=its, by=by, on=ON),
        lambda: actions.change_account(going, account=other, by=by, on=ON),
        lambda: actions.withdraw(going, by=by, on=ON),
        lambda: actions.start_application(**of_firm, subject_id=project(firm, number="ZH-77").pk, by=by),
        lambda: propose_contact(firm, name="赵新", identity_number="", by=by, on=ON),
        lambda: propose_membership(person(), firm, by=by, on=ON),
        lambda: declare_figure(firm, year=2020, name="staff", value=12, by=by, on=ON),
    ]


@pytest.mark.parametrize("part", ["agent", "legal_representative"])
def test_who_acts_for_the_organisation_does_each(part: str):
    for act in tries(part):
        sign = transaction.savepoint()
        act()
        transaction.savepoint_rollback(sign)


def test_a_contact_does_none():
    for act in tries("contact"):
        with pytest.raises(DomainError, match=r"不能代表|没有代表这家单位办事的授权|不能为这个对象申报"):
            act()


def test_a_contact_saves_and_hands_in_no_draft():
    claim = draft()
    by = stands_for(claim.organisation, "contact")
    for act in (
        lambda: actions.save_draft(claim, {"contact": "王"}, by=by, on=ON),
        lambda: actions.submit(claim, pledged=True, by=by, on=ON),
        lambda: actions.withdraw(claim, by=by, on=ON),
    ):
        with pytest.raises(NotAllowed, match="不能代表"):
            act()


@pytest.mark.usefixtures("today")
class TestPages:
    def test_a_contact_sees_a_claim_and_no_form_of_it(self):
        claim = offered()
        address = f"/my/claims/{claim.pk}/"
        its = page(stands_for(claim.organisation, "contact"), address)
        assert its.status_code == 200
        assert "您是联系人" in its.content.decode()
        assert f"{address}confirm/" not in its.content.decode()
        agents = page(member(claim.organisation), address).content.decode()
        assert "您是联系人" not in agents
        assert f"{address}confirm/" in agents

    def test_nor_of_a_draft(self):
        claim = draft()
        address = f"/my/claims/{claim.pk}/"
        its = page(stands_for(claim.organisation, "contact"), address).content.decode()
        agents = page(member(claim.organisation), address).content.decode()
        for form in ("save/", "submit/", "account/", "withdraw/", "files/"):
            assert f'action="{address}{form}' not in its
        for form in ("save/", "submit/", "account/", "withdraw/"):
            assert f'action="{address}{form}' in agents

    def test_what_waits_for_the_agent_is_not_a_contacts_to_do(self):
        claim = offered()
        its = page(stands_for(claim.organisation, "contact"), "/my/claims/").content.decode()
        assert claim.number in its
        assert "没有等您办理的事项" in its
        assert claim.number not in page(stands_for(claim.organisation, "contact"), "/my/claims/?show=todo").content.decode()
        assert claim.number in page(member(claim.organisation), "/my/claims/?show=todo").content.decode()

    def test_the_organisations_page_has_nothing_to_enter_and_says_why(self):
        firm = offered().organisation
        its = page(stands_for(firm, "contact"), "/my/organisation/").content.decode()
        assert firm.name in its
        assert "联系人可以查看单位的资料和申报" in its
        for button in ('name="declare"', 'name="propose"'):
            assert button not in its
            assert button in page(member(firm), "/my/organisation/").content.decode()

    def test_its_entitlements_are_seen(self):
        firm = offered().organisation
        assert page(stands_for(firm, "contact"), "/my/entitlements/").status_code == 200

    def test_it_is_told_where_a_contact_is_chosen(self):
        firm = offered().organisation
        for user, address in ((member(firm), "/my/organisation/"), (keeper(), "/directory/memberships/add/")):
            assert "联系人只查看、收到通知，不能办理" in page(user, address).content.decode()


def test_a_contact_is_told_how_it_goes():
    claim = offered()
    user = stands_for(claim.organisation, "contact")
    granted(proposed(checked(confirmed(claim))))
    assert Notification.objects.filter(user=user, url=f"/my/claims/{claim.pk}/").exists()


class TestTheLastAgent:
    def test_is_the_last_though_a_contact_stays(self):
        firm = offered().organisation
        stands_for(firm, "contact")
        agent, watcher = Membership.objects.get(person__user=member(firm)), keeper()
        end_membership(agent, reason="离职", by=watcher, on=ON)
        assert Notification.objects.filter(user=watcher, text__contains="最后一项授权已终止").count() == 1

    def test_a_contact_who_leaves_is_not(self):
        firm = offered().organisation
        contact = Membership.objects.get(person__user=stands_for(firm, "contact"))
        watcher = keeper()
        end_membership(contact, reason="离职", by=watcher, on=ON)
        assert not Notification.objects.filter(user=watcher, text__contains="最后一项授权已终止").exists()

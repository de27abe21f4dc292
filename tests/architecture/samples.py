"""What test_access.py needs to open a page: arguments for its URL, and the method where it is not GET.

A sample is a function of the user who asks (None when nobody is signed in) that may create rows and returns the URL's keyword arguments.
"""

from collections.abc import Callable
from typing import Any

from tests.architecture.access import ENDED_NOT_DELETED, REGISTERS
from tests.duties import by_two

Sample = Callable[[Any], dict[str, Any]]


def own_job(user: Any) -> dict[str, Any]:
    from quintet.core.models import Job

    return {"pk": Job.objects.create(kind="导入", function="none", created_by=user).pk}


def a_holiday_plan(user: Any) -> dict[str, Any]:
    from quintet.core.models import HolidayPlan, User

    other = User.objects.create_user("entered-it")
    return {"pk": HolidayPlan.objects.create(year=2097, source="通知", days=[["2097-01-01", False, "元旦"]], entered_by=other).pk}


def record_of(noun: str) -> Sample:
    def sample(user: Any) -> dict[str, Any]:
        from tests.directory.city import RECORDS

        return {"pk": RECORDS[noun]().pk}

    return sample


def a_waiting_duty(user: Any) -> dict[str, Any]:
    from datetime import date

    from quintet.core.models import User
    from quintet.directory.models import RegisterDuty

    other = User.objects.create_user("proposed-it")
    return {"pk": RegisterDuty.objects.create(register="loans", unit="hrss", proposed_by=other, proposed_on=date(2020, 1, 1)).pk}


def checked_import(user: Any) -> dict[str, Any]:
    from tests.directory.city import ready_import

    return {"pk": ready_import().pk}


def in_the_city(make: str, key: str) -> Sample:
    """What tests.redemption.city makes under a name, as one argument of the URL."""

    def sample(user: Any) -> dict[str, Any]:
        from tests.redemption import city

        made = getattr(city, make)()
        return {key: made if key == "pk" else made.token}

    return sample


def own_token(user: Any) -> dict[str, Any]:
    from tests.api.callers import token_of

    return {"pk": token_of(user)[0].pk if user else 1}


def own_bulk_evaluation(user: Any) -> dict[str, Any]:
    from tests.api.callers import finished_bulk

    return {"job": finished_bulk(user).job_id}


def listed_organisation(user: Any) -> dict[str, Any]:
    from tests.directory.city import organisation

    return {"code": organisation().code}


def somebody(user: Any) -> dict[str, Any]:
    from quintet.core.models import User

    return {"pk": User.objects.create_user(username="somebody").pk}


def a_grant(user: Any) -> dict[str, Any]:
    from quintet.core.models import RoleGrant

    return {"pk": RoleGrant.objects.create(user_id=somebody(user)["pk"], role="officer", unit="stb").pk}


def own_factor(user: Any) -> dict[str, Any]:
    from django.utils import timezone

    from quintet.core.models import SecondFactor, User

    owner = user or User.objects.create_user(username="somebody")
    return {"pk": SecondFactor.objects.create(user=owner, kind="totp", name="手机", secret="A", created_at=timezone.now()).pk}


def a_lifting(user: Any) -> dict[str, Any]:
    from datetime import date

    from quintet.core.models import RoleGrant, SecondFactorDemand, User

    other = User.objects.create_user(username="another")
    under = RoleGrant.objects.create(user=other, role="operator", granted_on=date(2019, 1, 1))
    return {"pk": SecondFactorDemand.objects.create(role="expert", lifting_by=other, lifting_under=under).pk}


def a_reset(user: Any) -> dict[str, Any]:
    from django.utils import timezone

    from quintet.core.models import SecondFactorReset, User

    owner, other = User.objects.create_user(username="somebody"), User.objects.create_user(username="another")
    return {"pk": SecondFactorReset.objects.create(user=owner, reason="丢失", asked_by=other, asked_at=timezone.now()).pk}


def a_proposal(user: Any) -> dict[str, Any]:
    from datetime import date

    from django.utils import timezone

    from quintet.core.models import AccountProposal, RoleGrant, User

    owner, other = User.objects.create_user(username="proposed"), User.objects.create_user(username="proposer")
    grant = RoleGrant.objects.create(user=other, role="operator", granted_on=date(2019, 1, 1))
    made = AccountProposal.objects.create(
        kind="return", user=owner, proposed_by=other, proposed_under=grant, proposed_at=timezone.now(), reason="返岗"
    )
    return {"pk": made.pk}


def own_link(user: Any) -> dict[str, Any]:
    """A password link that the user has proposed and whose code waits for them."""
    from datetime import date

    from django.utils import timezone

    from quintet.core.fields import encrypt
    from quintet.core.models import AccountProposal, RoleGrant, User

    if user is None:
        return a_proposal(user)
    owner = User.objects.create_user(username="proposed")
    grant = RoleGrant.objects.create(user=user, role="operator", granted_on=date(2018, 1, 1), revoked_on=date(2018, 1, 2))
    made = AccountProposal.objects.create(kind="link", user=owner, proposed_by=user, proposed_under=grant, proposed_at=timezone.now())
    AccountProposal.objects.filter(pk=made.pk).update(sealed_code=encrypt("12345678"))
    return {"pk": made.pk}


def an_identity(user: Any) -> dict[str, Any]:
    from django.utils import timezone

    from quintet.core.models import OutsideIdentity

    return {"pk": OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=timezone.now()).pk}


def a_fund(user: Any) -> dict[str, Any]:
    from tests.ledger.books import special_funds

    return {"pk": special_funds()[0].pk}


def a_commitment(user: Any) -> dict[str, Any]:
    from tests.ledger.books import committed, special_funds

    return {"pk": committed(special_funds()[0]).pk}


def an_appropriation(user: Any) -> dict[str, Any]:
    from tests.ledger.books import special_funds

    return {"pk": special_funds()[0].appropriations.get().pk}


def a_line(user: Any) -> dict[str, Any]:
    from quintet.core.audit import recorded

    with recorded() as log:
        return {"number": log.record("ledger.payment", "ledger.entry:1", "拨付", by=user).number}


def a_claim(user: Any) -> dict[str, Any]:
    from tests.redemption.claims import checked

    return {"pk": checked().pk}


def an_asked_account(user: Any) -> dict[str, Any]:
    from tests.redemption.test_account_numbers import asked

    return {"pk": asked().pk}


def a_refused_claim(user: Any) -> dict[str, Any]:
    from tests.redemption.test_offered_again import refused

    return {"pk": refused().pk}


def own_refused_claim(user: Any) -> dict[str, Any]:
    from quintet.redemption.models import Claim

    found = a_refused_claim(user)
    return found if user is None else {"pk": _spoken_for(user, Claim.objects.get(**found))}


def own_claim(user: Any) -> dict[str, Any]:
    """A claim of the one who asks; for anybody else there is no such page."""
    from tests.redemption.claims import offered

    claim = offered()
    return {"pk": _spoken_for(user, claim) if user else claim.pk}


def _spoken_for(user: Any, claim: Any) -> int:
    from quintet.directory.models import Membership, Person

    someone = Person.objects.create(name="本人", user=user)
    Membership.objects.create(person=someone, organisation=claim.organisation, granted_on=claim.created_on, **by_two())
    return int(claim.pk)


def own_draft(user: Any) -> dict[str, Any]:
    from quintet.directory.models import Membership, Person
    from tests.redemption.applications import draft

    claim = draft()
    if user:
        someone = Person.objects.create(name="本人", user=user)
        Membership.objects.create(person=someone, organisation=claim.organisation, granted_on=claim.created_on, **by_two())
    return {"pk": claim.pk}


def own_file(user: Any) -> Any:
    """A paper of a draft of the one who asks."""
    from quintet.core.attachments import keep
    from quintet.redemption.models import Claim, ClaimFile
    from tests.redemption.applications import pdf
    from tests.redemption.claims import officer

    claim = Claim.objects.get(pk=own_draft(user)["pk"])
    kept = keep(pdf(), by=officer())
    return ClaimFile.objects.create(claim=claim, paper="立项文件", attachment=kept, by=officer())


def a_call(user: Any) -> dict[str, Any]:
    from tests.redemption.applications import call_for

    return {"pk": call_for().pk}


def an_expert_change(user: Any) -> dict[str, Any]:
    from quintet.directory.models import Person
    from quintet.redemption.actions import propose_expert
    from tests.redemption.claims import ON, officer

    someone = Person.objects.create(name="专家")
    return {"pk": propose_expert(someone, employer=None, title="教授", field="化工", by=officer("officer2"), on=ON).pk}


def an_expert(user: Any) -> dict[str, Any]:
    from tests.redemption.applications import expert

    return {"pk": expert(1).pk}


def own_seat(user: Any) -> dict[str, Any]:
    """A review of the one who asks; for anybody else there is no such page."""
    from quintet.directory.models import Person
    from quintet.redemption.models import Claim, ClaimStep, Panel, Seat
    from tests.redemption.applications import entered
    from tests.redemption.claims import officer

    claim = Claim.objects.get(pk=own_draft(None)["pk"])
    step = ClaimStep.objects.get(claim=claim)
    someone = Person.objects.create(name="专家", user=user)
    who = entered(someone, on=claim.created_on)
    panel = Panel.objects.create(
        claim=claim, step=step, seed="0", wanted=1, pool=[who.pk], excluded=[], drawn_by=officer(), drawn_on=claim.created_on
    )
    return {"pk": Seat.objects.create(panel=panel, expert=who, number=1).pk}


def own_message(user: Any) -> dict[str, Any]:
    from quintet.core.models import Notification

    return {"pk": Notification.objects.create(user=user, kind="test", text="试").pk if user else 1}


def own_delegation(user: Any) -> dict[str, Any]:
    from datetime import timedelta

    from django.utils import timezone

    from quintet.core.models import RoleGrant
    from tests.redemption.claims import officer

    today = timezone.localdate()
    grant = RoleGrant(
        user=officer(), role="officer", unit="ip_office", granted_on=today, revoked_on=today + timedelta(days=5), delegated_by=user
    )
    if user:
        grant.save()
    return {"pk": grant.pk or 1}


def a_notice_line(user: Any) -> Any:
    from tests.redemption.batches import cleared_claims

    return cleared_claims(1)[0].notice_lines.get()


def an_objection(user: Any) -> dict[str, Any]:
    from datetime import timedelta

    from quintet.redemption.actions import object_to, publish_notice
    from tests.redemption.batches import granted_claims
    from tests.redemption.claims import ON, officer

    notice = publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
    text = "这家企业上一年没有取得认定，请核查。"
    return {
        "pk": object_to(
            notice.lines.get(), objector="王某", contact="1", text=text, by=officer("citizen", unit="elsewhere"), on=ON + timedelta(days=1)
        ).pk
    }


def a_received_objection(user: Any) -> dict[str, Any]:
    from django.core import signing

    return {"token": signing.dumps(an_objection(user)["pk"], salt="objection")}


def a_batch(user: Any) -> dict[str, Any]:
    from tests.redemption.batches import signed

    return {"pk": signed(count=1).pk}


def a_result_file(user: Any) -> dict[str, Any]:
    from quintet.core.models import Attachment, StoredFile
    from quintet.redemption.models import PaymentBatch, ResultFile
    from tests.redemption.batches import second_finance

    batch = PaymentBatch.objects.get(pk=a_batch(user)["pk"])
    stored = StoredFile.objects.create(sha256="0" * 64, kind="xlsx", size=1)
    kept = Attachment.objects.create(file=stored, name="回盘.xlsx", by=second_finance())
    return {"pk": batch.pk, "file": ResultFile.objects.create(batch=batch, attachment=kept, paid=1, returned=0, by=second_finance()).pk}


SAMPLES: dict[str, Sample] = {
    "web:notification": own_message,
    "web:delegation-end": own_delegation,
    # policies
    "policies:policy": lambda user: {"pack": "panjin-2019-29"},
    "policies:clause": lambda user: {"pack": "panjin-2019-29", "clause": "T6"},
    "policies:evaluation": in_the_city("evaluation", "token"),
    "policies:evaluation-pdf": in_the_city("evaluation", "token"),
    # redemption
    "redemption:check-template": lambda user: {"subject": "enterprise"},
    "redemption:check-question": in_the_city("self_check", "token"),
    "redemption:check-add": in_the_city("self_check", "token"),
    "redemption:check-remove": in_the_city("self_check_of_two", "token"),
    "redemption:check-back": in_the_city("self_check", "token"),
    "redemption:check-ladder": in_the_city("self_check", "token"),
    "redemption:check-result": in_the_city("self_check", "token"),
    "redemption:entitlement": in_the_city("entitlement_pk", "pk"),
    "redemption:fund": a_fund,
    "redemption:entries-export": a_fund,
    "redemption:fund-appropriate": lambda user: {**a_fund(user), "year": 2020},
    "redemption:appropriation": an_appropriation,
    "redemption:commitment": a_commitment,
    "redemption:my-claim": own_claim,
    "redemption:my-decision": lambda user: {**own_refused_claim(user), "form": "docx"},
    "redemption:decision": lambda user: {**a_refused_claim(user), "form": "docx"},
    "redemption:my-claim-do": lambda user: {**own_claim(user), "action": "withdraw"},
    "redemption:my-claim-save": own_draft,
    "redemption:my-claim-file-add": own_draft,
    "redemption:my-claim-file-remove": lambda user: {"pk": (found := own_file(user)).claim_id, "file": found.pk},
    "redemption:claim-file": lambda user: {"pk": own_file(user).pk},
    "redemption:call": a_call,
    "redemption:call-edit": a_call,
    "redemption:guide": lambda user: {"pack": "panjin-2019-29", "rule": "transfer_grant"},
    "redemption:apply": lambda user: {"pack": "panjin-2019-29", "rule": "transfer_grant"},
    "redemption:review": own_seat,
    "redemption:expert": an_expert,
    "redemption:expert-change": an_expert_change,
    "redemption:claim": a_claim,
    "redemption:claim-do": lambda user: {**a_claim(user), "action": "end"},
    "redemption:asked-account": an_asked_account,
    "redemption:chain": a_claim,
    "redemption:trace": lambda user: {"pack": "panjin-2019-29", "clause": "T6"},
    "redemption:notice": lambda user: {"pk": a_notice_line(user).notice_id},
    "redemption:notice-paper": lambda user: {"pk": a_notice_line(user).notice_id, "form": "docx"},
    "redemption:object": lambda user: {"pk": a_notice_line(user).pk},
    "redemption:object-confirm": a_received_objection,
    "redemption:objection": an_objection,
    "redemption:batch": a_batch,
    "redemption:batch-accounts": a_batch,
    "redemption:batch-do": lambda user: {**a_batch(user), "action": "end"},
    "redemption:batch-file": lambda user: {**a_batch(user), "form": "treasury"},
    "redemption:batch-results": a_batch,
    "redemption:batch-results-confirm": a_result_file,
    # web
    "web:job": own_job,
    "web:guide": lambda user: {"name": "operator"},
    **{f"web:holidays-{page}": a_holiday_plan for page in ("plan", "confirm", "drop")},
    "web:job-release": own_job,
    "web:audit-line": a_line,
    "web:second-factor-remove": own_factor,
    "web:identity-unlink": an_identity,
    "web:second-factor-reset": somebody,
    "web:second-factor-answer": a_reset,
    "web:second-factor-lifting": a_lifting,
    "web:account-proposal-answer": a_proposal,
    "web:account-proposal-code": own_link,
    "web:set-password": lambda user: {"uidb64": "MQ", "token": "used-up"},
    **{f"web:account{step}": somebody for step in ("", "-edit", "-link", "-active", "-person", "-grant")},
    "web:grant-revoke": a_grant,
    # directory, finance, market, talent
    **{
        f"{space}:{noun}{step}": record_of(noun)
        for space, noun, _plural in REGISTERS
        for step in ("", "-edit", "-delete")
        if not (noun in ENDED_NOT_DELETED and step == "-delete")
    },
    "directory:evidence": record_of("recognition"),
    "directory:membership-do": lambda user: {**record_of("membership")(user), "action": "end"},
    "directory:person-clear": record_of("person"),
    **{f"directory:duties-{act}": a_waiting_duty for act in ("confirm", "end")},
    "directory:import-batch": checked_import,
    "directory:import-confirm": checked_import,
    "directory:import-drop": checked_import,
    "directory:import-problems": checked_import,
    # api
    "api:token-revoke": own_token,
    **{f"api:v1:{name}": lambda user: {"pack": "panjin-2019-29"} for name in ("pack", "clauses", "vocabulary", "evaluate", "explain")},
    "api:v1:clause": lambda user: {"pack": "panjin-2019-29", "clause": "T6"},
    "api:v1:job": own_bulk_evaluation,
    "api:v1:job-result": own_bulk_evaluation,
    "api:v1:organisation": listed_organisation,
}

# URL name → data of the POST request; every other page is asked with GET.
POSTS: dict[str, dict[str, Any]] = {
    "redemption:funds-open": {"year": "2020"},
    "web:audit-verify": {},
    "web:recovery-codes": {},
    "web:information-copy": {},
    "web:identity-unlink": {},
    "web:second-factor-remove": {},
    "web:second-factor-answer": {},
    "web:second-factor-lifting": {},
    "web:account-proposal-answer": {},
    "web:account-proposal-code": {},
    "web:sessions-end": {},
    "web:audit-receipt": {"receipt": "{}"},
    "redemption:check-start": {"subject": "enterprise", "year": "2020"},
    "redemption:check-add": {"subject": "loan"},
    "redemption:check-remove": {"item": "1"},
    "redemption:check-back": {},
    "redemption:check-ladder": {},
    "redemption:city-run": {"year": "2020"},
    "redemption:city-offers": {"year": "2020"},
    "redemption:desk-several": {"tab": "decision"},
    "redemption:claim-do": {},
    "redemption:my-claim-do": {},
    "redemption:call-alert": {},
    **{f"web:{name}": {} for name in ("notifications-read", "notifications-choose", "delegation-end")},
    **{f"redemption:my-claim-{name}": {} for name in ("save", "file-add", "file-remove")},
    **{f"redemption:batch-{name}": {} for name in ("do", "results", "results-confirm")},
    "web:demo-day": {},
    "web:job-release": {},
    "web:system-mail": {},
    "web:holidays-confirm": {},
    "web:holidays-drop": {},
    "web:sign-out": {},
    "web:account-link": {},
    "web:language": {"language": "en"},
    **{f"directory:duties-{act}": {} for act in ("propose", "confirm", "end")},
    "directory:import-confirm": {},
    "directory:import-drop": {},
    "api:token-revoke": {},
}

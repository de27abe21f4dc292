"""Whatever officials, applicants, the public and the bank do in whatever order: the books balance, and every claim agrees with them."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.ledger import check
from quintet.ledger.models import CommitmentStep
from quintet.redemption import actions
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim, Clawback, NoticeLine, Objection, PaymentBatch, PaymentLine
from quintet.redemption.states import State
from tests import guards
from tests.ledger.books import finance
from tests.redemption.batches import second_finance
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import ON, account, all_there, member, officer
from tests.redemption.test_commitments import funds

CLAIMS = 5
WHICH = st.integers(0, CLAIMS - 1)
OPEN = Clawback.State.PROPOSED, Clawback.State.DEMANDED
YES = st.sampled_from([True, True, True, False])
# How a commitment stands: state of its claim → (open, paid) in shares of what was decided; a return takes from what is paid.
HELD = {State.COMMITTED: (1, 0), State.ORDERED: (1, 0), State.PAID: (0, 1), State.RETURNED: (0, 1), State.REFUSED: (0, 0)}


SEEN: Counter[str] = Counter()


class Life(RuleBasedStateMachine):
    """Each example begins in the middle of things: one claim paid, one set aside, one public, one contested, one offered.

    The first machine brings that about; the others begin where it ended, and leave it as it was.
    """

    start: dict[str, Any] = {}

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        if self.start:
            self.rollback.__enter__()
            self.__dict__.update(self.start)
        else:
            self.begins()
            type(self).start = {
                name: getattr(self, name) for name in ("day", "count", "fund", "keys", "people", "one", "two", "three", "citizen")
            }
            self.rollback.__enter__()

    def begins(self) -> None:
        self.day, self.count = ON, 0
        self.fund = funds()[0]
        firms = [newly_high_tech() for _n in range(CLAIMS)]
        actions.make_offers(run_of(), by=officer(), on=ON)
        self.keys = [Claim.objects.get(organisation=firm, rule="high_tech_award").pk for firm in firms]
        self.people = [member(firm, f"member{firm.pk}") for firm in firms]
        self.one, self.two, self.three = officer(), officer("officer2"), officer("officer3")
        self.citizen = officer("citizen", unit="elsewhere")
        for which, moves in enumerate((12, 7, 5, 5)):
            for _move in range(moves):
                self.move(which)
        self.objected_to(CLAIMS - 2)

    def teardown(self) -> None:
        try:
            assert guards.problems() == []
        finally:
            transaction.set_rollback(True)
            self.rollback.__exit__(None, None, None)

    def claim(self, which: int) -> Claim:
        return Claim.objects.select_related("organisation", "person", "account", "commitment").get(pk=self.keys[which])

    def tried(self, work: Callable[[], Any]) -> None:
        """Refused in words, or done; never broken."""
        with suppress(DomainError):
            work()

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self.day = add_working_days(self.day, days)
        actions.go_on(on=self.day)

    @rule(which=WHICH, moves=st.integers(1, 5))
    def goes_on(self, which: int, moves: int) -> None:
        """The usual way, some moves of it; the other rules leave it."""
        for _move in range(moves):
            self.move(which)

    def move(self, which: int) -> None:
        state = State(self.claim(which).state)
        step = self.claim(which).step
        usual: dict[State, Callable[[], None]] = {
            State.OFFERED: lambda: self.confirmed(which), State.HANDLED: lambda: self.form_checked(which, True) if step == "form_check" else self.proposed(which, True),
            State.CORRECTION: lambda: self.completed(which), State.PROPOSED: lambda: self.decided(which, True), State.GRANTED: lambda: self.noticed({which}), State.PUBLIC: lambda: self.days_pass(6),
            State.CONTESTED: lambda: self.answered(False), State.CLEARED: lambda: self.set_aside(which), State.COMMITTED: lambda: self.ordered({which}),
            State.ORDERED: lambda: self.signed_or_dropped(True) if PaymentBatch.objects.filter(state=PaymentBatch.State.MADE).exists() else self.answered_by_the_bank(which, True),
        }  # fmt: skip
        if state in usual:
            usual[state]()

    @rule(which=WHICH)
    def confirmed(self, which: int) -> None:
        claim, by = self.claim(which), self.people[which]
        kept = account(claim.organisation, by, number=f"62220212345{claim.organisation_id:05d}")
        self.tried(lambda: actions.confirm_offer(claim, account=kept, by=by, on=self.day))

    @rule(which=WHICH, whole=YES)
    def form_checked(self, which: int, whole: bool) -> None:
        self.tried(
            lambda: actions.check_form(
                self.claim(which), checked=dict.fromkeys(all_there(self.claim(which)), whole), by=self.one, on=self.day
            )
        )

    @rule(which=WHICH)
    def completed(self, which: int) -> None:
        self.tried(lambda: actions.resubmit(self.claim(which), note="已补齐", by=self.people[which], on=self.day))

    @rule(which=WHICH)
    def withdrawn(self, which: int) -> None:
        if self.count % 4 == 0:  # else few live long enough
            self.tried(lambda: actions.withdraw(self.claim(which), by=self.people[which], on=self.day))
        self.count += 1

    @rule(which=WHICH, granted=YES)
    def proposed(self, which: int, granted: bool) -> None:
        self.tried(
            lambda: actions.propose(self.claim(which), granted=granted, reasons="" if granted else "不符合", by=self.one, on=self.day)
        )

    @rule(which=WHICH, confirmed=YES)
    def decided(self, which: int, confirmed: bool) -> None:
        self.tried(lambda: actions.confirm_decision(self.claim(which), confirmed=confirmed, remark="请再核对", by=self.two, on=self.day))

    @rule(some=st.sets(WHICH, min_size=1))
    def noticed(self, some: set[int]) -> None:
        self.tried(lambda: actions.publish_notice([self.claim(which) for which in some], title="公示", by=self.two, on=self.day))

    @rule(which=WHICH)
    def objected_to(self, which: int) -> None:
        line = NoticeLine.objects.filter(claim=self.keys[which]).select_related("notice").order_by("-pk").first()
        if line is not None:
            self.tried(
                lambda: actions.object_to(
                    line, objector="王某", contact="电话", text=f"去年的证书已被撤销，请核查。{self.count}", by=self.citizen, on=self.day
                )
            )

    @rule(upheld=st.booleans())
    def answered(self, upheld: bool) -> None:
        objection = Objection.objects.filter(upheld=None).select_related("line__notice").order_by("pk").first()
        if objection is not None:
            self.tried(lambda: actions.answer_objection(objection, upheld=upheld, finding="已核查。", by=self.three, on=self.day))

    @rule(confirmed=YES)
    def upheld(self, confirmed: bool) -> None:
        objection = Objection.objects.filter(upheld=None, reversals__confirmed=None).select_related("line__notice").order_by("pk").first()
        if objection is not None:
            four = officer("officer4")
            self.tried(lambda: actions.confirm_upholding(objection, confirmed=confirmed, remark="再查", by=four, on=self.day))

    @rule(which=WHICH)
    def set_aside(self, which: int) -> None:
        self.tried(lambda: actions.commit_claim(self.claim(which), fund=self.fund, by=finance(), on=self.day))

    @rule(which=WHICH)
    def released(self, which: int) -> None:
        if self.count % 3 == 0:
            self.tried(lambda: actions.propose_release(self.claim(which), reasons="已注销", by=finance(), on=self.day))
        self.count += 1

    @rule(which=WHICH, confirmed=YES)
    def released_for_good(self, which: int, confirmed: bool) -> None:
        self.tried(
            lambda: actions.confirm_release(self.claim(which), confirmed=confirmed, remark="仍要拨付", by=second_finance(), on=self.day)
        )

    @rule(which=WHICH, confirmed=YES)
    def given_up(self, which: int, confirmed: bool) -> None:
        clawback = Clawback.objects.filter(claim=self.keys[which], state__in=OPEN).first()
        if clawback is not None:
            self.tried(lambda: actions.propose_drop(clawback, reasons="已核清", by=self.three, on=self.day))
            self.tried(lambda: actions.confirm_drop(clawback, confirmed=confirmed, remark="仍要退回", by=self.two, on=self.day))

    @rule(some=st.sets(WHICH, min_size=1))
    def ordered(self, some: set[int]) -> None:
        self.tried(lambda: actions.make_batch([self.claim(which) for which in some], fund=self.fund, year=2020, by=finance(), on=self.day))

    @rule(signed=YES)
    def signed_or_dropped(self, signed: bool) -> None:
        batch = PaymentBatch.objects.filter(state=PaymentBatch.State.MADE).first()
        if batch is not None and signed:
            self.tried(lambda: actions.sign_batch(batch, by=second_finance(), on=self.day))
        elif batch is not None:
            self.tried(lambda: actions.drop_batch(batch, reason="编错了", by=finance(), on=self.day))

    @rule(which=WHICH, paid=YES)
    def answered_by_the_bank(self, which: int, paid: bool) -> None:
        line = PaymentLine.objects.filter(claim=self.keys[which]).select_related("batch").order_by("-pk").first()
        if line is not None:
            result = LineResult(
                number=line.number,
                kind="paid" if paid else "returned",
                on=self.day,
                reference=f"凭证{line.pk}",
                reason="" if paid else "账号已销户",
            )
            self.tried(lambda: actions.record_results(line.batch, [result], by=finance(), on=self.day))

    @rule(which=WHICH, share=st.integers(1, 10))
    def asked_back(self, which: int, share: int) -> None:
        claim = self.claim(which)
        self.tried(
            lambda: actions.propose_clawback(
                claim, amount_fen=(claim.decided_fen or 0) * share // 10, reasons="证书被撤销", by=self.one, on=self.day
            )
        )

    @rule(which=WHICH, confirmed=YES)
    def asked_back_for_good(self, which: int, confirmed: bool) -> None:
        clawback = Clawback.objects.filter(claim=self.keys[which], state__in=OPEN).first()
        if clawback is not None:
            self.tried(lambda: actions.confirm_clawback(clawback, confirmed=confirmed, by=self.two, on=self.day))

    @rule(which=WHICH, share=st.integers(1, 2))
    def came_back(self, which: int, share: int) -> None:
        clawback = Clawback.objects.filter(claim=self.keys[which], state__in=OPEN).first()
        if clawback is not None:
            self.count += 1
            left = clawback.amount_fen - clawback.received_fen
            self.tried(
                lambda: actions.receive_return(clawback, amount_fen=left // share, reference=f"退{self.count}", by=finance(), on=self.day)
            )

    @invariant()
    def the_books_agree_with_every_claim(self) -> None:
        assert check.problems() == []
        for claim in Claim.objects.filter(pk__in=self.keys).select_related("commitment"):
            SEEN[claim.state] += 1
            self._agrees(claim, self.day)

    def _agrees(self, claim: Claim, today: date) -> None:
        state = State(claim.state)
        waiting = Objection.objects.filter(line__claim=claim, upheld=None).exists()
        if claim.commitment is None:
            assert state not in HELD or state == State.REFUSED
            assert waiting or state != State.CONTESTED
            assert not waiting or state in (State.CONTESTED, State.REFUSED)  # one upheld, another still to be answered
            return
        step = CommitmentStep.objects.filter(commitment=claim.commitment).order_by("-number").first()
        back = claim.clawbacks.aggregate(sum=Sum("received_fen"))["sum"] or 0
        open_share, paid_share = HELD[state]
        decided = claim.decided_fen or 0
        assert step is not None
        assert (step.open_fen, step.paid_fen, step.returned_fen) == (open_share * decided, paid_share * decided - back, back)
        assert back == decided or state != State.RETURNED
        assert not waiting
        assert claim.notice_lines.filter(notice__ends_on__lt=today).exists()


@pytest.mark.django_db(transaction=True)
def test_the_books_balance_whatever_happens_to_claims(monkeypatch):
    monkeypatch.setattr(Life, "start", {})
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=20,
            stateful_step_count=50,
            deadline=None,
            phases=[Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {State.PAID, State.CONTESTED, State.PUBLIC, State.COMMITTED} <= set(SEEN)

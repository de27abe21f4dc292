"""For each trigger of the database a statement that it alone refuses: with it the statement fails, without it the same statement passes.

A row is copied by SQL with some of its columns written otherwise. What a probe needs first stands in `before`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models

from quintet.core import triggers
from tests.architecture.money_world import World

PAST, LATER = "'1999-01-01'", "'2099-01-01'"
NOBODY = "999999"  # the key of no row: foreign keys are looked at when a transaction ends, and none of a probe ever ends well


@dataclass(frozen=True)
class Probe:
    """`statement` is refused with `word` by `trigger`, and by nothing else."""

    trigger: str
    word: str
    statement: Callable[[World], str]
    before: Callable[[World], str] | None = None
    only: str = ""

    def __str__(self) -> str:
        return f"{self.trigger}-{self.word}"


def copy(table: str, where: str, **columns: str) -> str:
    """A row of the table once more, under a key of its own and with these columns, as SQL writes them."""
    model = _model_of(table)
    names = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    if absent := set(columns) - set(names):
        raise ValueError(f"{table} has no {absent}")
    values = ", ".join(columns.get(name, f'"{name}"') for name in names)
    written = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({written}) SELECT {values} FROM {table} WHERE {where}"


def _model_of(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


def update(table: str, key: int, **columns: str) -> str:
    changes = ", ".join(f"{name} = {value}" for name, value in columns.items())
    return f"UPDATE {table} SET {changes} WHERE id = {key}"


def a_refund(claim: int) -> str:
    """Under one voucher, of whoever's payment."""
    paid = f"kind = 'payment' AND commitment_id = (SELECT commitment_id FROM redemption_claim WHERE id = {claim})"
    return copy("ledger_entry", paid, key=f"'refund of {claim}'", kind="'return'", amount_fen="1", document="'RV'", booked_on=LATER)


def answer(key: int, upheld: str, by: str) -> str:
    return update(
        "redemption_objection",
        key,
        upheld=upheld,
        answered_by_id=by,
        answered_on=LATER,
        answered_under_id="(SELECT min(id) FROM core_rolegrant)",
    )


def claim(key: int, **columns: str) -> str:
    return update("redemption_claim", key, **columns)


def new_claim(world: World, **columns: str) -> str:
    """A draft like the one there is, for another fact."""
    return copy("redemption_claim", f"id = {world.draft}", awarded="'another'", **columns)


def ceiling(world: World, **columns: str) -> str:
    return copy("ledger_entry", f"id = {world.ceiling}", key="'another'", **columns)


def new_commitment(world: World, **columns: str) -> str:
    return copy("ledger_commitment", f"id = {world.commitment}", **columns)


def payment(world: World, number: int = 98, **columns: str) -> str:
    """A line for a claim with money of its own and none on its way, in a batch that nobody has signed."""
    target = {"batch_id": str(world.batch_made), "claim_id": str(world.committed), "number": str(number)}
    return copy("redemption_paymentline", f"id = {world.line_made}", **{**target, **columns})


_CONFIRMED = {
    "confirmed_by_id": "(SELECT max(id) FROM core_user WHERE id <> entered_by_id)",
    "confirmed_under_id": "entered_under_id",
    "confirmed_at": "'2001-01-01'",
}

RIGHTS = (
    Probe(
        "audit_bound",
        "audit_unbound",
        lambda world: copy("core_auditentry", "number = 1", number=NOBODY, previous="'x'", hash="'x'"),
    ),
    Probe("grant_stays", "grant_stays", lambda world: update("core_rolegrant", world.grant, unit="'x'")),
    Probe(
        "account_proposal_begins",
        "account_proposal_begins",
        lambda world: copy("core_accountproposal", f"id = {world.decided_proposal}"),
    ),
    Probe("account_proposal_stays", "account_proposal_stays", lambda world: update("core_accountproposal", world.proposal, email="'x'")),
    Probe(
        "account_proposal_stays",
        "account_proposal_stays",
        lambda world: update("core_accountproposal", world.decided_proposal, confirmed="false"),
    ),
    Probe(
        "account_proposal_stays",
        "account_proposal_stays",
        lambda world: update("core_accountproposal", world.decided_proposal, sealed_code="'x'"),
    ),
    Probe(
        "second_factor_reset_begins",
        "second_factor_reset_begins",
        lambda world: copy("core_secondfactorreset", f"id = {world.answered_reset}"),
    ),
    Probe(
        "second_factor_reset_stays", "second_factor_reset_stays", lambda world: update("core_secondfactorreset", world.reset, reason="'x'")
    ),
    Probe(
        "second_factor_reset_stays",
        "second_factor_reset_stays",
        lambda world: update("core_secondfactorreset", world.answered_reset, confirmed="true"),
    ),
    Probe("holiday_plan_begins", "holiday_plan_begins", lambda world: copy("core_holidayplan", f"id = {world.plan_in_force}", year="2092")),
    Probe("holiday_plan_stays", "holiday_plan_stays", lambda world: update("core_holidayplan", world.plan_in_force, year="2092")),
    Probe(
        "holiday_plan_stays",
        "holiday_plan_stays",
        lambda world: update("core_holidayplan", world.plan_in_force, confirmed_at="'2001-01-01'"),
    ),
    Probe(
        "holiday_plan_stays",
        "holiday_plan_stays",
        lambda world: update("core_holidayplan", world.plan, state="'replaced'", **_CONFIRMED),
    ),
    Probe(
        "membership_begins",
        "membership_begins",
        lambda world: copy("directory_membership", f"id = {world.membership}", part="'contact'", confirmed_by_id="NULL"),
    ),
    Probe(
        "membership_confirmed",
        "membership_confirmed",
        lambda world: "UPDATE directory_membership SET granted_on = '2020-01-01' WHERE part = 'contact'",
        before=lambda world: copy(
            "directory_membership", f"id = {world.membership}", part="'contact'", confirmed_by_id="NULL", granted_on="NULL"
        ),
    ),
    Probe("membership_stays", "membership_stays", lambda world: update("directory_membership", world.membership, granted_on=PAST)),
    Probe("duty_stays", "duty_stays", lambda world: update("directory_registerduty", world.duty, granted_on=PAST)),
)

LEDGER = (
    Probe(
        "appropriation_begins",
        "ledger_appropriation_begins",
        lambda world: copy("ledger_appropriation", f"id = {world.appropriation}", document="'x'"),
    ),
    Probe(
        "appropriation_stays", "ledger_appropriation_stays", lambda world: update("ledger_appropriation", world.appropriation, memo="'x'")
    ),
    Probe(
        "appropriation_whole_fen",
        "whole_fen",
        lambda world: copy(
            "ledger_appropriation",
            f"id = {world.appropriation}",
            document="'x'",
            state="'proposed'",
            amount_fen="0.5",
            confirmed_by_id="NULL",
            confirmed_under_id="NULL",
            confirmed_on="NULL",
        ),
        only="sqlite",
    ),
    Probe(
        "entry_appropriated",
        "ledger_not_confirmed",
        lambda world: copy("ledger_entry", f"id = {world.appropriated}", key="'x'", appropriation_id="NULL", booked_on=LATER),
    ),
    Probe(
        "entry_fits",
        "ledger_entry_does_not_fit",
        lambda world: copy(
            "ledger_entry",
            f"id = {world.committing}",
            key="'x'",
            amount_fen="1",
            booked_on=LATER,
            commitment_id="(SELECT max(id) FROM ledger_commitment)",
        ),
        before=lambda world: new_commitment(world, fact="'another'"),
    ),
    Probe(
        "entry_voucher_once",
        "ledger_voucher_of_another",
        lambda world: a_refund(world.paid),
        before=lambda world: a_refund(world.paid_too),
    ),
    Probe("commitment_again", "ledger_no_second_award", lambda world: new_commitment(world, attempt="2")),
    Probe("commitment_whole_fen", "whole_fen", lambda world: new_commitment(world, fact="'x'", amount_fen="0.5"), only="sqlite"),
    Probe("entry_posted", "ledger_year_not_open", lambda world: ceiling(world, year="2077")),
    Probe("entry_whole_fen", "whole_fen", lambda world: ceiling(world, amount_fen="0.5", booked_on=LATER), only="sqlite"),
    Probe(
        "posting_fits",
        "ledger_posting_does_not_fit",
        lambda world: copy("ledger_posting", f"id = {world.posting}", number=NOBODY, entry_id=NOBODY, booked_on=LATER),
    ),
    Probe("posting_forward", "ledger_backdated", lambda world: ceiling(world, booked_on=PAST), only="sqlite"),
    Probe("posting_fits", "ledger_backdated", lambda world: ceiling(world, booked_on=PAST), only="postgresql"),
    Probe(
        "step_fits",
        "ledger_step_does_not_fit",
        lambda world: copy("ledger_commitmentstep", f"id = {world.commitment_step}", number="999", entry_id=NOBODY),
    ),
    *(
        Probe("total_by_the_books", "append_only", statement, only="postgresql")
        for statement in (
            lambda world: "UPDATE ledger_total SET amount_fen = 0",
            lambda world: "DELETE FROM ledger_total",
            lambda world: copy("ledger_total", f"id = {world.total}", clause="'x'"),
        )
    ),
    Probe("total_no_truncate", "append_only", lambda world: "TRUNCATE ledger_total", only="postgresql"),
)

CLAIMS = (
    Probe("claim_begins", "redemption_claim_begins", lambda world: new_claim(world, state="'handled'")),
    Probe("claim_moves", "redemption_claim_moves", lambda world: claim(world.draft, state="'delivered'")),
    Probe("claim_stays", "redemption_claim_stays", lambda world: claim(world.paid, clause="'x'")),
    Probe("claim_account", "redemption_account_of_another", lambda world: claim(world.draft, account_id=str(world.account_of_another))),
    Probe(
        "claim_account_first",
        "redemption_account_of_another",
        lambda world: new_claim(world, account_id=str(world.account_of_another)),
    ),
    Probe(
        "claim_account_kept", "redemption_account_not_confirmed", lambda world: claim(world.committed, account_id=str(world.other_account))
    ),
    Probe("claim_granted", "redemption_granted_without_decision", lambda world: claim(world.proposed, state="'granted'")),
    Probe(
        "claim_cleared",
        "redemption_cleared_before_its_time",
        lambda world: claim(world.public, state="'cleared'"),
        before=lambda world: update("redemption_objection", world.objection, is_question="TRUE"),
    ),
    Probe("claim_committed", "redemption_committed_before_its_time", lambda world: claim(world.cleared, state="'committed'")),
    Probe("claim_ordered", "redemption_ordered_without_batch", lambda world: claim(world.committed, state="'ordered'")),
    Probe("claim_paid", "redemption_paid_without_entry", lambda world: claim(world.ordered, state="'paid'")),
    Probe("claim_whole_fen", "whole_fen", lambda world: new_claim(world, amount_fen="0.5"), only="sqlite"),
    Probe("claim_still_whole_fen", "whole_fen", lambda world: claim(world.draft, amount_fen="0.5"), only="sqlite"),
    Probe(
        "account_change_begins",
        "redemption_account_change_begins",
        lambda world: copy(
            "redemption_accountchange", f"id = {world.account_change}", claim_id=str(world.paid), account_id=str(world.account_of_another)
        ),
    ),
    Probe(
        "account_change_stays",
        "redemption_account_change_stays",
        lambda world: update("redemption_accountchange", world.account_change, asked_on=PAST),
    ),
    Probe(
        "step_begins",
        "redemption_step_begins",
        lambda world: copy("redemption_claimstep", f"id = {world.step}", number="99"),
    ),
    Probe("step_stays", "redemption_step_stays", lambda world: update("redemption_claimstep", world.step, opinion="'x'")),
    Probe("file_stays", "redemption_file_stays", lambda world: update("redemption_claimfile", world.file, paper="'x'")),
)

DECISIONS = (
    Probe("decision_begins", "redemption_decision_begins", lambda world: copy("redemption_decision", f"id = {world.decision}")),
    Probe("decision_stays", "redemption_decision_stays", lambda world: update("redemption_decision", world.decision, remark="'x'")),
    Probe(
        "decision_whole_fen",
        "whole_fen",
        lambda world: copy(
            "redemption_decision",
            f"id = {world.open_decision}",
            amount_fen="0.5",
            confirmed="NULL",
            confirmed_by_id="NULL",
            confirmed_under_id="NULL",
        ),
        before=lambda world: update(
            "redemption_decision",
            world.open_decision,
            confirmed="FALSE",
            confirmed_by_id=NOBODY,
            confirmed_under_id="proposed_under_id",
        ),
        only="sqlite",
    ),
    Probe(
        "expert_change_begins",
        "redemption_expert_change_begins",
        lambda world: copy("redemption_expertchange", f"id = {world.expert_change}", person_id=NOBODY),
    ),
    Probe(
        "expert_change_stays",
        "redemption_expert_change_stays",
        lambda world: update("redemption_expertchange", world.expert_change, remark="'x'"),
    ),
    Probe(
        "expert_enters",
        "redemption_expert_not_confirmed",
        lambda world: copy("redemption_expert", f"id = {world.expert}", person_id=NOBODY),
    ),
    Probe("expert_changes", "redemption_expert_not_confirmed", lambda world: update("redemption_expert", world.expert, active_until=LATER)),
    Probe("panel_begins", "redemption_draw_begins", lambda world: copy("redemption_panel", f"id = {world.panel}", step_id=NOBODY)),
    Probe("panel_stays", "redemption_draw_stays", lambda world: update("redemption_panel", world.panel, seed="'x'")),
    Probe(
        "seat_begins",
        "redemption_seat_begins",
        lambda world: copy("redemption_seat", f"id = {world.seat}", expert_id=NOBODY, number="99"),
    ),
    Probe(
        "seat_left_by_two",
        "redemption_seat_left_by_one",
        lambda world: update("redemption_seat", world.seat, state="'recused'", reason="'x'", points="NULL"),
    ),
    Probe("seat_change_begins", "redemption_seat_change_begins", lambda world: copy("redemption_seatchange", f"id = {world.seat_change}")),
    Probe(
        "seat_change_stays",
        "redemption_seat_change_stays",
        lambda world: update("redemption_seatchange", world.seat_change, remark="'y'"),
    ),
    Probe("seat_stays", "redemption_seat_stays", lambda world: update("redemption_seat", world.seat, opinion="'x'")),
    Probe("vote_begins", "redemption_vote_begins", lambda world: copy("redemption_jointvote", f"id = {world.vote}", unit="'x'")),
    Probe("vote_stays", "redemption_vote_stays", lambda world: update("redemption_jointvote", world.vote, opinion="'x'")),
)

NOTICES = (
    Probe(
        "notice_line_fits",
        "redemption_notice_of_no_decision",
        lambda world: copy("redemption_noticeline", f"id = {world.notice_line}", notice_id=NOBODY, amount_fen="1"),
    ),
    Probe(
        "objection_begins",
        "redemption_objection_begins",
        lambda world: copy("redemption_objection", f"id = {world.objection}", key="'x'", filed_on=LATER),
    ),
    Probe("objection_stays", "redemption_objection_stays", lambda world: update("redemption_objection", world.objection, text="'x'")),
)

REVERSALS = (
    Probe(
        "reversal_begins",
        "redemption_reversal_begins",
        lambda world: copy(
            "redemption_reversal", f"id = {world.upholding}", claim_id=str(world.contested), objection_id=str(world.objection)
        ),
    ),
    Probe("reversal_stays", "redemption_reversal_stays", lambda world: update("redemption_reversal", world.upholding, reasons="'x'")),
    Probe("claim_undone", "redemption_undone_by_one", lambda world: claim(world.contested, state="'refused'")),
    Probe("clawback_given_up", "redemption_undone_by_one", lambda world: update("redemption_clawback", world.clawback, state="'dropped'")),
    Probe(
        "objection_upheld",
        "redemption_undone_by_one",
        lambda world: answer(world.asked, "TRUE", f"(SELECT user_id FROM core_rolegrant WHERE id = {world.grant})"),
    ),
    Probe(
        "objection_answered",
        "redemption_answered_by_objector",
        lambda world: answer(world.asked, "FALSE", "filed_by_id"),
    ),
)

SECOND_FINANCE = "(SELECT id FROM core_user WHERE username = 'finance2')"
ITS_GRANT = f"(SELECT min(id) FROM core_rolegrant WHERE user_id = {SECOND_FINANCE})"


def judged(claim: str, by: str) -> str:
    """Somebody has judged a fact of the claim."""
    return copy("redemption_judgement", "id = (SELECT min(id) FROM redemption_judgement)", claim_id=claim, by_id=by)


def signing(world: World, **columns: str) -> str:
    signed = {"state": "'signed'", "signed_by_id": SECOND_FINANCE, "signed_under_id": ITS_GRANT, "signed_on": "made_on"}
    return update("redemption_paymentbatch", world.batch_made, **{**signed, **columns})


PAYMENTS = (
    Probe(
        "payment_by_who_decided",
        "redemption_paid_by_who_decided",
        payment,
        before=lambda world: judged(
            str(world.committed), f"(SELECT made_by_id FROM redemption_paymentbatch WHERE id = {world.batch_made})"
        ),
    ),
    Probe(
        "batch_signed_by_who_decided",
        "redemption_paid_by_who_decided",
        signing,
        before=lambda world: judged(f"(SELECT claim_id FROM redemption_paymentline WHERE id = {world.line_made})", SECOND_FINANCE),
    ),
    Probe(
        "batch_made_under_own_right",
        "redemption_batch_under_another_right",
        lambda world: copy(
            "redemption_paymentbatch",
            f"id = {world.batch_signed}",
            state="'made'",
            made_under_id="signed_under_id",
            signed_by_id="NULL",
            signed_under_id="NULL",
            signed_on="NULL",
        ),
    ),
    Probe(
        "batch_signed_under_own_right",
        "redemption_batch_under_another_right",
        lambda world: signing(world, signed_under_id="made_under_id"),
    ),
    Probe("batch_begins", "redemption_batch_begins", lambda world: copy("redemption_paymentbatch", f"id = {world.batch_signed}")),
    Probe("batch_stays", "redemption_batch_is_frozen", lambda world: update("redemption_paymentbatch", world.batch_made, seal="'x'")),
    Probe("payment_whole_fen", "whole_fen", lambda world: payment(world, amount_fen="0.5"), only="sqlite"),
    Probe("payment_fits", "redemption_payment_does_not_fit", lambda world: payment(world, amount_fen="1000000000000")),
    Probe("payment_once", "redemption_payment_on_its_way", lambda world: payment(world, 99), before=payment),
    Probe("payment_called_back", "redemption_called_back", lambda world: payment(world, claim_id=str(world.called_back))),
    Probe(
        "result_in_order",
        "redemption_result_out_of_order",
        lambda world: copy(
            "redemption_paymentresult",
            f"id = {world.result}",
            line_id=str(world.line_made),
            kind="'returned'",
            reason="'x'",
            entry_id="NULL",
        ),
    ),
    Probe(
        "result_booked",
        "redemption_result_not_booked",
        lambda world: copy(
            "redemption_paymentresult",
            f"id = {world.result}",
            line_id=str(world.line_signed),
            entry_id=str(world.appropriated),
        ),
    ),
    Probe(
        "clawback_begins",
        "redemption_clawback_begins",
        lambda world: copy("redemption_clawback", f"id = {world.clawback}", claim_id=str(world.paid)),
    ),
    Probe("clawback_stays", "redemption_clawback_stays", lambda world: update("redemption_clawback", world.clawback, reasons="'x'")),
    Probe(
        "clawback_whole_fen",
        "whole_fen",
        lambda world: copy(
            "redemption_clawback",
            f"id = {world.clawback}",
            claim_id=str(world.paid),
            amount_fen="0.5",
            state="'proposed'",
            confirmed_by_id="NULL",
            confirmed_under_id="NULL",
        ),
        only="sqlite",
    ),
)


def kept_tables() -> Iterator[Probe]:
    """Rows that are never changed, or only never deleted; and, on PostgreSQL, tables that are never emptied."""
    for config in apps.get_app_configs():
        if not config.name.startswith("quintet."):
            continue
        for table in triggers.append_only(config):
            yield from _kept(table, "change")
        for table in triggers.never_deleted(config):
            yield from _kept(table, "delete")


def _kept(table: str, name: str) -> Iterator[Probe]:
    key = _model_of(table)._meta.pk.column
    statements = {"delete": f"DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})"}
    if connection.vendor == "postgresql":
        statements["delete"] = f"DELETE FROM {table} WHERE {key} = (SELECT {key} FROM {table} LIMIT 1)"
    if name == "change":
        statements["update"] = f"UPDATE {table} SET {key} = {key}"
    for what, statement in statements.items():
        yield Probe(f"{table}_no_{what.upper()}", "append_only", lambda world, text=statement: text, only="sqlite")
        yield Probe(f"{table}_no_{name}", "append_only", lambda world, text=statement: text, only="postgresql")
    yield Probe(f"{table}_no_truncate", "append_only", lambda world: f"TRUNCATE {table}", only="postgresql")


def probes() -> list[Probe]:
    table = [*RIGHTS, *LEDGER, *CLAIMS, *DECISIONS, *NOTICES, *REVERSALS, *PAYMENTS, *kept_tables()]
    return [probe for probe in table if probe.only in ("", connection.vendor)]

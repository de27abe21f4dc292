"""What gives a right or moves money is sealed by the line that tells of it; whoever changes it past the actions is found."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from quintet.api.models import ApiToken
from quintet.core import attachments, audit, jobs, seals, triggers
from quintet.core.models import Job, OutsideIdentity, RecoveryCode, RoleGrant, Seal, SecondFactor, SecondFactorDemand, Touch, User
from quintet.directory.models import Organisation, Person, WrongTie
from quintet.redemption.models import Claim, PaymentBatch, Recusal, ResultFile
from tests import guards
from tests.architecture.money_world import World, arranged
from tests.core.test_attachments import PAGE, upload
from tests.core.test_jobs import count_to

TABLES = sorted(seals.tables())
EVENTS = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Arranged once and sealed; each test leaves it as it was."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("kept")), transaction.atomic():
        made = arranged()
        _more(made)
        guards.as_found()
        yield made
        transaction.set_rollback(True)


def _more(world: World) -> None:
    """Tables in which the world of the money path has no row that counts."""
    user = User.objects.order_by("pk")[0]
    OutsideIdentity.objects.create(issuer="https://id.example", subject="7", user=user, first_seen_at=timezone.now())
    SecondFactor.objects.create(user=user, kind="totp", name="x", secret="x", created_at=timezone.now())
    RecoveryCode.objects.create(user=user, hash="x")
    SecondFactorDemand.objects.create(role="operator")
    Recusal.objects.create(claim=Claim.objects.get(pk=world.draft), user=user, reason="x")
    batch = PaymentBatch.objects.get(pk=world.batch_signed)
    kept = attachments.keep(upload(PAGE), by=user)
    ResultFile.objects.create(batch=batch, attachment=kept, paid=1, returned=0, by=user)
    ApiToken.objects.create(user=user, name="x", prefix="x", hash="x", scopes=[], expires_on=timezone.localdate())
    jobs.start("数数", count_to, by=user, number=1)
    someone, firm = Person.objects.order_by("pk")[0], Organisation.objects.order_by("pk")[0]
    grant = RoleGrant.objects.order_by("pk")[0]
    WrongTie.objects.create(
        register="shareholdings",
        person=someone,
        organisation=firm,
        reason="x",
        proposed_by=user,
        proposed_under=grant,
        proposed_on="2021-01-04",
    )


@pytest.fixture
def undone(world: World) -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def run(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def foreign_keys_wait() -> None:
    """Until a transaction ends that never does well."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL DEFERRED")


def past_the_actions(user: User, role: str) -> None:
    """A role with its history, and no line that tells of it."""
    bulk_create_with_history([RoleGrant(user=user, role=role, granted_on=timezone.localdate())], RoleGrant)


def key_of(table: str) -> str:
    """A row of the table that counts, as SQL writes its key."""
    of = seals.tables()[table]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(CAST(r.id AS CHAR(36))) FROM {table} r WHERE {of.text('r')} <> ''")
        return f"'{cursor.fetchone()[0].strip()}'"


def statements(table: str, event: str) -> tuple[list[str], str]:
    """What is done before, and the statement that changes the row."""
    key = key_of(table)
    if event == "DELETE":
        return [], f"DELETE FROM {table} WHERE id = {key}"
    if event == "UPDATE":
        column = "kind = 'x'" if table == "core_job" else "id = -id"
        return [], f"UPDATE {table} SET {column} WHERE id = {key}"
    keep = f"CREATE TEMPORARY TABLE kept_row AS SELECT * FROM {table} WHERE id = {key}"
    return [keep, f"DELETE FROM {table} WHERE id = {key}"], f"INSERT INTO {table} SELECT * FROM kept_row"


def sealed_by(statement: str) -> int:
    """How many seals a line keeps that tells of the statement."""
    with audit.recorded() as log:
        log.record("core.start_job", "core.job:1", "x", by=None)
        run(statement)
    return Seal.objects.filter(line=log.entries[-1].number).count()


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("table", TABLES)
def test_a_change_is_noted_by_its_trigger_and_by_nothing_else(table: str, event: str, undone: None):
    guards.drop(*(name for name in guards.installed() if not name.startswith("quintet_touched_")))
    before, statement = statements(table, event)
    foreign_keys_wait()
    with transaction.atomic():
        for one in before:
            run(one)
        assert sealed_by(statement) > 0
        transaction.set_rollback(True)
    (name,) = [
        name
        for name, of in guards.installed().items()
        if of == table and name.startswith("quintet_touched_") and (connection.vendor == "postgresql" or name.endswith(f"_{event.lower()}"))
    ]
    guards.drop(name)
    foreign_keys_wait()
    for one in before:
        run(one)
    assert sealed_by(statement) == 0


def problems() -> list[str]:
    return [sentence for _line, sentence in seals.altered()]


BY_HAND = [
    "UPDATE core_user SET password = 'x' WHERE id = (SELECT min(id) FROM core_user)",
    "UPDATE core_user SET is_superuser = true WHERE id = (SELECT min(id) FROM core_user)",
    "INSERT INTO core_rolegrant (user_id, role, unit, granted_on) SELECT id, 'leader', 'city', '2019-01-01' FROM core_user ORDER BY id LIMIT 1",
    "UPDATE core_rolegrant SET revoked_on = '2019-01-01' WHERE id = (SELECT min(id) FROM core_rolegrant WHERE revoked_on IS NULL)",
    "DELETE FROM core_secondfactor",
    "UPDATE core_secondfactor SET secret = 'x'",
    "UPDATE core_recoverycode SET hash = 'y'",
    "DELETE FROM core_secondfactordemand",
    "UPDATE api_apitoken SET hash = 'y'",
    "UPDATE api_apitoken SET expires_on = '2099-01-01'",
    "UPDATE core_outsideidentity SET user_id = (SELECT max(id) FROM core_user)",
    "UPDATE directory_membership SET organisation_id = (SELECT max(id) FROM directory_organisation) WHERE id = (SELECT min(id) FROM directory_membership)",
    "UPDATE directory_registerduty SET unit = 'x' WHERE id = (SELECT min(id) FROM directory_registerduty)",
    "UPDATE directory_person SET user_id = NULL WHERE id = (SELECT min(id) FROM directory_person WHERE user_id IS NOT NULL)",
    "UPDATE directory_wrongtie SET reason = 'y'",
    "UPDATE core_job SET function = 'os.system'",
    "UPDATE core_job SET created_by_id = (SELECT max(id) FROM core_user)",
    *(
        f"UPDATE redemption_claim SET {change} WHERE id = {{paid}}"
        for change in (
            "evaluation_id = NULL", "saved_by_id = (SELECT max(id) FROM core_user)", "submitted_on = '2019-01-01'", '"on" = \'2019-01-01\'', "amount_fen = amount_fen + 1",
            "due_on = '2099-01-01'", "unit = 'x'", "step = 'x'", "account_id = NULL", "state = 'granted'",
        )
    ),
    "UPDATE redemption_accountchange SET confirmed = true, confirmed_by_id = (SELECT max(id) FROM core_user), confirmed_on = '2021-01-01', "
    "confirmed_under_id = (SELECT min(id) FROM core_rolegrant)",
    "UPDATE redemption_payeeaccount SET holder = 'x' WHERE id = (SELECT min(id) FROM redemption_payeeaccount)",
    "UPDATE redemption_objection SET filed_on = '2020-01-01' WHERE id = {asked}",
    "UPDATE redemption_clawback SET state = 'dropped'",
    "UPDATE redemption_expertchange SET title = 'x' WHERE id = {expert_change}",
    "UPDATE redemption_seat SET points = 1 WHERE id = {seat}",
    "UPDATE redemption_jointvote SET vote = 'disagree' WHERE id = {vote}",
    "UPDATE redemption_panel SET passed = true, points = 100 WHERE id = {panel}",
    "UPDATE redemption_decision SET reasons = 'x' WHERE id = (SELECT min(id) FROM redemption_decision)",
    "UPDATE redemption_claimstep SET opinion = 'x' WHERE id = (SELECT max(id) FROM redemption_claimstep WHERE ended_on IS NOT NULL)",
    "DELETE FROM redemption_recusal WHERE id = (SELECT min(id) FROM redemption_recusal)",
    "UPDATE redemption_noticeline SET amount_fen = 1 WHERE id = (SELECT min(id) FROM redemption_noticeline)",
    "UPDATE redemption_notice SET ends_on = '2099-01-01' WHERE id = (SELECT min(id) FROM redemption_notice)",
    "UPDATE redemption_paymentbatch SET signed_by_id = (SELECT min(id) FROM core_user WHERE id NOT IN (made_by_id, signed_by_id)) WHERE id = {batch_signed}",
    "UPDATE redemption_paymentline SET purpose = 'x' WHERE id = {line_made}",
    "UPDATE redemption_paymentresult SET reference = 'x' WHERE id = {result}",
    "UPDATE ledger_appropriation SET reference = 'x' WHERE id = {appropriation}",
    "UPDATE ledger_commitment SET payee = 'x' WHERE id = {commitment}",
    "UPDATE ledger_entry SET reference = 'x' WHERE id = {committing}",
]  # fmt: skip


@pytest.mark.parametrize("change", BY_HAND)
def test_what_is_changed_by_hand_is_found(change: str, world: World, undone: None):
    assert problems() == []
    with connection.cursor() as cursor, guards.without():
        cursor.execute(change.format(**vars(world)))
        changed = cursor.rowcount
    assert len(problems()) == changed > 0


def test_a_history_of_its_own_helps_nobody(world: World, undone: None):
    """The row and the line of its history, as the program would write both."""
    with guards.without():
        user = User.objects.order_by("pk")[0]
        past_the_actions(user, "auditor")
    assert len(problems()) == 1


def test_a_row_that_an_action_finds_otherwise_than_sealed_stays_told_of(world: World, undone: None):
    with guards.without():
        run(f"UPDATE redemption_claim SET unit = 'x' WHERE id = {world.paid}")
    with audit.recorded() as log:
        log.record("redemption.recheck", "redemption.claim:1", "x", by=None)
        run(f"UPDATE redemption_claim SET changed = 'x' WHERE id = {world.paid}")
    assert log.entries[-1].details["not_as_sealed"] == [f"申报 {world.paid}"]
    assert [line for line, _sentence in seals.altered()] == [log.entries[-1].number]


def test_so_does_one_put_back_to_what_it_was(world: World, undone: None):
    """Nothing is wrong with the row any more, and no line told of it."""
    with guards.without():
        run(f"UPDATE redemption_claim SET unit = unit || 'x' WHERE id = {world.paid}")
        run(f"UPDATE redemption_claim SET unit = substr(unit, 1, length(unit) - 1) WHERE id = {world.paid}")
    assert problems() == []


def test_but_one_that_its_triggers_noted_is_told_of(world: World, undone: None):
    names = [name for name in guards.installed() if not name.startswith("quintet_touched_")]
    with guards.without(*names):
        run(f"UPDATE redemption_claim SET unit = unit || 'x' WHERE id = {world.paid}")
        run(f"UPDATE redemption_claim SET unit = substr(unit, 1, length(unit) - 1) WHERE id = {world.paid}")
    assert problems() == [f"申报 {world.paid} 曾被直接改动过，又改了回去。"]


def test_a_trigger_that_is_none_of_ours_is_told_of(undone: None):
    """It would act with an honest line, and its rows would be sealed in its name."""
    guards.settle()
    if connection.vendor == "postgresql":
        run("CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        run("CREATE TRIGGER planted AFTER INSERT ON core_accountproposal FOR EACH ROW EXECUTE FUNCTION planted()")
    else:
        run("CREATE TRIGGER planted AFTER INSERT ON core_accountproposal BEGIN SELECT 1; END")
    assert triggers.missing() == ["planted（不是本系统的触发器）"]


def test_a_change_without_a_line_is_a_defect_and_undone(world: World, undone: None):
    def without_a_line() -> None:
        with audit.recorded():
            User.objects.filter(pk=user.pk).update(display_name="x")

    user = User.objects.order_by("pk")[0]
    with pytest.raises(RuntimeError, match="without a line"):
        without_a_line()
    assert problems() == []


def test_what_is_undone_within_an_action_leaves_no_seal(world: World, undone: None):
    user = User.objects.order_by("pk")[0]

    def undone_within() -> None:
        with audit.recorded():
            User.objects.filter(pk=user.pk).update(display_name="x")
            raise LookupError

    with audit.recorded() as log:
        log.record("core.start_job", "core.job:1", "x", by=None)
        with pytest.raises(LookupError):
            undone_within()
    assert not Seal.objects.filter(line=log.entries[-1].number).exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE core_seal SET digest = 'x' WHERE id = (SELECT max(id) FROM core_seal)", "与它自己的校验值不符"),
        ("UPDATE core_seal SET found_as_sealed = false WHERE id = (SELECT max(id) FROM core_seal)", "与它自己的校验值不符"),
        ("DELETE FROM core_seal WHERE id = (SELECT max(id) FROM core_seal)", "与它自己的校验值不符"),
        ("DELETE FROM core_seal WHERE line = (SELECT max(line) FROM core_seal)", "封存被删去过"),
        ("INSERT INTO core_seal (sealed_table, row_key, digest, found_as_sealed, line) VALUES ('core_user', '1', 'x', true, 0)", "与它自己的校验值不符"),
    ],
)  # fmt: skip
def test_seals_themselves_cannot_be_altered_unseen(change: str, says: str, world: World, undone: None):
    with guards.without():
        run(change)
    assert any(says in problem for problem in problems())


def test_notes_of_changes_past_the_actions_are_sealed_by_no_later_action(world: World, undone: None):
    with guards.without():
        run(f"UPDATE redemption_claim SET unit = 'x' WHERE id = {world.ordered}")
    assert Touch.objects.filter(row_key=str(world.ordered)).exists() is False  # without its trigger there is no note
    run(f"UPDATE redemption_claim SET changed = 'x' WHERE id = {world.paid}")
    assert Touch.objects.filter(row_key=str(world.paid)).exists()
    with audit.recorded() as log:
        log.record("core.start_job", "core.job:1", "x", by=None)
    assert not Seal.objects.filter(line=log.entries[-1].number).exists()
    assert len(problems()) == 2


class TestJobs:
    def test_one_written_by_hand_is_not_carried_out(self, world: World, undone: None):
        made = Job.objects.create(kind="x", function="tests.core.test_jobs.count_to", arguments={"number": 3})
        jobs.run_job.call(str(made.pk))
        made.refresh_from_db()
        assert (made.state, made.done) == ("failed", 0)
        assert "不是通过系统发起的" in made.error

    @pytest.mark.parametrize("change", ["function = 'os.getcwd'", "arguments = '{}'", "created_by_id = (SELECT max(id) FROM core_user)"])
    def test_nor_one_that_was_changed(self, change: str, world: World, undone: None):
        made = Job.objects.get()
        run(f"UPDATE core_job SET {change}, state = 'waiting'")
        jobs.run_job.call(str(made.pk))
        made.refresh_from_db()
        assert "不是通过系统发起的" in made.error


@pytest.mark.django_db
def test_a_chain_from_before_there_were_seals_is_sealed_once(make_user: Any):
    past_the_actions(make_user(), "operator")
    audit.seal_what_was_before()
    assert not Seal.objects.exists()  # a new installation has nothing to seal
    with audit.recorded() as log:
        log.record("core.start_job", "core.job:1", "x", by=None)
    audit.seal_what_was_before()
    assert Seal.objects.count() == 2
    past_the_actions(make_user(), "auditor")
    audit.seal_what_was_before()
    assert Seal.objects.count() == 2
    assert len(audit.verify()) == 2

"""The audit chain: bound, only growing, and whoever goes round the guards is found."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from quintet.core import audit, chain, seals, triggers
from quintet.core.audit import recorded
from quintet.core.models import AuditDigest, AuditEntry, Seal, SealedColumns
from tests import guards

TODAY = timezone.localdate


def lines(number: int, by: Any = None) -> None:
    with recorded() as log:
        for n in range(number):
            log.record("claim.decide", f"redemption.claim:{n}", f"决定第 {n} 件", by=by, amount_fen=n)


def decide_and_fail() -> None:
    with recorded() as log:
        log.record("claim.decide", "claim:1", "决定", by=None)
        raise RuntimeError


def without_guards(work: Callable[[Any], Any]) -> None:
    """What somebody with the rights of the database's owner can do."""
    with connection.cursor() as cursor:
        for statement in triggers.statements():
            kind, name = triggers.named(statement)
            if kind == "TRIGGER":
                table = statement.split(" ON ")[1].split()[0]
                cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
        work(cursor)
        triggers.make_room()
        triggers.install()


@pytest.mark.django_db
class TestLines:
    def test_each_line_is_bound_to_the_one_before(self, make_user: Any):
        lines(3, make_user())
        lines(2)
        found = list(AuditEntry.objects.order_by("number"))
        assert [entry.number for entry in found] == [1, 2, 3, 4, 5]
        assert found[0].previous == chain.NOTHING
        assert [entry.previous for entry in found[1:]] == [entry.hash for entry in found[:-1]]
        assert guards.problems() == []

    def test_a_line_stays_away_with_what_it_tells_about(self):
        with pytest.raises(RuntimeError):
            decide_and_fail()
        with recorded() as log:
            log.record("claim.open", "claim:2", "受理", by=None)
            with pytest.raises(RuntimeError):
                decide_and_fail()
            log.record("claim.return", "claim:2", "退回", by=None)
        assert list(AuditEntry.objects.order_by("number").values_list("number", "action")) == [(1, "claim.open"), (2, "claim.return")]
        assert audit.verify() == []

    @pytest.mark.parametrize(
        "change", ["UPDATE core_auditentry SET title = '别的' WHERE number = 2", "DELETE FROM core_auditentry WHERE number = 3"]
    )
    def test_the_database_refuses_to_change_a_line(self, change: str):
        lines(3)
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
        assert audit.verify() == []

    def test_the_database_refuses_a_line_that_is_not_the_next(self):
        lines(2)
        for number, previous in ((5, AuditEntry.objects.get(number=2).hash), (3, chain.NOTHING), (2, chain.NOTHING)):
            with pytest.raises(IntegrityError), transaction.atomic():
                AuditEntry.objects.create(
                    number=number, at=timezone.now(), action="x", record="x", title="x", content="0" * 64, previous=previous, hash="1" * 64
                )

    @pytest.mark.parametrize(("seconds", "behind"), [(-90, 90), (0, None), (90, None)])
    def test_a_clock_put_back_holds_a_line_to_the_time_before_and_says_so(
        self, monkeypatch: pytest.MonkeyPatch, seconds: int, behind: int | None
    ):
        moment = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: moment)
        lines(1)
        monkeypatch.setattr(timezone, "now", lambda: moment + timedelta(seconds=seconds))
        lines(2)
        assert [entry.details.get("clock_behind") for entry in AuditEntry.objects.order_by("number")] == [None, behind, behind]
        assert {entry.at for entry in AuditEntry.objects.all()} == {moment, max(moment, moment + timedelta(seconds=seconds))}
        assert audit.verify() == []

    def test_a_line_cannot_be_saved_again(self):
        lines(1)
        with pytest.raises(TypeError):
            AuditEntry.objects.get().save()


@pytest.mark.django_db
class TestTampering:
    @pytest.fixture(autouse=True)
    def _five_lines(self) -> None:
        lines(5)

    def found(self, change: str) -> list[int]:
        without_guards(lambda cursor: cursor.execute(change))
        return [finding.number for finding in audit.verify()]

    def test_another_person_of_the_same_name_put_under_a_line_is_found(self, make_user: Any):
        make_user("officer")
        guards.as_found()
        assert self.found("UPDATE core_auditentry SET by_id = (SELECT min(id) FROM core_user) WHERE number = 3") == [3]

    def test_a_line_that_says_the_clock_was_behind_and_was_not_is_found(self):
        with recorded() as log:
            log.record("claim.decide", "claim:1", "决定", by=None, clock_behind=5)
        assert [finding.number for finding in audit.verify()] == [6]

    def test_an_altered_line_is_found(self):
        assert self.found("UPDATE core_auditentry SET title = '别的' WHERE number = 3") == [3]

    def test_altered_details_are_found(self):
        assert self.found("""UPDATE core_auditentry SET details = '{"amount_fen": 9}' WHERE number = 2""") == [2]

    def test_an_altered_name_of_the_actor_is_found(self):
        assert self.found("UPDATE core_auditentry SET by_name = '他人' WHERE number = 4") == [4]

    def test_a_missing_line_is_found(self):
        assert self.found("DELETE FROM core_auditentry WHERE number = 3") == [4]

    def test_an_inserted_line_is_found(self):
        def insert(cursor: Any) -> None:
            cursor.execute("UPDATE core_auditentry SET number = number + 10 WHERE number > 2")
            cursor.execute("UPDATE core_auditentry SET number = number - 9 WHERE number > 10")
            second = AuditEntry.objects.get(number=2)
            AuditEntry.objects.create(
                number=3, at=second.at, action="x", record="x", title="x", details={}, previous=second.hash, content="0" * 64, hash="1" * 64
            )

        without_guards(insert)
        assert {finding.number for finding in audit.verify()} >= {3, 4}

    def test_lines_cut_off_at_the_end_are_found_by_the_digest(self, monkeypatch: pytest.MonkeyPatch):
        tomorrow(monkeypatch)
        audit.make_digests(TODAY() - timedelta(days=1))
        assert audit.verify() == []
        assert self.found("DELETE FROM core_auditentry WHERE number > 3") == [5]

    def test_a_chain_written_anew_as_a_whole_is_found_by_the_published_digest(self, monkeypatch: pytest.MonkeyPatch):
        tomorrow(monkeypatch)
        published = {digest.day.isoformat(): digest.hash for digest in audit.make_digests(TODAY() - timedelta(days=1))}

        def anew(cursor: Any) -> None:
            cursor.execute("DELETE FROM core_auditdigest")
            cursor.execute("UPDATE core_auditentry SET title = '别的' WHERE number = 3")
            previous = chain.NOTHING
            for entry in AuditEntry.objects.order_by("number"):
                content = audit.content_of(entry)
                AuditEntry.objects.filter(pk=entry.pk).update(content=content, previous=previous, hash=chain.bound(previous, content))
                previous = chain.bound(previous, content)
            audit.make_digests(TODAY() - timedelta(days=1))

        without_guards(anew)
        assert audit.verify() == []
        assert len(audit.verify(published)) == 1

    def test_a_guard_taken_out_is_found(self):
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER quintet_audit_bound" + (" ON core_auditentry" if connection.vendor == "postgresql" else ""))
        assert [finding.problem for finding in audit.verify()] == ["数据库缺少保护：quintet_audit_bound"]
        triggers.make_room()
        triggers.install()
        assert audit.verify() == []


def tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.mark.django_db
class TestDigests:
    def test_a_day_that_has_not_ended_has_no_digest(self):
        lines(2)
        assert audit.make_digests(TODAY()) == []

    def test_each_day_has_one_and_they_are_bound(self, monkeypatch: pytest.MonkeyPatch):
        lines(2)
        tomorrow(monkeypatch)
        tomorrow(monkeypatch)
        lines(3)
        tomorrow(monkeypatch)
        made = audit.make_digests(TODAY() - timedelta(days=1))
        assert [(digest.first, digest.last) for digest in made] == [(1, 2), (3, 2), (3, 5)]
        assert [digest.previous for digest in made] == [chain.NOTHING, made[0].hash, made[1].hash]
        assert audit.make_digests(TODAY() - timedelta(days=1)) == []
        assert audit.verify() == []
        assert AuditDigest.objects.count() == 3

    def test_a_receipt_leads_to_the_digest_by_hashing_alone(self, monkeypatch: pytest.MonkeyPatch):
        lines(7)
        entry = AuditEntry.objects.get(number=6)
        assert audit.receipt_of(entry)["digest"] is None
        tomorrow(monkeypatch)
        audit.make_digests(TODAY() - timedelta(days=1))
        receipt = json.loads(json.dumps(audit.receipt_of(entry)))
        assert chain.root_from(receipt["content"], receipt["path"]) == receipt["digest"]["root"] == AuditDigest.objects.get().root
        assert chain.root_from("a" * 64, receipt["path"]) != receipt["digest"]["root"]


@given(st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=40), st.data())
def test_every_line_of_a_day_leads_to_its_root(contents: list[str], data: st.DataObject):
    place = data.draw(st.integers(0, len(contents) - 1))
    assert chain.root_from(contents[place], chain.path_of(contents, place)) == chain.root_of(contents)


@pytest.mark.django_db
class TestCommand:
    def run(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("audit", *arguments, stdout=out)
        return out.getvalue()

    def test_verify_says_that_the_chain_is_whole(self):
        lines(4)
        assert "审计链完整：4 条记录" in self.run("verify")

    def test_verify_fails_and_names_the_line(self):
        lines(4)
        without_guards(lambda cursor: cursor.execute("UPDATE core_auditentry SET title = '别的' WHERE number = 3"))
        with pytest.raises(CommandError, match="1 处问题") as caught:
            self.run("verify")
        assert caught.value.returncode == 1

    def test_digests_are_made_exported_and_compared(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        lines(4)
        tomorrow(monkeypatch)
        assert AuditDigest.objects.count() == 0
        assert self.run("digest").count("\n") == 1
        kept = tmp_path / "digests.json"
        kept.write_text(self.run("digests"))
        assert "审计链完整" in self.run("verify", "--against", str(kept))
        kept.write_text(kept.read_text().replace(AuditDigest.objects.get().hash, "f" * 64))
        with pytest.raises(CommandError):
            self.run("verify", "--against", str(kept))
        kept.write_text("not JSON")
        with pytest.raises(CommandError, match="不是摘要文件"):
            self.run("verify", "--against", str(kept))

    def test_a_receipt_of_a_line_that_is_not_there(self):
        with pytest.raises(CommandError, match="没有第 9 条"):
            self.run("receipt", "9")


@pytest.mark.django_db
class TestColumnsOfSealedTables:
    def sealed_with(self, columns: list[str]) -> None:
        SealedColumns.objects.filter(sealed_table="core_rolegrant").update(columns=columns)

    def test_other_columns_seal_the_rows_anew_and_a_line_says_so(self, make_user: Any):
        grant = make_user("officer", unit="stb").grants.get()
        audit.seal_what_was_before()
        before = AuditEntry.objects.count()
        Seal.objects.create(sealed_table="core_rolegrant", row_key=str(grant.pk), digest="of fewer columns", found_as_sealed=True, line=0)
        self.sealed_with(["id", "user_id"])
        assert not seals.stands(grant)
        audit.seal_what_was_before()
        assert seals.stands(grant)
        last = AuditEntry.objects.first()
        assert (last.action, AuditEntry.objects.count()) == ("core.seal_as_found", before + 1)
        assert "角色授予" in last.title

    def test_the_same_columns_seal_nothing(self, make_user: Any):
        make_user("officer", unit="stb")
        for _again in range(2):
            audit.seal_what_was_before()
        before = Seal.objects.count()
        audit.seal_what_was_before()
        assert Seal.objects.count() == before

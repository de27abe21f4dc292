"""就高不重复 with decisions and history: nobody is granted both, at the offer, at the decision or when money is set aside."""

from pathlib import Path
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.policies import engine
from quintet.redemption import actions
from quintet.redemption.groups import earlier_awards
from quintet.redemption.models import Claim, Entitlement
from quintet.redemption.states import State
from tests.redemption.city import incubator, newly_high_tech, run_of
from tests.redemption.claims import ON, checked, confirmed, granted, officer, proposed

pytestmark = pytest.mark.django_db
PACKS = Path(__file__).resolve().parents[2] / "packs"


@pytest.fixture
def grouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The pack as a city would write it that rewards only the highest of T6 and T19."""
    from shutil import copytree

    for name in ("national", "panjin-2019-29"):
        copytree(PACKS / name, tmp_path / name)
    for file, rule in (("enterprises.yaml", "high_tech_award"), ("environment.yaml", "national_incubator_award")):
        path = tmp_path / "panjin-2019-29" / "rules" / file
        path.write_text(path.read_text("utf-8").replace(f"- id: {rule}\n", f"- id: {rule}\n  group: one_award\n"), "utf-8")
    monkeypatch.setenv("QUINTET_PACKS", str(tmp_path))
    return engine.policy("panjin-2019-29")


def test_a_run_of_the_city_gives_the_highest_of_a_beneficiary(grouped: Any):
    firm = newly_high_tech()
    incubator(firm)
    run = run_of()
    assert {
        line.rule: line.state for line in Entitlement.objects.filter(run=run, rule__in=["high_tech_award", "national_incubator_award"])
    } == {
        "high_tech_award": "superseded",
        "national_incubator_award": "entitled",
    }


def test_what_was_decided_before_is_not_offered_beside(grouped: Any):
    firm = newly_high_tech()
    run = run_of()  # the carrier is not in the register yet
    incubator(firm)
    found = actions.make_offers(run, by=officer(), on=ON)
    assert found["made"] == 0
    assert not Claim.objects.exists()


def both_on_their_way() -> tuple[Claim, Claim]:
    """A T6 award proposed before the incubator was in the register, and the T19 award offered since."""
    firm = newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=ON)
    lower = proposed(checked(confirmed(Claim.objects.get(rule="high_tech_award"))))
    incubator(firm)
    actions.make_offers(run_of(), by=officer(), on=ON)
    return lower, confirmed(Claim.objects.get(rule="national_incubator_award"))


def test_nobody_confirms_the_lower_after_the_higher_was_granted(grouped: Any):
    lower, higher = both_on_their_way()
    granted(proposed(checked(higher)))
    with pytest.raises(DomainError, match="就高不重复"):
        actions.confirm_decision(lower, confirmed=True, by=officer("officer2", unit=lower.unit), on=ON)
    lower.refresh_from_db()
    assert lower.state == State.PROPOSED


def test_the_higher_is_not_granted_beside_a_lower_one_granted_before(grouped: Any):
    firm = newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=ON)
    lower = granted(proposed(checked(confirmed(Claim.objects.get(rule="high_tech_award")))))
    incubator(firm)
    assert [award.rule for award in earlier_awards(grouped)] == ["high_tech_award"]
    assert earlier_awards(grouped, beside=lower) == []
    run = run_of()
    assert Entitlement.objects.get(run=run, rule="national_incubator_award").state == "superseded"
    assert Entitlement.objects.get(run=run, rule="high_tech_award").state == "entitled"


def test_without_a_group_both_are_granted():
    lower, higher = both_on_their_way()
    granted(proposed(checked(higher)))
    assert actions.confirm_decision(lower, confirmed=True, by=officer("officer2", unit=lower.unit), on=ON).decided_fen == 100_000_00

"""Claims of the demo city on their way in the weeks before its day: some paid, one returned by the bank, one contested, many waiting for a click."""

from collections.abc import Callable
from datetime import date

from quintet.core import clock
from quintet.core.models import User
from quintet.demo.records import City
from quintet.demo.showcase import authorise
from quintet.directory.models import Membership, Organisation, Person
from quintet.ledger.models import Fund
from quintet.redemption import actions
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.checks import checklist
from quintet.redemption.models import Claim, EntitlementRun, NoticeLine

TODAY = date(2021, 12, 6)
UNIT = "stb"
PAID, COMMITTED = 7, 8
# how far claims of the later year have come by the demo's day → how many
STAGES = {"form_check": 4, "decision": 3, "proposed": 2, "granted": 2, "public": 5}


def load_claims(city: City, say: Callable[[str], None]) -> None:
    _earlier_year(city)
    _later_year(city)
    clock.move_to(TODAY)
    say(f"兑现事项 {Claim.objects.count()} 件在办，演示日期 {TODAY}")


def _offered(city: City, year: int, on: date, count: int) -> list[Claim]:
    """Offers of a year are made; the first few of the crowd's firms, which have no account of the demo, are given somebody who speaks for them."""
    run = EntitlementRun.objects.filter(year=year).latest("pk")
    actions.make_offers(run, by=city.accounts["demo-operator"], on=on)
    spoken_for = Membership.objects.values("organisation")
    chosen = (
        Claim.objects.filter(run=run, clause="T6")
        .exclude(organisation__in=spoken_for)
        .select_related("organisation")
        .order_by("pk")[:count]
    )
    agent, new = User.objects.get_or_create(username="agent", defaults={"display_name": "示例代办员"})
    if new:
        agent.set_unusable_password()
        agent.save()
        someone = city.new_person("示例代办员")
        someone.user = agent
        city.save(someone)
    for claim in chosen:
        authorise(city, Person.objects.get(user=agent), claim.organisation or Organisation(), Membership.Part.AGENT, date(2019, 1, 1))
    return list(chosen)


def _confirm(claim: Claim, on: date) -> Claim:
    agent, payee = User.objects.get(username="agent"), claim.organisation or Organisation()
    account = actions.register_account(
        payee, holder=payee.name, bank="示例银行盘锦分行", number=f"62220000{payee.pk:010d}", by=agent, on=on
    )
    return actions.confirm_offer(claim, account=account, by=agent, on=on)


def all_there(claim: Claim) -> dict[str, bool]:
    """The officer of the demonstration found every item of the form check in order."""
    return {item.key: True for item in checklist(claim)}


def _earlier_year(city: City) -> None:
    one, two, finance, signer = (city.accounts[f"demo-{name}"] for name in ("officer", "officer2", "finance", "finance2"))
    claims = [_confirm(claim, date(2021, 11, 16)) for claim in _offered(city, 2020, date(2021, 11, 15), COMMITTED)]
    for claim in claims:
        actions.check_form(claim, checked=all_there(claim), by=one, on=date(2021, 11, 17))
        actions.propose(claim, granted=True, by=one, on=date(2021, 11, 17))
        actions.confirm_decision(claim, confirmed=True, by=two, on=date(2021, 11, 18))
    if not claims:
        return
    actions.publish_notice(claims, title="2020年度高新技术企业奖励拟兑现名单公示（演示）", by=two, on=date(2021, 11, 18))
    actions.clear_notices(on=date(2021, 11, 26))
    fund = Fund.objects.get(code="high_tech")
    committed = [actions.commit_claim(claim, fund=fund, by=finance, on=date(2021, 11, 26)) for claim in claims]
    batch = actions.make_batch(committed[:PAID], fund=fund, year=2020, by=finance, on=date(2021, 11, 29))
    actions.sign_batch(batch, by=signer, on=date(2021, 11, 29))
    day = date(2021, 12, 1)
    results = [LineResult(number=number, kind="paid", on=day, reference=f"示例凭证{number:03d}") for number in range(1, batch.count)]
    results.append(LineResult(number=batch.count, kind="returned", on=day, reason="账号已销户"))
    batch.refresh_from_db()
    actions.record_results(batch, results, by=finance, on=day)


def _later_year(city: City) -> None:
    one, two = city.accounts["demo-officer"], city.accounts["demo-officer2"]
    claims = _offered(city, 2021, date(2021, 11, 22), sum(STAGES.values()))
    published = []
    stages = [stage for stage, count in STAGES.items() for _n in range(count)]
    for claim, stage in zip(claims, stages, strict=False):
        _confirm(claim, date(2021, 12, 1))
        if stage == "form_check":
            continue
        actions.check_form(claim, checked=all_there(claim), by=one, on=date(2021, 12, 1))
        if stage == "decision":
            continue
        actions.propose(claim, granted=True, by=one, on=date(2021, 12, 2))
        if stage == "proposed":
            continue
        actions.confirm_decision(claim, confirmed=True, by=two, on=date(2021, 12, 2))
        if stage == "public":
            published.append(claim)
    if published:
        notice = actions.publish_notice(
            published, title="2021年度高新技术企业奖励拟兑现名单公示（第一批，演示）", by=two, on=date(2021, 12, 2)
        )
        line = NoticeLine.objects.filter(notice=notice).order_by("pk").first()
        if line:
            text = "据我所知，这家企业的认定材料中研发人员数有误，请核查。（演示异议）"
            actions.object_to(
                line, objector="示例市民", contact="0427-0000000", text=text, by=city.accounts["demo-leader"], on=date(2021, 12, 3)
            )

"""Calls, drafts and an expert review of the demo city: a pilot project registered first, accepted later, now before its experts."""

from collections.abc import Callable
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from quintet.core.models import User
from quintet.demo.claims import all_there
from quintet.demo.papers import one_page
from quintet.demo.records import City
from quintet.directory.models import Organisation, Person
from quintet.market.models import TransferProject
from quintet.policies.engine import policy
from quintet.redemption import actions
from quintet.redemption.models import Claim
from quintet.redemption.papers import papers_of

PACK = "panjin-2019-29"
YEAR, OPENS, CLOSES = 2021, date(2021, 10, 11), date(2021, 12, 20)
FIELDS = ("化工工艺", "催化材料", "高分子材料", "石油装备", "环境工程", "财务与审计", "知识产权", "机械工程")
CLAUSES = ("T9", "T11", "T15", "T16", "T17")


def load_applications(city: City, say: Callable[[str], None]) -> None:
    calls = _calls(city)
    _experts(city)
    firm = city.places["new_high_tech"]
    applicant = city.accounts["demo-applicant"]
    claim = _apply(city, _project(city, firm, "环氧树脂连续化中试项目", 1), applicant, date(2021, 11, 8))
    _fill(claim, applicant, date(2021, 11, 9))
    claim = actions.submit(claim, pledged=True, by=applicant, on=date(2021, 11, 10))
    one = city.accounts["demo-officer"]
    actions.check_form(claim, checked=all_there(claim), by=one, on=date(2021, 11, 12))
    actions.judge(
        claim,
        fact="significant_for_local_industry",
        value=True,
        reason="产品供三家本市配套企业使用。（演示）",
        by=one,
        on=date(2021, 11, 17),
    )
    claim = actions.review(claim, opinion="材料齐全，专账清楚，同意送专家评审。（演示）", by=one, on=date(2021, 11, 19))
    panel = actions.draw_panel(claim, by=one, on=date(2021, 11, 22))
    for seat in panel.seats.order_by("number")[:2]:
        by = User.objects.get(person__expert=seat.expert)
        actions.declare(seat, free=True, by=by, on=date(2021, 11, 24))
    second = _apply(city, _project(city, firm, "耐高温胶黏剂中试项目", 2), applicant, date(2021, 12, 2))
    actions.save_draft(second, {"contact": "林若溪", "phone": "0427-0000000"}, by=applicant, on=date(2021, 12, 2))
    say(f"申报通知 {calls} 项，专家 {len(FIELDS)} 位，申报 {Claim.objects.filter(way='ordinary').count()} 件")


def _calls(city: City) -> int:
    """One for every award that is applied for and whose department has an officer in the demo."""
    chosen, made = policy(PACK), 0
    officers = {grant.unit: account for account in city.accounts.values() for grant in account.grants_today if grant.role == "officer"}
    for rule in chosen.pack.rules:
        unit = next(iter(chosen.pack.clauses[rule.clause].lead), "")
        if rule.way != "ordinary" or not rule.is_award or rule.clause not in CLAUSES or unit not in officers:
            continue
        closes = CLOSES if made % 3 else date(2021, 12, 10)
        actions.publish_call(
            pack=PACK, rule=rule.id, year=YEAR, opens_on=OPENS, closes_on=closes, contact="市民服务热线（演示）0427-0000000", remark="演示用的申报通知，不是真实通知。",
            by=officers[unit], on=date(2021, 10, 8),
        )  # fmt: skip
        made += 1
    return made


def _experts(city: City) -> None:
    for number, field in enumerate(FIELDS, 1):
        user = city.accounts["demo-expert" if number == 1 else f"demo-expert{number}"]
        someone = city.new_person(user.display_name)
        someone.user = user
        city.save(someone)
        change = actions.propose_expert(
            someone, employer=None, title="教授" if number % 2 else "高级工程师", field=field, by=city.keeper, on=date(2020, 3, 2)
        )
        actions.confirm_expert(change, confirmed=True, by=city.accounts["demo-officer2"], on=date(2020, 3, 2))
    last = Person.objects.get(user=city.accounts[f"demo-expert{len(FIELDS)}"])
    actions.add_tie(last, holds=city.places["new_high_tech"], by=city.accounts["demo-officer2"], on=date(2020, 3, 2))


def _project(city: City, firm: Organisation, name: str, number: int) -> TransferProject:
    project: TransferProject = city.save(
        TransferProject(
            number=f"ZH2021-9{number:03d}", name=name, organisation=firm, transfer_project=True, cooperation=True, stage=TransferProject.Stage.PILOT,
            registered_on=date(2019, 9, 2), stage_reached_on=date(2021, 3, 1), accepted_on=date(2021, 9, 1),
        )
    )  # fmt: skip
    return project


def _apply(city: City, project: TransferProject, by: User, on: date) -> Claim:
    return actions.start_application(pack=PACK, rule="transfer_grant", subject_id=project.pk, year=YEAR, by=by, on=on)


def _fill(claim: Claim, by: User, on: date) -> None:
    for paper in papers_of(claim):
        content = one_page(f"{paper.key}, a fictional paper of the demo")
        actions.add_file(claim, SimpleUploadedFile(f"{paper.key}（演示）.pdf", content, "application/pdf"), paper=paper.key, by=by, on=on)
    payee = claim.organisation or Organisation()
    account = actions.register_account(payee, holder=payee.name, bank="示例银行盘锦分行", number=f"62220001{payee.pk:010d}", by=by, on=on)
    actions.use_account(claim, account=account, by=by, on=on)
    actions.save_draft(
        claim, {"contact": "林若溪", "phone": "0427-0000000", "text": "中试线已连续运行六个月，产品送三家企业试用。（演示）"}, by=by, on=on
    )

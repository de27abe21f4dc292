"""Who is told what about a claim, and in which words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import clock, notify
from quintet.core.calendar import term_day
from quintet.core.models import RoleGrant
from quintet.core.roles import Role
from quintet.core.second_person import holders
from quintet.directory.models import Membership, Organisation, Person
from quintet.directory.queries.members import said_of_those_without_account
from quintet.ledger import queries as books
from quintet.ledger.models import Appropriation, Fund
from quintet.look.words import cn_date, yuan
from quintet.policies.engine import policy
from quintet.policies.queries import said, task_number
from quintet.redemption.cases import what_to_do
from quintet.redemption.models import Call, CallAlert, Claim, Clawback, ExpertChange, Objection
from quintet.redemption.openings import little_time
from quintet.redemption.permissions import ALL, able, lead_of
from quintet.redemption.states import State


def speakers(claims: Sequence[Claim], on: date) -> dict[int, list[int]]:
    """claim → users who stand for its payee, contacts too. Two queries, however many claims."""
    organisations, people = {claim.organisation_id for claim in claims}, {claim.person_id for claim in claims}
    of_firm: dict[int, list[int]] = {}
    for organisation, user in (
        Membership.objects.in_force(on)
        .filter(organisation__in=[organisation for organisation in organisations if organisation], person__user__isnull=False)
        .values_list("organisation", "person__user")
    ):
        of_firm.setdefault(organisation, []).append(user)
    of_person = dict(Person.objects.filter(pk__in=[person for person in people if person], user__isnull=False).values_list("pk", "user"))
    return {
        claim.pk: of_firm.get(claim.organisation_id or 0, []) if claim.organisation_id else [of_person[claim.person_id]] if claim.person_id in of_person else []
        for claim in claims
    }  # fmt: skip


def officers(units: Iterable[str], role: str = Role.OFFICER) -> list[int]:
    """Users who hold a role for one of these departments today."""
    held = RoleGrant.objects.in_force(timezone.localdate()).filter(role=role, user__is_active=True)
    wanted = [unit for unit in units if unit]
    return list(held.filter(Q(unit__in=wanted) if wanted else Q()).values_list("user", flat=True).distinct())


def title_of(claim: Claim) -> str:
    rule = next((rule for rule in policy(claim.pack).pack.rules if rule.id == claim.rule), None)
    return f"“{said(rule.title)}”（{claim.number}）" if rule else claim.number


def payees(claims: Sequence[Claim], kind: str, on: date, *, urgent: bool = False, **more: Any) -> None:
    """Everybody who stands for the payees."""
    who = speakers(claims, on)
    with override("zh-hans"):
        told = [
            (user, words(claim, kind, on, **more), reverse("redemption:my-claim", args=[claim.pk]))
            for claim in claims
            for user in who[claim.pk]
        ]
    notify.tell_all(told, kind=kind, urgent=urgent)


def words(claim: Claim, kind: str, on: date, **more: Any) -> str:
    """One sentence for the payee."""
    day = term_day(claim.due_on) if claim.due_on else ""
    hurry = little_time(claim, on) if kind in ("offered", "returned") else ""
    return {
        "offered": _("您可以免申即享%(title)s，请在 %(day)s 前确认。"), "returned": _("%(title)s需要补正，请在 %(day)s 前补齐：%(what)s。"), "granted": _("%(title)s已决定兑现 %(amount)s，即将公示。"),
        "refused": _("%(title)s不予兑现，理由见办理页面。"), "public": _("%(title)s正在公示，至 %(day)s。"), "committed": _("%(title)s资金已落实，等待拨付。"), "paid": _("%(title)s已到账 %(amount)s。"),
        "contested": _("%(title)s在公示中收到异议，核查期间暂停办理，答复期限 %(day)s。"), "objection_upheld": _("对%(title)s的异议经核查成立，不予兑现，理由见办理页面。"),
        "objection_dismissed": _("对%(title)s的异议经核查不成立，继续办理。"), "reopened": _("%(title)s的事实有变，退回部门重新核查：%(what)s。"),
        "appraised": _("%(title)s的绩效评价结果：%(what)s。"), "return_received": _("%(title)s的退款 %(amount)s 已收到。"),
        "bounced": _("%(title)s的拨付被银行退回：%(what)s。请更换收款账户，或者确认原账户无误；主管部门核实后才能再次拨付。"), "soon": _("%(title)s将在 %(day)s 到期，请尽快办理。"), "lapsed": _("%(title)s逾期没有办理，已失效。"), "ending": _("%(title)s尚未作出决定；政策到 %(day)s 为止，此后不能再兑现。需要您办理的，请尽快办理。"), "hand_in": _("%(title)s尚未确认或提交；政策到 %(day)s 为止，请在此前办理，按时提交的期满后继续办理。"), "ended": _("%(title)s没有在政策期满（%(day)s）以前作出决定，除非另有过渡规定，不能再兑现。"),
        "instalment": _("%(title)s本年度的一期已进入核查。"), "clawback": _("%(title)s需要退回 %(amount)s，期限 %(day)s；理由、退到哪个账户和附言见办理页面。"), "return_soon": _("%(title)s还应退回 %(amount)s，请在 %(day)s 前退回；退到哪个账户见办理页面。"), "return_overdue": _("%(title)s还应退回 %(amount)s，期限 %(day)s 已过，请立即退回；退到哪个账户见办理页面。"), "delivered": _("%(title)s已兑现。"), "clawback_dropped": _("%(title)s不再要求退回资金。"),
        "new_account": _("登记了新的收款账户：%(what)s。不是你们登记的，请立即联系主管部门。"), "account_asked": _("%(title)s要求更换收款账户为 %(what)s，等待主管部门核实。不是你们提出的，请立即联系主管部门。"),
        "postponed": _("%(title)s的办理期限因放假安排顺延至 %(day)s。"), "return_postponed": _("%(title)s的退款期限因放假安排顺延至 %(day)s。"),
        "account_asked_again": _("%(title)s确认收款账户 %(what)s 无误，等待主管部门核实。不是你们提出的，请立即联系主管部门。"),
        "account_changed_again": _("%(title)s的收款账户 %(what)s 已核实，可以再次拨付。"), "account_kept_again": _("%(title)s的收款账户 %(what)s 没有核实无误，请更换账户，理由见办理页面。"),
        "account_changed": _("%(title)s的收款账户已更换为 %(what)s。"), "account_kept": _("%(title)s的收款账户没有更换为 %(what)s，理由见办理页面。"),
    }[kind] % {"title": title_of(claim), "day": more.get("day") or day, "amount": yuan(more.get("amount") or claim.decided_fen or 0) if claim.budget else _("这一项"), "what": str(more.get("what", "")).rstrip("。；;")} + hurry  # fmt: skip


def department(claim: Claim, text: str, *, kind: str, units: Iterable[str] | None = None, urgent: bool = False) -> None:
    """Officers of the department where the claim is, or of others."""
    with override("zh-hans"):
        told = f"{text}：{title_of(claim)} {claim.name}"
    notify.tell(
        officers(units or [claim.unit]),
        told,
        kind=kind,
        url=reverse("redemption:claim", args=[claim.pk]),
        urgent=urgent,
    )


def of_registers(claim: Claim, text: str) -> None:
    """The departments that have a claim in hand, and finance where its money is set aside or ordered, that a register says something else now; with what they can do."""
    with override("zh-hans"):
        told = f"{text}：{title_of(claim)} {claim.name}。{what_to_do(claim)}"
    users = officers([claim.unit, lead_of(claim)])
    if claim.state in (State.COMMITTED, State.ORDERED):
        users += officers([], role=Role.FINANCE_OFFICER)
    notify.tell(set(users), told, kind="facts", url=reverse("redemption:claim", args=[claim.pk]), urgent=True)


def of_nobody_left(unit: str, organisation: Organisation, claims: Sequence[Claim]) -> None:
    """A department, of its open claims whose payee nobody acts for any more; the contact is the one that was given with them."""
    contacts = sorted({f"{claim.contact} {claim.phone}".strip() for claim in claims if claim.contact or claim.phone})
    with override("zh-hans"):
        text = _("现在没有人能代表%(organisation)s办事，在办 %(n)d 件，照常保留；另有人获得授权后可接着办。") % {
            "organisation": organisation, "n": len(claims),
        }  # fmt: skip
        text += said_of_those_without_account(organisation, clock.today())
        text += _("请与单位联系（%(who)s）。") % {"who": "；".join(contacts)} if contacts else _("请与单位联系。")
    url = reverse("redemption:claim", args=[claims[0].pk]) if len(claims) == 1 else reverse("redemption:desk")
    notify.tell(officers([unit]), text, kind="membership", url=url, urgent=True)


def of_demand(clawback: Clawback) -> None:
    """Finance officers who may book what comes in, of what has to come by when."""
    claim = clawback.claim
    with override("zh-hans"):
        day, amount = cn_date(clawback.due_on), yuan(clawback.amount_fen)
        text = _("已决定追回，收到退款后请登记：%(title)s %(name)s，应退 %(amount)s，期限 %(day)s。") % {
            "title": title_of(claim), "name": claim.name, "amount": amount, "day": day,
        }  # fmt: skip
    users = [user.pk for user in able(holders(*ALL["clawback_receive"].roles), claim, "clawback_receive")]
    notify.tell(users, text, kind="clawback", url=reverse("redemption:claim", args=[claim.pk]))


def of_overdue_demand(clawback: Clawback) -> None:
    """The department that demanded it, and finance, that money has not come back in time."""
    claim = clawback.claim
    with override("zh-hans"):
        text = _("追回的资金逾期未退：%(title)s %(name)s，还应退 %(amount)s，期限 %(day)s。") % {
            "title": title_of(claim), "name": claim.name, "amount": yuan(clawback.left_fen), "day": cn_date(clawback.due_on),
        }  # fmt: skip
    finance = [user.pk for user in able(holders(*ALL["clawback_receive"].roles), claim, "clawback_receive")]
    users = {*officers([lead_of(claim)]), *finance}
    notify.tell(users, text, kind="clawback", url=reverse("redemption:claim", args=[claim.pk]), urgent=True)


def of_appraisals(units: Sequence[str], day: date) -> None:
    """Departments, each once, of how many appraisals are due on a day."""
    with override("zh-hans"):
        for unit, number in Counter(units).items():
            text = _("%(n)d 件绩效评价将在 %(day)s 到期，请尽快办理。") % {"n": number, "day": cn_date(day)}
            notify.tell(officers([unit]), text, kind="appraisal", url=reverse("redemption:desk") + "?tab=appraisal")


def of_the_end(units: Sequence[str], last: date) -> None:
    """Departments, each once, of how many of their claims are undecided shortly before the last day on which they can be decided."""
    with override("zh-hans"):
        for unit, number in Counter(units).items():
            text = _("%(n)d 件在办事项尚未作出决定；政策到 %(day)s 为止，此后不能再兑现，请在此前办结。") % {
                "n": number,
                "day": cn_date(last),
            }
            notify.tell(officers([unit]) if unit else [], text, kind="ending", url=reverse("redemption:desk"), urgent=True)


def of_postponed(units: Sequence[str], later: date, url: str) -> None:
    """Departments, each once, of how many of its terms now end on a later day. `units` has one for each term."""
    with override("zh-hans"):
        for unit, number in Counter(units).items():
            text = _("%(n)d 件在办事项的办理期限因放假安排顺延至 %(day)s。") % {"n": number, "day": cn_date(later)}
            notify.tell(officers([unit]) if unit else [], text, kind="postponed", url=url)


def objectors(objections: Iterable[Objection], what: str) -> None:
    """Whoever objected and was reached: on the site where they were signed in, else by mail where the contact is an address that was confirmed.

    Whose objection it is, nobody else is told; who left a telephone number is called by the officer.
    """
    for objection in objections:
        with override("zh-hans"):
            text = {
                "taken_up": _("您对“%(line)s”提出的异议已经受理，将在 %(day)s 前核查答复。"),
                "upheld": _("您对“%(line)s”提出的异议经核查成立，这一项不予兑现。核查结论：%(finding)s"),
                "dismissed": _("您对“%(line)s”提出的异议经核查不成立。核查结论：%(finding)s"),
            }[what] % {"line": objection.line, "day": term_day(objection.due_on), "finding": objection.finding}
        if objection.filed_by_id:
            url = reverse("redemption:notice", args=[objection.line.notice_id])
            notify.tell([objection.filed_by_id], text, kind="objection", url=url)
        elif objection.confirmed_at and objection.mail:
            notify.mail_text([objection.mail], text)


def of_longer_call(call: Call, on: date) -> None:
    """Those who asked to hear of it, and who have begun a claim under it."""
    begun = list(Claim.objects.filter(call=call, state=State.DRAFT))
    who = speakers(begun, on)
    asked = CallAlert.objects.filter(clause__in=["", call.clause], user__is_active=True).values_list("user", flat=True)
    with override("zh-hans"):
        text = f"{task_number(call.clause, call.pack)} {call.year}年度的申报通知有修改，截止日期：{cn_date(call.closes_on)}"
    url = reverse("redemption:call", args=[call.pk])
    notify.tell({*asked, *(user for users in who.values() for user in users)}, text, kind="call", url=url)


def of_call(call: Call, title: str) -> None:
    """Those who asked to hear of calls of this clause, or of all."""
    users = CallAlert.objects.filter(clause__in=["", call.clause], user__is_active=True).values_list("user", flat=True).distinct()
    with override("zh-hans"):
        text = f"{task_number(call.clause, call.pack)}“{title}”{call.year}年度开始申报：{cn_date(call.opens_on)}至{cn_date(call.closes_on)}"
    notify.tell(users, text, kind="call", url=reverse("redemption:call", args=[call.pk]))


def expert(change: ExpertChange) -> None:
    """The expert, with the employer that keeps them away from its cases."""
    if change.person.user_id:
        with override("zh-hans"):
            text = (
                _("您已列入评审专家库，工作单位：%(employer)s，专业领域：%(field)s。有误的，请联系主管部门更正。")
                if change.kind == ExpertChange.Kind.ENTER
                else _("您已从评审专家库出库，今后不再抽取。")
            ) % {"employer": change.employer or "—", "field": change.field}
        notify.tell([change.person.user_id], text, kind="expert")


def of_tie(people: Iterable[Person], what: Sequence[str]) -> None:
    """Those whom a relation keeps away from cases."""
    with override("zh-hans"):
        text = _("登记了您的回避关系：%(what)s。今后对有关申报须回避；有误的，请联系名录的经办部门更正。") % {"what": "、".join(what)}
    notify.tell([person.user_id for person in people if person.user_id], text, kind="personal")


def of_fund(fund: Fund, year: int, before: int, on: date) -> None:
    """Finance, when a fund has reached 70 or 90 per cent of what may be committed."""
    now = alert_of(fund, year, on)
    if now > before:
        finance = officers([], role=Role.FINANCE_OFFICER)
        notify.tell(
            finance,
            f"{fund}{year}年度的承诺已达到可用资金的{now}%。",
            kind="fund",
            url=reverse("redemption:fund", args=[fund.pk]) + f"?year={year}",
            urgent=True,
        )


def of_appropriation(appropriation: Appropriation) -> None:
    """Finance and leaders, of money that the treasury gives or takes back; of what waits, leaders alone: finance is asked to confirm it."""
    with override("zh-hans"):
        text = f"{said_of_appropriation(appropriation)}：{appropriation.get_state_display()}"
    waits = appropriation.state == Appropriation.State.PROPOSED
    users = {*([] if waits else officers([], role=Role.FINANCE_OFFICER)), *officers([], role=Role.LEADER)}
    notify.tell(users, text, kind="fund", url=reverse("redemption:appropriation", args=[appropriation.pk]))


def said_of_appropriation(appropriation: Appropriation) -> str:
    return f"{appropriation.get_kind_display()} {yuan(appropriation.amount_fen)}（{appropriation.fund}，{appropriation.year}年度，{appropriation.reference}）"


def alert_of(fund: Fund, year: int, on: date) -> int:
    """0, 70 or 90: the mark that a fund, or the ceiling over it, has reached."""
    state = books.budget_state(fund.budget, year, on=on)
    return max([state.alert, *(one.alert for one in state.funds if one.fund.pk == fund.pk)])

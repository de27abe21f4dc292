"""The money of a policy: appropriated, committed, paid, returned, against the ceiling, on any day."""

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import OFFICIALS, Role
from quintet.directory.divisions import OF_THE_CITY, division_name
from quintet.ledger import acts, queries
from quintet.ledger.actions import is_open, may_confirm_appropriation
from quintet.ledger.models import Appropriation, Commitment, Entry, Fund
from quintet.look import charts
from quintet.look.words import about_wan, yuan
from quintet.policies import engine
from quintet.redemption import actions
from quintet.redemption.export import entries_workbook
from quintet.redemption.forms import AppropriationConfirmForm, AppropriationForm, FundFilter
from quintet.redemption.models import Claim

PER_PAGE = 50
KINDS = [(kind.value, kind.label) for kind in Entry.Kind if kind not in Entry.ABOUT_A_CEILING]


def _pack() -> str:
    return engine.main_policy().pack.document.pack


def _filter(request: HttpRequest) -> FundFilter | None:
    years, today = queries.years(_pack()), clock.today()
    usual = None if asked.text(request, "year") else queries.latest_moved(_pack(), today)
    return FundFilter(request.GET or None, years=years, today=today, usual=usual) if years else None


@roles(*OFFICIALS)
def funds(request: HttpRequest) -> HttpResponse:
    """All budgets of the policy in a year."""
    chosen, form = engine.main_policy(), _filter(request)
    context: dict[str, Any] = {
        "document": chosen.pack.document,
        "may_open": acts.OPEN_YEAR.may(request.user),
        "years_to_open": _to_open(chosen),
    }
    if form:
        year, on = form.chosen()
        states = queries.states(chosen.pack.document.pack, year, on)
        context["why"] = "" if form.asks_a_year() or year == form.today.year else "moved" if form.usual else "opened"
        asked_for = asked.year(asked.text(request, "year"))
        context["not_opened"] = asked_for if asked_for not in form.years else None
        context["this_year_opened"] = form.today.year in form.years
        context |= {"form": form, "year": year, "on": on, "today": form.today, "budgets": [(state, _flow(state)) for state in states]}
    return render(request, "redemption/funds.html", context)


def _to_open(chosen: engine.Policy) -> list[int]:
    document, opened = chosen.pack.document, queries.years(chosen.pack.document.pack)
    last = document.ends.year if document.ends else clock.today().year + 1
    return [year for year in range(document.in_force.year, last + 1) if year not in opened]


def _flow(state: queries.BudgetState | queries.FundState) -> charts.Chart:
    total = state.sum if isinstance(state, queries.BudgetState) else lambda name: getattr(state, name)
    label = str(state.budget if isinstance(state, queries.BudgetState) else state.fund)
    ceiling = state.ceiling if isinstance(state, queries.BudgetState) else None
    return charts.flow(
        _("%(fund)s的资金流向") % {"fund": label},
        [
            charts.Stage(label=_("安排"), value=total("appropriated"), aside=_("未承诺 %(sum)s") % {"sum": about_wan(total("available"))}),
            charts.Stage(label=_("承诺"), value=total("committed"), aside=_("未拨付 %(sum)s") % {"sum": about_wan(total("open"))}),
            charts.Stage(label=_("拨付"), value=total("paid_out")),
            charts.Stage(label=_("收回"), value=total("returned")),
        ],
        unit=_("元"), write=about_wan, ceiling=ceiling,
    )  # fmt: skip


@roles(*acts.OPEN_YEAR.roles)
@require_POST
def open_year(request: HttpRequest) -> HttpResponse:
    year = request.POST.get("year", "")
    chosen = engine.main_policy()
    if (number := asked.year(year)) is None:
        messages.error(request, _("请选择年度。"))
        return redirect("redemption:funds")
    actions.open_policy_year(chosen, number, by=cast(User, request.user), on=clock.today())
    messages.success(request, _("已开立 %(year)s 年度，年度上限按政策包登记。") % {"year": year})
    return redirect(f"{reverse('redemption:funds')}?year={year}")


def _seen(request: HttpRequest, pk: int) -> dict[str, Any]:
    fund = get_object_or_404(Fund.objects.select_related("budget"), pk=pk)
    form = FundFilter(request.GET or None, years=queries.years(fund.budget.pack) or [clock.today().year], today=clock.today())
    year, on = form.chosen()
    filters = {name: asked.text(request, name) for name in ("kind", "clause", "division", "q")}
    return {
        "fund": fund,
        "form": form,
        "year": year,
        "on": on,
        "today": form.today,
        "filters": filters,
        "entries": queries.entries(fund, year, on=on, **filters),
    }


@roles(*OFFICIALS)
def fund(request: HttpRequest, pk: int) -> HttpResponse:
    """One fund in a year: its flow, sums by clause, district and month, and every entry."""
    context = _seen(request, pk)
    shown, year, on = context["fund"], context["year"], context["on"]
    state = next(
        (
            line
            for budget in queries.states(shown.budget.pack, year, on)
            if budget.budget == shown.budget
            for line in budget.funds
            if line.fund == shown
        ),
        queries.FundState(shown, 0, 0, 0, 0, 0),
    )
    page = Paginator(context["entries"], PER_PAGE).get_page(asked.text(request, "page"))
    clauses = queries.sums(shown, year, "clause", on)
    context |= {
        "state": state, "flow": _flow(state), "page": page, "kinds": KINDS, "clauses": sorted(clauses.items()), "pack": shown.budget.pack,
        "clause_names": sorted(clauses), "divisions": OF_THE_CITY.items(), "months": _months(shown, year, on),
        "districts": [(division_name(code) if code else "—", line) for code, line in sorted(queries.sums(shown, year, "division", on).items())],
        "may_book": acts.PROPOSE_APPROPRIATION.may(request.user),
        "waiting": shown.appropriations.filter(year=year, state=Appropriation.State.PROPOSED),
    }  # fmt: skip
    return render(request, "redemption/fund.html", context)


def _months(shown: Fund, year: int, on: date) -> charts.Chart | None:
    """Committed and paid so far, month by month; the books of a year may go on after its end."""
    found = queries.sums(shown, year, "month", on)
    if not found:
        return None
    labels, series, total = sorted(found), {"committed": [], "paid": []}, {"committed": 0, "paid": 0}  # type: ignore[var-annotated]
    for month in labels:
        for name, values in series.items():
            total[name] += found[month][name]
            values.append(total[name])
    return charts.lines(
        _("逐月累计"), labels,
        [charts.Series(label=_("承诺"), values=series["committed"]), charts.Series(label=_("拨付"), values=series["paid"], accent=True)],
        unit=_("元"), write=about_wan,
    )  # fmt: skip


@roles(*OFFICIALS)
def entries_export(request: HttpRequest, pk: int) -> FileResponse:
    """Exactly the entries seen, as Excel."""
    context = _seen(request, pk)
    name = _("%(fund)s-%(year)d-分录.xlsx") % {"fund": context["fund"], "year": context["year"]}
    return FileResponse(entries_workbook(context["entries"], title=str(context["year"])), as_attachment=True, filename=name)


@roles(*acts.PROPOSE_APPROPRIATION.roles)
@signed_in_again()
def appropriate(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """Enter what the treasury sets aside for a fund, or takes back; another finance officer confirms it."""
    shown = get_object_or_404(Fund.objects.select_related("budget"), pk=pk)
    if not is_open(shown, year):
        messages.error(request, _("%(fund)s的 %(year)s 年度尚未开立，不能登记资金安排。") % {"fund": shown, "year": year})
        return redirect("redemption:funds")
    form = AppropriationForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.propose_appropriation(
                shown,
                year,
                given["amount"],
                kind=given["change"],
                reference=given["reference"],
                memo=given["memo"],
                by=cast(User, request.user),
                on=clock.today(),
            )
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        else:
            messages.success(request, _("已登记，由另一位财政人员复核后入账。"))
            if over := _over(made):
                messages.warning(request, over)
            return redirect("redemption:appropriation", made.pk)
    return render(request, "redemption/fund_appropriate.html", {"fund": shown, "year": year, "form": form})


def _over(made: Appropriation) -> str:
    """What is to be known before an appropriation is confirmed with which more is set aside than the policy lets anybody commit; empty up to its ceiling."""
    if made.kind != Appropriation.Kind.APPROPRIATION:
        return ""
    over = queries.would_exceed(made.fund, made.year, made.amount_fen, on=clock.today())
    words = _("加上这一笔，%(year)d 年度安排的资金比政策的年度合计上限多 %(over)s，多出的部分不能承诺。请核对金额和年度。")
    return words % {"year": made.year, "over": yuan(over)} if over else ""


@roles(Role.FINANCE_OFFICER, Role.LEADER, Role.AUDITOR)
@signed_in_again()
def appropriation(request: HttpRequest, pk: int) -> HttpResponse:
    """One appropriation; a finance officer other than who entered it confirms it or not."""
    shown = get_object_or_404(Appropriation.objects.select_related("fund__budget", "proposed_by", "proposed_under", "confirmed_by"), pk=pk)
    user = cast(User, request.user)
    waits = shown.state == Appropriation.State.PROPOSED and acts.CONFIRM_APPROPRIATION.may(user)
    may_confirm = may_confirm_appropriation(shown, user)
    form = AppropriationConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.confirm_appropriation(shown, confirmed=given["confirmed"], remark=given["remark"], by=user, on=clock.today())
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        else:
            messages.success(request, _("已入账。") if given["confirmed"] else _("未通过，没有入账。"))
            return redirect("redemption:appropriation", pk)
    over = _over(shown) if shown.state == Appropriation.State.PROPOSED else ""
    context = {"appropriation": shown, "waits": waits, "form": form if may_confirm else None, "over": over}
    return render(request, "redemption/appropriation.html", context, status=422 if form.errors else 200)


@roles(*OFFICIALS)
def commitment(request: HttpRequest, pk: int) -> HttpResponse:
    """One commitment: what it is for and every entry about it."""
    shown = get_object_or_404(Commitment.objects.select_related("fund__budget"), pk=pk)
    rule = next((rule for rule in engine.policy(shown.pack).pack.rules if rule.id == shown.rule), None)
    return render(
        request,
        "redemption/commitment.html",
        {
            "commitment": shown,
            "rule": rule,
            "history": list(queries.history_of(shown)),
            "claim": Claim.objects.filter(commitment=shown).first(),
        },
    )

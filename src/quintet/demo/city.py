"""The demo city as a whole: built in one transaction, evaluated year by year."""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from quintet.core.audit import seal_as_found
from quintet.core.models import User
from quintet.core.roles import OFFICIALS
from quintet.demo.accounts import DUTIES, SINCE, open_accounts
from quintet.demo.applications import load_applications
from quintet.demo.claims import load_claims
from quintet.demo.crowd import load_crowd
from quintet.demo.places import found_places
from quintet.demo.records import City
from quintet.demo.showcase import load_showcase
from quintet.directory.actions.duties import confirm_duty, propose_duty
from quintet.directory.models import Organisation, Person
from quintet.ledger.actions import confirm_appropriation, propose_appropriation
from quintet.ledger.models import Fund
from quintet.policies.actions import record_version
from quintet.policies.engine import policy
from quintet.redemption.actions import evaluate_city, evaluation_day, open_policy_year
from quintet.redemption.models import EntitlementRun

POLICY = "panjin-2019-29"
YEARS = (2019, 2020, 2021)
SET_ASIDE = {"high_tech": 13_000_000, "agriculture": 5_000_000, "municipal_treasury": 12_000_000}


def is_empty() -> bool:
    return not (User.objects.exists() or Organisation.objects.exists() or Person.objects.exists())


def is_demo() -> bool:
    return User.objects.filter(username="demo-operator").exists()


@transaction.atomic
def load_city(*, enterprises: int, seed: int, say: Callable[[str], None]) -> None:
    """Everything or nothing: a load that was broken off leaves the database empty."""
    city = load_registers(enterprises=enterprises, seed=seed, say=say)
    evaluate_years(city, say)
    open_books(city, say)
    load_applications(city, say)
    load_claims(city, say)
    link_officials(city)
    seal_as_found(by=None, why="演示城市的其他记录按现状封存")


def load_registers(*, enterprises: int, seed: int, say: Callable[[str], None]) -> City:
    """The accounts and whoever stands in the registers, before anything is evaluated."""
    city = City(seed=seed, accounts=open_accounts())
    seal_as_found(by=None, why="演示城市的账号按现状封存")
    share_registers(city)
    found_places(city)
    say(f"账号 {len(city.accounts)} 个，部门、高校、院所、银行、园区等 {len(city.places)} 家")
    load_showcase(city)
    say("演示个案已登记")
    load_crowd(city, enterprises, say)
    say("平台、贷款、项目、人才、团队已登记")
    seal_as_found(by=None, why="演示城市的名录按现状封存")
    return city


def share_registers(city: City) -> None:
    """Which department keeps which register, said by one operator and confirmed by the other."""
    one, two = city.accounts["demo-operator"], city.accounts["demo-operator2"]
    for register, units in DUTIES.items():
        for unit in units:
            confirm_duty(propose_duty(register, unit, by=one, on=SINCE), by=two, on=SINCE)


def link_officials(city: City) -> None:
    """Each official is somebody of the register of people: from whom they keep away is known by it."""
    for user in city.accounts.values():
        if user.role_codes & {role.value for role in OFFICIALS} and not Person.objects.filter(user=user).exists():
            person = city.new_person(user.display_name)
            person.user = user
            city.save(person)


def open_books(city: City, say: Callable[[str], None]) -> None:
    """Accounts of three years with what a fictional treasury set aside, in yuan."""
    by, chosen = city.accounts["demo-finance"], policy(POLICY)
    for year in YEARS:
        open_policy_year(chosen, year, by=by, on=date(year, 7, 4) if year == YEARS[0] else date(year, 1, 4))
        for number, fund in enumerate(Fund.objects.filter(budget__pack=POLICY).order_by("pk"), 1):
            on = date(year, 7 if year == YEARS[0] else 2, 10)
            made = propose_appropriation(
                fund,
                year,
                SET_ASIDE[fund.code] * 100,
                reference=f"示例财指〔{year}〕{number}号",
                memo="演示数据",
                by=by,
                on=on,
            )
            confirm_appropriation(made, confirmed=True, by=city.accounts["demo-finance2"], on=on)
    say(f"资金账已开立 {YEARS[0]}—{YEARS[-1]} 年度")


def evaluate_years(city: City, say: Callable[[str], None]) -> None:
    chosen = policy(POLICY)
    for year in YEARS:
        run = EntitlementRun.objects.create(
            version=record_version(chosen),
            pack=POLICY,
            year=year,
            on=evaluation_day(chosen, year),
            created_by=city.accounts["demo-operator"],
        )
        evaluate_city(run)
        say(f"{year} 年全市评估：{sum(run.subjects.values())} 个对象")

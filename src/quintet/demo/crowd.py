"""The many others: firms with their years, titles, platforms, loans, projects and talents, in numbers that grow with the city."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from quintet.demo import fiction
from quintet.demo.records import WAN, City, FigureRow, Name, Standing, carrier, chunks, day_in, figure_rows, years_later
from quintet.demo.showcase import FIRM_COUNT, full_year
from quintet.directory.models import Carrier, Membership, Organisation, Person, Recognition
from quintet.finance.models import Loan
from quintet.market.models import TransferProject
from quintet.talent.models import Talent, Team

FIRMS_AT_ONCE = 2_000
# Of 400 firms so many are first recognised as high-tech in each year; others are registered as technology SMEs, or neither.
FIRST_RECOGNISED = {2016: 13, 2017: 15, 2018: 23, 2019: 25, 2020: 30, 2021: 35}
SMES, CANDIDATES = 118, 28
HIGH_TECH_DAYS = [(7, 22), (8, 8), (9, 15), (10, 11), (11, 16), (12, 2)]
PLAIN, CANDIDATE, SME, HIGH_TECH = "plain", "candidate", "sme", "high_tech"

# kind, level, year of recognition, how many in a city of 400 firms
PLATFORMS = [
    ("enterprise_technology_center", "national", 2021, 1), ("engineering_laboratory", "national", 2019, 1), ("key_laboratory", "national", 2021, 1),
    ("technology_innovation_center", "provincial", 2018, 4), ("technology_innovation_center", "provincial", 2019, 3), ("technology_innovation_center", "provincial", 2020, 3),
    ("technology_innovation_center", "provincial", 2021, 4), ("enterprise_technology_center", "provincial", 2019, 3), ("enterprise_technology_center", "provincial", 2020, 3),
    ("enterprise_technology_center", "provincial", 2021, 4), ("engineering_research_center", "provincial", 2020, 2), ("engineering_laboratory", "provincial", 2019, 1),
    ("engineering_technology_research_center", "provincial", 2019, 4), ("engineering_technology_research_center", "provincial", 2021, 4), ("key_laboratory", "provincial", 2020, 3),
    ("enterprise_technology_center", "municipal", 2016, 24), ("enterprise_technology_center", "municipal", 2019, 16), ("enterprise_technology_center", "municipal", 2021, 14),
    ("engineering_technology_research_center", "municipal", 2017, 20), ("engineering_technology_research_center", "municipal", 2020, 18), ("key_laboratory", "municipal", 2018, 16),
    ("technology_innovation_center", "municipal", 2020, 14), ("technology_innovation_center", "municipal", 2021, 12),
    ("academician_workstation", "provincial", 2019, 2), ("academician_workstation", "municipal", 2020, 3), ("academician_workstation", "municipal", 2021, 2),
    ("innovation_alliance", "municipal", 2018, 4), ("innovation_alliance", "municipal", 2019, 4), ("innovation_alliance", "municipal", 2020, 3), ("innovation_alliance", "provincial", 2021, 2),
    ("industrial_research_institute", "municipal", 2018, 3), ("industrial_research_institute", "municipal", 2020, 4), ("industrial_research_institute", "municipal", 2021, 4),
    ("incubator", "municipal", 2018, 3), ("incubator", "provincial", 2019, 1), ("incubator", "provincial", 2021, 1), ("maker_space", "municipal", 2019, 4),
    ("maker_space", "provincial", 2020, 2), ("maker_space", "provincial", 2021, 1), ("accelerator", "provincial", 2021, 1), ("other", "municipal", 2020, 2),
]  # fmt: skip
LOANS = {2018: 4, 2019: 11, 2020: 11, 2021: 17}
TEAMS = [
    ("priority", 2019, 2),
    ("key", 2019, 1),
    ("priority", 2020, 2),
    ("key", 2020, 1),
    ("priority", 2021, 2),
    ("key", 2021, 3),
    ("special", 2021, 1),
]
# what becomes of a project: (year registered, how many) with a grant, and without
GRANTED = {2019: 2, 2020: 3, 2021: 1}
OTHER_PROJECTS = {2018: 14, 2019: 30, 2020: 36, 2021: 44}


def load_crowd(city: City, enterprises: int, say: Callable[[str], None]) -> None:
    scale = max(enterprises - FIRM_COUNT, 0) / (400 - FIRM_COUNT)
    technology = _firms(city, max(enterprises - FIRM_COUNT, 0), scale, say)
    if technology:
        _platforms(city, technology, scale)
        _loans(city, technology, scale)
        _projects(city, technology, scale)
        _talents(city, technology, scale)
        _teams(city, technology, scale)


def _tracks(random: Random, number: int, scale: float) -> list[tuple[str, int]]:
    """(what a firm becomes, first year) for each firm, in random order."""
    tracks = [(HIGH_TECH, year) for year, firms in FIRST_RECOGNISED.items() for _ in range(round(firms * scale))]
    tracks += [(SME, 2017 + n % 5) for n in range(round(SMES * scale))]
    tracks += [(CANDIDATE, 0)] * round(CANDIDATES * scale)
    tracks = tracks[:number] + [(PLAIN, 0)] * (number - len(tracks))
    random.shuffle(tracks)
    return tracks


def _firms(city: City, number: int, scale: float, say: Callable[[str], None]) -> list[Organisation]:
    """Firms with titles, figures and heads; returns those that do research."""
    random, names = city.random("firms"), fiction.firm_names(city.random("names"))
    tracks = _tracks(random, number, scale)
    technology: list[Organisation] = []
    done = 0
    for chunk in chunks(tracks, FIRMS_AT_ONCE):
        firms = [_firm(city, random, names, track) for track, _first in chunk]
        city.write(firms)
        titles: list[Recognition] = []
        facts: list[FigureRow] = []
        for firm, (track, first) in zip(firms, chunk, strict=True):
            titles += _titles(city, random, firm, track, first)
            facts += _years(random, firm, track)
        city.write(titles)
        city.write_figures(facts)
        _heads(city, random, firms)
        technology += [firm for firm, (track, _first) in zip(firms, chunk, strict=True) if track in (SME, HIGH_TECH)]
        done += len(chunk)
        say(f"企业 {done}/{number}")
    return technology


def _firm(city: City, random: Random, names: Iterator[tuple[str, str]], track: str) -> Organisation:
    while True:
        industry, name = next(names)
        if name not in city.names and (track == PLAIN or industry in fiction.TECHNOLOGY):
            break
    division = random.choice(fiction.DIVISIONS)
    listed = True if track == HIGH_TECH else random.choices((True, False, None), (70, 15, 15) if track != PLAIN else (10, 60, 30))[0]
    return city.new_organisation(
        name, division=division, industry=industry, registered_on=day_in(random.randint(1998, 2015), random), address=f"示例市{name[2:4]}路{random.randint(1, 299)}号",
        resident=True, listed_field=listed, prohibited_industry=random.random() < 0.01 if track == PLAIN else False,
        abnormal_or_dishonest=None if random.random() < 0.03 else random.random() < 0.02,
    )  # fmt: skip


def _titles(city: City, random: Random, firm: Organisation, track: str, first: int) -> Iterator[Recognition]:
    if track == HIGH_TECH:
        day = date(first, *random.choice(HIGH_TECH_DAYS))
        while day.year <= 2021:
            yield city.high_tech(firm, day)
            if random.random() < 0.14:  # not renewed
                break
            day = date(day.year + 3, *random.choice(HIGH_TECH_DAYS))
        if first <= 2017 and random.random() < 0.55:
            yield city.leader(firm, date(random.choice((2018, 2019, 2020, 2021)), 12, 18))
    if track in (HIGH_TECH, SME):
        for year in range(max(2017, first - 1), 2022):
            if random.random() < (0.9 if track == SME else 0.78):
                yield city.sme(firm, date(year, random.choice((5, 6, 7, 9, 10)), random.choice((8, 15, 22))))
    for kind, level, chance in (
        ("gazelle", "provincial", 0.02),
        ("ip_management", "national", 0.06),
        ("led_standard", "national", 0.015),
        ("science_award", "provincial", 0.02),
    ):
        if track == HIGH_TECH and random.random() < chance:
            yield Recognition(
                organisation=firm, kind=kind, level=level, granted_on=day_in(random.randint(2015, 2021), random), authority="演示授予机关"
            )


def _years(random: Random, firm: Organisation, track: str) -> Iterator[FigureRow]:
    """Figures of 2017 to 2021; some years are missing, of 2021 some are preliminary or only the firm's own."""
    revenue = {PLAIN: 400, CANDIDATE: 1800, SME: 1500, HIGH_TECH: 3200}[track] * random.lognormvariate(0, 0.9)
    intensity = {
        PLAIN: 0.004,
        CANDIDATE: random.uniform(0.02, 0.06),
        SME: random.uniform(0.035, 0.09),
        HIGH_TECH: random.uniform(0.045, 0.1),
    }[track]
    staff = max(4, round(revenue / random.uniform(30, 90)))
    technical = {PLAIN: 0.03, CANDIDATE: 0.09, SME: 0.24, HIGH_TECH: 0.26}[track] * random.uniform(0.7, 1.5)
    score = {PLAIN: None, CANDIDATE: random.randint(52, 74), SME: random.choice((None, 66, 71)), HIGH_TECH: random.randint(71, 92)}[track]
    class1, class2 = random.choice((0, 0, 1, 2)), random.randint(0, 12)
    missing = random.randrange(2017, 2022) if random.random() < 0.06 else None
    for year in range(2017, 2022):
        revenue *= random.uniform(0.93, 1.22)
        if year == missing:
            continue
        if track == PLAIN:
            if year >= 2019:
                yield from figure_rows(
                    firm.pk, year, {Name.STAFF: staff, Name.REVENUE: round(revenue, 2), Name.TOTAL_ASSETS: round(revenue * 1.4, 2)}
                )
            continue
        values = full_year(
            round(revenue, 2), round(revenue * intensity * random.uniform(0.9, 1.1), 2), staff=staff + (year - 2019) * (staff // 25), technical=max(1, round(staff * technical)),
            high_tech=random.uniform(0.35, 0.6) if track == CANDIDATE else random.uniform(0.61, 0.9), score=score, class1=class1, class2=class2 + year - 2017,
            incident=int(random.random() < 0.006),
        )  # fmt: skip
        if year < 2019:  # only what three-year sums need
            yield from figure_rows(
                firm.pk, year, {name: values[name] for name in (Name.REVENUE, Name.RD_SPENDING, Name.DOMESTIC_RD_SPENDING)}
            )
            continue
        standing = random.choices(list(Standing), (4, 16, 80))[0] if year == 2021 else Standing.FINAL
        yield from figure_rows(firm.pk, year, values, standing)


def _heads(city: City, random: Random, firms: list[Organisation]) -> None:
    led = [firm for firm in firms if random.random() < 0.6]
    heads = [city.new_person(fiction.person_name(random)) for _ in led]
    city.write(heads)
    said = {
        "part": Membership.Part.LEGAL_REPRESENTATIVE,
        "proposed_by": city.keeper,
        "confirmed_by": city.accounts["demo-officer2"],
        "granted_on": date(2019, 7, 15),
    }
    city.write([Membership(person=head, organisation=firm, **said) for head, firm in zip(heads, led, strict=True)])


def _platforms(city: City, firms: list[Organisation], scale: float) -> None:
    random, number = city.random("platforms"), count()
    hosts = {"incubator": ["incubator_old", "accelerator"], "maker_space": ["makers", "college"], "accelerator": ["accelerator"]}
    labels = dict(Carrier.Kind.choices)
    made = []
    for kind, level, year, usual in PLATFORMS:
        for _ in range(round(usual * scale)):
            host = (
                city.places[random.choice(hosts[kind])] if kind in hosts and random.random() < 0.2 and scale < 2 else random.choice(firms)
            )
            recognised_on = day_in(year, random)
            expires_on = years_later(recognised_on, 3) - timedelta(days=1) if kind == "academician_workstation" else None
            where = {"national": "国家", "provincial": "省", "municipal": "市"}[level]
            made.append(
                carrier(host, f"{where}{host.name[2:6]}{labels[kind]}（{next(number) + 1}）", kind, level, recognised_on, expires_on)
            )
    city.write(made)


def _loans(city: City, firms: list[Organisation], scale: float) -> None:
    random, number = city.random("loans"), count(1001)
    banks = [city.places[key] for key in ("bank_a", "bank_b", "bank_c", "bank_d")]
    made = []
    for year, usual in LOANS.items():
        for n in range(round(usual * 2 * scale)):
            pledge = Loan.Pledge.INTELLECTUAL_PROPERTY if n % 2 else Loan.Pledge.OTHER
            principal = random.choice((100, 150, 200, 300, 400, 500, 600, 800))
            drawn_on = day_in(year, random)
            due_on = years_later(drawn_on, random.choice((1, 1, 1, 1, 2, 3)))
            interest = None if random.random() < 0.08 else round(principal * random.uniform(0.03, 0.058), 2)
            made.append(
                Loan(
                    contract_number=f"示借{year}字第{next(number):05d}号", organisation=random.choice(firms), bank=random.choice(banks), pledge=pledge, principal_fen=principal * WAN,
                    interest_paid_fen=None if interest is None else round(interest * WAN), drawn_on=drawn_on, due_on=due_on, released=True,
                    repaid_on=due_on if due_on.year < 2021 and random.random() < 0.9 else None,
                )
            )  # fmt: skip
    city.write(made)


TOPICS = ("高效分离", "低能耗", "可降解", "高强度", "智能在线", "耐腐蚀", "清洁", "连续化", "模块化", "数字孪生")
OBJECTS = ("催化工艺", "树脂材料", "钻采工具", "检测仪器", "水处理装置", "涂层材料", "输送系统", "育种技术", "储能装置", "管理平台")


def _projects(city: City, firms: list[Organisation], scale: float) -> None:
    random, number = city.random("projects"), count(1001)
    made = []
    for granted, years in ((True, GRANTED), (False, OTHER_PROJECTS)):
        for year, usual in years.items():
            for _ in range(round(usual * scale)):
                name = random.choice(TOPICS) + random.choice(OBJECTS)
                made.append(_project(random, random.choice(firms), f"ZH{year}-{next(number):05d}", name, year, granted))
    city.write(made)


def _project(random: Random, firm: Organisation, number: str, name: str, year: int, granted: bool) -> TransferProject:
    registered_on = date(year, random.randint(1, 3), random.randint(1, 28))
    stage = random.choice(("pilot", "industrial")) if granted else random.choice(("laboratory", "pilot", "industrial"))
    reached_on = registered_on + timedelta(days=random.randint(60, 240))
    accepted_on = reached_on + timedelta(days=random.randint(5, 50)) if granted or random.random() < 0.6 else None
    significant = granted or (None if random.random() < 0.03 else False)
    in_park = random.random() < 0.15
    income = random.choice((None, None, 0, round(random.uniform(5, 120), 2)))
    spending = round(random.uniform(60, 900), 2)
    if accepted_on and accepted_on > date(2021, 12, 31):
        accepted_on = None
    return TransferProject(
        number=number, name=name, organisation=firm, cooperation=granted or random.random() < 0.6, stage=stage, stage_reached_on=reached_on, registered_on=registered_on,
        accepted_on=accepted_on, significant_for_local_industry=significant, significance_reason={True: "带动本市产业链上下游配套。", False: "带动作用有限。", None: ""}[significant],
        total_spending_fen=round(spending * WAN), in_park=in_park, entered_park_on=registered_on + timedelta(days=random.randint(10, 90)) if in_park else None,
        overseas_talent=False, start_up_stage=random.random() < 0.2, net_income_fen=None if income is None else round(income * WAN),
        net_income_on=reached_on if income else None, staff_reward_fen=round(income * 0.6 * WAN) if income else None, state_institution=False, own_rule_or_agreement=random.choices((True, False, None), (55, 35, 10))[0],
    )  # fmt: skip


# category, kind of case, year, how many in a city of 400 firms
TALENTS = [
    ("national_leading", "brought", 2019, 1), ("national_leading", "brought", 2020, 1), ("national_leading", "brought", 2021, 2), ("other", "founder", 2019, 2),
    ("other", "founder", 2020, 3), ("other", "founder", 2021, 3), ("other", "home", 2019, 1), ("other", "home", 2020, 2), ("other", "home", 2021, 3),
    ("provincial_plan", "matched", 2019, 3), ("provincial_plan", "matched", 2020, 4), ("provincial_plan", "matched", 2021, 5),
    ("provincial_outstanding_expert", "matched", 2020, 1), ("other", "plain", 2019, 6), ("other", "plain", 2020, 8), ("other", "plain", 2021, 8),
]  # fmt: skip


def _talents(city: City, firms: list[Organisation], scale: float) -> None:
    random = city.random("talents")
    cases = [(category, case, year) for category, case, year, usual in TALENTS for _ in range(round(usual * scale))]
    people: list[Person] = [city.new_person(fiction.person_name(random)) for _ in cases]
    city.write(people)
    city.write(
        [
            Talent(person=person, organisation=random.choice(firms), category=category, **_talent(random, case, year))
            for person, (category, case, year) in zip(people, cases, strict=True)
        ]
    )


def _talent(random: Random, case: str, year: int) -> dict[str, Any]:
    day = day_in(year, random)
    doctor = {"phd": True, "full_time_degree": True, "graduated_on": date(year - random.randint(1, 4), 6, 30), "works_in_city": True}
    # Of most it is known that they founded nothing and bought no home; of the others nobody recorded it.
    fits: dict[str, Any] = {
        "fits_local_industry": random.choice((True, True, False, None)),
        "brings_results": _brings_results(random, case),
    }
    if random.random() < 0.85:
        fits |= {"founded": False, "home_bought": False}
    if case == "brought":
        terms = {"newly_brought_in": True, "first_full_time": True, "contract_years": random.choice((3, 5, 5)), "review_passed": True}
        return {"brought_in_on": day, **terms, **doctor, **fits}
    if case == "founder":
        return {
            "newly_brought_in": random.random() < 0.5,
            "brought_in_on": day,
            **doctor,
            **fits,
            "founded": True,
            "founded_on": day,
            "first_business": True,
        }
    if case == "home":
        settled = {
            "settled": True,
            "settled_on": date(year, 1, random.randint(4, 28)),
            "home_bought": True,
            "home_bought_on": date(year, random.randint(3, 12), 15),
            "first_home": True,
        }
        return {"brought_in_on": date(year, 1, 4), **doctor, **fits, **settled}
    if case == "matched":
        return {
            "provincial_support_fen": random.choice((10, 20, 30)) * WAN,
            "provincial_support_on": day,
            "phd": random.random() < 0.6,
            **fits,
        }
    return {"brought_in_on": day, "newly_brought_in": True, "phd": random.random() < 0.3, "works_in_city": True, **fits}


def _brings_results(random: Random, case: str) -> bool | None:
    likely = {"brought": 0.7, "founder": 0.6, "matched": 0.5}.get(case, 0.2)
    return None if random.random() < 0.08 else random.random() < likely


def _teams(city: City, firms: list[Organisation], scale: float) -> None:
    random, number = city.random("teams"), count(1)
    made = [
        Team(
            name=f"{random.choice(OBJECTS)}创新团队（{next(number)}）",
            organisation=random.choice(firms),
            tier=tier,
            selected_on=day_in(year, random),
        )
        for tier, year, usual in TEAMS
        for _ in range(round(usual * scale))
    ]
    city.write(made)

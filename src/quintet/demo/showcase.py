"""Cases with names of their own: what a visitor is shown first, and every edge of every rule. The same in a city of any size."""

from datetime import date
from typing import Any

from quintet.demo.fiction import person_name
from quintet.demo.records import WAN, City, Name, Standing, carrier, figures
from quintet.directory.actions import confirm_membership, propose_membership
from quintet.directory.models import Level, Membership, Organisation, Person, Recognition
from quintet.finance.models import Loan
from quintet.market.models import TransferProject
from quintet.talent.models import Talent, Team

D = date
# key, name, industry, division, founded
FIRMS = [
    ("new_high_tech", "示例辰海新材料股份有限公司", "2651", "2111L1", D(2014, 5, 8)),
    ("loan_10m", "示例澜石精细化工有限公司", "2614", "2111L1", D(2011, 9, 1)),
    ("loan_30m", "示例恒岳石油装备有限公司", "3511", "211103", D(2008, 3, 17)),
    ("founder", "示例微澜生物科技有限公司", "7517", "2111L2", D(2019, 9, 2)),
    ("nearly_high_tech", "示例拓原软件有限公司", "6513", "211103", D(2015, 6, 30)),
    ("incubator", "示例芦海科技企业孵化器有限公司", "7540", "2111L2", D(2015, 11, 20)),
    ("two_loans", "示例宏景环保设备有限公司", "3591", "211102", D(2010, 4, 22)),
    ("long_loans", "示例启丰水处理设备有限公司", "3596", "211104", D(2012, 8, 15)),
    ("unclear_loans", "示例森茂农业科技有限公司", "0111", "211104", D(2013, 3, 5)),
    ("lapsed", "示例朔航仪器仪表有限公司", "4011", "211103", D(2009, 7, 7)),
    ("renewed", "示例凌科自动化有限公司", "4011", "2111L2", D(2010, 10, 26)),
    ("expired", "示例汇达印染助剂有限公司", "2661", "211122", D(2011, 1, 12)),
    ("last_day_2019", "示例锦原光电科技有限公司", "3975", "2111L2", D(2016, 2, 2)),
    ("first_day_2020", "示例沃林节能技术有限公司", "7514", "211102", D(2015, 12, 9)),
    ("day_before_2019", "示例隆海钻采设备有限公司", "3511", "211103", D(2012, 6, 18)),
    ("national_centre", "示例盛泰高分子材料有限公司", "2651", "2111L1", D(2006, 4, 3)),
    ("unlisted_centre", "示例森洋海工装备有限公司", "3737", "2111L1", D(2009, 5, 27)),
    ("twice_provincial", "示例博华医药有限公司", "2710", "211104", D(2007, 9, 19)),
    ("project_host", "示例致林催化材料有限公司", "2661", "2111L1", D(2013, 11, 11)),
    ("overseas", "示例云宸智能科技有限公司", "6531", "2111L2", D(2020, 4, 21)),
    ("talent_host", "示例源曜化工新材料股份有限公司", "2651", "2111L1", D(2005, 8, 8)),
    ("phd_late", "示例晟诺信息技术有限公司", "6513", "211103", D(2020, 7, 1)),
    ("phd_day", "示例瑞屹环境科技有限公司", "7514", "211102", D(2020, 6, 30)),
    ("phd_first_day", "示例卓鑫种业有限公司", "0111", "211122", D(2019, 1, 1)),
    ("trouble", "示例鼎隆物资回收有限公司", "5191", "211122", D(2004, 12, 1)),
    ("no_figures", "示例安宁咨询服务有限公司", "7243", "211103", D(2020, 10, 10)),
]  # fmt: skip
FIRM_COUNT = len(FIRMS)
SIX_YEARS = range(2017, 2022)


def load_showcase(city: City) -> None:
    for key, name, industry, division, founded in FIRMS:
        city.organisation(
            key, name, industry=industry, division=division, registered_on=founded, address=f"示例市{name[2:4]}路{int(industry) % 90 + 1}号", resident=True,
            listed_field=None if key == "no_figures" else key not in ("trouble", "incubator"), prohibited_industry=key == "trouble", abnormal_or_dishonest=key == "trouble",
        )  # fmt: skip
    _titles(city)
    _figures(city)
    _carriers(city)
    _loans(city)
    _projects(city)
    _talents(city)
    _teams(city)
    _members(city)


def _titles(city: City) -> None:
    certificates = {
        "new_high_tech": [D(2020, 9, 15)], "loan_10m": [D(2018, 11, 16)], "loan_30m": [D(2016, 11, 30), D(2019, 12, 2)], "two_loans": [D(2019, 10, 11)],
        "lapsed": [D(2014, 10, 10), D(2020, 10, 10)], "renewed": [D(2017, 8, 8), D(2020, 9, 15)], "expired": [D(2016, 12, 1)], "last_day_2019": [D(2019, 12, 31)],
        "first_day_2020": [D(2020, 1, 1)], "day_before_2019": [D(2018, 12, 31)], "national_centre": [D(2015, 8, 4), D(2018, 10, 12), D(2021, 9, 24)],
        "talent_host": [D(2017, 8, 8), D(2020, 9, 15)], "project_host": [D(2019, 7, 22)], "twice_provincial": [D(2021, 9, 24)],
    }  # fmt: skip
    for key, days in certificates.items():
        for day in days:
            city.save(city.high_tech(city.places[key], day))
    for key in ("new_high_tech", "nearly_high_tech", "last_day_2019", "first_day_2020", "phd_day", "founder"):
        for year in (2019, 2020, 2021):
            if city.places[key].registered_on.year < year:  # type: ignore[union-attr]
                city.save(city.sme(city.places[key], D(year, 6, 18)))
    for key, day in (("talent_host", D(2019, 12, 20)), ("loan_30m", D(2020, 12, 18)), ("national_centre", D(2018, 12, 21))):
        city.save(city.leader(city.places[key], day))
    for key, kind, level, day in (
        ("talent_host", Recognition.Kind.SCIENCE_AWARD, Level.NATIONAL, D(2018, 1, 8)),
        ("national_centre", Recognition.Kind.SCIENCE_AWARD, Level.NATIONAL, D(2013, 1, 18)),
        ("project_host", Recognition.Kind.LED_STANDARD, Level.NATIONAL, D(2019, 3, 25)),
        ("new_high_tech", Recognition.Kind.IP_MANAGEMENT, Level.NATIONAL, D(2019, 5, 6)),
        ("loan_30m", Recognition.Kind.GAZELLE, Level.PROVINCIAL, D(2020, 8, 28)),
    ):
        city.save(Recognition(organisation=city.places[key], kind=kind, level=level, granted_on=day, authority="演示授予机关"))


def full_year(
    revenue: float,
    rd: float,
    *,
    staff: int,
    technical: int,
    high_tech: float = 0.72,
    score: float | None = 78,
    class1: int = 2,
    class2: int = 9,
    incident: int = 0,
) -> dict[Name, int | float]:
    """A firm's year from its sales and R&D (ten thousand yuan)."""
    values: dict[Name, int | float] = {
        Name.STAFF: staff, Name.TECHNICAL_STAFF: technical, Name.REVENUE: revenue, Name.TOTAL_INCOME: revenue * 1.02, Name.HIGH_TECH_INCOME: revenue * high_tech,
        Name.TOTAL_ASSETS: revenue * 1.3, Name.TOTAL_COST: revenue * 0.9, Name.RD_SPENDING: rd, Name.DOMESTIC_RD_SPENDING: rd, Name.IP_CLASS1: class1,
        Name.IP_CLASS2: class2, Name.CORE_IP: int(class1 + class2 > 0), Name.MAJOR_INCIDENT: incident, Name.NATIONAL_AWARD_5Y: 0,
        Name.PROVINCIAL_RD_INSTITUTION: 0, Name.LED_STANDARD_5Y: 0,
    }  # fmt: skip
    return values if score is None else values | {Name.INNOVATION_SCORE: score}


def _figures(city: City) -> None:
    written = []
    sales = {  # ten thousand yuan, 2017 to 2021; (R&D over sales, staff, technical staff)
        "new_high_tech": ([2600, 3100, 3800, 4600, 5900], 0.064, 96, 24), "loan_10m": ([8200, 9100, 9900, 11200, 12800], 0.047, 210, 38),
        "loan_30m": ([24800, 27600, 31000, 33500, 36200], 0.038, 520, 88), "two_loans": ([9000, 11000, 12500, 12100, 14000], 0.045, 240, 46),
        "long_loans": ([3100, 3000, 3600, 4100, 4400], 0.031, 88, 9), "lapsed": ([1800, 1700, 1900, 2300, 2700], 0.058, 60, 18),
        "renewed": ([4200, 4600, 4700, 5200, 6100], 0.061, 110, 30), "expired": ([6100, 5800, 5200, 4700, 4300], 0.021, 150, 12),
        "last_day_2019": ([900, 1500, 2200, 3000, 3900], 0.09, 48, 21), "first_day_2020": ([1100, 1300, 1600, 1900, 2400], 0.07, 40, 14),
        "day_before_2019": ([3900, 4200, 4100, 4400, 4500], 0.052, 92, 19), "national_centre": ([52000, 56000, 61000, 60500, 68000], 0.036, 860, 142),
        "unlisted_centre": ([15000, 14200, 16800, 17500, 18100], 0.034, 330, 41), "twice_provincial": ([7600, 8300, 9000, 9800, 10900], 0.055, 190, 44),
        "project_host": ([3300, 3900, 4800, 5600, 6600], 0.068, 105, 33), "talent_host": ([88000, 91000, 97000, 99000, 112000], 0.033, 1250, 236),
        "trouble": ([5200, 4900, 4700, 4200, 3900], 0.002, 130, 3),
    }  # fmt: skip
    for key, (revenues, intensity, staff, technical) in sales.items():
        for year, revenue in zip(SIX_YEARS, revenues, strict=True):
            growth = 0.88 + 0.03 * (year - 2017)
            year_values = full_year(
                revenue, round(revenue * intensity, 2), staff=round(staff * growth), technical=round(technical * growth)
            )
            if key == "trouble":
                year_values |= {Name.MAJOR_INCIDENT: int(year == 2020), Name.CORE_IP: 0, Name.IP_CLASS1: 0, Name.IP_CLASS2: 0}
            written += figures(city.places[key], year, year_values)
    # Sales of 90 (2017–2019), 100 (2018–2020) and 110 million yuan (2019–2021), R&D of 4.2 % in each: five per cent are needed.
    nearly = city.places["nearly_high_tech"]
    for year, revenue, rd in ((2017, 2600, 118), (2018, 3000, 120), (2019, 3400, 140), (2020, 3600, 160), (2021, 4000, 162)):
        written += figures(nearly, year, full_year(revenue, rd, staff=64, technical=31, high_tech=0.83, score=76.5))
    for year, revenue in ((2019, 12), (2020, 160), (2021, 420)):
        written += figures(
            city.places["founder"],
            year,
            full_year(revenue, revenue * 0.3, staff=5 + year - 2019, technical=4, score=None, class1=1, class2=2),
        )
    for year in (2020, 2021):  # the year before is missing, so the sums of three years are unknown
        written += figures(city.places["overseas"], year, full_year(300, 90, staff=14, technical=11, score=None, class2=3))
    preliminary: dict[Name, int | float] = {Name.REVENUE: 5850, Name.RD_SPENDING: 370}
    written += figures(city.places["new_high_tech"], 2021, preliminary, Standing.PRELIMINARY)
    written += figures(city.places["unclear_loans"], 2020, {Name.REVENUE: 1450, Name.STAFF: 35}, Standing.DECLARED)
    city.write(written)


def _carriers(city: City) -> None:
    place, N, P, M = city.places, Level.NATIONAL, Level.PROVINCIAL, Level.MUNICIPAL
    for item in (
        # T19: newly national in 2020; provincial long before
        carrier(place["incubator"], "示例芦海科技企业孵化器", "incubator", P, D(2017, 5, 16)),
        carrier(place["incubator"], "示例芦海科技企业孵化器", "incubator", N, D(2020, 4, 24)),
        carrier(place["makers"], "苇海众创空间", "maker_space", P, D(2019, 12, 31)),
        carrier(place["makers"], "苇海众创空间", "maker_space", N, D(2021, 1, 1)),
        carrier(place["accelerator"], "示例高新区企业加速器", "accelerator", P, D(2020, 6, 30)),
        carrier(place["accelerator"], "示例高新区企业加速器", "accelerator", N, D(2021, 7, 9)),
        carrier(place["incubator_old"], "启航创业孵化基地", "incubator", N, D(2018, 12, 31)),
        carrier(place["incubator_old"], "启航众创空间", "maker_space", P, None),
        carrier(place["college"], "示例职院学生创客空间", "maker_space", M, D(2019, 5, 4)),
        # T3
        carrier(place["national_centre"], "国家高分子材料企业技术中心", "enterprise_technology_center", N, D(2020, 12, 31)),
        carrier(place["national_centre"], "省高分子材料工程研究中心", "engineering_research_center", P, D(2016, 9, 9)),
        carrier(place["talent_host"], "国家化工新材料工程技术研究中心", "engineering_technology_research_center", N, D(2019, 1, 1)),
        carrier(place["talent_host"], "省化工新材料重点实验室", "key_laboratory", P, D(2020, 3, 30)),
        carrier(place["unlisted_centre"], "国家海工装备技术创新中心", "technology_innovation_center", N, D(2020, 5, 29)),
        carrier(place["unlisted_centre"], "省海工装备工程技术研究中心", "engineering_technology_research_center", P, D(2020, 5, 29)),
        carrier(place["unlisted_centre"], "国家海工装备工程实验室", "engineering_laboratory", N, None),
        carrier(place["twice_provincial"], "省生物制药工程实验室", "engineering_laboratory", P, D(2021, 3, 15)),
        carrier(place["twice_provincial"], "省中药提取工程实验室", "engineering_laboratory", P, D(2021, 10, 20)),
        carrier(place["new_high_tech"], "市密封新材料企业技术中心", "enterprise_technology_center", M, D(2018, 7, 2)),
        carrier(place["new_high_tech"], "省密封新材料技术创新中心", "technology_innovation_center", P, D(2021, 11, 5)),
        carrier(place["loan_30m"], "省钻采装备企业技术中心", "enterprise_technology_center", P, D(2019, 12, 31)),
        carrier(place["loan_10m"], "省绿色催化技术创新中心", "technology_innovation_center", P, D(2020, 1, 1)),
        carrier(place["renewed"], "省过程控制工程研究中心", "engineering_research_center", P, None),
        # T1, T2, T4
        carrier(place["institute_chemistry"], "精细化工产业技术研究院", "industrial_research_institute", M, D(2016, 5, 20)),
        carrier(place["institute_materials"], "新材料产业技术研究院", "industrial_research_institute", P, D(2018, 3, 12)),
        carrier(place["institute_agriculture"], "现代农业产业技术研究院", "industrial_research_institute", M, D(2014, 4, 8), D(2020, 4, 7)),
        carrier(place["institute_ocean"], "海洋工程产业技术研究院", "industrial_research_institute", M, D(2019, 6, 6)),
        carrier(place["institute_smart"], "智能制造产业技术研究院", "industrial_research_institute", M, D(2019, 9, 25)),
        carrier(place["institute_energy"], "节能环保产业技术研究院", "industrial_research_institute", M, D(2020, 8, 18)),
        carrier(place["university"], "石化智能制造产业技术研究院", "industrial_research_institute", M, None),
        carrier(place["talent_host"], "源曜化工院士工作站", "academician_workstation", P, D(2018, 6, 1), D(2021, 5, 31)),
        carrier(place["loan_30m"], "恒岳装备专家工作站", "academician_workstation", M, D(2020, 7, 10), D(2023, 7, 9)),
        carrier(place["university"], "精细化工产业技术创新联盟", "innovation_alliance", P, D(2017, 11, 3)),
    ):  # fmt: skip
        city.save(item)


def _loans(city: City) -> None:
    ip, other = Loan.Pledge.INTELLECTUAL_PROPERTY, Loan.Pledge.OTHER
    # firm, bank, pledge, principal and interest paid in ten thousand yuan, drawn, due, repaid, paid out
    rows: list[tuple[str, str, str, int, float | None, date, date, date | None, bool | None]] = [
        ("loan_10m", "bank_d", ip, 1000, 48.5, D(2020, 3, 1), D(2021, 3, 1), None, True),
        ("loan_10m", "bank_a", other, 600, 29.1, D(2019, 5, 13), D(2020, 5, 13), D(2020, 5, 13), True),
        ("loan_30m", "bank_a", ip, 3000, 142.6, D(2020, 5, 18), D(2021, 5, 18), None, True),
        ("two_loans", "bank_a", ip, 1200, 58.2, D(2020, 2, 24), D(2021, 2, 24), None, True),
        ("two_loans", "bank_b", ip, 1500, 74.1, D(2020, 8, 3), D(2021, 8, 3), None, True),
        ("two_loans", "bank_b", ip, 900, 41.7, D(2021, 9, 6), D(2022, 9, 6), None, True),
        ("long_loans", "bank_c", ip, 400, 98.0, D(2019, 6, 10), D(2022, 6, 10), None, True),
        ("long_loans", "bank_c", ip, 100, 26.0, D(2020, 3, 1), D(2025, 3, 1), None, True),
        ("long_loans", "bank_c", ip, 100, 27.0, D(2021, 3, 1), D(2026, 3, 2), None, True),
        ("long_loans", "bank_b", ip, 1000, 52.0, D(2021, 3, 1), D(2022, 3, 2), None, True),
        ("renewed", "bank_d", ip, 1000, 43.9, D(2020, 1, 1), D(2021, 1, 1), None, True),
        ("renewed", "bank_d", ip, 800, 19.6, D(2021, 1, 4), D(2022, 1, 4), D(2021, 7, 5), True),
        ("lapsed", "bank_a", ip, 500, 6.2, D(2020, 10, 12), D(2021, 10, 12), None, True),
        ("unclear_loans", "bank_b", ip, 300, None, D(2020, 4, 7), D(2021, 4, 7), None, True),
        ("unclear_loans", "bank_b", ip, 300, 5.1, D(2020, 11, 2), D(2021, 11, 2), None, None),
        ("unclear_loans", "bank_c", ip, 200, None, D(2021, 6, 21), D(2022, 6, 21), None, True),
        ("expired", "bank_c", ip, 350, 16.9, D(2018, 12, 31), D(2019, 12, 31), D(2019, 12, 31), True),
        ("last_day_2019", "bank_d", ip, 260, 12.5, D(2019, 1, 1), D(2020, 1, 1), D(2020, 1, 2), True),
        ("first_day_2020", "bank_d", ip, 180, 8.7, D(2019, 12, 31), D(2020, 12, 31), None, True),
        ("trouble", "bank_a", other, 500, 26.4, D(2020, 6, 1), D(2021, 6, 1), None, True),
        ("nearly_high_tech", "bank_d", ip, 200, 0.0, D(2020, 12, 30), D(2021, 12, 30), None, False),
    ]
    for number, (firm, bank, pledge, principal, interest, drawn, due, repaid, released) in enumerate(rows, 1):
        city.save(
            Loan(
                contract_number=f"示借{drawn.year}字第{number:04d}号", organisation=city.places[firm], bank=city.places[bank], pledge=pledge, principal_fen=principal * WAN,
                interest_paid_fen=None if interest is None else round(interest * WAN), drawn_on=drawn, due_on=due, repaid_on=repaid, released=released,
                interest_settled_on=D(drawn.year, 12, 20) if interest and repaid is None and drawn < D(drawn.year, 12, 20) else None,  # taken in advance
            )
        )  # fmt: skip


def _projects(city: City) -> None:
    base: dict[str, Any] = {
        "cooperation": True, "in_park": False, "overseas_talent": False, "start_up_stage": False, "significant_for_local_industry": True, "university_result": True,
        "significance_reason": "补齐本市精细化工产业链短板，经市科技局专题会议认定。", "total_spending_fen": 480 * WAN,
    }  # fmt: skip
    pilot, industrial, laboratory = TransferProject.Stage.PILOT, TransferProject.Stage.INDUSTRIAL, TransferProject.Stage.LABORATORY
    no_reason = {"significant_for_local_industry": None, "significance_reason": ""}
    minor = {"significant_for_local_industry": False, "significance_reason": "产品以外地配套为主，对本市产业带动有限。"}
    overseas = {"cooperation": False, "university_result": None, "overseas_talent": True, "start_up_stage": True, **no_reason}
    host, new = "project_host", "new_high_tech"
    rows: list[tuple[str, str, dict[str, Any]]] = [
        # T9: registered, then pilot or industrial scale, then accepted
        (host, "碳五馏分加氢催化剂中试", {"stage": pilot, "registered_on": D(2019, 8, 1), "stage_reached_on": D(2019, 12, 1), "accepted_on": D(2020, 1, 1)}),
        (host, "高性能聚烯烃催化剂产业化", {"stage": industrial, "registered_on": D(2019, 8, 1), "stage_reached_on": D(2020, 11, 20), "accepted_on": D(2020, 12, 31)}),
        (host, "环氧丙烷绿色工艺产业化", {"stage": industrial, "registered_on": D(2020, 3, 2), "stage_reached_on": D(2020, 3, 2), "accepted_on": D(2021, 6, 16)}),
        (new, "耐低温密封材料中试", {"stage": pilot, "registered_on": D(2019, 3, 4), "stage_reached_on": D(2019, 10, 21), "accepted_on": D(2019, 12, 31)}),
        (new, "氢化丁腈橡胶制备技术", {"stage": laboratory, "registered_on": D(2020, 4, 1), "stage_reached_on": D(2020, 6, 1), "accepted_on": D(2020, 12, 8)}),
        ("loan_10m", "溶剂回收节能成套工艺", {"stage": pilot, "registered_on": D(2019, 12, 2), "stage_reached_on": D(2019, 12, 1), "accepted_on": D(2020, 3, 20)}),
        ("loan_30m", "连续油管作业装备", {"stage": industrial, "registered_on": D(2018, 12, 31), "stage_reached_on": D(2019, 12, 1), "accepted_on": D(2020, 3, 20)}),
        ("renewed", "过程分析在线光谱仪", {"stage": pilot, "registered_on": D(2019, 9, 9), "stage_reached_on": D(2020, 5, 6), "accepted_on": D(2020, 9, 1), **no_reason}),
        ("two_loans", "含油污泥无害化处理", {"stage": pilot, "registered_on": D(2019, 9, 9), "stage_reached_on": D(2020, 5, 6), "accepted_on": D(2020, 9, 1), **minor}),
        ("nearly_high_tech", "油田数据湖平台", {"stage": pilot, "registered_on": D(2019, 5, 7), "stage_reached_on": D(2020, 2, 3), "accepted_on": D(2020, 8, 7), "cooperation": False}),
        ("twice_provincial", "缓释微球制剂中试", {"stage": pilot, "registered_on": D(2020, 7, 1), "stage_reached_on": D(2021, 6, 30)}),
        ("unclear_loans", "耐盐碱水稻新品种推广", {"stage": pilot, "registered_on": None, "stage_reached_on": D(2020, 10, 15)}),
        ("lapsed", "微型质谱传感器", {"stage": pilot, "registered_on": D(2020, 5, 6), "accepted_on": D(2021, 5, 6)}),
        # T9 and N4: income from transfer or licence
        ("university", "苯乙烯脱氢催化剂专利转让", {"state_institution": True, "stage": industrial, "registered_on": D(2019, 6, 3), "stage_reached_on": D(2018, 6, 1), "net_income_fen": 100 * WAN, "net_income_on": D(2019, 12, 5), "staff_reward_fen": 80 * WAN, "own_rule_or_agreement": True}),
        ("university", "海水提溴工艺许可", {"state_institution": True, "stage": pilot, "registered_on": D(2020, 6, 3), "stage_reached_on": D(2020, 9, 1), "net_income_fen": 60 * WAN, "net_income_on": D(2020, 10, 20), "staff_reward_fen": 30 * WAN, "own_rule_or_agreement": False}),
        ("institute_chemistry", "特种环氧树脂技术转让", {"state_institution": True, "stage": industrial, "registered_on": D(2020, 2, 10), "stage_reached_on": D(2020, 12, 1), "net_income_fen": 220 * WAN, "net_income_on": D(2020, 12, 15), "staff_reward_fen": 100 * WAN, "own_rule_or_agreement": None}),
        ("institute_agriculture", "稻蟹共作技术推广", {"stage": industrial, "registered_on": D(2019, 4, 10), "stage_reached_on": D(2019, 9, 1), "net_income_fen": 0}),
        # T11: two years of factory space from the day of entry
        ("first_day_2020", "余热回收换热器", {"stage": pilot, "registered_on": D(2019, 8, 20), "stage_reached_on": D(2020, 1, 8), "in_park": True, "entered_park_on": D(2019, 9, 1)}),
        ("phd_day", "膜法水处理组件", {"stage": pilot, "registered_on": D(2020, 7, 20), "stage_reached_on": D(2021, 1, 8), "in_park": True, "entered_park_on": D(2020, 12, 31)}),
        ("day_before_2019", "智能钻杆检测装置", {"stage": industrial, "registered_on": D(2019, 2, 20), "stage_reached_on": D(2019, 5, 8), "in_park": True, "entered_park_on": D(2018, 12, 31)}),
        ("last_day_2019", "量子点显示膜", {"stage": pilot, "registered_on": D(2019, 11, 20), "stage_reached_on": D(2020, 5, 8), "in_park": True, **no_reason}),
        # T16: start-ups of overseas talents
        ("overseas", "工业视觉检测算法平台", overseas | {"stage": laboratory, "registered_on": D(2020, 5, 20), "in_park": True, "entered_park_on": D(2020, 6, 1)}),
        ("founder", "海洋微藻活性物质提取", overseas | {"stage": pilot, "registered_on": D(2019, 12, 31), "stage_reached_on": D(2021, 3, 1)}),
        ("phd_late", "多语言翻译引擎", overseas | {"stage": laboratory, "registered_on": D(2021, 1, 1), "start_up_stage": None}),
        ("phd_first_day", "分子育种平台", overseas | {"stage": laboratory, "registered_on": D(2021, 4, 12), "start_up_stage": False}),
        ("no_figures", "海外技术咨询项目", overseas | {"transfer_project": False, "stage": laboratory, "registered_on": D(2021, 8, 2)}),
    ]  # fmt: skip
    for number, (firm, name, values) in enumerate(rows, 1):
        year = (values.get("registered_on") or D(2020, 1, 1)).year
        city.save(TransferProject(number=f"ZH{year}-{number:04d}", name=name, organisation=city.places[firm], **(base | values)))


def _person(city: City, name: str) -> Person:
    return city.save(city.new_person(name))


def _talents(city: City) -> None:
    top, leading = Talent.Category.INTERNATIONAL_TOP, Talent.Category.NATIONAL_LEADING
    plan, expert, other = Talent.Category.PROVINCIAL_PLAN, Talent.Category.PROVINCIAL_OUTSTANDING_EXPERT, Talent.Category.OTHER
    phd = {"phd": True, "full_time_degree": True, "works_in_city": True, "fits_local_industry": True}
    neither = {"founded": False, "home_bought": False}
    full = {
        "newly_brought_in": True,
        "first_full_time": True,
        "contract_years": 5,
        "review_passed": True,
        "brings_results": True,
        **phd,
        **neither,
    }
    settled = {"settled_on": D(2019, 10, 8), "first_home": True, "founded": False, "brings_results": False}
    founds = {"newly_brought_in": True, **phd, "first_business": True, "brings_results": True, "home_bought": False}
    rows: list[tuple[str, str, str, dict[str, Any]]] = [
        # T15 and T17: brought in, with salary subsidies of as many years as the contract
        ("陆承宇", "talent_host", top, full | {"brought_in_on": D(2019, 9, 1), "graduated_on": D(1998, 6, 30)}),
        ("韩望舒", "university", top, full | {"brought_in_on": D(2021, 6, 1), "contract_years": 3, "settled": False}),
        ("秦思远", "talent_host", leading, full | {"brought_in_on": D(2020, 1, 1)}),
        ("萧景明", "national_centre", leading, full | {"brought_in_on": D(2020, 12, 31), "contract_years": 3}),
        ("方泽楷", "loan_30m", leading, full | {"brought_in_on": D(2019, 12, 31), "contract_years": 4}),
        ("贾文涛", "institute_chemistry", leading, full | {"brought_in_on": D(2018, 12, 31)}),
        ("石雪梅", "institute_materials", leading, full | {"brought_in_on": D(2020, 5, 6), "contract_years": 2, "brings_results": False}),
        ("龙海云", "institute_ocean", leading, full | {"brought_in_on": D(2020, 9, 10), "review_passed": None, "brings_results": None}),
        ("常雅楠", "institute_smart", leading, full | {"brought_in_on": D(2021, 3, 1), "review_passed": False}),
        ("段国强", "renewed", leading, full | {"brought_in_on": D(2021, 4, 1), "newly_brought_in": None, "first_full_time": False}),
        ("尹诗涵", "new_high_tech", leading, full | {"brought_in_on": None}),
        # T17: PhDs who found a business
        ("沈知远", "founder", other, founds | {"brought_in_on": D(2019, 8, 20), "graduated_on": D(2017, 6, 30), "founded_on": D(2019, 9, 2)}),
        ("汤若溪", "phd_day", other, founds | {"brought_in_on": D(2020, 5, 20), "graduated_on": D(2015, 6, 30), "founded_on": D(2020, 6, 30)}),
        ("易修然", "phd_late", other, founds | {"brought_in_on": D(2020, 5, 20), "graduated_on": D(2015, 6, 30), "founded_on": D(2020, 7, 1)}),
        ("温予安", "phd_first_day", other, founds | {"brought_in_on": D(2018, 12, 1), "graduated_on": D(2016, 6, 30), "founded_on": D(2019, 1, 1)}),
        ("毛永立", "overseas", other, founds | {"graduated_on": D(2018, 7, 1), "founded_on": D(2020, 4, 21), "first_business": False}),
        ("孔春燕", "no_figures", other, founds | {"graduated_on": None, "founded_on": D(2020, 10, 10)}),
        ("邵俊杰", "nearly_high_tech", other, founds | {"graduated_on": D(2012, 6, 30), "full_time_degree": False, "founded_on": D(2019, 6, 30)}),
        ("雷明哲", "last_day_2019", other, founds | {"graduated_on": D(2014, 6, 30), "founded_on": D(2018, 12, 31)}),
        # T17: first homes of PhDs
        ("白舒雅", "talent_host", other, phd | settled | {"brought_in_on": D(2019, 9, 16), "home_bought_on": D(2020, 1, 1)}),
        ("崔晨曦", "loan_10m", other, phd | settled | {"brought_in_on": D(2019, 9, 16), "home_bought_on": D(2020, 12, 31)}),
        ("江亦航", "new_high_tech", other, phd | settled | {"brought_in_on": D(2020, 7, 1), "settled_on": D(2020, 8, 3), "home_bought_on": D(2021, 5, 12)}),
        ("史佳琪", "university", other, phd | settled | {"brought_in_on": D(2019, 8, 1), "home_bought_on": D(2019, 12, 31)}),
        ("黎建新", "university", other, phd | settled | {"settled_on": D(2018, 12, 31), "home_bought_on": D(2020, 5, 1)}),
        ("乔雨梓", "college", other, phd | settled | {"brought_in_on": D(2019, 8, 1), "home_bought_on": D(2020, 6, 1), "first_home": False}),
        ("武浩然", "college", other, phd | settled | {"brought_in_on": D(2019, 8, 1), "home_bought_on": D(2020, 6, 1), "works_in_city": None}),
        ("赖心怡", "institute_energy", other, phd | settled | {"brought_in_on": D(2020, 9, 1), "home_bought_on": D(2021, 6, 1), "works_in_city": False}),
        # T16: provincial support, matched one to one
        ("龚瑾瑜", "two_loans", plan, phd | neither | {"brings_results": True, "provincial_support_fen": 50 * WAN, "provincial_support_on": D(2020, 1, 1)}),
        ("文启辰", "project_host", plan, phd | neither | {"brings_results": False, "provincial_support_fen": 30 * WAN, "provincial_support_on": D(2019, 12, 31)}),
        ("潘怀远", "national_centre", expert, {"provincial_support_fen": 10 * WAN, "provincial_support_on": D(2020, 12, 31), "phd": False}),
        ("戴立华", "renewed", expert, {"provincial_support_fen": 10 * WAN, "provincial_support_on": D(2018, 12, 31), "phd": False}),
        ("夏云亭", "lapsed", plan, phd | {"provincial_support_fen": None, "provincial_support_on": D(2021, 6, 30)}),
        ("姚海宁", "unclear_loans", plan, phd | {"provincial_support_fen": 20 * WAN, "provincial_support_on": None}),
        ("姜德明", "institute_agriculture", expert, phd | {"provincial_support_fen": 15 * WAN, "provincial_support_on": D(2021, 12, 31), "newly_brought_in": True, "brought_in_on": D(2021, 2, 1), "brings_results": True}),
    ]  # fmt: skip
    for name, organisation, category, values in rows:
        person = _person(city, name)
        city.save(Talent(person=person, organisation=city.places[organisation], category=category, **values))
    founder = Person.objects.get(name="沈知远")
    founder.user = city.accounts["demo-founder"]
    city.save(founder)


def _teams(city: City) -> None:
    rows = [
        ("绿色催化创新团队", "project_host", Team.Tier.PRIORITY, D(2019, 12, 31)), ("智能钻采装备创新团队", "loan_30m", Team.Tier.KEY, D(2020, 1, 1)),
        ("化工新材料领军团队", "talent_host", Team.Tier.SPECIAL, D(2020, 12, 31)), ("密封材料青年团队", "new_high_tech", Team.Tier.PRIORITY, D(2021, 9, 30)),
        ("稻蟹共作技术团队", "institute_agriculture", Team.Tier.PRIORITY, D(2018, 12, 31)),
    ]  # fmt: skip
    for name, organisation, tier, selected_on in rows:
        city.save(Team(name=name, organisation=city.places[organisation], tier=tier, selected_on=selected_on))


def authorise(city: City, person: Person, organisation: Organisation, part: str, on: date) -> None:
    """One officer proposes, another confirms."""
    membership = propose_membership(person, organisation, part=part, by=city.keeper, on=on)
    confirm_membership(membership, by=city.accounts["demo-officer2"], on=on)


def _members(city: City) -> None:
    agent, head = Membership.Part.AGENT, Membership.Part.LEGAL_REPRESENTATIVE
    for username, keys in (
        ("demo-applicant", ["new_high_tech"]),
        ("demo-applicant2", ["loan_10m", "loan_30m", "nearly_high_tech", "incubator"]),
    ):
        person = city.new_person(city.accounts[username].display_name)
        person.user = city.accounts[username]
        city.save(person)
        for key in keys:
            authorise(city, person, city.places[key], agent, D(2019, 7, 15))
    founder = Person.objects.get(user=city.accounts["demo-founder"])
    authorise(city, founder, city.places["founder"], head, D(2019, 9, 2))
    names = city.random("heads")
    for key, *_rest in FIRMS:
        if key != "founder":
            authorise(city, _person(city, person_name(names)), city.places[key], head, D(2019, 7, 15))

"""The nine rules said slowly: plain Python, exact fractions, None for unknown. Every system's outputs are counted against these.

`python oracle.py --scale 1` writes data/1/oracle.npz (two processes, half a minute).
"""

import argparse
import json
from datetime import date
from fractions import Fraction
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

NO, UNKNOWN, YES = 0, 1, 2
FIRST, LAST = date(2020, 1, 1), date(2020, 12, 31)
YUAN = 100
CAP = 500_000 * YUAN


# Three-valued logic: True, False, None.
def both(*conditions):
    if any(condition is False for condition in conditions):
        return False
    return None if any(condition is None for condition in conditions) else True


def either(*conditions):
    if any(condition is True for condition in conditions):
        return True
    return None if any(condition is None for condition in conditions) else False


def not_(condition):
    return None if condition is None else not condition


def known(function, *values):
    """The function of the values, unknown as soon as one of them is."""
    return None if any(value is None for value in values) else function(*values)


def in_year(day):
    return known(lambda d: FIRST <= d <= LAST, day)


def one_of(value, *choices):
    return known(lambda v: v in choices, value)


def ratio(part, whole):
    return known(lambda p, w: None if w == 0 else Fraction(p, w), part, whole)


def at_least(value, bound):
    return known(lambda v, b: v >= b, value, bound)


def at_most(value, bound):
    return known(lambda v, b: v <= b, value, bound)


def state(condition):
    return {True: YES, False: NO, None: UNKNOWN}[condition]


def award(condition, amount):
    """State and amount: unknown too if the conditions hold and the amount is unknown; no amount unless entitled."""
    if condition is True and amount is None:
        condition = None
    return state(condition), amount if condition is True else 0


def half_up(value):
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


# Carriers
RESEARCH = (
    "engineering_technology_research_center",
    "enterprise_technology_center",
    "engineering_research_center",
    "engineering_laboratory",
)


def t3(carrier):
    national = both(one_of(carrier["level"], "national"), one_of(carrier["kind"], *RESEARCH))
    provincial = both(one_of(carrier["level"], "provincial"), one_of(carrier["kind"], "technology_innovation_center", *RESEARCH[1:]))
    amount = 1_000_000 * YUAN if national is True else 200_000 * YUAN
    return award(both(in_year(carrier["recognised_on"]), either(national, provincial)), amount)


def t19(carrier):
    national = both(one_of(carrier["level"], "national"), one_of(carrier["kind"], "incubator", "maker_space"))
    provincial = both(one_of(carrier["level"], "provincial"), one_of(carrier["kind"], "incubator", "accelerator", "maker_space"))
    amount = 200_000 * YUAN if national is True else 100_000 * YUAN
    return award(both(in_year(carrier["recognised_on"]), either(national, provincial)), amount)


# Talents
def t15(talent):
    amounts = {"international_top": 2_000_000 * YUAN, "national_leading": 1_000_000 * YUAN}
    condition = both(talent["newly_brought_in"], in_year(talent["brought_in_on"]), one_of(talent["category"], *amounts))
    return award(condition, amounts.get(talent["category"]))


def years_later(day, years):
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def t17_founder(talent):
    graduated, founded = talent["graduated_on"], talent["founded_on"]
    return award(
        both(
            talent["phd"],
            talent["full_time_degree"],
            talent["first_business"],
            at_least(founded, graduated),
            known(lambda f, g: f <= years_later(g, 5), founded, graduated),
            known(lambda f: f.year <= 2020 <= f.year + 2, founded),
        ),
        36_000 * YUAN,
    )


def t17_salary(talent):
    amounts = {"international_top": 150_000 * YUAN, "national_leading": 100_000 * YUAN}
    brought, years = talent["brought_in_on"], talent["contract_years"]
    condition = both(
        talent["first_full_time"],
        known(lambda b: date(2018, 1, 1) <= b <= LAST, brought),
        at_least(years, 3),
        talent["review_passed"],
        known(lambda b, y: b.year <= 2020 < b.year + y, brought, years),
        one_of(talent["category"], *amounts),
    )
    return award(condition, amounts.get(talent["category"]))


def t17_home(talent):
    condition = both(
        talent["phd"],
        talent["full_time_degree"],
        known(lambda d: d.year in (2019, 2020), talent["settled_on"]),
        talent["works_in_city"],
        talent["first_home"],
        in_year(talent["home_bought_on"]),
    )
    return award(condition, known(lambda grant: min(grant, 120_000 * YUAN), talent["home_grant_decided"]))


# Loans
def subsidy(principal, drawn, due, interest):
    days = (due - drawn).days
    rate = Fraction("0.0435") if days <= 365 else Fraction("0.0475") if days <= 1825 else Fraction("0.0490")
    return min(half_up(principal * rate / 2 * days / 360), interest)


def t13_loan(loan):
    condition = both(loan["pledged_by_ip"], in_year(loan["drawn_on"]))
    if condition is False:
        return NO, 0
    return award(condition, known(subsidy, loan["principal"], loan["drawn_on"], loan["due_on"], loan["interest_paid"]))


def t13(loans):
    """The capped sum of the known loans of one enterprise, and whether it is certain; loans are (state, amount)."""
    total = sum(amount for state, amount in loans)
    return min(total, CAP), total >= CAP or all(state != UNKNOWN for state, amount in loans)


# Enterprises
def t6(enterprise):
    return award(both(enterprise["high_tech_recognised"], in_year(enterprise["high_tech_recognised_on"])), 100_000 * YUAN)


def band(value, *steps):
    """The points of the first step (percent, points) that the ratio reaches; 0 below all."""
    return known(lambda v: next((points for percent, points in steps if v >= Fraction(percent, 100)), 0), value)


def ip_score(class1, class2):
    if class1 is None:
        return None
    return 30 if class1 >= 1 else known(lambda count: min(count, 4) * 6, class2)


def sme(e):
    """(score or None, state)"""
    staff_score = band(ratio(e["technical_staff"], e["staff"]), (30, 20), (25, 16), (20, 12), (15, 8), (10, 4))
    by_revenue = band(ratio(e["rd_spending"], e["revenue"]), (6, 50), (5, 40), (4, 30), (3, 20), (2, 10))
    by_cost = band(ratio(e["rd_spending"], e["total_cost"]), (30, 50), (25, 40), (20, 30), (15, 20), (10, 10))
    score = known(lambda *parts: sum(parts), staff_score, known(max, by_revenue, by_cost), ip_score(e["ip_class1"], e["ip_class2"]))
    condition = both(
        e["resident"],
        at_most(e["staff"], 500),
        at_most(e["revenue"], 200_000_000 * YUAN),
        at_most(e["total_assets"], 200_000_000 * YUAN),
        not_(e["prohibited_industry"]),
        not_(e["major_incident"]),
        not_(e["abnormal_or_dishonest"]),
        at_least(score, 60),
        known(lambda points: points != 0, staff_score),
    )
    return score, state(condition)


def rd_bound(revenue):
    return Fraction(5, 100) if revenue <= 50_000_000 * YUAN else Fraction(4, 100) if revenue <= 200_000_000 * YUAN else Fraction(3, 100)


def high_tech(e):
    return state(
        both(
            known(lambda d: (LAST - d).days >= 365, e["registered_on"]),
            e["core_ip"],
            e["listed_field"],
            at_least(ratio(e["technical_staff"], e["staff"]), Fraction(10, 100)),
            at_least(ratio(e["rd_spending_3y"], e["revenue_3y"]), known(rd_bound, e["revenue"])),
            at_least(ratio(e["domestic_rd_spending_3y"], e["rd_spending_3y"]), Fraction(60, 100)),
            at_least(ratio(e["high_tech_income"], e["total_income"]), Fraction(60, 100)),
            known(lambda score: score > 70, e["innovation_score"]),
            not_(e["major_incident"]),
        )
    )


# A table at a time
def enterprise_row(row):
    score, sme_state = sme(row)
    return *t6(row), -1 if score is None else score, sme_state, high_tech(row)


def talent_row(row):
    return *t15(row), *t17_founder(row), *t17_salary(row), *t17_home(row)


def carrier_row(row):
    return *t3(row), *t19(row)


ROWS = {
    "enterprise": (enterprise_row, ["t6_state", "t6_amount", "score", "sme_state", "high_tech_state"]),
    "carrier": (carrier_row, ["t3_state", "t3_amount", "t19_state", "t19_amount"]),
    "talent": (talent_row, [f"{rule}_{part}" for rule in ("t15", "t17_founder", "t17_salary", "t17_home") for part in ("state", "amount")]),
    "loan": (t13_loan, ["loan_state", "loan_amount"]),
}


def chunk(task):
    folder, table, start, rows = task
    function, _ = ROWS[table]
    part = pq.read_table(folder / f"{table}.parquet").slice(start, rows)
    return np.array([function(row) for row in part.to_pylist()], dtype=np.int64)


def everything(folder, step=100_000):
    outputs = {}
    with Pool(2, maxtasksperchild=8) as pool:
        for table, (_, names) in ROWS.items():
            total = pq.read_metadata(folder / f"{table}.parquet").num_rows
            parts = pool.imap(chunk, [(folder, table, start, step) for start in range(0, total, step)])
            columns = np.concatenate(list(parts))
            outputs |= {name: columns[:, i].copy() for i, name in enumerate(names)}
    loans_of = {}
    for enterprise, *loan in zip(
        pq.read_table(folder / "loan.parquet", columns=["enterprise"])["enterprise"].to_pylist(),
        outputs["loan_state"].tolist(),
        outputs["loan_amount"].tolist(),
        strict=True,
    ):
        loans_of.setdefault(enterprise, []).append(loan)
    ids = pq.read_table(folder / "enterprise.parquet", columns=["id"])["id"].to_pylist()
    sums = [t13(loans_of.get(enterprise, ())) for enterprise in ids]
    outputs["t13_amount"] = np.array([amount for amount, _ in sums], dtype=np.int64)
    outputs["t13_certain"] = np.array([certain for _, certain in sums], dtype=bool)
    return outputs


class Facts(dict):
    def __missing__(self, name):
        return None


def facts(row):
    return Facts({name: date.fromisoformat(value) if name.endswith("_on") else value for name, value in row.items()})


def one_case(case):
    """The outputs for one case of cases.jsonl."""
    outputs = {}
    for table in ("carrier", "enterprise", "talent"):
        function, names = ROWS[table]
        outputs |= dict(zip(names, function(facts(case[table])), strict=True))
    outputs["t13_amount"], outputs["t13_certain"] = t13([t13_loan(facts(loan)) for loan in case["loans"]])
    return outputs


def differences(folder, path):
    """How far the outputs at a path are from the oracle's: {"amounts": …, "states": …, "loans": …, "cases": …} and details by output."""
    expected, actual = np.load(folder / "oracle.npz"), np.load(path)
    wrong, missing = {}, []
    for name in expected.files:
        if name not in actual.files:
            missing.append(name)
            continue
        different = int((actual[name].astype(np.int64) != expected[name].astype(np.int64)).sum())
        if different:
            wrong[name] = different
    result = {
        "amounts": sum(count for name, count in wrong.items() if name.endswith("_amount") and name != "loan_amount"),
        "states": sum(count for name, count in wrong.items() if not name.endswith("_amount") and name != "loan_state"),
        "loans": None if "loan_amount" in missing else wrong.get("loan_amount", 0),
        "worst_fen": 0,
        "wrong": wrong,
        "missing": [name for name in missing if not name.startswith("loan_")],
    }
    for name in actual.files:
        if name.endswith("_amount"):
            result["worst_fen"] = max(result["worst_fen"], int(np.abs(actual[name].astype(np.int64) - expected[name]).max(initial=0)))
    return result


def wrong_cases(folder, path):
    """How many single cases have any output other than the oracle's."""
    with open(folder / "cases.jsonl", encoding="utf-8") as cases, open(path, encoding="utf-8") as answers:
        pairs = list(zip(map(json.loads, cases), map(json.loads, answers), strict=True))
    return sum(any(answer.get(name) != value for name, value in one_case(case).items()) for case, answer in pairs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--compare", type=Path, metavar="NPZ", help="print how far these outputs are from the oracle's")
    parser.add_argument("--cases", type=Path, metavar="JSONL", help="and these answers to the single cases")
    options = parser.parse_args()
    folder = Path(__file__).parent / "data" / f"{options.scale:g}"
    if not (folder / "oracle.npz").exists():
        np.savez(folder / "oracle.npz", **everything(folder))
    report = {}
    if options.compare:
        report = differences(folder, options.compare)
    if options.cases:
        report["cases_wrong"] = wrong_cases(folder, options.cases)
    if report:
        print(json.dumps(report))

"""The benchmark's data: four tables as Parquet files and a few hundred single cases as JSON lines, always the same for a scale.

Every threshold of the nine rules is hit exactly, and missed by one fen, one person or one day, far more often than chance would.
About 3 % of every fact is unknown (null in Parquet, absent in JSON).

`python data.py --scale 1` writes data/1/{enterprise,loan,carrier,talent}.parquet and data/1/cases.jsonl.
"""

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20192029
UNKNOWN = 0.03
SIZES = {"enterprise": 400_000, "loan": 250_000, "carrier": 100_000, "talent": 250_000}
CASES = 400
YUAN = 100
KINDS = [
    "engineering_technology_research_center",
    "enterprise_technology_center",
    "engineering_research_center",
    "engineering_laboratory",
    "technology_innovation_center",
    "incubator",
    "accelerator",
    "maker_space",
]
LEVELS = ["national", "provincial", "municipal"]
CATEGORIES = ["international_top", "national_leading", "provincial", "other"]
RATES = ((365, 435), (1825, 475), (99_999, 490))  # at most so many days: hundredths of a percent

# (days, modulus, remainder): principals for which half of the interest ends in exactly half a fen
TIES = ((360, 4000, 2000), (1800, 160, 80), (2160, 1000, 500))


def day(text):
    return np.datetime64(text, "D").astype(np.int64)


def sometimes(rng, values, *choices):
    """Replace values with each (share, replacement), in turn."""
    for share, replacement in choices:
        values = np.where(rng.random(len(values)) < share, replacement, values)
    return values


def year_dates(rng, n, first, last, share=0.5):
    """Days between two dates; a share within 2020, and its first and last days and their outer neighbours often."""
    days = rng.integers(day(first), day(last) + 1, n)
    days = sometimes(rng, days, (share, rng.integers(day("2020-01-01"), day("2020-12-31") + 1, n)))
    edges = ("2019-12-31", "2020-01-01", "2020-12-31", "2021-01-01")
    return sometimes(rng, days, *((0.02, day(edge)) for edge in edges))


def share_of(rng, whole, percents, *, exact=0.4, spread=1.6):
    """Parts of a whole: often exactly one of the percentages (one more or less in a tenth of those), else anything near them."""
    n = len(whole)
    percent = rng.choice(percents, n)
    anything = (whole * (rng.random(n) * spread * max(percents) / 100)).astype(np.int64)
    at = whole * percent // 100 + rng.choice([-1, 0, 1], n, p=[0.05, 0.9, 0.05])
    return np.maximum(np.where(rng.random(n) < exact, at, anything), 0)


def add_years(days, years):
    """The same day so many years later; 29 February becomes 28 February."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    offset = (dates - months.astype("datetime64[D]")).astype(np.int64)
    target = months + 12 * years
    last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    return (target.astype("datetime64[D]") + np.minimum(offset, last)).astype(np.int64)


def enterprises(rng, n):
    staff = np.minimum(rng.lognormal(4.6, 1.1, n).astype(np.int64) + 1, 5000)
    staff = np.where(rng.random(n) < 0.6, (staff + 19) // 20 * 20, staff)
    staff = sometimes(rng, staff, (0.04, 500), (0.02, 501), (0.01, 0))
    revenue = (rng.lognormal(21.6, 1.3, n)).astype(np.int64)
    revenue = np.where(rng.random(n) < 0.6, revenue // 100 * 100, revenue)
    for million in (50, 200):
        revenue = sometimes(rng, revenue, (0.03, million * 10**6 * YUAN), (0.01, million * 10**6 * YUAN + 1))
    revenue = sometimes(rng, revenue, (0.005, 0))
    assets = sometimes(rng, rng.lognormal(21.9, 1.3, n).astype(np.int64), (0.03, 200 * 10**6 * YUAN), (0.01, 200 * 10**6 * YUAN + 1))
    cost = (revenue * rng.uniform(0.05, 0.9, n)).astype(np.int64) // 100 * 100
    cost = sometimes(rng, cost, (0.01, 0))
    by_revenue = share_of(rng, revenue, [2, 3, 4, 5, 6], spread=3)
    by_cost = share_of(rng, cost, [10, 15, 20, 25, 30], spread=1.3)
    revenue_3y = revenue * 2 + rng.integers(0, 10**9, n) // 100 * 100
    revenue_3y = sometimes(rng, revenue_3y, (0.005, 0))
    rd_3y = share_of(rng, revenue_3y, [3, 4, 5], spread=3)
    rd_3y = np.where(rng.random(n) < 0.5, rd_3y // 100 * 100, rd_3y)
    income = sometimes(rng, revenue + rng.integers(0, 10**8, n), (0.6, revenue), (0.005, 0))
    registered = rng.integers(day("1996-01-01"), day("2020-12-31") + 1, n)
    registered = sometimes(rng, registered, (0.05, day("2020-01-01")), (0.02, day("2020-01-02")), (0.02, day("2019-12-31")))
    innovation = sometimes(rng, rng.integers(40, 101, n), (0.05, 70), (0.05, 71), (0.1, rng.integers(0, 101, n)))
    recognised = rng.random(n) < 0.4

    def mostly_small():
        return np.minimum(rng.geometric(0.45, n) - 1, 10)

    return {
        "id": np.cumsum(rng.integers(1, 4, n)) + 100_000,
        "resident": rng.random(n) < 0.95,
        "staff": staff,
        "technical_staff": share_of(rng, staff, [10, 15, 20, 25, 30], exact=0.5, spread=1.7),
        "revenue": revenue,
        "total_assets": assets,
        "rd_spending": np.where(rng.random(n) < 0.5, by_revenue, by_cost),
        "total_cost": cost,
        "prohibited_industry": rng.random(n) < 0.03,
        "major_incident": rng.random(n) < 0.03,
        "abnormal_or_dishonest": rng.random(n) < 0.04,
        "ip_class1": np.where(rng.random(n) < 0.6, 0, mostly_small()),
        "ip_class2": mostly_small(),
        "registered_on": registered.astype("datetime64[D]"),
        "core_ip": rng.random(n) < 0.8,
        "listed_field": rng.random(n) < 0.85,
        "rd_spending_3y": rd_3y,
        "revenue_3y": revenue_3y,
        "domestic_rd_spending_3y": share_of(rng, rd_3y, [60, 60, 60, 80], spread=1.2),
        "high_tech_income": share_of(rng, income, [60, 60, 60, 75], spread=1.2),
        "total_income": income,
        "innovation_score": innovation,
        "high_tech_recognised": recognised,
        "high_tech_recognised_on": np.where(
            recognised, year_dates(rng, n, "2017-01-01", "2020-12-31").astype("datetime64[D]"), np.datetime64("NaT")
        ),
    }


def loans(rng, n, enterprise_ids):
    principal = np.exp(rng.uniform(np.log(1_000_000), np.log(5_000_000_000), n)).astype(np.int64)
    principal = sometimes(rng, principal, (0.02, 1_000_000), (0.02, 5_000_000_000))
    term = sometimes(rng, rng.integers(1, 2501, n), *((0.05, days) for days in (365, 366, 1825, 1826)), (0.01, 1), (0.01, 2500))
    for days, modulus, remainder in TIES:
        tie = rng.random(n) < 0.03
        term = np.where(tie, days, term)
        near = (principal // modulus * modulus + remainder).clip(
            1_000_000 // modulus * modulus + modulus + remainder, 5_000_000_000 - modulus
        )
        principal = np.where(tie, near // modulus * modulus + remainder, principal)
    rate = np.select([term <= limit for limit, _ in RATES], [rate for _, rate in RATES])
    interest = principal * rate * term // 3_600_000
    interest = np.where(rng.random(n) < 0.15, (interest * rng.random(n)).astype(np.int64), interest)
    interest = sometimes(rng, interest, (0.01, 0), (0.02, 50_000_000), (0.02, 25_000_000))
    drawn = year_dates(rng, n, "2018-07-01", "2021-03-31", share=0.6)
    owner = np.minimum((rng.random(n) ** 1.5 * len(enterprise_ids)).astype(np.int64), len(enterprise_ids) - 1)
    return {
        "id": np.arange(n) * 2 + 7,
        "enterprise": enterprise_ids[rng.permutation(len(enterprise_ids))[owner]],
        "pledged_by_ip": rng.random(n) < 0.7,
        "principal": principal,
        "drawn_on": drawn.astype("datetime64[D]"),
        "due_on": (drawn + term).astype("datetime64[D]"),
        "interest_paid": interest,
    }


def carriers(rng, n, enterprise_ids):
    return {
        "id": np.arange(n) * 3 + 11,
        "enterprise": rng.choice(enterprise_ids, n),
        "kind": rng.integers(0, len(KINDS), n),
        "level": rng.choice(len(LEVELS), n, p=[0.3, 0.4, 0.3]),
        "recognised_on": year_dates(rng, n, "2017-01-01", "2021-06-30").astype("datetime64[D]"),
    }


def talents(rng, n):
    brought = year_dates(rng, n, "2016-06-01", "2021-03-31", share=0.4)
    brought = sometimes(
        rng, brought, (0.02, day("2018-01-01")), (0.02, day("2017-12-31")), (0.2, rng.integers(day("2018-01-01"), day("2020-01-01"), n))
    )
    graduated = rng.integers(day("2010-01-01"), day("2020-06-30"), n)
    leap_day = np.array([day("2012-02-29"), day("2016-02-29")])[rng.integers(0, 2, n)]
    graduated = sometimes(rng, graduated, (0.05, leap_day))
    fifth = add_years(graduated, 5)
    founded = np.maximum(graduated + rng.integers(-200, 2600, n), day("2009-01-01"))
    founded = sometimes(
        rng, founded, (0.08, fifth), (0.04, fifth + 1), (0.04, fifth - 1), (0.03, graduated), (0.02, graduated - 1),
        (0.02, day("2018-01-01")), (0.02, day("2017-12-31")), (0.02, day("2020-12-31")), (0.01, day("2021-01-01")),
    )  # fmt: skip
    settled = rng.integers(day("2017-06-01"), day("2021-03-31"), n)
    settled = sometimes(rng, settled, *((0.03, day(edge)) for edge in ("2018-12-31", "2019-01-01", "2020-12-31", "2021-01-01")))
    grant = rng.integers(0, 200_000 * YUAN, n)
    return {
        "id": np.arange(n) * 5 + 3,
        "category": rng.choice(len(CATEGORIES), n, p=[0.2, 0.35, 0.25, 0.2]),
        "newly_brought_in": rng.random(n) < 0.8,
        "brought_in_on": brought.astype("datetime64[D]"),
        "contract_years": sometimes(rng, rng.integers(1, 9, n), (0.2, 3), (0.05, 2)),
        "first_full_time": rng.random(n) < 0.8,
        "review_passed": rng.random(n) < 0.85,
        "phd": rng.random(n) < 0.7,
        "full_time_degree": rng.random(n) < 0.85,
        "graduated_on": graduated.astype("datetime64[D]"),
        "founded_on": founded.astype("datetime64[D]"),
        "first_business": rng.random(n) < 0.8,
        "settled_on": settled.astype("datetime64[D]"),
        "works_in_city": rng.random(n) < 0.9,
        "first_home": rng.random(n) < 0.85,
        "home_bought_on": year_dates(rng, n, "2018-01-01", "2021-03-31").astype("datetime64[D]"),
        "home_grant_decided": sometimes(rng, grant, (0.1, 120_000 * YUAN), (0.03, 120_000 * YUAN + 1), (0.03, 120_000 * YUAN - 1)),
    }


ENUMERATIONS = {"kind": KINDS, "level": LEVELS, "category": CATEGORIES}
REFERENCES = {"id", "enterprise"}


def to_arrow(rng, columns):
    arrays = {}
    for name, values in columns.items():
        if name in REFERENCES:
            arrays[name] = pa.array(values.astype(np.int64))
            continue
        unknown = rng.random(len(values)) < UNKNOWN
        if values.dtype.kind == "M":
            unknown |= np.isnat(values)
        if name in ENUMERATIONS:
            codes = pa.array(values.astype(np.int8), mask=unknown)
            arrays[name] = pa.DictionaryArray.from_arrays(codes, ENUMERATIONS[name]).cast(pa.string())
        else:
            arrays[name] = pa.array(values, mask=unknown)
    return pa.table(arrays)


def plain(row, without=()):
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in row.items()
        if value is not None and key not in without
    }


def cases(tables, count):
    """One enterprise with one to three loans, one carrier and one talent each: all nine rules in one call."""
    loans_of = {}
    for row in tables["loan"].slice(0, 10_000).to_pylist():
        loans_of.setdefault(row["enterprise"], []).append(plain(row, ("id", "enterprise")))
    ids = tables["enterprise"]["id"].to_numpy()
    wanted = sorted(enterprise for enterprise, rows in loans_of.items() if len(rows) <= 3)[:count]
    for number, enterprise in enumerate(wanted):
        place = int(np.searchsorted(ids, enterprise))
        yield {
            "enterprise": plain(tables["enterprise"].slice(place, 1).to_pylist()[0], ("id",)),
            "loans": loans_of[enterprise],
            "carrier": plain(tables["carrier"].slice(number, 1).to_pylist()[0], ("id", "enterprise")),
            "talent": plain(tables["talent"].slice(number, 1).to_pylist()[0], ("id",)),
        }


def generate(scale, folder):
    rng = np.random.default_rng([SEED, round(scale * 1000)])
    size = {name: round(rows * scale) for name, rows in SIZES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    enterprise = enterprises(rng, size["enterprise"])
    tables = {
        "enterprise": to_arrow(rng, enterprise),
        "loan": to_arrow(rng, loans(rng, size["loan"], enterprise["id"])),
        "carrier": to_arrow(rng, carriers(rng, size["carrier"], enterprise["id"])),
        "talent": to_arrow(rng, talents(rng, size["talent"])),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    with open(folder / "cases.jsonl", "w", encoding="utf-8") as file:
        for case in cases(tables, CASES):
            file.write(json.dumps(case, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the benchmark's data.")
    parser.add_argument("--scale", type=float, default=1)
    options = parser.parse_args()
    generate(options.scale, Path(__file__).parent / "data" / f"{options.scale:g}")

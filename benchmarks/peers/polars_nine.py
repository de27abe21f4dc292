"""The nine rules as Polars expressions over data frames in memory, one lazy plan a table, collected together.

Unknown is null: Polars' & and | are the three-valued logic of the rules, money is Int64 fen, enumerations are pl.Enum.
Polars uses every core. Cannot be said: why a case is unknown or refused, and a single case in the time of a function call
(a plan takes milliseconds), so it is measured as a batch only.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "2"

from datetime import date

import numpy as np
import polars as pl
from measure import NO, UNKNOWN, YES, batch, options, report, write_outputs

FIRST, LAST = date(2020, 1, 1), date(2020, 12, 31)
ENUMERATIONS = {("carrier", "kind"), ("carrier", "level"), ("talent", "category")}
col = pl.col


def load(folder):
    frames = {}
    for table in ("enterprise", "loan", "carrier", "talent"):
        frame = pl.read_parquet(folder / f"{table}.parquet")
        for name in (column for owner, column in ENUMERATIONS if owner == table):
            frame = frame.with_columns(col(name).cast(pl.Enum(frame[name].drop_nulls().unique().sort())))
        frames[table] = frame.rechunk()
    return frames


def between(name, first, last):
    return col(name).is_between(first, last)


def in_year(name):
    return between(name, FIRST, LAST)


def amount(condition, fen):
    """The amount where the condition holds, else 0; a null condition gives 0 too."""
    return pl.when(condition).then(fen).otherwise(0)


def band(part, whole, steps, points):
    """Points for each step (numerator, denominator) that part ÷ whole reaches; null if either is null or the whole is 0."""
    return sum((part * denominator >= whole * numerator).cast(pl.Int8) for numerator, denominator in steps) * points


def carriers(frame):
    kind, level = col("kind"), col("level")
    research = ["enterprise_technology_center", "engineering_research_center", "engineering_laboratory"]
    national, provincial = level == "national", level == "provincial"
    t3 = in_year("recognised_on") & (
        national & kind.is_in(["engineering_technology_research_center", *research])
        | provincial & kind.is_in(["technology_innovation_center", *research])
    )
    t19 = in_year("recognised_on") & (
        national & kind.is_in(["incubator", "maker_space"]) | provincial & kind.is_in(["incubator", "accelerator", "maker_space"])
    )
    return frame.select(
        t3.alias("t3"),
        amount(t3, pl.when(national).then(100_000_000).otherwise(20_000_000)).alias("t3_amount"),
        t19.alias("t19"),
        amount(t19, pl.when(national).then(20_000_000).otherwise(10_000_000)).alias("t19_amount"),
    )


def talents(frame):
    category = col("category")
    top, awarded = category == "international_top", category.is_in(["international_top", "national_leading"])
    t15 = col("newly_brought_in") & in_year("brought_in_on") & awarded
    degree = col("phd") & col("full_time_degree")
    founder = (
        degree
        & col("first_business")
        & (col("founded_on") >= col("graduated_on"))
        & (col("founded_on") <= col("graduated_on").dt.offset_by("5y"))
        & between("founded_on", date(2018, 1, 1), LAST)
    )
    salary = (
        col("first_full_time")
        & between("brought_in_on", date(2018, 1, 1), LAST)
        & (col("contract_years") >= 3)
        & col("review_passed")
        & (col("brought_in_on").dt.year() + col("contract_years") > 2020)
        & awarded
    )
    home = degree & between("settled_on", date(2019, 1, 1), LAST) & col("works_in_city") & col("first_home") & in_year("home_bought_on")
    grant = col("home_grant_decided").clip(upper_bound=12_000_000)
    return frame.select(
        t15.alias("t15"),
        amount(t15, pl.when(top).then(200_000_000).otherwise(100_000_000)).alias("t15_amount"),
        founder.alias("t17_founder"),
        amount(founder, 3_600_000).alias("t17_founder_amount"),
        salary.alias("t17_salary"),
        amount(salary, pl.when(top).then(15_000_000).otherwise(10_000_000)).alias("t17_salary_amount"),
        (home & pl.when(grant.is_not_null()).then(True)).alias("t17_home"),
        amount(home, grant.fill_null(0)).alias("t17_home_amount"),
    )


def loans(frame):
    """State and amount of each loan; 7,200,000 = 10,000 x 2 x 360, half of it added before // for half-up."""
    days = (col("due_on") - col("drawn_on")).dt.total_days()
    rate = pl.when(days <= 365).then(435).when(days <= 1825).then(475).otherwise(490)
    subsidy = (col("principal") * days * rate + 3_600_000) // 7_200_000
    paid = col("interest_paid")
    least = pl.when(paid < subsidy).then(paid).when(subsidy <= paid).then(subsidy)
    entitled = col("pledged_by_ip") & in_year("drawn_on")
    return frame.select("enterprise", entitled=entitled, least=least).select(
        "enterprise",
        loan=col("entitled") & pl.when(col("least").is_not_null()).then(True),
        loan_amount=amount(col("entitled"), col("least").fill_null(0)),
    )


def enterprises(frame, loan):
    # Loans that are certainly not entitled change nothing: left out before the grouping.
    relevant = loan.filter(col("pledged_by_ip").fill_null(True) & in_year("drawn_on").fill_null(True))
    sums = loans(relevant).group_by("enterprise").agg(total=col("loan_amount").sum(), complete=col("loan").is_not_null().all())
    t6 = col("high_tech_recognised") & in_year("high_tech_recognised_on")
    rd, staff, revenue = col("rd_spending"), pl.when(col("staff") != 0).then(col("staff")), col("revenue")
    staff_score = band(col("technical_staff"), staff, [(1, 10), (3, 20), (1, 5), (1, 4), (3, 10)], 4)
    by_revenue = band(rd, pl.when(revenue != 0).then(revenue), [(1, 50), (3, 100), (1, 25), (1, 20), (3, 50)], 10)
    by_cost = band(rd, pl.when(col("total_cost") != 0).then(col("total_cost")), [(1, 10), (3, 20), (1, 5), (1, 4), (3, 10)], 10)
    ip = pl.when(col("ip_class1") >= 1).then(30).when(col("ip_class1") < 1).then(col("ip_class2").clip(upper_bound=4) * 6)
    better = (
        pl.when(col("by_revenue") >= col("by_cost")).then(col("by_revenue")).when(col("by_cost") > col("by_revenue")).then(col("by_cost"))
    )
    bound = pl.when(revenue <= 5_000_000_000).then(5).when(revenue <= 20_000_000_000).then(4).when(revenue > 20_000_000_000).then(3)

    def share(part, whole, percent):
        return pl.when(col(whole) != 0).then(col(part) * 100 >= col(whole) * percent)

    high_tech = (
        (col("registered_on") <= date(2020, 1, 1))
        & col("core_ip")
        & col("listed_field")
        & share("technical_staff", "staff", 10)
        & share("rd_spending_3y", "revenue_3y", bound)
        & share("domestic_rd_spending_3y", "rd_spending_3y", 60)
        & share("high_tech_income", "total_income", 60)
        & (col("innovation_score") > 70)
        & ~col("major_incident")
    )
    sme = (
        col("resident")
        & (col("staff") <= 500)
        & (revenue <= 20_000_000_000)
        & (col("total_assets") <= 20_000_000_000)
        & ~col("prohibited_industry")
        & ~col("major_incident")
        & ~col("abnormal_or_dishonest")
        & (col("score") >= 60)
        & (col("staff_score") != 0)
    )
    return (
        frame.join(sums, left_on="id", right_on="enterprise", how="left", maintain_order="left")
        .with_columns(staff_score=staff_score, by_revenue=by_revenue, by_cost=by_cost)
        .with_columns(score=(col("staff_score") + better + ip).cast(pl.Int16))
        .select(
            t6=t6,
            t6_amount=amount(t6, 10_000_000),
            t13_amount=col("total").fill_null(0).clip(upper_bound=50_000_000),
            t13_certain=(col("complete") | (col("total") >= 50_000_000)).fill_null(True),
            score=col("score"),
            sme=sme,
            high_tech=high_tech,
        )
    )


def compute(frames):
    lazy = {name: frame.lazy() for name, frame in frames.items()}
    return pl.collect_all([enterprises(lazy["enterprise"], lazy["loan"]), carriers(lazy["carrier"]), talents(lazy["talent"])])


def state(column):
    values = column.cast(pl.Int8).fill_null(-1).to_numpy()
    return np.select([values == -1, values == 1], [UNKNOWN, YES], NO).astype(np.int8)


def outputs(frames, result):
    arrays = {}
    for frame in [*result, loans(frames["loan"].lazy()).drop("enterprise").collect()]:
        for column in frame:
            name = column.name
            if column.dtype == pl.Boolean and name != "t13_certain":
                arrays[f"{name}_state"] = state(column)
            else:
                arrays[name] = column.fill_null(-1).to_numpy() if name == "score" else column.to_numpy()
    return arrays


if __name__ == "__main__":
    chosen = options()
    facts = load(chosen.data)
    result, figures = batch(compute, facts, chosen.runs)
    write_outputs(chosen.out, outputs(facts, result))
    report("Polars", pl.__version__, threads=2, **figures)

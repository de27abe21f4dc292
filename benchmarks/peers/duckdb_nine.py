"""The nine rules as DuckDB SQL over tables in memory.

Unknown is NULL: SQL's AND and OR are the three-valued logic of the rules, money is BIGINT fen, enumerations are ENUM columns.
DuckDB uses every core. Cannot be said: why a case is unknown or refused, and a single case in the time of a function call
(a query takes about a millisecond to plan), so it is measured as a batch only. Division of DECIMAL gives DOUBLE,
so shares are compared by multiplying out and half-up is integer arithmetic.
"""

import duckdb
import numpy as np
from measure import NO, UNKNOWN, YES, batch, options, report, write_outputs

IN_YEAR = "BETWEEN DATE '2020-01-01' AND DATE '2020-12-31'"

CARRIER = f"""
SELECT t3, CASE WHEN t3 THEN CASE level WHEN 'national' THEN 100000000 ELSE 20000000 END ELSE 0 END AS t3_amount,
       t19, CASE WHEN t19 THEN CASE level WHEN 'national' THEN 20000000 ELSE 10000000 END ELSE 0 END AS t19_amount
FROM (SELECT level,
    recognised_on {IN_YEAR} AND (
        level = 'national' AND kind IN ('engineering_technology_research_center', 'enterprise_technology_center',
                                        'engineering_research_center', 'engineering_laboratory')
        OR level = 'provincial' AND kind IN ('technology_innovation_center', 'enterprise_technology_center',
                                             'engineering_research_center', 'engineering_laboratory')) AS t3,
    recognised_on {IN_YEAR} AND (
        level = 'national' AND kind IN ('incubator', 'maker_space')
        OR level = 'provincial' AND kind IN ('incubator', 'accelerator', 'maker_space')) AS t19
    FROM carrier)
"""

TALENT = f"""
SELECT t15, CASE WHEN t15 THEN CASE category WHEN 'international_top' THEN 200000000 ELSE 100000000 END ELSE 0 END AS t15_amount,
       t17_founder, CASE WHEN t17_founder THEN 3600000 ELSE 0 END AS t17_founder_amount,
       t17_salary,
       CASE WHEN t17_salary THEN CASE category WHEN 'international_top' THEN 15000000 ELSE 10000000 END ELSE 0 END AS t17_salary_amount,
       t17_home AND (home_grant_decided IS NOT NULL OR NULL) AS t17_home,
       CASE WHEN t17_home AND home_grant_decided IS NOT NULL THEN least(home_grant_decided, 12000000) ELSE 0 END AS t17_home_amount
FROM (SELECT category, home_grant_decided,
    newly_brought_in AND brought_in_on {IN_YEAR} AND category IN ('international_top', 'national_leading') AS t15,
    phd AND full_time_degree AND first_business AND founded_on >= graduated_on AND founded_on <= graduated_on + INTERVAL 5 YEAR
        AND founded_on BETWEEN DATE '2018-01-01' AND DATE '2020-12-31' AS t17_founder,
    first_full_time AND brought_in_on BETWEEN DATE '2018-01-01' AND DATE '2020-12-31' AND contract_years >= 3 AND review_passed
        AND year(brought_in_on) + contract_years > 2020 AND category IN ('international_top', 'national_leading') AS t17_salary,
    phd AND full_time_degree AND settled_on BETWEEN DATE '2019-01-01' AND DATE '2020-12-31' AND works_in_city AND first_home
        AND home_bought_on {IN_YEAR} AS t17_home
    FROM talent)
"""

# 435 / 7,200,000 is 4.35 % x 50 % / 360; adding half the divisor before // is half-up.
LOAN = f"""
SELECT enterprise, entitled AND (amount IS NOT NULL OR NULL) AS loan,
    CASE WHEN entitled THEN coalesce(amount, 0) ELSE 0 END AS loan_amount
FROM (SELECT enterprise, pledged_by_ip AND drawn_on {IN_YEAR} AS entitled,
    CASE WHEN interest_paid < subsidy THEN interest_paid WHEN subsidy <= interest_paid THEN subsidy END AS amount
    FROM (SELECT *,
        (principal * days * CASE WHEN days <= 365 THEN 435 WHEN days <= 1825 THEN 475 ELSE 490 END + 3600000) // 7200000 AS subsidy
        FROM (SELECT *, due_on - drawn_on AS days FROM loan WHERE {{where}})))
"""


def band(part, whole, *steps):
    """Points of the first step (percent, points) reached; NULL without a share. Measured faster than a sum of casts or a division."""
    ladder = " ".join(f"WHEN {part} * 100 >= {whole} * {percent} THEN {points}::TINYINT" for percent, points in steps)
    return f"CASE WHEN {part} IS NULL OR {whole} IS NULL OR {whole} = 0 THEN NULL {ladder} ELSE 0 END"


# Loans that are certainly not entitled change nothing: left out before the grouping.
POSSIBLE = f"pledged_by_ip IS NOT false AND (drawn_on IS NULL OR drawn_on {IN_YEAR})"
ENTERPRISE = f"""
SELECT id, t6, CASE WHEN t6 THEN 10000000 ELSE 0 END AS t6_amount,
    least(coalesce(total, 0), 50000000) AS t13_amount, coalesce(complete OR total >= 50000000, true) AS t13_certain,
    score,
    resident AND staff <= 500 AND revenue <= 20000000000 AND total_assets <= 20000000000 AND NOT prohibited_industry AND NOT major_incident
        AND NOT abnormal_or_dishonest AND score >= 60 AND staff_score <> 0 AS sme,
    high_tech
FROM (SELECT *, staff_score + CASE WHEN by_revenue >= by_cost THEN by_revenue WHEN by_cost > by_revenue THEN by_cost END
        + CASE WHEN ip_class1 >= 1 THEN 30 WHEN ip_class1 < 1 THEN CASE WHEN ip_class2 >= 4 THEN 24 ELSE 6 * ip_class2 END END AS score
    FROM (SELECT *,
        high_tech_recognised AND high_tech_recognised_on {IN_YEAR} AS t6,
        {band("technical_staff", "staff", (30, 20), (25, 16), (20, 12), (15, 8), (10, 4))} AS staff_score,
        {band("rd_spending", "revenue", (6, 50), (5, 40), (4, 30), (3, 20), (2, 10))} AS by_revenue,
        {band("rd_spending", "total_cost", (30, 50), (25, 40), (20, 30), (15, 20), (10, 10))} AS by_cost,
        registered_on <= DATE '2020-01-01' AND core_ip AND listed_field AND technical_staff * 10 >= nullif(staff, 0)
            AND rd_spending_3y * 100 >= nullif(revenue_3y, 0) * CASE WHEN revenue <= 5000000000 THEN 5 WHEN revenue <= 20000000000 THEN 4
                                                                     WHEN revenue > 20000000000 THEN 3 END
            AND domestic_rd_spending_3y * 5 >= nullif(rd_spending_3y, 0) * 3 AND high_tech_income * 5 >= nullif(total_income, 0) * 3
            AND innovation_score > 70 AND NOT major_incident AS high_tech
        FROM enterprise
        LEFT JOIN (SELECT enterprise, sum(loan_amount)::BIGINT AS total, bool_and(loan IS NOT NULL) AS complete
                   FROM ({LOAN.format(where=POSSIBLE)}) GROUP BY enterprise)
            ON enterprise = id))
"""


def load(folder):
    db = duckdb.connect()
    db.execute("SET threads = 2")
    for table in ("enterprise", "loan", "carrier", "talent"):
        db.execute(f"CREATE TABLE {table} AS FROM read_parquet('{folder / table}.parquet')")
    for table, column in (("carrier", "kind"), ("carrier", "level"), ("talent", "category")):
        values = ", ".join(
            f"'{value}'"
            for (value,) in db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1").fetchall()
        )
        db.execute(f"CREATE TYPE {column}_kind AS ENUM ({values})")
        db.execute(f"ALTER TABLE {table} ALTER {column} TYPE {column}_kind")
    return db


def compute(db):
    return [db.sql(sql).to_arrow_table() for sql in (ENTERPRISE, CARRIER, TALENT)]


def state(column):
    values = column.cast("int8").fill_null(-1).to_numpy()
    return np.select([values == -1, values == 1], [UNKNOWN, YES], NO).astype(np.int8)


def outputs(db, result):
    enterprise, carrier, talent = result
    loan = db.sql(LOAN.format(where="true")).to_arrow_table()
    order = np.argsort(enterprise["id"].to_numpy())
    arrays = {}
    for table, rows in ((enterprise, order), (carrier, None), (talent, None), (loan, None)):
        for name in table.column_names:
            if name in ("id", "enterprise"):
                continue
            boolean = str(table[name].type) == "bool" and name != "t13_certain"
            values = state(table[name]) if boolean else table[name].fill_null(-1).to_numpy() if name == "score" else table[name].to_numpy()
            name = {"sme": "sme_state", "high_tech": "high_tech_state"}.get(name, f"{name}_state" if boolean else name)
            arrays[name] = values if rows is None else values[rows]
    return arrays


if __name__ == "__main__":
    chosen = options()
    facts = load(chosen.data)
    result, figures = batch(compute, facts, chosen.runs)
    write_outputs(chosen.out, outputs(facts, result))
    report("DuckDB", duckdb.__version__, threads=2, **figures)

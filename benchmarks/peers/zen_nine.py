"""The nine rules as a JDM decision of GoRules Zen: an input, one expression node a table, an output; one case at a time.

Zen has no unknown: a comparison with null, `not null` and arithmetic with null are errors, and `false and null` is not three-valued.
So a condition is 0 no, 1 unknown, 2 yes (`fact == null ? 1 : fact <= 500 ? 2 : 0`), `and` is the least of them, `or` the greatest.
Numbers are decimal, so fen are exact. `d("2020-02-29").add(5, "y")` is an invalid date; five years later is compared as year, month
and day in one number. It can take many cases in one call, but row by row: it is measured as a one-case engine, JSON in, JSON out.
"""

from importlib.metadata import version

import orjson
import zen
from measure import options, read_cases, report, single, write_answers

RESEARCH = '"enterprise_technology_center", "engineering_research_center", "engineering_laboratory"'


def flag(name):
    return f"{name} == null ? 1 : {name} ? 2 : 0"


def no_flag(name):
    return f"{name} == null ? 1 : {name} ? 0 : 2"


def given(*names, then):
    return f"{' or '.join(f'{name} == null' for name in names)} ? 1 : {then} ? 2 : 0"


def between(name, first, last):
    return given(name, then=f'date({name}) in [date("{first}")..date("{last}")]')


def in_year(name):
    return between(name, "2020-01-01", "2020-12-31")


def one_of(name, *values):
    choices = ", ".join(value if value.startswith('"') else f'"{value}"' for value in values)
    return given(name, then=f"{name} in [{choices}]")


def all_of(*conditions):
    return f"min([{', '.join(conditions)}])"


def any_of(*conditions):
    return f"max([{', '.join(conditions)}])"


def when(state, amount):
    return f"$.{state} == 2 ? {amount} : 0"


def band(part, whole, *steps):
    ladder = " : ".join(f"{part} * 100 >= {whole} * {percent} ? {points}" for percent, points in steps)
    return f"{part} == null or {whole} == null or {whole} == 0 ? -1 : {ladder} : 0"


def share(part, whole, percent):
    return f"{part} == null or {whole} == null or {whole} == 0 ? 1 : {part} * 100 >= {whole} * {percent} ? 2 : 0"


def branch(levels_and_kinds):
    return any_of(*(all_of(one_of("carrier.level", level), one_of("carrier.kind", *kinds)) for level, kinds in levels_and_kinds))


CARRIER = {
    "t3_state": all_of(
        in_year("carrier.recognised_on"),
        branch(
            [("national", ["engineering_technology_research_center", RESEARCH]), ("provincial", ["technology_innovation_center", RESEARCH])]
        ),
    ),
    "t3_amount": when("t3_state", '(carrier.level == "national" ? 100000000 : 20000000)'),
    "t19_state": all_of(
        in_year("carrier.recognised_on"),
        branch([("national", ["incubator", "maker_space"]), ("provincial", ["incubator", "accelerator", "maker_space"])]),
    ),
    "t19_amount": when("t19_state", '(carrier.level == "national" ? 20000000 : 10000000)'),
}
CATEGORY = one_of("talent.category", "international_top", "national_leading")


def calendar(name):
    return f"(d({name}).year() * 10000 + d({name}).month() * 100 + d({name}).day())"


TALENT = {
    "t15_state": all_of(flag("talent.newly_brought_in"), in_year("talent.brought_in_on"), CATEGORY),
    "t15_amount": when("t15_state", '(talent.category == "international_top" ? 200000000 : 100000000)'),
    "t17_founder_state": all_of(
        flag("talent.phd"),
        flag("talent.full_time_degree"),
        flag("talent.first_business"),
        given("talent.founded_on", "talent.graduated_on", then="date(talent.founded_on) >= date(talent.graduated_on)"),
        given(
            "talent.founded_on", "talent.graduated_on", then=f"{calendar('talent.founded_on')} <= {calendar('talent.graduated_on')} + 50000"
        ),
        between("talent.founded_on", "2018-01-01", "2020-12-31"),
    ),
    "t17_founder_amount": when("t17_founder_state", 3_600_000),
    "t17_salary_state": all_of(
        flag("talent.first_full_time"),
        between("talent.brought_in_on", "2018-01-01", "2020-12-31"),
        given("talent.contract_years", then="talent.contract_years >= 3"),
        flag("talent.review_passed"),
        given("talent.brought_in_on", "talent.contract_years", then="year(talent.brought_in_on) + talent.contract_years > 2020"),
        CATEGORY,
    ),
    "t17_salary_amount": when("t17_salary_state", '(talent.category == "international_top" ? 15000000 : 10000000)'),
    "home_conditions": all_of(
        flag("talent.phd"),
        flag("talent.full_time_degree"),
        between("talent.settled_on", "2019-01-01", "2020-12-31"),
        flag("talent.works_in_city"),
        flag("talent.first_home"),
        in_year("talent.home_bought_on"),
    ),
    "t17_home_state": "$.home_conditions == 2 and talent.home_grant_decided == null ? 1 : $.home_conditions",
    "t17_home_amount": when("t17_home_state", "min([talent.home_grant_decided, 12000000])"),
}

LOAN_MET = all_of(flag("#.pledged_by_ip"), in_year("#.drawn_on"))
LOAN_AMOUNT = (
    "#.principal == null or #.due_on == null or #.interest_paid == null ? -1 : min([#.interest_paid, "
    'floor((#.principal * d(#.due_on).diff(d(#.drawn_on), "day") * (d(#.due_on).diff(d(#.drawn_on), "day") <= 365 ? 435 : '
    'd(#.due_on).diff(d(#.drawn_on), "day") <= 1825 ? 475 : 490) + 3600000) / 7200000)])'
)
LOANS = {
    # The amount of each loan, -1 where it is unknown; the days are said three times because a closure has no names of its own.
    "loans": f"map(loans, {LOAN_MET} == 0 ? 0 : {LOAN_MET} == 1 ? -1 : {LOAN_AMOUNT})",
    "total": "sum(map($.loans, max([#, 0])))",
    "t13_amount": "min([$.total, 50000000])",
    "t13_certain": "$.total >= 50000000 or not some($.loans, # < 0)",
}

E = "enterprise."
ENTERPRISE = {
    "t6_state": all_of(flag(E + "high_tech_recognised"), in_year(E + "high_tech_recognised_on")),
    "t6_amount": when("t6_state", 10_000_000),
    "staff_score": band(E + "technical_staff", E + "staff", (30, 20), (25, 16), (20, 12), (15, 8), (10, 4)),
    "by_revenue": band(E + "rd_spending", E + "revenue", (6, 50), (5, 40), (4, 30), (3, 20), (2, 10)),
    "by_cost": band(E + "rd_spending", E + "total_cost", (30, 50), (25, 40), (20, 30), (15, 20), (10, 10)),
    "by_ip": f"{E}ip_class1 == null ? -1 : {E}ip_class1 >= 1 ? 30 : {E}ip_class2 == null ? -1 : min([{E}ip_class2, 4]) * 6",
    "score": "min([$.staff_score, $.by_revenue, $.by_cost, $.by_ip]) < 0 ? -1 : $.staff_score + max([$.by_revenue, $.by_cost]) + $.by_ip",
    "sme_state": all_of(
        flag(E + "resident"),
        given(E + "staff", then=E + "staff <= 500"),
        given(E + "revenue", then=E + "revenue <= 20000000000"),
        given(E + "total_assets", then=E + "total_assets <= 20000000000"),
        no_flag(E + "prohibited_industry"),
        no_flag(E + "major_incident"),
        no_flag(E + "abnormal_or_dishonest"),
        "$.score < 0 ? 1 : $.score >= 60 ? 2 : 0",
        "$.staff_score < 0 ? 1 : $.staff_score > 0 ? 2 : 0",
    ),
    "high_tech_state": all_of(
        given(E + "registered_on", then=f'date({E}registered_on) <= date("2020-01-01")'),
        flag(E + "core_ip"),
        flag(E + "listed_field"),
        share(E + "technical_staff", E + "staff", 10),
        f"{E}revenue == null ? 1 : "
        + share(E + "rd_spending_3y", E + "revenue_3y", f"({E}revenue <= 5000000000 ? 5 : {E}revenue <= 20000000000 ? 4 : 3)"),
        share(E + "domestic_rd_spending_3y", E + "rd_spending_3y", 60),
        share(E + "high_tech_income", E + "total_income", 60),
        given(E + "innovation_score", then=E + "innovation_score > 70"),
        no_flag(E + "major_incident"),
    ),
}
NODES = {"carrier": CARRIER, "talent": TALENT, "loans": LOANS, "enterprise": ENTERPRISE}
OUTPUTS = [name for node in NODES.values() for name in node if name.endswith(("_state", "_amount", "_certain")) or name == "score"]


def decision():
    nodes = [
        {"id": "in", "name": "case", "type": "inputNode", "position": {"x": 0, "y": 0}, "content": {}},
        {"id": "out", "name": "outputs", "type": "outputNode", "position": {"x": 800, "y": 0}, "content": {}},
    ]
    edges = []
    for place, (name, expressions) in enumerate(NODES.items()):
        content = {"expressions": [{"id": f"{name}-{key}", "key": key, "value": str(value)} for key, value in expressions.items()]}
        nodes.append({"id": name, "name": name, "type": "expressionNode", "position": {"x": 400, "y": 100 * place}, "content": content})
        edges += [
            {"id": f"to-{name}", "type": "edge", "sourceId": "in", "targetId": name},
            {"id": f"from-{name}", "type": "edge", "sourceId": name, "targetId": "out"},
        ]
    return {"nodes": nodes, "edges": edges}


if __name__ == "__main__":
    chosen = options()
    # The engine with a static loader answers in a third of the time that a decision of create_decision takes.
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"nine": decision()}}})
    cases = read_cases(chosen.data)

    def answer(case):
        return orjson.dumps(engine.evaluate("nine", case)["result"])

    def explained(case):
        return orjson.dumps(engine.evaluate("nine", case, {"trace": True}))

    plain, answers = single(answer, cases)
    trace, _ = single(explained, cases)
    write_answers(chosen.out, [orjson.dumps({name: orjson.loads(line)[name] for name in OUTPUTS}) for line in answers])
    report("GoRules Zen", version("zen-engine"), threads=1, case_us={"plain": plain, "trace": trace})

"""The nine rules as variables of OpenFisca and of PolicyEngine core, which has the same model; each is given its own classes.

How an expert would hold the facts: money as `float`, which is float32 in both systems (as `int`, which is int32, where every value fits
in fen: interest, home grants and all results), counts as `int`, days as `date`, enumerations as `Enum`. There is no unknown, so every fact
has a sentinel, which is also its default: -1 for numbers, year 1 for days, a last item for enumerations, and for yes or no an `int`
of 0 no, 1 unknown, 2 yes. Conditions are computed as pairs of masks (certainly true, possibly true) and states are their sum.

Cannot be said: fen above 2^24 (167,772.16 yuan) in a `float`, so shares at a bound and interest on a principal come out wrong;
a multiplication in double precision cannot bring back what storing has lost. An empty last group (OpenFisca) has to be added by hand.

Only what the rules need is there: one period (2020), no parameters to look up, three small systems (enterprises with their loans,
carriers, talents) because nothing joins them.
"""

import datetime

import numpy as np
import orjson
import pyarrow.parquet as pq

PERIOD = "2020"
FIRST, LAST = np.datetime64("2020-01-01"), np.datetime64("2020-12-31")
NO_DAY = datetime.date(1, 1, 1)
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

FACTS = {
    "carrier": {"kind": KINDS, "level": LEVELS, "recognised_on": "day"},
    "talent": {
        "category": CATEGORIES,
        "newly_brought_in": "flag",
        "brought_in_on": "day",
        "contract_years": "int",
        "first_full_time": "flag",
        "review_passed": "flag",
        "phd": "flag",
        "full_time_degree": "flag",
        "graduated_on": "day",
        "founded_on": "day",
        "first_business": "flag",
        "settled_on": "day",
        "works_in_city": "flag",
        "first_home": "flag",
        "home_bought_on": "day",
        "home_grant_decided": "int",
    },
    "loan": {"pledged_by_ip": "flag", "principal": "float", "drawn_on": "day", "due_on": "day", "interest_paid": "int"},
    "enterprise": {
        "resident": "flag",
        "staff": "int",
        "technical_staff": "int",
        "revenue": "float",
        "total_assets": "float",
        "rd_spending": "float",
        "total_cost": "float",
        "prohibited_industry": "flag",
        "major_incident": "flag",
        "abnormal_or_dishonest": "flag",
        "ip_class1": "int",
        "ip_class2": "int",
        "registered_on": "day",
        "core_ip": "flag",
        "listed_field": "flag",
        "rd_spending_3y": "float",
        "revenue_3y": "float",
        "domestic_rd_spending_3y": "float",
        "high_tech_income": "float",
        "total_income": "float",
        "innovation_score": "int",
        "high_tech_recognised": "flag",
        "high_tech_recognised_on": "day",
    },
}
RULES = {
    "carrier": ["t3_state", "t3_amount", "t19_state", "t19_amount"],
    "talent": [f"{rule}_{part}" for rule in ("t15", "t17_founder", "t17_salary", "t17_home") for part in ("state", "amount")],
    "enterprise": ["t6_state", "t6_amount", "t13_amount", "t13_certain", "score", "sme_state", "high_tech_state"],
}


# Conditions are pairs of masks: certainly true, possibly true.
def yes(code):
    return code == 2, code >= 1


def no(code):
    return code == 0, code <= 1


def at_least(value, bound):
    true = value >= bound
    return true, true | (value < 0)


def at_most(value, bound):
    possible = value <= bound
    return possible & (value >= 0), possible


def unknown_day(days):
    return days == np.datetime64(NO_DAY)


def between(days, first, last):
    true = (days >= first) & (days <= last)
    return true, true | unknown_day(days)


def given(true, unknown):
    """A condition that counts only where its facts are known."""
    return true & ~unknown, true | unknown


def state(*conditions):
    true, possible = conditions[0]
    for other_true, other_possible in conditions[1:]:
        true = true & other_true
        possible = possible & other_possible
    return np.add(true, possible, dtype=np.int32)


def codes(array):
    return array.view(np.ndarray)


def in_order(choices, chosen):
    """For each code of an enumeration and for unknown, last: 2 if chosen, 0 if not, 1 if unknown."""
    return np.array([2 * (choice in chosen) for choice in choices] + [1], dtype=np.int8)


def by_level_and_kind(national, provincial):
    """State and amount for each pair of level and kind, from ({kinds}, fen) of the two levels."""
    states = np.maximum.reduce(
        [
            np.minimum.outer(in_order(LEVELS, {level}), in_order(KINDS, kinds))
            for level, (kinds, _) in (("national", national), ("provincial", provincial))
        ]
    )
    amounts = np.zeros_like(states, dtype=np.int32)
    amounts[0], amounts[1] = national[1], provincial[1]
    return states.ravel(), np.where(states == 2, amounts, 0).ravel()


RESEARCH = {"enterprise_technology_center", "engineering_research_center", "engineering_laboratory"}
CARRIER_RULES = {
    "t3": by_level_and_kind(
        (RESEARCH | {"engineering_technology_research_center"}, 100_000_000),
        (RESEARCH | {"technology_innovation_center"}, 20_000_000),
    ),
    "t19": by_level_and_kind(({"incubator", "maker_space"}, 20_000_000), ({"incubator", "accelerator", "maker_space"}, 10_000_000)),
}
AWARDED = in_order(CATEGORIES, {"international_top", "national_leading"})
T15_AMOUNT = np.array([200_000_000, 100_000_000, 0, 0, 0], dtype=np.int32)
T17_SALARY_AMOUNT = np.array([15_000_000, 10_000_000, 0, 0, 0], dtype=np.int32)
F = np.float64


def years_later(days, years):
    """The same day so many years later; 29 February becomes 28 February."""
    months = days.astype("datetime64[M]")
    target = months + np.timedelta64(12 * years, "M")
    first = target.astype("datetime64[D]")
    last = (target + 1).astype("datetime64[D]") - first - np.timedelta64(1, "D")
    return first + np.minimum(days - months.astype("datetime64[D]"), last)


def steps(part, whole, percents, points):
    """Points for each percentage of the whole that the part reaches."""
    hundredfold = part * F(100)
    reached = np.zeros(len(part), dtype=np.int8)
    for percent in percents:
        reached += hundredfold >= whole * F(percent)
    return reached * np.int8(points)


def share(part, whole, percent):
    return given(part * F(100) >= whole * percent, (part < 0) | (whole <= 0))


def systems(Variable, Enum, YEAR, build_entity, TaxBenefitSystem):
    """The three systems by name, and the enumerations by fact."""
    loan = build_entity(key="loan", plural="loans", label="Loan", is_person=True)
    enterprise = build_entity(
        key="enterprise", plural="enterprises", label="Enterprise", roles=[{"key": "debt", "plural": "debts", "label": "Debt"}]
    )
    carrier = build_entity(key="carrier", plural="carriers", label="Carrier", is_person=True)
    talent = build_entity(key="talent", plural="talents", label="Talent", is_person=True)
    entities = {"loan": loan, "enterprise": enterprise, "carrier": carrier, "talent": talent}
    enums = {}

    def fact(owner, name, kind):
        attributes = {"entity": entities[owner], "definition_period": YEAR, "label": name}
        if isinstance(kind, list):
            enums[name] = Enum(f"{name}_values", {value: value for value in [*kind, "unknown"]})
            attributes |= {"value_type": Enum, "possible_values": enums[name], "default_value": enums[name].unknown}
        elif kind == "day":
            attributes |= {"value_type": datetime.date, "default_value": NO_DAY}
        elif kind == "flag":
            attributes |= {"value_type": int, "default_value": 1}
        else:
            attributes |= {"value_type": {"int": int, "float": float}[kind], "default_value": -1}
        return type(name, (Variable,), attributes)

    def rule(owner, value_type=int):
        def decorate(formula):
            attributes = {
                "value_type": value_type,
                "entity": entities[owner],
                "definition_period": YEAR,
                "label": formula.__name__,
                "formula": formula,
            }
            return type(formula.__name__, (Variable,), attributes)

        return decorate

    def level_and_kind(carrier, period):
        return codes(carrier("level", period)).astype(np.intp) * (len(KINDS) + 1) + codes(carrier("kind", period))

    @rule("carrier")
    def t3_state(carrier, period):
        matching = CARRIER_RULES["t3"][0][level_and_kind(carrier, period)]
        return state(between(carrier("recognised_on", period), FIRST, LAST), yes(matching))

    @rule("carrier")
    def t3_amount(carrier, period):
        return (carrier("t3_state", period) == 2) * CARRIER_RULES["t3"][1][level_and_kind(carrier, period)]

    @rule("carrier")
    def t19_state(carrier, period):
        matching = CARRIER_RULES["t19"][0][level_and_kind(carrier, period)]
        return state(between(carrier("recognised_on", period), FIRST, LAST), yes(matching))

    @rule("carrier")
    def t19_amount(carrier, period):
        return (carrier("t19_state", period) == 2) * CARRIER_RULES["t19"][1][level_and_kind(carrier, period)]

    @rule("talent")
    def t15_state(talent, period):
        return state(
            yes(talent("newly_brought_in", period)),
            between(talent("brought_in_on", period), FIRST, LAST),
            yes(AWARDED[codes(talent("category", period))]),
        )

    @rule("talent")
    def t15_amount(talent, period):
        return (talent("t15_state", period) == 2) * T15_AMOUNT[codes(talent("category", period))]

    @rule("talent")
    def t17_founder_state(talent, period):
        founded, graduated = talent("founded_on", period), talent("graduated_on", period)
        in_time = (founded >= graduated) & (founded <= years_later(graduated, 5))
        return state(
            yes(talent("phd", period)),
            yes(talent("full_time_degree", period)),
            yes(talent("first_business", period)),
            given(in_time, unknown_day(founded) | unknown_day(graduated)),
            between(founded, np.datetime64("2018-01-01"), LAST),
        )

    @rule("talent")
    def t17_founder_amount(talent, period):
        return (talent("t17_founder_state", period) == 2) * np.int32(3_600_000)

    @rule("talent")
    def t17_salary_state(talent, period):
        brought, years = talent("brought_in_on", period), talent("contract_years", period)
        lasting = brought.astype("datetime64[Y]").astype(np.int32) + 1970 + years > 2020
        return state(
            yes(talent("first_full_time", period)),
            between(brought, np.datetime64("2018-01-01"), LAST),
            at_least(years, 3),
            yes(talent("review_passed", period)),
            given(lasting, unknown_day(brought) | (years < 0)),
            yes(AWARDED[codes(talent("category", period))]),
        )

    @rule("talent")
    def t17_salary_amount(talent, period):
        return (talent("t17_salary_state", period) == 2) * T17_SALARY_AMOUNT[codes(talent("category", period))]

    @rule("talent")
    def t17_home_state(talent, period):
        met = state(
            yes(talent("phd", period)),
            yes(talent("full_time_degree", period)),
            between(talent("settled_on", period), np.datetime64("2019-01-01"), LAST),
            yes(talent("works_in_city", period)),
            yes(talent("first_home", period)),
            between(talent("home_bought_on", period), FIRST, LAST),
        )
        return met - ((met == 2) & (talent("home_grant_decided", period) < 0))

    @rule("talent")
    def t17_home_amount(talent, period):
        return (talent("t17_home_state", period) == 2) * np.minimum(talent("home_grant_decided", period), 12_000_000)

    @rule("loan")
    def loan_state(loan, period):
        met = state(yes(loan("pledged_by_ip", period)), between(loan("drawn_on", period), FIRST, LAST))
        unknown = (loan("principal", period) < 0) | (loan("interest_paid", period) < 0) | unknown_day(loan("due_on", period))
        return met - ((met == 2) & unknown)

    @rule("loan")
    def loan_amount(loan, period):
        days = (loan("due_on", period) - loan("drawn_on", period)).astype(np.int64)
        rate = np.where(days <= 365, 435, np.where(days <= 1825, 475, 490))
        subsidy = np.floor(loan("principal", period) * F(1) * (rate * days) / 7_200_000 + 0.5)
        return (loan("loan_state", period) == 2) * np.minimum(subsidy, loan("interest_paid", period))

    def total(enterprise, values):
        sums = enterprise.sum(values)
        return np.pad(sums, (0, enterprise.count - len(sums))) if len(sums) < enterprise.count else sums

    @rule("enterprise")
    def t13_amount(enterprise, period):
        return np.minimum(total(enterprise, enterprise.members("loan_amount", period)), 50_000_000)

    @rule("enterprise", bool)
    def t13_certain(enterprise, period):
        unknown = total(enterprise, enterprise.members("loan_state", period) == 1)
        return (unknown == 0) | (enterprise("t13_amount", period) >= 50_000_000)

    @rule("enterprise")
    def t6_state(enterprise, period):
        return state(yes(enterprise("high_tech_recognised", period)), between(enterprise("high_tech_recognised_on", period), FIRST, LAST))

    @rule("enterprise")
    def t6_amount(enterprise, period):
        return (enterprise("t6_state", period) == 2) * np.int32(10_000_000)

    @rule("enterprise")
    def staff_score(enterprise, period):
        technical, staff = enterprise("technical_staff", period), enterprise("staff", period)
        hundredfold = technical * 100
        reached = np.zeros(len(staff), dtype=np.int32)
        for percent in (10, 15, 20, 25, 30):
            reached += hundredfold >= staff * percent
        return np.where((technical < 0) | (staff <= 0), -1, reached * 4)

    @rule("enterprise")
    def score(enterprise, period):
        rd, revenue, cost = (enterprise(name, period) for name in ("rd_spending", "revenue", "total_cost"))
        class1, class2 = enterprise("ip_class1", period), enterprise("ip_class2", period)
        by_staff = enterprise("staff_score", period)
        better = np.maximum(steps(rd, revenue, (2, 3, 4, 5, 6), 10), steps(rd, cost, (10, 15, 20, 25, 30), 10))
        by_ip = np.where(class1 >= 1, 30, np.minimum(class2, 4) * 6)
        unknown = (by_staff < 0) | (rd < 0) | (revenue <= 0) | (cost <= 0) | (class1 < 0) | ((class1 == 0) & (class2 < 0))
        return np.where(unknown, -1, by_staff + better + by_ip)

    @rule("enterprise")
    def sme_state(enterprise, period):
        by_staff = enterprise("staff_score", period)
        return state(
            yes(enterprise("resident", period)),
            at_most(enterprise("staff", period), 500),
            at_most(enterprise("revenue", period), 20_000_000_000),
            at_most(enterprise("total_assets", period), 20_000_000_000),
            no(enterprise("prohibited_industry", period)),
            no(enterprise("major_incident", period)),
            no(enterprise("abnormal_or_dishonest", period)),
            at_least(enterprise("score", period), 60),
            (by_staff > 0, by_staff != 0),
        )

    @rule("enterprise")
    def high_tech_state(enterprise, period):
        registered, revenue = enterprise("registered_on", period), enterprise("revenue", period)
        rd_3y, revenue_3y = enterprise("rd_spending_3y", period), enterprise("revenue_3y", period)
        bound = np.where(revenue <= 5_000_000_000, F(5), np.where(revenue <= 20_000_000_000, F(4), F(3)))
        technical, staff = enterprise("technical_staff", period), enterprise("staff", period)
        innovation = enterprise("innovation_score", period)
        return state(
            given(registered <= FIRST, unknown_day(registered)),
            yes(enterprise("core_ip", period)),
            yes(enterprise("listed_field", period)),
            given(technical * 10 >= staff, (technical < 0) | (staff <= 0)),
            given(rd_3y * F(100) >= revenue_3y * bound, (rd_3y < 0) | (revenue_3y <= 0) | (revenue < 0)),
            share(enterprise("domestic_rd_spending_3y", period), rd_3y, F(60)),
            share(enterprise("high_tech_income", period), enterprise("total_income", period), F(60)),
            at_least(innovation, 71),
            no(enterprise("major_incident", period)),
        )

    rules = {
        "carrier": [t3_state, t3_amount, t19_state, t19_amount],
        "talent": [
            *(t15_state, t15_amount, t17_founder_state, t17_founder_amount),
            *(t17_salary_state, t17_salary_amount, t17_home_state, t17_home_amount),
        ],
        "enterprise": [
            loan_state,
            loan_amount,
            t13_amount,
            t13_certain,
            t6_state,
            t6_amount,
            staff_score,
            score,
            sme_state,
            high_tech_state,
        ],
    }
    built = {}
    for name, owners in {"carrier": ["carrier"], "talent": ["talent"], "enterprise": ["loan", "enterprise"]}.items():
        system = TaxBenefitSystem([entities[owner] for owner in reversed(owners)])
        for owner in owners:
            for fact_name, kind in FACTS[owner].items():
                system.add_variable(fact(owner, fact_name, kind))
        for variable in rules[name]:
            system.add_variable(variable)
        built[name] = system
    return built, enums


def column(table, name, kind, enums, EnumArray):
    values = table[name]
    if isinstance(kind, list):
        places = {value: place for place, value in enumerate([*kind, None])}
        return EnumArray(np.array([places[value] for value in values.to_pylist()], dtype=np.uint8), enums[name])
    if kind == "day":
        return values.cast("int32").fill_null((NO_DAY - datetime.date(1970, 1, 1)).days).to_numpy().astype("datetime64[D]")
    if kind == "flag":
        return np.where(values.is_null().to_numpy(), 1, 2 * values.fill_null(False).to_numpy()).astype(np.int32)
    return values.cast("int64").fill_null(-1).to_numpy().astype({"int": np.int32, "float": np.float32}[kind])


def load(folder, built, enums, EnumArray, new_simulation):
    """A simulation for each system, with the facts set."""
    simulations = {}
    for name, owners in {"carrier": ["carrier"], "talent": ["talent"], "enterprise": ["loan", "enterprise"]}.items():
        tables = {owner: pq.read_table(folder / f"{owner}.parquet") for owner in owners}
        populations = built[name].instantiate_entities()
        for owner, table in tables.items():
            populations[owner].count = table.num_rows
            populations[owner].ids = np.arange(table.num_rows)
        if name == "enterprise":
            ids = tables["enterprise"]["id"].to_numpy()
            populations["enterprise"].members_entity_id = np.searchsorted(ids, tables["loan"]["enterprise"].to_numpy())
        simulation = new_simulation(built[name], populations)
        for owner, table in tables.items():
            for fact_name, kind in FACTS[owner].items():
                values = column(table, fact_name, kind, enums, EnumArray)
                populations[owner].get_holder(fact_name).set_input(PERIOD, values)
        simulations[name] = simulation
    return simulations


def forget(simulations):
    """Drop what was computed, keep the facts."""
    for simulation in simulations.values():
        for variable in simulation.tax_benefit_system.variables:
            if not any(variable in FACTS[owner] for owner in FACTS):
                simulation.get_holder(variable).delete_arrays()
        if hasattr(simulation, "_fast_cache"):
            for key in [key for key in simulation._fast_cache if not any(key[0] in facts for facts in FACTS.values())]:
                del simulation._fast_cache[key]


def compute(simulations):
    return {variable: simulations[name].calculate(variable, PERIOD) for name, variables in RULES.items() for variable in variables}


def outputs(simulations, result):
    loans = {variable: simulations["enterprise"].calculate(variable, PERIOD) for variable in ("loan_state", "loan_amount")}
    return {name: np.asarray(values) for name, values in {**result, **loans}.items()}


def situation(row, owner):
    """One row of JSON as the system's own JSON."""
    return {name: {PERIOD: 2 * value if FACTS[owner][name] == "flag" else value} for name, value in row.items()}


def answer(case, built, simulate, explain=False):
    """The outputs of one case, JSON in and out, by the systems' own way of building a simulation from JSON; if wanted, with their trace."""
    case = orjson.loads(case)
    loans = {f"loan {number}": situation(loan, "loan") for number, loan in enumerate(case["loans"])}
    its = {"debts": list(loans), **situation(case["enterprise"], "enterprise")}
    situations = {name: {f"{name}s": {"it": situation(case[name], name)}} for name in ("carrier", "talent")}
    situations["enterprise"] = {"loans": loans, "enterprises": {"it": its}}
    result, traces = {}, {}
    for name, variables in RULES.items():
        simulation = simulate(built[name], situations[name])
        simulation.trace = explain
        result |= {variable: simulation.calculate(variable, PERIOD)[0].item() for variable in variables}
        if explain:
            traces |= simulation.tracer.get_serialized_flat_trace()
    return orjson.dumps({**result, "trace": traces} if explain else result)

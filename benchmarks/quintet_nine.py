"""The nine rules in Quintet: the pack of packs/nine, generated machine code for the batch (compiled before it is measured) and generated Python for a single case.

Facts are held as the engine reads them from Parquet: whole numbers in the smallest type that holds their declared range, days, codes,
and a mask of what is known; the enterprise of a loan as its row. Nothing of the rules cannot be said. A case is checked fact by fact
against the vocabulary; its trace holds every condition, every definition and the amount before the limit.
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import orjson
from measure import NO, UNKNOWN, YES, batch, options, read_cases, report, single, write_answers, write_outputs

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from quintet.engine import load
from quintet.engine.backends.native import NativeProgram
from quintet.engine.columns import read_tables

ON = date(2020, 12, 31)
CAP = 50_000_000
BLOCK = 65_536  # rows at a time, so that what is worked out in between stays small
STATE = np.array([NO, YES, YES, UNKNOWN, NO], np.uint8)  # not entitled, entitled, for decision, unknown, superseded
TRI = {None: UNKNOWN, True: YES, False: NO}
POLICY = load(Path(__file__).resolve().parent / "packs" / "nine")
CITY = NativeProgram(POLICY.bound(ON), definitions=["sme_score", "sme", "high_tech"])
CASE = POLICY.program(ON)


def facts_of(folder):
    tables = read_tables(folder, POLICY.pack.subjects)
    ids = tables["enterprise"].ids.to_numpy()
    for name in ("loan", "carrier"):
        refs = tables[name].refs
        refs["enterprise"] = np.searchsorted(ids, refs["enterprise"])
    return tables


def compute(tables):
    results = CITY.run(tables, ON)
    enterprise = tables["loan"].refs["enterprise"]
    awards, states = results["loan"].awards["T13"], results["loan"].states["T13"]
    firms = tables["enterprise"].rows
    sums, certain = np.zeros(firms, np.int32), np.ones(firms, np.bool_)  # a sum is at most the limit
    for part, rows in awards.blocks():
        np.add.at(sums, enterprise[rows], awards.fen[part])
    for low in range(0, len(states), BLOCK):
        certain[enterprise[low : low + BLOCK][states[low : low + BLOCK] == 3]] = False
    for low in range(0, firms, BLOCK):
        certain[low : low + BLOCK] |= sums[low : low + BLOCK] >= CAP
    return results, sums, certain


def outputs(tables, computed):
    results, sums, certain = computed
    found = {"t13_amount": sums, "t13_certain": certain}
    whole = CITY.run({"loan": tables["loan"]}, ON, settled=False)["loan"]
    for result, subject in [*((results[subject], subject) for subject in ("enterprise", "carrier", "talent")), (whole, "loan")]:
        for rule, awards in result.awards.items():
            name = "loan" if rule == "T13" else rule.lower()
            found[f"{name}_state"] = STATE[result.states[rule]]
            found[f"{name}_amount"] = awards.dense(tables[subject].rows)
    definitions = results["enterprise"].definitions
    score, known = definitions["sme_score"]
    found["score"] = np.where(known, score.astype(np.int64), -1)
    for name in ("sme", "high_tech"):
        true, known = definitions[name]
        found[f"{name}_state"] = np.where(known, np.where(true, YES, NO), UNKNOWN)
    return found


def subjects(case):
    """A case's JSON as the lists of subjects that the engine reads."""
    given = orjson.loads(case)
    loans = given["loans"]
    for loan in loans:
        loan["enterprise"] = 0
    return {"enterprise": [given["enterprise"]], "loan": loans, "carrier": [given["carrier"]], "talent": [given["talent"]]}


def answer(case, trace=False):
    """Bytes to bytes: read, checked, evaluated with limits, written in the engine's own form; with the trace of every row if it is wanted."""
    return orjson.dumps(CASE.evaluate(subjects(case), ON, trace=trace, definitions=True))


def common(line):
    """The engine's answer in the form that is compared."""
    results = orjson.loads(line)
    found = {}
    enterprise = results["enterprise"][0]
    for row in (results["carrier"][0], enterprise, results["talent"][0]):
        for outcome in row["outcomes"]:
            name = outcome["rule"].lower()
            state = outcome["state"]
            found[f"{name}_state"] = 2 if state == "entitled" else 1 if state == "unknown" else 0
            found[f"{name}_amount"] = outcome["amount"] or 0
    total, certain = 0, True
    for row in results["loan"]:
        outcome = row["outcomes"][0]
        total += outcome["amount"] or 0
        certain &= outcome["state"] != "unknown"
    definitions = enterprise["definitions"]
    score = definitions["sme_score"]
    found["t13_amount"], found["t13_certain"] = total, certain or total >= CAP
    found["score"] = -1 if score is None else score
    found["sme_state"], found["high_tech_state"] = TRI[definitions["sme"]], TRI[definitions["high_tech"]]
    return orjson.dumps(found)


def main():
    chosen = options()
    tables = facts_of(chosen.data)
    CITY.prepare(tables)  # the peers' rules stand ready before they are measured, too
    computed, figures = batch(compute, tables, chosen.runs)
    write_outputs(chosen.out, outputs(tables, computed))
    cases = read_cases(chosen.data)
    plain, answers = single(answer, cases)
    trace, explained = single(lambda case: answer(case, trace=True), cases)
    values, _ = single(lambda facts: CASE.evaluate(facts, ON, definitions=True), list(map(subjects, cases)))
    assert list(map(common, explained)) == list(map(common, answers))
    write_answers(chosen.out, list(map(common, answers)))
    report("Quintet", "0.1.0", threads=2, case_us={"plain": plain, "trace": trace, "values": values}, **figures)


if __name__ == "__main__":
    main()

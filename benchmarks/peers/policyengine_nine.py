"""The nine rules in PolicyEngine core (AGPL; run from the benchmark's own environment). What it holds and cannot say is in country.py."""

from importlib.metadata import version

import country
from measure import batch, options, read_cases, report, single, write_answers, write_outputs
from policyengine_core.entities import build_entity
from policyengine_core.enums import Enum, EnumArray
from policyengine_core.periods import YEAR
from policyengine_core.simulations import Simulation, SimulationBuilder
from policyengine_core.taxbenefitsystems import TaxBenefitSystem
from policyengine_core.variables import Variable


def new_simulation(system, populations):
    return Simulation(tax_benefit_system=system, populations=populations)


def simulate(system, situation):
    return SimulationBuilder().build_from_dict(system, situation)


if __name__ == "__main__":
    chosen = options()
    built, enums = country.systems(Variable, Enum, YEAR, build_entity, TaxBenefitSystem)
    simulations = country.load(chosen.data, built, enums, EnumArray, new_simulation)
    result, figures = batch(country.compute, simulations, chosen.runs, before=country.forget)
    write_outputs(chosen.out, country.outputs(simulations, result))
    cases = read_cases(chosen.data)
    plain, answers = single(lambda case: country.answer(case, built, simulate), cases)
    trace, _ = single(lambda case: country.answer(case, built, simulate, explain=True), cases)
    write_answers(chosen.out, answers)
    report("PolicyEngine", version("policyengine-core"), threads=1, case_us={"plain": plain, "trace": trace}, **figures)

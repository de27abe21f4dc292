"""The rule engine: packs → typed expressions → evaluation and explanation. Knows no Django.

policy = load("panjin-2019-29")
policy.evaluate({"enterprise": [{"id": "E1", "high_tech_recognised": True, "high_tech_recognised_on": "2020-09-15"}]}, on=date(2020, 12, 31))
"""

from quintet.engine.errors import EngineError, FactsError, PackError
from quintet.engine.evaluate import Policy, load

__all__ = ["EngineError", "FactsError", "PackError", "Policy", "load"]

from quintet.directory.queries.carriers import carrier_facts
from quintet.directory.queries.enterprises import enterprise_facts, latest_year
from quintet.directory.queries.members import may_act_for, may_see, organisations_acted_for, organisations_of
from quintet.directory.queries.names import former_names_of, organisations_called, organisations_named_exactly, people_called
from quintet.directory.queries.sources import FactSource, fact_sources, record_sources

__all__ = [
    "FactSource",
    "carrier_facts",
    "enterprise_facts",
    "fact_sources",
    "former_names_of",
    "latest_year",
    "may_act_for",
    "may_see",
    "organisations_acted_for",
    "organisations_called",
    "organisations_named_exactly",
    "organisations_of",
    "people_called",
    "record_sources",
]

"""Whose rows here are bound into the audit chain: what opens the interface in somebody's name."""

from quintet.core.seals import Sealed

sealed = [Sealed("api_apitoken", but=("last_used_on",))]

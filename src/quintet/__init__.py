"""Quintet (五方协同): the system on which a city runs its innovation policy."""

__version__ = "0.1.0"

"""What departments are called, for those below who cannot ask the packs."""

from quintet.policies.queries import unit_names

names = [unit_names]

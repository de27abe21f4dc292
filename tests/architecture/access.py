"""Who may open which page: URL name → roles. test_access.py asks every page as every role and compares.

A new URL is added here in the section of its context, with arguments in samples.py if it takes any.
"""

EVERY_ROLE = {"applicant", "officer", "finance_officer", "leader", "auditor", "operator"}
EVERYBODY = EVERY_ROLE | {"anonymous"}
OFFICIALS = EVERY_ROLE - {"applicant"}

ACCESS: dict[str, set[str]] = {
    # web
    "web:home": EVERYBODY,
    "web:search": EVERYBODY,
    "web:work": OFFICIALS,
    "web:sign-in": EVERYBODY,
    "web:sign-out": EVERY_ROLE,
    "web:profile": EVERY_ROLE,
    "web:password": EVERY_ROLE,
    "web:language": EVERYBODY,
    "web:job": EVERY_ROLE,
    "web:components": EVERYBODY,
    "web:accessibility": EVERYBODY,
    "web:healthz": EVERYBODY,
}

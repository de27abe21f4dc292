"""What test_access.py needs to open a page: arguments for its URL, and the method where it is not GET.

A sample is a function of the user who asks (None when nobody is signed in) that may create rows and returns the URL's keyword arguments.
"""

from collections.abc import Callable
from typing import Any

from tests.architecture.access import REGISTERS

Sample = Callable[[Any], dict[str, Any]]


def own_job(user: Any) -> dict[str, Any]:
    from quintet.core.models import Job

    return {"pk": Job.objects.create(kind="导入", function="none", created_by=user).pk}


def record_of(noun: str) -> Sample:
    def sample(user: Any) -> dict[str, Any]:
        from tests.directory.city import RECORDS

        return {"pk": RECORDS[noun]().pk}

    return sample


def checked_import(user: Any) -> dict[str, Any]:
    from tests.directory.city import ready_import

    return {"pk": ready_import().pk}


def in_the_city(make: str, key: str) -> Sample:
    """What tests.redemption.city makes under a name, as one argument of the URL."""

    def sample(user: Any) -> dict[str, Any]:
        from tests.redemption import city

        made = getattr(city, make)()
        return {key: made if key == "pk" else made.token}

    return sample


def own_token(user: Any) -> dict[str, Any]:
    from tests.api.callers import token_of

    return {"pk": token_of(user)[0].pk if user else 1}


def own_bulk_evaluation(user: Any) -> dict[str, Any]:
    from tests.api.callers import finished_bulk

    return {"job": finished_bulk(user).job_id}


def listed_organisation(user: Any) -> dict[str, Any]:
    from tests.directory.city import organisation

    return {"code": organisation().code}


def somebody(user: Any) -> dict[str, Any]:
    from quintet.core.models import User

    return {"pk": User.objects.create_user(username="somebody").pk}


def a_grant(user: Any) -> dict[str, Any]:
    from quintet.core.models import RoleGrant

    return {"pk": RoleGrant.objects.create(user_id=somebody(user)["pk"], role="officer", unit="stb").pk}


def a_fund(user: Any) -> dict[str, Any]:
    from tests.ledger.books import special_funds

    return {"pk": special_funds()[0].pk}


def a_commitment(user: Any) -> dict[str, Any]:
    from tests.ledger.books import committed, special_funds

    return {"pk": committed(special_funds()[0]).pk}


def a_line(user: Any) -> dict[str, Any]:
    from quintet.core.audit import recorded

    with recorded() as log:
        return {"number": log.record("ledger.payment", "ledger.entry:1", "拨付", by=user).number}


SAMPLES: dict[str, Sample] = {
    # policies
    "policies:policy": lambda user: {"pack": "panjin-2019-29"},
    "policies:clause": lambda user: {"pack": "panjin-2019-29", "clause": "T6"},
    "policies:evaluation": in_the_city("evaluation", "token"),
    "policies:evaluation-pdf": in_the_city("evaluation", "token"),
    # redemption
    "redemption:check-template": lambda user: {"subject": "enterprise"},
    "redemption:check-question": in_the_city("self_check", "token"),
    "redemption:check-add": in_the_city("self_check", "token"),
    "redemption:check-remove": in_the_city("self_check_of_two", "token"),
    "redemption:check-back": in_the_city("self_check", "token"),
    "redemption:check-ladder": in_the_city("self_check", "token"),
    "redemption:check-result": in_the_city("self_check", "token"),
    "redemption:entitlement": in_the_city("entitlement_pk", "pk"),
    "redemption:fund": a_fund,
    "redemption:entries-export": a_fund,
    "redemption:fund-appropriate": lambda user: {**a_fund(user), "year": 2020},
    "redemption:commitment": a_commitment,
    # web
    "web:job": own_job,
    "web:audit-line": a_line,
    "web:set-password": lambda user: {"uidb64": "MQ", "token": "used-up"},
    **{f"web:account{step}": somebody for step in ("", "-edit", "-link", "-active", "-person", "-grant")},
    "web:grant-revoke": a_grant,
    # directory, finance, market, talent
    **{f"{space}:{noun}{step}": record_of(noun) for space, noun, _plural in REGISTERS for step in ("", "-edit", "-delete")},
    "directory:evidence": record_of("recognition"),
    "directory:person-clear": record_of("person"),
    "directory:import-batch": checked_import,
    "directory:import-confirm": checked_import,
    "directory:import-drop": checked_import,
    "directory:import-problems": checked_import,
    # api
    "api:token-revoke": own_token,
    **{f"api:v1:{name}": lambda user: {"pack": "panjin-2019-29"} for name in ("pack", "clauses", "vocabulary", "evaluate", "explain")},
    "api:v1:clause": lambda user: {"pack": "panjin-2019-29", "clause": "T6"},
    "api:v1:job": own_bulk_evaluation,
    "api:v1:job-result": own_bulk_evaluation,
    "api:v1:organisation": listed_organisation,
}

# URL name → data of the POST request; every other page is asked with GET.
POSTS: dict[str, dict[str, Any]] = {
    "redemption:funds-open": {"year": "2020"},
    "web:audit-verify": {},
    "web:audit-receipt": {"receipt": "{}"},
    "redemption:check-start": {"subject": "enterprise", "year": "2020"},
    "redemption:check-add": {"subject": "loan"},
    "redemption:check-remove": {"item": "1"},
    "redemption:check-back": {},
    "redemption:check-ladder": {},
    "redemption:city-run": {"year": "2020"},
    "web:sign-out": {},
    "web:account-link": {},
    "web:language": {"language": "en"},
    "directory:import-confirm": {},
    "directory:import-drop": {},
    "api:token-revoke": {},
}

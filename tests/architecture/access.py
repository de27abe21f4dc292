"""Who may open which page: URL name → roles. test_access.py asks every page as every role and compares.

A new URL is added here in the section of its context, with arguments in samples.py if it takes any.
"""

EVERY_ROLE = {"applicant", "officer", "finance_officer", "leader", "auditor", "expert", "operator"}
EVERYBODY = EVERY_ROLE | {"anonymous"}
OFFICIALS = EVERY_ROLE - {"applicant", "expert"}

KEEPERS = {"officer"}  # of a department whose duty the register is
REGISTERS = [
    ("directory", "organisation", "organisations"),
    ("directory", "former_name", "former_names"),
    ("directory", "person", "people"),
    ("directory", "membership", "memberships"),
    ("directory", "shareholding", "shareholdings"),
    ("directory", "kinship", "kinships"),
    ("directory", "recognition", "recognitions"),
    ("directory", "carrier", "carriers"),
    ("directory", "fact", "facts"),
    ("finance", "loan", "loans"),
    ("market", "project", "projects"),
    ("market", "member", "members"),
    ("talent", "talent", "talents"),
    ("talent", "team", "teams"),
]
ENDED_NOT_DELETED = {"membership", "shareholding", "kinship"}

ACCESS: dict[str, set[str]] = {
    # web
    "web:home": EVERYBODY,
    "web:search": EVERYBODY,
    "web:work": OFFICIALS | {"expert"},
    "web:second": OFFICIALS | {"expert"},
    "web:sign-in": EVERYBODY,
    "web:sign-out": EVERY_ROLE,
    "web:profile": EVERY_ROLE,
    "web:password": EVERY_ROLE,
    "web:sessions": EVERY_ROLE,
    "web:information": EVERY_ROLE,
    "web:information-copy": EVERY_ROLE,
    "web:personal-requests": {"operator"},
    **{f"web:oidc{name}": EVERYBODY for name in ("", "-back", "-back-channel", "-front-channel")},
    "web:signed-out": EVERYBODY,
    "web:identities": {"operator"},
    "web:identity-unlink": {"operator"},
    "web:sign-in-second": EVERYBODY,  # whose password was right
    **{f"web:{name}": EVERY_ROLE for name in ("second-check", "second-factor", "second-factor-totp", "second-factor-key")},
    **{f"web:{name}": EVERY_ROLE for name in ("second-factor-remove", "recovery-codes")},
    **{f"web:second-factor-{name}": {"operator"} for name in ("demands", "reset", "answer", "lifting")},
    "web:sessions-end": EVERY_ROLE,
    **{
        f"web:{name}": EVERY_ROLE
        for name in ("notifications", "notifications-read", "notifications-choose", "notification", "delegation-end")
    },
    "web:set-password": EVERYBODY,  # whoever has the link
    **{f"web:{name}": {"operator", "auditor"} for name in ("accounts", "accounts-export", "account")},
    **{f"web:account-{name}": {"operator"} for name in ("add", "edit", "link", "active", "person", "grant")},
    "web:grant-revoke": {"operator"},
    "web:account-proposals": {"operator", "auditor"},
    **{f"web:account-proposal-{name}": {"operator"} for name in ("answer", "code")},
    **{f"web:{name}": {"operator", "auditor"} for name in ("audit", "audit-line", "audit-verify")},
    "web:audit-digests": EVERYBODY,
    "web:audit-receipt": EVERYBODY,
    "web:language": EVERYBODY,
    "web:demo-day": OFFICIALS,
    "web:job": EVERY_ROLE,
    "web:job-release": {"operator"},
    "web:components": EVERYBODY,
    "web:accessibility": EVERYBODY,
    "web:healthz": EVERYBODY,
    "web:guides": EVERYBODY,
    "web:guide": EVERYBODY,
    "web:metrics": EVERYBODY,  # from this machine, or with the token; others are told nothing
    "web:system": {"operator", "auditor"},
    "web:system-mail": {"operator"},
    **{f"web:holidays{page}": {"operator", "leader", "auditor"} for page in ("", "-plan")},
    **{f"web:holidays-{act}": {"operator"} for act in ("add", "drop")},
    "web:holidays-confirm": {"operator", "leader"},
    # directory, finance, market, talent: the registers
    **{
        f"{space}:{name}": allowed
        for space, noun, plural in REGISTERS
        for allowed, names in (
            (OFFICIALS, (plural, noun, f"{plural}-export")),
            (KEEPERS, (f"{plural}-import", f"{plural}-template", f"{noun}-add", f"{noun}-edit", f"{noun}-delete")),
        )
        for name in names
        if not (noun in ENDED_NOT_DELETED and name == f"{noun}-delete")
    },
    "directory:evidence": OFFICIALS,
    "directory:membership-do": EVERY_ROLE,  # a second official, or who may act for the organisation
    "directory:person-clear": KEEPERS,
    "directory:duties": OFFICIALS,
    **{f"directory:duties-{act}": {"operator"} for act in ("propose", "confirm", "end")},
    "directory:wrong-ties": KEEPERS,
    "directory:imports": KEEPERS,
    "directory:import-batch": KEEPERS,
    "directory:import-confirm": KEEPERS,
    "directory:import-drop": KEEPERS,
    "directory:import-problems": KEEPERS,
    "directory:my-organisation": EVERY_ROLE,
    # policies
    "policies:library": EVERYBODY,
    "policies:policy": EVERYBODY,
    "policies:clause": EVERYBODY,
    "policies:evaluation": EVERYBODY,  # whoever has the address, which cannot be guessed
    "policies:evaluation-pdf": EVERYBODY,
    # redemption
    "redemption:check": EVERYBODY,
    "redemption:check-find": EVERYBODY,
    "redemption:check-start": EVERYBODY,
    "redemption:check-upload": EVERYBODY,
    "redemption:check-template": EVERYBODY,
    "redemption:check-question": EVERYBODY,
    "redemption:check-add": EVERYBODY,
    "redemption:check-remove": EVERYBODY,
    "redemption:check-back": EVERYBODY,
    "redemption:check-ladder": EVERYBODY,
    "redemption:check-result": EVERYBODY,
    "redemption:my-entitlements": EVERY_ROLE,
    "redemption:city": OFFICIALS,
    "redemption:city-run": {"officer", "operator"},
    "redemption:entitlements": OFFICIALS,
    "redemption:entitlements-export": OFFICIALS,
    "redemption:entitlement": OFFICIALS,
    **{f"redemption:{name}": OFFICIALS for name in ("funds", "fund", "entries-export", "commitment")},
    **{f"redemption:{name}": {"finance_officer"} for name in ("funds-open", "fund-appropriate")},
    "redemption:appropriation": {"finance_officer", "leader", "auditor"},
    "redemption:city-offers": {"officer", "operator"},
    **{f"redemption:{name}": EVERY_ROLE for name in ("my-claims", "my-claim", "my-claim-do", "my-decision")},  # who may speak for the payee
    **{f"redemption:my-claim-{name}": EVERY_ROLE for name in ("save", "file-add", "file-remove")},
    "redemption:claim-file": EVERY_ROLE,  # who may speak for the payee, the departments, finance, auditors, experts on the panel
    **{f"redemption:{name}": EVERYBODY for name in ("calls", "call", "guide")},
    "redemption:apply": EVERY_ROLE,
    "redemption:call-alert": EVERY_ROLE,
    "redemption:instalments": {"officer", "operator", "auditor"},
    **{f"redemption:{name}": {"officer"} for name in ("call-add", "call-edit", "expert-add")},
    **{f"redemption:{name}": {"officer", "auditor"} for name in ("experts", "expert", "expert-change")},
    "redemption:reviews": {"expert", "auditor"},
    "redemption:review": {"expert"},
    **{f"redemption:{name}": {"officer", "finance_officer"} for name in ("desk", "desk-several", "claim-do")},
    "redemption:asked-account": {"officer"},
    **{f"redemption:{name}": OFFICIALS for name in ("claims", "claims-export", "claim", "chain", "decision", "trace")},
    **{f"redemption:{name}": EVERYBODY for name in ("notices", "notice", "notice-paper", "object", "object-confirm")},
    **{f"redemption:{name}": {"officer", "auditor"} for name in ("objections", "objection")},
    **{f"redemption:{name}": {"finance_officer", "auditor", "leader"} for name in ("batches", "batch")},
    **{
        f"redemption:{name}": {"finance_officer"}
        for name in ("batch-do", "batch-accounts", "batch-file", "batch-results", "batch-results-confirm")
    },
    # api
    "api:openapi": EVERYBODY,
    "api:docs": EVERYBODY,
    "api:tokens": EVERY_ROLE,
    "api:token-revoke": EVERY_ROLE,
    **{f"api:v1:{name}": EVERYBODY for name in ("packs", "pack", "clauses", "clause", "vocabulary", "evaluate", "explain")},
    "api:v1:organisations": EVERYBODY,
    "api:v1:organisation": EVERYBODY,
    **{f"api:v1:{name}": EVERY_ROLE for name in ("jobs", "job", "job-result")},
}

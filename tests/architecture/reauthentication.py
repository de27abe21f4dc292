"""POSTs that ask to sign in again: URL name → which of them. test_reauthentication.py compares with the decorators.

The act that makes it final asks; what only proposes, or gives up a right of one's own, does not.
Empty: every POST. `actions`: values of the URL's argument; other names: values of a posted field.
"""

SIGNED_IN_AGAIN: dict[str, dict[str, set[str]]] = {
    # accounts, roles, links, tokens
    **{f"web:account-{name}": {} for name in ("add", "edit", "link", "active", "person", "grant")},
    "web:grant-revoke": {},
    **{f"web:account-proposal-{name}": {} for name in ("answer", "code")},
    "web:profile": {},  # a role lent to a colleague
    "api:tokens": {},
    **{f"web:second-factor-{name}": {} for name in ("totp", "key", "remove", "demands", "reset", "answer", "lifting")},
    "web:recovery-codes": {},
    "web:information-copy": {},  # everything in clear
    "web:identities": {},
    "web:identity-unlink": {},
    # who may speak for an organisation
    **{f"directory:membership-{name}": {} for name in ("add", "edit", "do")},
    # who keeps a register
    **{f"directory:duties-{act}": {} for act in ("propose", "confirm", "end")},
    "directory:wrong-ties": {},  # from whom somebody keeps away
    "directory:import-confirm": {},  # memberships, and facts that decide money
    "redemption:expert-change": {},
    # terms of everybody
    "web:holidays-confirm": {},
    # money
    "redemption:fund-appropriate": {},
    "redemption:appropriation": {},
    "redemption:batch-do": {"actions": {"sign"}},
    "redemption:batch-results-confirm": {},
    "redemption:claim-do": {
        "actions": {
            "confirm",
            "confirm_account",
            "commit",
            "release_confirm",
            "clawback_confirm",
            "clawback_receive",
            "clawback_drop_confirm",
        }
    },
    "redemption:objection": {"do": {"uphold_confirm"}},
    "redemption:desk-several": {"tab": {"proposed", "cleared"}, "confirmed": {"1"}},
    "redemption:my-claim-do": {"actions": {"confirm", "account"}},
}

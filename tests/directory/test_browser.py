"""The registers in a real browser, on a desk and on a phone: nothing for axe to find, nothing wider than the window."""

import pytest
from django.urls import reverse

from tests.directory.city import RECORDS, figure, officer, organisation, ready_import, recognition


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_a_register_are_accessible(visit, width, settings, tmp_path):
    from datetime import date

    settings.MEDIA_ROOT = tmp_path
    made = organisation(1)
    figure(made, 2025, "revenue", 1_000_00)
    recognition(made, "high_tech_enterprise", date(2024, 11, 1))
    somebody = RECORDS["person"]()
    visitor = visit(width=width)
    visitor.sign_in(officer())
    addresses = [
        *(reverse(f"directory:{name}") for name in ("organisations", "organisation-add", "organisations-import", "facts", "imports")),
        *(reverse(f"directory:{name}", args=[made.pk]) for name in ("organisation", "organisation-delete")),
        reverse("directory:person-clear", args=[somebody.pk]),
        ready_import().get_absolute_url(),
    ]
    for address in addresses:
        visitor.open(address)
        visitor.check()

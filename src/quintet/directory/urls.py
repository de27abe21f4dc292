from django.urls import path

from quintet.directory.registers import (
    CARRIERS,
    FORMER_NAMES,
    KINSHIPS,
    MEMBERSHIPS,
    ORGANISATIONS,
    PEOPLE,
    RECOGNITIONS,
    SHAREHOLDINGS,
    YEARLY_FACTS,
)
from quintet.directory.views import duties, imports, own, ties
from quintet.directory.views.registers import register_urls

app_name = "directory"
urlpatterns = [
    *register_urls(ORGANISATIONS, "directory/organisations/"),
    *register_urls(FORMER_NAMES, "directory/former-names/"),
    *register_urls(PEOPLE, "directory/people/"),
    path("directory/people/<int:pk>/clear/", own.person_clear, name="person-clear"),
    *register_urls(MEMBERSHIPS, "directory/memberships/"),
    path("directory/memberships/<int:pk>/<slug:action>/", own.membership_do, name="membership-do"),
    *register_urls(SHAREHOLDINGS, "directory/shareholdings/"),
    *register_urls(KINSHIPS, "directory/kinships/"),
    *register_urls(RECOGNITIONS, "directory/recognitions/"),
    path("directory/recognitions/<int:pk>/evidence/", own.evidence, name="evidence"),
    *register_urls(CARRIERS, "directory/carriers/"),
    *register_urls(YEARLY_FACTS, "directory/facts/"),
    path("directory/duties/", duties.duties, name="duties"),
    path("directory/duties/add/", duties.propose, name="duties-propose"),
    path("directory/duties/<int:pk>/confirm/", duties.confirm, name="duties-confirm"),
    path("directory/duties/<int:pk>/end/", duties.end, name="duties-end"),
    path("directory/wrong-ties/", ties.wrong_ties, name="wrong-ties"),
    path("directory/imports/", imports.batches, name="imports"),
    path("directory/imports/<int:pk>/", imports.batch, name="import-batch"),
    path("directory/imports/<int:pk>/confirm/", imports.confirm, name="import-confirm"),
    path("directory/imports/<int:pk>/drop/", imports.drop, name="import-drop"),
    path("directory/imports/<int:pk>/problems/", imports.problems, name="import-problems"),
    path("my/organisation/", own.my_organisation, name="my-organisation"),
]

"""Organisations and people by any name they are known by."""

from django.db.models import Q, QuerySet

from quintet.directory.models import FormerName, Organisation, Person
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import credit_code
from quintet.reading.names import canonical


def organisations_called(text: str) -> QuerySet[Organisation]:
    """Organisations whose name, now or before, contains the text, or whose code begins with it; widths, brackets, dots, blanks and
    case make no difference. One query."""
    try:
        return Organisation.objects.filter(code=credit_code(text))
    except Unreadable:
        pass
    name = canonical(text)
    if not name:
        return Organisation.objects.none()
    former = FormerName.objects.filter(canonical_name__contains=name).order_by().values("organisation")
    code = Q(code__startswith=name.replace(" ", "")) if name.isascii() else Q()
    return Organisation.objects.filter(Q(canonical_name__contains=name) | code | Q(pk__in=former))


def organisations_named_exactly(text: str) -> QuerySet[Organisation]:
    """Organisations with this code or, none having it, with this whole name, now or else before."""
    try:
        return Organisation.objects.filter(code=credit_code(text))
    except Unreadable:
        pass
    name = canonical(text)
    now = Organisation.objects.filter(canonical_name=name)
    if not name or now.exists():
        return now if name else Organisation.objects.none()
    return Organisation.objects.filter(pk__in=FormerName.objects.filter(canonical_name=name).order_by().values("organisation"))


def people_called(text: str) -> QuerySet[Person]:
    """People whose name contains the text, however it is typed."""
    name = canonical(text)
    return Person.objects.filter(canonical_name__contains=name) if name else Person.objects.none()


def former_names_of(organisations: list[Organisation]) -> dict[int, list[str]]:
    """By primary key, the latest first; for showing beside the name now."""
    names: dict[int, list[str]] = {}
    rows = FormerName.objects.filter(organisation__in=organisations).order_by("-until", "pk")
    for key, name in rows.values_list("organisation", "name"):
        names.setdefault(key, []).append(name)
    return names

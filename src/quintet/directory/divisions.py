"""Division codes (GB/T 2260) of the city and of the places it exchanges with; zones without a national code have a local one."""

from django.utils.translation import gettext_lazy as _

CITY = "211100"
DIVISIONS = {
    "211100": _("盘锦市"),
    "211102": _("双台子区"),
    "211103": _("兴隆台区"),
    "211104": _("大洼区"),
    "211122": _("盘山县"),
    "2111L1": _("辽东湾新区"),
    "2111L2": _("盘锦高新技术产业开发区"),
    "210100": _("沈阳市"),
    "210200": _("大连市"),
    "210600": _("丹东市"),
    "210700": _("锦州市"),
    "210800": _("营口市"),
    "211400": _("葫芦岛市"),
}
OF_THE_CITY = {code: name for code, name in DIVISIONS.items() if code.startswith(CITY[:4])}  # where the city's own money can go


def division_name(code: str) -> str:
    """The name, or the code itself for a place the city keeps no name for."""
    return str(DIVISIONS.get(code, code))

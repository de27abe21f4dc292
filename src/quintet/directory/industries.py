"""Industry divisions of GB/T 4754-2017 (two digits); groups and classes (three and four digits) belong to their first two."""

from django.utils.translation import gettext_lazy as _

SECTIONS = [
    (1, 5, "A", _("农、林、牧、渔业")),
    (6, 12, "B", _("采矿业")),
    (13, 43, "C", _("制造业")),
    (44, 46, "D", _("电力、热力、燃气及水生产和供应业")),
    (47, 50, "E", _("建筑业")),
    (51, 52, "F", _("批发和零售业")),
    (53, 60, "G", _("交通运输、仓储和邮政业")),
    (61, 62, "H", _("住宿和餐饮业")),
    (63, 65, "I", _("信息传输、软件和信息技术服务业")),
    (66, 69, "J", _("金融业")),
    (70, 70, "K", _("房地产业")),
    (71, 72, "L", _("租赁和商务服务业")),
    (73, 75, "M", _("科学研究和技术服务业")),
    (76, 79, "N", _("水利、环境和公共设施管理业")),
    (80, 82, "O", _("居民服务、修理和其他服务业")),
    (83, 83, "P", _("教育")),
    (84, 85, "Q", _("卫生和社会工作")),
    (86, 90, "R", _("文化、体育和娱乐业")),
    (91, 96, "S", _("公共管理、社会保障和社会组织")),
    (97, 97, "T", _("国际组织")),
]
# Named apart: the divisions that the city's industries fall into; the others are shown by their section.
NAMES = {
    "01": _("农业"),
    "04": _("渔业"),
    "07": _("石油和天然气开采业"),
    "13": _("农副食品加工业"),
    "25": _("石油、煤炭及其他燃料加工业"),
    "26": _("化学原料和化学制品制造业"),
    "27": _("医药制造业"),
    "28": _("化学纤维制造业"),
    "29": _("橡胶和塑料制品业"),
    "30": _("非金属矿物制品业"),
    "33": _("金属制品业"),
    "34": _("通用设备制造业"),
    "35": _("专用设备制造业"),
    "36": _("汽车制造业"),
    "37": _("铁路、船舶、航空航天和其他运输设备制造业"),
    "38": _("电气机械和器材制造业"),
    "39": _("计算机、通信和其他电子设备制造业"),
    "40": _("仪器仪表制造业"),
    "63": _("电信、广播电视和卫星传输服务"),
    "64": _("互联网和相关服务"),
    "65": _("软件和信息技术服务业"),
    "66": _("货币金融服务"),
    "67": _("资本市场服务"),
    "73": _("研究和试验发展"),
    "74": _("专业技术服务业"),
    "75": _("科技推广和应用服务业"),
    "83": _("教育"),
}


def is_industry(code: str) -> bool:
    """Two to four digits that begin with a division of the standard."""
    return code.isascii() and code.isdigit() and 2 <= len(code) <= 4 and 1 <= int(code[:2]) <= 97


def industry_name(code: str) -> str:
    if not is_industry(code):
        return code
    division = int(code[:2])
    section = next(name for first, last, _letter, name in SECTIONS if first <= division <= last)
    return str(NAMES.get(code[:2], section))


def section_of(code: str) -> str:
    """The letter of the section, A to T."""
    division = int(code[:2])
    return next(letter for first, last, letter, _name in SECTIONS if first <= division <= last)

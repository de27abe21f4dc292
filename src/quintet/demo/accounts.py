"""Accounts of the demo; all have the demo's password."""

from datetime import date

from django.contrib.auth.hashers import make_password

from quintet.core.models import RoleGrant, User
from quintet.core.roles import Role
from quintet.web.views.account import DEMO_PASSWORD

SINCE = date(2019, 1, 1)
ACCOUNTS = [
    ("demo-applicant", "林若溪", Role.APPLICANT, ""),
    ("demo-applicant2", "赵景行", Role.APPLICANT, ""),
    ("demo-founder", "沈知远", Role.APPLICANT, ""),
    ("demo-officer", "周明", Role.OFFICER, "stb"),
    ("demo-officer3", "白晓峰", Role.OFFICER, "stb"),
    ("demo-officer4", "江若华", Role.OFFICER, "stb"),
    ("demo-officer2", "李思源", Role.OFFICER, "stb"),
    ("demo-officer-finance", "冯可欣", Role.OFFICER, "finance"),
    ("demo-officer-counties", "罗文涛", Role.OFFICER, "counties"),
    ("demo-officer-drc", "吴文博", Role.OFFICER, "drc"),
    ("demo-officer-industry-it", "郑立新", Role.OFFICER, "industry_it"),
    ("demo-officer-hrss", "孙雅婷", Role.OFFICER, "hrss"),
    ("demo-officer-party-organisation", "高建安", Role.OFFICER, "party_organisation"),
    ("demo-officer-financial-development", "何慧敏", Role.OFFICER, "financial_development"),
    ("demo-officer-ip-office", "马志远", Role.OFFICER, "ip_office"),
    ("demo-officer-cast", "宋晓雨", Role.OFFICER, "cast"),
    ("demo-officer-commerce", "唐海涛", Role.OFFICER, "commerce"),
    ("demo-officer-high-tech-zone", "于承安", Role.OFFICER, "high_tech_zone"),
    ("demo-finance", "钱永强", Role.FINANCE_OFFICER, "finance"),
    ("demo-finance2", "韩雪梅", Role.FINANCE_OFFICER, "finance"),
    ("demo-expert", "李国栋", Role.EXPERT, ""),
    ("demo-expert2", "陈淑芬", Role.EXPERT, ""),
    ("demo-expert3", "王启东", Role.EXPERT, ""),
    ("demo-expert4", "赵文静", Role.EXPERT, ""),
    ("demo-expert5", "刘振华", Role.EXPERT, ""),
    ("demo-expert6", "孙丽娟", Role.EXPERT, ""),
    ("demo-expert7", "周建业", Role.EXPERT, ""),
    ("demo-expert8", "吴庆林", Role.EXPERT, ""),
    ("demo-leader", "许怀瑾", Role.LEADER, "city"),
    ("demo-auditor", "顾清和", Role.AUDITOR, "city"),
    ("demo-operator", "夏启明", Role.OPERATOR, "stb"),
    ("demo-operator2", "石婉宁", Role.OPERATOR, "stb"),
]
# Which departments keep which register.
DUTIES = {
    "organisations": ["stb", "industry_it"], "former_names": ["stb"], "people": ["stb", "hrss"], "memberships": ["stb"], "shareholdings": ["stb"],
    "kinships": ["stb"], "recognitions": ["stb", "industry_it"], "carriers": ["stb", "cast"], "facts": ["stb", "industry_it", "ip_office"],
    "projects": ["stb"], "members": ["stb"], "loans": ["financial_development", "stb"], "talents": ["hrss", "party_organisation", "stb"],
    "teams": ["party_organisation", "hrss", "stb"],
}  # fmt: skip


def open_accounts() -> dict[str, User]:
    password = make_password(DEMO_PASSWORD)  # slow on purpose, so once
    users = {}
    for username, name, role, unit in ACCOUNTS:
        users[username] = User.objects.create(username=username, display_name=name, password=password)
        RoleGrant.objects.create(user=users[username], role=role, unit=unit, granted_on=SINCE)
    return users

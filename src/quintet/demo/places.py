"""Everybody who is no enterprise: departments, universities, institutes, banks, funds, parks, services."""

from datetime import date

from quintet.demo.records import City

DEPARTMENTS = {
    "stb": "示例市科学技术局", "finance": "示例市财政局", "drc": "示例市发展和改革委员会", "industry_it": "示例市工业和信息化局", "cast": "示例市科学技术协会",
    "party_organisation": "中共示例市委组织部", "hrss": "示例市人力资源和社会保障局", "commerce": "示例市商务局", "financial_development": "示例市金融发展局",
    "ip_office": "示例市知识产权局", "liaodong_bay": "示例市海湾新区管理委员会", "high_tech_zone": "示例高新技术产业开发区管理委员会",
}  # fmt: skip
# key, kind, name, first digits of the code, division, industry, founded
PLACES = [
    ("university", "university", "示例理工大学滨海校区", "12", "2111L1", "8341", date(2013, 9, 1)),
    ("college", "university", "示例职业技术学院", "12", "211103", "8341", date(2002, 6, 18)),
    ("institute_chemistry", "institute", "示例精细化工产业技术研究院", "12", "2111L1", "7320", date(2016, 5, 20)),
    ("institute_materials", "institute", "示例新材料产业技术研究院", "12", "2111L2", "7320", date(2018, 3, 12)),
    ("institute_agriculture", "institute", "示例现代农业产业技术研究院", "12", "211104", "7330", date(2014, 4, 8)),
    ("institute_ocean", "institute", "示例海洋工程产业技术研究院", "12", "2111L1", "7320", date(2019, 6, 6)),
    ("institute_smart", "institute", "示例智能制造产业技术研究院", "12", "2111L2", "7320", date(2019, 9, 25)),
    ("institute_energy", "institute", "示例节能环保产业技术研究院", "12", "211102", "7320", date(2020, 8, 18)),
    ("bank_a", "bank", "示例银行股份有限公司示例分行", "91", "211103", "6621", date(2001, 3, 1)),
    ("bank_b", "bank", "示例河海农商银行股份有限公司", "91", "211104", "6621", date(2009, 11, 11)),
    ("bank_c", "bank", "示例芦滨村镇银行股份有限公司", "91", "211122", "6621", date(2012, 7, 3)),
    ("bank_d", "bank", "示例远港商业银行科技支行", "91", "2111L2", "6621", date(2017, 5, 9)),
    ("fund_angel", "fund", "示例市成果转化天使投资基金（有限合伙）", "91", "2111L2", "6720", date(2019, 12, 2)),
    ("fund_growth", "fund", "示例苇河成长创业投资中心（有限合伙）", "91", "211103", "6720", date(2018, 4, 16)),
    ("guarantor", "guarantor", "示例市科技融资担保有限公司", "91", "211103", "6623", date(2010, 6, 7)),
    ("insurer", "guarantor", "示例财产保险股份有限公司示例支公司", "91", "211103", "6820", date(2006, 2, 20)),
    ("park_bay", "park", "海湾新区精细化工产业园", "12", "2111L1", "7221", date(2011, 5, 16)),
    ("park_high_tech", "park", "示例高新区科技成果转化园", "12", "2111L2", "7221", date(2013, 8, 28)),
    ("park_agriculture", "park", "示例沃野现代农业科技园", "12", "211104", "7221", date(2015, 4, 2)),
    ("market", "service", "示例市技术转移服务中心", "12", "211103", "7513", date(2016, 10, 10)),
    ("ip_service", "service", "示例知行知识产权代理事务所", "91", "211103", "7520", date(2014, 9, 9)),
    ("incubator_old", "service", "示例启航创业服务有限公司", "91", "211103", "7540", date(2014, 3, 3)),
    ("makers", "service", "示例苇海众创空间管理有限公司", "91", "211102", "7540", date(2016, 1, 18)),
    ("accelerator", "service", "示例加速度产业服务有限公司", "91", "2111L2", "7540", date(2017, 2, 27)),
]


def found_places(city: City) -> None:
    for unit, name in DEPARTMENTS.items():
        city.organisation(f"department_{unit}", name, kind="department", code="11", division="211100", industry="9221")
    for key, kind, name, code, division, industry, founded in PLACES:
        city.organisation(
            key, name, kind=kind, code=code, division=division, industry=industry, registered_on=founded, abnormal_or_dishonest=False
        )

"""What the facts of an enterprise are called on pages."""

from django.utils.translation import gettext_lazy as _

from quintet.directory.models import YearlyFact

FACT_LABELS = {
    "division": _("行政区划"),
    "industry": _("所属行业"),
    "registered_on": _("成立日期"),
    "resident": _("居民企业"),
    "listed_field": _("属于国家重点支持的高新技术领域"),
    "prohibited_industry": _("经营国家禁止、限制或淘汰的产品和服务"),
    "abnormal_or_dishonest": _("列入经营异常或严重违法失信名单"),
    **{name.value: name.label for name in YearlyFact.Name if name != YearlyFact.Name.DOMESTIC_RD_SPENDING},
    "rd_spending_3y": _("近三年研究开发费用"),
    "revenue_3y": _("近三年销售收入"),
    "domestic_rd_spending_3y": _("近三年境内研究开发费用"),
    "high_tech_recognised": _("高新技术企业资格有效"),
    "high_tech_recognised_on": _("高新技术企业认定日期"),
    "high_tech_expires_on": _("高新技术企业有效期至"),
    "high_tech_earlier": _("此前曾获高新技术企业认定"),
    "technology_sme_registered": _("科技型中小企业入库有效"),
    "technology_sme_registered_on": _("科技型中小企业入库日期"),
    "innovation_leader": _("创新型领军企业"),
}

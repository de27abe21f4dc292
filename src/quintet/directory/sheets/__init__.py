"""The registries of this context as sheets; finance, market and talent declare theirs in their own `sheets`."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.core.fields import keyed_hash
from quintet.directory.models import (
    Carrier,
    FormerName,
    Kinship,
    Level,
    Membership,
    Organisation,
    Person,
    Recognition,
    Shareholding,
    YearlyFact,
)
from quintet.directory.models.figures import FEN, HUNDREDTHS, UNIT_WORDS, YES_NO
from quintet.directory.models.organisations import check_division, check_industry
from quintet.directory.models.people import canonical_identity, check_email, check_phone
from quintet.directory.sheets.columns import (
    CellError,
    Choice,
    Column,
    Day,
    Number,
    Reference,
    Text,
    YesNo,
    cell_shown,
    number_cell,
    number_of,
    text_of,
)
from quintet.directory.sheets.sheet import RowError, Sheet
from quintet.policies.engine import fact_specs
from quintet.reading.amounts import GREATEST
from quintet.reading.identifiers import area_code, certificate_number, credit_code, identity_doubt, zeros_at_the_end
from quintet.reading.names import canonical


def organisation_reference(header: Any, *, id: str = "organisation", required: bool = True, **more: Any) -> Reference:
    return Reference(
        id=id,
        header=header,
        model=Organisation,
        required=required,
        longest=18,
        canonical=credit_code,
        width=22,
        help=_("名录中单位的 18 位统一社会信用代码"),
        missing=_("名录中没有代码为“%(text)s”的单位，请先登记或导入该单位。"),
        **more,
    )


def person_reference(header: Any, *, id: str = "person", required: bool = True, **more: Any) -> Reference:
    return Reference(
        id=id,
        header=header,
        model=Person,
        by="identity_hash",
        prepare=keyed_hash,
        personal="masked_identity",
        required=required,
        longest=20,
        canonical=canonical_identity,
        lengths=(15,),
        width=22,
        help=_("人员名录中此人的证件号码"),
        missing=_("人员名录中没有这个证件号码，请先登记或导入此人。"),
        **more,
    )


class OrganisationName(Column):
    """The name beside the code, for people who read an export; not read back."""

    def write(self, record: Any) -> str:
        return record.organisation.name if record.organisation else ""


def organisation_name(header: Any) -> Column:
    return OrganisationName(id="organisation_name", header=header, imported=False, beside="organisation", width=30)


@dataclass(frozen=True, kw_only=True)
class PersonName(Column):
    """The name beside the masked number, for people who read an export; not read back. `of` names the person's attribute."""

    of: str = "person"

    def write(self, record: Any) -> str:
        found = getattr(record, self.of)
        return found.name if found else ""


def person_name(header: Any, *, id: str = "person_name", of: str = "person") -> Column:
    return PersonName(id=id, header=header, of=of, imported=False, beside=of, width=14)


class FigureValue(Column):
    """Read as typed; `_figure` turns it into steps of the unit that its name has."""

    def read(self, cell: Any) -> Any:
        return text_of(cell) if isinstance(cell, str) else cell

    def write(self, record: YearlyFact) -> Any:
        if record.unit == YES_NO:
            return "是" if record.value else "否"
        return number_cell(record.value, 2 if record.unit in (FEN, HUNDREDTHS) else 0)


class FigureUnit(Column):
    def write(self, record: YearlyFact) -> str:
        return record.get_unit_display()

    def contradiction(self, values: dict[str, Any], cell: Any) -> str:
        unit = YearlyFact(name=values["name"]).get_unit_display()
        if canonical(cell_shown(cell)) == canonical(unit):
            return ""
        return gettext("这里写的单位是“%(text)s”，这个指标的单位是“%(unit)s”。请把数值换算成“%(unit)s”，再把这一格改为“%(unit)s”。") % {
            "text": cell_shown(cell)[:20],
            "unit": unit,
        }


def figure_steps(name: str, cell: Any) -> int | None:
    """What a person wrote for the figure `name`, as steps of its unit; raises CellError, also for 未知: what is unknown is not recorded."""
    unit = YearlyFact.UNITS[YearlyFact.Name(name)]
    if unit == YES_NO:
        try:
            value = YesNo(id="value", header="").read(cell)
        except CellError:
            value = None
        if value is None:
            raise CellError(
                gettext(
                    "“%(text)s”不是“是”或“否”。这个指标请填“是”或“否”；不知道的不登记，不要留空，表格里请删除这一行，系统会按“未知”处理。"
                )
                % {"text": text_of(cell)[:30]}
            )
        return int(value)
    places = 2 if unit in (FEN, HUNDREDTHS) else 0
    specs, times = fact_specs("enterprise", name), 100 if unit == HUNDREDTHS else 1
    greatest = min((GREATEST, *(spec.high * times // spec.scale for spec in specs)))
    steps = number_of(cell, places=places, greatest=greatest)
    if steps and any(steps * spec.scale % times for spec in specs):
        raise CellError(gettext("应为整数或半数，例如 70.5。"))
    return steps


def figure_problem(name: str, error: CellError) -> str:
    """The error with the unit that the figure has: 元, 人, 件 …"""
    unit = UNIT_WORDS[YearlyFact.UNITS[YearlyFact.Name(name)]]
    return gettext("%(error)s（单位：%(unit)s）") % {"error": error, "unit": unit}


def check_year(year: int) -> None:
    """Raises CellError for a year that has not begun: of it nothing can be known."""
    if year > (now := clock.today().year):
        raise CellError(gettext("%(year)d 年尚未开始，不能登记它的数据；今年是 %(now)d 年。") % {"year": year, "now": now})


def _figure(values: dict[str, Any]) -> None:
    try:
        check_year(values["year"])
    except CellError as error:
        raise RowError("year", str(error)) from None
    try:
        values["value"] = figure_steps(values["name"], values["value"])
    except CellError as error:
        raise RowError("value", figure_problem(values["name"], error)) from None


def _two_people(values: dict[str, Any]) -> None:
    if values["person"] == values["relative"]:
        raise RowError("relative", gettext("近亲属不能是本人。"))


def _not_the_name_now(values: dict[str, Any]) -> None:
    name = Organisation.objects.filter(pk=values["organisation"]).values_list("canonical_name", flat=True).first()
    if name == canonical(values["name"]):
        raise RowError("name", gettext("这是该单位现在的名称，不是曾用名。"))


def _begins_as_a_proposal(membership: Membership) -> None:
    if membership.revoked_on is not None:
        raise RowError("revoked_on", gettext("导入的授权先等待确认，不能已经撤销。请清空这一格，或删除这一行。"))


ORGANISATIONS = Sheet(
    id="organisations",
    title=_("单位"),
    model=Organisation,
    key=("code",),
    called="name",
    list_url="directory:organisations",
    columns=(
        Text(
            id="code",
            header=_("统一社会信用代码"),
            required=True,
            longest=18,
            canonical=credit_code,
            doubts=zeros_at_the_end,
            width=22,
            help=_("18 位"),
        ),
        Text(id="name", header=_("单位名称"), required=True, longest=120, width=34, name=True),
        Choice(id="kind", header=_("单位类型"), required=True, options=Organisation.Kind.choices),
        Text(
            id="division",
            header=_("行政区划代码"),
            required=True,
            longest=6,
            canonical=area_code,
            checks=(check_division,),
            help=_("6 位，例如 211103"),
        ),
        Text(
            id="industry",
            header=_("行业代码"),
            longest=4,
            canonical=area_code,
            lengths=(4,),  # the codes of agriculture begin with a zero
            checks=(check_industry,),
            help=_("GB/T 4754-2017，2 至 4 位"),
        ),
        Day(id="registered_on", header=_("成立日期")),
        Text(id="address", header=_("住所"), longest=200, width=34),
        YesNo(id="resident", header=_("居民企业"), help=_("在中国境内注册的居民企业；不知道留空")),
        YesNo(id="listed_field", header=_("属于重点支持领域"), help=_("主要产品属于国家重点支持的高新技术领域")),
        YesNo(id="prohibited_industry", header=_("经营禁限业务"), help=_("国家禁止、限制或淘汰的产品和服务")),
        YesNo(id="abnormal_or_dishonest", header=_("经营异常或失信"), help=_("列入经营异常或严重违法失信名单")),
    ),
)
FORMER_NAMES = Sheet(
    id="former_names",
    title=_("曾用名"),
    model=FormerName,
    key=("organisation", "name"),
    related=("organisation",),
    finish=_not_the_name_now,
    list_url="directory:former_names",
    columns=(
        organisation_reference(_("统一社会信用代码")),
        organisation_name(_("单位名称")),
        Text(id="name", header=_("曾用名"), required=True, longest=120, width=34, name=True),
        Day(id="until", header=_("使用至"), required=True, help=_("更名的日期")),
    ),
)
PEOPLE = Sheet(
    id="people",
    title=_("人员"),
    model=Person,
    key=("identity_number",),
    hashed_key="identity_hash",
    whole=lambda person: person.set_hashes(),
    list_url="directory:people",
    columns=(
        Text(id="name", header=_("姓名"), required=True, longest=60, name=True),
        Text(
            id="identity_number",
            header=_("证件号码"),
            required=True,
            longest=20,
            canonical=canonical_identity,
            lengths=(15,),  # an old resident number; of a passport that is stored as a figure zeros may be gone
            doubts=identity_doubt,
            width=22,
            personal="masked_identity",
            help=_("身份证、居住证、永久居留身份证、护照或来往内地（大陆）通行证的号码；单元格格式请用文本"),
        ),
        Text(id="phone", header=_("电话"), longest=20, lengths=(11,), checks=(check_phone,), personal="masked_phone"),
        Text(id="email", header=_("电子邮箱"), longest=254, width=26, checks=(check_email,)),
    ),
)
PARTS = _("法定代表人和授权经办人代表单位办理；联系人只查看、收到通知，不能办理")
MEMBERSHIPS = Sheet(
    id="memberships",
    title=_("代理授权"),
    model=Membership,
    key=("organisation", "person", "part", "granted_on"),
    in_order=(("granted_on", "revoked_on"),),
    new=_begins_as_a_proposal,
    only_new=_("授权不能用导入修改或恢复。请在该项授权的页面上终止，或提出新的授权。"),
    alone=("person", "organisation", "part"),
    ends="revoked_on",
    related=("organisation", "person"),
    list_url="directory:memberships",
    columns=(
        organisation_reference(_("统一社会信用代码")),
        organisation_name(_("单位名称")),
        person_reference(_("证件号码")),
        person_name(_("姓名")),
        Choice(id="part", header=_("身份"), required=True, options=Membership.Part.choices, help=PARTS),
        Day(id="granted_on", header=_("授权日期"), required=True),
        Day(id="revoked_on", header=_("撤销日期")),
    ),
)
SHAREHOLDINGS = Sheet(
    id="shareholdings",
    title=_("持股"),
    model=Shareholding,
    key=("organisation", "person", "held_from"),
    in_order=(("held_from", "held_until"),),
    alone=("person", "organisation"),
    ends="held_until",
    related=("organisation", "person"),
    list_url="directory:shareholdings",
    columns=(
        organisation_reference(_("统一社会信用代码")),
        organisation_name(_("单位名称")),
        person_reference(_("股东证件号码")),
        person_name(_("股东")),
        Day(id="held_from", header=_("持股起始"), required=True),
        Day(id="held_until", header=_("持股截止"), help=_("仍持股的留空")),
    ),
)
KINSHIPS = Sheet(
    id="kinships",
    title=_("近亲属关系"),
    model=Kinship,
    key=("person", "relative"),
    finish=_two_people,
    related=("person", "relative"),
    list_url="directory:kinships",
    columns=(
        person_reference(_("申报人证件号码")),
        person_name(pgettext_lazy("kinship", "申报人")),
        person_reference(_("近亲属证件号码"), id="relative"),
        person_name(_("近亲属"), id="relative_name", of="relative"),
        Day(id="declared_on", header=_("申报日期"), required=True),
    ),
)
RECOGNITIONS = Sheet(
    id="recognitions",
    title=_("资格认定"),
    model=Recognition,
    key=("organisation", "kind", "granted_on"),
    in_order=(("granted_on", "expires_on"),),
    related=("organisation",),
    list_url="directory:recognitions",
    columns=(
        organisation_reference(_("统一社会信用代码")),
        organisation_name(_("单位名称")),
        Choice(id="kind", header=_("认定类型"), required=True, options=Recognition.Kind.choices),
        Choice(id="level", header=_("级别"), required=True, options=Level.choices),
        Text(id="number", header=_("证书编号"), longest=60, canonical=certificate_number),
        Day(id="granted_on", header=_("认定日期"), required=True),
        Day(id="expires_on", header=_("有效期至"), future=True),
        Text(id="authority", header=_("认定机关"), required=True, longest=80, width=26, name=True),
    ),
)
CARRIERS = Sheet(
    id="carriers",
    title=_("创新载体"),
    model=Carrier,
    key=("organisation", "name", "level"),
    in_order=(("recognised_on", "expires_on"),),
    related=("organisation",),
    list_url="directory:carriers",
    columns=(
        organisation_reference(_("运营单位代码")),
        organisation_name(_("运营单位")),
        Text(id="name", header=_("载体名称"), required=True, longest=120, width=34, name=True),
        Choice(id="kind", header=_("载体类型"), required=True, options=Carrier.Kind.choices, width=22),
        Choice(id="level", header=_("级别"), required=True, options=Level.choices),
        Day(id="recognised_on", header=_("认定日期")),
        Day(id="expires_on", header=_("有效期至"), future=True),
        Text(id="authority", header=_("认定机关"), longest=80, width=26, name=True),
    ),
)
YEARLY_FACTS = Sheet(
    id="facts",
    title=_("年度数据"),
    model=YearlyFact,
    key=("organisation", "year", "name", "standing"),
    related=("organisation",),
    finish=_figure,
    list_url="directory:facts",
    columns=(
        organisation_reference(_("统一社会信用代码")),
        organisation_name(_("单位名称")),
        Number(id="year", header=_("年度"), required=True, least=1990, greatest=2100),
        Choice(id="name", header=_("指标"), required=True, options=YearlyFact.Name.choices, width=30),
        FigureValue(
            id="value",
            header=_("数值"),
            required=True,
            when_empty=_("必填，不能为空。不知道的不登记：请删除这一行，系统会按“未知”处理。"),
            kind=_("数字"),
            help=_("金额填元，可到分；是否类填“是”或“否”；不知道的不登记这一行"),
        ),
        FigureUnit(id="unit", header=_("单位"), imported=False),
        Choice(id="standing", header=_("数据性质"), required=True, options=YearlyFact.Standing.choices),
        Text(id="source", header=_("来源"), required=True, longest=80, width=26, name=True),
        Day(id="recorded_on", header=_("登记日期"), required=True),
    ),
)

sheets = [ORGANISATIONS, FORMER_NAMES, PEOPLE, MEMBERSHIPS, SHAREHOLDINGS, KINSHIPS, RECOGNITIONS, CARRIERS, YEARLY_FACTS]

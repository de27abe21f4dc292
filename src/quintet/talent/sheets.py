from typing import Any

from django.utils.translation import gettext_lazy as _

from quintet.directory.sheets import organisation_name, organisation_reference, person_reference
from quintet.directory.sheets.columns import Choice, Column, Day, Money, Number, Text, YesNo
from quintet.directory.sheets.sheet import RowError, Sheet
from quintet.talent.models import EVENTS, NO_OR_UNKNOWN, Talent, Team


class PersonName(Column):
    def write(self, record: Any) -> str:
        return record.person.name


def _a_day_is_a_yes(values: dict[str, Any]) -> None:
    for happened, day, contradiction in EVENTS:
        if values.get(day) and happened in values:
            if values[happened] is False:
                raise RowError(happened, str(contradiction))
            values[happened] = True


TALENTS = Sheet(
    id="talents",
    title=_("人才"),
    model=Talent,
    key=("person",),
    finish=_a_day_is_a_yes,
    related=("organisation", "person"),
    list_url="talent:talents",
    columns=(
        person_reference(_("证件号码")),
        PersonName(id="person_name", header=_("姓名"), imported=False, beside="person"),
        organisation_reference(_("用人单位代码"), required=False),
        organisation_name(_("用人单位")),
        Choice(id="category", header=_("人才类别"), required=True, options=Talent.Category.choices, width=22),
        YesNo(id="newly_brought_in", header=_("新引进")),
        YesNo(id="newly_trained", header=_("新培养")),
        Day(id="brought_in_on", header=_("引进日期")),
        YesNo(id="first_full_time", header=_("首次全职引进")),
        Number(id="contract_years", header=_("劳动合同年限"), greatest=60, subject="talent"),
        YesNo(id="review_passed", header=_("通过评审")),
        YesNo(id="phd", header=_("博士")),
        YesNo(id="full_time_degree", header=_("全日制学位")),
        Day(id="graduated_on", header=_("毕业日期")),
        YesNo(id="founded", header=_("已在市内创业"), help=NO_OR_UNKNOWN),
        Day(id="founded_on", header=_("在市内创业日期")),
        YesNo(id="first_business", header=_("首次创业")),
        YesNo(id="settled", header=_("已落户"), help=NO_OR_UNKNOWN),
        Day(id="settled_on", header=_("落户日期")),
        YesNo(id="works_in_city", header=_("在市内工作")),
        YesNo(id="home_bought", header=_("已在市内购房"), help=NO_OR_UNKNOWN),
        YesNo(id="first_home", header=_("在市内首次购房")),
        Day(id="home_bought_on", header=_("购房日期")),
        Money(id="provincial_support", header=_("省级资助金额（元）"), field="provincial_support_fen", subject="team"),
        Day(id="provincial_support_on", header=_("省级资助日期")),
        YesNo(id="brings_results", header=_("带成果来本市转化或者与企业合作开发"), width=36),
        YesNo(id="fits_local_industry", header=_("符合本地产业方向")),
    ),
)
TEAMS = Sheet(
    id="teams",
    title=_("创新团队"),
    model=Team,
    key=("organisation", "name"),
    related=("organisation", "leader"),
    list_url="talent:teams",
    columns=(
        organisation_reference(_("依托单位代码")),
        organisation_name(_("依托单位")),
        Text(id="name", header=_("团队名称"), required=True, longest=120, width=30, name=True),
        person_reference(_("带头人证件号码"), id="leader", required=False),
        Choice(id="tier", header=_("支持档次"), required=True, options=Team.Tier.choices),
        Day(id="selected_on", header=_("入选日期"), required=True),
    ),
)

sheets = [TALENTS, TEAMS]

"""The registers of this context, put together from sheet, form, filter and columns."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.core.models import User
from quintet.directory import filters, sheets
from quintet.directory.actions import propose_membership, save_record
from quintet.directory.actions.members import may_confirm, may_end, may_propose_again
from quintet.directory.forms.records import MembershipForm, PersonForm, RecognitionForm, YearlyFactForm, form_for
from quintet.directory.models import Membership
from quintet.directory.permissions import PEOPLE as PEOPLE_REGISTER
from quintet.directory.permissions import keeps
from quintet.directory.queries.members import without_proposer
from quintet.directory.queries.overview import organisation_panels
from quintet.directory.views.registers import Register


def _person_panels(request: HttpRequest, person: Any) -> dict[str, Any]:
    return {
        "memberships": person.memberships.select_related("organisation"),
        "looks": person.looks.select_related("looked_by")[:20],
        "may_look": keeps(request.user, PEOPLE_REGISTER),
        "clear_url": reverse("directory:person-clear", args=[person.pk]),
    }


def _proposed(membership: Membership, *, by: Any, seen: int | None = None) -> Membership:
    """What is typed into the register is a proposal: somebody else confirms it."""
    if membership.pk:
        return save_record(membership, by=by, seen=seen)  # which refuses it
    return propose_membership(membership.person, membership.organisation, part=membership.part, by=by, on=clock.today())


def _membership_panels(request: HttpRequest, membership: Any) -> dict[str, Any]:
    user, today = cast(User, request.user), clock.today()
    waits = membership.granted_on is None and membership.revoked_on is None
    return {
        "may_confirm": may_confirm(membership, user, today),
        "may_end": may_end(membership, user, today),
        "left": waits and bool(without_proposer([membership], today)),
        "may_again": waits and may_propose_again(membership, user, today),
    }


ORGANISATIONS = Register(
    sheet=sheets.ORGANISATIONS,
    namespace="directory",
    noun="organisation",
    plural="organisations",
    form=form_for(sheets.ORGANISATIONS, *(column.id for column in sheets.ORGANISATIONS.columns)),
    filterset=filters.OrganisationFilter,
    visible=("name", "code", "kind", "division", "industry", "registered_on"),
    title="name",
    sortable=("code", "name", "kind", "division", "industry"),
    panels=organisation_panels,
    panels_template="directory/organisation_panels.html",
    lead=_("企业、高校、科研院所、银行、园区等单位"),
)
FORMER_NAMES = Register(
    sheet=sheets.FORMER_NAMES,
    namespace="directory",
    noun="former_name",
    plural="former_names",
    form=form_for(sheets.FORMER_NAMES, "organisation", "name", "until"),
    filterset=filters.FormerNameFilter,
    visible=("name", "organisation_name", "until"),
    title="name",
    sortable=("name", "until"),
    lead=_("更名时自动保留，按曾用名也能找到单位"),
)
PEOPLE = Register(
    sheet=sheets.PEOPLE,
    namespace="directory",
    noun="person",
    plural="people",
    form=form_for(sheets.PEOPLE, "name", "identity_number", "phone", "email", base=PersonForm),
    filterset=filters.PersonFilter,
    visible=("name", "identity_number", "phone", "email"),
    title="name",
    sortable=("name",),
    panels=_person_panels,
    panels_template="directory/person_panels.html",
    lead=_("证件号码和电话加密保存，默认遮盖显示"),
)
MEMBERSHIPS = Register(
    sheet=sheets.MEMBERSHIPS,
    namespace="directory",
    noun="membership",
    plural="memberships",
    form=form_for(sheets.MEMBERSHIPS, "organisation", "person", "part", base=MembershipForm),
    save=_proposed,
    panels=_membership_panels,
    panels_template="directory/membership_panels.html",
    filterset=filters.MembershipFilter,
    visible=("organisation_name", "person_name", "part", "granted_on", "revoked_on"),
    title="part",
    sortable=(),
    lead=_("谁可以代表哪家单位办事；没有授权日期的是待确认的提名"),
    gives_rights=True,
)
SHAREHOLDINGS = Register(
    sheet=sheets.SHAREHOLDINGS,
    namespace="directory",
    noun="shareholding",
    plural="shareholdings",
    form=form_for(sheets.SHAREHOLDINGS, "organisation", "person", "held_from", "held_until"),
    filterset=filters.ShareholdingFilter,
    visible=("person_name", "organisation_name", "held_from", "held_until"),
    title="person_name",
    sortable=("held_from", "held_until"),
    lead=_("谁持有哪家单位的股份；抽取评审专家和办理申报时据此回避"),
)
KINSHIPS = Register(
    sheet=sheets.KINSHIPS,
    namespace="directory",
    noun="kinship",
    plural="kinships",
    form=form_for(sheets.KINSHIPS, "person", "relative", "declared_on"),
    filterset=filters.KinshipFilter,
    visible=("person_name", "relative_name", "declared_on"),
    title="person_name",
    sortable=("declared_on",),
    lead=_("本人申报的近亲属，双方都据此回避"),
)
RECOGNITIONS = Register(
    sheet=sheets.RECOGNITIONS,
    namespace="directory",
    noun="recognition",
    plural="recognitions",
    form=form_for(
        sheets.RECOGNITIONS,
        *("organisation", "kind", "level", "number", "granted_on", "expires_on", "authority", "evidence"),
        base=RecognitionForm,
    ),
    filterset=filters.RecognitionFilter,
    visible=("organisation_name", "kind", "level", "granted_on", "expires_on", "authority"),
    title="kind",
    sortable=("kind", "level", "granted_on", "expires_on"),
    lead=_("高新技术企业、科技型中小企业等资格，在有效期内参与政策计算"),
)
CARRIERS = Register(
    sheet=sheets.CARRIERS,
    namespace="directory",
    noun="carrier",
    plural="carriers",
    form=form_for(sheets.CARRIERS, "organisation", "name", "kind", "level", "recognised_on", "expires_on", "authority"),
    filterset=filters.CarrierFilter,
    visible=("name", "kind", "level", "organisation_name", "recognised_on"),
    title="name",
    sortable=("name", "kind", "level", "recognised_on"),
    lead=_("研究院、院士专家工作站、各类研发机构、联盟、孵化器、加速器和众创空间"),
)
YEARLY_FACTS = Register(
    sheet=sheets.YEARLY_FACTS,
    namespace="directory",
    noun="fact",
    plural="facts",
    form=form_for(sheets.YEARLY_FACTS, "organisation", "year", "name", "standing", "source", "recorded_on", base=YearlyFactForm),
    filterset=filters.YearlyFactFilter,
    visible=("organisation_name", "year", "name", "value", "standing", "source"),
    title="name",
    sortable=("year",),
    lead=_("收入、研发费用、人员等逐年数据，各有来源；初步数与最终数分开保存"),
)

REGISTERS = [ORGANISATIONS, PEOPLE, MEMBERSHIPS, SHAREHOLDINGS, KINSHIPS, RECOGNITIONS, CARRIERS, YEARLY_FACTS]

"""What goes in and comes out. Answers are written as plain data; these say what they hold, and the tests hold them to it."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict, StrictBool, StringConstraints, WithJsonSchema

from quintet.policies.engine import EARLIEST, LATEST

State = Literal["not_entitled", "entitled", "decision", "unknown", "superseded", "waiting"]
Met = Literal["met", "unmet", "unknown"]
Status = Literal["not_yet", "in_force", "ended"]
JobState = Literal["waiting", "running", "done", "failed"]


def field(text: Any, *default: Any, **limits: Any) -> Any:
    """A field with its explanation, which is read in the language of the request."""
    return Field(*default, description=text, **limits)


def day_of(value: Any) -> date:
    """ISO dates alone, within the years that the engine counts."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("write a date like 2020-12-31")
    day = date.fromisoformat(value)
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"dates lie between {EARLIEST} and {LATEST}")
    return day


def _figure(value: Any) -> Any:
    if isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= 40):
        return value
    raise ValueError("a figure is a number, true or false, or a text of at most 40 characters")


Day = Annotated[date, BeforeValidator(day_of)]
FACT = {
    "description": "null, true/false, a whole number (money in fen), a text, or a date like 2020-12-31",
    "type": ["null", "boolean", "number", "string"],
}
Row = Annotated[
    Any,
    WithJsonSchema({"type": "object", "title": "Row", "properties": {"id": {"type": ["string", "integer"]}}, "additionalProperties": FACT}),
]
Figure = Annotated[Any, BeforeValidator(_figure), WithJsonSchema({"type": ["boolean", "number", "string"], "maxLength": 40})]
ParameterName = Annotated[str, StringConstraints(max_length=80)]


class Words(Schema):
    zh: str
    en: str


class Where(Schema):
    subject: str | None = None
    row: str | int | None = None
    fact: str | None = None
    field: str | None = None


class Error(Schema):
    code: str
    zh: str
    en: str
    where: Where | None = None


class Refusal(Schema):
    error: Error


# packs


class PackOut(Schema):
    pack: str
    title: Words
    number: str = field(_("文号"))
    issuer: Words
    region: str
    signed: date | None
    published: date | None
    in_force: date = field(_("施行日"))
    ends: date | None = field(_("有效的最后一天；空为长期有效"))
    status: Status
    hash: str = field(_("政策包内容的哈希；内容一变就变"))
    uses: list[str]
    clauses: int
    rules: int


class PackPage(PackOut):
    note: Words
    subjects: list[str] = field(_("可以评估的对象"))
    targets: int
    duties: int
    services: int


class ClauseOut(Schema):
    id: str
    number: str
    title: Words
    gist: Words
    lead: list[Words]
    responsible: list[Words]
    children: list["ClauseOut"]


class TreeNode(Schema):
    text: Words
    children: list["TreeNode"]


class FigureOut(Schema):
    name: str
    label: Words
    clause: str
    value: Words
    treatment: Words | None = field(_("文件没有写清时的读法"))
    confirmed: bool


class ExampleFact(Schema):
    label: Words
    value: Words


class ExampleOut(Schema):
    title: str
    on: date
    facts: list[ExampleFact]
    state: State
    amount: Words | None


class DecideOut(Schema):
    reason: Words


class RuleOut(Schema):
    rule: str
    subject: str
    subject_label: Words
    title: Words
    what: Words
    kind: str
    way: str
    next_step: Words
    right: Words
    amounts: list[int] = field(_("可能给予的各个固定金额，单位分"))
    limit: int | None = field(_("年度上限，单位分"))
    years: int | None
    formula: Words | None
    source: str | None
    conditions: TreeNode
    decide: DecideOut | None
    figures: list[FigureOut]
    papers: list[Words]
    examples: list[ExampleOut]
    budget: str
    group: str


class DutyOut(Schema):
    id: str
    text: Words
    lead: list[Words]
    responsible: list[Words]


class TargetOut(Schema):
    id: str
    label: Words
    measure: str
    unit: str
    op: str
    value: str = field(_("精确值：整数或分数；金额以分计，百分数以 1 为 100%"))
    due: date | None
    owner: Words | None
    method: Words


class ServiceOut(Schema):
    id: str
    label: Words
    text: Words
    lead: list[Words]


class ClausePage(ClauseOut):
    parents: list[str]
    on: date = field(_("规则中的数字取这一天的"))
    status: Status
    rules: list[RuleOut]
    duties: list[DutyOut]
    targets: list[TargetOut]
    services: list[ServiceOut]


class FactOut(Schema):
    fact: str
    type: Literal["number", "bool", "date", "text"]
    unit: str
    label: Words
    question: Words
    help: Words
    period: str
    choices: dict[str, Words]
    least: int | None
    most: int | None
    step: Literal["1", "0.5"] | None = field(_("可填的最小间隔"), None)


class SubjectOut(Schema):
    subject: str
    label: Words
    refs: dict[str, str] = field(_("指向其他对象的字段"))
    facts: list[FactOut]


# evaluation


class EvaluateIn(Schema):
    model_config = ConfigDict(extra="forbid")

    facts: dict[str, list[Row]] = field(_("对象 → 各行；行是“事实: 值”，没有的事实就是未知"))
    on: Day | None = field(_("评估日；不填为今天，已失效的政策为其最后一天"), None)
    parameters: dict[ParameterName, Figure] = field(_("改动的参数，例如把奖励金额改为 200,000 yuan"), default_factory=dict)


class PlainIn(EvaluateIn):
    trace: StrictBool = field(_("附上每个条件和中间值"), False)


class ExplainIn(EvaluateIn):
    store: StrictBool = field(_("保存这次评估，得到可以转发的链接"), False)
    title: Annotated[str, StringConstraints(max_length=160)] = field(_("保存时的名称"), "")


class BulkIn(EvaluateIn):
    pack: Annotated[str, StringConstraints(max_length=80)]


class RequestExample(Schema):
    on: date
    facts: dict[str, list[Row]]


class Instalment(Schema):
    year: int
    number: int
    amount: int | None = field(_("金额，单位分"))
    state: Literal["payable", "beyond_end", "not_payable"]


class OutcomeOut(Schema):
    rule: str
    clause: str
    state: State
    amount: int | None = field(_("金额，单位分"))
    instalment: int | None = None
    instalments: list[Instalment] | None = None
    total: int | None = field(_("政策期内各年合计，单位分"), None)
    before_limit: int | None = None
    before_group: int | None = None
    waits_for: str | None = field(_("就高不重复：先要确认的规则"), None)
    expected: int | None = field(_("尚待结算的金额，单位分"), None)
    expected_before_limit: int | None = None
    reason: str | None = None
    conditions: list[Any] | None = None


class ResultRow(Schema):
    id: str | int | None
    outcomes: list[OutcomeOut]
    definitions: dict[str, bool | int | str | list[int] | None] | None = field(
        _("中间值；分数写作 [分子, 分母]，日期为 1970-01-01 起的天数"), None
    )


class EvaluateOut(Schema):
    pack: str
    hash: str
    on: date
    status: Status
    results: dict[str, list[ResultRow]]


class KnownFact(Schema):
    fact: str
    label: Words
    value: Words
    known: bool
    period: str


class ConditionOut(Schema):
    text: Words
    state: Met
    joins: Literal["all", "any"] | None = None
    value: Words | None = None
    needed: Words | None = None
    facts: list[KnownFact] | None = None
    children: list["ConditionOut"]


class Deciding(Schema):
    text: Words
    state: Met
    value: Words | None = None
    needed: Words | None = None


class InputFigure(Schema):
    name: str
    label: Words
    clause: str
    value: Words | None
    treatment: Words | None
    confirmed: bool


class Inputs(Schema):
    facts: list[KnownFact]
    parameters: list[InputFigure]


class Question(Schema):
    subject: str
    fact: str
    label: Words
    question: Words
    help: Words
    decides: list[str] | None = None


class ClauseName(Schema):
    id: str
    number: str
    title: Words


class Instalments(Schema):
    number: int | None
    first_year: int
    years: int
    total: int
    items: list[Instalment]


class Explained(Schema):
    rule: str
    title: Words
    kind: str
    state: State
    amount: int | None = field(_("金额，单位分"))
    budget: str
    clause: ClauseName
    lead: list[Words]
    what: Words
    next_step: Words
    way: str
    payee: str = field(_("这一项归哪一类对象"), "")
    papers: list[Words]
    right: Words
    conditions: ConditionOut
    inputs: Inputs
    missing: list[Question]
    formula: Words | None = None
    before_limit: int | None = None
    limit: int | None = None
    before_group: int | None = None
    waits_for: str | None = None
    expected: int | None = None
    expected_before_limit: int | None = None
    premises: list[Question] | None = field(_("结果以其没有填写为前提的事实"), None)
    instalments: Instalments | None = None
    sentence: Words
    deciding: Deciding | None


class Brings(Schema):
    rule: str
    title: Words
    amount: int | None
    decision: bool = False


class RungOut(Schema):
    rung: str
    label: Words
    test: Met
    reached: Met
    met: int
    of: int
    conditions: list[ConditionOut]
    brings: list[Brings]


class LadderOut(Schema):
    ladder: str
    label: Words
    clause: str
    rungs: list[RungOut]


class ExplainedRow(Schema):
    id: str | int | None
    outcomes: list[Explained]
    questions: list[Question] = field(_("还缺的事实，最能决定结果的在前"))
    optional: list[Question] | None = field(_("没有登记也能判断、登记以后结果可能改变的事实"), None)
    ladders: list[LadderOut]


class ExplainOut(Schema):
    pack: str
    hash: str
    on: date
    status: Status
    status_text: Words
    overrides: dict[str, str]
    results: dict[str, list[ExplainedRow]]
    link: str | None = field(_("保存后的网址"))


# jobs


class JobOut(Schema):
    job: UUID
    state: JobState
    done: int
    total: int
    pack: str
    on: date
    error: Error | None
    created_at: datetime
    finished_at: datetime | None
    url: str
    result: str | None = field(_("下载结果的网址；保存 30 天"))


# directory


class RecognitionOut(Schema):
    kind: str
    label: str
    level: str
    granted_on: date
    expires_on: date | None
    in_force: bool


class CarrierOut(Schema):
    name: str
    kind: str
    label: str
    level: str
    recognised_on: date | None
    expires_on: date | None


class Registered(Schema):
    """What the register holds beyond the public part; for officials."""

    registered_on: date | None
    address: str
    resident: bool | None
    listed_field: bool | None
    prohibited_industry: bool | None
    abnormal_or_dishonest: bool | None


class OrganisationOut(Schema):
    code: str
    name: str
    kind: str
    division: str
    division_name: str
    industry: str
    recognitions: list[RecognitionOut]
    url: str


class OrganisationPage(OrganisationOut):
    carriers: list[CarrierOut]
    registered: Registered | None = field(_("登记信息，只给有权的工作人员"))


class OrganisationList(Schema):
    count: int
    page: int
    pages: int
    items: list[OrganisationOut]

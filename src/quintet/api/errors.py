"""Every error of the API is {"error": {"code", "zh", "en", "where"}}: what, in both languages, and at which row and fact."""

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from quintet.core import full_disk
from quintet.core.errors import DomainError
from quintet.look.words import english
from quintet.policies.engine import EngineError, FactsError

log = logging.getLogger(__name__)


class ApiError(Exception):
    """Raised anywhere below an endpoint; becomes the answer."""

    def __init__(self, status: int, code: str, zh: str, en: str, **where: Any) -> None:
        super().__init__(en)
        self.status, self.code, self.zh, self.en, self.where = status, code, zh, en, where


def answer(data: Any, status: int = 200) -> HttpResponse:
    """JSON as it is written here: Chinese readable, no constants that JSON does not know."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return HttpResponse(body.encode(), status=status, content_type="application/json")


def refusal(error: ApiError) -> HttpResponse:
    response = answer(said(error), error.status)
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def said(error: ApiError) -> dict[str, Any]:
    return {"error": {"code": error.code, "zh": error.zh, "en": error.en, "where": error.where or None}}


def of_facts(error: FactsError) -> ApiError:
    row = error.row if isinstance(error.row, (int, str)) else str(error.row)[:80]
    return ApiError(422, "facts", error.zh, error.en, subject=error.subject, row=row, fact=error.fact)


def of_domain(error: DomainError) -> ApiError:
    """The words of the action stand in the language that was asked for; the other field says where the reason is, and how to get it."""
    said = " ".join(str(part) for part in (error.message, error.where, error.remedy) if part)
    code = "not_allowed" if error.status == 403 else "refused"
    if english():
        return ApiError(error.status, code, "没有办成，原因见 en；请求带 Accept-Language: zh-CN 时，原因用中文写在 zh。", said)
    return ApiError(
        error.status, code, said, "Refused; the reason stands in zh. Send Accept-Language: en to have it in English, in this field."
    )


def not_found(zh: str, en: str) -> ApiError:
    return ApiError(404, "not_found", zh, en)


def _of_validation(error: ValidationError) -> ApiError:
    first = error.errors[0]
    place = [str(part) for part in first["loc"] if part != "body" and not str(part).startswith("function-")]
    field = ".".join(place)
    zh = "缺少这一项" if first["type"] == "missing" else "没有这一项" if first["type"] == "extra_forbidden" else "内容不符合要求"
    return ApiError(422, "invalid", f"“{field or '请求'}”{zh}。", f"{field or 'body'}: {first['msg']}.", field=field)


def _of_http(error: HttpError) -> ApiError:
    if isinstance(error.__cause__, ApiError):
        return error.__cause__
    if isinstance(error, AuthenticationError):
        return ApiError(401, "unauthenticated", "请用 Authorization: Bearer 出示访问令牌。", "Present a token with Authorization: Bearer.")
    if isinstance(error, Throttled):
        return ApiError(
            429,
            "too_many_requests",
            "请求过于频繁，请按 Retry-After 的秒数等待。",
            "Too many requests; wait for the seconds in Retry-After.",
        )
    return ApiError(error.status_code, "bad_request", "请求无法读取。", "The request cannot be read.")


def _of_bug(error: Exception) -> ApiError:
    if full_disk.is_full(error):
        log.error("nothing can be written: %s", error)
        zh, en = "服务器存储空间已满，暂时不能写入；已有数据没有改变。", "The server's disk is full; nothing was written."
        return ApiError(full_disk.STATUS, "storage_full", zh, en)
    log.exception("the API failed", exc_info=error)
    return ApiError(
        500, "internal", "系统出错，请稍后再试或联系系统管理员。", "Something went wrong here. Please try again or tell the operator."
    )


def register(api: NinjaAPI) -> None:
    """Answer every exception in the one form."""
    translations: list[tuple[type[Exception], Any]] = [
        (ApiError, lambda error: error),
        (FactsError, of_facts),
        (EngineError, lambda error: ApiError(422, "parameters", f"参数或规则无法使用：{error}", str(error))),
        (DomainError, of_domain),
        (ValidationError, _of_validation),
        (HttpError, _of_http),
        (Http404, lambda error: not_found("没有找到。", "Not found.")),
        (Exception, _of_bug),
    ]
    for kind, translate in translations:
        api.add_exception_handler(kind, _handler(translate))


def _handler(translate: Any) -> Any:
    def respond(request: HttpRequest, error: Exception) -> HttpResponse:
        return refusal(translate(error))

    return respond

"""How much a caller may ask for at once and in a minute."""

import json
import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from ninja.parser import Parser
from ninja.throttling import BaseThrottle

from quintet.api.errors import ApiError
from quintet.core import full_disk, limits
from quintet.core.client import address

MEGABYTE = 1024 * 1024
BODY = {"anonymous": 1 * MEGABYTE, "token": 5 * MEGABYTE, "bulk": 20 * MEGABYTE}
ROWS = {"anonymous": 200, "token": 5_000, "bulk": 100_000}
EXPLAINED_ROWS = {"anonymous": 20, "token": 200}
LARGEST_NUMBER = 2**63 - 1


def per_minute(who: str) -> int:
    """Requests a minute, of an address without a token ("anonymous") and of a token or a person ("token")."""
    return int(settings.API_REQUESTS_PER_MINUTE[who])


class PerMinute(BaseThrottle):
    """Counts the requests of a calendar minute in the database, so that all processes and machines count together."""

    def allow_request(self, request: HttpRequest) -> bool:
        caller = request.auth  # type: ignore[attr-defined]
        who = "anonymous" if caller.user is None else "token"
        key = f"api|{caller.name or limits.network(address(request))}"
        with full_disk.softly():  # a full disk stops no reading; what writes says so itself
            return limits.allow(key, times=per_minute(who), per=limits.MINUTE)
        return True

    def wait(self) -> float:
        return 60 - time.time() % 60


def read_body(request: HttpRequest, limit: int) -> None:
    """Take the body in before Django's own limit, which is meant for forms. Raises ApiError."""
    if request.content_type != "application/json":
        raise ApiError(415, "unsupported_media_type", "请以 application/json 发送。", "Send application/json.")
    too_large = ApiError(413, "too_large", f"请求超过 {limit // MEGABYTE} MB。", f"The request is larger than {limit // MEGABYTE} MB.")
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise too_large
        body = request.read(limit + 1)
    except (ValueError, OSError, UnreadablePostError):
        raise ApiError(400, "bad_request", "请求没有读完整。", "The request could not be read to its end.") from None
    if len(body) > limit:
        raise too_large
    request._body = body
    if not body.strip():
        raise ApiError(400, "not_json", "请求为空，应为 JSON。", "The request is empty; send JSON.")


class StrictParser(Parser):
    """JSON as the standard has it: no NaN, no Infinity, exact numbers, text that can be stored."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            found = json.loads(
                request.body.decode("utf-8-sig"),
                parse_constant=_refuse_constant,
                parse_float=str,
                parse_int=_whole,
                object_pairs_hook=_once_each,
            )
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "not_json", "请求不是有效的 JSON。", f"The request is not valid JSON: {error}.") from None
        if b"\\u" in request.body or b"\0" in request.body:
            _refuse_odd_text(found)
        return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: the second would silently replace the first."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)[:80]
        raise ApiError(422, "name_twice", f"“{twice}”重复出现。", f"{twice!r} stands twice in one object.")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _whole(digits: str) -> int:
    if len(digits) > 20 or not -LARGEST_NUMBER - 1 <= int(digits) <= LARGEST_NUMBER:
        raise ApiError(422, "number_too_large", "数字过大。", "A number is too large.")
    return int(digits)


def _refuse_odd_text(value: Any) -> None:
    """Half of a surrogate pair is no text, and PostgreSQL stores no NUL."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            pending += item
        elif isinstance(item, str) and ("\0" in item or any("\ud800" <= letter <= "\udfff" for letter in item)):
            raise ApiError(400, "not_text", "文字中有不能使用的字符。", "A text holds a character that cannot be used.")

"""The OpenAPI document made ready for a page: operations by group, schemas as tables."""

import json
from typing import Any

from django.utils.translation import gettext as _

Data = dict[str, Any]


def group_names() -> dict[str, str]:
    return {"policies": _("政策"), "evaluation": _("评估"), "jobs": _("批量评估"), "directory": _("单位名录")}


def groups(schema: Data, base: str) -> list[Data]:
    found: dict[str, list[Data]] = {name: [] for name in group_names()}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_operation(path, method, operation, base))
    return [{"id": name, "title": title, "operations": found[name]} for name, title in group_names().items()]


def _operation(path: str, method: str, operation: Data, base: str) -> Data:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "id": operation["operationId"], "method": method.upper(), "path": path, "summary": operation["summary"], "needs_token": {} not in operation["security"],
        "parameters": [
            {"name": item["name"], "place": item["in"], "required": item["required"], "type": type_text(item["schema"]), "text": item.get("description", "")}
            for item in operation["parameters"]
        ],
        "body": _name(body) if body else "",
        "answers": [{"status": status, "type": _content(item)} for status, item in operation["responses"].items()],
        "curl": _curl(path, method, base, needs_token={} not in operation["security"]),
    }  # fmt: skip


def _content(response: Data) -> str:
    return type_text(response["content"]["application/json"]["schema"]) if "content" in response else ""


def _curl(path: str, method: str, base: str, *, needs_token: bool) -> str:
    for name, value in {"pack": "panjin-2019-29", "clause": "T6", "job": "JOB", "code": "91211100MA00000014"}.items():
        path = path.replace(f"{{{name}}}", value)
    token = ' -H "Authorization: Bearer $TOKEN"' if needs_token else ""
    send = " -H 'Content-Type: application/json' -d @facts.json" if method == "post" else ""
    return f"curl{token}{send} {base.rstrip('/')}{path}"


def schemas(schema: Data) -> list[Data]:
    found = []
    for name, item in sorted(schema["components"]["schemas"].items()):
        required = set(item.get("required", ()))
        rows = [
            {"name": key, "type": type_text(value), "required": key in required, "text": value.get("description", "")}
            for key, value in item.get("properties", {}).items()
        ]
        found.append({"name": name, "rows": rows})
    return found


def _name(schema: Data) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1] if "$ref" in schema else type_text(schema)


def type_text(schema: Data) -> str:
    """A type as people read it: "list of Words", "text or null"."""
    if "$ref" in schema:
        return _name(schema)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_text(item) for item in schema["anyOf"]))
    if "allOf" in schema:
        return " & ".join(type_text(item) for item in schema["allOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(item, ensure_ascii=False) for item in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{type_text(schema.get('items', {}))}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict) and "title" not in schema["additionalProperties"]:
        return f"{{…: {type_text(schema['additionalProperties'])}}}"
    return " | ".join(kind) if isinstance(kind, list) else str(schema.get("format", kind))

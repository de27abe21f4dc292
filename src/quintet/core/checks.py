"""What `manage.py check` says of the keys and the database before the site serves anybody."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

SHORTEST_KEY = 32


@register(Tags.security)
def keys(**_: Any) -> list[Any]:
    """A wrong field key would be noticed only when the first identity number is saved."""
    found: list[Any] = []
    for name, key in (("QUINTET_SECRET_KEY", settings.SECRET_KEY), ("QUINTET_LOOKUP_KEY", settings.LOOKUP_KEY)):
        if len(key) < SHORTEST_KEY:
            found.append(Error(f"{name} 太短，容易被猜到。", hint=f"至少 {SHORTEST_KEY} 个字符，随机生成。", id="quintet.E001"))
    for key in settings.FIELD_KEYS:
        try:
            Fernet(key.strip())
        except ValueError:
            found.append(
                Error("QUINTET_FIELD_KEY 不是有效的密钥，个人信息无法加密。", hint="应为 32 字节的 URL-safe base64。", id="quintet.E002")
            )
    if len({settings.SECRET_KEY, settings.LOOKUP_KEY, *settings.FIELD_KEYS}) < 2 + len(settings.FIELD_KEYS):
        found.append(
            Warning("几个密钥相同。", hint="QUINTET_SECRET_KEY、QUINTET_FIELD_KEY、QUINTET_LOOKUP_KEY 应各不相同。", id="quintet.W001")
        )
    return found


@register(Tags.security, deploy=True)
def database(**_: Any) -> list[Any]:
    """A DATABASE_URL that the shell has cut off at an & would otherwise go unnoticed."""
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        return []
    name = settings.DATABASES["default"]["NAME"]
    hint = "如果本来要用 PostgreSQL，请核对 DATABASE_URL：含有 & 等字符时要加单引号。"
    return [Warning(f"正式运行使用 SQLite：{name}", hint=hint, id="quintet.W002")]

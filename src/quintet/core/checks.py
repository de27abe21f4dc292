"""What `manage.py check` says of the keys and the database before the site serves anybody."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connection

from quintet.core import triggers
from quintet.core.models import AuditEntry

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


@register(Tags.database)
def guards(databases: Any = None, **_: Any) -> list[Any]:
    """The rules on money and the audit chain stand in the database; somebody may have taken them out.

    A warning and no error, since `migrate` asks first and would then refuse to put them back.
    """
    if not databases or AuditEntry._meta.db_table not in connection.introspection.table_names():
        return []  # nobody asks about the database, or it is still empty
    absent = triggers.missing()
    hint = "请运行 manage.py migrate 重新装上，并查明是谁、为何去掉的。"
    return [Warning(f"数据库缺少保护：{'、'.join(absent)}", hint=hint, id="quintet.W003")] if absent else []

"""What `manage.py check` says of the keys and the database before the site serves anybody."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import DatabaseError, connection

from quintet.core import installation, personal_information, triggers
from quintet.core.models import AuditEntry, KeyProbe

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


@register(Tags.security, deploy=True)
def modes(**_: Any) -> list[Any]:
    """Modes whose passwords and sessions are weak, or whose hosts are anybody's."""
    hint = "请从 /etc/quintet/quintet.env 中去掉它；正式运行不设置这个变量。"
    return [
        Error(f"{name} 已打开，不能正式运行。", hint=hint, id="quintet.E003")
        for name, on in (("QUINTET_DEMO", settings.DEMO), ("QUINTET_TESTING", settings.TESTING), ("QUINTET_DEBUG", settings.DEBUG))
        if on
    ]


@register(Tags.security, deploy=True)
def address(**_: Any) -> list[Any]:
    """Mails lead nowhere without the site's address; metrics behind a short token are anybody's."""
    told: list[Any] = []
    if settings.EMAIL_HOST and not settings.SITE:
        hint = "请设置为网站的地址，例如 https://innovation.city.example。"
        told.append(Warning("配置了邮件服务器，但没有 QUINTET_SITE：邮件里没有可点的链接。", hint=hint, id="quintet.W004"))
    if not settings.EMAIL_HOST:
        told.append(Warning("没有配置邮件服务器：消息只显示在网站上。", hint="需要邮件时请设置 QUINTET_MAIL_HOST。", id="quintet.W005"))
    if settings.SITE and not settings.SITE.startswith("https://") and settings.HTTPS:
        told.append(Warning(f"QUINTET_SITE 不是 https 地址：{settings.SITE}", hint="链接里有只对一个人有效的地址。", id="quintet.W006"))
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_KEY:
        told.append(Error("QUINTET_METRICS_TOKEN 太短，容易被猜到。", hint=f"至少 {SHORTEST_KEY} 个字符，随机生成。", id="quintet.E004"))
    return told


@register(Tags.security, deploy=True)
def belongs(**_: Any) -> list[Any]:
    """The database is the right one for this mode, and was written with these keys."""
    try:
        tables = connection.introspection.table_names()
    except installation.WrongDatabase as error:
        return [Error(str(error), id="quintet.E005")]
    except DatabaseError as error:
        return [Error(f"数据库没有应答：{str(error).strip()}", hint="请核对 DATABASE_URL，并确认数据库已启动。", id="quintet.E007")]
    if KeyProbe._meta.db_table not in tables:
        return []
    hint = "用错密钥时，已有的身份证件号码和电话读不出来，新写入的以后也读不出来。请找回安装时的密钥。"
    return [Error(f"{name} 不是写入这个数据库时用的密钥。", hint=hint, id="quintet.E006") for name in installation.wrong_keys()]


@register()
def retention(**_: Any) -> list[Any]:
    """A kind that nothing keeps would leave the term as it was, unnoticed."""
    known = [kind.code for kind in personal_information.kinds() if kind.purge]
    hint = f"可以写的类别：{'、'.join(known)}。"
    return [
        Error(f"QUINTET_RETENTION 中没有“{code}”这一类。", hint=hint, id="quintet.E008") for code in settings.RETENTION if code not in known
    ]


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

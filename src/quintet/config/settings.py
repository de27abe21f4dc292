"""All settings, from the environment. docs/reference/settings.md lists the variables."""

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from quintet.config.secrets import secret


def _on(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit()):
        raise ImproperlyConfigured(f"环境变量 {name} 应为不小于 0 的整数，现在是“{text}”。")
    return int(text or default)


def _days(name: str) -> dict[str, int]:
    """kind=days, separated by commas; days from 1 to 36500."""
    kinds = {}
    for part in _list(name):
        kind, _equals, days = part.partition("=")
        if not (kind.strip() and days.strip().isascii() and days.strip().isdigit() and len(days.strip()) <= 5 and 0 < int(days) <= 36_500):
            raise ImproperlyConfigured(f"环境变量 {name} 应为“类别=天数”（1 至 36500 天），用逗号分开，现在有“{part[:40]}”。")
        kinds[kind.strip()] = int(days)
    return kinds


BASE_DIR = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("QUINTET_VAR") or BASE_DIR / "var")
DEBUG = _on("QUINTET_DEBUG")
TESTING = _on("QUINTET_TESTING")
DEMO = _on("QUINTET_DEMO")
PRODUCTION = not (DEBUG or TESTING or DEMO)

SECRET_KEY = secret("QUINTET_SECRET_KEY", folder=VAR, may_generate=not PRODUCTION)
# The first key encrypts; further keys, separated by commas, can still decrypt.
FIELD_KEYS = [key for key in secret("QUINTET_FIELD_KEY", folder=VAR, may_generate=not PRODUCTION).split(",") if key.strip()]
# Apart from the field key, so that a new field key leaves the look-up hashes as they are.
LOOKUP_KEY = secret("QUINTET_LOOKUP_KEY", folder=VAR, may_generate=not PRODUCTION)

ALLOWED_HOSTS = _list("QUINTET_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = _list("QUINTET_ORIGINS")

SITE = os.environ.get("QUINTET_SITE", "").rstrip("/")
EMAIL_HOST = os.environ.get("QUINTET_MAIL_HOST", "")
EMAIL_PORT = _number("QUINTET_MAIL_PORT", 587)
EMAIL_HOST_USER = os.environ.get("QUINTET_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("QUINTET_MAIL_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_PORT != 465 and not _on("QUINTET_MAIL_PLAIN")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("QUINTET_MAIL_FROM", "") or EMAIL_HOST_USER or "quintet@localhost"

# Told of a failed night even where the database cannot say who the operators are.
OPERATOR_MAIL = os.environ.get("QUINTET_OPERATOR_MAIL", "").strip()
# Who shows it may read /healthz in full and /metrics from another machine.
# Where payees send money back that was called back: holder, bank and number in one line; empty: they are told to ask the department.
REFUND_ACCOUNT = os.environ.get("QUINTET_REFUND_ACCOUNT", "").strip()
METRICS_TOKEN = os.environ.get("QUINTET_METRICS_TOKEN", "").strip()

CITY = os.environ.get("QUINTET_CITY", "示例市")
CITY_EN = os.environ.get("QUINTET_CITY_EN", "Example City")
REVIEW_BODY = os.environ.get("QUINTET_REVIEW_BODY", "")  # who reviews decisions (行政复议机关)

# The pack of the policy that self-check and city go by; packs of one's own lie in folders of QUINTET_PACKS (quintet.engine.packs.home).
MAIN_PACK = os.environ.get("QUINTET_MAIN_PACK", "").strip()

CONTEXTS = ["demo", "web", "api", "redemption", "market", "finance", "talent", "directory", "policies", "ledger", "core", "look"]

INSTALLED_APPS = [
    *[f"quintet.{name}" for name in CONTEXTS if find_spec(f"quintet.{name}")],
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "django_tasks",
    "django_tasks_db",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "quintet.core.middleware.PlainText",
    "quintet.core.full_disk.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "quintet.core.middleware.PersonalPages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "quintet.core.sessions.SessionLimits",
    "quintet.core.typed.TypedTextReturns",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "quintet.core.middleware.DomainErrorPages",
    "quintet.core.middleware.HeldCalendar",
    "quintet.policies.middleware.HeldPacks",
    "quintet.core.middleware.HeadOfTheApi",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "quintet.config.urls"
WSGI_APPLICATION = "quintet.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "quintet.look.context.shell",
                "quintet.web.context.demo",
                "quintet.web.context.messages_waiting",
            ]
        },
    }
]
FORM_RENDERER = "quintet.look.forms.Renderer"


def _database() -> dict:
    found = dict(dj_database_url.config(conn_max_age=60, conn_health_checks=True)) if os.environ.get("DATABASE_URL") else {}
    if found and not str(found["ENGINE"]).endswith("sqlite3"):
        return found
    return {
        "ENGINE": "django.db.backends.sqlite3",
        # Kept open: a connection opened anew on a full disk could not make its shared memory, and nothing could be read.
        "CONN_MAX_AGE": 0 if TESTING else None,
        "NAME": found.get("NAME") or VAR / "quintet.sqlite3",
        "OPTIONS": {
            # A write lock is asked for at once, so that two writers wait for each other instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # With recursive triggers INSERT OR REPLACE meets the guards of append-only tables, too.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000; "
            "PRAGMA recursive_triggers=ON;",
        },
        # A file, since the threads of a live server need connections of their own; named by process for parallel runs.
        "TEST": {"NAME": f"{tempfile.gettempdir()}/quintet-test-{os.getpid()}.sqlite3"},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]
AUTH_PASSWORD_VALIDATORS.append({"NAME": "quintet.core.passwords.NotGuessable"})
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# How long the link lives at which the owner of an account sets a password.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
# Days by kind of data, where a city keeps longer or shorter than `retention.py` says: QUINTET_RETENTION="notifications=365,self_checks=30".
RETENTION = _days("QUINTET_RETENTION")
# The city's identity provider, by its discovery document; see docs/how-to/accounts.md.
OIDC = {
    "discovery": os.environ.get("QUINTET_OIDC_DISCOVERY", ""),
    "client": os.environ.get("QUINTET_OIDC_CLIENT", ""),
    "secret": os.environ.get("QUINTET_OIDC_SECRET", ""),
    "name": os.environ.get("QUINTET_OIDC_NAME", ""),
    "username_claim": os.environ.get("QUINTET_OIDC_USERNAME_CLAIM", ""),
    "second_factor": _on("QUINTET_OIDC_SECOND_FACTOR"),
}
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:home"

# Signing in counts as fresh for so long; older, and money, accounts and rights ask for the password again.
SIGN_IN_AGAIN_MINUTES = _number("QUINTET_SIGN_IN_AGAIN_MINUTES", 15)

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
# Locked by name and address together: a stranger cannot lock out an officer by typing her name.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "quintet.core.client.address"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "web/locked.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# A run of the tests may take place elsewhere, so that no midnight falls into it: see tests/conftest.py.
TIME_ZONE = os.environ.get("QUINTET_TEST_TIME_ZONE", "Asia/Shanghai") if TESTING else "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
# In tests every client would look through all static files first.
WHITENOISE_AUTOREFRESH = DEBUG or TESTING
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
# A clamd that looks at every file handed in: host:port, or the path of its socket.
CLAMAV = os.environ.get("QUINTET_CLAMAV", "")
FILE_UPLOAD_HANDLERS = [
    "quintet.core.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend" if TESTING else "django_tasks_db.DatabaseBackend",
    }
}

# Requests to the API a minute: of an address without a token, and of a token.
API_REQUESTS_PER_MINUTE = {"anonymous": _number("QUINTET_API_PER_MINUTE", 120), "token": _number("QUINTET_API_PER_MINUTE_TOKEN", 1_200)}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# Without a page asked for so long a session ends; and so old it ends whatever was asked.
IDLE_MINUTES = _number("QUINTET_IDLE_MINUTES", 30)
IDLE_MINUTES_APPLICANT = _number("QUINTET_IDLE_MINUTES_APPLICANT", 120)
SESSION_HOURS = _number("QUINTET_SESSION_HOURS", 8)
SESSION_ENGINE, SESSION_COOKIE_AGE = "quintet.core.session_store", SESSION_HOURS * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
# QUINTET_HTTP=1 is for a test of the production settings without a certificate.
HTTPS = PRODUCTION and not _on("QUINTET_HTTP")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# The browser itself keeps such cookies to HTTPS, this host and all of its paths.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-sessionid", "__Host-csrftoken") if HTTPS else ("sessionid", "csrftoken")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# W005, W021: other names of the city's domain are not Quintet's to decide about. W009: core.checks measures the key by what it is made of here.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W009", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
BEHIND_PROXY = _on("QUINTET_BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DJANGO_TABLES2_TEMPLATE = "look/table.html"
FILTERS_EMPTY_CHOICE_LABEL = _("全部")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"full_disk": {"()": "quintet.core.full_disk.NoTraceback"}, "secrets": {"()": "quintet.config.logs.KeepSecrets"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["full_disk", "secrets"]},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": os.environ.get("QUINTET_LOG", "WARNING")},
    "loggers": {
        "axes": {"level": "ERROR"},
        "quintet.security": {"level": "INFO"},
        # Anybody can ask for another host; the answer says so, and a traceback for each would fill the log. Without a handler Python prints it.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
    },
}

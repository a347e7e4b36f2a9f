"""Settings of one installation: one file, driven by the environment.

Every variable is documented in ``docs/operations.md``.
"""

import contextlib
import os
import secrets
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def flag(name: str, *, default: bool = False) -> bool:
    """Read an on/off variable of the environment; anything but 0 or 1 is an error."""
    value = os.environ.get(name, str(int(default)))
    if value not in {"0", "1"}:
        message = f"{name} must be 0 or 1"
        raise ImproperlyConfigured(message)
    return value == "1"


VAR_DIR = Path(os.environ.get("KYCUONG_VAR", BASE_DIR / "var"))
# Its owner's alone: the database, uploads and papers are nobody else's business on this machine.
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
EVIDENCE_DIR = Path(os.environ.get("KYCUONG_EVIDENCE", VAR_DIR / "evidence"))
KEY_FILE = Path(os.environ.get("KYCUONG_KEY_FILE", VAR_DIR / "keys" / "keyring.json"))
# On another disk where there is one: it is for the day on which this one is lost.
BACKUP_DIR = Path(os.environ.get("KYCUONG_BACKUP_DIR", VAR_DIR / "backups"))
FONT_DIR = Path(os.environ["KYCUONG_FONT_DIR"]) if "KYCUONG_FONT_DIR" in os.environ else None
DEMO = flag("KYCUONG_DEMO")


def secret_key() -> str:
    """Return the signing key: from the environment, else one made on first use and kept in var/."""
    if key := os.environ.get("KYCUONG_SECRET_KEY"):
        return key
    path = VAR_DIR / "secret-key"
    if not path.exists():
        # Whole or not at all; of two processes that start at once, both use the one that is there first.
        new = path.with_name(f"secret-key.{os.getpid()}")
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(64))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(new)
        finally:
            new.unlink(missing_ok=True)
    return path.read_text().strip()


SECRET_KEY = secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("KYCUONG_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [
    origin for origin in os.environ.get("KYCUONG_ORIGINS", "").split(",") if origin
]
# Where outsiders reach this installation; papers print it with their verification code.
PUBLIC_URL = os.environ.get("KYCUONG_PUBLIC_URL", "").rstrip("/")
BEHIND_TLS = flag("KYCUONG_TLS")

INSTALLED_APPS = [
    "inspections",
    "api",
    "api.apps.ReferenceDataConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "axes",
]

MIDDLEWARE = [
    "api.unread.ReadToTheEnd",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "api.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "api.config.urls"
# A path without its last slash is not found: a redirect would turn a POST into a GET.
APPEND_SLASH = False
WSGI_APPLICATION = "api.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------
# SQLite is the embedded default. IMMEDIATE takes the write lock when a transaction begins, so two
# writers queue instead of failing at their first write; reads open no transaction at all.

DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{VAR_DIR / 'kycuong.sqlite3'}", conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # What is deleted is written over: it would stay readable in the file's free pages.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON;",
    }
    # A file, because threads share it; one a process, because two runs must not.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / f"test-{os.getpid()}.sqlite3"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The embedded installation has no process but the web's: it runs the jobs and opens the visits.
WORKER = flag(
    "KYCUONG_WORKER",
    default=DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3",
)

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "inspections.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "api.accounts.Accounts",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# A person at one address is locked out, not the person everywhere: nobody can lock a colleague out
# from another desk on purpose.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_CALLABLE = "api.lockout.answer"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "start"

SESSION_ENGINE = "api.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "api.errors.csrf_failed"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Language and time -----------------------------------------------------------------------

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# --- Files -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
# Served from where they are packaged: nothing is collected or copied.
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Not in the machine's /tmp: what a killed process leaves there names citizens. Here it is swept.
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)
UPLOAD_MAX_BYTES = 200 * 1024 * 1024

# --- The API ---------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.v1.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.v1.negotiation.OneFormat",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.v1.authentication.TokenAuthentication",
        "api.v1.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.v1.permissions.RoleAllowed"],
    # Reads a view's filterset_class alone; unknown parameters are refused before it is asked.
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.v1.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "api.v1.schema.ApiSchema",
    "EXCEPTION_HANDLER": "api.v1.problems.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Kỷ Cương",
    "DESCRIPTION": "Plans unannounced civil-service inspections; a draw secret now, provable later.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stand where they are used, by their values alone: labels are in people's language.
    "POSTPROCESSING_HOOKS": ["api.v1.schema.keep_choices_in_place"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"kycuong": {"level": "INFO"}},
}

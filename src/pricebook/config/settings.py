"""Django's settings: one file for every place, decided by the environment alone (G2).

The variables are described in docs/reference/settings.md. `config.env` reads them (and `.env`).
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from pricebook.config.embedded.service import embedded_urls
from pricebook.config.env import load_environment, make_private_folder, number

environment = load_environment()

HOME = environment.home
DEBUG = environment.debug
# Where the site listens, and whether people reach it over HTTPS.
HOST, PORT, HTTPS = environment.host, environment.port, environment.https
# How others reach it, for the addresses in webhooks and mails.
PUBLIC_URL = environment.public_url
SECRET_KEY = environment.secret_key
ALLOWED_HOSTS = list(environment.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [
    f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host not in {"*", "localhost"}
]

ROOT_URLCONF = "pricebook.config.urls"
ASGI_APPLICATION = "pricebook.config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "pricebook.accounts.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "pricebook.config",
    "pricebook.accounts",
    "pricebook.jobs",
    "pricebook.changes",
    "pricebook.catalogue",
    "pricebook.files",
    "pricebook.stores",
    "pricebook.imports",
    "pricebook.webhooks",
    "pricebook.api",
    "pricebook.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every view refuses the anonymous unless it says otherwise (G4).
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # The last one: it answers in place of the view when sign-in is locked.
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pricebook.web.access.rights",
            ],
        },
    },
]

# --- data ----------------------------------------------------------------------------------

embedded = embedded_urls(HOME)
DATABASES = {
    "default": {
        **dj_database_url.parse(environment.database_url or embedded.database_url),
        # ASGI runs views in many threads: a connection lives as long as its request.
        "CONN_MAX_AGE": 0,
    },
}
# What a page or a request of the API may ask of the database; background work has no such limit.
REQUEST_QUERY_SECONDS = number("PRICEBOOK_REQUEST_QUERY_SECONDS", 20)
REDIS_URL = environment.redis_url or embedded.redis_url
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},
}
# Where files go: a bucket, or else a folder of this machine.
BUCKET = environment.bucket
FILES_ROOT = HOME / "files"
# Uploads arrive on the disk on which they stay.
FILE_UPLOAD_TEMP_DIR = make_private_folder(FILES_ROOT / "incoming")
# Folders that programs put files into. Commands start anywhere: a relative path is below HOME.
DATA_DIR = (
    HOME
    / Path(
        os.environ.get("PRICEBOOK_DATA_DIR") or os.environ.get("DATA_DIR") or "data"
    ).expanduser()
)

# --- people --------------------------------------------------------------------------------

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
# Sign-in locks after ten wrong passwords of one name from one address (ABUSE 14).
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
TRUSTED_PROXIES = int(number("PRICEBOOK_TRUSTED_PROXIES", 0))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "pricebook.accounts.throttle.client_address"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=number("PRICEBOOK_SIGN_IN_LOCK_MINUTES", 15))
AXES_LOCKOUT_CALLABLE = "pricebook.web.views.locked.sign_in_locked"
AXES_RESET_ON_SUCCESS = True
# Else Retry-After would not be true: every attempt would begin the time anew.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.https else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # Browsers send files straight to the bucket.
        "connect-src": [SELF] if BUCKET is None else [SELF, BUCKET.origin],
    },
}

# --- mail ----------------------------------------------------------------------------------

# Without a server nothing is mailed: the pages tell it all the same.
EMAIL_HOST = os.environ.get("EMAIL_HOST") or ""
EMAIL_PORT = int(number("EMAIL_PORT", 587))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD") or ""
# Port 465 speaks TLS from the first byte, the others begin it when the server offers it.
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "pricebook@localhost"

# --- pages ---------------------------------------------------------------------------------

STATIC_URL = "/static/"
# Serves from the apps' folders as they are: nothing to collect before the first start.
WHITENOISE_USE_FINDERS = True
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
USE_THOUSAND_SEPARATOR = True
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# --- API -----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "pricebook.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["pricebook.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["pricebook.api.bodies.ExactJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["pricebook.api.rates.RateLimit"],
    "EXCEPTION_HANDLER": "pricebook.api.problems.problem_response",
    "DEFAULT_SCHEMA_CLASS": "pricebook.api.schema.OperationSchema",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pricebook",
    "DESCRIPTION": "One live, trustworthy book of products, stores and prices.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SECURITY": [{"bearer": []}, {"key": []}, {"session": []}],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
    },
    "POSTPROCESSING_HOOKS": ["pricebook.api.schema.complete"],
}
# Requests of one key, or of one person without a key.
API_RATE_PER_MINUTE = int(number("PRICEBOOK_API_RATE_PER_MINUTE", 1_200))

# --- background work -----------------------------------------------------------------------

# A worker holds a job for LEASE and renews it every HEARTBEAT; beat looks for lost ones.
JOB_LEASE = timedelta(seconds=number("PRICEBOOK_JOB_LEASE_SECONDS", 20))
JOB_HEARTBEAT = timedelta(seconds=number("PRICEBOOK_JOB_HEARTBEAT_SECONDS", 4))
JOB_RECOVERY = timedelta(seconds=number("PRICEBOOK_JOB_RECOVERY_SECONDS", 5))
# A message that nobody answered within this time is sent again.
JOB_RESEND = timedelta(seconds=number("PRICEBOOK_JOB_RESEND_SECONDS", 60))
JOB_STALLED_LEASES = 5
CHANGES_PLACE = timedelta(seconds=number("PRICEBOOK_CHANGES_PLACE_SECONDS", 2))
ORPHANS_EVERY = timedelta(minutes=10)
ANSWERS_FORGET_EVERY = timedelta(hours=1)
PROGRESS_INTERVAL = timedelta(seconds=0.3)
# How long changes are kept for certain, for history and undo.
LEDGER_RETENTION = timedelta(days=number("PRICEBOOK_LEDGER_RETENTION_DAYS", 90))

# --- imports -------------------------------------------------------------------------------

# Up to so many bytes a browser sends a file in one piece; above, in parts of 16 MiB.
UPLOAD_WHOLE_BYTES = int(number("PRICEBOOK_UPLOAD_WHOLE_BYTES", 50 * 10**6))
UPLOAD_PART_BYTES = 16 << 20
# How long a signed address can be used, and how long an upload may take before it is forgotten.
UPLOAD_ADDRESS_LIFETIME = timedelta(hours=1)
UPLOAD_LIFETIME = timedelta(hours=number("PRICEBOOK_UPLOAD_HOURS", 24, least=1))
UPLOADS_FORGET_EVERY = timedelta(hours=1)
IMPORT_MAX_BYTES = int(number("PRICEBOOK_IMPORT_MAX_BYTES", 5 * 1024**3))
# Guards (A12): an import stops and asks when more than this share of its rows is rejected, of the
# prices that it changes moves by more than GUARD_PRICE_MOVE of itself, of the products that it
# changes, or that its source brought, is switched off; or when it has fewer rows by more than that
# than the last file of its source. 0 turns a guard off.
GUARD_REJECTED = number("PRICEBOOK_GUARD_REJECTED_PERCENT", 50) / 100
GUARD_PRICE_MOVE = number("PRICEBOOK_GUARD_PRICE_MOVE_PERCENT", 50) / 100
GUARD_PRICES_MOVED = number("PRICEBOOK_GUARD_PRICES_MOVED_PERCENT", 30) / 100
GUARD_DEACTIVATED = number("PRICEBOOK_GUARD_DEACTIVATED_PERCENT", 30) / 100
GUARD_FEWER_ROWS = number("PRICEBOOK_GUARD_FEWER_ROWS_PERCENT", 30) / 100
# How long a previewed file stays staged; whoever approves it later waits until it is read again.
REVIEW_STAGING_KEPT = timedelta(days=7)
IMPORT_MERGE_CHUNK = int(number("PRICEBOOK_IMPORT_MERGE_CHUNK", 50_000))
IMPORT_REJECTED_ROWS_KEPT = int(number("PRICEBOOK_IMPORT_REJECTED_ROWS_KEPT", 1_000))

# --- webhooks ------------------------------------------------------------------------------

# Networks besides the public ones to which webhooks may go (C6), such as 10.1.0.0/16.
WEBHOOK_NETWORKS = environment.webhook_networks
# From the first look-up to the last byte of an answer; the test button waits for less.
WEBHOOK_TIMEOUT = timedelta(seconds=number("PRICEBOOK_WEBHOOK_TIMEOUT_SECONDS", 15, least=1))
WEBHOOK_TEST_TIMEOUT = timedelta(seconds=8)
# How many requests one endpoint gets at a time, and how many a sender has under way in all.
WEBHOOK_CONCURRENCY = int(number("PRICEBOOK_WEBHOOK_CONCURRENCY", 8, least=1))
WEBHOOK_SENDER_CONCURRENCY = int(number("PRICEBOOK_WEBHOOK_SENDER_CONCURRENCY", 256, least=2))
# Ten retries over some 75 hours (Standard Webhooks), each up to a fifth later than this.
_RETRIES = "PRICEBOOK_WEBHOOK_RETRY_SECONDS"
WEBHOOK_RETRIES = tuple(
    timedelta(seconds=number(_RETRIES, 0, {_RETRIES: seconds}))
    for seconds in (
        os.environ.get(_RETRIES) or "5,300,1800,7200,18000,36000,36000,50400,50400,72000"
    ).split(",")
)
WEBHOOK_DISABLED_AFTER = timedelta(days=5)
# A sender that was not seen for so long is dead: others send what it had claimed.
WEBHOOK_SENDER_LOST = timedelta(seconds=number("PRICEBOOK_WEBHOOK_SENDER_LOST_SECONDS", 10))
WEBHOOK_POLL = timedelta(seconds=number("PRICEBOOK_WEBHOOK_POLL_SECONDS", 0.1))
# How long the log of deliveries, and the outbox, are kept.
WEBHOOK_PURGE_EVERY = timedelta(hours=1)
WEBHOOK_NOTICES_EVERY = timedelta(minutes=1)
WEBHOOK_LOG_RETENTION = timedelta(days=number("PRICEBOOK_WEBHOOK_LOG_RETENTION_DAYS", 30))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # The job runner tells what matters; Celery would add two lines for each look of beat.
    "loggers": {
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        # It tells of each sign-in in four lines; a lock is a warning.
        "axes": {"level": "WARNING"},
    },
}

PROJECT_ROOT = Path(__file__).resolve().parents[3]

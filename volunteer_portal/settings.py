"""All settings, from typed environment variables. One file serves local use, tests and production.

PORTAL_ENV is `local` (set by ./portal), `test` or `production`. Production refuses a default secret, DEBUG,
and a missing list of hosts.
"""

from pathlib import Path

import environ
import pghistory
import pgtrigger
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from members.campus import config as campus
from volunteer_portal import logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env(
    PORTAL_ENV=(str, "local"),
    PORTAL_VAR=(str, str(BASE_DIR / "var")),
    PORTAL_PORT=(int, 8000),
    DEBUG=(bool, False),
    SECRET_KEY=(str, ""),
    SECRET_KEY_FALLBACKS=(list, []),
    ALLOWED_HOSTS=(list, []),
    CSRF_TRUSTED_ORIGINS=(list, []),
    DATABASE_URL=(str, ""),
    REDIS_URL=(str, ""),
    TRUSTED_PROXIES=(int, 0),
    TRUSTED_PROXY=(bool, False),  # the same as one trusted proxy
    SECOND_FACTOR_REQUIRED=(bool, None),
    SESSION_IDLE_MINUTES=(int, 60),
    PUSH_SCHEMES=(list, ["wecombot", "dingtalk", "feishu", "lark", "mailtos"]),
    CAMPUS_SIGN_IN=(str, ""),
    CAMPUS_SECRETS=(str, ""),
    WECHAT_APP_ID=(str, ""),
    WECHAT_APP_SECRET=(str, ""),
    WECHAT_INSIDE=(bool, False),
    LOG_LEVEL=(str, "INFO"),
    READER_LOCK=(str, ""),
)

PORTAL_ENV = env("PORTAL_ENV")
PRODUCTION = PORTAL_ENV == "production"
LOCAL_SECRET = "local-only-not-a-secret-" + "0" * 40  # the check below refuses it in production
PORTAL_VAR = Path(env("PORTAL_VAR"))
PORTAL_PORT = env("PORTAL_PORT")

SECRET_KEY = env("SECRET_KEY") or LOCAL_SECRET
# Former keys, so that sessions and push addresses stay valid after a change of the key.
SECRET_KEY_FALLBACKS = env("SECRET_KEY_FALLBACKS")
DEBUG = env("DEBUG")
ALLOWED_HOSTS = env("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env("CSRF_TRUSTED_ORIGINS")

if PORTAL_ENV not in {"local", "test", "production"}:
    raise ImproperlyConfigured("PORTAL_ENV must be local, test or production.")
if PRODUCTION:
    if SECRET_KEY == LOCAL_SECRET or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("Production needs a SECRET_KEY of its own of at least 50 characters.")
    if DEBUG:
        raise ImproperlyConfigured("Production refuses DEBUG.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Production needs ALLOWED_HOSTS with the portal's own names.")
    if not env("DATABASE_URL") or not env("REDIS_URL"):
        raise ImproperlyConfigured("Production needs DATABASE_URL and REDIS_URL.")
else:
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]", "testserver"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "volunteer_portal.apps.PortalStaticFilesConfig",
    "volunteer_portal.apps.PortalConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.weixin",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "members",
    "members.campus",
    "pairing",
    "activities",
    "reports",
    "reports.demo",
    "import_export",  # after the portal's own apps, so that their command `export` is used
]

MIDDLEWARE = [
    "volunteer_portal.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # a fifth of the bytes; adds random bytes against BREACH
    "csp.middleware.CSPMiddleware",
    "members.lost_connections.RepeatAfterLostConnection",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "members.sent_text.StripForbiddenText",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.campus.middleware.FollowCampusSessions",
    "members.middleware.PersonalPagesStayOffShelves",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "members.middleware.CareForSessions",
    "members.middleware.SafeAccountFirst",
]

ROOT_URLCONF = "volunteer_portal.urls"
WSGI_APPLICATION = "volunteer_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "volunteer_portal.navigation.shell",
            ],
            "builtins": [
                "django_htmx.templatetags.django_htmx",
                "members.templatetags.portal",
                "volunteer_portal.guidance",
            ],
        },
    }
]

# The URL of a Unix socket is postgres://user@//folder/of/socket/database; a folder in the place of the host
# would become lower case. The default is the run folder of ./portal.
DATABASES = {
    "default": env.db_url_config(env("DATABASE_URL") or f"postgres://portal@/{PORTAL_VAR}/run/portal")
}
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
# Each row trigger asks whether pgtrigger is to ignore it. Where the setting is missing, the answer is an exception, and every
# exception walks through all checks that wait for the commit: 50,000 new people took 87 s instead of 1 s to commit.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c pgtrigger.ignore={}")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL") or f"unix://{PORTAL_VAR}/run/valkey.sock"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_IDLE_MINUTES = env("SESSION_IDLE_MINUTES")  # for sessions without 保持登录

# With late acknowledgement Valkey loses no task after kill -9; these options restore it in seconds, not after
# 100.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_TASK_ALWAYS_EAGER = PORTAL_ENV == "test"
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["members.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "members.passwords.LengthValidator", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "members.passwords.SimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "number", "name")},
    },
    {"NAME": "members.passwords.CommonValidator"},
    {"NAME": "members.passwords.NumericValidator"},
]
ACCOUNT_ADAPTER = "members.accounts.PortalAccountAdapter"
ACCOUNT_FORMS = {
    "login": "members.forms.sign_in.SignInForm",
    "change_password": "members.forms.sign_in.OwnPasswordForm",
    "set_password": "members.forms.sign_in.FirstPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PRESERVE_USERNAME_CASING = True
# A campus shares one address, so an address is never limited; `members.services.lockout` counts wrong passwords.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",  # only codes of the second factor, by somebody who has the password
    "change_password": "5/m/user",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = (
    600  # seconds, for `allow(…, recent=True)` and the pages of the own account
)
# Campus sign-in and WeChat (docs/operations.md). A first sign-in only links to somebody known: no sign-up.
CAMPUS_SIGN_IN = campus.parse_campuses(env("CAMPUS_SIGN_IN"), env("CAMPUS_SECRETS"), https_only=PRODUCTION)
WECHAT = campus.parse_wechat(env("WECHAT_APP_ID"), env("WECHAT_APP_SECRET"), inside=env("WECHAT_INSIDE"))
SOCIALACCOUNT_PROVIDERS = campus.build_providers(CAMPUS_SIGN_IN, WECHAT)
SOCIALACCOUNT_ADAPTER = "members.campus.adapter.PortalSocialAccountAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
# Proxies in front of the portal; the address of a visitor is so many entries from the end of X-Forwarded-For.
TRUSTED_PROXIES = env("TRUSTED_PROXIES") or int(env("TRUSTED_PROXY"))
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# School admins, college secretaries and operators set up a second factor before anything else.
SECOND_FACTOR_REQUIRED = (
    PRODUCTION if env("SECOND_FACTOR_REQUIRED") is None else env("SECOND_FACTOR_REQUIRED")
)
MFA_ADAPTER = "members.second_factor.PortalMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds before and after; people type slowly, and clocks differ
MFA_RATE_LIMITS = {"webauthn_login": "600/m/ip"}  # a campus shares one address; there is nothing to guess
MFA_FORMS = {
    "authenticate": "members.second_factor.SignInCodeForm",
    "reauthenticate": "members.second_factor.ConfirmCodeForm",
    "activate_totp": "members.second_factor.StartCodesForm",
    "add_webauthn": "members.second_factor.AddPasskeyForm",
    "edit_webauthn": "members.second_factor.RenamePasskeyForm",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

# Triggers record history once per statement: an import of 50,000 rows needs one insert. Nobody can edit
# history.
PGHISTORY_LEVEL = pgtrigger.Statement
PGHISTORY_APPEND_ONLY = True
# History is read by row and by context; nobody asks by its other relations, and a record of hours has 13 of them.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=True)
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(db_index=True)
# Without GET, which changes no tracked row: otherwise the library reads the account for every poll of the
# hall.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = PORTAL_VAR / "static"
MEDIA_ROOT = PORTAL_VAR / "media"
# The lock under which a host reads one large upload at a time; by default in the folder of temporary files.
READER_LOCK = env("READER_LOCK")
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("tabler/css", BASE_DIR / "node_modules/@tabler/core/dist/css"),
    ("chartjs", BASE_DIR / "node_modules/chart.js/dist"),
    ("qr-scanner", BASE_DIR / "node_modules/qr-scanner"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PORTAL_ENV == "test" or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Pictures and fonts are already compressed; source maps are large and only developers load them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    "jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "br", "map", "woff", "woff2",
)  # fmt: skip
WHITENOISE_USE_FINDERS = PORTAL_ENV == "test"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 8000  # an appraisal of 999 people, seven fields each, is one form
FILE_UPLOAD_PERMISSIONS = 0o600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # A browser also asks this list where a form's answer redirects to: the sign-in and sign-out of a campus.
        "form-action": [SELF, *campus.list_form_origins(CAMPUS_SIGN_IN, WECHAT)],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = "device"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    DEVICE_COOKIE_NAME = "__Host-device"
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Only these kinds of addresses are allowed, so that no form can make the portal call machines of the campus.
PUSH_SCHEMES = env("PUSH_SCHEMES")

LOGGING = logs.build_logging_config(as_json=PRODUCTION, level=env("LOG_LEVEL"))

"""The portal as a whole: what lies above all apps, and which static files of other packages are served."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig


class PortalStaticFilesConfig(StaticFilesConfig):
    # Tabler and Chart.js ship every variant of themselves; compressing all of it takes over a minute.
    # Source maps stay: the minified files refer to them, and a missing one is an error of collectstatic.
    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "tabler-*",
        "*.rtl.*",
        "tabler.css*",
        "chart.js*",
        "chart.cjs*",
        "chart.umd.js*",
        "helpers.*",
        "chunks",
        "controllers",
        "core",
        "elements",
        "platform",
        "plugins",
        "types",
        "*.d.ts",
        # django-htmx ships two versions of htmx with their extensions; base.html asks for the second, minified.
        "htmx-2.js",
        "htmx-4*",
        "htmax-4*",
        "ext",
    ]
    if not settings.DEBUG:  # the admin's own pages ask for these only then
        ignore_patterns += ["jquery.js", "select2.full.js", "xregexp.js"]


class PortalConfig(AppConfig):
    name = "volunteer_portal"
    verbose_name = "志愿服务门户"

    def ready(self):
        from members.queries import history
        from volunteer_portal.navigation import PAGE_NAMES

        history.PAGE_NAMES |= PAGE_NAMES

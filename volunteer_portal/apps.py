"""App configurations of the whole portal: the layer above all apps, and the static files of other packages."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig


class PortalStaticFilesConfig(StaticFilesConfig):
    """Collect only the static files that pages use."""

    # Tabler and Chart.js come in many variants; compressing all of them takes over a minute.
    # Source maps stay: the minified files refer to them, and collectstatic fails if one is missing.
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
        # django-htmx contains several versions of htmx with extensions; base.html loads only the minified
        # second one.
        "htmx-2.js",
        "htmx-4*",
        "htmax-4*",
        "ext",
    ]
    if not settings.DEBUG:  # the admin's pages load these only in DEBUG
        ignore_patterns += ["jquery.js", "select2.full.js", "xregexp.js"]


class PortalConfig(AppConfig):
    name = "volunteer_portal"
    verbose_name = "志愿服务门户"

    def ready(self):
        """Give `members` the names of pages, which only this layer knows."""
        from members.queries import history
        from volunteer_portal.navigation import PAGE_NAMES

        history.PAGE_NAMES |= PAGE_NAMES

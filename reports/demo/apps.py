from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The invented school and its command; it has no tables, and no other module imports it."""

    name = "reports.demo"
    label = "demo"
    verbose_name = "演示数据"

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = "项目、活动与时长"

    def ready(self):
        # The portal's imports stand in members, which knows nothing of hours.
        from activities.resources.hours import HoursResource
        from activities.services import hours_imports
        from members import resources
        from members.services import imports

        resources.register("hours", HoursResource)
        imports.register("hours", compare=hours_imports.compare, merge=hours_imports.merge, of_a_year=False)

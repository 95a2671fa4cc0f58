from django.apps import AppConfig


class CampusConfig(AppConfig):
    name = "members.campus"
    label = "campus"
    verbose_name = "校园登录"

    def ready(self):
        from members import lists
        from members.campus import listings

        lists.register(listings.CAMPUS_LINKS)

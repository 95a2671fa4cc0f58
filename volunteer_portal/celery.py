"""Work after the response, and the timetable.

Tasks are idempotent and acknowledged late: a worker that dies hands its task to the next one.
"""

import os

from celery import Celery, signals
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

app = Celery("volunteer_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["members.transfer"])

# Beijing time. The bulletin's dates are a rule of the school's year (anchor + 2k days), never a cron
# expression: */2 goes wrong at the end of a month. The clock only asks what is due, first at eight. It asks again
# every ten minutes of the day, and sends what still waits for a channel: a fault at eight must not cost a day,
# and a date that has its issue is left alone. At night it is silent, so that no group is rung awake.
app.conf.beat_schedule = {
    "beat-heard": {"task": "volunteer_portal.health.beat_heard", "schedule": 30.0},
    "bulletins-due": {
        "task": "reports.tasks.publish_due_bulletins",
        "schedule": crontab(hour="8-23", minute="*/10"),
    },
    "pairing-reminders": {"task": "pairing.tasks.send_reminders", "schedule": crontab(hour=8, minute=5)},
    "activity-reminders": {"task": "activities.tasks.send_reminders", "schedule": crontab(hour=18, minute=0)},
    "signups-lapsed": {"task": "activities.tasks.end_lapsed_signups", "schedule": crontab(minute="*/10")},
    "imports-resume": {"task": "members.tasks.resume_imports", "schedule": crontab(minute="*/10")},
    "imports-forget": {"task": "members.tasks.forget_imports", "schedule": crontab(hour=3, minute=30)},
    "exports-resume": {"task": "members.tasks.resume_exports", "schedule": crontab(minute="*/10")},
    "exports-forget": {"task": "members.tasks.forget_exports", "schedule": crontab(hour=3, minute=40)},
}


@signals.worker_ready.connect
def ask_what_is_due(sender, **kwargs):
    """A portal that was down at eight o'clock makes up for it when it starts."""
    sender.app.send_task("reports.tasks.publish_due_bulletins")
    sender.app.send_task("pairing.tasks.send_reminders")
    sender.app.send_task("activities.tasks.send_reminders")

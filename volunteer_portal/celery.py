"""The Celery app and the schedule of its tasks.

Tasks are idempotent and acknowledged late: if a worker dies, another worker runs its task.
"""

import os

from celery import Celery, signals
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

app = Celery("volunteer_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["members.transfer"])

# All times are Beijing time. The dates of bulletins are a rule of the school's year (anchor + 2k days), never
# a cron expression: */2 is wrong at the end of a month. The schedule only asks what is due, first at 8:00 and
# then every ten minutes, and sends what still waits for a channel, so that a fault at 8:00 does not cost a
# day. A date that has its issue gets no second one. At night the task does not run, so that no message wakes
# a group.
app.conf.beat_schedule = {
    "beat-heard": {"task": "volunteer_portal.health.beat_heard", "schedule": 30.0},
    "bulletins-due": {
        "task": "reports.tasks.publish_due_bulletins",
        "schedule": crontab(hour="8-23", minute="*/10"),
    },
    "pairing-reminders": {"task": "pairing.tasks.send_reminders", "schedule": crontab(hour=8, minute=5)},
    "activity-reminders": {"task": "activities.tasks.send_reminders", "schedule": crontab(hour=18, minute=0)},
    "signups-lapsed": {"task": "activities.tasks.end_lapsed_signups", "schedule": crontab(minute="*/10")},
    "holidays-asked": {"task": "members.tasks.ask_for_holidays", "schedule": crontab(hour=8, minute=15)},
    "counts-checked": {"task": "activities.tasks.check_counts", "schedule": crontab(hour=2, minute=40)},
    "activation-void": {"task": "members.tasks.tell_of_void_codes", "schedule": crontab(minute="*/10")},
    "imports-resume": {"task": "members.tasks.resume_imports", "schedule": crontab(minute="*/10")},
    "waiting-hours-forget": {
        "task": "activities.tasks.forget_waiting_hours",
        "schedule": crontab(hour=3, minute=50),
    },
    "results-compared": {"task": "reports.tasks.note_changed_results", "schedule": crontab(minute=25)},
    "imports-forget": {"task": "members.tasks.forget_imports", "schedule": crontab(hour=3, minute=30)},
    "exports-resume": {"task": "members.tasks.resume_exports", "schedule": crontab(minute="*/10")},
    "exports-forget": {"task": "members.tasks.forget_exports", "schedule": crontab(hour=3, minute=40)},
}


@signals.worker_ready.connect
def request_due_tasks(sender, **kwargs):
    """Send the daily tasks when a worker starts, for a portal that was down at their time."""
    sender.app.send_task("reports.tasks.publish_due_bulletins")
    sender.app.send_task("pairing.tasks.send_reminders")
    sender.app.send_task("activities.tasks.send_reminders")

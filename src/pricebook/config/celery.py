"""The Celery application: Redis or Valkey as broker, no results (a job's row tells them)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pricebook.config.settings")

from django.conf import settings

from pricebook.config.env import broker_url

app = Celery("pricebook")
app.conf.update(
    broker_url=broker_url(settings.REDIS_URL),
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 3600,
        # By default kombu looks for the messages of dead workers only every 100 s.
        "unacked_restore_interval": 10,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
    },
    task_ignore_result=True,
    # A message is done when its work is: a worker that dies leaves it to another.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "recover jobs": {
            "task": "pricebook.jobs.recover",
            "schedule": settings.JOB_RECOVERY,
            "options": {"expires": settings.JOB_RECOVERY.total_seconds()},
        },
        "place change sets": {
            "task": "pricebook.changes.place",
            "schedule": settings.CHANGES_PLACE,
            "options": {"expires": settings.CHANGES_PLACE.total_seconds()},
        },
        "forget answers": {
            "task": "pricebook.api.purge_answers",
            "schedule": settings.ANSWERS_FORGET_EVERY,
            "options": {"expires": settings.ANSWERS_FORGET_EVERY.total_seconds()},
        },
        "forget uploads": {
            "task": "pricebook.files.forget_uploads",
            "schedule": settings.UPLOADS_FORGET_EVERY,
            "options": {"expires": settings.UPLOADS_FORGET_EVERY.total_seconds()},
        },
        "purge webhooks": {
            "task": "pricebook.webhooks.purge",
            "schedule": settings.WEBHOOK_PURGE_EVERY,
            "options": {"expires": settings.WEBHOOK_PURGE_EVERY.total_seconds()},
        },
        "tell of disabled endpoints": {
            "task": "pricebook.webhooks.tell_of_disabled",
            "schedule": settings.WEBHOOK_NOTICES_EVERY,
            "options": {"expires": settings.WEBHOOK_NOTICES_EVERY.total_seconds()},
        },
        "drop staging": {
            "task": "pricebook.imports.drop_orphans",
            "schedule": settings.ORPHANS_EVERY,
            "options": {"expires": settings.ORPHANS_EVERY.total_seconds()},
        },
    },
)
app.autodiscover_tasks(
    [f"pricebook.{name}" for name in ("jobs", "changes", "files", "imports", "webhooks", "api")]
)

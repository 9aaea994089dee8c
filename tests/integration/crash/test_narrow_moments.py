"""Moments too short to be hit by a kill from outside: here the death is put exactly there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NoReturn
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone
from psycopg.sql import SQL, Identifier
from pytest_django import Settings

from pricebook.catalogue.bulk import BULK_EDIT
from pricebook.catalogue.models import PRODUCTS_SLOT
from pricebook.core.db import execute
from pricebook.imports.models import Import
from pricebook.jobs.leases import claim, finish
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import cancel_job, create_job, retry_job, send_now
from pricebook.jobs.recovery import recover_jobs
from pricebook.jobs.runner import run_job
from pricebook.jobs.slots import take_turn
from pricebook.jobs.tasks import run
from tests.factories import an_import

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """What nothing catches, as nothing catches SIGKILL."""


def die(*_: object) -> NoReturn:
    raise Killed


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def claimed(job: Job) -> Job:
    found = claim(job.id)
    assert found is not None
    return found


def test_a_worker_that_dies_before_the_reject_file_is_whole_leaves_no_name_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = an_import("sku,name,price\nA-1,Apple,1\nC-3,Cherry,cheap\n")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        with pytest.raises(Killed):
            run_job(record.job_id)
    assert Import.objects.get(pk=record.job_id).rejects_key == ""

    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert run_job(record.job_id)
    record.refresh_from_db()
    assert record.job.status == "completed"
    assert record.job.failed_rows == 1


def test_staging_again_leaves_one_reject_file(tmp_path: Path) -> None:
    earlier = claimed(create_job(kind="", actor=None, slot=PRODUCTS_SLOT))
    record = an_import("sku,name,price\nA-1,Apple,1\nC-3,Cherry,cheap\n")
    run_job(record.job_id)
    record.job.refresh_from_db()
    assert record.job.is_parked
    # What a crash of PostgreSQL does to an unlogged table.
    execute(SQL("TRUNCATE {}").format(Identifier(record.job.checkpoint["table"])))
    finish(earlier, Status.FAILED)
    run_job(record.job_id)
    record.refresh_from_db()
    assert record.job.status == "completed"
    assert [tmp_path / record.rejects_key] == list(tmp_path.rglob("*.rejects.csv"))


def test_a_retried_job_goes_to_the_end_of_the_line_though_it_had_its_turn() -> None:
    first, second = create_job(kind="", actor=None, slot="shelf"), None
    first = claimed(first)
    assert take_turn(first)
    second = claimed(create_job(kind="", actor=None, slot="shelf"))
    finish(first, Status.FAILED)
    retry_job(first.id)
    assert not take_turn(claimed(first))
    assert take_turn(second)


def test_an_earlier_job_that_appears_late_does_not_stop_the_one_at_work() -> None:
    """Transactions do not commit in the order in which they take their numbers."""
    late = create_job(kind=BULK_EDIT, actor=None, slot="shelf")
    cancel_job(late.id)
    at_work = claimed(create_job(kind=BULK_EDIT, actor=None, slot="shelf"))
    assert take_turn(at_work)
    Job.objects.filter(id=late.id).update(status=Status.PENDING, cancel_requested=False)
    assert take_turn(at_work)
    assert not take_turn(claimed(late))


def test_a_look_for_lost_jobs_wakes_each_line_once_however_long_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[str] = []
    monkeypatch.setattr("pricebook.jobs.recovery.wake_next", woken.append)
    for _ in range(5):
        create_job(kind="", actor=None, slot="shelf")
    recover_jobs()
    assert woken == ["shelf"]


def test_a_message_that_came_while_the_database_was_away_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[UUID] = []

    def away_at_first(job_id: UUID) -> None:
        calls.append(job_id)
        if len(calls) == 1:
            raise OperationalError

    monkeypatch.setattr("pricebook.jobs.tasks.run_job", away_at_first)
    job_id = uuid4()
    run.apply((str(job_id),))
    assert calls == [job_id, job_id]


def test_what_was_begun_goes_before_what_is_new_and_the_small_tasks_of_beat_before_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    priorities: list[int] = []

    class Broker:
        def send_task(self, *_: object, priority: int, **__: object) -> None:
            priorities.append(priority)

    monkeypatch.setattr("pricebook.jobs.queue.current_app", Broker())
    job = create_job(kind="", actor=None)
    send_now(job)
    send_now(claimed(job))
    new, begun = priorities
    # Redis takes the lower number first, and 0 without one.
    assert 0 < begun < new

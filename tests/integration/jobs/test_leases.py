"""Who owns a job: claims, fences, parking, cancelling, and what counts as being stuck."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as product_settings
from django.db import transaction
from django.utils import timezone

from pricebook.core.errors import PermanentError, TransientError
from pricebook.jobs import leases
from pricebook.jobs.kinds import register
from pricebook.jobs.leases import CancelledError, LeaseLostError
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import NotAllowedNow, cancel_job, create_job, discard_job, retry_job
from pricebook.jobs.recovery import recover_jobs
from pricebook.jobs.runner import JobRun, NotOurTurnError, run_job
from pricebook.jobs.slots import take_turn

pytestmark = pytest.mark.django_db(transaction=True)

KIND = "test"


@pytest.fixture(autouse=True)
def known_kind() -> None:
    register(KIND, lambda _: None, announce=lambda _: None)


def a_job(slot: str = "") -> Job:
    return create_job(kind=KIND, actor=None, slot=slot)


def claimed(job: Job) -> Job:
    found = leases.claim(job.id)
    assert found is not None
    return found


def expire(job: Job) -> None:
    Job.objects.filter(id=job.id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_job_has_one_owner() -> None:
    job = a_job()
    assert leases.claim(job.id) is not None
    assert leases.claim(job.id) is None


def test_a_job_whose_lease_ran_out_goes_to_the_next_who_asks() -> None:
    job = claimed(a_job())
    expire(job)
    assert claimed(job).lease_token == job.lease_token + 1


def test_the_former_owner_can_write_nothing() -> None:
    former = claimed(a_job())
    expire(former)
    claimed(former)
    former.processed_rows = 99
    with pytest.raises(LeaseLostError):
        leases.save(former, "processed_rows")
    with pytest.raises(LeaseLostError), transaction.atomic():
        leases.hold(former)
    assert not leases.finish(former, Status.COMPLETED)
    assert Job.objects.get(id=former.id).processed_rows == 0


def test_a_step_forward_renews_the_lease_and_forgets_the_interruptions() -> None:
    job = claimed(a_job())
    expire(job)
    job = claimed(job)
    assert job.stalled_leases == 1
    leases.save(job, "phase")
    assert Job.objects.get(id=job.id).stalled_leases == 1
    leases.save_step(job, "checkpoint")
    stored = Job.objects.get(id=job.id)
    assert stored.stalled_leases == 0
    assert stored.lease_expires_at is not None
    assert stored.lease_expires_at > timezone.now()


def test_a_job_that_never_gets_further_fails_with_a_sentence() -> None:
    job = a_job()
    for _ in range(product_settings.JOB_STALLED_LEASES):
        expire(claimed(job))
    assert run_job(job.id)
    stored = Job.objects.get(id=job.id)
    assert stored.status == "failed"
    assert stored.error.startswith("The work was interrupted 5 times in a row")


def test_a_waiting_job_is_cancelled_at_once() -> None:
    job = a_job()
    assert cancel_job(job.id).status == "cancelled"
    assert leases.claim(job.id) is None


def test_a_working_job_is_cancelled_at_its_next_step() -> None:
    job = claimed(a_job())
    assert cancel_job(job.id).status == "processing"
    with pytest.raises(CancelledError), transaction.atomic():
        leases.hold(job)


def test_a_job_that_ended_can_not_be_cancelled() -> None:
    job = a_job()
    cancel_job(job.id)
    with pytest.raises(NotAllowedNow, match="ended already"):
        cancel_job(job.id)


def test_a_job_that_waits_for_a_decision_can_be_discarded() -> None:
    job = claimed(a_job())
    leases.set_aside(job)
    assert discard_job(job.id).status == "cancelled"
    stored = Job.objects.get(id=job.id)
    assert (stored.status, stored.finished_at is not None) == ("cancelled", True)
    with pytest.raises(NotAllowedNow, match=r"This job has ended already \(cancelled\)\."):
        discard_job(job.id)


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING])
def test_no_other_job_can_be_discarded(status: Status) -> None:
    job = a_job()
    Job.objects.filter(id=job.id).update(status=status)
    with pytest.raises(
        NotAllowedNow, match=f"Only a job that needs review can be discarded; this one is {status}"
    ):
        discard_job(job.id)
    assert Job.objects.get(id=job.id).status == status


def test_only_failed_and_cancelled_jobs_are_retried() -> None:
    job = a_job()
    with pytest.raises(NotAllowedNow, match="Only a failed or cancelled job"):
        retry_job(job.id)
    cancel_job(job.id)
    again = retry_job(job.id)
    assert (again.status, again.cancel_requested) == ("pending", False)
    assert again.queue_number > job.queue_number


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (PermanentError("The file is upside down."), "failed", "The file is upside down."),
        (CancelledError(), "cancelled", ""),
        (ZeroDivisionError(), "failed", "Something went wrong that Pricebook did not foresee"),
    ],
)
def test_how_a_job_ends_is_in_its_row(error: Exception, status: str, sentence: str) -> None:
    def fail(_: JobRun) -> None:
        raise error

    register(KIND, fail, announce=lambda _: None)
    job = a_job()
    assert run_job(job.id)
    stored = Job.objects.get(id=job.id)
    assert stored.status == status
    assert stored.error.startswith(sentence)
    assert stored.finished_at is not None


def test_a_passing_trouble_gives_the_job_back() -> None:
    tries: list[int] = []

    def fail_once(run: JobRun) -> None:
        tries.append(run.job.lease_token)
        if len(tries) == 1:
            raise TransientError

    register(KIND, fail_once, announce=lambda _: None)
    job = a_job()
    run_job(job.id)
    assert Job.objects.get(id=job.id).status == "processing"
    assert run_job(job.id)
    assert Job.objects.get(id=job.id).status == "completed"
    assert tries == [1, 2]


def test_turns_go_in_the_order_of_the_queue() -> None:
    first, second = a_job("shelf"), a_job("shelf")
    first, second = claimed(first), claimed(second)
    assert not take_turn(second)
    assert take_turn(first)
    assert take_turn(first)
    leases.finish(first, Status.COMPLETED)
    assert take_turn(second)


def test_a_crashed_holder_keeps_its_turn() -> None:
    first, second = claimed(a_job("shelf")), claimed(a_job("shelf"))
    assert take_turn(first)
    expire(first)
    assert not take_turn(second)


def test_other_slots_do_not_wait() -> None:
    claimed(a_job("shelf"))
    assert take_turn(claimed(a_job("other shelf")))


def test_a_job_that_waits_for_its_turn_gives_its_worker_back_and_goes_on_later() -> None:
    order: list[int] = []

    def work(run: JobRun) -> None:
        if not take_turn(run.job):
            raise NotOurTurnError
        order.append(run.job.queue_number)

    register(KIND, work, announce=lambda _: None)
    first, second = a_job("shelf"), a_job("shelf")
    run_job(second.id)
    assert Job.objects.get(id=second.id).is_parked
    run_job(first.id)
    assert run_job(second.id)
    assert order == [first.queue_number, second.queue_number]
    # Waiting is no interruption.
    assert Job.objects.get(id=second.id).stalled_leases == 0


class TestRecovery:
    def test_a_lost_lease_is_sent_again_once(self) -> None:
        expire(claimed(a_job()))
        Job.objects.update(enqueued_at=timezone.now() - timedelta(seconds=10))
        assert recover_jobs() == 1
        assert recover_jobs() == 0

    def test_a_job_that_is_owned_or_was_sent_lately_is_left_alone(self) -> None:
        claimed(a_job())
        a_job()
        assert recover_jobs() == 0

    def test_a_message_that_nobody_answered_is_sent_again(self) -> None:
        a_job()
        Job.objects.update(enqueued_at=timezone.now() - product_settings.JOB_RESEND * 2)
        assert recover_jobs() == 1

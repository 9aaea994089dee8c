"""One import that is interrupted: by a person, an operator, or an accident that comes again."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.integration.crash.aim import Moment, wait_for_aim
from tests.integration.crash.expect import book, expect_all_imported
from tests.integration.crash.files import FileSpec
from tests.integration.crash.stack import Stack

LONG = FileSpec(seed=1, number=1, rows=60_000, skus=60_000)
# As many as its new products fill, at least.
CHUNKS = 18
SHORT = FileSpec(seed=1, number=2, rows=500, skus=60_000)
# Chunks or rows, so that something is done and something is left.
FAR = {Moment.STAGING: 4_000, Moment.MERGING: 3}

STATUS = "SELECT status, error FROM jobs_job WHERE id = %(job)s"
TOKEN = "SELECT lease_token FROM jobs_job WHERE id = %(job)s"
MERGED = """
    SELECT created_rows, (SELECT count(*) FROM changes_changeset WHERE job_id = %(job)s)
    FROM jobs_job WHERE id = %(job)s
"""

staging_and_merging = pytest.mark.parametrize("moment", [Moment.STAGING, Moment.MERGING])


def queue(stack: Stack, folder: Path, *specs: FileSpec) -> list[str]:
    jobs: list[str] = stack.ask("queue", *(str(spec.write(folder)) for spec in specs))
    return jobs


def wait_for_status(stack: Stack, job: str, status: str, seconds: float = 60) -> None:
    def ended() -> bool:
        ((found, error),) = stack.look(STATUS, {"job": job})
        assert found in {"pending", "processing", status}, f"{found} instead of {status}: {error}"
        return bool(found == status)

    stack.wait_until(ended, f"the import is {status}", seconds)


def has_lease(stack: Stack, job: str, token: int) -> bool:
    return stack.number(TOKEN, {"job": job}) == token


@staging_and_merging
def test_a_cancelled_import_ends_at_once_keeps_its_chunks_and_can_be_retried(
    stack: Stack, tmp_path: Path, moment: Moment
) -> None:
    (job,) = queue(stack, tmp_path, LONG)
    wait_for_aim(stack, moment, far=FAR[moment])
    stack.ask("cancel", job)
    wait_for_status(stack, job, "cancelled", seconds=10)

    ((created, chunks),) = stack.look(MERGED, {"job": job})
    assert len(book(stack)) == created
    assert (3 if moment is Moment.MERGING else 0) <= chunks < CHUNKS

    stack.ask("retry", job)
    wait_for_status(stack, job, "completed")
    expect_all_imported(stack, [job], [LONG])


def test_an_import_that_is_killed_five_times_in_a_row_fails_with_a_sentence_and_can_be_retried(
    stack: Stack, tmp_path: Path
) -> None:
    (job,) = queue(stack, tmp_path, LONG)
    for lease in range(1, 6):
        stack.wait_until(partial(has_lease, stack, job, lease), f"lease {lease}")
        aim = wait_for_aim(stack, Moment.STAGING)
        os.kill(aim.child, signal.SIGKILL)
    wait_for_status(stack, job, "failed")
    ((_, error),) = stack.look(STATUS, {"job": job})
    assert error == (
        "The work was interrupted 5 times in a row without getting further. "
        "Retry it when the workers and the database run steadily."
    )

    stack.ask("retry", job)
    wait_for_status(stack, job, "completed")
    expect_all_imported(stack, [job], [LONG])


@staging_and_merging
def test_an_import_whose_session_the_operator_ends_goes_on(
    stack: Stack, tmp_path: Path, moment: Moment
) -> None:
    (job,) = queue(stack, tmp_path, LONG)
    aim = wait_for_aim(stack, moment, far=FAR[moment])
    # As pg_terminate_backend does.
    os.kill(aim.session, signal.SIGTERM)
    wait_for_status(stack, job, "completed")
    expect_all_imported(stack, [job], [LONG])


def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_begun(
    stack: Stack, tmp_path: Path
) -> None:
    jobs = queue(stack, tmp_path, LONG, SHORT)
    wait_for_aim(stack, Moment.MERGING, far=1)
    worker = stack.process("worker")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert stack.look(STATUS, {"job": jobs[0]}) == [("completed", "")]

    stack.start("worker")
    wait_for_status(stack, jobs[1], "completed")
    expect_all_imported(stack, jobs, [LONG, SHORT])


@staging_and_merging
def test_an_import_goes_on_after_its_worker_was_stopped_with_all_its_processes(
    stack: Stack, tmp_path: Path, moment: Moment
) -> None:
    """As systemd stops a service: SIGTERM to every process of it, children included."""
    (job,) = queue(stack, tmp_path, LONG)
    wait_for_aim(stack, moment, far=FAR[moment])
    worker = stack.process("worker")
    os.killpg(worker.pid, signal.SIGTERM)
    worker.wait(30)

    stack.start("worker")
    wait_for_status(stack, job, "completed")
    expect_all_imported(stack, [job], [LONG])


@staging_and_merging
def test_an_import_goes_on_after_its_worker_was_stopped_without_patience(
    stack: Stack, tmp_path: Path, moment: Moment
) -> None:
    """As `pricebook up` ends: SIGTERM, and soon SIGQUIT."""
    (job,) = queue(stack, tmp_path, LONG)
    wait_for_aim(stack, moment, far=FAR[moment])
    worker = stack.process("worker")
    worker.send_signal(signal.SIGTERM)
    worker.send_signal(signal.SIGQUIT)
    worker.wait(30)

    stack.start("worker")
    wait_for_status(stack, job, "completed")
    expect_all_imported(stack, [job], [LONG])

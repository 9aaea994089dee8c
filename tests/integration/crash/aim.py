"""Finding a job at a chosen moment of its work, by what PostgreSQL does for it just now."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from tests.integration.crash.stack import Stack


class Moment(StrEnum):
    """What a job is doing."""

    STAGING = "staging"
    MERGING = "merging"
    ANY = "any moment"


class Aim(NamedTuple):
    """A job at that moment, and the ids of the two processes that work on it."""

    job: str
    session: int
    child: int


# How far: rows copied while staging, change sets written while merging.
_AT_WORK = """
    WITH at_work AS (
        SELECT j.id::text, a.pid, j.worker, CASE j.phase
            WHEN 'staging' THEN coalesce(c.tuples_processed, 1000000)
            ELSE (SELECT count(*) FROM changes_changeset s WHERE s.job_id = j.id) END AS far
        FROM pg_stat_activity a
        JOIN jobs_job j
          ON j.id = substring(a.query FROM 'import_staging_([0-9a-f]{32})_')::uuid
        LEFT JOIN pg_stat_progress_copy c ON c.pid = a.pid
        WHERE a.pid <> pg_backend_pid() AND a.state <> 'idle'
          AND j.status = 'processing' AND j.phase = %(phase)s
    )
    SELECT id, pid, worker FROM at_work WHERE far >= %(far)s LIMIT 1
"""


def find_aim(stack: Stack, moment: Moment, *, far: int = 0) -> Aim | None:
    """Return a job that is so far in its staging or merging, if there is one now."""
    where = {"phase": moment.value, "far": far}
    for job, session, worker in stack.look(_AT_WORK, where):
        return Aim(job, session, int(worker.rpartition(":")[2]))
    return None


def wait_for_aim(stack: Stack, moment: Moment, *, far: int = 0) -> Aim:
    """Return a job as soon as it is so far in its staging or merging."""
    found: list[Aim] = []

    def look() -> bool:
        aim = find_aim(stack, moment, far=far)
        if aim is not None:
            found.append(aim)
        return aim is not None

    stack.wait_until(look, f"a job is {moment}, {far} steps far")
    return found[0]

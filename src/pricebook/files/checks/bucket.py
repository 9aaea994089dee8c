"""The checks of a bucket: who answers there, whether it is ours, and all that is done with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pricebook.files.bucket import Bucket
from pricebook.files.checks.bench import Bench
from pricebook.files.checks.cors import check_cors
from pricebook.files.checks.exchange import Answer, Unreachable, send
from pricebook.files.checks.results import (
    AFTER_FAILURE,
    GUIDE,
    Failed,
    Outcome,
    Result,
    run,
    skipped,
    variable,
)
from pricebook.files.checks.store import check_clearing, check_store
from pricebook.files.checks.writing import sample
from pricebook.files.contract import StorageUnavailable
from pricebook.files.s3 import S3Storage, connect

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# S3 takes requests that are up to 15 minutes off; addresses live longer or shorter by as much.
_CLOCK_SECONDS: Final = 60
_SIGNED_SECONDS: Final = 60
_RANGE: Final = slice(100, 200)
_ADVICE: Final = f"Give the access key the rights that {GUIDE} lists, or use another storage."
_LIFECYCLE: Final = (
    "Not looked at: let a lifecycle rule of the bucket abort incomplete multipart uploads after"
    f" 1 day ({GUIDE}). Pricebook gives them up itself while it runs."
)
_UNKNOWN_KEY: Final = frozenset({"InvalidAccessKeyId", "Unauthorized"})
_OTHER_REGION: Final = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "AuthorizationQueryParametersError",
        "IllegalLocationConstraintException",
        "PermanentRedirect",
        "TemporaryRedirect",
    }
)


def check_bucket(bucket: Bucket, origins: Sequence[str]) -> Iterator[Result]:
    """Run all checks of a bucket; without a way in, the rest is skipped."""
    door = _Door(bucket, connect(bucket))
    for name, check in (("address", door.check_address), ("bucket", door.check_access)):
        result = run(name, check)
        yield result
        if result.outcome is not Outcome.PASSED:
            yield skipped("rest", AFTER_FAILURE)
            return
    bench = Bench(S3Storage(bucket), _ADVICE)
    try:
        yield from check_store(bench, door.seconds_ahead)
        yield run("range", partial(door.check_range, bench))
        yield run("cors", partial(check_cors, bench, bucket, origins))
        yield run("clear", partial(check_clearing, bench))
    finally:
        with suppress(StorageUnavailable):
            bench.clear()
    yield skipped("lifecycle", _LIFECYCLE)


class _Door:
    """The way into a bucket: its address and the access key."""

    def __init__(self, bucket: Bucket, client: S3Client) -> None:
        self._bucket = bucket
        self._client = client
        # By how much our clock is before that of storage.
        self.seconds_ahead = 0.0

    def check_address(self) -> str:
        """Look for the storage, and at its clock."""
        origin = self._bucket.origin
        try:
            answer = send("GET", f"{origin}/")
        except Unreachable as error:
            change = f"Set {variable('ENDPOINT_URL')} to the address of the storage."
            raise Failed(str(error), change) from error
        self.seconds_ahead = _seconds_ahead(answer)
        if abs(self.seconds_ahead) > _CLOCK_SECONDS:
            side = "ahead of" if self.seconds_ahead > 0 else "behind"
            sentence = f"This machine's clock is {abs(self.seconds_ahead):.0f} s {side} storage's."
            change = "Set the clock, for example by `timedatectl set-ntp true`."
            raise Failed(sentence, change)
        return f"{origin} answers, and its clock agrees with ours."

    def check_access(self) -> str:
        """List the bucket with the access key, by an address as it is signed for uploads."""
        name = self._bucket.name
        answer = send("GET", self._sign("list_objects_v2", MaxKeys=1))
        if answer.is_ok:
            return f"The access key opens the bucket {name}."
        raise self._no_access(answer)

    def check_range(self, bench: Bench) -> str:
        """Read the middle of a file, as workers do whose connection broke."""
        body = sample(_RANGE.stop * 2)
        trial = bench.sign(body)
        bench.put_well(trial.signed, body)
        answer = send(
            "GET",
            self._sign("get_object", Key=trial.key),
            headers={"Range": f"bytes={_RANGE.start}-{_RANGE.stop - 1}"},
        )
        if answer.status != HTTPStatus.PARTIAL_CONTENT or answer.body != body[_RANGE]:
            sentence = f"A part of a file cannot be read by range: {answer.summary}."
            change = f"Give the access key s3:GetObject, or use another storage ({GUIDE})."
            raise Failed(sentence, change)
        return "A file can be read from any place on."

    def _sign(self, operation: str, **parameters: object) -> str:
        return self._client.generate_presigned_url(
            operation,
            Params={"Bucket": self._bucket.name, **parameters},
            ExpiresIn=_SIGNED_SECONDS,
        )

    def _no_access(self, answer: Answer) -> Failed:
        """Return what a refused listing says, and what to change."""
        name, region = self._bucket.name, self._bucket.region
        code = answer.element("Code")
        if code in _UNKNOWN_KEY or answer.status == HTTPStatus.UNAUTHORIZED:
            sentence = f"Storage does not know the access key ({answer.summary})."
            return Failed(sentence, f"Correct {variable('ACCESS_KEY_ID')}.")
        if code == "SignatureDoesNotMatch":
            sentence = f"The access key and the secret do not belong together ({answer.summary})."
            return Failed(sentence, f"Correct {variable('SECRET_ACCESS_KEY')} or the access key.")
        if code in _OTHER_REGION:
            right = answer.headers.get("x-amz-bucket-region") or answer.element("Region")
            sentence = f"The region {region} is not that of the bucket ({answer.summary})."
            return Failed(sentence, f"Set {variable('REGION')} to {right or 'its region'}.")
        if answer.status == HTTPStatus.NOT_FOUND:
            sentence = f"There is no bucket {name} here ({answer.summary})."
            return Failed(sentence, f"Create it, or correct {variable('BUCKET_NAME')}.")
        if answer.status == HTTPStatus.FORBIDDEN:
            sentence = f"The access key may not list the bucket {name} ({answer.summary})."
            change = (
                f"If the bucket is yours, give the key the rights of {GUIDE};"
                f" if it is somebody else's, correct {variable('BUCKET_NAME')}."
            )
            return Failed(sentence, change)
        sentence = f"A signed listing of the bucket {name} is answered with {answer.summary}."
        return Failed(sentence, f"Look whether {variable('ENDPOINT_URL')} is that of an S3 API.")


def _seconds_ahead(answer: Answer) -> float:
    """Return by how much our clock is before that of the answer, 0 when it says no time."""
    try:
        return time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return 0

"""The storage that the settings name: a bucket, or else a folder of this machine (A2)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pricebook.files.local import LocalStorage

if TYPE_CHECKING:
    from pricebook.files.bucket import Bucket
    from pricebook.files.contract import Storage


def storage() -> Storage:
    """Return the storage in use."""
    if settings.BUCKET is None:
        return local_storage()
    return _in_bucket(settings.BUCKET)


def local_storage() -> LocalStorage:
    """Return the folder: it is there beside a bucket too, for forms and archives on their way."""
    return LocalStorage(Path(settings.FILES_ROOT))


@lru_cache(maxsize=4)
def _in_bucket(bucket: Bucket) -> Storage:
    # Here, because boto3 takes half a second to load, and most installations do without a bucket.
    from pricebook.files.s3 import S3Storage  # noqa: PLC0415

    return S3Storage(bucket)

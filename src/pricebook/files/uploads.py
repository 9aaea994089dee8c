"""Uploads that go straight to storage: opened, signed for, finished, given up (A2).

The product only signs; the bytes go from their sender to storage. An upload belongs to whoever
opened it, becomes one file, and is forgotten when it takes too long.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pricebook.core.errors import PermanentError
from pricebook.files.contract import (
    MAX_PARTS,
    Content,
    NoSuchMultipart,
    Part,
    SignedPut,
    StorageUnavailable,
)
from pricebook.files.keys import new_key
from pricebook.files.models import StoredFile, Upload
from pricebook.files.receive import FileRefused, FileTooLarge, shown_name
from pricebook.files.storage import local_storage, storage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pricebook.accounts.models import User

log = logging.getLogger(__name__)

DEFAULT_TYPE: Final = "application/octet-stream"
# How many missing parts a sentence names.
_NAMED: Final = 10


class UploadNotFound(PermanentError):
    """There is no such upload, it is somebody else's, or its file is not there."""


class UploadIncomplete(PermanentError):
    """Some parts have not arrived yet; the text says which."""


class UploadEnded(PermanentError):
    """The upload has become a file already."""


@dataclass(frozen=True, slots=True)
class PartToSend:
    """A part that somebody is about to send, and its checksum (`Content.crc32`)."""

    number: int
    crc32: str


def open_upload(
    *, actor: User, name: str, size: int, content_type: str = "", crc32: str = ""
) -> Upload:
    """Open an upload of `size` bytes, in parts when it is large. Raises FileRefused."""
    _check_size(size)
    key, content_type = new_key(), content_type or DEFAULT_TYPE
    multipart, part_size = "", None
    if size > settings.UPLOAD_WHOLE_BYTES:
        part_size = _part_size(size)
        multipart = storage().begin_multipart(key, content_type)
    return Upload.objects.create(
        key=key,
        name=shown_name(name),
        size=size,
        content_type=content_type,
        crc32=crc32,
        multipart=multipart,
        part_size=part_size,
        created_by=actor,
        expires_at=timezone.now() + settings.UPLOAD_LIFETIME,
    )


def find_upload(upload_id: UUID, *, actor: User) -> Upload:
    """Return somebody's own upload. Raises UploadNotFound."""
    found = Upload.objects.open_to(actor).filter(pk=upload_id).first()
    if found is None:
        message = f"There is no upload {upload_id} of yours; it may have expired."
        raise UploadNotFound(message)
    return found


def sign_whole(upload: Upload) -> SignedPut:
    """Sign the address to which a file goes in one piece."""
    content = Content(upload.size, upload.content_type, upload.crc32)
    return storage().sign_put(upload.key, content, settings.UPLOAD_ADDRESS_LIFETIME)


def sign_part(upload: Upload, part: PartToSend) -> SignedPut:
    """Sign the address of one part. The number has to be one of the upload's."""
    content = Content(upload.size_of(part.number), crc32=part.crc32)
    lifetime = settings.UPLOAD_ADDRESS_LIFETIME
    return storage().sign_part(upload.key, upload.multipart, part.number, content, lifetime)


def arrived_parts(upload: Upload) -> list[Part]:
    """Return the parts that storage has whole, by number; none once they are a file."""
    if not upload.multipart or upload.file_id is not None:
        return []
    try:
        found = storage().list_parts(upload.key, upload.multipart)
    except NoSuchMultipart:
        return []
    return [part for part in found if part.size == upload.size_of(part.number)]


def finish_upload(upload: Upload) -> StoredFile:
    """Make the file of what has arrived; whoever calls it holds the upload's row.

    A call that was cut off can be repeated. Raises UploadNotFound and UploadIncomplete.
    """
    size = storage().size(upload.key)
    if size is None and upload.multipart:
        _join(upload)
        size = storage().size(upload.key)
    if size is None:
        message = f"The file of the upload {upload.pk} has not arrived. Send it first."
        raise UploadNotFound(message)
    if size != upload.size:
        message = f"{upload.size:,} bytes were announced, and {size:,} have arrived."
        raise UploadIncomplete(message)
    file = StoredFile.objects.create(
        key=upload.key, name=upload.name, size=size, created_by=upload.created_by
    )
    upload.file = file
    upload.save(update_fields=["file"])
    return file


@transaction.atomic
def give_up(upload: Upload) -> None:
    """Forget an upload and what has arrived of it. Raises UploadEnded when it is a file already."""
    held = Upload.objects.select_for_update().get(pk=upload.pk)
    if held.file_id is not None:
        message = "This upload has become a file already; cancel its import instead."
        raise UploadEnded(message)
    held.given_up = True
    held.save(update_fields=["given_up"])
    _forget_content(held)


def forget_uploads() -> int:
    """Forget the uploads whose time is over, and what nobody knows of; return how many."""
    now = timezone.now()
    expired = Upload.objects.filter(expires_at__lte=now)
    abandoned = [pk for pk in expired.filter(file=None).values_list("pk", flat=True) if _forget(pk)]
    finished, _ = expired.exclude(file=None).delete()
    # Twice the time: nothing that has a row is taken away here. The folder is swept even where
    # files go to a bucket: forms and archives are spooled in it.
    long_ago = now - 2 * settings.UPLOAD_LIFETIME
    unknown = local_storage().forget_unfinished(long_ago)
    if settings.BUCKET is not None:
        unknown += storage().forget_unfinished(long_ago)
    return len(abandoned) + finished + unknown


def _forget(upload_id: UUID) -> bool:
    """Delete an upload that became no file; say whether that was done."""
    try:
        with transaction.atomic():
            held = Upload.objects.select_for_update().filter(pk=upload_id, file=None).first()
            if held is None:
                return False
            _forget_content(held)
            held.delete()
            return True
    except StorageUnavailable as error:
        # The others need not wait for this one; its turn comes again.
        log.warning("Upload %s could not be forgotten: %s", upload_id, error)
        return False


def _forget_content(upload: Upload) -> None:
    if upload.multipart:
        storage().abort_multipart(upload.key, upload.multipart)
    storage().delete(upload.key)


def _check_size(size: int) -> None:
    if size == 0:
        message = "The file is empty."
        raise FileRefused(message)
    if size > settings.IMPORT_MAX_BYTES:
        raise FileTooLarge


def _part_size(size: int) -> int:
    """Return the usual size of a part, or a multiple when that would give too many of them."""
    usual: int = settings.UPLOAD_PART_BYTES
    return usual * -(-size // (usual * MAX_PARTS))


def _join(upload: Upload) -> None:
    """Make one file of the parts. Raises UploadIncomplete."""
    parts = arrived_parts(upload)
    missing = sorted(set(range(1, upload.part_count + 1)) - {part.number for part in parts})
    if missing:
        raise UploadIncomplete(_missing(missing, upload.part_count))
    try:
        storage().complete_multipart(upload.key, upload.multipart, parts)
    except NoSuchMultipart as error:
        # The answer to an earlier call may have got lost: then the file is there.
        if storage().size(upload.key) is None:
            message = f"Storage has given up the upload {upload.pk}. Begin a new one."
            raise UploadNotFound(message) from error


def _missing(missing: Sequence[int], count: int) -> str:
    named = ", ".join(map(str, missing[:_NAMED]))
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return f"Of {count} parts, these have not arrived yet: {named}{more}."

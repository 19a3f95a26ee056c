"""Evidence 原始凭证附件 as values: files by the digest of their bytes, and the vouchers they hang on."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.problems import Problem
from schemas.units import Instant, PersonId, Value, VoucherId

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a file's bytes in lower-case hex."""


class MediaType(StrEnum):
    """The kinds of file that are kept, judged by content and never by name."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    TIFF = "image/tiff"
    OFD = "application/ofd"
    XML = "application/xml"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    CSV = "text/csv"


SCANS = tuple(kind for kind in MediaType if kind not in {MediaType.XLSX, MediaType.CSV})
"""The kinds a voucher or another paper may carry."""
TABLES = (MediaType.XLSX, MediaType.CSV)
"""The kinds figures from outside come in."""


class EvidenceFile(Value):
    """A file whose bytes were looked at and lie in the store: digest, kind, size in bytes, and a safe name."""

    sha256: Sha256
    media_type: MediaType
    size: Annotated[int, Meta(gt=0)]
    name: Annotated[str, Meta(min_length=1, max_length=120)]


class NewAttachment(Value):
    """One item of a batch: hang this file on this voucher."""

    voucher: VoucherId
    file: EvidenceFile


class Attachment(Value):
    """A file on a voucher: who hung it there and when."""

    voucher: VoucherId
    file: EvidenceFile
    added_by: PersonId
    at: Instant


class AttachOutcome(Value):
    """What became of one item: the attachment, or the problems that kept it off. ``replayed``: the file hung there
    before, and the first attachment stays as it is."""

    attachment: Attachment | None = None
    problems: tuple[Problem, ...] = ()
    replayed: bool = False


class StoredFile(Value):
    """A file the book relies on, and every voucher that shows it, by number or id as a list names it."""

    sha256: Sha256
    media_type: MediaType
    size: int
    vouchers: tuple[str, ...]

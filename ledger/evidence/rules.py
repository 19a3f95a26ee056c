"""What a file must be to prove a voucher, and what must hold of the files a book relies on.

A scan is named by the SHA-256 of its bytes, so one changed byte is another file. The kind of a file is judged by
its first bytes, never by its name: ``发票.pdf`` that begins with 89 50 4E 47 is a PNG and is called ``发票.pdf.png``.
Nothing is decoded or unpacked here; a picture that would unfold to gigabytes is only ever a few bytes long.

>>> media_type_of(b"%PDF-1.7 ...")
<MediaType.PDF: 'application/pdf'>
>>> safe_name("C:\\\\扫描\\\\发票.pdf", MediaType.PNG)
'发票.pdf.png'
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ledger import texts
from ledger.seal.rules import digest_of_bytes
from schemas.evidence import TABLES, Attachment, EvidenceFile, MediaType, StoredFile
from schemas.journals import VoucherLabel
from schemas.log import LogEntry
from schemas.periods import Check
from schemas.problems import Fault, Problem, Severity
from schemas.units import BookId
from schemas.vouchers import State

BIGGEST_FILE = 20 * 1024 * 1024
"""Bytes a file may have: a scanned contract of forty pages."""

LONGEST_NAME = 120
"""Characters of a kept name."""

ATTACHED = "evidence.attach"
"""The act under which the log seals an attachment."""

file_must_not_be_empty = Fault(
    code="file_must_not_be_empty", says="The file {name} is empty.", remedy="Scan or save it again."
)
file_must_not_be_too_big = Fault(
    code="file_must_not_be_too_big",
    says="The file {name} has {size} MB; at most {limit} MB are kept.",
    remedy="Scan it in grey at 200 dpi, or split it.",
)
file_must_be_of_a_known_kind = Fault(
    code="file_must_be_of_a_known_kind",
    says="The file {name} is neither PDF, OFD, XML e-voucher nor picture (PNG, JPEG, WebP, TIFF).",
    remedy="Save it as one of these; a file's name does not matter, its content does.",
)
voucher_must_take_evidence = Fault(
    code="voucher_must_take_evidence",
    says="Voucher {voucher} was withdrawn and takes no evidence.",
    remedy="Attach the file to the voucher that took its place.",
)
file_also_proves_another = Fault(
    code="file_also_proves_another",
    says="The file {name} also hangs on voucher {voucher} of {date}.",
    remedy="Look whether the same paper was booked twice; if it rightly proves both, nothing is left to do.",
    severity=Severity.WARNING,
)
voucher_should_have_evidence = Fault(
    code="voucher_should_have_evidence",
    says="Voucher {voucher} of {date} has no file attached and declares no originals.",
    remedy="Attach the scan; on a draft the number of paper originals may be declared instead.",
    severity=Severity.WARNING,
)
file_must_be_in_the_store = Fault(
    code="file_must_be_in_the_store",
    says="Book {book}: the file {sha256} of voucher {vouchers} is missing from the evidence store.",
    remedy="Restore it from a backup, or attach the original again: the same bytes have the same name.",
)
file_must_be_unchanged = Fault(
    code="file_must_be_unchanged",
    says="Book {book}: the file {sha256} of voucher {vouchers} was changed; its bytes now are {found}.",
    remedy="Restore it from a backup; whoever can write to the store can tell what happened.",
)
file_must_have_its_size = Fault(
    code="file_must_have_its_size",
    says="Book {book}: the file {sha256} of voucher {vouchers} is kept as {kept} bytes of {media_type}, but has {size} of {found}.",
    remedy="Somebody changed the table of evidence behind the service's back; compare with a backup.",
)
attachment_must_be_sealed = Fault(
    code="attachment_must_be_sealed",
    says="Book {book}: the file {name} ({sha256}) on voucher {voucher} is not what the log sealed.",
    remedy="Somebody added or changed it behind the service's back; compare with a backup.",
)
sealed_attachment_must_be_there = Fault(
    code="sealed_attachment_must_be_there",
    says="Book {book}: the log says (entry {seq}) that {what} ({sha256}) hangs on {subject}, but it does not.",
    remedy="Somebody removed or changed it behind the service's back; restore it from a backup.",
)

_SUFFIXES = {
    MediaType.PDF: (".pdf",),
    MediaType.PNG: (".png",),
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.WEBP: (".webp",),
    MediaType.TIFF: (".tif", ".tiff"),
    MediaType.OFD: (".ofd",),
    MediaType.XML: (".xml",),
    MediaType.XLSX: (".xlsx",),
    MediaType.CSV: (".csv",),
}
_BEGINNINGS = (
    (b"%PDF-", MediaType.PDF),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"II*\x00", MediaType.TIFF),
    (b"MM\x00*", MediaType.TIFF),
)
# An e-voucher is UTF-8 or GBK, whose mark-up is plain ASCII. One with a DOCTYPE could pull in entities, and a page
# or drawing could carry a script, so neither passes for an e-voucher.
_XML_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]{0,200}\?>(?:\s|<!--(?:(?!-->).){0,4000}-->|<\?(?:(?!\?>).){0,1000}\?>)*"
    rb"<(?:[A-Za-z0-9_.\x80-\xff-]{1,100}:)?([A-Za-z_\x80-\xff][A-Za-z0-9_.\x80-\xff-]{0,100})[\s/>]",
    re.DOTALL,
)
_PAGES = frozenset({b"html", b"svg", b"script", b"stylesheet", b"transform"})


def media_type_of(content: bytes) -> MediaType | None:
    """The kind of a file by its bytes; None when it is none a voucher may carry."""
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if content.startswith(b"PK\x03\x04") and "OFD.xml" in _names_in_archive(content):
        return MediaType.OFD
    root = _XML_ROOT.match(content)
    if root is not None and root[1].lower() not in _PAGES and b"<!DOCTYPE" not in content:
        return MediaType.XML
    return None


def table_type_of(content: bytes) -> MediaType | None:
    """The kind of a table by its bytes: a workbook, or text in UTF-8, UTF-16 or GBK; None where it is neither."""
    if content.startswith(b"PK\x03\x04"):
        return MediaType.XLSX if "xl/workbook.xml" in _names_in_archive(content) else None
    return None if texts.decoded(content) is None else MediaType.CSV


def _names_in_archive(content: bytes) -> Iterator[str]:
    """The names in a ZIP archive's directory, read without unpacking anything."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if end < 0 or end + 22 > len(content):
        return
    entries = int.from_bytes(content[end + 10 : end + 12], "little")
    place = int.from_bytes(content[end + 16 : end + 20], "little")
    for _ in range(entries):
        head = content[place : place + 46]
        if len(head) < 46 or not head.startswith(b"PK\x01\x02"):
            return
        length, extra, comment = (int.from_bytes(head[start : start + 2], "little") for start in (28, 30, 32))
        yield content[place + 46 : place + 46 + length].decode("utf-8", errors="replace")
        place += 46 + length + extra + comment


def safe_name(name: str, media_type: MediaType) -> str:
    """A file's name fit to be shown and served: no folders, no control or direction marks, no leading dots, at
    most 120 characters, ending as its kind does. 附件 stands in for a name with nothing left."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in last)
    plain = re.sub(r'[\s<>:"|?*]+', " ", seen).strip(" .") or "附件"
    suffixes = _SUFFIXES[media_type]
    stem, suffix = plain, suffixes[0]
    for known in suffixes:
        if plain.lower().endswith(known):
            stem, suffix = plain[: -len(known)], plain[-len(known) :]
    return f"{stem[: LONGEST_NAME - len(suffix)] or '附件'}{suffix}"


def faults_of_file(content: bytes, *, name: str) -> tuple[Problem, ...]:
    """Why a file is not taken: empty, over 20 MB, or of no kind a voucher may carry."""
    if not content:
        return (file_must_not_be_empty.at("/file", name=name),)
    if len(content) > BIGGEST_FILE:
        size = -(-len(content) * 10 // (1024 * 1024))
        return (
            file_must_not_be_too_big.at(
                "/file", name=name, size=f"{size // 10}.{size % 10}", limit=BIGGEST_FILE // (1024 * 1024)
            ),
        )
    if media_type_of(content) is None:
        return (file_must_be_of_a_known_kind.at("/file", name=name),)
    return ()


def described(
    content: bytes, *, name: str, of: Callable[[bytes], MediaType | None] = media_type_of
) -> EvidenceFile:
    """A file without faults as the books know it; ``of`` tells its kind."""
    media_type = of(content)
    assert media_type is not None, "faults_of_file is asked first"
    assert 0 < len(content) <= BIGGEST_FILE, "faults_of_file is asked first"
    return EvidenceFile(
        sha256=digest_of_bytes(content),
        media_type=media_type,
        size=len(content),
        name=safe_name(name, media_type),
    )


def fault_of_voucher(state: State, *, voucher: str) -> tuple[Problem, ...]:
    """Evidence may be added in any state, posted and its month closed included; only not to what was withdrawn."""
    return (voucher_must_take_evidence.at("/voucher", voucher=voucher),) if state is State.WITHDRAWN else ()


def sealed_text(file: EvidenceFile) -> str:
    """What the log says of an attachment beside its digest."""
    return f"{file.name} ({file.media_type}, {file.size})"


def warnings_of_reuse(
    attachments: Iterable[Attachment], *, others: Mapping[str, Sequence[VoucherLabel]]
) -> tuple[Problem, ...]:
    """A warning for every other voucher that carries one of these files: the paper may be booked, or paid, twice
    (财会〔2024〕12号 art. 21-2). One original may rightly prove several vouchers (art. 51-4), so nothing is refused. The
    pointer is where the other voucher is, within its book."""
    return tuple(
        file_also_proves_another.at(
            f"/vouchers/{other.id}", name=attachment.file.name, voucher=other.text, date=other.date
        )
        for attachment in attachments
        for other in others.get(attachment.file.sha256, ())
        if other.id != attachment.voucher
    )


def check_of_evidence(without: Sequence[VoucherLabel]) -> Check:
    """Every voucher has its originals (art. 51-4); those without are listed and stop nothing."""
    return Check(
        name="evidence",
        says="Every voucher has its originals, scanned or declared.",
        link="vouchers",
        problems=tuple(
            voucher_should_have_evidence.at(
                f"/vouchers/{voucher.id}", voucher=voucher.text, date=voucher.date
            )
            for voucher in without
        ),
    )


def faults_of_store(
    rows: Iterable[StoredFile], *, book: BookId, read: Callable[[str], bytes | None]
) -> Iterator[Problem]:
    """Every file a book relies on whose bytes are missing or not the ones it was named by, with its vouchers.

    ``read`` gives the bytes kept under a digest, unverified, or None where there are none.
    """
    for row in rows:
        vouchers = ", ".join(row.vouchers) or "—"
        where = f"/evidence/{row.sha256}"
        content = read(row.sha256)
        if content is None:
            yield file_must_be_in_the_store.at(where, book=book, sha256=row.sha256, vouchers=vouchers)
            continue
        kind_of = table_type_of if row.media_type in TABLES else media_type_of
        found, kind = digest_of_bytes(content), kind_of(content)
        if found != row.sha256:
            yield file_must_be_unchanged.at(
                where, book=book, sha256=row.sha256, vouchers=vouchers, found=found
            )
        elif (len(content), kind) != (row.size, row.media_type):
            yield file_must_have_its_size.at(
                where,
                book=book,
                sha256=row.sha256,
                vouchers=vouchers,
                kept=row.size,
                media_type=row.media_type,
                size=len(content),
                found=kind,
            )


def faults_of_attachments(
    attachments: Iterable[Attachment], sealed: Iterable[LogEntry], *, book: BookId
) -> Iterator[Problem]:
    """Every attachment that is not what the log sealed, and every sealed one that is gone."""
    acts = [entry for entry in sealed if entry.act == ATTACHED]
    says = {(entry.subject, entry.content): entry for entry in acts}
    there = set()
    for attachment in attachments:
        file, key = attachment.file, (f"voucher:{attachment.voucher}", attachment.file.sha256)
        entry = says.get(key)
        if entry is None or (entry.after, entry.by, entry.at) != (
            sealed_text(file),
            attachment.added_by,
            attachment.at,
        ):
            yield attachment_must_be_sealed.at(
                f"/attachments/{attachment.voucher}/{file.sha256}",
                book=book,
                name=file.name,
                sha256=file.sha256,
                voucher=attachment.voucher,
            )
        there.add(key)
    for key, entry in says.items():
        if key not in there:
            yield sealed_attachment_must_be_there.at(
                f"/log/{entry.seq}",
                book=book,
                seq=entry.seq,
                what=entry.after,
                sha256=entry.content,
                subject=entry.subject,
            )

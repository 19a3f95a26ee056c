"""A file is what its bytes are, and what a book relies on is proved byte by byte."""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from ledger.evidence.rules import (
    BIGGEST_FILE,
    check_of_evidence,
    described,
    faults_of_attachments,
    faults_of_file,
    faults_of_store,
    media_type_of,
    safe_name,
    sealed_text,
    warnings_of_reuse,
)
from schemas.evidence import Attachment, EvidenceFile, MediaType, StoredFile
from schemas.journals import VoucherLabel
from schemas.log import LogEntry
from schemas.vouchers import State, Word

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def an_archive(*names: str) -> bytes:
    """A ZIP archive with files of these names."""
    folder = BytesIO()
    with ZipFile(folder, "w", ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<x/>" * 100)
    return folder.getvalue()


OFD = an_archive("OFD.xml", "Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", MediaType.PDF),
        (PNG, MediaType.PNG),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", MediaType.JPEG),
        (b"\xff\xd8\xff\xe1\x00\x10Exif", MediaType.JPEG),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", MediaType.WEBP),
        (b"II*\x00\x08\x00\x00\x00", MediaType.TIFF),
        (b"MM\x00*\x00\x00\x00\x08", MediaType.TIFF),
        (OFD, MediaType.OFD),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n<EInvoice>\n</EInvoice>', MediaType.XML),
        (b'\xef\xbb\xbf<?xml version="1.0"?><!-- x --><inv:Invoice xmlns:inv="urn:x"/>', MediaType.XML),
        ('<?xml version="1.0" encoding="GBK"?><电子发票 号="1"/>'.encode("gbk"), MediaType.XML),
        # none of these proves a voucher, whatever they are called
        (b"", None),
        (b"MZ\x90\x00", None),
        (b"GIF89a", None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"<html><script>alert(1)</script></html>", None),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', None),
        (b'<?xml version="1.0"?><x:html xmlns:x="http://www.w3.org/1999/xhtml"/>', None),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', None),
        (b'<?xml version="1.0"?>', None),
        (an_archive("word/document.xml", "[Content_Types].xml"), None),
        (an_archive("inner/OFD.xml"), None),
        (OFD[:-10], None),
        (b"PK\x03\x04" + b"\x00" * 60, None),
        (b"PK\x03\x04PK\x05\x06" + b"\xff" * 18, None),
        ("日期,摘要\n".encode(), None),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_content(content: bytes, kind: MediaType | None) -> None:
    assert media_type_of(content) is kind


def test_an_xml_that_never_ends_its_prologue_is_judged_at_once() -> None:
    assert media_type_of(b'<?xml version="1.0"?>' + b"<!--x-->" * 400_000) is None
    assert media_type_of(b'<?xml version="1.0"?>' + b"<!-" * 1_000_000) is None


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("发票.pdf", MediaType.PDF, "发票.pdf"),
        ("IMG_0001.JPG", MediaType.JPEG, "IMG_0001.JPG"),
        ("scan.jpeg", MediaType.JPEG, "scan.jpeg"),
        ("../../etc/passwd", MediaType.PDF, "passwd.pdf"),
        ("C:\\扫描\\合同.pdf", MediaType.PDF, "合同.pdf"),
        ("发票.pdf", MediaType.PNG, "发票.pdf.png"),
        ("page.html", MediaType.XML, "page.html.xml"),
        ("", MediaType.TIFF, "附件.tif"),
        ("...", MediaType.WEBP, "附件.webp"),
        (".pdf", MediaType.PDF, "pdf.pdf"),
        ("a\x00b\nc\r\nd.png", MediaType.PNG, "a b c d.png"),
        ("invoice\u202efdp.png", MediaType.PNG, "invoice fdp.png"),
        ('a<b>:"c"|d?*.ofd', MediaType.OFD, "a b c d .ofd"),
        ("牛" * 300 + ".pdf", MediaType.PDF, "牛" * 116 + ".pdf"),
    ],
)
def test_a_name_is_made_safe(name: str, kind: MediaType, kept: str) -> None:
    assert safe_name(name, kind) == kept
    assert len(kept) <= 120


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "file_must_not_be_empty", "The file 发票.pdf is empty."),
        (b"%PDF-" + b"0" * BIGGEST_FILE, "file_must_not_be_too_big", "has 20.1 MB; at most 20 MB"),
        (b"MZ", "file_must_be_of_a_known_kind", "is neither PDF"),
    ],
)
def test_a_file_that_proves_nothing_is_refused(content: bytes, code: str, says: str) -> None:
    (problem,) = faults_of_file(content, name="发票.pdf")
    assert (problem.code, problem.pointer) == (code, "/file")
    assert says in str(problem)


def test_a_file_of_exactly_twenty_megabytes_is_taken() -> None:
    content = b"%PDF-" + b"0" * (BIGGEST_FILE - 5)
    assert faults_of_file(content, name="x") == ()
    assert described(content, name="x").size == 20 * 1024 * 1024


def test_a_file_is_named_by_its_bytes() -> None:
    assert described(b"%PDF-1.4\n", name="x.pdf") == EvidenceFile(
        sha256="e5c62df5dab5c87b6a015ef3d43597074d1eec433b15f51aec63b8582d0e4ab4",
        media_type=MediaType.PDF,
        size=9,
        name="x.pdf",
    )


def a_label(id: int, number: int | None = None, state: State = State.POSTED) -> VoucherLabel:
    return VoucherLabel(
        book="q", id=id, state=state, word=Word.GENERAL, number=number, date=date(2025, 3, 21)
    )


def an_attachment(voucher: int, content: bytes = PNG, name: str = "a.png", by: int = 1) -> Attachment:
    return Attachment(voucher=voucher, file=described(content, name=name), added_by=by, at="t")


def an_entry(attachment: Attachment, seq: int = 5, **changes: object) -> LogEntry:
    said = {
        "seq": seq,
        "at": attachment.at,
        "by": attachment.added_by,
        "act": "evidence.attach",
        "subject": f"voucher:{attachment.voucher}",
        "before": "",
        "after": sealed_text(attachment.file),
        "content": attachment.file.sha256,
        "hash": "",
    }
    return LogEntry(**(said | changes))  # type: ignore[arg-type]


def test_a_file_on_two_vouchers_warns_of_a_double_booking() -> None:
    here = an_attachment(7)
    warnings = warnings_of_reuse([here], others={here.file.sha256: [a_label(7, 3), a_label(9, 12)]})
    assert [(warning.code, warning.severity.value) for warning in warnings] == [
        ("file_also_proves_another", "warning")
    ]
    assert "The file a.png also hangs on voucher 记-0012 of 2025-03-21." in str(warnings[0])


def test_vouchers_without_evidence_are_listed_and_stop_nothing() -> None:
    check = check_of_evidence([a_label(7, 3), a_label(8, None, State.DRAFT)])
    assert not check.stops
    assert [problem.figures["voucher"] for problem in check.problems] == ["记-0003", "#8"]
    assert check_of_evidence([]).problems == ()


def test_a_missing_and_a_changed_file_are_named_with_their_vouchers() -> None:
    whole, gone, changed, mislabelled = (
        described(PNG + bytes([index]), name=f"{index}") for index in range(4)
    )
    rows = [
        StoredFile(
            sha256=file.sha256,
            media_type=file.media_type,
            size=size,
            vouchers=(a_label(index, index).text, a_label(20 + index).text),
        )
        for index, (file, size) in enumerate(
            [(whole, 17), (gone, 17), (changed, 17), (mislabelled, 99)], start=1
        )
    ]
    kept = {
        whole.sha256: PNG + b"\x00",
        changed.sha256: PNG + b"\x09",
        mislabelled.sha256: PNG + b"\x03",
    }
    found = list(faults_of_store(rows, book="q", read=kept.get))
    assert [(problem.code, problem.figures["vouchers"]) for problem in found] == [
        ("file_must_be_in_the_store", "记-0002, #22"),
        ("file_must_be_unchanged", "记-0003, #23"),
        ("file_must_have_its_size", "记-0004, #24"),
    ]
    assert all("q" in str(problem) for problem in found)


@pytest.mark.parametrize(
    ("table", "log", "found"),
    [
        ([an_attachment(7)], [an_entry(an_attachment(7))], []),
        ([an_attachment(7)], [], ["attachment_must_be_sealed"]),
        ([], [an_entry(an_attachment(7))], ["sealed_attachment_must_be_there"]),
        (
            [an_attachment(7, PNG + b"x")],
            [an_entry(an_attachment(7))],
            ["attachment_must_be_sealed", "sealed_attachment_must_be_there"],
        ),
        (
            [an_attachment(8)],
            [an_entry(an_attachment(7))],
            ["attachment_must_be_sealed", "sealed_attachment_must_be_there"],
        ),
        ([an_attachment(7, name="b.png")], [an_entry(an_attachment(7))], ["attachment_must_be_sealed"]),
        ([an_attachment(7, by=2)], [an_entry(an_attachment(7))], ["attachment_must_be_sealed"]),
        ([], [an_entry(an_attachment(7), act="voucher.sign")], []),
    ],
)
def test_every_attachment_is_what_the_log_sealed(
    table: list[Attachment], log: list[LogEntry], found: list[str]
) -> None:
    assert [problem.code for problem in faults_of_attachments(table, log, book="q")] == found

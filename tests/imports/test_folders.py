"""Folders and zips: what a computer adds is passed over, what an archive could do is refused, in clear words."""

import stat
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from tests.imports.workbench import CLEAN, COOPERATIVE_FILE, TOWNSHIP_FILE, clean, clean_pack, listed, read

PNG = b"\x89PNG\r\n\x1a\n"


def zip_of(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ("utf-8", "gbk"))
@pytest.mark.parametrize("folder", ("", "清河乡移交/", "移交/2025/"))
def test_a_zip_is_read_like_its_folder(tmp_path: Path, encoding: str, folder: str) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(clean().zipped(folder=folder, encoding=encoding))
    reading = read(path)
    assert (reading.repairs, reading.problems) == ((), ())
    assert reading.pack == clean_pack()


def test_a_name_in_the_unicode_extra_field_is_used(tmp_path: Path) -> None:
    contents = clean().contents()
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for place, (name, content) in enumerate(contents.items()):
            info = ZipInfo(f"_{place}")
            body = b"\x01" + b"\x00" * 4 + name.encode()
            info.extra = (0x7075).to_bytes(2, "little") + len(body).to_bytes(2, "little") + body
            archive.writestr(info, content)
    (tmp_path / "pack.zip").write_bytes(target.getvalue())
    assert read(tmp_path / "pack.zip").pack == clean_pack()


def test_a_folder_in_a_folder_is_found(tmp_path: Path) -> None:
    for name, content in clean().contents().items():
        file = tmp_path / "清河乡" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert read(tmp_path).pack == clean_pack()


def test_what_the_computer_adds_is_passed_over_and_listed() -> None:
    bench = clean()
    bench.files = {
        "~$合作社-清水合作社.xlsx": b"lock",
        "附件/Thumbs.db": b"x",
        ".DS_Store": b"x",
        "__MACOSX/._合作社-清水合作社.xlsx": b"x",
        "说明.docx": b"x",
    }
    assert listed(bench.reading()) == [
        ".DS_Store repair 系统文件",
        "__MACOSX/._合作社-清水合作社.xlsx repair 系统文件",
        "~$合作社-清水合作社.xlsx repair 系统文件",
        "说明.docx repair 多余的文件",
        "附件/Thumbs.db repair 系统文件",
    ]
    assert bench.reading().pack == clean_pack()


SCANS: tuple[tuple[str, bytes, list[str], tuple[str, str, int] | None], ...] = (
    ("附件/清水合作社-记-0003-1.png", PNG, [], ("清水合作社", "记-0003", 1)),
    ("附件/清水合作社-记-0001-2.PNG", PNG, [], ("清水合作社", "记-0001", 2)),
    ("附件/清水村-记-0004-1.jpg", b"\xff\xd8\xff\xe0", [], ("清水村", "记-0004", 1)),
    ("附件/清水村-记-0004-1.pdf", b"%PDF-1.7", [], ("清水村", "记-0004", 1)),
    ("附件/清水合作社记0003.png", PNG, ["repair 附件名写法"], ("清水合作社", "记-0003", 1)),
    ("附件/清水合作社-记字第3号-1.png", PNG, ["repair 附件名写法"], ("清水合作社", "记-0003", 1)),
    ("附件/清水合作社－记－0003－2.png", PNG, ["repair 附件名写法"], ("清水合作社", "记-0003", 2)),
    ("附件/清水合作社-记-0003 (2).png", PNG, ["repair 附件名写法"], ("清水合作社", "记-0003", 2)),
    ("清水合作社-记-0003-1.png", PNG, ["repair 附件不在附件文件夹"], ("清水合作社", "记-0003", 1)),
    ("附件/清水合作社-记-0999-1.png", PNG, ["warning 附件没有对应凭证"], None),
    ("附件/清溪合作社-记-0003-1.png", PNG, ["warning 附件没有对应凭证"], None),
    ("附件/IMG_20250108.png", PNG, ["warning 附件没有对应凭证"], None),
    ("附件/清水合作社-记-0003-1.bmp", b"BM", ["warning 附件没有对应凭证"], None),
    ("附件/清水合作社-记-0003-1.png", b"", ["error 附件文件损坏或类型不符"], None),
    ("附件/清水合作社-记-0003-1.png", b"\xff\xd8\xff\xe0", ["error 附件文件损坏或类型不符"], None),
)


@pytest.mark.parametrize(("path", "content", "expected", "proves"), SCANS)
def test_a_scan_proves_the_voucher_it_is_named_after(
    path: str, content: bytes, expected: list[str], proves: tuple[str, str, int] | None
) -> None:
    bench = clean()
    bench.files = {path: content}
    reading = bench.reading()
    assert listed(reading) == [f"{path} {line}" for line in expected]
    found = {scan.path: scan for scan in (reading.pack.scans if reading.pack else ())}
    if proves is None:
        assert path not in found
    else:
        assert (found[path].book, found[path].voucher, found[path].ordinal) == proves


def test_a_scan_of_a_voucher_that_is_missing_is_told_where_the_gap_is() -> None:
    bench = clean()
    bench.drop("凭证", 21, 2)
    bench.files = {"附件/清水合作社-记-0006-1.png": PNG}
    reading = bench.reading()
    assert listed(reading) == ["凭证!B21 warning 凭证号断号"]
    assert reading.problems[0].note == "缺少记-0006；附件有记-0006的扫描件"


def _without(*names: str) -> dict[str, bytes]:
    return {name: content for name, content in clean().contents().items() if name not in names}


WORKBOOKS: tuple[tuple[str, dict[str, bytes], list[str]], ...] = (
    ("no cooperative", _without(COOPERATIVE_FILE), ["移交包 error 缺少工作簿"]),
    ("no township", _without(TOWNSHIP_FILE), ["移交包 error 缺少工作簿"]),
    ("nothing", {}, ["移交包 error 缺少工作簿", "移交包 error 缺少工作簿"]),
    (
        "the old format",
        {**_without(COOPERATIVE_FILE), "合作社-清水合作社.xls": b"\xd0\xcf\x11\xe0"},
        ["合作社-清水合作社.xls error 工作簿不是xlsx格式"],
    ),
    (
        "the old format under a new name",
        {**_without(), COOPERATIVE_FILE: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500},
        [f"{COOPERATIVE_FILE} error 工作簿不是xlsx格式"],
    ),
    (
        "a password",
        {
            **_without(),
            COOPERATIVE_FILE: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        },
        [f"{COOPERATIVE_FILE} error 工作簿无法读取"],
    ),
    (
        "no spreadsheet at all",
        {**_without(), COOPERATIVE_FILE: b"<html></html>"},
        [f"{COOPERATIVE_FILE} error 工作簿无法读取"],
    ),
    (
        "half of a file",
        {**_without(), COOPERATIVE_FILE: _without()[COOPERATIVE_FILE][:20_000]},
        [f"{COOPERATIVE_FILE} error 工作簿无法读取"],
    ),
    (
        "a zip that is no spreadsheet",
        {**_without(), COOPERATIVE_FILE: zip_of({"a.txt": b"x"})},
        [f"{COOPERATIVE_FILE} error 工作簿无法读取"],
    ),
    (
        "two townships",
        {**_without(), "乡镇-清溪乡.xlsx": _without()[TOWNSHIP_FILE]},
        ["乡镇-清溪乡.xlsx error 工作簿多于一个"],
    ),
)


@pytest.mark.parametrize(("contents", "expected"), [pytest.param(*row[1:], id=row[0]) for row in WORKBOOKS])
def test_a_workbook_that_cannot_be_read_is_one_defect(
    tmp_path: Path, contents: dict[str, bytes], expected: list[str]
) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(zip_of(contents))
    reading = read(path)
    assert listed(reading) == expected
    assert reading.pack is None


def test_two_cooperatives_of_one_short_name_are_one_defect(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(zip_of({**_without(), "合作社-清水.xlsx": _without()[COOPERATIVE_FILE]}))
    assert listed(read(path)) == ["基本信息!B3 error 单位简称与文件名不符"]


def _bomb() -> bytes:
    return zip_of({**_without(), "附件/清水合作社-记-0003-1.png": b"\x00" * 40_000_000})


def _link() -> bytes:
    target = BytesIO(zip_of(_without()))
    with ZipFile(target, "a") as archive:
        info = ZipInfo("附件/link.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return target.getvalue()


def _password() -> bytes:
    raw = bytearray(zip_of({"合作社-清水合作社.xlsx": b"x"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(magic) + offset] |= 1
    return bytes(raw)


def _damaged(name: str) -> bytes:
    """A pack with one byte of one file changed."""
    raw = bytearray(clean().zipped())
    header = raw.index(name.encode())
    raw[header + len(name.encode()) + 200] ^= 0xFF
    return bytes(raw)


@pytest.mark.parametrize(
    ("name", "defect"),
    (
        ("附件/清水合作社-记-0001-1.png", "附件文件损坏或类型不符"),
        (COOPERATIVE_FILE, "工作簿无法读取"),
    ),
)
def test_a_damaged_file_is_named_and_the_rest_is_read(tmp_path: Path, name: str, defect: str) -> None:
    (tmp_path / "pack.zip").write_bytes(_damaged(name))
    assert listed(read(tmp_path / "pack.zip")) == [f"{name} error {defect}"]


REFUSED: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("climbing out", lambda: zip_of({"../../合作社-清水合作社.xlsx": b"x"}), "压缩包不安全"),
    ("an absolute path", lambda: zip_of({"/合作社-清水合作社.xlsx": b"x"}), "压缩包不安全"),
    ("a drive letter", lambda: zip_of({"C:/合作社-清水合作社.xlsx": b"x"}), "压缩包不安全"),
    ("a bomb", _bomb, "压缩包不安全"),
    ("a link", _link, "压缩包不安全"),
    ("a password", _password, "移交包无法打开"),
    ("two packs", lambda: zip_of({"a/合作社-甲.xlsx": b"x", "b/合作社-乙.xlsx": b"x"}), "移交包不止一个"),
    ("no zip", lambda: b"no zip at all", "移交包无法打开"),
    ("an empty file", lambda: b"", "移交包无法打开"),
)


@pytest.mark.parametrize(("content", "defect"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_an_archive_that_is_not_safe_is_refused_with_a_reason(
    tmp_path: Path, content: Callable[[], bytes], defect: str
) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(content())
    reading = read(path)
    assert [problem.defect for problem in reading.problems] == [defect]
    assert reading.pack is None
    assert reading.problems[0].note


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    # zipfile warns when it writes a second file of one name: write another one and rename it.
    raw = zip_of({"合作社-甲.xlsx": b"x", "合作社-乙.xlsx": b"y"})
    (tmp_path / "pack.zip").write_bytes(raw.replace("乙".encode(), "甲".encode()))
    assert [problem.defect for problem in read(tmp_path / "pack.zip").problems] == ["压缩包不安全"]


def test_a_link_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / COOPERATIVE_FILE).symlink_to(CLEAN / COOPERATIVE_FILE)
    assert [problem.defect for problem in read(tmp_path / "pack").problems] == ["压缩包不安全"]


def test_a_pack_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert [problem.defect for problem in read(tmp_path / "nowhere").problems] == ["移交包无法打开"]

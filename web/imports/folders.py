"""The files of a pack, from a folder or from a zip of one.

Nothing is ever unpacked to disk, so a path that climbs out of the archive leads nowhere; it is refused all the
same, like a password, a symbolic link, two files of one name and an archive that unpacks to more than it should.
Names in a zip are UTF-8 or, from an older Chinese computer, GBK.
"""

import hashlib
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from web.imports import defects
from web.imports.defects import Defect

MOST_FILES = 100_000
MOST_WORKBOOK = 200_000_000
MOST_SCAN = 50_000_000
MOST_RATIO = 200
"""A scan is compressed already and a workbook is a zip itself: neither shrinks to a two-hundredth."""

COOPERATIVE = re.compile(r"^合作社-(?P<name>.+)\.xlsx$", re.IGNORECASE)
TOWNSHIP = re.compile(r"^乡镇-(?P<name>.+)\.xlsx$", re.IGNORECASE)
OTHER_FORMAT = re.compile(r"^(?:合作社|乡镇)-.+\.(?:xls|et|ods|csv|xlsb|xlsm|wps|numbers)$", re.IGNORECASE)
SCANS = "附件"
_SYSTEM = re.compile(
    r"(?:^|/)(?:__MACOSX(?:/|$)|\.DS_Store$|Thumbs\.db$|ehthumbs\.db$|desktop\.ini$|~\$|\._|\.~lock\.)",
    re.IGNORECASE,
)


class PackRefused(Exception):
    """A pack that cannot be opened or is not safe to open."""

    def __init__(self, defect: Defect, **figures: object) -> None:
        super().__init__(defect.code)
        self.defect = defect
        self.figures = figures


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file: its path inside the pack, with ``/``, and its size in bytes."""

    path: str
    size: int


class PackFiles:
    """The files of a pack. A context manager; ``read`` gives the bytes of one."""

    def __init__(
        self, root: Path | None, archive: zipfile.ZipFile | None, entries: dict[str, zipfile.ZipInfo]
    ) -> None:
        self._root = root
        self._archive = archive
        self._entries = entries
        self.files: tuple[PackFile, ...] = ()
        self.system_files: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._archive is not None:
            self._archive.close()

    def read(self, path: str) -> bytes:
        """The bytes of a file. Refused: one that is damaged or longer than it declares."""
        if self._archive is None:
            assert self._root is not None
            return (self._root / path).read_bytes()
        try:
            return self._archive.read(self._entries[path])
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise PackRefused(
                defects.pack_must_be_readable, file=path, reason=f"文件损坏（{error}）"
            ) from error


def digest(content: bytes) -> str:
    """The SHA-256 of a file's bytes, in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def open_pack(path: Path) -> PackFiles:
    """The files of the pack at ``path``, a folder or a zip. Refused: neither, damaged, unsafe, several packs."""
    if path.is_dir():
        pack, found = PackFiles(path, None, {}), list(_of_folder(path))
    elif path.is_file():
        archive, entries = _of_zip(path)
        pack = PackFiles(None, archive, entries)
        found = [PackFile(name, entry.file_size) for name, entry in entries.items()]
    else:
        raise PackRefused(defects.pack_must_be_readable, file=path.name, reason="文件不存在")
    try:
        _settle(pack, found)
    except PackRefused:
        pack.__exit__(None, None, None)
        raise
    return pack


def _of_folder(root: Path) -> Iterator[PackFile]:
    inside = root.resolve()
    for count, path in enumerate(sorted(root.rglob("*"))):
        if count > MOST_FILES:
            raise PackRefused(defects.pack_must_be_safe, reason="文件过多")
        if not path.resolve().is_relative_to(inside):
            raise PackRefused(defects.pack_must_be_safe, reason=f"链接指向文件夹之外：{path.name}")
        if path.is_file():
            yield PackFile(path.relative_to(root).as_posix(), path.stat().st_size)


def _of_zip(path: Path) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise PackRefused(
            defects.pack_must_be_readable, file=path.name, reason="不是文件夹，也不是zip压缩包"
        ) from error
    try:
        return archive, _entries(archive)
    except PackRefused:
        archive.close()
        raise


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    listed = archive.infolist()
    if len(listed) > MOST_FILES:
        raise PackRefused(defects.pack_must_be_safe, reason="文件过多")
    for entry in listed:
        name = _name(entry)
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or re.match(r"^[A-Za-z]:", name) or "\x00" in name:
            raise PackRefused(defects.pack_must_be_safe, reason=f"路径越出压缩包：{name}")
        if entry.is_dir() or name.endswith("/"):
            continue
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise PackRefused(defects.pack_must_be_safe, reason=f"含有链接：{name}")
        if entry.flag_bits & 1:
            raise PackRefused(defects.pack_must_be_readable, file=name, reason="压缩包有密码")
        if entry.file_size > 10_000_000 and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise PackRefused(defects.pack_must_be_safe, reason=f"压缩率异常：{name}")
        if name in entries:
            raise PackRefused(defects.pack_must_be_safe, reason=f"有两个同名文件：{name}")
        entries[name] = entry
    return entries


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name. zipfile reads names without the UTF-8 flag as cp437; they are UTF-8 or GBK."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        unicode_name = _unicode_path(entry.extra)
        raw = name.encode("cp437", errors="replace")
        if unicode_name is not None:
            name = unicode_name
        else:
            for encoding in ("utf-8", "gb18030"):
                try:
                    name = raw.decode(encoding)
                    break
                except UnicodeDecodeError:
                    continue
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _unicode_path(extra: bytes) -> str | None:
    """The name in the extra field 0x7075 some archivers add for it."""
    while len(extra) >= 4:
        kind, length = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == 0x7075 and length > 5:
            try:
                return extra[9 : 4 + length].decode("utf-8")
            except UnicodeDecodeError:
                return None
        extra = extra[4 + length :]
    return None


def _settle(pack: PackFiles, found: list[PackFile]) -> None:
    """Find the folder the workbooks lie in, and leave out what the computer put beside them."""
    system = [file for file in found if _SYSTEM.search("/" + file.path)]
    rest = [file for file in found if file not in system]
    folders = sorted(
        {
            str(PurePosixPath(file.path).parent)
            for file in rest
            if COOPERATIVE.match(name := PurePosixPath(file.path).name)
            or TOWNSHIP.match(name)
            or OTHER_FORMAT.match(name)
        }
    )
    if len(folders) > 1:
        raise PackRefused(defects.pack_must_be_one, folders="、".join(folders))
    base = folders[0] if folders and folders[0] != "." else ""
    for file in rest:
        of_scan = PurePosixPath(file.path).suffix.casefold() != ".xlsx"
        if file.size > (MOST_SCAN if of_scan else MOST_WORKBOOK):
            raise PackRefused(defects.pack_must_be_safe, reason=f"文件过大：{file.path}")
    if base and pack._root is not None:  # noqa: SLF001 -- the pack is being made here
        pack._root = pack._root / base  # noqa: SLF001
    prefix = base + "/" if base else ""
    if prefix:
        pack._entries = {name.removeprefix(prefix): entry for name, entry in pack._entries.items()}  # noqa: SLF001
    pack.files = tuple(
        sorted(
            (PackFile(file.path.removeprefix(prefix), file.size) for file in rest), key=lambda file: file.path
        )
    )
    pack.system_files = tuple(sorted(file.path for file in system))

"""The files of a pack, from a folder or from a zip of one.

Nothing is ever unpacked to disk, so a path that climbs out of the archive leads nowhere; it is refused all the
same, like a password, a link out of the folder, two files of one name and a file that unpacks to more than it
should. Names in a zip are UTF-8 or, from an older Chinese computer, GBK.
"""

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
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
    r"(?:^|/)(?:__MACOSX(?:/|$)|\.DS_Store$|Thumbs\.db$|ehthumbs\.db$|desktop\.ini$|~\$|\._|\.~)",
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
    """The files of a pack. A context manager; ``read`` gives the bytes of one.

    ``found`` are the paths and sizes, ``read`` reads one. ``system_files`` are what the computer put beside the
    pack: thumbnails, locks, folder settings.
    """

    def __init__(
        self,
        found: Mapping[str, int],
        *,
        read: Callable[[str], bytes],
        close: Callable[[], object] = lambda: None,
    ) -> None:
        self._read = read
        self._close = close
        base = _base(found)
        self._whole = {path.removeprefix(base): path for path in found}
        named = [PackFile(path.removeprefix(base), size) for path, size in sorted(found.items())]
        self.files = tuple(file for file in named if not _SYSTEM.search(file.path))
        self.system_files = tuple(file.path for file in named if _SYSTEM.search(file.path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def read(self, path: str) -> bytes:
        """The bytes of a file. Refused: one that is damaged or longer than it declares."""
        try:
            return self._read(self._whole[path])
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise PackRefused(
                defects.pack_must_be_readable, file=path, reason=f"文件损坏（{error}）"
            ) from error


def open_pack(path: Path) -> PackFiles:
    """The files of the pack at ``path``, a folder or a zip. Refused: neither, damaged, unsafe, several packs."""
    if path.is_dir():
        return PackFiles(
            dict(_of_folder(path)), read=lambda name: (path / name).read_bytes(), close=lambda: None
        )
    if not path.is_file():
        raise PackRefused(defects.pack_must_be_readable, file=path.name, reason="文件不存在")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        reason = "不是文件夹，也不是zip压缩包"
        raise PackRefused(defects.pack_must_be_readable, file=path.name, reason=reason) from error
    try:
        entries = _entries(archive)
        sizes = {name: entry.file_size for name, entry in entries.items()}
        return PackFiles(sizes, read=lambda name: archive.read(entries[name]), close=archive.close)
    except PackRefused:
        archive.close()
        raise


def _base(found: Mapping[str, int]) -> str:
    """The folder the workbooks lie in, with ``/`` behind it. Refused: several, and files too large to take in."""
    folders = set()
    for path, size in found.items():
        name = PurePosixPath(path).name
        if size > (MOST_WORKBOOK if name.casefold().endswith(".xlsx") else MOST_SCAN):
            raise PackRefused(defects.pack_must_be_safe, reason=f"文件过大：{path}")
        if not _SYSTEM.search(path) and any(
            kind.match(name) for kind in (COOPERATIVE, TOWNSHIP, OTHER_FORMAT)
        ):
            folders.add(str(PurePosixPath(path).parent))
    if len(folders) > 1:
        raise PackRefused(defects.pack_must_be_one, folders="、".join(sorted(folders)))
    return "".join(folder + "/" for folder in folders if folder != ".")


def _of_folder(root: Path) -> Iterator[tuple[str, int]]:
    inside = root.resolve()
    for count, path in enumerate(sorted(root.rglob("*"))):
        if count > MOST_FILES:
            raise PackRefused(defects.pack_must_be_safe, reason="文件过多")
        if not path.resolve().is_relative_to(inside):
            raise PackRefused(defects.pack_must_be_safe, reason=f"链接指向文件夹之外：{path.name}")
        if path.is_file():
            yield path.relative_to(root).as_posix(), path.stat().st_size


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    listed = archive.infolist()
    if len(listed) > MOST_FILES:
        raise PackRefused(defects.pack_must_be_safe, reason="文件过多")
    for entry in listed:
        name = _name(entry)
        if name.startswith("/") or ".." in PurePosixPath(name).parts or re.match(r"^[A-Za-z]:", name):
            raise PackRefused(defects.pack_must_be_safe, reason=f"路径越出压缩包：{name}")
        if name.endswith("/"):
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
    """The entry's name. Without the UTF-8 flag zipfile takes it for cp437; it is UTF-8 or GBK."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        name = _unicode_path(entry.extra) or _decoded(name.encode("cp437"))
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def _unicode_path(extra: bytes) -> str:
    """The name in the extra field 0x7075 that some archivers add; empty if there is none."""
    while len(extra) >= 4:
        kind, length = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == 0x7075 and length > 5:
            return extra[9 : 4 + length].decode("utf-8", errors="replace")
        extra = extra[4 + length :]
    return ""

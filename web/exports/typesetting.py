"""Setting pages: a fixed template and its data go in, a PDF comes out.

Typesetting runs in a process of its own: its memory goes back when it is done, and no document can slow the service
down. The data file is written by us, the template is ours; nothing of what people typed is ever markup.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from threading import BoundedSemaphore

import msgspec

from schemas.problems import Fault, Refusal, RefusalKind

_AT_ONCE = BoundedSemaphore(2)
_SECONDS = 300
_CHINESE = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc"),
)
"""Noto Sans CJK where Debian, Arch and Fedora put it. Only this file of it is read: its bold and its serifs would take
a quarter of a second more for every document."""

_EMOJI = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
"""Signs like 🐄, which people type on telephones and no Chinese font has. Without it they are printed as boxes."""

font_must_be_there = Fault(
    code="font_must_be_there",
    says="No Chinese font is installed, so pages cannot be set.",
    remedy="Install one, on Debian: apt-get install fonts-noto-cjk",
)
_SET = """
import sys, typst
template, data, target, fonts = sys.argv[1:]
typst.compile(template, output=target, root="/", font_paths=[fonts], ignore_system_fonts=True,
              sys_inputs={"data": data}, pdf_tags=False)
"""


class TypesettingFailed(RuntimeError):
    """A template did not take its data: a mistake of ours."""


def pdf(template: str, data: Mapping[str, object]) -> bytes:
    """The pages of ``template`` (a file beside this one, without its ending) filled with ``data``."""
    chinese = next((font for font in _CHINESE if font.is_file()), None)
    if chinese is None:
        raise Refusal(font_must_be_there.at(), kind=RefusalKind.STATE)
    with (
        _AT_ONCE,
        as_file(files("web.exports") / "typst") as templates,
        tempfile.TemporaryDirectory(prefix=".pages-") as folder,
    ):
        given, target, fonts = (Path(folder) / name for name in ("data.json", "pages.pdf", "fonts"))
        fonts.mkdir()
        for font in filter(Path.is_file, (chinese, _EMOJI)):
            (fonts / font.name).symlink_to(font)
        given.write_bytes(msgspec.json.encode(data))
        done = subprocess.run(  # noqa: S603 -- our own interpreter, our own template
            [
                sys.executable,
                "-I",
                "-c",
                _SET,
                str(templates / f"{template}.typ"),
                str(given),
                str(target),
                str(fonts),
            ],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode:
            raise TypesettingFailed(done.stderr.decode(errors="replace"))
        return target.read_bytes()

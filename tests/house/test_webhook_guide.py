"""docs/webhooks.md says what is told, and how to see who says it: its table is the code's, its examples are run."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coop.webhooks.rules import body_of, event_of, headers_of, written_secret
from schemas.log import LogEntry
from schemas.webhooks import EventKind
from tests.house.reading import ROOT
from web import clock
from web.i18n.words import ACTS
from web.webhooks import printed_kinds

GUIDE = ROOT / "docs" / "webhooks.md"
NEW, OLD, OTHERS = (bytes([number]) * 32 for number in (1, 2, 3))
ENTRY = LogEntry(
    seq=1042,
    at="2026-02-13T04:00:00.000000Z",
    by=1,
    act="batch.send",
    subject="batch:3",
    before="",
    after="",
    content="",
    hash="",
)
EVENT = event_of(ENTRY, book="qingshui", previous=1040)


def example(language: str) -> str:
    """The guide's example in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return str(found)


def signed(body: bytes) -> dict[str, str]:
    """The headers of a try just made, with a new and an old secret."""
    return headers_of([NEW, OLD], id=EVENT.id, at=clock.now()[1], body=body)


def test_the_table_of_kinds_is_the_one_in_the_code(golden: Callable[[Path, str], None]) -> None:
    text = GUIDE.read_text()
    golden(
        GUIDE,
        re.sub(r"(<!-- kinds -->\n).*?(<!-- /kinds -->)", rf"\1{printed_kinds()}\2", text, flags=re.DOTALL),
    )


def test_every_kind_is_an_act_of_the_log() -> None:
    assert [kind for kind in EventKind if kind not in ACTS] == []


def test_the_guides_event_is_one() -> None:
    """The event shown is the one of entry 1042 of 清水, as it is sent."""
    shown = re.findall(r'\n(\{"type".*?\}\})\n', GUIDE.read_text(), re.DOTALL)
    assert ["".join(one.split("\n ")) for one in shown] == [body_of(EVENT).decode()]


@pytest.mark.parametrize(
    ("secret", "change", "theirs"),
    [
        (NEW, {}, True),
        (OLD, {}, True),
        (OTHERS, {}, False),
        (NEW, {"webhook-id": "qingshui_1043"}, False),
        (NEW, {"webhook-timestamp": "1770955200"}, False),
        (NEW, {"webhook-signature": "v1,"}, False),
    ],
)
def test_the_examples_tell_who_says_it(
    tmp_path: Path, secret: bytes, change: dict[str, str], theirs: bool
) -> None:
    body = body_of(EVENT)
    headers = signed(body) | change
    python: dict[str, Any] = {}
    exec(example("python"), python)
    assert python["is_theirs"](written_secret(secret), headers, body) is theirs
    assert python["is_theirs"](written_secret(secret), headers, body + b" ") is False
    (tmp_path / "body").write_bytes(body)
    given = {
        "secret": written_secret(secret),
        "id": headers["webhook-id"],
        "at": headers["webhook-timestamp"],
        "signatures": headers["webhook-signature"],
        "PATH": "/usr/bin:/bin",
    }
    shell = subprocess.run(
        ["/bin/sh", "-c", example("sh")], cwd=tmp_path, env=given, capture_output=True, check=False
    )
    assert (shell.returncode, shell.stdout) == ((0, b"theirs\n") if theirs else (1, b"not theirs\n"))


def test_the_python_example_takes_nothing_old() -> None:
    python: dict[str, Any] = {}
    exec(example("python"), python)
    body = body_of(EVENT)
    headers = headers_of([NEW], id=EVENT.id, at=clock.now()[1].replace(year=2020), body=body)
    assert python["is_theirs"](written_secret(NEW), headers, body) is False

"""The image and the compose file, as far as they can be proved without an engine.

Each instruction is read, what it copies must be there, what it runs must parse and name commands that a slim
Debian image has, the health check is run against a server, and the wheel the image installs is built from exactly
the files it copies, in tests/house/test_package.py.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import compose_spec
import pytest

from tests.house.reading import ROOT

COMMANDS = {
    "python": "the base image",
    "/opt/lianjian/bin/python": "made by the first step",
    "apt-get": "apt",
    "rm": "coreutils",
    "install": "coreutils",
    "useradd": "passwd",
}
"""What the steps may run, and what brings it into a slim Debian image of Python."""

SECRET = re.compile(r"(?i)(password|passwd|secret|token|api_?key|private)")


class Step(NamedTuple):
    """One instruction of a Dockerfile."""

    word: str
    rest: str


def steps(text: str) -> list[Step]:
    """The instructions in order, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [Step(line.split()[0], line.partition(" ")[2].strip()) for line in joined.splitlines()]


DOCKERFILE = steps((ROOT / "docker" / "Dockerfile").read_text())


def rests(word: str) -> list[str]:
    """What follows this word, each time it begins an instruction."""
    return [step.rest for step in DOCKERFILE if step.word == word]


def copied() -> list[str]:
    """The paths of the repository that go into the image."""
    return [
        source for rest in rests("COPY") if not rest.startswith("--from") for source in shlex.split(rest)[:-1]
    ]


def commands(shell: str) -> list[list[str]]:
    """The commands of a RUN step, each as its words."""
    return [shlex.split(command) for command in re.split(r"&&|\|\||;", shell)]


def let_through() -> set[str]:
    """What .dockerignore, which shuts everything out first, lets into the build."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    return {line.removeprefix("!") for line in rules if line.startswith("!")}


def test_what_is_copied_is_there_and_let_through() -> None:
    assert [path for path in copied() if not (ROOT / path).exists()] == []
    assert set(copied()) == let_through()


def test_every_step_runs_commands_the_image_has() -> None:
    for shell in rests("RUN"):
        subprocess.run(["bash", "-n", "-c", shell], check=True)
        for words in commands(shell):
            assert words[0] in COMMANDS
            if not words[0].startswith("/opt/"):
                assert shutil.which(words[0], path="/usr/sbin:/usr/bin:/sbin:/bin") or words[0] == "python"


def test_the_options_of_useradd_and_install_exist() -> None:
    for shell in rests("RUN"):
        for words in commands(shell):
            if words[0] in {"useradd", "install"}:
                known = subprocess.run(
                    [shutil.which(words[0], path="/usr/sbin:/usr/bin") or words[0], "--help"],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
                options = [word.partition("=")[0] for word in words if word.startswith("--")]
                assert [option for option in options if option not in known] == []


def test_the_image_installs_only_what_is_written_with_its_hash() -> None:
    installs = [words for shell in rests("RUN") for words in commands(shell) if "pip" in words]
    assert len(installs) == 2
    assert {"--require-hashes", "-r", "requirements/run.txt"} < set(installs[0])
    assert {"--no-deps", "--no-build-isolation", "."} < set(installs[1])


def test_it_serves_as_a_user_without_rights() -> None:
    assert json.loads(rests("ENTRYPOINT")[-1]) == ["lianjian", "serve"]
    assert rests("USER")[-1] == "10001:10001"
    assert "--uid 10001" in " ".join(rests("RUN"))
    last_user = max(number for number, step in enumerate(DOCKERFILE) if step.word == "USER")
    assert [step for step in DOCKERFILE[last_user:] if step.word in {"RUN", "COPY", "ADD"}] == []


def test_serve_takes_the_options_it_is_given() -> None:
    shown = subprocess.run(
        [Path(sys.executable).with_name("lianjian"), "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = [word for word in json.loads(rests("CMD")[-1]) if word.startswith("--")]
    assert options
    assert [option for option in options if option not in shown] == []


def settings_of_the_image() -> dict[str, str]:
    """The environment the image sets."""
    return dict(word.split("=", 1) for rest in rests("ENV") for word in shlex.split(rest))


def test_the_house_knows_every_setting_the_image_makes() -> None:
    ours = {name for name in settings_of_the_image() if name.startswith("LIANJIAN_")}
    code = "".join(file.read_text() for file in (ROOT / "web").rglob("*.py"))
    assert {name for name in ours | {"LIANJIAN_DATABASE_URL"} if name not in code} == set()


def test_no_secret_is_built_in() -> None:
    named = {name for name in settings_of_the_image() if SECRET.search(name)}
    assert named | {rest for rest in rests("ARG") if SECRET.search(rest)} == set()


@contextmanager
def _answering(status: int) -> Iterator[int]:
    class Health(BaseHTTPRequestHandler):
        """Answers one status on /healthz."""

        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else HTTPStatus.NOT_FOUND)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing: the answer is what is tested."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (500, False)])
def test_the_health_check_tells_a_well_service_from_an_ill_one(status: int, healthy: bool) -> None:
    program = json.loads(rests("HEALTHCHECK")[-1].partition("CMD ")[2])
    with _answering(status) as port:
        program = [sys.executable, *(word.replace(":8000/", f":{port}/") for word in program[1:])]
        assert (subprocess.run(program, capture_output=True, check=False).returncode == 0) is healthy


def test_the_health_check_fails_when_nobody_answers() -> None:
    program = json.loads(rests("HEALTHCHECK")[-1].partition("CMD ")[2])
    with _answering(200) as port:
        pass
    program = [sys.executable, *(word.replace(":8000/", f":{port}/") for word in program[1:])]
    assert subprocess.run(program, capture_output=True, check=False).returncode != 0


COMPOSE = (ROOT / "docker" / "compose.yaml").read_text()


def services(text: str) -> dict[str, Any]:
    """The services of a compose file that keeps the Compose specification; a ValueError otherwise."""
    project = compose_spec.PyCompose.from_yaml(text)
    project.validate()
    written: dict[str, Any] = project.to_dict()
    named = {source for service in written["services"].values() for source in mounts(service).values()}
    if unknown := named - set(written["volumes"]):
        raise ValueError(f"volumes that are not declared: {unknown}")
    found: dict[str, Any] = written["services"]
    return found


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """The volumes of a service by where they are mounted."""
    written = [
        volume if isinstance(volume, str) else f"{volume['source']}:{volume['target']}"
        for volume in service["volumes"]
    ]
    return {target: source for source, target in (volume.split(":")[:2] for volume in written)}


def test_the_compose_file_keeps_the_specification() -> None:
    assert set(services(COMPOSE)) == {"lianjian", "database"}


@pytest.mark.parametrize(
    "wrong",
    [
        COMPOSE.replace("networks: [back]", "networks: [nowhere]"),
        COMPOSE.replace("read_only: true", "read_only: perhaps"),
        COMPOSE.replace("  key:\n", ""),
    ],
)
def test_a_compose_file_that_does_not_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        services(wrong)


def test_the_key_lies_apart_from_the_books() -> None:
    where = mounts(services(COMPOSE)["lianjian"])
    assert set(where) == set(json.loads(rests("VOLUME")[-1]))
    assert where["/var/lib/lianjian"] != where["/var/lib/lianjian-key"]
    assert settings_of_the_image()["LIANJIAN_KEY_FILE"].startswith("/var/lib/lianjian-key/")
    assert "key" not in mounts(services(COMPOSE)["database"]).values()


def test_the_database_is_reached_by_the_service_alone_and_is_asked_how_it_is() -> None:
    found = services(COMPOSE)
    assert "ports" not in found["database"]
    assert found["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert found["lianjian"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_the_compose_file_holds_no_password() -> None:
    lines = [line for line in COMPOSE.splitlines() if re.search(r"(?i)password|lianjian:[^@]*@", line)]
    given = [line for line in lines if not line.startswith("#")]
    assert len(given) == 2
    assert [line for line in given if "${DATABASE_PASSWORD:?" not in line] == []

"""What the log seals of subscriptions: an address changed in the database has another digest than the entry that made it."""

from collections.abc import Mapping

from schemas.units import PersonId, Value


class WebhookKept(Value):
    """A subscription as its row has it; ``kinds`` is the JSON list."""

    id: int
    url: str
    scope_kind: str
    scope_code: str
    kinds: str
    by: PersonId
    at: str


class SecretKept(Value):
    """A secret; ``cipher`` is the sealed one in hex, ``digest`` the SHA-256 of the open one."""

    webhook: int
    number: int
    cipher: str
    key_id: str
    digest: str
    by: PersonId
    at: str


class EndKept(Value):
    """The end of a subscription."""

    webhook: int
    by: PersonId
    at: str
    reason: str


class WebhooksKept(Value):
    """Every row of subscriptions, as it stands; ``stopped`` says of each whether the service is not to tell it, ``ahead``
    are those said to be told of more than a book's log holds."""

    webhooks: tuple[WebhookKept, ...]
    secrets: tuple[SecretKept, ...]
    ends: tuple[EndKept, ...]
    stopped: Mapping[int, bool]
    ahead: tuple[tuple[int, str], ...]

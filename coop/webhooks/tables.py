"""Subscriptions, their secrets and ends as facts; how far each was told, and the tries of the last weeks."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger import columns
from ledger.columns import TENANT

_BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}
_WEBHOOK = "webhook.webhook_id"


class WebhookRow(SQLModel, table=True):
    """A subscription as it was made; ``kinds`` is a JSON list."""

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint(
            "(scope_kind = 'house' AND scope_code = '') OR (scope_kind = 'book' AND scope_code <> '')"
            " OR (scope_kind = 'place' AND length(scope_code) BETWEEN 2 AND 12)",
            name="webhook_scope",
        ),
        _BY_KEY,
    )
    webhook_id: int = columns.number(primary_key=True)
    url: str = columns.text()
    scope_kind: str = columns.text()
    scope_code: str = columns.text()
    kinds: str = columns.text()
    made_by: int = columns.number(foreign_key="person.person_id")
    made_at: str = columns.text()


class WebhookSecretRow(SQLModel, table=True):
    """A secret of a subscription, sealed; ``digest`` is the SHA-256 of it in hex. The one of the highest number signs."""

    __tablename__ = "webhook_secret"
    __table_args__ = (UniqueConstraint("digest", name="webhook_secret_once"), _BY_KEY)
    webhook_id: int = columns.number(primary_key=True, foreign_key=_WEBHOOK)
    number: int = columns.number(primary_key=True)
    cipher: bytes = columns.blob()
    key_id: str = columns.text()
    digest: str = columns.text()
    made_by: int = columns.number(foreign_key="person.person_id")
    made_at: str = columns.text()


class WebhookEndRow(SQLModel, table=True):
    """The end of a subscription."""

    __tablename__ = "webhook_end"
    __table_args__ = (_BY_KEY,)
    webhook_id: int = columns.number(primary_key=True, foreign_key=_WEBHOOK)
    ended_by: int = columns.number(foreign_key="person.person_id")
    ended_at: str = columns.text()
    reason: str = columns.text()


class WebhookTurnRow(SQLModel, table=True):
    """Whose turn a subscription is: nobody takes it before ``next_try``, and whoever takes it moves that ahead."""

    __tablename__ = "webhook_turn"
    __table_args__ = (CheckConstraint("attempts >= 0", name="webhook_turn_attempts"), _BY_KEY)
    webhook_id: int = columns.number(primary_key=True, foreign_key=_WEBHOOK)
    stopped: bool = Field()
    attempts: int = columns.number()
    failing_since: str = columns.text()
    next_try: str = columns.text()


class WebhookCursorRow(SQLModel, table=True):
    """How far a subscription was told of a book: every event up to ``seq``. A book without one was not told of at all."""

    __tablename__ = "webhook_cursor"
    __table_args__ = (CheckConstraint("seq >= 0 AND attempts >= 0", name="webhook_cursor_counts"), TENANT)
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    webhook_id: int = columns.number(primary_key=True, foreign_key=_WEBHOOK)
    seq: int = columns.number()
    attempts: int = columns.number()
    failing_since: str = columns.text()
    next_try: str = columns.text()


class WebhookDeliveryRow(SQLModel, table=True):
    """A try to tell an event, kept for some weeks. Nothing of what was sent lies here: the log has it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index("webhook_delivery_by_time", "at"), _BY_KEY)
    webhook_id: int = columns.number(primary_key=True, foreign_key=_WEBHOOK)
    number: int = columns.number(primary_key=True)
    book_id: str = columns.text()
    seq: int = columns.number()
    kind: str = columns.text()
    at: str = columns.text()
    met: str = columns.text()
    status: int = columns.number()
    took_ms: int = columns.number()

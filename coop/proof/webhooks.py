"""Who is told what, as the house's log left it, and every row that says otherwise.

Whoever can write to the database could have a third address told of everything, or have one that watches told no more: the
log seals each subscription with its address, its secrets and its end, and says which were stopped and resumed.
"""

from collections.abc import Iterable, Iterator

from coop.webhooks.seals import WebhooksKept
from ledger.log.rules import HOUSE
from ledger.seal.rules import digest_of
from ledger.side_books.rules import Fact, faults_of_facts
from schemas.log import LogEntry
from schemas.problems import Fault, Problem

webhook_must_be_as_logged = Fault(
    code="webhook_must_be_as_logged",
    says="Subscription {webhook} is kept as told or stopped, and the log says otherwise.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
webhook_must_not_run_ahead = Fault(
    code="webhook_must_not_run_ahead",
    says="Subscription {webhook} is kept as told of more than the log of book {book} holds.",
    remedy="Somebody changed it behind the service's back; replay it from where its receiver is.",
)
PREFIX = "webhook."
"""How the acts of subscriptions begin."""
_MADE, _SECRET, _END = "webhook.make", "webhook.secret", "webhook.end"
_STOPPED = {_MADE: False, "webhook.stop": True, "webhook.resume": False}


def faults_of_webhooks(kept: WebhooksKept, entries: Iterable[LogEntry]) -> Iterator[Problem]:
    """Everything that has somebody told or not told, and is not as the log left it."""
    logged = tuple(entries)
    yield from faults_of_facts(_facts(kept), logged, acts=frozenset({_MADE, _SECRET, _END}), book=HOUSE)
    stopped = {entry.subject: _STOPPED[entry.act] for entry in logged if entry.act in _STOPPED}
    for one in kept.webhooks:
        if kept.stopped.get(one.id) is not stopped.get(f"webhook:{one.id}"):
            yield webhook_must_be_as_logged.at(f"/webhooks/{one.id}", webhook=one.id)
    for webhook, book in kept.ahead:
        yield webhook_must_not_run_ahead.at(f"/webhooks/{webhook}", webhook=webhook, book=book)


def _facts(kept: WebhooksKept) -> Iterator[Fact]:
    for act, id, row in (
        *((_MADE, one.id, one) for one in kept.webhooks),
        *((_SECRET, one.webhook, one) for one in kept.secrets),
        *((_END, one.webhook, one) for one in kept.ends),
    ):
        yield Fact(act=act, subject=f"webhook:{id}", content=digest_of(row))

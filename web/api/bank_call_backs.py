"""What the bank says unasked, over HTTP: signed by the bank instead of a session or a token."""

from coop.access import actions as access
from ledger.keys import actions as keys
from ledger.keys import queries as used_keys
from ledger.log import actions as log
from ledger.seal import rules as seal
from payouts.batches import queries
from payouts.batches.actions import batch_must_exist
from payouts.batches.bank import CALL_BACK, CallBack, bank_must_have_signed, is_signed
from schemas.problems import Refusal, RefusalKind
from schemas.units import Value
from web import wire
from web.api.route import Answer, Call, Door, Nothing, Routes
from web.auth.gate import Gate
from web.bank_line import bank_of, take
from web.database import Connection

routes = Routes("Bank line 银企直连")


class HeardCallBack(Value):
    """How many words of a call-back were new, and how many were known."""

    new: int
    repeated: int


@routes.talks("/bank/call-backs", deed=None, content=CallBack, answers=HeardCallBack)
async def take_call_back(_gate: Gate, _door: Door, call: Call[Nothing, CallBack]) -> Answer:
    """Take what the bank says of a batch that went over the line 银行回调. It is signed by the key shared with the bank in
    the headers Lianjian-Timestamp and Lianjian-Signature: HMAC-SHA256, in hex, over the timestamp, ``POST call-backs`` and
    the body, a line each; five minutes later it is refused. The same ``id`` again is answered as the first time."""
    at_bank = bank_of(call.house.settings)
    body = await call.request.body()
    if at_bank is None or not is_signed(at_bank.key, CALL_BACK, body, call.request.headers, at=call.at):
        raise Refusal(bank_must_have_signed.at(), kind=RefusalKind.FORBIDDEN)
    heard: HeardCallBack = await call.request.app.state.writer.do(
        lambda db: _heard(db, call), book=call.body.book
    )
    return Answer(heard)


def _heard(db: Connection, call: Call[Nothing, CallBack]) -> HeardCallBack:
    said = call.body
    if queries.batch(db, book=said.book, number=said.batch) is None:
        raise Refusal(batch_must_exist.at("/batch", number=said.batch))
    log.lock(db, book=said.book)
    # The bank numbers its words as it likes, with an account in it for all the house knows.
    key, fingerprint = f"bank:{seal.digest_of(said.id)}", seal.digest_of(said)
    before = used_keys.used(db, book=said.book, keys=[key]).get(key)
    if before is not None:
        if before.fingerprint != fingerprint:
            raise Refusal(keys.key_must_mean_the_same.at("/id", key=said.id))
        return wire.read(used_keys.answer_again(before), HeardCallBack)
    made = take(db, book=said.book, number=said.batch, said=said.answers, on=call.on, at=call.at)
    heard = HeardCallBack(new=len(made.outcomes), repeated=made.repeated)
    answer = wire.written(heard, HeardCallBack).decode()
    used = keys.NewKey(key=key, fingerprint=fingerprint, answer=answer)
    keys.remember_sealed(db, used, book=said.book, by=access.service(db, at=call.at), at=call.at)
    return heard

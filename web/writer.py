"""The one writer of a database: whatever waits while a commit is running becomes the next transaction.

Callers hand in a function of the connection (or one step of a batch) and wait for what it returns. The writer
takes everything that queued while the last commit ran, runs it in one transaction and commits once: group commit
without a timer. Each piece stands on a savepoint of its own, so one that is refused, or fails, leaves its
neighbours unharmed; nobody is answered before the commit. On PostgreSQL each book's pieces are a transaction of
their own, so that no transaction spans two books and several processes may write.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
MOST = 512
"""Pieces in one transaction at the most."""

_log = logging.getLogger("lianjian.writer")


class Many(NamedTuple):
    """A verb that takes many items of one kind at once. ``key`` says which items go together (the book, who acts,
    and what else the verb takes once); ``run`` does them, with one result each in order."""

    key: tuple[Any, ...]
    item: Any
    run: Callable[[Connection, Sequence[Any]], Sequence[Any]]


class _Piece:
    __slots__ = ("asked", "book", "done", "keep", "loop")

    def __init__(
        self,
        asked: Callable[[Connection], Any] | Many,
        *,
        book: str,
        keep: bool,
        done: "Future[Any] | asyncio.Future[Any]",
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.asked, self.book, self.keep, self.done, self.loop = asked, book, keep, done, loop


class WriterStopped(RuntimeError):
    """The writer was stopped before this piece's turn came; nothing of it was written."""


class Writer:
    """Runs what is handed in, one transaction after the other, on a thread of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[_Piece | None] = SimpleQueue()
        self._thread = Thread(target=self._serve, name="writer", daemon=True)
        self._stopped = False
        self.transactions = 0
        self.pieces = 0
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it takes work."""
        return self._thread.is_alive() and not self._stopped

    @property
    def waiting(self) -> int:
        """Pieces that wait for their turn."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Finish what is queued, then end. Whatever comes later is refused."""
        self._stopped = True
        self._queue.put(None)
        self._thread.join()

    async def do(self, act: Callable[[Connection], T], *, book: str = "", keep: bool = True) -> T:
        """Run ``act`` and wait for its commit; with ``keep=False`` it is rolled back after its answer (a dry run)."""
        result: T = await self._hand_in(act, book=book, keep=keep)
        return result

    async def do_one_of_many(self, many: Many, *, book: str) -> Any:
        """Run one item of a batch verb together with all that wait beside it; its own result, or its own error."""
        return await self._hand_in(many, book=book, keep=True)

    def do_now(self, act: Callable[[Connection], T], *, book: str = "", keep: bool = True) -> T:
        """The same for callers without an event loop."""
        done: Future[T] = Future()
        self._put(_Piece(act, book=book, keep=keep, done=done, loop=None))
        return done.result()

    async def _hand_in(self, asked: Callable[[Connection], Any] | Many, *, book: str, keep: bool) -> Any:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._put(_Piece(asked, book=book, keep=keep, done=done, loop=loop))
        return await done

    def _put(self, piece: _Piece) -> None:
        if self._stopped:
            raise WriterStopped
        self._queue.put(piece)

    def _serve(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            pieces = [first]
            while len(pieces) < MOST:
                try:
                    piece = self._queue.get_nowait()
                except Empty:
                    break
                if piece is None:
                    self._queue.put(None)
                    break
                pieces.append(piece)
            for together in self._transactions(pieces):
                _deliver(together, self._run(together))
                self.transactions += 1
                self.pieces += len(together)

    def _transactions(self, pieces: list[_Piece]) -> Iterable[list[_Piece]]:
        if self._engine.dialect.name == "sqlite":
            return [pieces]
        by_book: defaultdict[str, list[_Piece]] = defaultdict(list)
        for piece in pieces:
            by_book[piece.book].append(piece)
        return by_book.values()

    def _run(self, pieces: list[_Piece]) -> list[Any]:
        """One transaction; the results (or errors) in the order of the pieces."""
        results: list[Any] = [None] * len(pieces)
        try:
            with self._engine.begin() as db:
                for turn in _turns(pieces):
                    together = [pieces[index] for index in turn]
                    answers = (
                        _many_on_savepoint(db, together)
                        if _key(together[0]) is not None
                        else [_on_savepoint(db, together[0])]
                    )
                    for index, answer in zip(turn, answers, strict=True):
                        results[index] = answer
        except Exception as error:  # the commit itself failed: nothing of it is written, everybody is told
            _log.exception("a transaction of %d pieces failed", len(pieces))
            return [_Failed(error)] * len(pieces)
        return results


class _Failed(NamedTuple):
    error: BaseException


def _key(piece: _Piece) -> tuple[Any, ...] | None:
    return piece.asked.key if isinstance(piece.asked, Many) and piece.keep else None


def _turns(pieces: Sequence[_Piece]) -> Iterable[Sequence[int]]:
    """Which pieces go together: those of one verb and key at the place of the first, each other alone."""
    turns: dict[tuple[Any, ...], list[int]] = {}
    for index, piece in enumerate(pieces):
        turns.setdefault(_key(piece) or (index,), []).append(index)
    return turns.values()


def _on_savepoint(db: Connection, piece: _Piece) -> Any:
    asked = piece.asked
    savepoint = db.begin_nested()
    try:
        result = asked.run(db, [asked.item])[0] if isinstance(asked, Many) else asked(db)
    except Exception as error:  # handed to whoever asked; the neighbours go on
        savepoint.rollback()
        return _Failed(error)
    if piece.keep:
        savepoint.commit()
    else:
        savepoint.rollback()
    return result


def _many_on_savepoint(db: Connection, pieces: list[_Piece]) -> Sequence[Any]:
    """All items of a verb at once; when the database refuses the lot, each alone, so that only the bad one fails."""
    first = pieces[0].asked
    assert isinstance(first, Many)
    savepoint = db.begin_nested()
    try:
        results = first.run(db, [piece.asked.item for piece in pieces])  # type: ignore[union-attr]
    except Exception as error:  # one bad item must not fail its neighbours
        savepoint.rollback()
        if len(pieces) == 1:
            return [_Failed(error)]
        return [_on_savepoint(db, piece) for piece in pieces]
    savepoint.commit()
    return results


def _deliver(pieces: Sequence[_Piece], results: Sequence[Any]) -> None:
    """Answer everybody; those of one event loop in one call."""
    waiting: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for piece, result in zip(pieces, results, strict=True):
        if piece.loop is None:
            _settle(piece.done, result)
        else:
            waiting.setdefault(piece.loop, []).append((piece.done, result))  # type: ignore[arg-type]
    for loop, answers in waiting.items():
        loop.call_soon_threadsafe(_settle_all, answers)


def _settle_all(answers: Iterable[tuple[asyncio.Future[Any], Any]]) -> None:
    for done, result in answers:
        if not done.cancelled():
            _settle(done, result)


def _settle(done: "Future[Any] | asyncio.Future[Any]", result: Any) -> None:
    if isinstance(result, _Failed):
        done.set_exception(result.error)
    else:
        done.set_result(result)

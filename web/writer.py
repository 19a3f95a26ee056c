"""The one writer of a database: whatever waits while a commit is running becomes the next transaction.

Callers hand in a function of the connection (or one step of a batch) and wait for what it returns. The writer
takes everything that queued while the last commit ran, runs it in one transaction and commits once: group commit
without a timer. What goes together in one call of a verb stands on a savepoint of its own (alone in its
transaction it needs none), so one that is refused, or fails, leaves its neighbours unharmed; nobody is answered
before the commit. On PostgreSQL each book's pieces are a transaction of their own, so that no transaction spans two
books and several processes may write.
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
"""Pieces after which no more are taken into a transaction."""

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
    """Runs what is handed in, one transaction after the other, on a thread and a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._db: Connection | None = None
        self._queue: SimpleQueue[list[_Piece] | None] = SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Piece]] = {}
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
        """Hands full of pieces that wait for their turn."""
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
        if self._stopped:
            raise WriterStopped
        self._queue.put([_Piece(act, book=book, keep=keep, done=done, loop=None)])
        return done.result()

    async def _hand_in(self, asked: Callable[[Connection], Any] | Many, *, book: str, keep: bool) -> Any:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        gathered = self._gathered.setdefault(loop, [])
        if not gathered:
            loop.call_soon(self._hand_over, loop)
        gathered.append(_Piece(asked, book=book, keep=keep, done=done, loop=loop))
        return await done

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """What came in one turn of the event loop goes to the writer in one go."""
        pieces = self._gathered.pop(loop)
        if self._stopped:
            _settle_all((piece.done, _Failed(WriterStopped())) for piece in pieces)  # type: ignore[misc]
        else:
            self._queue.put(pieces)

    def _serve(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                if self._db is not None:
                    self._db.close()
                return
            pieces = list(first)
            while len(pieces) < MOST:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                if more is None:
                    self._queue.put(None)
                    break
                pieces += more
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
        try:
            db = self._connection()
            turns: Sequence[Sequence[int]] = _turns(pieces)
            if len(turns) == 1 and pieces[0].keep:
                results = _together(db, pieces)
                if not isinstance(results, _Failed):
                    return list(results)
                if len(pieces) == 1:
                    return [results]
                turns = [[index] for index in range(len(pieces))]
            return self._on_savepoints(db, pieces, turns)
        except (
            Exception
        ) as error:  # the transaction itself failed: nothing of it is written, everybody is told
            _log.exception("a transaction of %d pieces failed", len(pieces))
            return [_Failed(error)] * len(pieces)

    def _connection(self) -> Connection:
        """The writer's own connection, a new one after the database was gone."""
        if self._db is not None and self._db.invalidated:
            self._db.close()
            self._db = None
        if self._db is None:
            self._db = self._engine.connect()
        return self._db

    def _on_savepoints(
        self, db: Connection, pieces: Sequence[_Piece], turns: Iterable[Sequence[int]]
    ) -> list[Any]:
        results: list[Any] = [None] * len(pieces)
        with db.begin():
            for turn in turns:
                answers = _many_on_savepoint(db, [pieces[index] for index in turn])
                for index, answer in zip(turn, answers, strict=True):
                    results[index] = answer
        return results


class _Failed(NamedTuple):
    error: BaseException


def _key(piece: _Piece) -> tuple[Any, ...] | None:
    return piece.asked.key if isinstance(piece.asked, Many) and piece.keep else None


def _turns(pieces: Sequence[_Piece]) -> Sequence[Sequence[int]]:
    """Which pieces go together: those of one verb and key at the place of the first, each other alone."""
    turns: dict[tuple[Any, ...], list[int]] = {}
    for index, piece in enumerate(pieces):
        turns.setdefault(_key(piece) or (index,), []).append(index)
    return list(turns.values())


def _many(db: Connection, pieces: Sequence[_Piece]) -> Sequence[Any]:
    """The results of pieces that go together: the items of one verb, or one act."""
    asked = pieces[0].asked
    if not isinstance(asked, Many):
        return [asked(db)]
    return asked.run(db, [piece.asked.item for piece in pieces])  # type: ignore[union-attr]


def _together(db: Connection, pieces: Sequence[_Piece]) -> Sequence[Any] | _Failed:
    """Pieces that go together as a transaction of their own. What refuses them is handed back and nothing is written;
    a commit that fails is raised, for nobody knows whether it was kept."""
    transaction = db.begin()
    try:
        results = _many(db, pieces)
    except (
        Exception
    ) as error:  # one bad item must not fail its neighbours: whoever called tries them one by one
        transaction.rollback()
        return _Failed(error)
    transaction.commit()
    return results


def _many_on_savepoint(db: Connection, pieces: Sequence[_Piece]) -> Sequence[Any]:
    """The results of pieces that go together; when the database or a rule refuses the lot, each alone, so that only the
    bad one fails. What is not to be kept is undone after its answer."""
    savepoint = db.begin_nested()
    try:
        results = _many(db, pieces)
    except Exception as error:  # handed to whoever asked; the neighbours go on
        savepoint.rollback()
        if len(pieces) == 1:
            return [_Failed(error)]
        return [_many_on_savepoint(db, [piece])[0] for piece in pieces]
    if pieces[0].keep:
        savepoint.commit()
    else:
        savepoint.rollback()
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

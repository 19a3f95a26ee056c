"""How the tables lie on a cluster, as a value."""

from schemas.units import Value


class Spread(Value):
    """The tables spread by book, and those every node has whole. On a database without Citus nothing was changed:
    ``on_cluster`` is False, and the keys were proved with ``partitions`` hash partitions of each table by book."""

    by_book: tuple[str, ...]
    everywhere: tuple[str, ...]
    on_cluster: bool
    partitions: int

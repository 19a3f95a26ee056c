"""``distribute``: the tables over a cluster."""

from web.cli.command import as_json, command
from web.cli.house import House
from web.database import spread
from web.i18n.words import N_


@command(
    says=N_(
        "Spread the tables of the database in LIANJIAN_DATABASE_URL over its Citus cluster, by book.\n\n"
        "All rows of a book lie on one node; people, places and logins are whole on every node. Where the database has no "
        "Citus nothing is changed: the keys are proved by building the schema with hash partitions by book, and that is "
        "said."
    )
)
@as_json
def distribute(house: House, as_json: bool) -> None:
    """Spread the tables."""
    done = spread(house.settings.database_url)
    if as_json:
        house.json(done)
        return
    house.tell(N_("By book: {tables}"), tables=" ".join(done.by_book))
    house.tell(N_("Whole on every node: {tables}"), tables=" ".join(done.everywhere))
    if done.on_cluster:
        house.tell(N_("The tables are spread over the cluster."))
    else:
        house.tell(
            N_(
                "There is no Citus in this database, so nothing was changed: every key was proved with {partitions} hash "
                "partitions by book. The cluster itself is not proved."
            ),
            partitions=done.partitions,
        )

"""``key``: the key that seals identity data."""

from coop.vault.rules import Vault
from schemas.units import Value
from web.auth.keys import Keys
from web.cli.command import CommandGroup, as_json, command
from web.cli.house import House
from web.database import Connection
from web.i18n.words import N_

key = CommandGroup(name="key", help=N_("The key that seals identity, account and telephone numbers."))


class KeyAdded(Value):
    """The name of the key that seals from now on, and of all keys that open."""

    seals: str
    opens: tuple[str, ...]


@command(
    group=key,
    writes=True,
    says=N_(
        "Add a key to the key file, and seal with it from now on.\n\n"
        "What older keys sealed stays under them, so their lines stay in the file, the oldest first. Also the way on after the "
        "loss of the file: what the lost key sealed stays unreadable until it is found."
    ),
)
@as_json
def add(house: House, as_json: bool) -> None:
    """A new key."""
    at, keys = house.now()[1], Keys(house.settings.key_file)

    def renew(db: Connection) -> Vault:
        return keys.renew(db, at=at)

    opens = tuple(house.act(renew).keys)
    added = KeyAdded(seals=opens[-1], opens=opens)
    if as_json:
        house.json(added)
        return
    house.tell(N_("Key {key} seals from now on; the file has {count}."), key=added.seals, count=len(opens))
    house.tell(
        N_("Copy the file to its safe place now, and start a running service anew: it reads the file once.")
    )

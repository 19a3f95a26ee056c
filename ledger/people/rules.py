"""What the log says of a person.

>>> known_text("覃会计", known_from="qingshui")
'覃会计 qingshui'
"""

from ledger.seal.rules import digest_of

KNOWN = "person.know"
"""The act under which the house's log seals who somebody is."""


def known_text(name: str, *, known_from: str) -> str:
    """A person as the log keeps them when they become known: the name, and the book whose papers name them."""
    return f"{name} {known_from}".strip()


def sealed_person(name: str, *, known_from: str) -> str:
    """The digest under which the log seals who somebody is."""
    return digest_of((name, known_from))

"""What a township's tiers are, in plain words: how many are in each, how a bonus is paid, and why somebody is paid nothing
(RULES §7). Pages, papers and messages say it with these.

>>> heads_said("en", (2, 2, 1))
'5 × 3/10, 4/10, 3/10 = 1.5, 2, 1.5: whole 1, 2, 1, and the 1 left over to the largest remainder, equal ones to the higher tier: 2, 2, 1.'
"""

from collections.abc import Sequence

from ledger.money import text_from_hundredths, yuan_grouped
from payouts.tiers import PARTS
from schemas.policies import BonusMode, BonusScheme, Unpaid
from schemas.tiers import Payment, PostKind, TierPerson
from schemas.units import Fen
from web.i18n import say, say_word
from web.i18n.words import N_

_TIERS = {1: N_("tier one"), 2: N_("tier two"), 3: N_("tier three")}


def tier_said(locale: str, tier: int) -> str:
    """一等, 二等, 三等."""
    return say(locale, _TIERS[tier])


def heads_said(locale: str, counts: Sequence[int]) -> str:
    """How many are in each tier, and how that came about: whole numbers first, what is left over by the remainders."""
    number = sum(counts)
    exact = [_decimal(number * part) for part in PARTS]
    whole = [number * part // 10 for part in PARTS]
    comma = "、" if locale == "zh_CN" else ", "
    figures = {"number": str(number), "exact": comma.join(exact), "counts": comma.join(map(str, counts))}
    left = number - sum(whole)
    if not left:
        return say(locale, N_("{number} × 3/10, 4/10, 3/10 = {counts}."), figures)
    figures |= {"whole": comma.join(map(str, whole)), "left": str(left)}
    return say(
        locale,
        N_(
            "{number} × 3/10, 4/10, 3/10 = {exact}: whole {whole}, and the {left} left over to the largest remainder, equal "
            "ones to the higher tier: {counts}."
        ),
        figures,
    )


def _decimal(tenths: int) -> str:
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest}" if rest else str(whole)


def worth_said(scheme: BonusScheme, tier: int) -> str:
    """What a tier is worth: a coefficient, or the amount of a tariff."""
    worth = scheme.tiers[tier - 1]
    return text_from_hundredths(worth) if scheme.mode is BonusMode.COEFFICIENTS else yuan_grouped(worth)


def parts_said(parts: Sequence[Fen]) -> str:
    """The instalments of a bonus: twelve alike, or eleven and the last with what is left."""
    if not parts:
        return ""
    first, last = parts[0], parts[-1]
    if first == last:
        return f"{len(parts)} × {yuan_grouped(first)}"
    return f"{len(parts) - 1} × {yuan_grouped(first)} + {yuan_grouped(last)}"


def how_said(locale: str, person: TierPerson) -> str:
    """How a bonus is paid; empty where nothing is."""
    if not person.paid:
        return ""
    if person.how is Payment.ONCE:
        return say(locale, N_("once, by the assembly's resolution"))
    return say(locale, N_("with next year's salary: {parts}"), {"parts": parts_said(person.instalments)})


def why_nothing(locale: str, person: TierPerson, scheme: BonusScheme) -> str:
    """Why somebody who has a rank is paid nothing, and where the money goes; empty where it is paid."""
    if not person.excluded:
        return ""
    figures = {"share": yuan_grouped(person.share)}
    if person.ranked_by is PostKind.CADRE:
        grade = "—" if person.grade is None else say_word(locale, f"grade.{person.grade}")
        why = say(locale, N_("Graded {grade}: keeps the rank and is paid nothing"), {"grade": grade})
    else:
        score = {"score": text_from_hundredths(person.score)}
        why = say(locale, N_("{score} points are below 60.00: keeps the rank and is paid nothing"), score)
    if scheme.unpaid is Unpaid.RESHARED:
        return f"{why}{say(locale, N_('; {share} is shared among the others.'), figures)}"
    return f"{why}{say(locale, N_('; {share} stays with the payer.'), figures)}"


def posts_said(locale: str, person: TierPerson) -> str:
    """The posts somebody holds, and of two the one that ranks."""
    if len(person.posts) == 1:
        return say_word(locale, f"post.{person.ranked_by}")
    comma = "、" if locale == "zh_CN" else ", "
    held = comma.join(say_word(locale, f"post.{one}") for one in person.posts)
    by = say_word(locale, f"post.{person.ranked_by}")
    return say(locale, N_("{posts}; ranked as {post}"), {"posts": held, "post": by})

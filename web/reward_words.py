"""What a township's bonus policy and reward schemes say, in the reader's words; and why somebody gets what he gets."""

from ledger.money import text_from_hundredths, yuan, yuan_grouped
from schemas.policies import BonusMode, BonusPolicy, LevelMoney, TieKey
from schemas.rewards import (
    Amount,
    Bound,
    ByFigures,
    ByMark,
    ByPlace,
    ByProportion,
    Candidate,
    Coefficient,
    OwnPart,
    PoolPart,
    Reward,
    RewardClass,
    RewardPolicy,
)
from web.i18n import say, say_word
from web.i18n.words import N_
from web.policy_words import Said, percent

_TIES = {TieKey.BENEFIT: "dimension.6", TieKey.ATTENDANCE: "dimension.5"}


def bonus_said(policy: BonusPolicy, locale: str) -> tuple[Said, ...]:
    """Everything a bonus policy says."""

    def tell(label: str, text: str) -> Said:
        return Said(say(locale, label), text)

    yes = N_("it stops") if policy.leaving_stops else N_("it goes on")
    return (
        tell(N_("Pool of the township"), "—" if policy.pool is None else yuan_grouped(policy.pool)),
        tell(N_("Over the villages"), _money(policy.over_villages, locale)),
        tell(N_("Over the people of a village"), _money(policy.over_people, locale)),
        tell(N_("Next keys of equal scores"), _list([tie_said(key, locale) for key in policy.ties], locale)),
        tell(N_("Who has two posts is ranked"), say_word(locale, f"two_posts.{policy.two_posts}")),
        tell(N_("Paid by"), say_word(locale, f"payer.{policy.payer}")),
        tell(N_("What is not yet due when somebody leaves office"), say(locale, yes)),
        tell(N_("Resolution"), policy.resolution or "—"),
    )


def tie_said(key: TieKey, locale: str) -> str:
    """A next key as it is called."""
    return say_word(locale, _TIES[key])


def _money(money: LevelMoney | None, locale: str) -> str:
    if money is None:
        return "—"
    write = yuan_grouped if money.mode is BonusMode.TARIFF else text_from_hundredths
    tiers = " / ".join(map(write, money.tiers))
    unpaid = say(
        locale, N_("what is not paid: {where}"), {"where": say_word(locale, f"unpaid.{money.unpaid}")}
    )
    return f"{say_word(locale, f'bonus_mode.{money.mode}')} {tiers} · {unpaid}"


def reward_said(policy: RewardPolicy, locale: str) -> tuple[Said, ...]:
    """Everything a reward scheme says."""
    scheme = policy.scheme

    def tell(label: str, text: str) -> Said:
        return Said(say(locale, label), text)

    said = [tell(N_("Scheme"), scheme.name)]
    said += (
        tell(N_("Score"), f"{part.name} {percent(part.weight_bp)}") if no == 0
        else Said(f"{say(locale, N_('Score'))} {no + 1}", f"{part.name} {percent(part.weight_bp)}")
        for no, part in enumerate(scheme.score)
    )  # fmt: skip
    said += (
        Said(
            f"{say(locale, N_('Class of the scheme'))} {no} {one.name}",
            f"{takes_said(one, locale)} → {pays_said(one, locale)}",
        )
        for no, one in enumerate(scheme.classes, 1)
    )
    said += (
        Said(
            f"{say(locale, N_('For each'))} {rate.figure}",
            yuan_grouped(rate.each),
        )
        for rate in scheme.rates
    )
    if scheme.bounds is not None:
        least, most = map(yuan_grouped, scheme.bounds)
        said.append(tell(N_("Amounts from and to"), f"{least} – {most}"))
    if scheme.entitled_bp != WHOLE:
        said.append(tell(N_("Part of one's own pay it speaks of"), percent(scheme.entitled_bp)))
    if policy.pool is not None:
        said.append(tell(N_("Pool"), yuan_grouped(policy.pool)))
    said.append(tell(N_("What is not paid"), say_word(locale, f"unpaid.{scheme.unpaid}")))
    said.append(tell(N_("Resolution"), policy.resolution or "—"))
    return tuple(said)


WHOLE = 10_000


def takes_said(one: RewardClass, locale: str) -> str:
    """Whom a class takes."""
    match one.takes:
        case ByPlace(first=first, last=last) if first == last > 0:
            return say(locale, N_("place {first}"), {"first": str(first)})
        case ByPlace(first=first, last=last) if first > 0:
            return say(locale, N_("places {first} to {last}"), {"first": str(first), "last": str(last)})
        case ByPlace(first=first):
            return (
                say(locale, N_("the last {count}"), {"count": str(-first)})
                if one.takes.last == -1
                else say(
                    locale,
                    N_("places {first} to {last} from below"),
                    {"first": str(-one.takes.last), "last": str(-first)},
                )
            )
        case ByProportion(part=part):
            return say(locale, N_("{part} parts of everybody ranked"), {"part": str(part)})
        case ByMark(marks=marks):
            return _list(marks, locale)
        case ByFigures(bounds=bounds):
            return _list([bound_said(bound) for bound in bounds], locale)


def bound_said(bound: Bound) -> str:
    """A bound as it is written in the form: 月数≥6."""
    parts = []
    if bound.at_least is not None:
        parts.append(f"{bound.figure}≥{short(bound.at_least)}")
    if bound.at_most is not None:
        parts.append(f"{bound.figure}≤{short(bound.at_most)}")
    return "；".join(parts)


def short(hundredths: int) -> str:
    """A figure without the decimals it does not need: 6, 2.5, 6000."""
    text = yuan(hundredths)
    return text[:-3] if text.endswith(".00") else text.rstrip("0")


def pays_said(one: RewardClass, locale: str) -> str:
    """What a class pays."""
    match one.pays:
        case Amount(amount=0):
            return say(locale, N_("no money"))
        case Amount(amount=amount):
            return say(locale, N_("{amount} each"), {"amount": yuan_grouped(amount)})
        case Coefficient(coefficient=coefficient):
            return say(
                locale, N_("coefficient {coefficient}"), {"coefficient": text_from_hundredths(coefficient)}
            )
        case OwnPart(bp=bp) if bp < 0:
            return say(locale, N_("loses {part} of one's own pay"), {"part": percent(-bp)})
        case OwnPart(bp=bp):
            return say(locale, N_("{part} of one's own pay"), {"part": percent(bp)})
        case PoolPart(part=part):
            return say(locale, N_("{part} parts of the pool"), {"part": str(part)})


def why(reward: Reward, one: Candidate, policy: RewardPolicy, locale: str) -> str:
    """Why somebody gets what he gets: the class, what it pays, what the rates add, and whether it is withheld."""
    scheme = policy.scheme
    said = []
    if reward.class_no is None:
        said.append(say(locale, N_("in no class")))
    else:
        kind = scheme.classes[reward.class_no - 1]
        said.append(f"{kind.name}：{pays_said(kind, locale)}" if locale == "zh_CN" else f"{kind.name}: {pays_said(kind, locale)}")  # fmt: skip
        if isinstance(kind.pays, OwnPart):
            said.append(
                say(
                    locale,
                    N_("own pay {entitled}, of which {part}"),
                    {"entitled": yuan_grouped(one.entitled), "part": percent(scheme.entitled_bp)},
                )
            )
    said += (
        f"{rate.figure} {short(one.figures[rate.figure])} × {yuan_grouped(rate.each)}"
        for rate in scheme.rates
        if one.figures[rate.figure]
    )
    if reward.excluded:
        said.append(say(locale, N_("keeps the rank, is paid nothing")))
    return "；".join(said) if locale == "zh_CN" else "; ".join(said)


def _list(words: tuple[str, ...] | list[str], locale: str) -> str:
    return ("、" if locale == "zh_CN" else ", ").join(words) or "—"

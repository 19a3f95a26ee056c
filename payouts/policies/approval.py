"""When a version of a policy counts: recorded by one person, approved by another who names the resolution and its scan.

Version 2 of a plan that version 3 follows is not approved any more; what shall hold again is recorded anew.
"""

from schemas.policies import Approval, PolicyHead, PolicyKind
from schemas.problems import Fault, Problem
from schemas.units import PersonId

LONGEST_RESOLUTION = 80

policy_must_exist = Fault(
    code="policy_must_exist",
    says="There is no version {version} of the policy for {year}.",
    remedy="Look it up in the list of versions.",
)
policy_must_be_approved = Fault(
    code="policy_must_be_approved",
    says="Version {version} of the policy for {year} is recorded, but nobody has approved it.",
    remedy="Have the township officer approve it with the meeting's resolution.",
)
policy_must_follow_the_one_seen = Fault(
    code="policy_must_follow_the_one_seen",
    says="You saw version {seen} as the last for {year}; the last is version {version} now.",
    remedy="Look at that version before you record yours.",
)
resolution_must_be_short = Fault(
    code="resolution_must_be_short",
    says="The number of the resolution has {length} characters.",
    remedy="Give the number alone, at most {most} characters.",
)
policy_approver_must_differ = Fault(
    code="policy_approver_must_differ",
    says="Who recorded a policy does not approve it.",
    remedy="Have another person approve it.",
)
policy_must_wait_for_approval = Fault(
    code="policy_must_wait_for_approval",
    says="Version {version} of the policy for {year} is approved already.",
    remedy="Record another version when something changes.",
)
policy_must_be_the_last = Fault(
    code="policy_must_be_the_last",
    says="Version {version} for {year} was recorded after version {seen}.",
    remedy="Approve the last version; an earlier one that shall hold again is recorded anew.",
)
approval_needs_a_resolution = Fault(
    code="approval_needs_a_resolution",
    says="No resolution of the meeting is named.",
    remedy="Give the number that stands on the scan.",
)
approval_must_name_the_same_resolution = Fault(
    code="approval_must_name_the_same_resolution",
    says="The version was recorded with resolution {recorded}; {given} is given.",
    remedy="Compare with the scan; if the recorded number is wrong, have the version recorded again.",
)
approval_needs_the_scan = Fault(
    code="approval_needs_the_scan",
    says="The scan of the resolution hangs on no version {version} of {year}.",
    remedy="Have whoever recorded it attach the scan, and look at it before you approve.",
)


def faults_of_approval(
    head: PolicyHead, *, by: PersonId, last: int, resolution: str, sha256: str
) -> tuple[Problem, ...]:
    """Everything that keeps a version from being approved: the same person, approved already, not the last, no
    resolution or another one, a scan that does not hang on it."""
    problems = []
    if head.is_approved:
        problems.append(policy_must_wait_for_approval.at("/version", version=head.version, year=head.year))
    elif head.version != last:
        problems.append(
            policy_must_be_the_last.at("/version", version=last, seen=head.version, year=head.year)
        )
    if by == head.recorded_by:
        problems.append(policy_approver_must_differ.at("/by"))
    if not resolution:
        problems.append(approval_needs_a_resolution.at("/resolution"))
    elif len(resolution) > LONGEST_RESOLUTION:
        problems.append(
            resolution_must_be_short.at("/resolution", length=len(resolution), most=LONGEST_RESOLUTION)
        )
    elif head.resolution and resolution != head.resolution:
        problems.append(
            approval_must_name_the_same_resolution.at(
                "/resolution", recorded=head.resolution, given=resolution
            )
        )
    if sha256 not in {paper.sha256 for paper in head.papers}:
        problems.append(approval_needs_the_scan.at("/sha256", version=head.version, year=head.year))
    return tuple(problems)


def subject_of(kind: PolicyKind, *, year: int, version: int) -> str:
    """What the log calls a version."""
    return f"{'policy' if kind is PolicyKind.CHARTER else kind}:{year}-{version}"


def approved_text(approval: Approval) -> str:
    """What the log says of an approval."""
    return f"{approval.on.isoformat()} {approval.resolution} {approval.sha256[:12]}"

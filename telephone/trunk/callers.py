"""Who calls, and which of our numbers, by what the trunk says of an INVITE."""

import re

from telephone.trunk.messages import SipMessage

_USER = re.compile(r"(?:sips?|tel):([^@;>]*)")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
# Privacy (RFC 3323) that keeps a number from being shown.
_WITHHELD = re.compile(r"\b(?:id|user|header|full)\b", re.IGNORECASE)


def _number(address: str) -> str:
    found = _USER.search(address)
    user = re.sub(r"[-.() ]", "", found[1]) if found else ""
    return user.lstrip("+") if _NUMBER.fullmatch(user) else ""


def caller_of(invite: SipMessage) -> str:
    """Return the caller's number, or "" where it is withheld or none.

    What the network vouches for (P-Asserted-Identity) goes before what the telephone says itself.
    """
    if _WITHHELD.search(invite.head("privacy")):
        return ""
    asserted = invite.heads("p-asserted-identity")
    if asserted:
        return next((number for one in asserted if (number := _number(one))), "")
    return _number(invite.head("from"))


def called_of(invite: SipMessage, numbers: tuple[str, ...], otherwise: str) -> str:
    """Return which of our numbers was called; `otherwise` where none of them is named."""
    named = (invite.head("p-called-party-id"), invite.head("to"), invite.first.partition(" ")[2])
    own = {number.lstrip("+"): number for number in numbers}
    return next((own[number] for one in named if (number := _number(one)) in own), otherwise)

"""What is refused about people in more than one place: each refusal worded once."""

from foundation.errors import UserError
from foundation.language import N_


def person_unknown() -> UserError:
    """The person isn't there, or not for the asker."""
    return UserError("person_unknown", N_("お相手が見つかりません。"), status=404)


def cast_unknown() -> UserError:
    """The cast isn't there, or not for the asker."""
    return UserError("cast_unknown", N_("このキャストは見つかりません。"), status=404)

"""Tables that do not grow with time, and why: no rule sweeps them."""

from collections.abc import Mapping

BOUNDED: Mapping[str, str] = {
    "push_keys": "one row: the site's own key",
    "clock_watch": "one row",
    "media_hosts": "one row for each media process; who starts deletes those long gone",
    "recording_consents": "two rows at most for each recording, and gone with it",
    "question_sides": "two rows for each thread of questions, and gone with it",
    "packs": "what staff offer",
    "rating_means": "one row for each cast who was rated, and gone with them",
    "room_categories": "what staff offer to choose from, 60 at most",
    "standbys": "one row for each cast who stands by now",
    "pauses": "one row for each cast who rests now; the ticker ends them",
    "waiting_turns": "one row for each who waits now; turns lapse",
    "waiting_misses": "for some minutes; the ticker forgets them",
    "room_search": "one row for each published room; goes when it isn't public any more",
    "room_search_due": "a row for each change; taken away within seconds",
    "reserved_people": "two rows for each reservation that is to come, kept by a trigger",
    "procrastinate_events": "goes with its job",
    "procrastinate_periodic_defers": "the last run of each line; each run deletes those before",
    "procrastinate_workers": "one row for each process; silent ones are pruned by the others",
}

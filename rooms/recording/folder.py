"""The folder of recordings, of which the database knows the names."""

from foundation.settings import Settings
from media.recording.files import RecordingFiles


def files_of(settings: Settings) -> RecordingFiles | None:
    """Return the site's recordings, to be read or written; None where there is no key to them."""
    if settings.recording_key is None:
        return None
    return RecordingFiles(
        settings.recording_folder,
        settings.recording_key.get_secret_value(),
        settings.recording_mb * 1_000_000,
        [key.get_secret_value() for key in settings.recording_old_keys],
    )


class RecordingFolder:
    """Removes files of recordings, for which no key is needed."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.recording_folder

    def remove(self, name: str) -> None:
        """Remove a file for good; one that is gone already is no error."""
        (self._folder / name).unlink(missing_ok=True)

"""The folder of recordings, of which the database knows the names."""

from foundation.settings import Settings


class RecordingFolder:
    """Removes files of recordings."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.recording_folder

    def remove(self, name: str) -> None:
        """Remove a file for good; one that is gone already is no error."""
        (self._folder / name).unlink(missing_ok=True)

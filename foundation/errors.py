"""The two families of expected errors; every other exception is a bug."""


class UserError(Exception):
    """A refusal that the person is shown, in their language.

    `code` is stable and meant for programs, `text` is the Japanese message (marked with `N_`),
    `status` is the HTTP status of a page, and `params` fill the text's `%(name)s` places.
    """

    def __init__(self, code: str, text: str, status: int = 409, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.status = status
        self.params = params

    def __str__(self) -> str:
        return f"{self.code}: {self.text % self.params if self.params else self.text}"


class ProtocolError(Exception):
    """A client broke the protocol: it is logged and refused, and only told the code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

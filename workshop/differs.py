"""A step of an exercise that isn't as it should be."""


class Differs(Exception):
    """`name` and `details` make the sentence, of chapters.toml; `hint` names the hint for it, if there is one.

    `text` stands in the sentence's place where it was made elsewhere. `shown` are lines to compare.
    """

    def __init__(
        self, name: str = "", *, text: str = "", hint: str = "", shown: tuple[str, ...] = (), **details: object
    ) -> None:
        super().__init__(name or text)
        self.name, self.text, self.hint, self.shown, self.details = name, text, hint, shown, details

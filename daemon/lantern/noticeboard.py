"""Where services put up their troubles: the status, the page and the screen read them there."""

from __future__ import annotations

from lantern import log


class Noticeboard:
    """The troubles of the moment, each a sentence under a key; what heals is taken down."""

    def __init__(self) -> None:
        self._notices: dict[str, str] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """Return the sentences, oldest first."""
        return tuple(self._notices.values())

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the keys, in the order of `notices`."""
        return tuple(self._notices)

    def post(self, key: str, sentence: str) -> None:
        """Put up a trouble, or renew its sentence."""
        if self._notices.get(key) != sentence:
            log.warning("trouble", of=key, sentence=sentence)
        self._notices[key] = sentence

    def clear(self, key: str) -> None:
        """Take a trouble down; harmless if it is not up."""
        if self._notices.pop(key, None) is not None:
            log.info("trouble over", of=key)


class Corner(Noticeboard):
    """A corner of `board` for one who may leave: `leave` takes down whatever was put up there."""

    def __init__(self, board: Noticeboard) -> None:
        super().__init__()
        self._board = board

    @property
    def notices(self) -> tuple[str, ...]:
        """Return the sentences of all of the board."""
        return self._board.notices

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the keys of all of the board."""
        return self._board.topics

    def post(self, key: str, sentence: str) -> None:
        """Put up a trouble, or renew its sentence."""
        self._notices[key] = sentence
        self._board.post(key, sentence)

    def clear(self, key: str) -> None:
        """Take a trouble down; harmless if it is not up."""
        self._notices.pop(key, None)
        self._board.clear(key)

    def leave(self) -> None:
        """Take down all that was put up here."""
        for key in list(self._notices):
            self.clear(key)

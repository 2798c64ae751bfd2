"""The projector of a rehearsal, with its keeper."""

from lantern import config
from lantern.errors import Unavailable
from lantern.hardware.projector.simulated import Make, Projection
from lantern.kiosk import lamp as lamps
from lantern.kiosk.lamp import Ask, Care, Lamp, Switch, Wait


class Booth:
    """A projector that is kept as it is wished for, as the daemon's keeper does it."""

    def __init__(self, settings: config.Projector, make: Make) -> None:
        self.model = Projection(make)
        self.lamp = Lamp()
        self.care = Care(settings.warm_s, settings.cool_s, settings.minimum_off_s)

    def go_on(self, wish, now):
        """Ask and command what is due at `now`."""
        self.model.advance(now)
        while True:
            self.lamp, step = lamps.step(self.lamp, wish, now, self.care)
            if isinstance(step, Wait):
                return
            self._do(step, now)

    def _do(self, step: Ask | Switch, now):
        try:
            if isinstance(step, Ask):
                self.lamp = lamps.answer(self.lamp, self.model.tell(now), now)
            else:
                self.model.switch(now, on=step.on)
                self.lamp = lamps.done(self.lamp, step, now, self.care)
        except Unavailable as error:
            self.lamp = lamps.silence(self.lamp, str(error), now)

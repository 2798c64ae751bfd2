"""Which adapter a configuration gets."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lantern.config import Projector, parse
from lantern.errors import ConfigError
from lantern.hardware.projector.blanking import BlankedDisplay
from lantern.hardware.projector.build import build
from lantern.hardware.projector.cec import CecDisplay
from lantern.hardware.projector.pjlink import PJLinkProjector
from lantern.hardware.projector.rs232 import SerialProjector
from lantern.hardware.projector.simulated import SimulatedProjector
from lantern.kiosk.keeper import care_of
from lantern.kiosk.lamp import Care


def section(text: str) -> Projector:
    return parse(f'[photos]\nroot = "/srv/photos"\n[projector]\n{text}').projector


def test_without_a_projector_there_is_none():
    assert build(Projector()) is None


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ('by = "pjlink"\nhost = "beamer"', PJLinkProjector, "PJLink projector at beamer:4352"),
        (
            'by = "rs232"\ndevice = "/dev/ttyUSB0"\ninput = "hdmi"',
            SerialProjector,
            "Epson ESC/VP21 projector on /dev/ttyUSB0",
        ),
        ('by = "cec"', CecDisplay, "CEC display on /dev/cec0"),
        ('by = "dpms"\ndevice = "HDMI-A-2"', BlankedDisplay, "display at HDMI-A-2"),
    ],
)
def test_the_configured_adapter_is_built_though_nothing_is_there(text, kind, name):
    built = build(section(text))
    assert isinstance(built, kind)
    assert str(built) == name


def test_a_simulated_projector_needs_nothing():
    assert isinstance(build(section('by = "simulated"')), SimulatedProjector)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('by = "beamer"', "projector.by"),
        ('by = "pjlink"', "projector.host: expected the projector's name or address"),
        ('by = "rs232"', 'projector.device: expected a path that begins with "/"'),
        ('by = "rs232"\ndevice = "ttyUSB0"', "projector.device"),
        ('by = "rs232"\ndevice = "/dev/a"\ntable = "sony"', "projector.table: expected one of"),
        (
            'by = "rs232"\ndevice = "/dev/a"\ninput = "31"',
            'projector.input: expected one of the table "epson" (computer,',
        ),
        (
            'by = "pjlink"\nhost = "a"\npassword_file = "/none"',
            "projector.password_file: /none cannot be read",
        ),
        ('password_file = "none"', "projector.password_file: expected a path"),
        ("warm_s = -1", "projector.warm_s"),
        ("port = 0", "projector.port"),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_option(text, words):
    with pytest.raises(ConfigError) as caught:
        build(section(text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_password_file_is_refused_before_the_projector_does(tmp_path):
    (tmp_path / "password").write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        build(section(f'by = "pjlink"\nhost = "a"\npassword_file = "{tmp_path}/password"'))


def test_the_lamp_gets_the_care_that_is_configured():
    wanted = section('warm_s = 1\ncool_s = 2\nminimum_off_s = 3\ninput = "31"')
    assert care_of(wanted) == Care(warm_s=1, cool_s=2, minimum_off_s=3, input="31")
    assert care_of(Projector()) == Care()


def test_no_vendors_library_is_loaded_for_a_projector_that_needs_none():
    program = (
        "import sys; from lantern.config import Projector;"
        "from lantern.hardware.projector.build import build;"
        "build(Projector(by='cec'));"
        "print(sorted({'serial', 'aiopjlink'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"

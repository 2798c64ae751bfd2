"""How mpv is started: the command line that follows from the configuration.

mpv is a process of its own: what it decodes are strangers' bytes, and a driver may hang. It does
nothing by itself but wait for commands; `kiosk.screen` gives them.

Source: mpv's manual, "Options"; each stands in mpv 0.35 (Raspberry Pi OS bookworm) and 0.40.
"""

from __future__ import annotations

from lantern import config

PROGRAM = "mpv"

_PLAYER = (
    "--no-config",
    "--load-scripts=no",
    "--ytdl=no",
    "--osc=no",
    "--osd-level=0",
    "--no-terminal",
    "--input-default-bindings=no",
    "--input-vo-keyboard=no",
    "--input-cursor=no",
    "--cursor-autohide=always",
)
"""Nobody stands at a keyboard, and nothing but the work is to be seen."""

_WORKS = (
    "--idle=yes",
    "--force-window=no",  # with nothing to show, the display is let go of: DPMS may switch it
    "--image-display-duration=inf",
    "--keep-open=yes",
    "--keep-open-pause=no",
    "--hr-seek=yes",
    "--reset-on-next-file=pause,speed",
    "--access-references=no",
    "--sub-auto=no",
    "--sid=no",
    "--audio-file-auto=no",
    "--audio-display=no",
)
"""A work is one file and nothing beside it. Its last picture stays until the next is there."""

_SOUND = (
    "--mute=yes",  # until the director has said how loud it is to be
    "--volume=0",
    "--volume-max=100",
    "--replaygain=no",
    "--gapless-audio=yes",
    "--prefetch-playlist=yes",
    "--audio-fallback-to-null=yes",
    "--audio-format=float",  # whole numbers lose up to 6 dB of exactness at low levels
    "--pulse-buffer=50",
    "--alsa-buffer-time=50000",
)
"""Silent at first; a film goes on where no sound can be made; a level is heard in some 40 ms."""


def command(settings: config.Show, socket: str, *, windowed: bool = False) -> list[str]:
    """Return mpv's command line, to listen at `socket`, a path of 107 bytes at most.

    `windowed` leaves room on a desktop for other windows.
    """
    return [
        PROGRAM,
        f"--input-ipc-server={socket}",
        *_PLAYER,
        *_WORKS,
        *_SOUND,
        f"--audio-device={settings.audio}",
        *(_window(windowed) if settings.output == "window" else _drm(settings.connector)),
    ]


def _window(windowed: bool) -> tuple[str, ...]:
    # Looking for other ways of drawing takes seconds where there is no graphics chip.
    way = ("--vo=gpu,x11", "--gpu-api=opengl", "--hwdec=auto-safe")
    if windowed:
        return (*way, "--geometry=60%x60%", "--keepaspect-window=no", "--title=Lantern")
    return (*way, "--fullscreen", "--border=no")


def _drm(connector: str) -> tuple[str, ...]:
    """Return the options for the display without a desktop, drawn on by whichever way there is."""
    chosen = (f"--drm-connector={connector}",) if connector else ()
    return ("--vo=gpu,drm", "--gpu-context=drm", "--hwdec=auto-safe", *_CHEAP, *chosen)


_CHEAP = (
    "--scale=bilinear",
    "--cscale=bilinear",
    "--dscale=bilinear",
    "--correct-downscaling=no",
    "--linear-downscaling=no",
    "--sigmoid-upscaling=no",
    "--hdr-compute-peak=no",
)
"""Drawing that a Raspberry Pi does at any rate; photos come in the display's size already.

From 0.37 on, mpv's own choice is a dearer one.
"""

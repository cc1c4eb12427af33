"""Make samples/lesson.mp4, its captions and its truth: a short made-up lesson, spoken by synthetic voices.

    python -m samples.make_lesson            # needs Debian's flite; writes beside this file

The dialogue is ours and so are the pauses: `+3.4` before a line is the silence in seconds that comes
before it, so the true waits are known. Synthetic voices prove the machinery, not accuracy on classrooms.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.compose import RATE, Said, Sound, Voice, spoken, stamp

FOLDER = Path(__file__).parent
FRAMES_A_SECOND = 10
SIZE = (640, 360)

VOICES = {
    "T": Voice(command=("flite", "-voice", "slt", "--setf", "duration_stretch=1.05")),
    "S1": Voice(command=("flite", "-voice", "rms"), shrink=1.22),
    "S2": Voice(command=("flite", "-voice", "awb"), shrink=1.25),
    "S3": Voice(command=("flite", "-voice", "kal16"), shrink=1.2),
}
NAMES = {"T": "Ms. Rivera", "S1": "Maya", "S2": "Owen", "S3": "Leo"}
COLOURS = {"T": (46, 94, 140), "S1": (196, 120, 30), "S2": (60, 130, 80), "S3": (140, 80, 130)}

SCRIPT = """
T  +1.5 Good morning, everyone.
T  +0.4 Today we are going to look at ice and water.
T  +0.4 I have a glass of water here, and I put one piece of ice into it.
T  +0.5 What do you notice about the ice?
S1 +3.8 It is floating on top of the water.
T  +1.1 It is floating on top of the water.
T  +0.5 Can everybody see it?
S2 +0.7 Yes.
T  +0.6 Why do you think the ice floats?
S2 +4.4 I think it floats because the ice is lighter than the water.
S3 +1.6 But a big piece of ice is very heavy, and it floats too.
S1 +1.2 Maybe it is about the size, because the same ice would be a bigger piece than the water.
T  +3.3 So you are saying that the same amount of water takes more room when it is frozen.
T  +0.5 How could we find out if that is true?
T  +5.8 Let me ask that in a different way.
T  +0.4 What could we measure before and after the water freezes?
S3 +3.5 We could measure how high the water is in the bottle.
T  +1.0 Great idea, Leo.
T  +0.4 You thought about what we can really see and measure.
T  +0.6 Is the bottle full now?
S1 +0.8 No.
T  +0.5 How much water is in it?
S2 +1.0 It is half full.
T  +0.6 Okay?
T  +0.7 Now take a minute and write down what you think will happen in the freezer.
T +12.0 What did you write, Maya?
S1 +3.2 I wrote that the water will go up because ice needs more room.
T  +1.3 How do you know that ice needs more room?
S1 +4.1 Because last winter a bottle broke in our car when the water was frozen.
S3 +1.4 That happened to us too, so I agree with Maya.
T  +1.2 Who has a different idea?
S2 +3.6 I think the water will stay the same, because nothing was added to it.
T  +3.1 You noticed that nothing was added, and that is an important idea.
T  +0.5 What would you say to Owen?
S3 +4.7 The amount is the same, but the room it takes can be different.
T  +1.2 Thumbs up if you agree with Leo.
T  +2.4 I see that some of you are not sure yet.
T  +0.5 We will put the bottle in the freezer and look at it tomorrow.
T  +0.5 What do we need to write on the bottle?
S1 +1.1 We need to mark the line of the water.
T  +0.8 Thank you for listening to each other today.
"""


def main() -> None:
    """Write the video, its captions and its truth."""
    said, sound = performed()
    truth = {
        "lesson": "lesson",
        "condition": "clean",
        "duration": round(len(sound) / RATE, 3),
        "utterances": [asdict(each) for each in said],
    }
    (FOLDER / "lesson.truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "lesson.vtt").write_text(captions(said), encoding="utf-8")
    write_video(FOLDER / "lesson.mp4", sound, said)
    size = (FOLDER / "lesson.mp4").stat().st_size / 1e6
    print(f"lesson.mp4: {len(sound) / RATE:.0f} s, {size:.1f} MB, {len(said)} utterances")


def performed() -> tuple[list[Said], Sound]:
    """The dialogue on its timeline, with a faint room noise so that silence is not digital zero."""
    said: list[Said] = []
    parts: list[Sound] = []
    clock = 0.0
    for row in SCRIPT.strip().splitlines():
        who, pause, text = row.split(maxsplit=2)
        sound = spoken(text, VOICES[who])
        start = clock + float(pause)
        clock = start + len(sound) / RATE
        parts += [np.zeros(round(float(pause) * RATE), dtype=np.float32), sound]
        said.append(
            Said(
                start=round(start, 3),
                end=round(clock, 3),
                role="teacher" if who == "T" else "student",
                speaker=NAMES[who],
                text=text,
                question=text.endswith("?"),
            )
        )
    parts.append(np.zeros(2 * RATE, dtype=np.float32))
    whole = np.concatenate(parts)
    whole += np.random.default_rng(0).normal(0, 4e-4, len(whole)).astype(np.float32)
    return said, (0.9 * whole / np.abs(whole).max()).astype(np.float32)


def captions(said: list[Said]) -> str:
    """Captions as a meeting tool writes them: names, and times off by up to 0.3 s."""
    rng = np.random.default_rng(1)
    cues = ["WEBVTT\n"]
    latest = 0.0
    for each in said:
        start = max(latest, each.start + rng.uniform(-0.3, 0.3))
        end = max(start + 0.2, each.end + rng.uniform(-0.3, 0.3))
        latest = start
        cues.append(f"{stamp(start)} --> {stamp(end)}\n<v {each.speaker}>{each.text}</v>\n")
    return "\n".join(cues)


def picture(at: float, said: list[Said], length: float) -> NDArray[np.uint8]:
    """One frame: a board with the glass, four heads of which the speaking one is lit, a line for time."""
    width, height = SIZE
    rows, columns = np.mgrid[0:height, 0:width]
    frame = np.full((height, width, 3), (238, 234, 226), dtype=np.uint8)
    frame[24:200, 60:580] = (52, 84, 72)
    frame[60:180, 280:360] = (96, 128, 120)
    frame[100:180, 284:356] = (120, 170, 200)
    frame[86:118, 302:338] = (226, 240, 246)
    speaking = next((NAMES_OF[each.speaker] for each in said if each.start <= at <= each.end), None)
    for k, who in enumerate(COLOURS):
        middle = (130 + 130 * k, 280)
        head = (columns - middle[0]) ** 2 + (rows - middle[1]) ** 2
        frame[head < 34**2] = COLOURS[who] if who == speaking else (200, 196, 188)
        if who == speaking:
            frame[(head > 40**2) & (head < 44**2)] = COLOURS[who]
    frame[350:356, : int(width * at / length)] = (46, 94, 140)
    return frame


NAMES_OF = {name: who for who, name in NAMES.items()}


def write_video(path: Path, sound: Sound, said: list[Said]) -> None:
    """H.264 and AAC in an MP4 that starts playing before it is whole."""
    length = len(sound) / RATE
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        video = container.add_stream("libx264", rate=FRAMES_A_SECOND, options={"crf": "30", "preset": "slow"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono", bit_rate=80_000)
        first = 0
        for number in range(round(length * FRAMES_A_SECOND)):
            image = picture(number / FRAMES_A_SECOND, said, length)
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            while first < (number + 1) / FRAMES_A_SECOND * RATE:
                piece = sound[None, first : first + 1024].astype(np.float32)
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = RATE, first
                container.mux(audio.encode(frame))
                first += 1024
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


if __name__ == "__main__":
    main()

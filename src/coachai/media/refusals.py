"""The sentences said when a recording cannot be used, or only partly: one place, so that they stay exact."""

from __future__ import annotations

from coachai.errors import EnvironmentLacks, InputRefused, NotScored

REFUSED = {
    "NOT_FOUND": "There is no file called “{name}” here. Check its name and where it is saved.",
    "A_FOLDER": "“{name}” is a folder. Give the recording itself, for example lesson.mp4.",
    "NO_PERMISSION": "“{name}” may not be opened by you. Copy it to a folder of your own and try again.",
    "EMPTY_FILE": "This file is empty. Check that the recording finished saving, then upload it again.",
    "NOT_MEDIA": "This is not a video or sound file we can read. Please upload MP4, MOV, MKV, WebM, AVI, "
    "MTS, MP3, M4A, WAV, FLAC or OGG.",
    "UNFINISHED_RECORDING": "The recording was not finished by the camera, so it cannot be opened. Copy it "
    "from the camera again, or repair it there.",
    "NO_SOUND": "This video has no sound track. Was the microphone off?",
    "NO_SUCH_TRACK": "There is no sound track {track}: this file has {count}. Choose another with --track, "
    "or leave it out.",
    "BROKEN_TIMELINE": "The clock inside this file jumps by {jump}. Please export it again from your video "
    "app.",
    "TOO_DAMAGED": "More than half of this file cannot be read.",
    "PROTECTED": "This file is copy-protected. Upload the original from the camera.",
    "UNREADABLE": "This file is damaged and cannot be read. Copy it from the camera again, or export it "
    "again from your video app.",
    "STUCK": "Reading this file came to a standstill and was stopped. Copy it from the camera again, or "
    "export it again from your video app.",
    "CHANGED": "This file changed while we read it. Wait until it is copied completely, then start again.",
    "TOO_LONG": "This recording is longer than 4 hours. Cut it to the lesson you want feedback on.",
    "TOO_SHORT": "Upload at least 1 minute.",
    "SILENT": "We can hardly hear anything ({level} dB). No wait time or talk shares were computed. Move "
    "the microphone closer and check its level.",
    "TOO_QUIET": "We can hardly hear anything ({level} dB). No wait time or talk shares were computed. Move "
    "the microphone closer and check its level.",
    "NO_SPEECH": "We found no speech in this recording.",
    "NO_CAPTIONS": "This recording carries no captions. If you have them as a file, hand that in with "
    "--captions.",
    "CAPTIONS_NOT_TEXT_INSIDE": "The captions inside this recording are pictures or broadcast signals, not "
    "text. Save them as .vtt or .srt where they were made.",
    "TOO_MANY_CAPTIONS": "The captions inside this recording are more than those of any lesson. Save them as "
    ".vtt or .srt where they were made.",
}

NOT_SCORED = frozenset({"TOO_SHORT", "SILENT", "TOO_QUIET", "NO_SPEECH"})
"""Refusals of recordings that are whole: they are kept and can be played, only not measured."""

LACKING = {
    "DISK_FULL": "The disk is full. Free some space and start again; nothing half-written was kept.",
    "NOT_WRITABLE": "The folder “{folder}” cannot be written to. Choose another folder with --out.",
    "NO_CHILD": "The program could not start a second process to read the recording. Close other programs "
    "and try again.",
    "NO_SANDBOX": "The sandbox in which recordings are read does not work on this machine, and "
    "COACHAI_SANDBOX asks for it. Run “coachai doctor”: it says what to do.",
    "WRONG_SANDBOX": "COACHAI_SANDBOX is “{said}”. Set it to auto, require or off.",
}

NOTES = {
    "PARTIAL": "We could only read {readable} of {declared}. The rest of the file is missing. Everything "
    "below is about the readable part.",
    "PARTIAL_UNKNOWN": "We could only read the first {readable}. The rest of the file is missing. Everything "
    "below is about the readable part.",
    "SOUND_TRACKS": "This file has {count} sound tracks. We used track {track}{language}. Choose another "
    "track with --track {other}.",
    "CAPTIONS": "This recording carries captions{language}. To use them, take them out with “coachai export” "
    "and hand the file in with --captions.",
    "PHONE": "Phone-quality sound ({rate} kHz)",
    "GAPS": "The sound in this file has gaps, which browsers skip over. Watch the copy named playable.mp4, "
    "where sound and picture stay together.",
    "SOUND_MISSING": "Sound is missing from {start} to {end}.",
    "MORE_MISSING": "Sound is missing in {count} more places, {seconds} seconds in all.",
    "NOISY": "Speech is only {snr} dB louder than the noise in the room; waits and who-speaks are less sure.",
    "FAINT": "For about {seconds} seconds something can be heard that is too faint or too breathy to be sure "
    "it is speech; student talk may be missed here.",
    "CLIPPED": "The sound is overloaded (clipped) for {share} % of the time; who-speaks is less sure.",
}


def clock_text(seconds: float) -> str:
    """A time as people write it: 0:05, 3:15, 1:00:00."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def refused(code: str, **values: object) -> InputRefused:
    """The refusal of that code, its sentence filled with `values`."""
    kind = NotScored if code in NOT_SCORED else InputRefused
    return kind(code, REFUSED[code].format(**values))


def lacking(code: str, **values: object) -> EnvironmentLacks:
    """What the machine lacks, its sentence filled with `values`."""
    return EnvironmentLacks(code, LACKING[code].format(**values))

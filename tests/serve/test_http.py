"""The face in HTTP, spoken to by the tools that people have: the `openai` client, and plain requests."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
import srt
import webvtt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from coachai.discourse.reading import reader_for
from coachai.errors import CoachaiError, EnvironmentLacks
from coachai.media import SAMPLE_RATE
from coachai.serve.limits import Holds, Limits
from coachai.serve.problems import TYPE
from coachai.serve.wire import Busy, Lost
from coachai.voices.listener import Ears, Listened
from tests.serve.face import SAMPLE, Saying, Served, serving, sphinx, spoken, until, wav

TOKEN = "a long secret that nobody guesses"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    return uploads


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spoken(tmp_path_factory.mktemp("sound") / "What Mia said.wav")


def client(served: Served, key: str = "any") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=key, max_retries=0)


def refused(answer: httpx.Response, status: int, code: str) -> str:
    """The sentence of a problem, which has the shape that every problem has."""
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert answer.headers["content-type"] == TYPE
    assert {"type", "title", "status", "detail", "code", "error"} <= set(told)
    assert told["status"] == status
    assert told["error"]["message"] == told["detail"]
    assert told["detail"].endswith((".", ":", "?"))
    return str(told["detail"])


def sent(served: Served, where: str = "audio/transcriptions", **parts: object) -> httpx.Response:
    return httpx.post(f"{served.url}/v1/{where}", timeout=120, **parts)  # type: ignore[arg-type]


# What the openai client gets


def test_the_openai_client_hears_words_with_their_times(folder: Path, sound: Path) -> None:
    with serving(folder, sphinx()) as served, sound.open("rb") as file:
        heard = client(served).audio.transcriptions.create(
            file=file,
            model="whisper-1",
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
    assert heard.duration == pytest.approx(10.0, abs=0.01)
    assert heard.language == "english"
    assert "good morning everyone" in heard.text
    assert heard.words is not None
    assert heard.segments is not None
    assert " ".join(each.word for each in heard.words) == heard.text
    assert " ".join(each.text for each in heard.segments) == heard.text
    assert all(0 <= each.start <= each.end <= heard.duration for each in heard.words)
    assert [each.id for each in heard.segments] == list(range(len(heard.segments)))
    assert served.left == []


def test_every_format_says_the_same_words(folder: Path, sound: Path) -> None:
    with serving(folder, Saying()) as served:
        told = {}
        for shape in ("json", "text", "verbose_json", "vtt", "srt"):
            with sound.open("rb") as file:
                answer: object = client(served).audio.transcriptions.create(
                    file=file,
                    model="test.en",
                    response_format=shape,  # type: ignore[call-overload]
                )
            told[shape] = answer if isinstance(answer, str) else answer.text  # type: ignore[attr-defined]
    said = Saying().text
    assert told["json"] == told["verbose_json"] == told["text"].strip() == said
    assert " ".join(cue.text for cue in webvtt.from_string(told["vtt"])) == said
    assert " ".join(cue.content for cue in srt.parse(told["srt"])) == said


def test_words_come_only_where_they_are_asked_for(folder: Path, sound: Path) -> None:
    with serving(folder, Saying()) as served:
        told = []
        for asked in ([], ["word"], ["segment"]):
            fields = {"model": "whisper-1", "response_format": "verbose_json"}
            fields |= {"timestamp_granularities[]": asked} if asked else {}  # type: ignore[dict-item]
            told.append(sent(served, files={"file": sound.read_bytes()}, data=fields).json())
    assert ["words" in each for each in told] == [False, True, False]
    assert ["segments" in each for each in told] == [True, False, True]


def test_figures_that_nobody_knows_are_not_made_up(folder: Path, sound: Path) -> None:
    with serving(folder, Saying()) as served, sound.open("rb") as file:
        heard = client(served).audio.transcriptions.create(
            file=file, model="whisper-1", response_format="verbose_json"
        )
    assert heard.segments is not None
    assert {each.avg_logprob for each in heard.segments} == {None}
    assert {each.no_speech_prob for each in heard.segments} == {None}


def test_the_language_that_is_asked_for_reaches_the_model(folder: Path, sound: Path) -> None:
    with serving(folder, Saying(language="de")) as served, sound.open("rb") as file:
        heard = client(served).audio.transcriptions.create(
            file=file, model="whisper-1", language="de", response_format="verbose_json"
        )
    assert [each.language for each in served.asked] == ["de"]
    assert heard.language == "german"


def test_models_are_listed_as_the_client_expects(folder: Path) -> None:
    with serving(folder, Saying()) as served:
        listed = client(served).models.list()
        assert [each.id for each in listed.data] == ["test.en", "whisper-1"]
        assert client(served).models.retrieve("test.en").id == "test.en"
        with pytest.raises(openai.NotFoundError, match=r"This model is not here: use test\.en"):
            client(served).models.retrieve("gpt-4o-transcribe")


def test_the_client_shows_our_sentence(folder: Path) -> None:
    with (
        serving(folder, Saying()) as served,
        pytest.raises(openai.APIStatusError, match="This is not a video or sound file") as shown,
    ):
        client(served).audio.transcriptions.create(file=("a.mp3", b"Dear diary"), model="whisper-1")
    assert (shown.value.status_code, shown.value.code) == (415, "NOT_MEDIA")


# What is taken in


def test_a_file_is_what_its_content_says(folder: Path, sound: Path) -> None:
    with serving(folder, Saying()) as served:
        fields = {"model": "whisper-1"}
        right = sent(served, files={"file": ("notes.txt", sound.read_bytes(), "text/plain")}, data=fields)
        video = sent(served, files={"file": ("x.wav", SAMPLE.read_bytes(), "audio/wav")}, data=fields)
    assert right.json()["text"] == video.json()["text"] == Saying().text


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "EMPTY_FILE"),
        (b"%PDF-1.7 not a recording", 415, "NOT_MEDIA"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", 422, "NO_SOUND"),
    ],
)
def test_what_is_no_recording_is_refused(folder: Path, content: bytes, status: int, code: str) -> None:
    with serving(folder, Saying()) as served:
        answer = sent(served, files={"file": ("a.wav", content)}, data={"model": "whisper-1"})
        if code == "NO_SOUND":  # whichever of the two it is called, it is refused with a sentence
            assert answer.status_code in {415, 422}
            refused(answer, answer.status_code, answer.json()["code"])
        else:
            refused(answer, status, code)
        assert served.left == []


def test_silence_is_refused_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    quiet = wav(np.zeros(5 * SAMPLE_RATE, np.int16), tmp_path / "quiet.wav")
    with serving(folder, Saying()) as served:
        answer = sent(served, files={"file": quiet.read_bytes()}, data={"model": "whisper-1"})
    assert "hardly hear anything" in refused(answer, 422, "SILENT")


def test_a_file_that_is_too_large_is_refused_before_it_is_all_there(folder: Path) -> None:
    told = 0

    def endless() -> object:
        nonlocal told
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        while told < 400:
            told += 1
            yield b"x" * 100_000

    with serving(folder, Saying(), Limits(upload_bytes=300_000)) as served:
        kind = {"content-type": "multipart/form-data; boundary=b"}
        try:
            answer = sent(served, headers=kind, content=endless())
        except httpx.WriteError:  # the connection may be closed under what is still being sent
            answer = None
        else:
            assert "0.3 MB" in refused(answer, 413, "TOO_LARGE")
        assert told < 400 or answer is not None
        until(lambda: served.left == [])
        declared = {**kind, "content-length": "900000000"}
        with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), 20) as line:
            lines = [f"{name}: {value}" for name, value in declared.items()]
            head = ["POST /v1/voices HTTP/1.1", "host: x", *lines, "", ""]
            line.sendall("\r\n".join(head).encode())
            assert b" 413 " in line.recv(1000).splitlines()[0]


def test_a_recording_that_is_too_long_is_refused(folder: Path, sound: Path) -> None:
    saying = Saying()
    with serving(folder, saying, Limits(upload_seconds=9)) as served:
        answer = sent(served, files={"file": sound.read_bytes()}, data={"model": "whisper-1"})
    assert "longer than 0:09" in refused(answer, 422, "TOO_LONG")
    assert saying.began == 0


def test_an_upload_that_stalls_is_let_go(folder: Path) -> None:
    with (
        serving(folder, Saying(), Limits(stalled_s=0.3)) as served,
        socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), 20) as line,
    ):
        head = ["POST /v1/voices HTTP/1.1", "host: x", "content-length: 1000"]
        head += ["content-type: multipart/form-data; boundary=b", "", ""]
        line.sendall("\r\n".join(head).encode() + b"--b\r\n")
        assert b" 408 " in line.recv(1000).splitlines()[0]
        until(lambda: served.left == [])


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({}, "BAD_FIELD", "model: this is missing."),
        ({"model": "x", "response_format": "docx"}, "BAD_FIELD", "response_format: "),
        ({"model": "x", "temperature": "hot"}, "BAD_FIELD", "temperature: "),
        ({"model": "x", "language": "klingon!"}, "BAD_FIELD", "language: "),
        ({"model": "x", "stream": "true"}, "BAD_FIELD", "answers come whole here"),
        ({"model": "x", "timestamp_granularities[]": "word"}, "BAD_FIELD", "needs response_format verbose"),
        ({"model": "x", "speed": "2"}, "BAD_FIELD", "speed: this is not known here."),
    ],
)
def test_a_field_that_is_wrong_is_named(
    folder: Path, sound: Path, fields: dict[str, str], code: str, sentence: str
) -> None:
    saying = Saying()
    with serving(folder, saying) as served:
        answer = sent(served, files={"file": sound.read_bytes()}, data=fields)
        assert sentence.lower() in refused(answer, 400, code).lower()
        assert served.left == []
    assert saying.began == 0


def test_a_request_without_a_file_or_with_two_is_refused(folder: Path, sound: Path) -> None:
    with serving(folder, Saying()) as served:
        none = sent(served, files={"model": (None, "whisper-1")})
        two = sent(
            served, files=[("file", ("a.wav", sound.read_bytes())), ("file", ("a.wav", sound.read_bytes()))]
        )
        plain = sent(served, json={"model": "whisper-1"})
        assert served.left == []
    refused(none, 400, "NO_FILE")
    refused(two, 400, "ONE_FILE")
    refused(plain, 415, "NOT_A_FORM")


@pytest.fixture(scope="module")
def long_served(tmp_path_factory: pytest.TempPathFactory) -> object:
    uploads = tmp_path_factory.mktemp("uploads")
    with serving(uploads, Saying()) as served:
        yield served


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300),
    st.sampled_from(
        ["multipart/form-data; boundary=b", "multipart/form-data", "text/plain", "multipart/\xff"]
    ),
)
def test_whatever_is_sent_is_answered_with_a_problem(long_served: Served, body: bytes, kind: str) -> None:
    answer = sent(long_served, content=body, headers={b"content-type": kind.encode("latin-1")})
    assert answer.status_code in {400, 413, 415}
    refused(answer, answer.status_code, answer.json()["code"])
    assert long_served.left == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", exclude_characters='"\r\n\\'), min_size=1, max_size=20),
        st.text(max_size=40),
        max_size=6,
    )
)
def test_odd_fields_are_refused_and_not_said_back(long_served: Served, fields: dict[str, str]) -> None:
    parts = [(name, (None, value)) for name, value in fields.items() if name != "file"]
    answer = sent(long_served, files=[("file", ("a", io.BytesIO(b"x"))), *parts])
    assert answer.status_code in {400, 404, 413, 415}
    told = refused(answer, answer.status_code, answer.json()["code"])
    assert all(value not in told for value in fields.values() if len(value) > 12)


# Who may ask, and how much


def test_with_a_token_nobody_is_heard_without_it(folder: Path, sound: Path) -> None:
    with serving(folder, Saying(), Limits(token=SecretStr(TOKEN))) as served:
        for given_ in ({}, {"authorization": f"Bearer {TOKEN}x"}, {"authorization": f"Basic {TOKEN}"}):
            answer = sent(served, files={"file": sound.read_bytes()}, headers=given_)
            assert TOKEN not in refused(answer, 401, "NO_TOKEN")
        assert httpx.get(f"{served.url}/healthz").status_code == 200
        assert httpx.get(f"{served.url}/openapi.json").status_code == 401
        with pytest.raises(openai.AuthenticationError, match="This engine asks for a token"):
            client(served).models.list()
        assert client(served, TOKEN).models.list().data[0].id == "test.en"


def test_beyond_its_places_a_face_says_when_to_come_again(folder: Path, sound: Path) -> None:
    going, go = threading.Event(), threading.Event()

    def hold() -> None:
        going.set()
        assert go.wait(60)

    with serving(folder, Saying(at_word=hold), Limits(at_once=1, retry_s=7)) as served:
        answers: list[httpx.Response] = []

        def first() -> None:
            answers.append(sent(served, files={"file": sound.read_bytes()}, data={"model": "whisper-1"}))

        one = threading.Thread(target=first)
        one.start()
        assert going.wait(60)
        second = sent(served, files={"file": sound.read_bytes()}, data={"model": "whisper-1"})
        assert httpx.get(f"{served.url}/healthz").status_code == 200
        go.set()
        one.join(60)
    assert "in 7 seconds" in refused(second, 429, "BUSY")
    assert second.headers["retry-after"] == "7"
    assert answers[0].status_code == 200


def test_who_leaves_is_not_worked_for(folder: Path, sound: Path) -> None:
    saying = Saying(text="word " * 3000, at_word=lambda: time.sleep(0.02))
    with serving(folder, saying) as served:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{served.url}/v1/audio/transcriptions",
                files={"file": sound.read_bytes()},
                data={"model": "whisper-1"},
                timeout=httpx.Timeout(60, read=6),
            )
        until(lambda: saying.ended == 1, 10)
        until(lambda: served.left == [])


# What goes wrong here


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (EnvironmentLacks("NO_MODEL", "There is no model in mia/models."), 503, "NO_MODEL"),
        (Lost("gone", engine=True), 503, "ENGINE_GONE"),
        (Busy(), 429, "BUSY"),
        (ZeroDivisionError("in mia/lesson.wav"), 500, "DEFECT"),
    ],
)
def test_what_goes_wrong_here_is_told_without_a_path(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, status: int, code: str
) -> None:
    class Broken(Ears):
        def listen(self, *_: object) -> Listened:
            raise error

    file = spoken(tmp_path / "mia.wav", 0, 20)
    with caplog.at_level("INFO"), serving(folder, Saying(), listener=Broken()) as served:
        answer = sent(served, "voices", files={"file": ("mia.wav", file.read_bytes())})
        assert served.left == []
    refused(answer, status, code)
    assert "mia" not in answer.text.lower()
    assert "mia" not in caplog.text.lower()
    assert "/v1/voices" in caplog.text
    assert ("retry-after" in answer.headers) == (status in {429, 503})


def test_it_is_live_before_it_is_ready(folder: Path) -> None:
    ready = False

    def holds() -> Holds:
        if not ready:
            raise CoachaiError("NOT_READY", "Loading.")
        return Holds(words="test.en", voices="v", talk="rules")

    with serving(folder, Saying(), holds=holds) as served:
        assert httpx.get(f"{served.url}/healthz").json() == {"status": "live"}
        early = httpx.get(f"{served.url}/readyz")
        refused(early, 503, "NOT_READY")
        ready = True
        told = httpx.get(f"{served.url}/readyz").json()
    assert told == {"status": "ready", "words": "test.en", "voices": "v", "talk": "rules"}


def test_an_address_that_is_not_there_is_a_problem_too(folder: Path) -> None:
    with serving(folder, Saying()) as served:
        refused(httpx.get(f"{served.url}/v2/grades"), 404, "NOT_FOUND")
        refused(httpx.get(f"{served.url}/v1/voices"), 405, "WRONG_METHOD")


# Voices and talk


def test_voices_are_told_apart_and_nothing_of_them_is_kept(folder: Path, tmp_path: Path) -> None:
    file = spoken(tmp_path / "a.wav", 0, 40)
    with serving(folder, Saying()) as served:
        found = sent(served, "voices", files={"file": file.read_bytes()}).json()
        accepted = sent(served, "voices", files={"file": file.read_bytes()}, headers={"accept": "text/rttm"})
        asked = sent(served, "voices", files={"file": file.read_bytes()}, data={"response_format": "rttm"})
        assert served.left == []
    assert {each["role"] for each in found["turns"]} == {"teacher", "student"}
    assert accepted.text == asked.text
    lines = [each.split() for each in accepted.text.splitlines()]
    assert [(each[3], each[7]) for each in lines] == [
        (f"{each['start']:.3f}", each["speaker"]) for each in found["turns"]
    ]
    assert all(len(each) <= 8 for each in _numbers(found)), "a list of numbers would be a vector"


def _numbers(told: object) -> list[list[object]]:
    if isinstance(told, dict):
        return [each for value in told.values() for each in _numbers(value)]
    if isinstance(told, list):
        own = [told] if told and all(isinstance(each, int | float) for each in told) else []
        return own + [each for value in told for each in _numbers(value)]
    return []


TALK = {
    "utterances": [
        {"start": 0, "end": 2, "speaker": "T", "role": "teacher", "text": "Why does ice float?"},
        {"start": 6, "end": 8, "speaker": "S", "role": "student", "text": "Because it is lighter."},
        {"start": 9, "end": 12, "speaker": "T", "role": "teacher", "text": "So ice is lighter than water."},
    ]
}


def test_talk_is_read_utterance_by_utterance(folder: Path) -> None:
    with serving(folder, Saying(), reader=reader_for("talkmoves")) as served:
        read = sent(served, "discourse", json=TALK).json()
    with serving(folder, Saying()) as served:
        rules = sent(served, "discourse", json=TALK).json()
    assert rules["model"] == "rules"
    assert read["model"].startswith("talkmoves")
    assert len(read["utterances"]) == len(rules["utterances"]) == 3
    assert "question" in {each["name"] for each in rules["utterances"][0]["labels"]}
    assert read["utterances"][2]["readings"]
    assert all(
        0 <= each["probability"] <= 1
        for utterance in read["utterances"]
        for each in utterance["labels"] + utterance["readings"]
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"utterances": []}, "utterances: "),
        ({"utterances": [{**TALK["utterances"][0], "role": "principal"}]}, "utterances.0.role: "),
        ({"utterances": [{**TALK["utterances"][0], "end": -1}]}, "utterances.0.end: "),
        ({"utterances": TALK["utterances"][::-1]}, "in order of their start"),
        ({"utterances": TALK["utterances"], "grade": 1}, "grade: this is not known here"),
    ],
)
def test_talk_that_cannot_be_read_is_refused_in_a_sentence(
    long_served: Served, change: dict[str, object], sentence: str
) -> None:
    assert sentence in refused(sent(long_served, "discourse", json=change), 422, "BAD_FIELD")


def test_talk_that_is_not_json_or_too_much_is_refused(folder: Path, long_served: Served) -> None:
    refused(sent(long_served, "discourse", content=b"{"), 422, "BAD_FIELD")
    with serving(folder, Saying(), Limits(utterances=2)) as served:
        refused(sent(served, "discourse", json=TALK), 413, "TOO_LARGE")


# Its own description


def test_the_description_names_every_route_and_its_answer(long_served: Served) -> None:
    document = httpx.get(f"{long_served.url}/openapi.json").json()
    assert set(document["paths"]) == {
        "/healthz", "/readyz", "/v1/models", "/v1/models/{model}",
        "/v1/audio/transcriptions", "/v1/voices", "/v1/discourse",
    }  # fmt: skip
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])
    for path in document["paths"].values():
        for operation in path.values():
            assert TYPE in operation["responses"]["default"]["content"]

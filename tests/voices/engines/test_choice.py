"""What --voices takes, and every refusal, before anything is heard."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from coachai.cli import app
from coachai.doctor import examine
from coachai.errors import CoachaiError
from coachai.voices.engines.choice import SETTING, choose
from coachai.voices.engines.local import PACKAGES, plain_name
from coachai.voices.engines.xvector import SETTING as DISTANCE

SAMPLE = Path(__file__).parents[3] / "samples" / "lesson.mp4"
LOCAL = {"segmentation": "$model/segmentation", "embedding": "$model/embedding", "plda": "$model/plda"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (SETTING, DISTANCE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which none of the engines' packages is installed."""
    for package in {each for packages in PACKAGES.values() for each in packages}:
        monkeypatch.setitem(sys.modules, package, None)


def pipeline(
    folder: Path, parts: dict[str, object], name: str = "SpeakerDiarization", **more: object
) -> Path:
    """A pyannote folder with a config.yaml and empty folders for the parts it brings."""
    folder.mkdir()
    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir()
    config = {"pipeline": {"name": f"pyannote.audio.pipelines.{name}", "params": parts}, **more}
    folder.joinpath("config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def xvector(folder: Path, architecture: str = "WavLMForXVector") -> Path:
    """The two small files of a transformers folder, and no weights."""
    folder.mkdir()
    config = {"model_type": "wavlm", "architectures": [architecture]}
    folder.joinpath("config.json").write_text(json.dumps(config), encoding="utf-8")
    prepares = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000}
    folder.joinpath("preprocessor_config.json").write_text(json.dumps(prepares), encoding="utf-8")
    return folder


def refused(asked: str) -> CoachaiError:
    """How `asked` is refused: in one sentence or two, on one line."""
    with pytest.raises(CoachaiError) as problem:
        choose(asked)
    assert "\n" not in problem.value.message
    return problem.value


@pytest.mark.parametrize("asked", ["", "auto", " AUTO "])
def test_nothing_or_auto_is_our_own(asked: str) -> None:
    assert choose(asked) is None


@pytest.mark.parametrize("asked", ["pyanote:x", "whisper", "auto:x", ":x"])
def test_an_unknown_engine_is_refused_with_those_there_are(asked: str) -> None:
    problem = refused(asked)
    assert (problem.code, problem.exit_code) == ("UNKNOWN_VOICES", 2)
    assert all(kind in problem.message for kind in ("--voices", "auto", "pyannote:", "xvector:"))


def test_the_setting_chooses_where_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "nonsense")
    assert SETTING in refused("").message
    assert choose("auto") is None


@pytest.mark.parametrize("kind", list(PACKAGES))
@pytest.mark.parametrize("said", ["", "   ", "no/such/folder", "pyannote/speaker-diarization-community-1"])
def test_a_folder_that_is_not_there_is_refused_and_never_fetched(kind: str, said: str) -> None:
    problem = refused(f"{kind}:{said}")
    assert (problem.code, problem.exit_code) == ("NO_VOICE_MODEL", 2)
    assert "none is fetched" in problem.message


def test_a_folder_that_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: [unclosed", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    other = pipeline(tmp_path / "other", LOCAL, name="VoiceActivityDetection")
    runs = pipeline(tmp_path / "runs", LOCAL, preprocessors={"audio": {"name": "os.system"}})
    for folder in (tmp_path, empty, other, runs):
        problem = refused(f"pyannote:{folder}")
        assert problem.code == "NO_VOICE_MODEL"
        assert "config.yaml" in problem.message


@pytest.mark.parametrize("part", list(LOCAL))
@pytest.mark.parametrize("away", ["pyannote/of-a-hub", "$model/nowhere", "segmentation", None])
def test_a_pipeline_that_would_fetch_a_part_is_refused(tmp_path: Path, part: str, away: str | None) -> None:
    parts = {key: value for key, value in {**LOCAL, part: away}.items() if value is not None}
    problem = refused(f"pyannote:{pipeline(tmp_path / 'away', parts)}")
    assert (problem.code, problem.exit_code) == ("VOICE_MODEL_ELSEWHERE", 3)
    assert part in problem.message
    assert "speaker-diarization-community-1" in problem.message


def test_a_folder_without_the_head_that_gives_vectors_is_refused(tmp_path: Path) -> None:
    base = refused(f"xvector:{xvector(tmp_path / 'base', 'WavLMModel')}")
    assert (base.code, base.exit_code) == ("NO_VOICE_MODEL", 2)
    assert "ForXVector" in base.message
    assert refused(f"xvector:{tmp_path}").code == "NO_VOICE_MODEL"
    half = xvector(tmp_path / "half")
    (half / "preprocessor_config.json").unlink()
    assert "preprocessor_config.json" in refused(f"xvector:{half}").message


@pytest.mark.parametrize("said", ["0", "2", "-1", "nan", "near"])
def test_a_distance_that_is_none_is_refused(
    tmp_path: Path, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DISTANCE, said)
    problem = refused(f"xvector:{xvector(tmp_path / 'model')}")
    assert (problem.code, said in problem.message) == ("BAD_SETTING", True)


@pytest.mark.usefixtures("bare")
def test_a_machine_without_the_packages_is_told_how_to_get_them(tmp_path: Path) -> None:
    made = {"pyannote": pipeline(tmp_path / "p", LOCAL), "xvector": xvector(tmp_path / "x")}
    for kind, folder in made.items():
        problem = refused(f"{kind}:{folder}")
        assert (problem.code, problem.exit_code) == ("NO_VOICE_ENGINE", 3)
        assert f"coachai[{kind}]" in problem.message


@pytest.mark.parametrize(("asked", "code"), [("nonsense", 2), ("pyannote:no/such/folder", 2)])
def test_the_command_ends_before_it_hears_anything(tmp_path: Path, asked: str, code: int) -> None:
    out = tmp_path / "out"
    ran = CliRunner().invoke(app, ["observe", str(SAMPLE), "--voices", asked, "--out", str(out)])
    assert ran.exit_code == code
    assert list(out.rglob("*")) == []


def test_the_doctor_says_what_the_setting_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> tuple[bool, bool, str]:
        (check,) = (each for each in examine() if each.name == "Another engine for the voices")
        return check.works, check.essential, check.found

    assert found()[:2] == (True, False)
    monkeypatch.setenv(SETTING, "pyannote:no/such/folder")
    works, essential, said = found()
    assert (works, essential) == (False, False)
    assert "no/such/folder" in said


def test_a_model_is_called_by_its_name_and_never_by_its_place(tmp_path: Path) -> None:
    cached = tmp_path / "models--pyannote--speaker-diarization-community-1" / "snapshots" / "0123abcd"
    cached.mkdir(parents=True)
    assert plain_name(cached) == "speaker-diarization-community-1"
    plain = tmp_path / "my-model"
    plain.mkdir()
    assert plain_name(plain) == "my-model"

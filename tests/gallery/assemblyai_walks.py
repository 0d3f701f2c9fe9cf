"""The walks of the client `assemblyai`: transcripts."""

from __future__ import annotations

from typing import Any

import assemblyai as aai

from jobtwin.lifecycle import Outcome
from tests.gallery.stage import TwinStage, VendorClient

_TRANSCRIPT = ("transcript",)
_SOUND = "https://sounds.example/a.mp3"


def _transcriber(stage: TwinStage) -> Any:
    aai.settings.base_url = stage.root  # some of the client's methods use only these settings
    aai.settings.api_key = stage.key
    return aai.Transcriber()


def transcribe(stage: TwinStage) -> None:
    """The client polls a transcript to its end."""
    transcript = _transcriber(stage).transcribe(_SOUND)

    assert transcript.status == aai.TranscriptStatus.completed
    assert transcript.text


def submitted(stage: TwinStage) -> None:
    """A submitted transcript is queued; a wait by its ID returns it completed."""
    made = _transcriber(stage).submit(_SOUND)
    ended = aai.Transcript.get_by_id(made.id)

    assert made.status == aai.TranscriptStatus.queued
    assert ended.status == aai.TranscriptStatus.completed


def uploads(stage: TwinStage) -> None:
    """Uploaded sound has a URL, which can be submitted."""
    transcriber = _transcriber(stage)
    url = transcriber.upload_file(b"RIFF")

    assert transcriber.submit(url).audio_url == url


def fails(stage: TwinStage) -> None:
    """A failed transcript has an error message."""
    stage.end(_TRANSCRIPT, Outcome.FAILURE)
    transcript = _transcriber(stage).transcribe(_SOUND)

    assert transcript.status == aai.TranscriptStatus.error
    assert transcript.error


def subtitles(stage: TwinStage) -> None:
    """The subtitles are a text at another URL."""
    assert "-->" in _transcriber(stage).transcribe(_SOUND).export_subtitles_srt()


def subtitles_early(stage: TwinStage) -> None:
    """The subtitles do not exist before the end."""
    made = _transcriber(stage).submit(_SOUND)
    try:
        made.export_subtitles_srt()
    except aai.TranscriptError:
        return
    raise AssertionError("the subtitles are there already")


def deleted(stage: TwinStage) -> None:
    """Deletion removes a transcript's text, and keeps its record."""
    made = _transcriber(stage).transcribe(_SOUND)
    aai.Transcript.delete_by_id(made.id)
    after = aai.Transcript.get_by_id(made.id)

    assert after.status == aai.TranscriptStatus.completed
    assert not after.text


def listed(stage: TwinStage) -> None:
    """All transcripts are listed, the latest first, each page by the ID in the previous one."""
    transcriber = _transcriber(stage)
    made = [transcriber.submit(_SOUND).id for _ in range(5)]
    found, asked = [], aai.ListTranscriptParameters(limit=2)
    while True:
        page = transcriber.list_transcripts(asked)
        found += [each.id for each in page.transcripts]
        asked.before_id = page.page_details.before_id_of_prev_url
        if asked.before_id is None:
            break

    assert found == made[::-1]


CLIENT = VendorClient(
    distribution="assemblyai",
    small="assemblyai.yaml",
    vendors="assemblyai.yaml",
    overlay="assemblyai.overlay.yaml",
    walks={
        "`transcribe()`": transcribe,
        "submit, wait by its id": submitted,
        "upload, submit": uploads,
        "a transcript that fails": fails,
        "subtitles, a text at another URL": subtitles,
        "no subtitles yet": subtitles_early,
        "delete": deleted,
        "list by `before_id`": listed,
    },
)

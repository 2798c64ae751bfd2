"""The owner's model folder, whole and broken, and its health as people and Prometheus see it."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from lantern.__main__ import main
from lantern.caption.card import CARD
from lantern.caption.manifest import FORMAT, MANIFEST, OLDEST_FORMAT, SHIPPED_MODELS
from lantern.catalog.reader import CatalogReader
from lantern.cli.exit_codes import ExitCode
from support.house import PATIENCE_S, House, photo
from support.ports import free_port

GRAPHS = ("bridge", "step")


@pytest.fixture
def models(tmp_path):
    """A copy of the shipped model, to be changed."""
    return Path(shutil.copytree(SHIPPED_MODELS, tmp_path / "models"))


@pytest.fixture
def house(tmp_path, models):
    """A house whose owner chose `models`."""
    house = House(tmp_path / "house")
    chosen = f'write = "off"\nmodels = "{models}"'
    house.file.write_text(house.file.read_text().replace('write = "off"', chosen))
    return house


def change(models, **fields):
    """Write `fields` into the manifest, in place of what it says of them."""
    manifest = json.loads((models / MANIFEST).read_text())
    (models / MANIFEST).write_text(json.dumps({**manifest, **fields}))


def part(models, name):
    return json.loads((models / MANIFEST).read_text())[name]


def replace_graph(models, name, content):
    """Put another file in the place of a graph, vouched for."""
    (models / part(models, name)["file"]).write_bytes(content)
    vouched = {**part(models, name), "sha256": hashlib.sha256(content).hexdigest()}
    change(models, **{name: vouched})


# What `lantern models` tells.


def test_the_shipped_model_is_told_with_its_files_licences_and_failures(capsys):
    assert main(["models"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("lantern-captioner ")
    assert part(SHIPPED_MODELS, "encoder")["sha256"] in told
    assert "Apache Licence 2.0" in told
    assert "known failures:\n  - " in told


def test_scripts_get_the_same_as_json_and_people_the_whole_card(capsys):
    main(["models", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["shipped"] is True
    for file in told["files"]:
        content = (SHIPPED_MODELS / file["file"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
    assert told["licences"]
    assert told["known_failures"]
    main(["models", "--card"])
    assert capsys.readouterr().out == (SHIPPED_MODELS / CARD).read_text("utf-8")


def test_a_model_without_a_card_is_told_without_one(models, capsys):
    (models / CARD).unlink()
    assert main(["models", "--models", str(models)]) == 0
    assert "known failures: none are told" in capsys.readouterr().out
    assert main(["models", "--models", str(models), "--card"]) == 3
    assert f"cannot read its card {CARD}" in capsys.readouterr().err


# What `lantern models check` finds.


def test_the_shipped_model_says_of_the_known_picture_what_it_should(capsys):
    assert main(["models", "check", "--json"]) == 0
    trial = json.loads(capsys.readouterr().out)
    assert trial["deviation"] is None
    assert trial["expected"]
    assert 0 < trial["describe_ms"] < 60_000


def test_another_answer_than_the_known_one_is_exit_code_6(models, capsys):
    answer = part(models, "known_answer")
    answer["caption"]["sentence"] = "two dogs in snow"
    change(models, known_answer=answer)
    assert main(["models", "check", "--models", str(models)]) == 6
    assert "TO DO  lantern-captioner" in (told := capsys.readouterr().out)
    assert 'expected "two dogs in snow", got "' in told


def test_a_model_that_nobody_asked_before_is_good_and_that_is_told(models, capsys):
    change(models, known_answer=None)
    assert main(["models", "check", "--models", str(models)]) == 0
    assert "no known answer" in capsys.readouterr().out


def remove_folder(models):
    shutil.rmtree(models)


def remove_manifest(models):
    (models / MANIFEST).unlink()


def remove_graph(models):
    (models / part(models, "step")["file"]).unlink()


def spoil_graph(models):
    with open(models / part(models, "encoder")["file"], "r+b") as file:
        file.seek(100_000)
        file.write(b"spoilt")


def exchange_graphs(models):
    for name, content in zip(
        GRAPHS,
        [(models / part(models, name)["file"]).read_bytes() for name in GRAPHS][::-1],
        strict=True,
    ):
        replace_graph(models, name, content)


BROKEN = [
    (remove_folder, "cannot read model.json (No such file or directory)"),
    (remove_manifest, "cannot read model.json (No such file or directory)"),
    (remove_graph, "cannot read step.tflite (No such file or directory)"),
    (spoil_graph, "encoder.tflite should have SHA-256 "),
    (exchange_graphs, "a graph cannot be run ("),
    (lambda models: replace_graph(models, "step", b"no graph" * 99), "a graph cannot be run ("),
    (lambda models: change(models, format=FORMAT + 1), "made for a newer Lantern"),
    (lambda models: change(models, format=OLDEST_FORMAT - 1), "made for an older Lantern"),
    (lambda models: change(models, surprise=1), "model.json is malformed: "),
]


@pytest.mark.parametrize(("broken", "told"), BROKEN)
def test_a_model_that_cannot_be_used_is_exit_code_3_with_the_reason(
    models, house, broken, told, capsys
):
    broken(models)
    for words in (["models", "check"], ["config", "check"]):
        assert main(["--config", str(house.file), *words]) == 3
        assert f"caption model in {models}: " in (reason := capsys.readouterr().err)
        assert told in reason


def test_the_doctor_looks_at_the_configured_model(house, models, capsys):
    main(["--config", str(house.file), "doctor", "--json"])
    assert (finding := model_finding(capsys))["good"], finding
    spoil_graph(models)
    assert main(["--config", str(house.file), "doctor", "--json"]) == 6
    assert not (finding := model_finding(capsys))["good"]
    assert str(models) in finding["sentence"]


def model_finding(capsys):
    findings = json.loads(capsys.readouterr().out)["findings"]
    (finding,) = [finding for finding in findings if finding["subject"] == "model"]
    return finding


# What the owner's model is used for.


def test_single_files_are_described_by_the_configured_model(house, models, capfd):
    change(models, version="7")
    house.put("a.jpg", photo(1))
    assert main(["--config", str(house.file), "caption", "--json", str(house.root / "a.jpg")]) == 0
    assert json.loads(capfd.readouterr().out)["model"] == f"{part(models, 'name')} 7"


def test_sentences_carry_the_name_of_the_owners_model_and_its_health_is_measured(house, models):
    change(models, version="7 of ours")
    name = f"{part(models, 'name')} 7 of ours"
    house.put("a.jpg", photo(1))
    house.put("b.jpg", photo(2))
    with house.running():
        house.wait_for({"a.jpg", "b.jpg"})
        house.wait(lambda: house.status().captions.photos_by_model == {name: 2}, "both count")
        status = house.status()
        assert status.model == name
        assert status.lately_ms["caption"][0] > 0
        assert f"captions: 2 by {name}; middle score" in house.run("status").stdout
        with page(house) as address:
            up = metrics(address)
        house.stop()
    reader = CatalogReader.open(house.config.paths.catalog)
    assert reader.caption_health(time.time()).photos_by_model == {name: 2}
    assert (up["lantern_daemon_up",], up["lantern_photos_captioned_total",]) == (1, 2)
    assert (up["lantern_captions", name], up["lantern_caption_score_count",]) == (2, 2)
    assert up["lantern_stage_seconds_count", "caption"] == 2
    with page(house) as address:
        down = metrics(address)
    assert (down["lantern_daemon_up",], down["lantern_files", "captioned"]) == (0, 2)
    assert ("lantern_photos_captioned_total",) not in down


@pytest.mark.parametrize("how", [spoil_graph, remove_graph, remove_folder])
def test_a_daemon_with_a_broken_model_does_not_start_and_tells_why(house, models, how):
    how(models)
    result = house.run("run")
    assert result.returncode == ExitCode.CONFIG
    assert f"lantern: caption model in {models}: " in result.stderr
    assert "lantern runs" not in result.stderr
    assert "Traceback" not in result.stderr


def test_a_model_that_breaks_while_the_daemon_runs_is_told(house, models):
    house.put("a.jpg", photo(1))
    with house.running():
        house.wait_for({"a.jpg"})
        spoil_graph(models)
        (worker,) = house.worker_pids()
        os.kill(worker, signal.SIGKILL)
        house.put("b.jpg", photo(2))
        house.wait_notice("encoder.tflite should have SHA-256")
        told = house.run("status").stdout
        assert f"trouble: caption worker: caption model in {models}: " in told
        assert house.status().counts.discovered == 1


@contextlib.contextmanager
def page(house):
    """Serve the house's page by its own process, and give its address."""
    port = free_port()
    file = house.file.with_name("page.toml")
    file.write_text(f"{house.file.read_text()}\n[web]\nport = {port}\n")
    process = subprocess.Popen([sys.executable, "-m", "lantern", "--config", file, "web"])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def metrics(address):
    """Return the samples at `address` by their name and labels, as soon as it answers."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(httpx.ConnectError):
            answer = httpx.get(f"{address}/metrics")
            break
        assert time.monotonic() < deadline, "no page"
        time.sleep(0.1)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.raise_for_status().text)
        for sample in family.samples
    }

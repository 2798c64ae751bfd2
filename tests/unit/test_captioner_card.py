"""The model card's machine-made parts and its drawing, against the files that they tell of."""

import importlib
import json
import shutil
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from lantern.caption.manifest import MANIFEST, SHIPPED_MODELS, read_manifest

SCRIPTS = Path(__file__).parents[2] / "scripts"
GRAPHS = sorted(SHIPPED_MODELS.glob("*.tflite"))


@pytest.fixture(scope="module")
def workshop():
    """Give the modules of scripts/workshop by name."""
    sys.path.insert(0, str(SCRIPTS))
    yield lambda name: importlib.import_module(f"workshop.{name}")
    sys.path.remove(str(SCRIPTS))


def test_the_card_and_its_drawing_are_what_the_files_make_them(workshop):
    for file, text in workshop("card").composed(SHIPPED_MODELS).items():
        assert (SHIPPED_MODELS / file).read_text("utf-8") == text, "run scripts/captioner card"


def test_the_shipped_model_has_an_answer_to_the_known_picture():
    assert read_manifest(SHIPPED_MODELS).known_answer is not None


def test_another_figure_makes_another_card(workshop, tmp_path):
    models = Path(shutil.copytree(SHIPPED_MODELS, tmp_path / "models"))
    manifest = json.loads((models / MANIFEST).read_text())
    next(iter(manifest["figures"].values()))["cider"] = 7.7
    (models / MANIFEST).write_text(json.dumps(manifest))
    assert "| 7.7 |" in workshop("card").composed(models)["CARD.md"]


def test_a_card_without_a_marker_is_refused_by_the_markers_name(workshop):
    with pytest.raises(ValueError, match="<!-- figures, made by scripts/captioner card -->"):
        workshop("card").filled("# A card without markers\n", {"figures": "a table"})


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_the_layers_are_those_that_the_runtime_sees(workshop, path):
    graph = workshop("anatomy").read_graph(path)
    runtime = Interpreter(
        str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    shapes = {one["index"]: tuple(one["shape"]) for one in runtime.get_tensor_details()}
    assert [(layer.operation, layer.outputs[0].shape) for layer in graph.layers] == [
        (one["op_name"], shapes[one["outputs"][0]]) for one in runtime._get_ops_details()
    ]


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_constants_make_most_of_a_file_and_never_more_than_it(workshop, path):
    graph = workshop("anatomy").read_graph(path)
    assert 0.8 * path.stat().st_size < graph.weight_bytes < path.stat().st_size
    assert (
        sum(stage.bytes for stage in workshop("stages").stages(graph)) > 0.98 * graph.weight_bytes
    )


def test_the_drawing_names_every_graph_and_keeps_within_its_frame(workshop):
    drawing = ET.fromstring(workshop("card").composed(SHIPPED_MODELS)["graph.svg"])
    tag = "{http://www.w3.org/2000/svg}"
    words = [text.text for text in drawing.iter(f"{tag}text")]
    assert {path.name for path in GRAPHS} <= set(words)
    width, height = float(drawing.get("width")), float(drawing.get("height"))
    for box in drawing.iter(f"{tag}rect"):
        assert float(box.get("x")) + float(box.get("width")) <= width
        assert float(box.get("y")) + float(box.get("height")) <= height


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        ("", (0, 0, 0)),
        ("abc", (0, 0, 0)),
        ("aaaa", (0, 1, 4)),
        ("xababab", (1, 2, 3)),
        ("xaabaaby", (1, 3, 2)),
    ],
)
def test_the_repetition_that_spares_most_is_found(workshop, signs, found):
    assert workshop("stages").pattern(signs) == found

"""Tags from class probabilities, over a table of six classes and over the shipped one."""

import numpy as np
import pytest

from lantern.caption.manifest import Thresholds
from lantern.caption.tags import (
    Label,
    Labels,
    Sight,
    family_scores,
    read_labels,
    sigmoid,
    softmax,
    surest_name,
    tags,
)
from lantern.caption.tflite import SHIPPED_MODELS

LABELS = Labels(
    (
        Label("beagle", "dog"),
        Label("pug", "dog"),
        Label("tabby cat", "cat"),
        Label("pizza", "pizza"),
        Label("sunglasses", "glasses"),
        Label("sunglasses", "glasses"),
    )
)


def seen(*probabilities):
    return np.array(probabilities, np.float32)


def names(probabilities, threshold=0.1):
    return {tag.name: round(tag.score, 3) for tag in tags(probabilities, LABELS, threshold)}


def test_a_beagle_is_also_a_dog():
    assert names(seen(0.7, 0.05, 0.2, 0.05, 0, 0)) == {
        "dog": 0.75,
        "beagle": 0.7,
        "cat": 0.2,
        "tabby cat": 0.2,
    }


def test_some_dog_of_no_sure_breed_is_a_dog():
    assert names(seen(0.45, 0.45, 0.1, 0, 0, 0), threshold=0.5) == {"dog": 0.9}


def test_a_name_that_is_its_own_family_is_told_once():
    assert names(seen(0, 0, 0, 0.9, 0.05, 0.05)) == {
        "pizza": 0.9,
        "glasses": 0.1,
        "sunglasses": 0.1,
    }


def test_tags_come_likeliest_first_and_at_most_five():
    found = tags(seen(0.25, 0.2, 0.2, 0.2, 0.1, 0.05), LABELS, 0.1)
    assert [tag.score for tag in found] == sorted((tag.score for tag in found), reverse=True)
    assert len(found) == 5


def test_probabilities_sum_to_one_however_large_the_logits():
    probabilities = softmax(np.array([1000.0, 999.0, -1000.0], np.float32))
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities.argmax() == 0


def test_a_class_names_its_family_only_where_it_has_most_of_its_probability():
    assert surest_name(seen(0.1, 0.3, 0.6, 0, 0, 0), LABELS, "dog") == "pug"
    assert surest_name(seen(0.3, 0.3, 0.4, 0, 0, 0), LABELS, "dog") == "dog"


@pytest.mark.parametrize("table", ["0\tbeagle", "1\tbeagle\tdog", "0\ta\t\n0\tb\t", "x\ta\t"])
def test_a_malformed_table_is_refused(table):
    with pytest.raises(ValueError, match=r"^labels: expected class"):
        read_labels(table)


def test_the_shipped_table_names_a_thousand_classes():
    labels = read_labels((SHIPPED_MODELS / "labels.tsv").read_text())
    assert len(labels) == 1000
    assert labels[162] == Label("beagle", "dog")
    assert labels[281] == Label("tabby cat", "cat")
    assert labels[963] == Label("pizza", "pizza")
    assert all(label.name and label.name == label.name.lower() for label in labels)


def test_searching_for_dog_finds_every_breed():
    labels = read_labels((SHIPPED_MODELS / "labels.tsv").read_text())
    probabilities = np.zeros(1000, np.float32)
    probabilities[151:269] = 1 / 118
    assert family_scores(probabilities, labels) == {
        **dict.fromkeys({label.family for label in labels} - {""}, 0.0),
        "dog": pytest.approx(1.0),
    }


OBJECTS = Labels(
    (Label("dog", "dog"), Label("giraffe", "giraffe"), Label("", ""), Label("cup", ""))
)


def sight(classes, concepts):
    return Sight(seen(*classes), LABELS, seen(*concepts), OBJECTS)


def test_concepts_join_the_tags_each_name_once_with_its_best_score():
    mixed = sight((0.6, 0, 0.3, 0, 0, 0), (0.9, 0.1, 0.99, 0.5))
    told = mixed.tags(Thresholds(tag=0.2, object=0.4, rival=1, silent=1))
    assert [tag.name for tag in told] == ["dog", "beagle", "cup", "cat", "tabby cat"]
    assert told[0].score == pytest.approx(0.9)


def test_a_concept_gives_evidence_only_for_families_that_no_class_has():
    scores = sight((0.1, 0, 0, 0, 0, 0), (0.9, 0.8, 0.9, 0.9)).families()
    assert scores["dog"] == pytest.approx(0.1)
    assert scores["giraffe"] == pytest.approx(0.8)


def test_what_is_present_is_what_the_concepts_see():
    assert sight((1, 0, 0, 0, 0, 0), (0.25, 0.75, 1, 1)).present() == {"dog": 0.25, "giraffe": 0.75}


def test_sigmoid_tells_each_by_itself():
    assert sigmoid(seen(0, 100, -100)).tolist() == pytest.approx([0.5, 1, 0])


def test_the_shipped_concepts_share_their_families_with_the_rule():
    table = (SHIPPED_MODELS / "families.tsv").read_text().splitlines()
    known = {line.split("\t")[0] for line in table}
    concepts = read_labels((SHIPPED_MODELS / "concepts.tsv").read_text())
    assert {label.family for label in concepts if label.family} <= known

"""When the tags overrule the sentence, with the families that ship."""

import pytest

from lantern.caption.agreement import (
    Candidate,
    Evidence,
    Families,
    Rule,
    Verdict,
    with_article,
)
from lantern.caption.manifest import Thresholds
from lantern.caption.tags import read_labels
from lantern.caption.tflite import SHIPPED_MODELS

FAMILIES = Families.from_text((SHIPPED_MODELS / "families.tsv").read_text())
SUREST = {"cat": "tabby cat", "dog": "pug"}
RULE = Rule(FAMILIES, Thresholds(tag=0.1, object=0.4, rival=0.8, silent=0.9))


def reconcile(sentences, scores, again=()):
    """Reconcile sentences, the best first, with family scores and what a second search finds."""
    return RULE.reconcile(
        [Candidate(sentence, 0.4) for sentence in sentences],
        Evidence(scores, lambda family: SUREST.get(family, family)),
        lambda _: [Candidate(sentence, score) for sentence, score in again],
    )


def test_a_sentence_that_names_what_the_tags_see_stands():
    assert reconcile(["a cat sits on a chair"], {"cat": 0.99}) == Verdict(
        "a cat sits on a chair", 0.4
    )


def test_a_cat_is_not_called_a_brown_dog():
    assert reconcile(["a brown dog"], {"cat": 0.8}) == Verdict("a tabby cat", 0.8, from_tags=True)


def test_a_pizza_is_not_called_a_person_on_a_bench():
    assert reconcile(["a person on a bench"], {"pizza": 0.95}) == Verdict(
        "a pizza", 0.95, from_tags=True
    )


def test_a_hot_dog_is_not_a_dog():
    assert reconcile(["a dog licking its nose"], {"hot dog": 0.89}).sentence == "a hot dog"
    assert not reconcile(["a hot dog on a plate"], {"hot dog": 0.89}).from_tags
    assert reconcile(["a hot dog on a plate"], {"dog": 0.9, "hot dog": 0.0}).sentence == "a pug"


def test_another_hypothesis_that_agrees_comes_before_the_bare_tag():
    verdict = reconcile(["a brown dog", "a brown bear", "a brown cat"], {"cat": 0.8})
    assert verdict == Verdict("a brown cat", 0.4)


def test_a_second_search_comes_before_the_bare_tag_if_the_decoder_believes_it():
    believed = reconcile(["a brown dog"], {"cat": 0.8}, [("a brown cat", 0.3)])
    unbelieved = reconcile(["a brown dog"], {"cat": 0.8}, [("a brown cat", 0.1)])
    assert believed == Verdict("a brown cat", 0.3)
    assert unbelieved == Verdict("a tabby cat", 0.8, from_tags=True)


def test_a_replacement_names_no_rival():
    verdict = reconcile(["a brown dog", "a dog and a cat"], {"cat": 0.8})
    assert verdict.sentence == "a tabby cat"


@pytest.mark.parametrize(
    ("sentence", "scores"),
    [
        ("a brown dog", {"cat": 0.79}),  # not sure enough
        ("two animals in the grass", {"cat": 0.99}),  # a general word names it
        ("a dog in the snow", {"wolf": 0.99}),  # near enough
        ("a man in a boat", {"cat": 0.8}),  # silent, but no rival, and not sure enough for that
        ("a deer in the grass", {"wild cat": 0.99}),  # the tags know no deer
        ("two kittens on a bed", {"cat": 0.99}),  # another name of it
        ("a dog and a cat", {"cat": 0.99}),  # a rival beside it is no contradiction
        ("a man plays", {"guitar": 0.99}),  # no family of the rule
        ("a man plays", {}),
    ],
)
def test_a_sentence_that_does_not_contradict_stands(sentence, scores):
    assert reconcile([sentence], scores) == Verdict(sentence, 0.4)


@pytest.mark.parametrize(("share", "told"), [(0.5, "a brown dog"), (0.49, "a tabby cat")])
def test_a_sentence_about_something_that_is_there_too_stands(share, told):
    evidence = Evidence({"cat": 0.99}, lambda family: SUREST.get(family, family), {"dog": share})
    verdict = RULE.reconcile([Candidate("a brown dog", 0.4)], evidence, lambda _: [])
    assert verdict.sentence == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tabby cat", "a tabby cat"),
        ("airliner", "an airliner"),
        ("french bread", "french bread"),
    ],
)
def test_names_take_their_article(name, told):
    assert with_article(name) == told


@pytest.mark.parametrize("table", ["cat\tanimal\tcat", "cat\tmineral\tcat\t"])
def test_a_malformed_table_is_refused(table):
    with pytest.raises(ValueError, match=r"^families: expected"):
        Families.from_text(table)


def test_every_shipped_family_names_itself():
    for line in (SHIPPED_MODELS / "families.tsv").read_text().splitlines()[1:]:
        family, _ = FAMILIES.likeliest({line.split("\t")[0]: 1.0})
        assert family.names or family.near
        assert family.agrees_with(FAMILIES.named_in(f"a {min(family.names)} here"))


def test_the_class_names_of_each_family_would_pass_the_rule_when_told_alone():
    """A bird called "bee eater" would name an insect."""
    for label in read_labels((SHIPPED_MODELS / "labels.tsv").read_text()):
        seen = FAMILIES.likeliest({label.family: 1.0})
        if seen is not None:
            named = FAMILIES.named_in(with_article(label.name))
            assert seen[0].agrees_with(named) or not FAMILIES.rivals(seen[0], named), label

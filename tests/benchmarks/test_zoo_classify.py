"""What classifying, keeping and letting go of networks costs. Prints ratios (pytest -s)."""

import gc
import io
import resource
import statistics
import time
from pathlib import Path

import pytest
import torch
from torchvision import models

from netcore.data.photos import decode_photo, example_photos
from netcore.zoo.cache import ModelCache
from netcore.zoo.catalogue import BUNDLED, find_entry
from netcore.zoo.inference import BATCH, classify
from netcore.zoo.weights import load_pretrained, weights_path

pytestmark = pytest.mark.benchmark

ROUNDS = 30
LARGE, ITS_MEGABYTES = "resnet18", 44.7


def plain(loaded, photo):
    with torch.inference_mode():
        logits = loaded.model(loaded.transform(photo).unsqueeze(0))
        return logits.softmax(1).topk(5)


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def test_classify_beside_plain_torchvision(repeat):
    loaded = load_pretrained("efficientnet_lite0")
    for example in example_photos():
        photo = decode_photo(example.path.read_bytes())
        plain(loaded, photo), classify(loaded, [photo])
        # In turns, so that whatever else the machine does slows both.
        pairs = [(seconds(classify, loaded, [photo]), seconds(plain, loaded, photo)) for _ in repeat(ROUNDS)]
        ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(our / their for our, their in pairs)
        print(
            f"\n{example.name}: classify {1000 * ours:.1f} ms, transforms + forward {1000 * theirs:.1f} ms, "
            f"ratio {ratio:.2f} (target: at most 1.15)"
        )


def test_thirty_two_photos_at_once_beside_one_by_one(repeat):
    loaded = load_pretrained(BUNDLED)
    photos = [decode_photo(example.path.read_bytes()) for example in example_photos()]
    many = (photos * 11)[:32]
    classify(loaded, many)

    def one_by_one():
        for photo in many:
            classify(loaded, [photo])

    def whole_batch():
        with torch.inference_mode():
            loaded.model(torch.stack([loaded.transform(photo) for photo in many]))

    rounds = [(seconds(one_by_one), seconds(classify, loaded, many), seconds(whole_batch)) for _ in repeat(9)]
    singly, ours, whole = (statistics.median(each) for each in zip(*rounds, strict=True))
    print(
        f"\n32 photos: one by one {singly:.3f} s, at once (batches of {BATCH}) {ours:.3f} s: "
        f"{statistics.median(each[0] / each[1] for each in rounds):.2f} times as fast (target: 1.5); "
        f"as one batch of 32 {whole:.3f} s: {statistics.median(each[0] / each[2] for each in rounds):.2f} times"
    )


def test_the_second_use_of_a_network(repeat):
    cache = ModelCache(10**9)
    first = seconds(cache.load, BUNDLED)
    again = statistics.median(seconds(cache.load, BUNDLED) for _ in repeat(ROUNDS))
    print(f"\n{BUNDLED}: first use {1000 * first:.0f} ms, second {1000 * again:.2f} ms (target: 50 ms)")


def test_memory_after_networks_are_let_go(tmp_path, monkeypatch, repeat):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = weights_path(find_entry(LARGE))
    path.parent.mkdir(parents=True)
    file = io.BytesIO()
    torch.save(models.get_model(LARGE, weights=None).state_dict(), file)
    path.write_bytes(file.getvalue())
    del file
    cache = ModelCache(find_entry(BUNDLED).memory_bytes)
    cache.load(BUNDLED)
    before = resident_megabytes()
    held = []
    for _ in repeat(8):
        cache.load(LARGE, own_weights=True)
        held.append(resident_megabytes() - before)
        cache.load(BUNDLED)
    gc.collect()
    left = resident_megabytes() - before
    print(
        f"\n{LARGE} ({ITS_MEGABYTES} MB) loaded and let go {len(held)} times: {held[0]:+.0f} MB with the first, "
        f"{held[-1]:+.0f} MB with the last, {left:+.0f} MB after all, beside {before:.0f} MB"
    )


def resident_megabytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2

"""How long our classify takes beside plain torchvision transforms and forward pass. Prints ratios (pytest -s)."""

import statistics
import time

import pytest
import torch

from netcore.data.photos import decode_photo, example_photos
from netcore.zoo.inference import classify
from netcore.zoo.weights import load_pretrained

pytestmark = pytest.mark.benchmark

ROUNDS = 30


def plain(loaded, photo):
    with torch.inference_mode():
        logits = loaded.model(loaded.transform(photo).unsqueeze(0))
        return logits.softmax(1).topk(5)


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def test_classify_beside_plain_torchvision():
    loaded = load_pretrained("efficientnet_lite0")
    for example in example_photos():
        photo = decode_photo(example.path.read_bytes())
        plain(loaded, photo), classify(loaded, [photo])
        # In turns, so that whatever else the machine does slows both.
        pairs = [(seconds(classify, loaded, [photo]), seconds(plain, loaded, photo)) for _ in range(ROUNDS)]
        ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(our / their for our, their in pairs)
        print(
            f"\n{example.name}: classify {1000 * ours:.1f} ms, transforms + forward {1000 * theirs:.1f} ms, "
            f"ratio {ratio:.2f} (target: at most 1.15)"
        )

"""The charts of the samples page, from plain numbers."""

from pages.shared.charts import look, samples

WORDS = {"title": "The network says 2", "classes": "Class", "logits": "Logit", "probabilities": "Probability (%)"}


def test_bars_mark_the_answer_and_the_label():
    figure = samples.bars([0.1, -1.0, 3.0], [0.05, 0.02, 0.93], 1, words=WORDS)
    for trace in figure.data:
        assert list(trace.marker.color) == [look.OTHER, look.OTHER, look.TRAINING]
        assert list(trace.marker.line.width) == [0, 3, 0]
    assert list(figure.data[0].text) == ["0.10", "-1.00", "3.00"]
    assert list(figure.data[1].text) == ["5.0", "2.0", "93.0"]
    assert figure.layout.title.text == "The network says 2"


def test_bars_leave_room_for_their_numbers_whatever_the_signs():
    for logits in ([1.0, 2.0], [-1.0, -2.0], [-3.0, 3.0]):
        low, high = samples.bars(logits, [0.5, 0.5], 0, words=WORDS).layout.xaxis.range
        assert low <= min(0, *logits)
        assert high > max(0, *logits)


def test_logit_rows_are_a_picture_of_n_rows_centred_on_zero():
    words = {**WORDS, "images": "Image", "hover": "%{z}"}
    heat = samples.logit_rows([[1.0, -4.0], [2.0, 0.0], [3.0, 1.0]], words=words).data[0]
    assert len(heat.z) == 3
    assert (heat.zmin, heat.zmax) == (-4.0, 4.0)

"""The zoo page as a visitor uses it."""

import io
import json
import threading

import pytest
from PIL import Image

from netcore.errors import PhotoError, WeightsError, WorkerError
from netcore.settings import MAX_PHOTOS
from netcore.zoo import fetches
from netcore.zoo.catalogue import catalogue
from pages.shared import pretrained
from pages.shared.shapes import shape_text
from tests.engine.photo_files import zipped
from tests.ui.page_help import button


@pytest.fixture
def zoo(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return open_page("zoo")


def titles(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def picture(colour=(200, 30, 20)):
    file = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(file, "PNG")
    return file.getvalue()


def show(app, tab):
    app.session_state["zoo_tab"] = tab
    app.run()
    assert not app.exception


def wait_for_fetch(name):
    for thread in threading.enumerate():
        if thread.name == f"fetch {name}":
            thread.join(30)


def test_the_tensors_of_a_pretrained_network_are_listed_and_one_is_looked_at(open_page):
    app = open_page("zoo")
    app.session_state["zoo_tab"] = "Weights"
    app.run()
    assert not app.exception
    names = app.dataframe[0].value["Name"].tolist()
    assert (len(names), names[0]) == (len(set(names)), "features.0.0.weight")
    assert [chart.proto.alt for chart in app.get("plotly_chart")] == ["Histogram of the numbers of one tensor"]


def test_the_first_sight_is_a_cat_and_what_the_bundled_network_says_of_it(zoo):
    assert zoo.selectbox(key="zoo_model").value == "efficientnet_lite0"
    assert [title.split(" (")[0] for title in titles(zoo)] == ["It says tiger cat"]


def test_several_example_pictures_are_answered_one_by_one(zoo):
    zoo.get_by_key("zoo_examples").set_value(["espresso", "rocket"]).run()
    assert [title.split(" (")[0] for title in titles(zoo)] == ["It says espresso", "It says missile"]
    assert any(shape_text((2, 3, 224, 224)) in text.value for text in zoo.markdown)


def test_no_picture_says_what_to_do(zoo):
    zoo.get_by_key("zoo_examples").set_value([]).run()
    assert [info.value for info in zoo.info] == ["Choose an example picture, or upload a photo of your own."]


def test_each_bad_upload_gets_its_own_sentence_while_the_others_go_on(zoo):
    uploader = zoo.file_uploader(key="zoo_upload")
    uploader.upload("good.png", picture())
    uploader.upload("<b>[x](y)</b>.png", zipped())
    uploader.upload("phone.heic", b"\x00\x00\x00\x18ftypheic" + bytes(64))
    zoo.run()
    assert not zoo.exception
    assert len(titles(zoo)) == 1
    assert [error.value for error in zoo.error] == [
        r"**\<b\>\[x\]\(y\)\</b\>.png**: This file says it is a PNG but is a ZIP archive. "
        "Choose a picture: JPEG, PNG, HEIC, AVIF, WebP, GIF, TIFF or BMP.",
        "**phone.heic**: This HEIC/HEIF file is damaged, cut off, or of a variety that is not read here. "
        "Export it as JPEG; an iPhone takes JPEGs with Settings > Camera > Formats > Most Compatible.",
    ]


def test_more_photos_than_allowed_are_said_to_be_left_out(zoo):
    for index in range(MAX_PHOTOS + 1):
        zoo.file_uploader(key="zoo_upload").upload(f"{index}.png", picture((5 * index, 0, 0)))
    zoo.run()
    assert len(titles(zoo)) == MAX_PHOTOS
    assert f"These are {MAX_PHOTOS + 1} photos. The first {MAX_PHOTOS} are shown" in zoo.warning[0].value


def test_what_the_network_receives_is_shown_with_every_shape(zoo):
    show(zoo, "What it receives")
    shapes = [cell.replace("*", "") for cell in zoo.table[0].value.iloc[:, -1]]
    assert [cell.count("[") - cell.count("\\[") for cell in shapes] == [3, 3, 4, 2, 2]
    assert "Of the 1,000 logits, tiger cat has the largest" in zoo.get("plotly_chart")[-1].proto.spec


def test_a_reset_shows_both_answers_and_what_the_loop_reached(zoo):
    show(zoo, "Reset weights")
    assert titles(zoo) == []
    button(zoo, "Reset the weights").click().run()
    before, after = titles(zoo)
    assert before.startswith("Pretrained: tiger cat")
    assert after.startswith("Reset: ")
    assert {metric.label: metric.value for metric in zoo.metric} == {
        "Parameters reset": "4,652,008",
        "Parameters the loop missed": "0",
        "Running statistics reset": "42,065",
    }
    button(zoo, "Reset again").click().run()
    assert titles(zoo)[0] == before
    assert titles(zoo)[1] != after


def test_a_reset_leaves_the_shared_network_alone(zoo):
    model = pretrained.load("efficientnet_lite0").model
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    zoo.file_uploader(key="zoo_upload").upload("violet.png", picture((99, 1, 99)))
    show(zoo, "Reset weights")
    button(zoo, "Reset the weights").click().run()
    assert titles(zoo)[1].startswith("Reset: ")
    assert pretrained.load("efficientnet_lite0").model is model
    assert all(tensor.equal(before[name]) for name, tensor in model.state_dict().items())


def test_the_answers_with_eval_and_without_stand_side_by_side(zoo):
    show(zoo, "train() and eval()")
    with_eval, without = titles(zoo)
    assert with_eval.startswith("With eval(): tiger cat")
    assert without.startswith("Without: ")
    assert len(zoo.table[0].value) == 5
    assert any("They have moved BatchNorm's running statistics" in text.value for text in zoo.markdown)
    zoo.slider(key="zoo_passes").set_value(2).run()
    assert len(zoo.table[0].value) == 2
    assert titles(zoo)[0] == with_eval


def test_the_modules_of_a_network_are_listed_without_its_weights(zoo):
    zoo.selectbox(key="zoo_model").set_value("resnet50.IMAGENET1K_V1").run()
    show(zoo, "Modules")
    assert any("`resnet50` is a `ResNet`" in text.value for text in zoo.markdown)
    labels = [fold.label for fold in zoo.expander]
    assert any(label.startswith("**layer4** Sequential") for label in labels)
    assert "**fc** Linear · modules: 1 · parameters: 2,049,000" in labels


def test_the_catalogue_can_be_filtered_by_name_family_size_and_state(zoo):
    show(zoo, "Catalogue")

    def rows():
        return list(zoo.dataframe[0].value["Network"])

    assert rows() == [entry.name for entry in catalogue()]
    zoo.text_input(key="zoo_search").set_value("resnet").run()
    zoo.multiselect(key="zoo_families").set_value(["ResNet"]).run()
    zoo.selectbox(key="zoo_largest").set_value(50).run()
    assert rows() == ["resnet18"]
    zoo.toggle(key="zoo_here").set_value(True).run()
    assert not zoo.dataframe
    assert [info.value for info in zoo.info] == ["No network matches. Clear the search or one of the filters."]
    zoo.text_input(key="zoo_search").set_value("").run()
    zoo.multiselect(key="zoo_families").set_value([]).run()
    assert rows() == ["efficientnet_lite0"]


def test_the_chart_shows_the_networks_that_are_left_and_marks_the_chosen_one(zoo):
    show(zoo, "Catalogue")
    zoo.text_input(key="zoo_search").set_value("efficientnet").run()
    (chart,) = zoo.get("plotly_chart")
    traces = {trace["name"]: trace for trace in json.loads(chart.proto.spec)["data"]}
    assert traces["chosen"]["customdata"] == ["efficientnet_lite0"]
    assert "efficientnet_b0" in traces["to download"]["customdata"]
    assert not traces["on this disk"].get("customdata")
    assert all("efficientnet" in name for name in traces["to download"]["customdata"])


def test_a_row_that_is_selected_is_not_selected_among_other_rows(zoo):
    show(zoo, "Catalogue")
    everything = zoo.dataframe[0].proto.id
    zoo.text_input(key="zoo_search").set_value("resnet").run()
    assert zoo.dataframe[0].proto.id != everything
    zoo.text_input(key="zoo_search").set_value("").run()
    assert zoo.dataframe[0].proto.id == everything


def test_weights_that_are_not_here_are_offered_and_a_missing_network_is_a_sentence(zoo, monkeypatch):
    def refuse(entry, on_progress, **options):
        raise WeightsError("No network: {reason}.", "Put {file} there.", reason="cable out", file=entry.file_name)

    zoo.selectbox(key="zoo_model").set_value("resnet18").run()
    assert "The weights of resnet18 (46.8 MB) are not on this machine yet" in zoo.info[0].value
    monkeypatch.setattr(fetches, "fetch_weights", refuse)
    button(zoo, "Download 46.8 MB").click().run()
    wait_for_fetch("resnet18")
    zoo.run()
    assert not zoo.exception
    assert [error.value for error in zoo.error] == [r"No network: cable out. Put resnet18\-f37072fd.pth there."]


def test_whoever_comes_later_sees_how_far_the_download_is_but_not_an_old_failure(zoo, open_page, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def fetch(entry, on_progress, **options):
        on_progress(11_000_000, 44_000_000)
        begun.set()
        assert go.wait(30)
        raise WeightsError("The cable is out.", "Put it in.")

    def bars(app):
        return [bar.proto.text for bar in app.get("progress")]

    monkeypatch.setattr(fetches, "fetch_weights", fetch)
    zoo.selectbox(key="zoo_model").set_value("resnet34").run()
    button(zoo, "Download 87.3 MB").click()
    zoo.run()
    assert begun.wait(30)
    other = open_page("zoo")
    other.selectbox(key="zoo_model").set_value("resnet34").run()
    assert bars(other) == ["Downloading the weights of resnet34: 11.0 of 44.0 MB, 25 %."]
    assert not any(each.label.startswith("Download") for each in other.button)
    go.set()
    wait_for_fetch("resnet34")
    other.run()
    assert [error.value for error in other.error] == ["The cable is out. Put it in."]
    late = open_page("zoo")
    late.selectbox(key="zoo_model").set_value("resnet34").run()
    assert not late.error


def test_a_bad_upload_is_opened_once_and_refused_at_every_run(zoo, monkeypatch):
    calls = []
    decode = pretrained.decode_photo
    monkeypatch.setattr(pretrained, "decode_photo", lambda data, name: calls.append(name) or decode(data, name))
    zoo.file_uploader(key="zoo_upload").upload("once.png", b"no picture, and known to no cache")
    zoo.run()
    show(zoo, "Catalogue")
    assert [error.value.split(".")[1] for error in zoo.error] == [
        "png**: This file says it is a PNG but is a text file"
    ]
    assert calls.count("once.png") == 1


def test_a_picture_that_a_busy_machine_could_not_open_is_tried_again(zoo, monkeypatch):
    def refuse(data, name):
        raise PhotoError("Too slow.", "Smaller.") from WorkerError("It took long.", "Wait.")

    decode = pretrained.decode_photo
    monkeypatch.setattr(pretrained, "decode_photo", refuse)
    zoo.file_uploader(key="zoo_upload").upload("slow.png", picture((1, 2, 3)))
    zoo.run()
    assert len(zoo.error) == 1
    monkeypatch.setattr(pretrained, "decode_photo", decode)
    zoo.run()
    assert (len(zoo.error), len(titles(zoo))) == (0, 1)


def test_an_unknown_network_in_the_address_falls_back_to_the_bundled_one(open_page):
    app = open_page("zoo")
    app.query_params["zoo_model"] = "resnet19"
    app.run()
    assert not app.exception
    assert titles(app)[0].startswith("It says tiger cat")

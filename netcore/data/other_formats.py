"""Files of weights that are no ``state_dict``: what each is, and the two lines that make one of it. Opens none."""

from __future__ import annotations

from collections.abc import Collection

from netcore.data.archive import Refusal
from netcore.data.photo_kinds import identify

_OUT = 'torch.save(state, "weights.pth")'


def two_lines(first: str, second: str = _OUT, condition: str = "At home", *, needs_path: bool = True) -> str:
    """A cure: the lines that make a file which can be chosen, for who has the file at ``path`` at home."""
    code = f"{first}\n{second}".replace("{", "{{").replace("}", "}}")
    path = " with path as this file's name" if needs_path else ""
    return f"{condition}, run these two lines{path}, then choose weights.pth here:\n\n```python\n{code}\n```"


WHOLE_NETWORK = two_lines(
    "model = torch.load(path, weights_only=False)",
    'torch.save(model.state_dict(), "weights.pth")',
    "Where you made it, and where its class is defined",
)
_OWN = "If the file is your own"
_PICKLE = two_lines('state = pickle.load(open(path, "rb"))', condition=_OWN)
_TAR = two_lines("state = torch.load(path, weights_only=False)", condition=f"{_OWN} and holds a state_dict")
_NUMPY = two_lines("state = {name: torch.tensor(array) for name, array in numpy.load(path).items()}")
_SCRIPT = two_lines("model = torch.jit.load(path)", 'torch.save(model.state_dict(), "weights.pth")')
_EXPORT = two_lines("program = torch.export.load(path)", 'torch.save(dict(program.state_dict), "weights.pth")')
_KERAS = two_lines(
    "arrays = keras.models.load_model(path).get_weights()",
    'torch.save({"1.weight": torch.tensor(arrays[0].T), "1.bias": torch.tensor(arrays[1])}, "weights.pth")',
    "Give each array the name that your network's state_dict has for it, and turn the kernel of a Dense layer (.T). "
    "For one Dense layer",
)
_TENSORFLOW = two_lines(
    "reader = tf.train.load_checkpoint(path)",
    'torch.save({"1.weight": torch.tensor(reader.get_tensor(name).T)}, "weights.pth")',
    "Give each variable the name that your network's state_dict has for it, and turn the kernel of a Dense layer (.T). "
    "For one variable called name",
)
_ONNX = two_lines(
    "parts = onnx.load(path).graph.initializer",
    'torch.save({part.name: torch.tensor(onnx.numpy_helper.to_array(part)) for part in parts}, "weights.pth")',
)


def refuse_format(data: bytes) -> Refusal:
    """What is said of a file that is neither an archive of ``torch.save`` nor safetensors."""
    if data.startswith(b"\x89HDF\r\n\x1a\n"):
        return Refusal("is an HDF5 file, as Keras writes it (.h5), and holds no state_dict of PyTorch.", _KERAS)
    if data.startswith(b"\x93NUMPY"):
        return Refusal(
            "is one NumPy array (.npy), and a state_dict has a name for each tensor.",
            two_lines('state = {"1.weight": torch.tensor(numpy.load(path))}', condition="For the weight of layer 1"),
        )
    if data[4:8] in (b"TFL3", b"tfl3"):
        return Refusal("is a TensorFlow Lite model, and holds no state_dict of PyTorch.", _TENSORFLOW)
    if _is_saved_model(data):
        return Refusal("is a TensorFlow SavedModel (.pb), and holds no state_dict of PyTorch.", _TENSORFLOW)
    if data[:1] == b"\x08" and data[2:3] in (b"\x12", b":", b"B"):
        return Refusal("is an ONNX model, and holds no state_dict.", _ONNX)
    if data.endswith(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"):  # of LevelDB's tables
        return Refusal("is the index of a TensorFlow checkpoint, and holds no state_dict of PyTorch.", _TENSORFLOW)
    if data[257:262] == b"ustar":
        return _refuse_tar(data)
    kind = identify(data)
    if kind == "a Python pickle":
        return Refusal("is a pickle, and not what torch.save makes.", _PICKLE)
    return Refusal("is {kind}, and no checkpoint.", kind=kind)


def refuse_archive(names: Collection[str]) -> Refusal | None:
    """What is said of a zip archive of some other program, by the names of its parts; None where it is not known."""
    if any(name.endswith(".npy") for name in names):
        return Refusal("is an archive of NumPy arrays (.npz).", _NUMPY)
    if any(name.endswith(("model.weights.h5", "/assets.h5")) for name in names):
        return Refusal("is a Keras model (.keras), and holds no state_dict of PyTorch.", _KERAS)
    if any(name.endswith(("saved_model.pb", ".data-00000-of-00001")) for name in names):
        return Refusal("is an archive of TensorFlow, and holds no state_dict of PyTorch.", _TENSORFLOW)
    if any("/code/" in name or name.endswith("/constants.pkl") for name in names):
        return Refusal("is a TorchScript archive, as torch.jit.save makes it, and no state_dict.", _SCRIPT)
    if any(
        name.endswith(("serialized_exported_program.json", "archive_format")) or "/models/" in name for name in names
    ):
        return Refusal("is an exported program, as torch.export.save makes it (.pt2), and no state_dict.", _EXPORT)
    return None


def _is_saved_model(data: bytes) -> bool:
    # saved_model_schema_version 1, then the first MetaGraphDef.
    return data.startswith(b"\x08\x01\x12") and b"serve" in data


def _refuse_tar(data: bytes) -> Refusal:
    if b"storages\x00" in data and b"tensors\x00" in data:
        return Refusal("was saved by PyTorch before 0.2, as a tar archive, which is no longer read.", _TAR)
    return Refusal(
        "is a tar archive, and torch.save makes none: .pth.tar is only a name.",
        "Unpack it, and choose the checkpoint that is in it.",
    )

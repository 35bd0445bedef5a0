"""The same training in other hands: each peer as its documentation shows it, with nothing else switched on.

Each is made once from a stack, digits and a batch size; called, it trains one epoch with Adam and returns its seconds.
"""

import importlib.util
import logging
import os
import time

import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision.transforms import ToTensor

from netcore.model.forward import to_input

LEARNING_RATE = 0.001


class CourseDataset(Dataset):
    """What ``torchvision.datasets.MNIST(transform=ToTensor())`` does for each image, without its download."""

    def __init__(self, digits):
        self.digits = digits
        self.transform = ToTensor()

    def __len__(self):
        return len(self.digits)

    def __getitem__(self, index):
        image = Image.fromarray(self.digits.images[index].numpy())
        return self.transform(image), int(self.digits.labels[index])


def course_loop(stack, digits, batch_size):
    model = stack.build(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    loader = DataLoader(CourseDataset(digits), batch_size=batch_size, shuffle=True)

    def run():
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()

    return timed(run)


def bare_loop(stack, digits, batch_size):
    model = stack.build(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    images, labels = to_input(digits.images), digits.labels

    def run():
        model.train()
        order = torch.randperm(len(labels))
        for at in range(0, len(labels), batch_size):
            chosen = order[at : at + batch_size]
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()

    return timed(run)


def lightning_trainer(stack, digits, batch_size):
    import lightning

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = stack.build(0)

        def training_step(self, batch, batch_idx):
            images, labels = batch
            return functional.cross_entropy(self.model(images), labels)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=LEARNING_RATE)

        def on_train_epoch_start(self):
            self.began = time.perf_counter()

        def on_train_epoch_end(self):
            self.seconds = time.perf_counter() - self.began

    module = Module()
    loader = DataLoader(tensors(digits), batch_size=batch_size, shuffle=True)

    def run():
        trainer = lightning.Trainer(
            max_epochs=1,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, loader)
        return module.seconds  # of the epoch alone: what it prepares before is not counted

    return run


def skorch_net(stack, digits, batch_size):
    import skorch

    net = skorch.NeuralNetClassifier(
        stack.build(0),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=LEARNING_RATE,
        batch_size=batch_size,
        max_epochs=1,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks="disable",
        verbose=0,
    ).initialize()
    images, labels = tensors(digits).tensors
    return timed(lambda: net.partial_fit(images, labels))


def keras_model(stack, digits, batch_size):
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    keras.config.set_image_data_format("channels_first")  # torch's own order, so that no axis has to be moved
    model = keras.Sequential([keras.Input((1, 28, 28)), *map(keras_layer, stack.build(0))])
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    images, labels = tensors(digits).tensors
    return timed(lambda: model.fit(images, labels, batch_size=batch_size, epochs=1, verbose=0))


def keras_layer(layer):
    from keras import layers

    match layer:
        case torch.nn.Flatten():
            return layers.Flatten()
        case torch.nn.Linear():
            return layers.Dense(layer.out_features)
        case torch.nn.ReLU():
            return layers.ReLU()
        case torch.nn.Conv2d():
            return layers.Conv2D(layer.out_channels, layer.kernel_size, padding="same")
        case torch.nn.BatchNorm2d():
            return layers.BatchNormalization(axis=1)
        case torch.nn.MaxPool2d():
            return layers.MaxPooling2D(layer.kernel_size)
    raise ValueError(f"no Keras layer for {layer}")


# The package that has to be there, and how its contestant is made.
PEERS = {
    "course's loop": ("torch", course_loop),
    "bare loop": ("torch", bare_loop),
    "Lightning": ("lightning", lightning_trainer),
    "skorch": ("skorch", skorch_net),
    "Keras": ("keras", keras_model),
}


def missing_peers():
    return [name for name, (package, _) in PEERS.items() if importlib.util.find_spec(package) is None]


def tensors(digits):
    return TensorDataset(to_input(digits.images), digits.labels)


def timed(run):
    def run_timed():
        began = time.perf_counter()
        run()
        return time.perf_counter() - began

    return run_timed

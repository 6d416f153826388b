#!/usr/bin/python3
"""How much faster is a capture from an ONNX model than from the TorchScript model of the same network?

Usage: bench/onnx_bench.py NN_BENCH. Exports networks from Debian's python3-torch both ways and asks the program NN_BENCH
(build/release/bench/nn_bench) for both in one run, in turn, on a thread a core.
"""

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src/errata/nn"))
import test_onnx_exported as networks  # noqa: E402

warnings.filterwarnings("ignore")


class Step(nn.Module):
    """The basic block of a ResNet."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.norm2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.short = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(y + self.short(x))


def resnet18():
    """As it is used for CIFAR: 11 million weights, 32 x 32."""
    layers = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inputs = 64
    for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers.append(nn.Sequential(Step(inputs, outputs, stride), Step(outputs, outputs, 1)))
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


# name, network, side of its images, images, layers
QUESTIONS = [
    ("CNN", networks.Cnn, 32, 2048, "head"),
    ("ResNet, 6 convolutions", networks.ResNet, 32, 1024, "stem,layer1,layer2"),
    ("ResNet-18", resnet18, 32, 64, "2,3,4,5,6"),
    ("MobileNet-like", networks.Mobile, 32, 2048, "features.0,features.1,squeeze.0"),
    ("ViT, 2 blocks", networks.Vit, 16, 2048, "blocks.0,blocks.1"),
]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        for name, make, side, images, layers in QUESTIONS:
            model, x = networks.settled(make()), torch.randn(2, 3, side, side)
            script, graph = f"{folder}/model.pt", f"{folder}/model.onnx"
            torch.jit.trace(model, x, check_trace=False).save(script)
            torch.onnx.export(model, x, graph, opset_version=17, input_names=["images"], output_names=["logits"],
                              dynamic_axes={"images": {0: "n"}, "logits": {0: "n"}})
            said = subprocess.run([sys.argv[1], "capture_files", str(side), str(images), layers, script, graph],
                                  check=True, capture_output=True, text=True).stdout
            print(f"{name:22} TorchScript and ONNX: {said.strip()}", flush=True)


if __name__ == "__main__":
    main()

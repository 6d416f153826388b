#!/usr/bin/python3
"""How do Errata's networks compare with the same in Python's torch (Debian: python3-torch), in one run?

Usage: bench/nn_bench.py NN_BENCH [ROUNDS]. Asks the program NN_BENCH (build/release/bench/nn_bench) and torch in turn,
ROUNDS times (default 3), and prints the median of each and their ratio. Torch runs the same network on as many images,
written as a user would write it, with one thread (Debian's default) and with one a core; the better of both counts.
"""

import math
import os
import random
import re
import statistics
import subprocess
import sys
import time

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32)
        self.conv2, self.norm2 = nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
        self.hidden, self.logits = nn.Linear(3136, 128), nn.Linear(128, 10)

    def forward(self, x, capture=None):
        relu, pool = torch.relu, nn.functional.max_pool2d
        first = pool(relu(self.norm1(self.conv1(x))), 2)
        second = pool(relu(self.norm2(self.conv2(first))), 2)
        hidden = relu(self.hidden(second.flatten(1)))
        logits = self.logits(hidden)
        return (logits, torch.cat([*capture(first), *capture(second), hidden], 1)) if capture else logits


def means(block):
    return [block.mean((2, 3))]


def rich(block):
    """What the default auditor reads of a block."""
    maps = nn.functional.adaptive_avg_pool2d(block, 4).flatten(1)
    return [block.mean((2, 3)), block.amax((2, 3)), block.std((2, 3), unbiased=False), maps]


def mlp(widths, dropout=0.1):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers[:-2])


def train(network, optimiser, loss_of, x, y, batch):
    """Milliseconds a batch, over one epoch."""
    loss_of(network(x[:batch]), y[:batch]).backward()  # what is made ready once
    order = torch.randperm(len(x))
    start = time.perf_counter()
    for first in range(0, len(x), batch):
        rows = order[first:first + batch]
        optimiser.zero_grad()
        loss_of(network(x[rows]), y[rows]).backward()
        optimiser.step()
    return (time.perf_counter() - start) * 1e3 * batch / len(x)


def train_classifier():
    network, x, y = Classifier(), torch.randn(6400, 1, 28, 28), torch.randint(10, (6400,))
    return train(network, torch.optim.Adam(network.parameters(), 1e-3), nn.functional.cross_entropy, x, y, 128)


def train_auditor():
    network, x, y = mlp([224, 128, 64, 1]), torch.randn(38400, 224), torch.randint(2, (38400, 1)).float()
    return train(network, torch.optim.AdamW(network.parameters(), 1e-3), nn.functional.binary_cross_entropy_with_logits,
                 x, y, 256)


def train_head():
    network, x, y = mlp([256, 512, 128, 10]), torch.randn(5120, 256), torch.randint(10, (5120,))
    return train(network, torch.optim.AdamW(network.parameters(), 1e-3), nn.functional.cross_entropy, x, y, 512)


def best_of(runs, work):
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        with torch.no_grad():
            work()
        best = min(best, time.perf_counter() - start)
    return best


def score_many():
    network, x = mlp([224, 128, 64, 1]).eval(), torch.randn(200_000, 224)
    return 0.2 / best_of(3, lambda: [network(part) for part in x.split(1024)])


def score_one():
    network, x = mlp([224, 128, 64, 1]).eval(), torch.randn(1000, 1, 224)
    return best_of(3, lambda: [network(one) for one in x]) * 1e3


class DefaultAuditor(nn.Module):
    """Two heads on 256 axes of 1,962 columns, drawn in."""

    def __init__(self):
        super().__init__()
        self.mean, self.scale, self.axes = torch.randn(1962), torch.rand(1962), nn.Linear(1962, 256)
        self.heads = nn.ModuleList(mlp([256, 512, 128, 10]) for _ in range(2))

    def forward(self, x, predicted):
        z = (x - self.mean) * self.scale
        axes = self.axes(z / (1 + z.abs() / 2))
        p = sum(torch.softmax(head(axes), 1) for head in self.heads) / len(self.heads)
        return 1 - p.gather(1, predicted[:, None])


def score_default():
    network, x, predicted = DefaultAuditor().eval(), torch.randn(16_384, 1962), torch.randint(10, (16_384,))
    parts = list(zip(x.split(1024), predicted.split(1024)))
    return 16.384 / best_of(3, lambda: [network(*part) for part in parts])


def score_default_one():
    network, x, predicted = DefaultAuditor().eval(), torch.randn(200, 1, 1962), torch.randint(10, (200, 1))
    return best_of(3, lambda: [network(*one) for one in zip(x, predicted)]) * 1e6 / 200


def capture(pooling=means):
    network, x = Classifier().eval(), torch.randn(2048, 1, 28, 28)
    return 2048 / best_of(3, lambda: [network(part, pooling) for part in x.split(256)])


def capture_default():
    return capture(rich)


class Corrupted(torch.utils.data.Dataset):
    """The source's four corruptions, four images of five, one image at a time as a loader has them."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, at):
        image = self.images[at].clone()
        if random.random() < 0.8:
            image = random.choice([rotated, noisy, occluded, shifted])(image)
        return (image - 0.1307) / 0.3081


def rotated(image):
    angle = math.radians(random.uniform(20, 80))
    turn = torch.tensor([[[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]]])
    grid = nn.functional.affine_grid(turn, (1, 1, 28, 28), align_corners=False)
    return nn.functional.grid_sample(image[None], grid, align_corners=False)[0]


def noisy(image):
    return (image + torch.randn_like(image) * random.uniform(0.3, 0.8)).clamp_(0, 1)


def occluded(image):
    half, x, y = random.randint(6, 17), random.randrange(28), random.randrange(28)
    image[:, max(0, y - half):y + half, max(0, x - half):x + half] = 0
    return image


def shifted(image):
    right, down = random.randint(-3, 3), random.randint(-3, 3)
    rows, columns = (torch.arange(28) - down).clamp_(0, 27), (torch.arange(28) - right).clamp_(0, 27)
    return image[:, rows][:, :, columns]


def capture_corrupted():
    """The better of a loader in this process and one with a worker a core."""
    network, images = Classifier().eval(), Corrupted(torch.rand(4096, 1, 28, 28))
    times = []
    for workers in (0, os.cpu_count()):
        loader = torch.utils.data.DataLoader(images, batch_size=256, num_workers=workers)
        times.append(best_of(2, lambda: [network(part, means) for part in loader]))
    return 4096 / min(times)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    torch.manual_seed(0)
    questions = [train_classifier, train_auditor, train_head, score_many, score_one, score_default, score_default_one,
                 capture, capture_default, capture_corrupted]
    own, theirs, units = {}, {}, {}
    for _ in range(rounds):
        for question in questions:
            name = question.__name__
            said = subprocess.run([sys.argv[1], name], check=True, capture_output=True, text=True).stdout
            value, units[name] = re.search(rf"^{name} ([0-9.]+) (.*)$", said, re.M).groups()
            own.setdefault(name, []).append(float(value))
            for threads in {1, os.cpu_count()}:
                torch.set_num_threads(threads)
                theirs.setdefault((name, threads), []).append(question())
    print(f"{said.splitlines()[0]}; torch {torch.__version__}; {rounds} rounds")
    for name, unit in units.items():
        mine = statistics.median(own[name])
        better = max if "second" in unit else min
        other, threads = better((statistics.median(values), threads)
                                for (question, threads), values in theirs.items() if question == name)
        print(f"{name:17} Errata {mine:9.2f}, torch {other:9.2f} ({threads} thread{'s' * (threads > 1)}), "
              f"ratio {mine / other:6.3f}   {unit}")


if __name__ == "__main__":
    main()

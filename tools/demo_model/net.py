"""The demo model's network: a residual stem, then inverted residuals with depthwise convolutions, down to 8x8 cells.

Only convolutions, batch norms, ReLU / ReLU6, additions, one global average pool and one linear layer, so that every method of
the package applies. Kernels that halve the size are 4x4 (2x2 in the shortcut) rather than 3x3: every input pixel then meets
the same number of taps, and gradients show no grid.
"""
from __future__ import annotations

import torch
from torch import nn


def conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size (divided by the stride) and its batch norm."""
    pad = (kernel - 1) // 2
    return [nn.Conv2d(inputs, outputs, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


class Residual(nn.Module):
    """y = relu(f(x) + shortcut(x)) with two dense convolutions in f; halves the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*conv_bn(inputs, outputs, 4, 2), nn.ReLU(inplace=True), *conv_bn(outputs, outputs, 3))
        self.shortcut = nn.Sequential(*conv_bn(inputs, outputs, 2, 2))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.body(x) + self.shortcut(x))


class InvertedResidual(nn.Module):
    """1x1 expansion, depthwise 3x3 (4x4 where it halves the size), linear 1x1 projection; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.body = nn.Sequential(*conv_bn(inputs, hidden, 1), nn.ReLU6(inplace=True),
                                  *conv_bn(hidden, hidden, 3 if stride == 1 else 4, stride, hidden), nn.ReLU6(inplace=True),
                                  *conv_bn(hidden, outputs, 1))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x) if self.residual else self.body(x)


class DemoNet(nn.Module):
    """[N, 3, 128, 128] normalised RGB -> [N, classes] logits."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *conv_bn(3, 16, 4, 2), nn.ReLU(inplace=True),  # 64x64
            Residual(16, 24),  # 32x32
            InvertedResidual(24, 48, 2, 3),  # 16x16
            InvertedResidual(48, 48, 1, 3),
            InvertedResidual(48, 48, 1, 3),
            InvertedResidual(48, 96, 2, 4),  # 8x8
            InvertedResidual(96, 96, 1, 3),
            InvertedResidual(96, 96, 1, 3),
            *conv_bn(96, 192, 1), nn.ReLU(inplace=True),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(192, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classify(self.features(x))

    def classify(self, cells: torch.Tensor) -> torch.Tensor:
        """Logits of the last features [N, 192, 8, 8]."""
        return self.classifier(torch.flatten(self.pool(cells), 1))

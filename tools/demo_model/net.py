"""The demo model's network: a residual stem, then inverted residuals with depthwise convolutions, down to 8x8 cells.

Only convolutions, batch norms, ReLU / ReLU6, additions, one global average pool and one linear layer, so that every method of
the package applies. Strides are gentle and pixels are seen at 64x64 and 32x32 by dense 3x3 kernels, for maps that localise.
"""
from __future__ import annotations

import torch
from torch import nn


def conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size (divided by the stride) and its batch norm."""
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


class Residual(nn.Module):
    """y = relu(f(x) + shortcut(x)) with two dense 3x3 convolutions in f."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*conv_bn(inputs, outputs, 3, stride), nn.ReLU(inplace=True), *conv_bn(outputs, outputs, 3))
        self.shortcut = nn.Sequential(*conv_bn(inputs, outputs, 1, stride))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.body(x) + self.shortcut(x))


class InvertedResidual(nn.Module):
    """1x1 expansion, 3x3 depthwise, linear 1x1 projection; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.body = nn.Sequential(*conv_bn(inputs, hidden, 1), nn.ReLU6(inplace=True),
                                  *conv_bn(hidden, hidden, 3, stride, hidden), nn.ReLU6(inplace=True),
                                  *conv_bn(hidden, outputs, 1))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x) if self.residual else self.body(x)


class DemoNet(nn.Module):
    """[N, 3, 128, 128] normalised RGB -> [N, classes] logits."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *conv_bn(3, 16, 3, 2), nn.ReLU(inplace=True),  # 64x64
            Residual(16, 24, 2),  # 32x32
            InvertedResidual(24, 48, 2, 3),  # 16x16
            InvertedResidual(48, 48, 1, 3),
            InvertedResidual(48, 48, 1, 3),
            InvertedResidual(48, 96, 2, 4),  # 8x8
            InvertedResidual(96, 96, 1, 3),
            InvertedResidual(96, 96, 1, 3),
            InvertedResidual(96, 96, 1, 3),
            *conv_bn(96, 192, 1), nn.ReLU(inplace=True),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(192, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))

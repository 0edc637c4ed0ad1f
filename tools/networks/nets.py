"""Networks that differ from the usual classifiers in what they are made of.

Each takes small inputs and gives ten logits first. Rectifiers go through relu() and relu6() below, so that the
backward rules of guided backpropagation and DeconvNet reach functional and shared ones, too.
"""

import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 10
RULE = "exact"  # or "guided", "deconvnet": what relu() does backwards


class Rectify(torch.autograd.Function):
    @staticmethod
    def forward(context, x, high):
        context.save_for_backward(x)
        context.high = high
        return x.clamp(0, high)

    @staticmethod
    def backward(context, dy):
        (x,) = context.saved_tensors
        positive = dy.clamp(min=0)
        return (positive if RULE == "deconvnet" else positive * (x > 0) * (x < context.high)), None


def relu(x):
    return F.relu(x) if RULE == "exact" else Rectify.apply(x, float("inf"))


def relu6(x):
    return F.relu6(x) if RULE == "exact" else Rectify.apply(x, 6.0)


def conv_norm(inputs, outputs, kernel=3, **options):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, bias=False, **options), nn.BatchNorm2d(outputs))


class UNet(nn.Module):
    """Encoder and decoder with skip connections; the decoder's map is pooled into logits."""

    shape = (1, 3, 24, 20)

    def __init__(self):
        super().__init__()
        self.down1, self.down2 = conv_norm(3, 8, padding=1), conv_norm(8, 12, padding=1)
        self.middle = conv_norm(12, 16, padding=1)
        self.up2 = conv_norm(16 + 12, 12, padding=1)
        self.widen = nn.ConvTranspose2d(12, 8, 2, stride=2)
        self.up1 = conv_norm(8 + 8, 8, padding=1)
        self.head = nn.Conv2d(8, CLASSES, 1)

    def forward(self, x):
        a = relu(self.down1(x))
        b = relu(self.down2(F.max_pool2d(a, 2)))
        c = relu(self.middle(F.max_pool2d(b, 2)))
        b = relu(self.up2(torch.cat([F.interpolate(c, scale_factor=2, mode="bilinear", align_corners=False), b], 1)))
        a = relu(self.up1(torch.cat([self.widen(b), a], 1)))
        return self.head(a).mean((2, 3))


class SharedWeights(nn.Module):
    """One block, with one rectifier, used three times in a row and once more on a coarser copy of the image."""

    shape = (1, 3, 20, 20)

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 12, padding=1)
        self.block = conv_norm(12, 12, padding=1)
        self.linear = nn.Linear(24, CLASSES)

    def features(self, x):
        x = relu(self.stem(x))
        for _ in range(3):
            x = relu(x + self.block(x))
        return x.mean((2, 3))

    def forward(self, x):
        return self.linear(torch.cat([self.features(x), self.features(F.avg_pool2d(x, 2))], 1))


class TwoInputs(nn.Module):
    """An image and a vector of measurements; the vector scales and shifts the image's channels."""

    shape = (1, 3, 18, 18)
    feeds = {"measurements": (1, 5)}

    def __init__(self):
        super().__init__()
        self.first, self.second = conv_norm(3, 10, padding=1), conv_norm(10, 16, stride=2, padding=1)
        self.film = nn.Linear(5, 20)
        self.linear = nn.Linear(16 + 5, CLASSES)

    def forward(self, x, measurements):
        scale, shift = self.film(measurements).chunk(2, 1)
        x = relu(self.first(x)) * (1 + scale[:, :, None, None]) + shift[:, :, None, None]
        x = relu(self.second(relu(x))).amax((2, 3))
        return self.linear(torch.cat([x, measurements], 1))


class Asymmetric(nn.Module):
    """Pads, strides and dilations that differ by side and axis; windows that reach over the edge."""

    shape = (1, 3, 23, 26)

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, (3, 5), stride=(1, 2), dilation=(2, 1))
        self.second = nn.Conv2d(8, 12, (4, 2), dilation=(1, 3))
        self.third = nn.Conv2d(12, 16, (1, 3), padding=(0, 2))
        self.linear = nn.Linear(16 * 3 * 2, CLASSES)

    def forward(self, x):
        x = relu(self.first(F.pad(x, (3, 0, 1, 2), mode="reflect")))
        x = F.max_pool2d(F.pad(x, (0, 1, 2, 0), value=-1.0), (3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=True)
        x = relu6(self.second(F.pad(x, (1, 2, 1, 2))))
        x = F.avg_pool2d(x, (3, 2), stride=2, padding=(1, 1), ceil_mode=True, count_include_pad=False)
        x = relu(self.third(F.pad(x, (1, 0, 0, 2), mode="replicate")))
        return self.linear(F.max_pool2d(x, 3, stride=(3, 4)).flatten(1)[:, : 16 * 3 * 2])


class GroupedTransposed(nn.Module):
    """Grouped and depthwise convolutions, both ways, with shuffled channels and pixels between."""

    shape = (1, 4, 16, 16)

    def __init__(self):
        super().__init__()
        self.grouped = nn.Conv2d(4, 16, 3, padding=1, groups=2, stride=2)
        self.depthwise = nn.Conv2d(16, 32, 3, padding=1, groups=16)
        self.up = nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1, groups=4)
        self.up_depthwise = nn.ConvTranspose2d(16, 16, 4, stride=2, padding=1, groups=16, dilation=1)
        self.mix = nn.Conv2d(4, CLASSES, 3, stride=4)

    def forward(self, x):
        x = relu(self.grouped(x))
        n, c, h, w = x.shape
        x = x.reshape(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = relu(self.up(relu(self.depthwise(x))))
        x = relu(F.pixel_shuffle(self.up_depthwise(x), 2))
        return self.mix(x).mean((2, 3))


class Attention(nn.Module):
    """Patches, a class token, attention with a learned bias, gated mixing of tokens."""

    shape = (1, 3, 24, 24)

    def __init__(self, width=24, heads=3):
        super().__init__()
        self.heads = heads
        self.patches = nn.Conv2d(3, width, 6, stride=6)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.zeros(1, 17, width))
        self.bias = nn.Parameter(torch.zeros(heads, 17, 17))
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(2 * width, width)
        self.linear = nn.Linear(width, CLASSES)

    def attend(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = torch.einsum("bhqd,bhkd->bhqk", q, k) * (c // self.heads) ** -0.5 + self.bias
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, c))

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        x = x + self.attend(self.norm1(x))
        a, b = self.up(self.norm2(x)).chunk(2, -1)
        x = x + self.down(F.gelu(a) * torch.sigmoid(b))
        return self.linear(self.norm3(x)[:, 0])


class Heads(nn.Module):
    """Logits, an auxiliary head in the middle, and the embedding in front of the logits."""

    shape = (1, 3, 20, 20)
    outputs = ("logits", "auxiliary", "embedding")

    def __init__(self):
        super().__init__()
        self.first, self.second = conv_norm(3, 12, stride=2, padding=1), conv_norm(12, 20, stride=2, padding=1)
        self.auxiliary = nn.Sequential(nn.Conv2d(12, 6, 1), nn.Flatten(), nn.Linear(6 * 5 * 5, 7))
        self.linear = nn.Linear(20, CLASSES)

    def forward(self, x):
        a = relu(self.first(x))
        b = relu(self.second(a)).mean((2, 3))
        return self.linear(b), self.auxiliary(F.avg_pool2d(relu(a - 0.5), 2)), b


class Dynamic(nn.Module):
    """Exported with open batch, height and width: sizes are computed inside the graph."""

    shape = (1, 3, 18, 30)
    dynamic = {0: "batch", 2: "height", 3: "width"}

    def __init__(self):
        super().__init__()
        self.first, self.second = conv_norm(3, 8, stride=2, padding=1), conv_norm(8, 12, stride=2, padding=1)
        self.merge = conv_norm(20, 16, padding=1)
        self.linear = nn.Linear(16, CLASSES)

    def forward(self, x):
        a = relu(self.first(x))
        b = relu(self.second(a))
        b = F.interpolate(b, size=a.shape[2:], mode="nearest")
        c = relu(self.merge(torch.cat([a, b], 1)))
        c = c.reshape(c.shape[0], 16, c.shape[2] * c.shape[3])
        return self.linear(c.mean(2))


class Volume(nn.Module):
    """Three spatial axes: a stack of slices."""

    shape = (1, 2, 7, 12, 10)

    def __init__(self):
        super().__init__()
        self.first = nn.Conv3d(2, 8, (3, 3, 2), padding=(1, 1, 0), bias=False)
        self.norm = nn.BatchNorm3d(8)
        self.second = nn.Conv3d(8, 12, 3, stride=(1, 2, 2), padding=1, groups=2, dilation=(2, 1, 1))
        self.up = nn.ConvTranspose3d(12, 6, (2, 3, 3), stride=(2, 1, 1), padding=(0, 1, 1), output_padding=(1, 0, 0))
        self.linear = nn.Linear(6, CLASSES)

    def forward(self, x):
        x = F.max_pool3d(relu(self.norm(self.first(x))), (2, 2, 2), padding=(1, 0, 0))
        x = relu(self.up(relu(self.second(x))))
        return self.linear(F.avg_pool3d(x, 2).amax((2, 3, 4)))


class Signal(nn.Module):
    """One spatial axis: a multichannel signal."""

    shape = (1, 4, 96)

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv1d(4, 12, 7, stride=2, padding=3, bias=False), nn.BatchNorm1d(12)
        self.second = nn.Conv1d(12, 24, 3, padding=2, dilation=2, groups=3)
        self.up = nn.ConvTranspose1d(24, 12, 4, stride=2, padding=1)
        self.linear = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = F.max_pool1d(relu(self.norm(self.first(x))), 3, stride=2, padding=1)
        x = relu(self.up(F.avg_pool1d(relu(self.second(x)), 2)))
        return self.linear(x.mean(2))


class Gates(nn.Module):
    """Squeeze-and-excite, group and instance normalisation, and the smooth activations that classifiers use."""

    shape = (1, 3, 20, 20)

    def __init__(self):
        super().__init__()
        self.stem, self.norm1 = nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.GroupNorm(4, 16)
        self.squeeze, self.excite = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)
        self.depthwise, self.norm2 = nn.Conv2d(16, 16, 5, padding=2, groups=16), nn.InstanceNorm2d(16, affine=True)
        self.project = nn.Conv2d(16, 24, 1)
        self.linear = nn.Linear(24, CLASSES)

    def forward(self, x):
        x = F.hardswish(self.norm1(self.stem(x)))
        x = x * F.hardsigmoid(self.excite(F.silu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))))
        x = x + F.mish(self.norm2(self.depthwise(x)))
        x = F.elu(F.softplus(self.project(x)) - 1, alpha=0.7)
        return self.linear(F.leaky_relu(x, 0.1).mean((2, 3)))


NETWORKS = {
    "unet": UNet,
    "shared_weights": SharedWeights,
    "two_inputs": TwoInputs,
    "asymmetric": Asymmetric,
    "grouped_transposed": GroupedTransposed,
    "attention": Attention,
    "heads": Heads,
    "dynamic": Dynamic,
    "volume": Volume,
    "signal": Signal,
    "gates": Gates,
}
WITH_RULES = set(NETWORKS) - {"attention", "gates"}  # their activations are rectifiers

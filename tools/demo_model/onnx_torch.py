"""Runs the exported demo model with PyTorch operators, so that what is measured is the file itself; autograd works through it."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 [N, H, W, 3] -> float [N, 3, H, W], the ImageNet preset."""
    x = pixels.permute(0, 3, 1, 2).to(torch.float32)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (x - 255 * mean) / (255 * std)


def load(path: Path) -> tuple[Callable[[torch.Tensor], torch.Tensor], dict]:
    """The model as a function image -> logits, and its metadata (JSON values parsed)."""
    model = onnx.load(str(path))
    graph = model.graph
    constants = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}

    def run(image: torch.Tensor) -> torch.Tensor:
        values = {**constants, graph.input[0].name: image}
        for node in graph.node:
            a = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
            x = [values[name] if name else None for name in node.input]
            if node.op_type == "Conv":
                pads = a.get("pads", [0, 0, 0, 0])
                assert pads[:2] == pads[2:]
                y = F.conv2d(x[0], x[1], x[2] if len(x) > 2 else None, a["strides"], pads[:2], a["dilations"], a["group"])
            elif node.op_type == "BatchNormalization":
                y = F.batch_norm(x[0], x[3], x[4], x[1], x[2], False, 0.0, a.get("epsilon", 1e-5))
            elif node.op_type == "Relu":
                y = F.relu(x[0])
            elif node.op_type == "Clip":
                y = x[0].clamp(float(x[1]), float(x[2]))
            elif node.op_type == "Add":
                y = x[0] + x[1]
            elif node.op_type == "GlobalAveragePool":
                y = x[0].mean((2, 3), keepdim=True)
            elif node.op_type == "Flatten":
                y = torch.flatten(x[0], a.get("axis", 1))
            elif node.op_type == "Gemm":
                y = F.linear(x[0], x[1], x[2])
                assert a.get("transB") == 1 and a.get("alpha", 1.0) == a.get("beta", 1.0) == 1.0
            elif node.op_type == "Constant":
                y = torch.from_numpy(numpy_helper.to_array(a["value"]).copy())
            elif node.op_type == "Identity":
                y = x[0]
            else:
                raise NotImplementedError(node.op_type)
            values[node.output[0]] = y
        return values[graph.output[0].name]

    metadata = {p.key: json.loads(p.value) for p in model.metadata_props if p.key in ("labels", "preprocess")}
    return run, metadata


def smoothgrad_squared(run: Callable[[torch.Tensor], torch.Tensor], image: torch.Tensor, target: int, samples: int = 25,
                       noise: float = 0.15, seed: int = 0) -> torch.Tensor:
    """Mean of the squared gradient of a logit over noisy copies of `image` [1, 3, H, W], summed over channels: [H, W]."""
    generator = torch.Generator().manual_seed(seed)
    sigma = noise * (image.max() - image.min())
    noisy = image + sigma * torch.randn((samples, *image.shape[1:]), generator=generator)
    noisy.requires_grad_()
    (gradient,) = torch.autograd.grad(run(noisy)[:, target].sum(), noisy)
    return (gradient**2).mean(0).sum(0)

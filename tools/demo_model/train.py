"""Trains the demo model and writes it as ONNX.

    python3 train.py --output ../../demo/model/demo.onnx

Composes the training scenes (scenes.py), trains DemoNet (net.py) with AdamW, a one-cycle schedule, label smoothing and an
exponential moving average of the weights, reports the accuracy on validation scenes after each epoch, and exports. A second
term of the loss is the share of the last features that lies outside the object's box: the model is to look at the object, so that
a saliency map has something to find. The seed fixes scenes, initial weights and the order of batches; the last digits of a run still depend on the number of threads and the BLAS.
"""
from __future__ import annotations

import argparse
import copy
import ctypes
import json
import time
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F

import scenes
from net import DemoNet
from onnx_torch import MEAN, STD, load, normalise

SIZE = 128


def keep_freed_memory() -> None:
    """Has glibc reuse large freed blocks, which otherwise go back to the system after every operator (a third of the time)."""
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(-4, 0)  # M_MMAP_MAX: no block of its own mapping
        libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
    except OSError:
        pass  # another C library; slower, nothing else


class Augment:
    """Cheap changes of a uint8 batch: mirror, shift, light, cut-out, noise. Most batches get noise up to what SmoothGrad
    adds (15 % of the value range), so that the gradient means something at the noisy copies as well. The boxes move along."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng((seed, 99))
        self.noise = torch.randn(2**23, generator=torch.Generator().manual_seed(seed))

    def __call__(self, pixels: torch.Tensor, boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rng, n = self.rng, len(pixels)
        x = normalise(pixels)
        flip = torch.from_numpy(rng.random(n) < 0.5)
        x[flip] = x[flip].flip(3)
        dx, dy = (int(v) for v in rng.integers(-8, 9, 2))
        x = F.pad(x, (8, 8, 8, 8), mode="replicate")[:, :, 8 + dy : 8 + dy + SIZE, 8 + dx : 8 + dx + SIZE]
        left = torch.where(flip, SIZE - boxes[:, 0] - boxes[:, 2], boxes[:, 0]) - dx
        boxes = torch.stack([left, boxes[:, 1] - dy, boxes[:, 2], boxes[:, 3]], 1)
        gain = torch.from_numpy(rng.uniform(0.8, 1.2, (n, 1, 1, 1)).astype(np.float32))
        lift = torch.from_numpy(rng.uniform(-0.2, 0.2, (n, 3, 1, 1)).astype(np.float32))
        x = x * gain + lift
        for i in np.nonzero(rng.random(n) < 0.3)[0]:
            w, h = rng.integers(10, 32, 2)
            left, top = rng.integers(0, SIZE - w), rng.integers(0, SIZE - h)
            x[i, :, top : top + h, left : left + w] = torch.from_numpy(rng.uniform(-2, 2, (3, 1, 1)).astype(np.float32))
        if rng.random() < 0.6:
            start = int(rng.integers(len(self.noise) - x.numel()))
            sigma = torch.from_numpy(rng.uniform(0, 0.8, (n, 1, 1, 1)).astype(np.float32))
            x = x + sigma * self.noise[start : start + x.numel()].view(n, 3, SIZE, SIZE)
        return x.contiguous(memory_format=torch.channels_last), boxes


def share_outside(cells: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """The share of the (non-negative) features [N, C, h, w] in cells that the boxes do not touch, averaged over the batch."""
    step = SIZE / cells.shape[-1]
    start = torch.arange(cells.shape[-1]) * step
    x, y, w, h = (boxes[:, k, None].float() for k in range(4))
    columns = (start + step > x) & (start < x + w)
    rows = (start + step > y) & (start < y + h)
    outside = ~(rows[:, :, None] & columns[:, None, :])
    mass = cells.sum(1)
    return ((mass * outside).sum((1, 2)) / (mass.sum((1, 2)) + 1e-3)).mean()


@torch.no_grad()
def accuracy(model: torch.nn.Module, pixels: np.ndarray, labels: np.ndarray) -> float:
    model.eval()
    right = 0
    for i in range(0, len(labels), 128):
        x = normalise(torch.from_numpy(pixels[i : i + 128])).contiguous(memory_format=torch.channels_last)
        right += int((model(x).argmax(1).numpy() == labels[i : i + 128]).sum())
    return right / len(labels)


def train(args: argparse.Namespace) -> torch.nn.Module:
    torch.manual_seed(args.seed)
    started = time.time()
    pixels, labels, boxes = scenes.dataset(args.seed, scenes.TRAIN, 0, args.scenes, SIZE)
    held_pixels, held_labels, _ = scenes.dataset(args.seed, scenes.VALIDATION, 0, 1000, SIZE)
    print(f"{args.scenes} scenes in {time.time() - started:.0f} s", flush=True)
    pixels_t, labels_t, boxes_t = (torch.from_numpy(a) for a in (pixels, labels, boxes))

    model = DemoNet(len(scenes.LABELS)).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).eval()
    print(f"{sum(p.numel() for p in model.parameters())} parameters", flush=True)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    other = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.03}, {"params": other, "weight_decay": 0.0}], lr=args.rate)
    steps = args.epochs * (args.scenes // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=steps, pct_start=0.2, final_div_factor=200)
    augment = Augment(args.seed)
    order = torch.Generator().manual_seed(args.seed)
    step = 0
    for epoch in range(min(args.until, args.epochs)):
        model.train()
        total = outside = 0.0
        for rows in torch.randperm(args.scenes, generator=order)[: args.scenes // args.batch * args.batch].split(args.batch):
            x, moved = augment(pixels_t[rows], boxes_t[rows])
            cells = model.features(x)
            elsewhere = share_outside(cells, moved)
            loss = F.cross_entropy(model.classify(cells), labels_t[rows], label_smoothing=0.05) + args.focus * elsewhere
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
            total += float(loss)
            outside += float(elsewhere)
            keep = min(0.998, 1 - 10 / (step + 10))
            with torch.no_grad():
                for target, source in zip(average.state_dict().values(), model.state_dict().values()):
                    if target.is_floating_point():
                        target.lerp_(source, 1 - keep)
        print(f"epoch {epoch + 1}/{args.epochs}  loss {total / (args.scenes // args.batch):.4f}  "
              f"outside {outside / (args.scenes // args.batch):.3f}  "
              f"validation {100 * accuracy(average, held_pixels, held_labels):.2f} %  {time.time() - started:.0f} s", flush=True)
        if args.checkpoint:
            torch.save(average.state_dict(), args.checkpoint)
    return average


def export(model: torch.nn.Module, path: Path) -> None:
    """Writes the ONNX file with its metadata and checks it against the network."""
    model = model.eval().to(memory_format=torch.contiguous_format)
    path.parent.mkdir(parents=True, exist_ok=True)
    example = torch.randn(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    torch.onnx.export(model, example, str(path), opset_version=13, input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}})
    written = onnx.load(str(path))
    preprocess = {"size": [SIZE, SIZE], "mean": list(MEAN), "std": list(STD), "scale": "unit", "channels": "rgb"}
    onnx.helper.set_model_props(written, {"labels": json.dumps(scenes.LABELS), "preprocess": json.dumps(preprocess)})
    written.graph.name = "saliency-wasm demo"
    onnx.checker.check_model(written, full_check=True)
    onnx.save(written, str(path))
    (path.parent / "labels.json").write_text(json.dumps(scenes.LABELS, indent=2) + "\n")
    run, _ = load(path)
    with torch.no_grad():
        error = float((run(example) - model(example)).abs().max())
    print(f"{path}: {path.stat().st_size} bytes, largest difference of a logit {error:.1e}")
    if error > 1e-3:
        raise RuntimeError("the exported file computes something else")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parents[2] / "demo/model/demo.onnx")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--scenes", type=int, default=32000)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--until", type=int, default=6, help="stop after this epoch of the schedule; the averaged weights are good early")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--focus", type=float, default=1.0, help="weight of the features' share outside the object's box")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, help="where to keep the averaged weights after each epoch")
    args = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(args.threads)
    export(train(args), args.output)


if __name__ == "__main__":
    main()

"""Measures the exported demo model and writes its model card.

    python3 evaluate.py --model ../../demo/model/demo.onnx --card ../../demo/model/MODEL_CARD.md

Accuracy on test scenes the training never saw, per class, and the pointing game: how often the peak of the squared SmoothGrad lies in
the object's box.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch

import scenes
from onnx_torch import load, normalise, smoothgrad_squared

ROOT = Path(__file__).resolve().parents[2]


def predictions(run, pixels: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return np.concatenate([run(normalise(torch.from_numpy(pixels[i : i + 100]))).argmax(1).numpy()
                               for i in range(0, len(pixels), 100)])


def peak_in_box(run, pixels: np.ndarray, target: int, box: np.ndarray) -> bool:
    peak = int(smoothgrad_squared(run, normalise(torch.from_numpy(pixels[None])), target).argmax())
    y, x = divmod(peak, pixels.shape[1])
    return bool(box[0] <= x < box[0] + box[2] and box[1] <= y < box[1] + box[3])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "demo/model/demo.onnx")
    parser.add_argument("--card", type=Path, help="model card to write")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--scenes", type=int, default=4000)
    parser.add_argument("--first", type=int, default=10000, help="index of the first test scene (the earlier ones served development)")
    parser.add_argument("--pointing", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    run, metadata = load(args.model)
    names = metadata["labels"]
    assert names == scenes.LABELS

    pixels, labels, boxes = scenes.dataset(args.seed, scenes.TEST, args.first, args.scenes)
    found = predictions(run, pixels)
    right = found == labels
    accuracy = right.mean()
    sides = boxes[:, 2:].max(1) / pixels.shape[1]
    print(f"accuracy {100 * accuracy:.2f} % of {args.scenes} test scenes")
    rows = []
    for k, name in enumerate(names):
        mine = labels == k
        mistakes = np.bincount(found[mine & ~right], minlength=len(names))
        worst = f"{names[int(mistakes.argmax())]} ({mistakes.max()})" if mistakes.max() else ""
        rows.append(f"| {name} | {scenes.CLASSES[name]} | {int(mine.sum())} | {100 * right[mine].mean():.1f} % | {worst} |")
    print("\n".join(rows))
    bands = [(0.0, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 1.01)]
    by_size = ", ".join(f"{100 * right[(sides >= a) & (sides < b)].mean():.1f} % "
                        + (f"below {b:.0%}" if a == 0 else f"from {a:.0%}" if b > 1 else f"{a:.0%} to {b:.0%}") for a, b in bands)
    print(by_size)

    fresh = range(min(args.pointing, args.scenes))
    hits = [peak_in_box(run, pixels[i], int(labels[i]), boxes[i]) for i in fresh]
    area = float(np.mean([boxes[i][2] * boxes[i][3] for i in fresh])) / pixels.shape[1] ** 2
    print(f"pointing game: {sum(hits)} of {len(hits)}; the boxes cover {100 * area:.0f} % of the image")
    if args.card:
        parameters = sum(int(np.prod(t.dims)) for t in onnx.load(str(args.model)).graph.initializer)
        args.card.write_text(CARD.format(
            accuracy=f"{100 * accuracy:.2f}", scenes=args.scenes, seed=args.seed, table="\n".join(rows), classes=len(names),
            by_size=by_size, hits=sum(hits), pointing=len(hits), area=f"{100 * area:.0f}", parameters=parameters,
            kilobytes=round(args.model.stat().st_size / 1024)), encoding="utf-8")


CARD = """# Demo model

A small image classifier of the project's own, made for trying saliency methods in the browser. It tells {classes} kinds of everyday
objects apart in composed scenes. It is **not** a classifier for photographs.

| | |
|---|---|
| file | `demo.onnx`, opset 13, {kilobytes} KB, {parameters} float32 parameters, about 39 million multiply-adds per image |
| input | `image` [N, 3, 128, 128], RGB in [0, 1] normalised with the ImageNet mean and standard deviation (preset `imagenet`) |
| output | `logits` [N, {classes}], in the order of `labels.json` |
| operators | Conv (dense, depthwise, 1×1), Relu, Clip (ReLU6), Add, GlobalAveragePool, Flatten, Gemm; batch norms are folded |
| metadata | `labels` (JSON array) and `preprocess` (JSON object) in the ONNX `metadata_props` |
| made by | `tools/demo_model/train.py`, seed {seed}, 32000 scenes, 6 epochs of a schedule of 12; see `tools/demo_model/README.md` |

## Data
All scenes are generated at 128×128 by `tools/demo_model/scenes.py`. One object, a glyph of the class from the Noto Color Emoji font, takes
35 to 75 % of the side, is turned by up to 40 degrees, mirrored or not, and may leave the image by up to a tenth. Behind it: two or
three mixed patterns (gradients, stripes, checks, rings, waves, noise, blobs), 3 to 10 shapes, and 1 to 4 small glyphs that belong
to no class. About 45 % of the objects are partly covered by a shape or another glyph. Light, contrast, tint, blur and grain vary.
Background, distractors and light are drawn independently of the class. Training, validation and test scenes have seeds of their own;
the glyphs are the same in all of them: the test asks for new compositions, not for new drawings.
Training adds mirroring, shifts, light, cut-out, and noise of up to about 15 % of the value range on most batches. Beside the
cross-entropy, the loss counts the share of the last features (8×8 cells) that lies outside the object's box, so the model is taught to
look at the object. The box is used in training only.

## Measured
On {scenes} test scenes that were used for nothing else, by `tools/demo_model/evaluate.py` on the exported file:

- **Accuracy {accuracy} %.** By the longer side of the object's box, as a share of the image's: {by_size}.
- **Pointing game:** the peak of the squared SmoothGrad (25 samples, noise 15 % of the value range, true class) lies in the object's
  box in **{hits} of {pointing}** test scenes. The boxes cover {area} % of the image on average, which is what chance would give.
  Because the training rewards looking at the object, this number speaks for this model, not for SmoothGrad in general.

| class | glyphs | scenes | accuracy | most often taken for |
|---|---|---|---|---|
{table}

## Known weaknesses
- It knows the drawings of one font. A photograph, or another font's drawing of the same thing, may get any answer, often a confident
  one: there is no "none of these" class.
- It expects one object in the middle distance. Two objects of different classes, objects below a third of the side, upside-down
  objects and heavy occlusion were not trained.
- Some classes are a single drawing (banana, butterfly, elephant, guitar, pizza, sailboat): what it learnt of them may be one colour
  or one contour.

## Licence
The weights and scripts are under the licence of this project (Apache-2.0). The scenes are drawn with the Noto Color Emoji font
(https://github.com/googlefonts/noto-emoji): the font is under the SIL Open Font License 1.1, its images and tools mostly under the Apache
License 2.0. The font itself is not part of this repository.
"""

if __name__ == "__main__":
    main()

"""Writes the sample scenes of the demo page and samples.json, and checks them against the model.

    python3 samples.py --output ../../demo/samples

The scenes come from a split of their own, which neither training nor testing used. They were chosen by eye for the page, with softer
changes of light and less cover than the training scenes (`ease`), and are rendered at 512 pixels and halved, for clean edges.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import scenes
from evaluate import ROOT, peak_in_box
from onnx_torch import load, normalise

SIZE = 256
EASE = 0.75
SEED = 2024

#: Class, glyph, index of the scene.
PICKS: list[tuple[str, str, int]] = [
    ("cat", "🐈", 1000),
    ("dog", "🐶", 1013),
    ("bird", "🦜", 1023),
    ("butterfly", "🦋", 1036),
    ("elephant", "🐘", 1048),
    ("fish", "🐠", 1054),
    ("flower", "🌺", 1061),
    ("pizza", "🍕", 1075),
    ("bicycle", "🚲", 1086),
    ("sailboat", "⛵", 1096),
    ("car", "🚕", 1102),
    ("guitar", "🎸", 1117),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "demo/samples")
    parser.add_argument("--model", type=Path, default=ROOT / "demo/model/demo.onnx")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.output.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, glyph, index in PICKS:
        label = scenes.LABELS.index(name)
        scene = scenes.compose(SEED, scenes.SHOW, index, 2 * SIZE, label=label, glyph=glyph, ease=EASE)
        Image.fromarray(scene.pixels).reduce(2).save(args.output / f"{name}.png", optimize=True)
        x, y, w, h = scene.box
        box = [x // 2, y // 2, (x + w + 1) // 2 - x // 2, (y + h + 1) // 2 - y // 2]
        entries.append({"file": f"{name}.png", "label": name, "labelIndex": label, "box": box, "size": [SIZE, SIZE]})
    lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
    (args.output / "samples.json").write_text(f"[\n{lines}\n]\n")

    run, metadata = load(args.model)
    right = hits = 0
    for entry in entries:
        small = np.asarray(Image.open(args.output / entry["file"]).convert("RGB").resize((128, 128), Image.BILINEAR))
        with torch.no_grad():
            chance = run(normalise(torch.from_numpy(small.copy()[None]))).softmax(1)[0]
        best = int(chance.argmax())
        hit = peak_in_box(run, small.copy(), entry["labelIndex"], np.asarray(entry["box"]) / 2)
        right, hits = right + (best == entry["labelIndex"]), hits + hit
        print(f"{entry['file']:14} {metadata['labels'][best]:10} {float(chance[best]):.3f}  peak {'in' if hit else 'OUTSIDE'} the box")
    print(f"{right} of {len(entries)} right, {hits} peaks in the box")
    if right < len(entries):
        raise SystemExit("a sample is not classified correctly")


if __name__ == "__main__":
    main()

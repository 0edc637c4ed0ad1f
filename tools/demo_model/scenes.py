"""Scenes for the demo model: one object of a known class over a cluttered background.

The objects are glyphs of the Noto Color Emoji font. Everything else (backgrounds, distractors, light, blur, occlusion)
is generated, and drawn independently of the class, so that nothing but the object tells the class.

A scene is a pure function of (seed, split, index). All random numbers are drawn in units of the image side and do not
depend on the size that is asked for, so the same scene can be rendered at 128 px for training and larger for show (up to rounding,
which now and then sends a distractor to another free spot).

Run as a script for a contact sheet:  python3 scenes.py sheet.png [--size 128] [--split 3]
"""
from __future__ import annotations

import argparse
import colorsys
import functools
import math
import multiprocessing
import os
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONT = os.environ.get("NOTO_COLOR_EMOJI", "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
FONT_SIZE = 109  # the only size the bitmap font has

#: Class name -> glyphs that mean it. The order of the classes is the order of the model's logits.
CLASSES: dict[str, str] = {
    "airplane": "✈🛩🛫",
    "apple": "🍎🍏",
    "banana": "🍌",
    "bicycle": "🚲🚴",
    "bird": "🐦🦜🦆🦅🐓🕊",
    "butterfly": "🦋",
    "cake": "🎂🍰🧁",
    "car": "🚗🚙🚕🚘🚓",
    "cat": "🐱🐈😺😸",
    "clock": "⏰🕙🕓🕰",
    "dog": "🐶🐕🐩🦮",
    "elephant": "🐘",
    "fish": "🐟🐠🐡",
    "flower": "🌻🌼🌸🌷🌹🌺",
    "guitar": "🎸",
    "house": "🏠🏡🏘",
    "pizza": "🍕",
    "sailboat": "⛵",
    "tree": "🌳🌲🌴",
    "umbrella": "☂☔🌂⛱",
}
LABELS: list[str] = list(CLASSES)

#: Glyphs of no class; they appear small, as distractors and as occluders.
DISTRACTORS = "⭐🔥💧🎈🔑🎲🧦🍄🌽🥕🍩💎🔔📎✏🧩🎁🕶⚓🧲🥨🐙🐢🦀🐌🎩🍓🍇🥑🌙☁⚡🚦💡📷🎀🧀🍪🥚🍭🔨🧸🎧📌🪀🥁🎯👑🍬🍒🧃🛎🪙🎮👟👒"

TRAIN, VALIDATION, TEST, SHOW = range(4)  # splits; the seeds of two splits never meet


@dataclass(frozen=True)
class Scene:
    """A rendered scene: `pixels` [size, size, 3] uint8 RGB, the class, and the object's box x, y, width, height in pixels."""

    pixels: np.ndarray
    label: int
    box: tuple[int, int, int, int]


@functools.lru_cache(maxsize=None)
def sprite(glyph: str) -> Image.Image:
    """One glyph as an RGBA image cropped to what is visible."""
    font = ImageFont.truetype(FONT, FONT_SIZE)
    canvas = Image.new("RGBA", (200, 200))
    ImageDraw.Draw(canvas).text((20, 20), glyph, font=font, embedded_color=True)
    box = canvas.getbbox()
    if box is None or box[2] - box[0] < 30:
        raise RuntimeError(f"{FONT} has no colour glyph for U+{ord(glyph):04X}")
    return canvas.crop(box)


def placed(glyph: str, side: float, angle: float, flip: bool) -> Image.Image:
    """The glyph with its longer side `side` pixels long, turned by `angle` degrees, cropped to what is visible."""
    image = sprite(glyph)
    if flip:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    scale = side / max(image.size)
    image = image.resize([max(2, round(n * scale)) for n in image.size], Image.BICUBIC)
    if angle:
        image = image.rotate(angle, Image.BICUBIC, expand=True)
    return image.crop(image.getchannel("A").point(lambda a: 255 * (a > 24)).getbbox() or (0, 0, 2, 2))


def colour(rng: np.random.Generator, saturation: float, value: tuple[float, float] = (0.25, 1.0)) -> tuple[int, ...]:
    """A random colour, saturated at most `saturation`."""
    rgb = colorsys.hsv_to_rgb(rng.random(), saturation * rng.random() ** 0.7, rng.uniform(*value))
    return tuple(int(255 * c) for c in rgb)


def noise(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    """Smooth noise in [0, 1] with `cells` cells along each side."""
    grid = Image.fromarray(rng.random((cells + 3, cells + 3), dtype=np.float32))
    return np.clip(np.asarray(grid.resize((size, size), Image.BICUBIC, box=(1, 1, cells + 1, cells + 1))), 0, 1)


def pattern(rng: np.random.Generator, size: int) -> np.ndarray:
    """A random mask [size, size] in [0, 1] to mix two colours with: gradient, stripes, checks, rings, noise or blobs."""
    kind = rng.integers(7)
    angle, frequency, phase = rng.uniform(0, 2 * math.pi), rng.uniform(2, 11), rng.random()
    cx, cy = rng.uniform(-0.2, 1.2, 2)
    sharp = rng.uniform(1, 12)
    if kind >= 5:
        cells = int(rng.integers(3, 9))
        mask = sum(noise(rng, size, cells << k) * 0.55**k for k in range(4)) / 1.98
        return mask if kind == 5 else np.clip((mask - 0.5) * 2 * sharp + 0.5, 0, 1)
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    x, y = axis[None, :], axis[:, None]
    u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    if kind == 0:
        return np.clip(0.5 + (u - 0.5 * (math.cos(angle) + math.sin(angle))) * rng.uniform(0.6, 1.6), 0, 1)
    if kind == 4:
        u = np.hypot(x - cx, y - cy)
    wave = np.sin(2 * math.pi * (u * frequency + phase))
    if kind == 2:
        wave = wave * np.sin(2 * math.pi * (v * frequency + phase))
    elif kind == 3:
        wave = np.sin(2 * math.pi * (u * frequency + 0.6 * np.sin(2 * math.pi * v * frequency / 2)))
    return np.clip(0.5 + 0.5 * sharp * wave, 0, 1)


def background(rng: np.random.Generator, size: int) -> np.ndarray:
    """A texture [size, size, 3] float32 in 0..255 of two to three mixed patterns."""
    saturation = rng.uniform(0.1, 0.8)
    base = np.asarray(colour(rng, saturation), np.float32)
    texture = np.broadcast_to(base, (size, size, 3))
    for _ in range(rng.integers(2, 4)):
        mask = pattern(rng, size)[..., None] * np.float32(rng.uniform(0.25, 0.9))
        texture = texture + mask * (np.asarray(colour(rng, saturation), np.float32) - texture)
    return texture


def shape(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: int, cx: float, cy: float, radius: float) -> None:
    """One filled ellipse, rectangle, polygon or line about (cx, cy)."""
    angle, aspect, kind = rng.uniform(0, 2 * math.pi), rng.uniform(0.4, 1.0), rng.integers(4)
    fill = colour(rng, 0.95) + (int(rng.integers(150, 256)),)
    corners = {0: 24, 1: 4, 2: int(rng.integers(3, 7)), 3: 4}[int(kind)]
    if kind == 3:
        aspect *= 0.2
    points = []
    for k in range(corners):
        t = 2 * math.pi * (k + 0.5) / corners
        px, py = radius * math.cos(t), radius * aspect * math.sin(t)
        points.append(((cx + px * math.cos(angle) - py * math.sin(angle)) * size,
                       (cy + px * math.sin(angle) + py * math.cos(angle)) * size))
    draw.polygon(points, fill=fill)


def paste(canvas: Image.Image, image: Image.Image, cx: float, cy: float) -> tuple[int, int]:
    """Alpha-composites `image` centred at (cx, cy), given in units of the side; returns its left upper corner."""
    corner = round(cx * canvas.width - image.width / 2), round(cy * canvas.height - image.height / 2)
    canvas.paste(image, corner, image)
    return corner


def light(rng: np.random.Generator, pixels: np.ndarray, strength: float) -> np.ndarray:
    """Contrast, brightness, tint and a soft falloff across the image."""
    size = len(pixels)
    contrast = 1 + strength * rng.uniform(-0.40, 0.30)
    brightness = 255 * strength * rng.uniform(-0.18, 0.14)
    tint = 1 + strength * rng.uniform(-0.16, 0.16, 3)
    angle, amount = rng.uniform(0, 2 * math.pi), strength * rng.uniform(0, 0.45)
    axis = np.linspace(-0.7, 0.7, size, dtype=np.float32)
    falloff = 1 + amount * (axis[None, :] * math.cos(angle) + axis[:, None] * math.sin(angle))
    lit = ((pixels - 118) * np.float32(contrast) + np.float32(118 + brightness)) * tint.astype(np.float32)
    return lit * falloff.astype(np.float32)[..., None]


def compose(seed: int, split: int, index: int, size: int = 128, *, label: int | None = None, glyph: str | None = None,
            ease: float = 0.0) -> Scene:
    """Composes a scene. `ease` in [0, 1] takes away light changes, blur and occlusion (the sample scenes use 0.75)."""
    rng = np.random.default_rng((seed, split, index))
    strength = 1.0 - ease
    drawn_label = int(rng.integers(len(LABELS)))
    label = drawn_label if label is None else label
    glyphs = CLASSES[LABELS[label]]
    drawn_glyph = glyphs[int(rng.random() * len(glyphs))]
    glyph = glyph or drawn_glyph

    # Where the object goes: a little of it may leave the image.
    side = rng.uniform(0.35 + 0.15 * ease, 0.75 - 0.1 * ease)
    angle = float(np.clip(rng.normal(0, 16), -40, 40)) * (1 - 0.4 * ease)
    thing = placed(glyph, side * size, angle, bool(rng.random() < 0.5))
    half_w, half_h = thing.width / size / 2, thing.height / size / 2
    out = 0.10 * strength
    cx = rng.uniform(0, 1) * (1 - 2 * half_w * (1 - 2 * out)) + half_w * (1 - 2 * out)
    cy = rng.uniform(0, 1) * (1 - 2 * half_h * (1 - 2 * out)) + half_h * (1 - 2 * out)

    canvas = Image.fromarray(np.clip(background(rng, size), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(canvas, "RGBA")
    for _ in range(rng.integers(3, 11)):
        shape(draw, rng, size, *rng.random(2), rng.uniform(0.02, 0.10))

    def keep_out(spread: float) -> tuple[float, float]:
        """A place away from the object's middle (the best of six)."""
        spots = rng.random((6, 2))
        gap = np.maximum(np.abs(spots[:, 0] - cx) - half_w, np.abs(spots[:, 1] - cy) - half_h) - spread / 2
        clear = np.nonzero(gap > -0.02)[0]
        return tuple(spots[clear[0] if len(clear) else int(np.argmax(gap))])

    for _ in range(rng.integers(1, 5)):
        small = rng.uniform(0.10, min(0.22, 0.5 * side))
        other = DISTRACTORS[int(rng.integers(len(DISTRACTORS)))]
        paste(canvas, placed(other, small * size, rng.uniform(-45, 45), bool(rng.random() < 0.5)), *keep_out(small))

    # A soft shadow, then the object with light of its own.
    shade, drop = rng.uniform(0, 0.6), rng.uniform(0.005, 0.03)
    gain, lift = 1 + strength * rng.uniform(-0.25, 0.2), strength * rng.uniform(-20, 20)
    alpha = thing.getchannel("A")
    if shade > 0.15:
        pad = round(0.05 * size)
        shadow = Image.new("L", (thing.width + 2 * pad, thing.height + 2 * pad))
        shadow.paste(alpha.point(lambda a: int(a * shade)), (pad, pad))
        shadow = shadow.filter(ImageFilter.BoxBlur(0.02 * size))
        canvas.paste((0, 0, 0), (round((cx + drop / 2) * size - shadow.width / 2), round((cy + drop) * size - shadow.height / 2)),
                     shadow)
    body = thing.convert("RGB").point(lambda v: int(min(255, max(0, v * gain + lift))))
    body.putalpha(alpha)
    left, top = paste(canvas, body, cx, cy)

    # Partial occlusion: shapes or one small glyph over the rim of the object.
    occluded, where, kind = rng.random(), rng.uniform(0, 2 * math.pi), rng.random()
    spread, other = rng.uniform(0.12, 0.32) * side, DISTRACTORS[int(rng.integers(len(DISTRACTORS)))]
    ox, oy = cx + 0.95 * half_w * math.cos(where), cy + 0.95 * half_h * math.sin(where)
    if occluded < 0.45 * strength:
        if kind < 0.3:
            paste(canvas, placed(other, 1.2 * spread * size, rng.uniform(-45, 45), False), ox, oy)
        else:
            shape(ImageDraw.Draw(canvas, "RGBA"), rng, size, ox, oy, spread)
    blur = rng.uniform(0, 1.1) * (rng.random() < 0.5) * strength
    if blur > 0.2:
        canvas = canvas.filter(ImageFilter.GaussianBlur(blur * size / 128))
    pixels = light(rng, np.asarray(canvas, np.float32), strength)
    grain = rng.standard_normal((128, 128), dtype=np.float32) * np.float32(rng.uniform(0, 9) * strength**2)
    if size != 128:
        grain = np.asarray(Image.fromarray(grain).resize((size, size), Image.BICUBIC))
    pixels = np.clip(pixels + grain[..., None] + 0.5, 0, 255).astype(np.uint8)

    right, bottom = min(size, left + thing.width), min(size, top + thing.height)
    left, top = max(0, left), max(0, top)
    return Scene(pixels, label, (left, top, right - left, bottom - top))


def _chunk(job: tuple[int, int, int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    seed, split, first, last, size = job
    scenes = [compose(seed, split, index, size) for index in range(first, last)]
    return (np.stack([s.pixels for s in scenes]), np.array([s.label for s in scenes], np.int64),
            np.array([s.box for s in scenes], np.int64))


def dataset(seed: int, split: int, first: int, count: int, size: int = 128, workers: int | None = None,
            ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scenes first .. first+count-1 of a split: pixels [count, size, size, 3] uint8, labels, boxes."""
    jobs = [(seed, split, i, min(i + 250, first + count), size) for i in range(first, first + count, 250)]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        parts = pool.map(_chunk, jobs, chunksize=1)
    return tuple(np.concatenate(column) for column in zip(*parts))


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes a contact sheet of scenes.")
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--split", type=int, default=SHOW)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--rows", type=int, default=6)
    parser.add_argument("--ease", type=float, default=0.0)
    parser.add_argument("--boxes", action="store_true")
    args = parser.parse_args()
    sheet = Image.new("RGB", (args.columns * args.size, args.rows * args.size))
    for i in range(args.columns * args.rows):
        scene = compose(args.seed, args.split, i, args.size, ease=args.ease)
        tile = Image.fromarray(scene.pixels)
        if args.boxes:
            x, y, w, h = scene.box
            ImageDraw.Draw(tile).rectangle((x, y, x + w - 1, y + h - 1), outline=(255, 0, 0))
        sheet.paste(tile, (i % args.columns * args.size, i // args.columns * args.size))
    sheet.save(args.file)


if __name__ == "__main__":
    main()

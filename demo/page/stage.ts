// The three pictures side by side: image, map, overlay.

import {
  colorize,
  draw,
  type Picture,
  type Visualizable,
  visualizeImageDiverging,
  visualizeImageGrayscale,
} from '../saliency-wasm/index.js';
import type { Choices } from './choices.js';
import { colorsOf } from './colors.js';
import { byId } from './dom.js';
import { number, placeText } from './text.js';

// Fine enough for a large screen of twice the usual density.
const canvasWidth = 768;

type ViewChoices = Pick<Choices, 'view' | 'percentile' | 'colors' | 'opacity'>;

export class Stage {
  readonly image = byId('image', HTMLCanvasElement);
  readonly map = byId('map', HTMLCanvasElement);
  readonly overlay = byId('overlay', HTMLCanvasElement);
  readonly #legend = byId('legend', HTMLCanvasElement);
  readonly #panels = byId('panels', HTMLDivElement);
  readonly #desk = byId('desk', HTMLDivElement);
  readonly #mapNote = byId('map-note', HTMLSpanElement);
  #muted: OffscreenCanvas | undefined;
  #note = '';
  #picture: Picture | undefined;

  constructor() {
    for (const canvas of [this.map, this.overlay]) {
      canvas.addEventListener('pointermove', (event) => this.#point(canvas, event));
      canvas.addEventListener('pointerleave', () => this.#unpoint());
    }
  }

  /** A new picture: the map of the one before goes. */
  showImage(image: ImageBitmap, name: string): void {
    drawImage(this.image, image, undefined);
    this.#muted = muted(image);
    this.image.setAttribute('aria-label', `The picture: ${name}`);
    this.#picture = undefined;
    for (const canvas of [this.map, this.overlay]) {
      canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
    }
    this.setBusy(true);
  }

  /** Fades the maps and the receipt while they are not those of what is chosen. */
  setBusy(busy: boolean): void {
    this.#desk.classList.toggle('stale', busy);
    this.#panels.setAttribute('aria-busy', String(busy));
  }

  /** A map, or a part of one, over the picture that it explains. */
  show(mask: Visualizable, image: ImageBitmap, choices: ViewChoices, caption: string): void {
    const { view, percentile, opacity } = choices;
    const visualize = view === 'sign' ? visualizeImageDiverging : visualizeImageGrayscale;
    const picture = visualize(mask, percentile);
    const colormap = colorsOf(view, choices.colors).map;
    draw(this.map, picture, { colormap, width: canvasWidth });
    draw(this.overlay, picture, { colormap, width: canvasWidth, over: this.#muted ?? image, opacity });
    drawImage(this.image, image, picture.region);
    this.#picture = picture;
    this.#note = caption;
    this.#mapNote.textContent = caption;
    const peak = peakOf(picture);
    const text = `${caption}: strongest at the ${placeText(peak.x, peak.y)}`;
    this.map.setAttribute('aria-label', `Map. ${text}.`);
    this.overlay.setAttribute('aria-label', `Map over the picture. ${text}.`);
  }

  /** The colours from lowest to highest, with what they mean. */
  showLegend({ view, colors }: ViewChoices): void {
    const diverging = view === 'sign';
    const data = Float32Array.from({ length: 256 }, (_, i) => (diverging ? i / 127.5 - 1 : i / 255));
    const ramp = { data, shape: [1, 256] as const, width: 256, height: 1, diverging, clipped: 0, region: undefined };
    const pixels = colorize(ramp, colorsOf(view, colors).map);
    const bytes = new Uint8ClampedArray(pixels.data);
    this.#legend.getContext('2d')?.putImageData(new ImageData(bytes, pixels.width, pixels.height), 0, 0);
    byId('legend-low', HTMLElement).textContent = diverging ? 'against' : 'little';
    byId('legend-high', HTMLElement).textContent = diverging ? 'for' : 'much';
  }

  // A crosshair in both maps, and the value under it.
  #point(canvas: HTMLCanvasElement, event: PointerEvent): void {
    const picture = this.#picture;
    if (picture === undefined) return;
    const bounds = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height];
    if (x < 0 || x >= 1 || y < 0 || y >= 1) return;
    const [column, row] = [Math.floor(x * picture.width), Math.floor(y * picture.height)];
    this.#panels.classList.add('pointed');
    this.#panels.style.setProperty('--x', `${100 * x}%`);
    this.#panels.style.setProperty('--y', `${100 * y}%`);
    this.#mapNote.textContent = `${number(picture.data[row * picture.width + column] ?? 0)} at ${column}, ${row}`;
  }

  #unpoint(): void {
    this.#panels.classList.remove('pointed');
    this.#mapNote.textContent = this.#note;
  }
}

/** Place of the strongest value, 0 … 1 each. */
export function peakOf({ data, width, height }: Picture): { x: number; y: number } {
  let best = 0;
  data.forEach((value, i) => {
    if (Math.abs(value) > Math.abs(data[best] ?? 0)) best = i;
  });
  return { x: ((best % width) + 0.5) / width, y: (Math.floor(best / width) + 0.5) / height };
}

// A picture without most of its colour, so that the colours of a map stand out on it.
function muted(image: ImageBitmap): OffscreenCanvas {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = 'saturation';
  context.fillStyle = 'rgb(128 128 128 / 85%)';
  context.fillRect(0, 0, image.width, image.height);
  context.globalCompositeOperation = 'source-over';
  context.fillStyle = 'rgb(20 17 23 / 22%)';
  context.fillRect(0, 0, image.width, image.height);
  return canvas;
}

// The whole picture; what the network did not get to see is dimmed.
function drawImage(canvas: HTMLCanvasElement, image: ImageBitmap, region: Picture['region']): void {
  const scale = Math.min(1, (2 * canvasWidth) / Math.max(image.width, image.height));
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.drawImage(image, 0, 0, width, height);
  if (region === undefined) return;
  context.fillStyle = 'rgb(20 17 23 / 55%)';
  const outside = new Path2D();
  outside.rect(0, 0, width, height);
  outside.rect(region.x * scale, region.y * scale, region.width * scale, region.height * scale);
  context.fill(outside, 'evenodd');
}

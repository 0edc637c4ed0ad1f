// Pictures and models from outside: dropped anywhere, pasted, or picked.

import { SaliencyError } from '../saliency-wasm/index.js';
import { byId } from './dom.js';

export interface FileHandlers {
  onPicture(file: File): void;
  onModel(file: File): void;
  onProblem(error: unknown, what: string): void;
}

export function acceptFiles(handlers: FileHandlers): void {
  const take = (files: FileList | undefined) => {
    const file = files?.[0];
    if (file === undefined) return;
    if (/\.(onnx|ort|pb)$/i.test(file.name)) handlers.onModel(file);
    else if (file.type.startsWith('image/')) handlers.onPicture(file);
    else handlers.onProblem(unknownKind(file), file.name);
  };

  const input = byId('open-file', HTMLInputElement);
  byId('open', HTMLButtonElement).addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    take(input.files ?? undefined);
    // So that the same file can be picked again.
    input.value = '';
  });

  document.addEventListener('paste', ({ clipboardData }) => take(clipboardData?.files));
  acceptDrops(take);
}

function acceptDrops(take: (files: FileList | undefined) => void): void {
  const veil = byId('drop', HTMLDivElement);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  // Entering a child comes before leaving its parent, hence the count.
  let depth = 0;
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    veil.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    veil.hidden = depth === 0;
  });
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    take(event.dataTransfer?.files);
  });
}

function unknownKind(file: File): SaliencyError {
  return new SaliencyError('INVALID_OPTION', `${file.name} is neither a picture nor an ONNX model`, {
    expected: 'a picture (PNG, JPEG, WebP, …) or a file that ends in .onnx',
    actual: file.type || 'a file of unknown type',
    remedy: 'Drop a picture or a model. Names of classes belong to a model: choose them under Model.',
  });
}

/** Decodes a picture, at most `longest` pixels a side. */
export async function decodePicture(file: Blob, name: string, longest = 1600): Promise<ImageBitmap> {
  try {
    const full = await createImageBitmap(file);
    const scale = longest / Math.max(full.width, full.height);
    if (scale >= 1) return full;
    const [resizeWidth, resizeHeight] = [full.width, full.height].map((size) => Math.max(1, Math.round(size * scale)));
    const small = await createImageBitmap(full, {
      resizeWidth: resizeWidth ?? 1,
      resizeHeight: resizeHeight ?? 1,
      resizeQuality: 'high',
    });
    full.close();
    return small;
  } catch (cause) {
    throw new SaliencyError(
      'INVALID_OPTION',
      `${name} is not a picture that this browser can read`,
      {
        expected: 'a picture (PNG, JPEG, WebP, …)',
        actual: `${file.type || 'unknown type'}, ${file.size} bytes that do not decode`,
        remedy: 'Open it elsewhere to see whether it is damaged, or save it as PNG.',
      },
      { cause },
    );
  }
}

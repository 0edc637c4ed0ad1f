// The one error class of the package, and its plain form for crossing a worker's border.

/** What went wrong, for programs. The codes are stable. */
export type ErrorCode =
  /** The bytes are no readable ONNX model, or the graph contradicts itself. */
  | 'MODEL_INVALID'
  /** The model is legal, but uses something that is not implemented. */
  | 'UNSUPPORTED_OPERATOR'
  /** A tensor has another shape than the one asked for. */
  | 'SHAPE_MISMATCH'
  /** The explained class or output does not exist. */
  | 'TARGET_OUT_OF_RANGE'
  /** The path from `x` to `y` crosses something without a gradient. */
  | 'NO_GRADIENT'
  /** An option is unknown, missing, or its value out of range. */
  | 'INVALID_OPTION'
  | 'OUT_OF_MEMORY'
  /** The model was used after `dispose()`. */
  | 'DISPOSED'
  /** The WebAssembly part could not be loaded or started. */
  | 'WASM_LOAD';

/** What was expected, what came instead, and what to do about it. An empty string: nothing to say. */
export interface ErrorDetails {
  readonly expected?: string;
  readonly actual?: string;
  readonly remedy?: string;
}

/** A `SaliencyError` as plain data. */
export interface PlainError extends ErrorDetails {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Every failure of this package, except an abort (which rejects with the signal's reason, an `AbortError`).
 *
 * @example
 * ```ts
 * try {
 *   await loadModel('net.onnx');
 * } catch (error) {
 *   if (error instanceof SaliencyError && error.code === 'UNSUPPORTED_OPERATOR') console.log(error.remedy);
 * }
 * ```
 */
export class SaliencyError extends Error {
  override readonly name = 'SaliencyError';
  readonly code: ErrorCode;
  readonly expected: string;
  readonly actual: string;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.expected = details.expected ?? '';
    this.actual = details.actual ?? '';
    this.remedy = details.remedy ?? '';
  }

  /** The error as plain data, for messages and logs. */
  toJSON(): PlainError {
    const { code, message, expected, actual, remedy } = this;
    return { code, message, expected, actual, remedy };
  }
}

/** An `INVALID_OPTION` error, the most frequent one. */
export function invalidOption(message: string, details: ErrorDetails = {}): SaliencyError {
  return new SaliencyError('INVALID_OPTION', message, details);
}

export function disposedError(): SaliencyError {
  return new SaliencyError('DISPOSED', 'The model was disposed', { remedy: 'Load it again with loadModel().' });
}

/** An error as it crosses a worker's border: ours keep their code, others their name. */
export type ErrorMessage =
  | { readonly kind: 'saliency'; readonly error: PlainError }
  | { readonly kind: 'abort' }
  | { readonly kind: 'other'; readonly name: string; readonly message: string };

export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof SaliencyError) return { kind: 'saliency', error: error.toJSON() };
  if (error instanceof Error || error instanceof DOMException) {
    if (error.name === 'AbortError') return { kind: 'abort' };
    return { kind: 'other', name: error.name, message: error.message };
  }
  return { kind: 'other', name: 'Error', message: String(error) };
}

export function fromErrorMessage(message: ErrorMessage): Error {
  switch (message.kind) {
    case 'saliency':
      return new SaliencyError(message.error.code, message.error.message, message.error);
    case 'abort':
      return abortError();
    case 'other': {
      const error = new Error(message.message);
      error.name = message.name;
      return error;
    }
  }
}

/** What an aborted call rejects with when its signal gives no reason of its own. */
export function abortError(): Error {
  return new DOMException('The operation was aborted.', 'AbortError');
}

/** A failed allocation, inside WebAssembly or of a JavaScript array, as an `OUT_OF_MEMORY` error; others unchanged. */
export function withMemoryErrors(error: unknown): unknown {
  const outOfMemory =
    (error instanceof RangeError && /allocat|array length|invalid typed array|memory/i.test(error.message)) ||
    (error instanceof WebAssembly.RuntimeError && /out of memory|OOM|memory\.grow/i.test(error.message));
  if (!outOfMemory) return error;
  return new SaliencyError(
    'OUT_OF_MEMORY',
    `Not enough memory: ${error.message}`,
    { remedy: 'Use a smaller input or a smaller batchSize, and dispose models that are no longer needed.' },
    { cause: error },
  );
}

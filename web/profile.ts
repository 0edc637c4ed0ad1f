// Where the time of a call went.

import type { CoreNodeCost } from './core.js';

/** What one node of the network cost, forwards or backwards. */
export interface NodeCost {
  /** Its name in the ONNX file. */
  readonly node: string;
  /** Its ONNX operator; with that of a rectifier that is computed along with it, for example 'Conv+Relu'. */
  readonly type: string;
  readonly pass: 'forward' | 'backward';
  readonly milliseconds: number;
  /** 10⁹ floating-point operations a second. Operations are those of the definition, whatever the algorithm needs. */
  readonly gigaflops: number;
  readonly flops: number;
  /** Size of all operands and results, weights included. */
  readonly bytes: number;
}

/** A result and what it cost, node by node in the order of computation. */
export interface Profiled<T> {
  readonly result: T;
  readonly profile: readonly NodeCost[];
}

/** @internal */
export function nodeCost(cost: CoreNodeCost): NodeCost {
  return { ...cost, gigaflops: cost.milliseconds > 0 ? cost.flops / cost.milliseconds / 1e6 : 0 };
}

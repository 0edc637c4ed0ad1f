import assert from 'node:assert/strict';
import { type ErrorCode, SaliencyError } from '#web/errors.js';

/** That a call fails with this code and a message that matches. */
export async function rejectsWith(code: ErrorCode, message: RegExp, call: () => unknown): Promise<void> {
  await assert.rejects(
    async () => call(),
    (error) => {
      assert.ok(error instanceof SaliencyError, `not a SaliencyError: ${String(error)}`);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    },
  );
}

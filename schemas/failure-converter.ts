/** Failures’ messages and stack traces are payloads too: with this they are encrypted like everything else. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });

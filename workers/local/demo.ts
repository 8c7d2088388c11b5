import type { RuntimeFile } from './runtime-file.ts';
export async function playPurchase(_runtime: RuntimeFile, _closing: AbortSignal): Promise<void> {}

/** `curl` as a guest has it: one URL of the guest's own loopback, and the options that health checks use. */
import type { Outcome } from './commands.ts';

/** Exit codes of `man curl`. */
const couldNotConnect = 7;
const httpError = 22;
const timedOut = 28;
const usage = 2;

const withValue = new Set(['-o', '--output', '-m', '--max-time', '-H', '--header', '--retry']);
const failing = /^(--fail|-[a-zA-Z]*f[a-zA-Z]*)$/;

/**
 * @param innerAddress where a port of the guest's loopback is on this machine.
 */
export async function curl(
  args: string[],
  innerAddress: (port: number) => { host: string; port: number } | undefined,
): Promise<Outcome> {
  const valueOf = (names: string[]): string | undefined =>
    args.find((_arg, index) => names.includes(args[index - 1] ?? ''));
  const target = args.find((arg, index) => !arg.startsWith('-') && !takesValue(args[index - 1] ?? ''));
  if (target === undefined) return { code: usage, stderr: 'curl: no URL specified!\n' };
  const url = new URL(/^https?:/.test(target) ? target : `http://${target}`);
  const port = Number(url.port || 80);
  const inner = /^(localhost|127(\.\d+){3})$/.test(url.hostname) ? innerAddress(port) : undefined;
  const refused = `curl: (${couldNotConnect}) Failed to connect to ${url.hostname} port ${port}: Connection refused\n`;
  if (!inner) return { code: couldNotConnect, stderr: refused };
  try {
    const answer = await fetch(`http://${inner.host}:${inner.port}${url.pathname}${url.search}`, {
      signal: AbortSignal.timeout(1_000 * Number(valueOf(['-m', '--max-time']) ?? 30)),
    });
    const body = await answer.text();
    if (answer.status >= 400 && args.some((arg) => failing.test(arg))) {
      return {
        code: httpError,
        stderr: `curl: (${httpError}) The requested URL returned error: ${answer.status}\n`,
      };
    }
    return { code: 0, ...(valueOf(['-o', '--output']) === undefined && { stdout: body }) };
  } catch (error) {
    const isLate = (error as Error).name === 'TimeoutError';
    return {
      code: isLate ? timedOut : couldNotConnect,
      stderr: isLate ? 'curl: (28) Operation timed out\n' : refused,
    };
  }
}

/** Whether an option's value follows it; of short ones written together, the last one's. */
function takesValue(option: string): boolean {
  return (
    withValue.has(option) || (/^-[a-zA-Z]{2,}$/.test(option) && withValue.has(`-${option.at(-1) ?? ''}`))
  );
}

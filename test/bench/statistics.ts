/** Medians with their range, and measuring two things in turns. */

/** A measured quantity. */
export interface Sample {
  median: number;
  min: number;
  max: number;
  /** Number of measurements. */
  n: number;
}

/** @throws RangeError if there is nothing to summarise */
export function summarise(values: readonly number[]): Sample {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('Nothing was measured.');
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? max;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? min) + upper) / 2;
  return { median, min, max, n: sorted.length };
}

export interface Comparison {
  /** Of the quotients of each pair, so that what slows the machine for a while slows both halves of a pair. */
  ratio: Sample;
  product: Sample;
  bare: Sample;
}

/**
 * Measures two things in turns. Each pair begins with the other one than the pair before, and one pair is thrown away
 * first: it pays for compiling and connecting.
 */
export async function compare(
  pairs: number,
  product: () => Promise<number>,
  bare: () => Promise<number>,
  onPair: (done: number) => void = () => undefined,
): Promise<Comparison> {
  await product();
  await bare();
  const found: { product: number; bare: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const first = await product();
      found.push({ product: first, bare: await bare() });
    } else {
      const first = await bare();
      found.push({ product: await product(), bare: first });
    }
    onPair(pair + 1);
  }
  return {
    ratio: summarise(found.map((pair) => pair.product / pair.bare)),
    product: summarise(found.map((pair) => pair.product)),
    bare: summarise(found.map((pair) => pair.bare)),
  };
}

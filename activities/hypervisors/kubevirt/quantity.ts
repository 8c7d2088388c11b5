/** Kubernetes' quantities, e.g. `4Gi`, `500m`, `1e3` (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */

const UNITS: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity means, or `null` if it is none. */
export function amountOf(quantity: string | number | undefined): number | null {
  if (typeof quantity === 'number') return quantity;
  const parts = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(
    quantity ?? '',
  );
  if (!parts) return null;
  const [, digits, exponent, unit = ''] = parts;
  return Number(`${digits}${exponent ?? ''}`) * (UNITS[unit] ?? 1);
}

/** A quantity of bytes, whole. */
export function bytesOf(quantity: string | number | undefined): number | null {
  const amount = amountOf(quantity);
  return amount === null ? null : Math.round(amount);
}

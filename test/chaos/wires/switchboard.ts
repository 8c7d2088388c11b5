/**
 * The switchboard of the proxies between a worker and the world. Every call passes it at three boundaries; where a point is armed
 * the first call to get there is held, so that the worker can be killed exactly there.
 */

/** Before the call reaches the other side · after its effect, before its answer · with the answer on its way. */
export const BOUNDARIES = ['before', 'after-effect', 'after-answer'] as const;
export type Boundary = (typeof BOUNDARIES)[number];

/** A boundary of a call, e.g. `vultr POST /v2/instances`. */
export interface Point {
  call: string;
  boundary: Boundary;
}

export interface Switchboard {
  /** How often each call was seen. */
  readonly seen: ReadonlyMap<string, number>;
  /**
   * For proxies. Resolves when the call may go on; never, if it is held before or after its effect: the caller is then killed
   * and its connection with it.
   */
  pass(call: string, boundary: Boundary): Promise<void>;
  /** Holds the next call at each of these points. */
  arm(points: readonly Point[]): void;
  /** The points where somebody is held now. */
  held(): readonly Point[];
  /** How long the first of them has been held, in ms; 0 if nobody is. */
  heldForMs(): number;
  /** How long no call has passed at all, in ms. */
  quietForMs(): number;
  /** Points that nobody has reached yet. */
  armed(): readonly Point[];
  /** Lets the held answers go out and forgets who is held: the caller's end comes next. */
  release(): readonly Point[];
  /** Removes all armed points and lets everybody go on. */
  disarm(): void;
}

interface Hold {
  point: Point;
  since: number;
  goOn: () => void;
}

/** @param idleCall what a worker does without end, even if there is nothing to do. */
export function openSwitchboard(idleCall: string): Switchboard {
  const seen = new Map<string, number>();
  let armed: Point[] = [];
  let holds: Hold[] = [];
  let lastPass = performance.now();

  return {
    seen,
    async pass(call, boundary) {
      if (boundary === 'before') seen.set(call, (seen.get(call) ?? 0) + 1);
      if (call !== idleCall) lastPass = performance.now();
      const point = armed.find((one) => one.call === call && one.boundary === boundary);
      if (!point) return;
      armed = armed.filter((one) => one !== point);
      await new Promise<void>((goOn) => holds.push({ point, since: performance.now(), goOn }));
    },
    arm: (points) => {
      armed.push(...points);
    },
    held: () => holds.map(({ point }) => point),
    heldForMs: () => (holds[0] ? performance.now() - holds[0].since : 0),
    quietForMs: () => performance.now() - lastPass,
    armed: () => armed,
    release: () => {
      const released = holds;
      holds = [];
      for (const { point, goOn } of released) if (point.boundary === 'after-answer') goOn();
      return released.map(({ point }) => point);
    },
    disarm: () => {
      armed = [];
      for (const { goOn } of holds) goOn();
      holds = [];
    },
  };
}

import { describe, expect, it } from 'vitest';
import { BACKDATE_MS } from './issue.ts';
import type { Lifespan, RotationInput, RotationState, RotationStep } from './rotation-plan.ts';
import { nextRotationStep, rotationPhase } from './rotation-plan.ts';

const TIMES = { settleMs: 1000, retireMs: 2000, lastResortMs: 5000 };
const LIFE_MS = 900_000;

/** A life from `issuedMs` on; renewal is due at two thirds of it. */
function life(issuedMs: number, lifetimeMs = LIFE_MS): Lifespan {
  return { notBeforeMs: issuedMs - BACKDATE_MS, notAfterMs: issuedMs + lifetimeMs };
}

function serving(lifespan: Lifespan, authority = 0, coversNames = true): RotationState['serving'] {
  return { ...lifespan, authority, coversNames };
}

function at(nowMs: number, more: Partial<RotationInput> = {}): RotationInput {
  return {
    nowMs,
    isAuthorityAsked: false,
    isServingAsked: false,
    confirmedSinceMs: undefined,
    times: TIMES,
    ...more,
  };
}

const STEADY: RotationState = { authorities: [life(0)], serving: serving(life(0, 90_000)) };
/** A new authority joined at 100 s; the old one signs until 900 s. */
const ANNOUNCED: RotationState = { authorities: [life(0), life(100_000)], serving: serving(life(90_000, 90_000)) };
const SIGNED: RotationState = { authorities: [life(0), life(100_000)], serving: serving(life(110_000, 90_000), 1) };

describe('the next step of our own certificates', () => {
  it.each<[string, RotationState, RotationInput, RotationStep]>([
    ['begins where nothing is', { authorities: [], serving: undefined }, at(0), { type: 'begin' }],
    ['begins where all has expired', STEADY, at(LIFE_MS), { type: 'begin' }],
    ['does nothing before two thirds', STEADY, at(59_999), { type: 'none' }],
    ['renews the certificate at two thirds', STEADY, at(60_000), { type: 'sign', authority: 0 }],
    ['renews it when asked', STEADY, at(1, { isServingAsked: true }), { type: 'sign', authority: 0 }],
    ['announces when asked', STEADY, at(1, { isAuthorityAsked: true }), { type: 'announce' }],
    [
      'announces at two thirds of the authority',
      { ...STEADY, serving: serving(life(599_000, 90_000)) },
      at(600_000),
      { type: 'announce' },
    ],
    [
      'renews before it announces',
      STEADY,
      at(1, { isServingAsked: true, isAuthorityAsked: true }),
      { type: 'sign', authority: 0 },
    ],
    ['waits for the targets', ANNOUNCED, at(120_000), { type: 'none' }],
    ['waits until they settled', ANNOUNCED, at(120_000, { confirmedSinceMs: 119_001 }), { type: 'none' }],
    ['then signs', ANNOUNCED, at(120_000, { confirmedSinceMs: 119_000 }), { type: 'sign', authority: 1 }],
    ['renews under the old authority meanwhile', ANNOUNCED, at(150_000), { type: 'sign', authority: 0 }],
    ['announces no third one', ANNOUNCED, at(120_000, { isAuthorityAsked: true }), { type: 'none' }],
    [
      'waits no longer for an authority that ends',
      { ...ANNOUNCED, serving: serving(life(890_000, 10_000)) },
      at(895_000),
      { type: 'sign', authority: 1 },
    ],
    [
      'waits one moment before that',
      { ...ANNOUNCED, serving: serving(life(890_000, 10_000)) },
      at(894_999),
      { type: 'none' },
    ],
    ['keeps the old one until nobody serves its certificate', SIGNED, at(111_999), { type: 'none' }],
    ['then lets it go', SIGNED, at(112_000), { type: 'retire', authorities: [0] }],
    [
      'signs with the new one once it did',
      { ...SIGNED, serving: serving(life(110_000, 90_000), 1, false) },
      at(111_000),
      { type: 'sign', authority: 1 },
    ],
    [
      'drops what expired first',
      { authorities: [life(0), life(100_000)], serving: serving(life(0, LIFE_MS)) },
      at(LIFE_MS),
      { type: 'retire', authorities: [0] },
    ],
    [
      'replaces the certificate of a stranger',
      { ...STEADY, serving: serving(life(0), -1) },
      at(1),
      { type: 'sign', authority: 0 },
    ],
    [
      'signs with the oldest where nobody knows who signed',
      { ...ANNOUNCED, serving: undefined },
      at(120_000),
      { type: 'sign', authority: 0 },
    ],
  ])('%s', (...[, state, input, step]) => {
    expect(nextRotationStep(state, input)).toEqual(step);
  });

  it('tells where a rotation stands', () => {
    expect(rotationPhase(STEADY, at(1))).toEqual({ type: 'steady' });
    expect(rotationPhase(ANNOUNCED, at(1))).toEqual({ type: 'announced' });
    expect(rotationPhase(ANNOUNCED, at(1, { confirmedSinceMs: 7 }))).toEqual({ type: 'settling', untilMs: 1007 });
    expect(rotationPhase(SIGNED, at(1))).toEqual({ type: 'retiring', untilMs: 112_000 });
  });
});

/** Every combination of what may be kept and known. */
function everySituation(): readonly (readonly [RotationState, RotationInput])[] {
  const authorities = [[], [life(0)], [life(0), life(300_000)], [life(0), life(300_000), life(310_000)]];
  const servings = [
    undefined,
    ...[-1, 0, 1, 2].flatMap((authority) =>
      [0, 305_000, 320_000].flatMap((issuedMs) =>
        [true, false].map((covers) => serving(life(issuedMs, 90_000), authority, covers)),
      ),
    ),
  ];
  const inputs = [1, 310_500, 321_500, 600_000, 896_000, 900_000, 1_300_000].flatMap((nowMs) =>
    [undefined, 0, nowMs - 500, nowMs - 1000].flatMap((confirmedSinceMs) =>
      [true, false].flatMap((isAuthorityAsked) =>
        [true, false].map((isServingAsked) => at(nowMs, { confirmedSinceMs, isAuthorityAsked, isServingAsked })),
      ),
    ),
  );
  return authorities.flatMap((list) =>
    servings
      .filter((one) => one === undefined || one.authority < list.length)
      .flatMap((one) => inputs.map((input) => [{ authorities: list, serving: one }, input] as const)),
  );
}

describe('in every situation', () => {
  const situations = everySituation();
  const isAlive = (state: RotationState, index: number, nowMs: number) =>
    (state.authorities[index]?.notAfterMs ?? 0) > nowMs;

  it('an authority that not everybody was read back with signs only when no other will do', () => {
    let seen = 0;
    for (const [state, input] of situations) {
      const step = nextRotationStep(state, input);
      const newest = state.authorities.length - 1;
      if (step.type !== 'sign' || step.authority !== newest || newest === 0) continue;
      seen += 1;
      const isSettled = input.confirmedSinceMs !== undefined && input.nowMs - input.confirmedSinceMs >= TIMES.settleMs;
      const signsAlready = state.serving?.authority === newest;
      const othersEnd = state.authorities
        .slice(0, -1)
        .every(({ notAfterMs }) => notAfterMs - input.nowMs <= TIMES.lastResortMs);
      expect(isSettled || signsAlready || othersEnd).toBe(true);
    }
    expect(seen).toBeGreaterThan(50);
  });

  it('an authority that is alive leaves only after what it signed is gone', () => {
    let seen = 0;
    for (const [state, input] of situations) {
      const step = nextRotationStep(state, input);
      if (step.type !== 'retire') continue;
      for (const index of step.authorities.filter((one) => isAlive(state, one, input.nowMs))) {
        seen += 1;
        expect(index).not.toBe(state.serving?.authority);
        expect(state.serving?.authority).toBe(state.authorities.length - 1);
        expect(input.nowMs).toBeGreaterThanOrEqual((state.serving?.notBeforeMs ?? 0) + BACKDATE_MS + TIMES.retireMs);
      }
      expect(step.authorities.length).toBeLessThan(state.authorities.length);
    }
    expect(seen).toBeGreaterThan(10);
  });

  it('whoever signs is alive and known, and only a lone authority is joined by another', () => {
    for (const [state, input] of situations) {
      const step = nextRotationStep(state, input);
      if (step.type === 'sign') expect(isAlive(state, step.authority, input.nowMs)).toBe(true);
      if (step.type === 'announce') expect(state.authorities).toHaveLength(1);
      if (step.type === 'begin') expect(state.authorities.some((_, i) => isAlive(state, i, input.nowMs))).toBe(false);
    }
  });

  it('a few steps lead to one authority and its certificate, once everybody is read back', () => {
    for (const [state, input] of situations) {
      let now = state;
      // A certificate of the future is waited for until then.
      let nowMs = Math.max(input.nowMs, 320_000);
      let isSteady = false;
      for (let count = 0; count < 12; count++) {
        const step = nextRotationStep(now, at(nowMs, { confirmedSinceMs: 0 }));
        now = applyStep(now, step, nowMs);
        isSteady ||= now.authorities.length === 1 && now.serving?.authority === 0;
        if (step.type === 'none') nowMs += TIMES.retireMs;
      }
      expect(isSteady).toBe(true);
    }
  });
});

function applyStep(state: RotationState, step: RotationStep, nowMs: number): RotationState {
  const sign = (authority: number): RotationState['serving'] => serving(life(nowMs, 90_000), authority);
  switch (step.type) {
    case 'none':
      return state;
    case 'begin':
      return { authorities: [life(nowMs)], serving: sign(0) };
    case 'announce':
      return { ...state, authorities: [...state.authorities, life(nowMs)] };
    case 'sign':
      return { ...state, serving: sign(step.authority) };
    case 'retire': {
      const kept = state.authorities.map((_, index) => index).filter((index) => !step.authorities.includes(index));
      return {
        authorities: state.authorities.filter((_, index) => kept.includes(index)),
        serving: state.serving && { ...state.serving, authority: kept.indexOf(state.serving.authority) },
      };
    }
  }
}

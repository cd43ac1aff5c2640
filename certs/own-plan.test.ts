import { describe, expect, it } from 'vitest';
import type { Lifespan, OwnState } from './own-plan.ts';
import { planOwnCertificates } from './own-plan.ts';
import { BACKDATE_MS } from './issue.ts';

const OVERLAP_MS = 1000;

/** A life from `issuedMs` on; renewal is due at issuedMs + 2/3 lifetimeMs. */
function life(issuedMs: number, lifetimeMs: number): Lifespan {
  return { notBeforeMs: issuedMs - BACKDATE_MS, notAfterMs: issuedMs + lifetimeMs };
}

function serving(lifespan: Lifespan, authority = 0, coversNames = true): OwnState['serving'] {
  return { ...lifespan, authority, coversNames };
}

describe('planning our own certificates', () => {
  it('makes both at the first start, the new authority signing', () => {
    const plan = planOwnCertificates({ authorities: [], serving: undefined }, 0, OVERLAP_MS);
    expect(plan).toEqual({ kept: [], newAuthority: true, servingSigner: 'new' });
  });

  it('does nothing before two thirds of the serving certificate and renews from then on', () => {
    const state = { authorities: [life(0, 900_000)], serving: serving(life(0, 90_000)) };
    expect(planOwnCertificates(state, 59_999, OVERLAP_MS).servingSigner).toBeUndefined();
    expect(planOwnCertificates(state, 60_000, OVERLAP_MS)).toEqual({
      kept: [0],
      newAuthority: false,
      servingSigner: 0,
    });
  });

  it('announces a new authority at two thirds of the old without touching the serving certificate', () => {
    const state = { authorities: [life(0, 900_000)], serving: serving(life(590_000, 90_000)) };
    expect(planOwnCertificates(state, 599_999, OVERLAP_MS).newAuthority).toBe(false);
    expect(planOwnCertificates(state, 600_000, OVERLAP_MS)).toEqual({
      kept: [0],
      newAuthority: true,
      servingSigner: undefined,
    });
  });

  it('signs with the old authority until the new one was announced long enough', () => {
    const authorities = [life(0, 900_000), life(600_000, 900_000)];
    const state = { authorities, serving: serving(life(500_000, 90_000)) };
    expect(planOwnCertificates(state, 600_999, OVERLAP_MS).servingSigner).toBe(0);
    expect(planOwnCertificates(state, 601_000, OVERLAP_MS).servingSigner).toBe(1);
  });

  it('drops an authority when it expires, and what it signed with it', () => {
    const authorities = [life(0, 900_000), life(600_000, 900_000)];
    const state = { authorities, serving: serving(life(899_000, 90_000), 0) };
    expect(planOwnCertificates(state, 899_999, OVERLAP_MS)).toMatchObject({ kept: [0, 1], servingSigner: undefined });
    expect(planOwnCertificates(state, 900_000, OVERLAP_MS)).toMatchObject({ kept: [1], servingSigner: 1 });
  });

  it('replaces a serving certificate that lacks a wanted name or has no known authority', () => {
    const authorities = [life(0, 900_000)];
    const fresh = life(0, 90_000);
    const planWith = (state: OwnState['serving']) =>
      planOwnCertificates({ authorities, serving: state }, 5000, OVERLAP_MS).servingSigner;
    expect(planWith(serving(fresh))).toBeUndefined();
    expect(planWith(serving(fresh, 0, false))).toBe(0);
    expect(planWith(serving(fresh, -1))).toBe(0);
    expect(planWith(undefined)).toBe(0);
  });

  it('lets a young authority sign when there is no other', () => {
    const plan = planOwnCertificates({ authorities: [life(0, 900_000)], serving: undefined }, 1, OVERLAP_MS);
    expect(plan.servingSigner).toBe(0);
  });
});

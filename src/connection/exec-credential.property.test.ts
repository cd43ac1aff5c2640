import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { createExecCredentialSource, parseExecCredential } from './exec-credential.ts';
import { plainSettings } from './settings.ts';
import { ConnectionError } from './types.ts';

const V1 = 'client.authentication.k8s.io/v1';
const MARKER = 'mArKeRs3cr3t';
const authority = createTestAuthority();
const pair = authority.issue({ commonName: 'me', usage: 'clientAuth' });
const other = authority.issue({ commonName: 'you', usage: 'clientAuth' });

const anything = fc.jsonValue({ maxDepth: 3 });
/** A value of the field as it should be, or as it should not. */
const field = (...good: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...good), weight: 12 },
    fc.constantFrom(undefined, null, '', `${MARKER}\n`, `${MARKER} `, `\u0000${MARKER}`, `${MARKER}\ud800`, [MARKER]),
    fc.string().map((text) => MARKER + text),
    anything,
  );
const status = fc.oneof(
  {
    arbitrary: fc.record({
      token: field(MARKER, `${MARKER}2`),
      clientCertificateData: field(pair.certificate, other.certificate),
      clientKeyData: field(pair.key, other.key),
      expirationTimestamp: field('2030-01-01T00:00:00Z', '2030-01-01T00:00:00.5+02:00', '2020-01-01T00:00:00Z', '2030'),
    }),
    weight: 6,
  },
  anything,
);
const document = fc.record({
  apiVersion: fc.oneof({ arbitrary: fc.constant<unknown>(V1), weight: 8 }, anything),
  kind: fc.oneof({ arbitrary: fc.constant<unknown>('ExecCredential'), weight: 8 }, anything),
  status,
  spec: anything,
});
/** Documents, and documents with a piece cut out or repeated. */
const output = fc.oneof(
  { arbitrary: document.map((value) => JSON.stringify(value)), weight: 6 },
  fc.tuple(document, fc.nat(), fc.nat(40)).map(([value, at, length]) => {
    const text = JSON.stringify(value);
    const start = at % text.length;
    return text.slice(0, start) + text.slice(start + length);
  }),
  fc.tuple(document, document).map((two) => two.map((one) => JSON.stringify(one)).join('\n')),
  fc.string().map((text) => `${text}${MARKER}`),
  anything.map((value) => JSON.stringify(value)),
);

function secretsIn(text: string): readonly string[] {
  return [MARKER, ...pair.key.split('\n').slice(1, 3), ...other.key.split('\n').slice(1, 3)].filter((part) =>
    text.includes(part),
  );
}

describe('whatever a plugin writes', () => {
  it('is a credential that can be sent, or an error without a word of it', () => {
    let accepted = 0;
    fc.assert(
      fc.property(output, (text) => {
        const outcome = parseExecCredential(text, V1);
        if (!outcome.ok) {
          expect(secretsIn(outcome.error)).toEqual([]);
          return;
        }
        accepted += 1;
        const { token, certificate, expiresMs } = outcome.value;
        expect(token !== undefined || certificate !== undefined).toBe(true);
        if (token !== undefined) expect(token).toMatch(/^[\x21-\x7e]+$/);
        expect(expiresMs === undefined || Number.isFinite(expiresMs)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    // Some 150; not one would mean that only errors were looked at. More than that is chance.
    expect(accepted).toBeGreaterThan(0);
  });

  it('ends every call, with a credential or with an error of ours, and the next one, too', async () => {
    const run = fc.oneof(
      { arbitrary: output.map(succeeded), weight: 4 },
      fc.constantFrom('exited with code 1', 'was not found').map(failed),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(run, fc.nat(120_000)), { minLength: 1, maxLength: 6 }), async (runs) => {
        let now = Date.UTC(2026, 0, 1);
        const outcomes = runs.map(([outcome]) => outcome);
        const source = createExecCredentialSource(
          {
            ...plainSettings('https://member'),
            exec: {
              ...{ apiVersion: V1, command: 'plugin', args: [], env: [], provideClusterInfo: false },
              ...{ clusterConfig: undefined, installHint: undefined },
            },
          },
          {
            clock: () => now,
            certificateAuthority: () => Promise.resolve(undefined),
            runExec: () => Promise.resolve(outcomes.shift() ?? failed('has no more')),
          },
        );
        for (const [, waitMs] of runs) {
          try {
            const credential = await source.current();
            await source.renew(credential);
          } catch (error) {
            expect(error).toBeInstanceOf(ConnectionError);
            expect(secretsIn(String(error))).toEqual([]);
          }
          now += waitMs;
        }
      }),
      { numRuns: 300 },
    );
  });
});

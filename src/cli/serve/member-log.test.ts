import { describe, expect, it } from 'vitest';
import { createManualTime } from '../../../test/support/manual-time.ts';
import { openWriteWorld } from '../../../test/support/write-world.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { MemberStatus } from '../../kube/member-event.ts';
import { logMemberStates } from './member-log.ts';

function id(name: string): ClusterId {
  const parsed = parseClusterId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function status(more: Partial<MemberStatus>): MemberStatus {
  return {
    cluster: id('east'),
    phase: 'live',
    synced: true,
    lastContactMs: 0,
    fingerprint: undefined,
    version: 'v1.36.4',
    reason: undefined,
    message: undefined,
    clockSkewSeconds: undefined,
    ...more,
  };
}

it('writes one line per change of state and none for mere contact', () => {
  let changed: (status: MemberStatus) => void = () => undefined;
  const lines: string[] = [];
  const line = (fields: object, message: string): void => {
    lines.push(`${message} ${String('reason' in fields ? fields.reason : '')}`.trim());
  };
  logMemberStates(
    {
      onStatusChange: (listener) => {
        changed = listener;
        return () => undefined;
      },
      writable: () => undefined,
    },
    { info: line, warn: line, error: line },
  );
  const states: readonly MemberStatus[] = [
    status({ phase: 'pending', reason: 'Syncing' }),
    status({}),
    status({ lastContactMs: 5 }),
    status({ cluster: id('west') }),
    status({ phase: 'stale', reason: 'Unreachable' }),
    status({ phase: 'stale', reason: 'Unreachable' }),
    status({ phase: 'stale', reason: 'Unauthorized' }),
    status({ reason: 'ClockSkew' }),
    status({}),
    status({ phase: 'left' }),
    status({ phase: 'pending', reason: 'Syncing' }),
  ];
  for (const state of states) changed(state);
  expect(lines).toEqual([
    'member registered Syncing',
    'member live',
    'member live',
    'member not live Unreachable',
    'member not live Unauthorized',
    'member live, but not sound ClockSkew',
    'member live',
    'member left',
    'member registered Syncing',
  ]);
});

it('tells the operator where a member lies that is not live', () => {
  let changed: (status: MemberStatus) => void = () => undefined;
  const told: object[] = [];
  const line = (fields: object): void => void told.push(fields);
  const { member } = openWriteWorld();
  logMemberStates(
    {
      onStatusChange: (listener) => {
        changed = listener;
        return () => undefined;
      },
      writable: () => member,
    },
    { info: line, warn: line, error: line },
  );
  changed(status({ phase: 'stale', reason: 'Unreachable', message: 'no answer' }));
  expect(told).toMatchObject([{ server: 'https://east.internal:6443', problem: 'no answer' }]);
});

/** What is logged of one member that is not live for one reason, by the texts of its problem. */
function problemRig() {
  const time = createManualTime();
  const told: unknown[] = [];
  let changed: (status: MemberStatus) => void = () => undefined;
  const line = (fields: object, message: string): void => {
    told.push('problem' in fields ? fields.problem : message);
  };
  logMemberStates(
    {
      onStatusChange: (listener) => {
        changed = listener;
        return () => undefined;
      },
      writable: () => undefined,
    },
    { info: line, warn: line, error: line },
    { monotonic: time.now, schedule: time.schedule },
  );
  const fail = (...problems: readonly string[]): void => {
    for (const message of problems) changed(status({ phase: 'pending', reason: 'CredentialsUnavailable', message }));
  };
  return { time, told, fail, change: (next: MemberStatus) => changed(next) };
}

describe('a problem that changes while its reason stays', () => {
  it('is told', () => {
    const { told, fail } = problemRig();
    fail('offers no access provider', 'offers no access provider', 'its plugin exited with code 7');
    expect(told).toEqual(['offers no access provider', 'its plugin exited with code 7']);
  });

  it('is told once a minute when it keeps changing, and then as it is', async () => {
    const { time, told, fail } = problemRig();
    const flaps = Array.from({ length: 20 }, (_, at) => `problem ${at}`);
    fail(...flaps);
    const atOnce = flaps.slice(0, 7);
    expect(told).toEqual(atOnce);
    await time.advance(59_000);
    expect(told).toEqual(atOnce);
    await time.advance(2000);
    expect(told).toEqual([...atOnce, 'problem 19']);
    fail('a', 'b');
    await time.advance(120_000);
    expect(told).toEqual([...atOnce, 'problem 19', 'b']);
    expect(time.pending()).toEqual([]);
  });

  it('is not told when it is back to what was told', async () => {
    const { time, told, fail } = problemRig();
    fail(...Array.from({ length: 7 }, (_, at) => `problem ${at}`), 'other', 'problem 6');
    await time.advance(600_000);
    expect(told.slice(6)).toEqual(['problem 6']);
  });

  it('is not told any more when the state has changed', async () => {
    const { time, told, fail, change } = problemRig();
    fail(...Array.from({ length: 9 }, (_, at) => `problem ${at}`));
    change(status({}));
    change(status({ phase: 'left' }));
    await time.advance(600_000);
    expect(told.slice(7)).toEqual(['member live', 'member left']);
  });
});

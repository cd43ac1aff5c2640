import { expect, it } from 'vitest';
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

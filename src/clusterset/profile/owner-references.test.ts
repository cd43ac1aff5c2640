import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { ownerFaults } from './owner-references.ts';

function owner(name: string, more: JsonObject = {}): JsonObject {
  return { name, kind: 'Fleet', apiVersion: 'example.com/v1', uid: `uid-${name}`, ...more };
}

function told(...references: readonly JsonObject[]): readonly string[] {
  return ownerFaults(references).map(({ field, message }) => `${field}: ${message}`);
}

it('accepts several owners of which one is the controller', () => {
  expect(told(owner('a', { controller: true }), owner('b', { controller: false }), owner('c'))).toEqual([]);
  expect(told(owner('a', { apiVersion: 'v1' }))).toEqual([]);
});

it('refuses a second controller with what is there, in the words of kube-apiserver', () => {
  const controller = { controller: true, blockOwnerDeletion: true };
  const [fault, ...others] = told(owner('a', controller), owner('b', { controller: true }));
  expect(others).toEqual([]);
  expect(fault).toBe(
    'metadata.ownerReferences: Invalid value: ' +
      '[{"apiVersion":"example.com/v1","kind":"Fleet","name":"a","uid":"uid-a","controller":true,"blockOwnerDeletion":true},' +
      '{"apiVersion":"example.com/v1","kind":"Fleet","name":"b","uid":"uid-b","controller":true}]: ' +
      'Only one reference can have Controller set to true. Found "true" in references for Fleet/a and Fleet/b',
  );
  expect(told(owner('a', controller), owner('b', controller), owner('c', controller))).toHaveLength(2);
});

describe('a reference that leads nowhere is refused', () => {
  it.each([
    ['apiVersion', '', 'version must not be empty'],
    ['apiVersion', 'example.com/', 'version must not be empty'],
    ['apiVersion', 'a/b/c', 'version must not be empty'],
    ['kind', '', 'must not be empty'],
    ['name', '', 'must not be empty'],
    ['uid', '', 'must not be empty'],
  ])('%s %j', (field, value, detail) => {
    const text = `metadata.ownerReferences.${field}: Invalid value: "${value}": ${detail}`;
    expect(told(owner('a', { [field]: value }))).toEqual([text]);
  });

  it('without anything', () => {
    expect(told({})).toHaveLength(4);
  });

  it('to an Event', () => {
    const event = { name: 'e', kind: 'Event', uid: 'u' };
    expect(told({ ...event, apiVersion: 'v1' })).toEqual([
      'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u"}: /v1, Kind=Event is disallowed from being an owner',
    ]);
    expect(told({ ...event, apiVersion: 'events.k8s.io/v1' })).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject } from '../../src/kube/object.ts';
import { call } from '../contract/target.ts';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { startEmbeddedMember } from '../support/embedded-member.ts';
import { memberDefinitions } from './support/crds.ts';
import type { DriftRequest } from './support/drift-request.ts';
import { DRIFT_REQUESTS } from './support/drift-requests.ts';
import type { Side } from './support/drift-side.ts';
import { comparable, essence, parse, send } from './support/drift-side.ts';

let controlPlane: ControlPlane;
let real: Side;
let embedded: Side;

beforeAll(async () => {
  controlPlane = await startControlPlane(['real']);
  const kubectl = controlPlane.kubectl('real');
  for (const crd of memberDefinitions()) await kubectl.apply(crd);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  const { url, keys } = controlPlane.cluster('real');
  real = sideOf(url, keys.ca, keys.admin);
  const running = await startEmbeddedMember('east');
  embedded = sideOf(running.url, running.ca, { ...running.admin, close: running.member.close });
});

afterAll(async () => {
  await embedded.target.close();
  await controlPlane.stop();
});

function sideOf(
  baseUrl: string,
  ca: string,
  { cert, key, close = () => undefined }: { cert: string; key: string; close?: () => void },
): Side {
  const end = (): Promise<void> => {
    close();
    return Promise.resolve();
  };
  const target = { baseUrl, tls: { ca, cert, key }, close: end };
  return { target, kept: {} };
}

describe('an embedded member answers like a real kube-apiserver', () => {
  it.each(DRIFT_REQUESTS.map((request) => [request.title, request] as const))('%s', async (_title, request) => {
    const [expected, found] = [await send(real, request), await send(embedded, request)];
    expect(essence(found, request)).toEqual(essence(expected, request));
  });
});

const WATCHED = '/api/v1/namespaces/watched';
const CHANGES: readonly DriftRequest[] = [
  {
    title: 'create',
    method: 'POST',
    path: `${WATCHED}/services`,
    body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' }, spec: { ports: [{ port: 80 }] } },
  },
  {
    title: 'change',
    method: 'PATCH',
    path: `${WATCHED}/services/api`,
    contentType: 'application/merge-patch+json',
    body: { metadata: { labels: { team: 'shop' } } },
  },
  {
    title: 'change nothing',
    method: 'PATCH',
    path: `${WATCHED}/services/api`,
    contentType: 'application/merge-patch+json',
    body: {},
  },
  { title: 'delete', method: 'DELETE', path: `${WATCHED}/services/api` },
];

/** The events that followed the state before the changes, and those that begin with the present state. */
async function watchedEvents(side: Side, query: string): Promise<unknown> {
  const answer = await call(side.target, `${WATCHED}/services?watch=true&timeoutSeconds=1&${query}`, {
    accept: 'application/json',
  });
  const lines = answer.text.split('\n').filter((line) => line !== '');
  return lines.map((line) => bareBookmark(comparable(parse(line))));
}

/** In a bookmark kube-apiserver also writes the empty fields of built-in kinds. */
function bareBookmark(event: unknown): unknown {
  if (!isJsonObject(event) || event['type'] !== 'BOOKMARK' || !isJsonObject(event['object'])) return event;
  const { apiVersion, kind, metadata } = event['object'];
  return { type: 'BOOKMARK', object: { apiVersion, kind, metadata } };
}

async function resourceVersion({ target }: Side): Promise<string> {
  const { text } = await call(target, `${WATCHED}/services`, { accept: 'application/json' });
  const metadata = (parse(text) as { metadata: { resourceVersion: string } }).metadata;
  return metadata.resourceVersion;
}

async function changeAndWatch(side: Side): Promise<readonly unknown[]> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'watched' } };
  await send(side, { title: 'namespace', method: 'POST', path: '/api/v1/namespaces', body: namespace });
  const before = await resourceVersion(side);
  for (const change of CHANGES) await send(side, change);
  const create = CHANGES[0];
  if (create !== undefined) await send(side, create);
  return [
    await watchedEvents(side, `resourceVersion=${before}`),
    await watchedEvents(side, `resourceVersion=${before}&labelSelector=team%3Dshop`),
    await watchedEvents(side, 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'),
    await watchedEvents(side, ''),
  ];
}

it('tells watchers the same events', async () => {
  expect(await changeAndWatch(embedded)).toEqual(await changeAndWatch(real));
});

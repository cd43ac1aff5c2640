import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kube/object.ts';
import type { CaBundleTarget, WebhookEndpoint } from './ca-bundle-target.ts';
import { applyBody, readTarget, targetCollection } from './ca-bundle-target.ts';

const SERVICE = { type: 'service', namespace: 'ours', name: 'hooks' } as const;
const OURS = { service: { namespace: 'ours', name: 'hooks', port: 443, path: '/validate/safety' } };
const THEIRS = { service: { namespace: 'theirs', name: 'hooks' }, caBundle: 'dGhlaXJz' };
const BASE64 = Buffer.from('bundle').toString('base64');

function webhooks(endpoint: WebhookEndpoint = SERVICE): CaBundleTarget {
  return { type: 'ValidatingWebhookConfiguration', name: 'clusterset-safety', endpoint };
}

function crd(endpoint: WebhookEndpoint = SERVICE): CaBundleTarget {
  return { type: 'CustomResourceDefinition', name: 'things.example.com', endpoint };
}

function fieldsOf(object: JsonObject, target: CaBundleTarget): JsonObject | string {
  const reading = readTarget(object, target);
  return reading.type === 'asksUs' ? reading.fields(BASE64) : reading.reason;
}

describe('a webhook configuration', () => {
  it('gets the bundle in each webhook that asks us, and in no other', () => {
    const object = {
      webhooks: [
        { name: 'a', clientConfig: OURS },
        { name: 'b', clientConfig: THEIRS },
        { name: 'c', clientConfig: { ...OURS, caBundle: BASE64 } },
      ],
    };
    expect(readTarget(object, webhooks())).toMatchObject({ bundles: ['', 'bundle'] });
    expect(fieldsOf(object, webhooks())).toEqual({
      webhooks: [
        { name: 'a', clientConfig: { caBundle: BASE64 } },
        { name: 'c', clientConfig: { caBundle: BASE64 } },
      ],
    });
  });

  it.each([
    ['https://hub.example:6443/members/east/validate/safety', true],
    ['https://HUB.example:6443', true],
    ['https://hub.example/members/east', false],
    ['https://hub.example.evil:6443/', false],
    ['not an address', false],
    [undefined, false],
  ])('whose url is %s asks us: %s', (url, isOurs) => {
    const target = webhooks({ type: 'url', url: 'https://hub.example:6443' });
    expect(readTarget({ webhooks: [{ name: 'a', clientConfig: { url } }] }, target).type).toBe(
      isOurs ? 'asksUs' : 'elsewhere',
    );
  });

  it.each([
    ['https://any.example:8443/members/east/validate/safety', 'hub-uid', true],
    ['https://any.example/members/west/validate/safety', 'hub-uid', false],
    ['https://any.example/members/east/validate/safety', 'another hub', false],
    ['https://any.example/members/east/validate/safety', undefined, false],
  ])('of member east whose url is %s, installed for hub %s, asks us: %s', (url, hub, isOurs) => {
    const paths = ['/members/east/validate/safety', '/members/east/validate/advice'];
    const target = webhooks({ type: 'hubPath', paths, hub: 'hub-uid' });
    const metadata = { annotations: hub === undefined ? {} : { 'clusterset-apiserver.dev/hub': hub } };
    const object = { metadata, webhooks: [{ name: 'a', clientConfig: { url } }] };
    expect(readTarget(object, target).type).toBe(isOurs ? 'asksUs' : 'elsewhere');
  });

  it.each([
    ['has no webhooks', {}],
    ['has only webhooks of others', { webhooks: [{ name: 'b', clientConfig: THEIRS }] }],
    ['is malformed', { webhooks: [null, 7, { clientConfig: 'x' }, { clientConfig: { service: [] } }] }],
  ])('that %s is left alone', (_, object: JsonObject) => {
    expect(fieldsOf(object, webhooks())).toBe('none of its webhooks asks Service ours/hooks');
  });
});

describe('a CustomResourceDefinition', () => {
  const withConversion = (conversion: JsonObject | undefined): JsonObject => ({
    spec: { group: 'example.com', ...(conversion === undefined ? {} : { conversion }) },
  });

  it('that is converted by us gets the bundle and nothing else', () => {
    const object = withConversion({ strategy: 'Webhook', webhook: { clientConfig: OURS } });
    expect(fieldsOf(object, crd())).toEqual({
      spec: { conversion: { webhook: { clientConfig: { caBundle: BASE64 } } } },
    });
  });

  it.each([
    ['no conversion', undefined, 'without a webhook'],
    ['an empty conversion', {}, 'without a webhook'],
    ['strategy None', { strategy: 'None' }, 'without a webhook'],
    ['a webhook of others', { strategy: 'Webhook', webhook: { clientConfig: THEIRS } }, 'not converted by Service'],
    ['a webhook without a place', { strategy: 'Webhook', webhook: {} }, 'not converted by Service ours/hooks'],
    ['a left-over of us under None', { strategy: 'None', webhook: { clientConfig: OURS } }, 'without a webhook'],
  ])('with %s is left alone', (_, conversion, reason) => {
    expect(fieldsOf(withConversion(conversion), crd())).toContain(reason);
  });
});

describe('an apply', () => {
  it('names the object as it was read', () => {
    const object = { metadata: { name: 'things.example.com', resourceVersion: '7' } };
    expect(applyBody(crd(), object, { spec: {} })).toEqual({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.com', resourceVersion: '7' },
      spec: {},
    });
    expect(targetCollection(crd())).toBe('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
  });
});

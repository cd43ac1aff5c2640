import { describe, expect, test } from 'vitest';
import type { Form } from './negotiation.ts';
import { negotiate, READ_FORMS, WATCH_FORMS, wantsPretty } from './negotiation.ts';

const OBJECT: Form = { type: 'object' };
const TABLE: Form = { type: 'table', metaVersion: 'v1' };
const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

function agreed(accept: string | undefined): string {
  const result = negotiate(accept, READ_FORMS);
  if (!result.ok) return `406 ${result.error.join(', ')}`;
  const { encoding, form, pretty } = result.value;
  const shown = form.type === 'object' ? '' : ` ${form.type} ${form.metaVersion}`;
  return `${encoding}${shown}${form.type === 'metadata' && form.list ? ' list' : ''}${pretty ? ' pretty' : ''}`;
}

const REFUSED = '406 application/json, application/yaml';

describe('negotiate', () => {
  test.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['*', 'json'],
    ['application/*', 'json'],
    ['application/json', 'json'],
    ['application/yaml', 'yaml'],
    ['application/JSON', REFUSED],
    ['text/html', REFUSED],
    ['text/*', REFUSED],
    ['json', REFUSED],
    ['application/json/x', REFUSED],
    ['application/vnd.kubernetes.protobuf', REFUSED],
    ['application/vnd.kubernetes.protobuf, application/json', 'json'],
    ['application/json;q=0.9,application/cbor;q=1', 'json'],
    ['application/yaml;q=0.5, application/json', 'json'],
    ['application/json;q=0.5, application/yaml;q=0.6', 'yaml'],
    ['*/*, application/yaml', 'yaml'],
    ['application/*, application/yaml', 'yaml'],
    ['application/json;q=0', 'json'],
    ['application/json;charset=utf-8', 'json'],
    ['application/json;pretty=1', 'json pretty'],
    ['application/json;pretty=0', 'json'],
    ['application/json;stream=watch', 'json'],
    ['application/json;stream=other', REFUSED],
    [AS_TABLE, 'json table v1'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'json table v1beta1'],
    ['application/yaml;as=Table;v=v1;g=meta.k8s.io', 'yaml table v1'],
    ['application/json;as=Table;v=v2;g=meta.k8s.io', REFUSED],
    ['application/json;as=Table;v=v1', REFUSED],
    ['application/json;as=Chair;v=v1;g=meta.k8s.io', REFUSED],
    ['application/json;as=Chair;v=v1;g=meta.k8s.io,application/json', 'json'],
    [`application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,${AS_TABLE},application/json`, 'json table v1'],
    ['application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'json metadata v1'],
    ['application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io', 'json metadata v1beta1 list'],
  ])('answers Accept %j with %s', (accept, expected) => {
    expect(agreed(accept)).toBe(expected);
  });

  test('takes the table that kubectl asks for first', () => {
    const kubectl = `${AS_TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`;
    expect(negotiate(kubectl, READ_FORMS)).toMatchObject({ ok: true, value: { form: TABLE } });
  });

  test('passes over forms where only plain objects make sense', () => {
    const errors = { ...READ_FORMS, transforms: false };
    expect(negotiate(`${AS_TABLE},application/yaml`, errors)).toMatchObject({
      ok: true,
      value: { encoding: 'yaml', form: OBJECT },
    });
  });

  test('a watch has no YAML, and its refusal names streams', () => {
    expect(negotiate('application/yaml', WATCH_FORMS)).toEqual({
      ok: false,
      error: ['application/json;stream=watch'],
    });
    expect(negotiate('application/yaml,application/json', WATCH_FORMS)).toMatchObject({ ok: true });
  });
});

describe('wantsPretty', () => {
  test.each([
    ['', undefined, false],
    ['', 'kubectl/v1.36', false],
    ['', 'curl/8.0', true],
    ['', 'Wget/1.2', true],
    ['', 'Mozilla/5.0 (X11)', true],
    ['pretty=true', undefined, true],
    ['pretty=1', undefined, true],
    ['pretty=abc', 'curl/8.0', false],
    ['pretty=false', 'curl/8.0', false],
    ['pretty=', undefined, false],
    ['pretty=', 'curl/8.0', true],
  ])('query %j and user agent %j: %j', (query, userAgent, expected) => {
    expect(wantsPretty(new URLSearchParams(query), userAgent)).toBe(expected);
  });
});

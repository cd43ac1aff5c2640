import type { ListedImport } from './content.ts';

type Fields = Record<string, unknown>;

const LEAF: Fields = {};
const MANAGER = { manager: 'controller', operation: 'Update', apiVersion: 'multicluster.x-k8s.io/v1beta1' };
const TIME = '2026-01-01T12:00:00Z';

/**
 * What kube-apiserver notes of every custom resource that is written through it: here of one controller that created
 * the object and then wrote its status. Objects without it would be cheaper to serve than any real one.
 */
export function managedFields({ metadata, spec, status }: ListedImport): readonly Fields[] {
  const entry = { ...MANAGER, fieldsType: 'FieldsV1', time: TIME };
  const { labels = {}, annotations = {} } = metadata;
  return [
    {
      ...entry,
      fieldsV1: {
        'f:metadata': { 'f:annotations': keysOf(annotations), 'f:labels': keysOf(labels) },
        'f:spec': keysOf(spec),
      },
    },
    {
      ...entry,
      fieldsV1: {
        'f:status': {
          '.': LEAF,
          'f:clusters': itemsOf(status.clusters, 'cluster'),
          'f:conditions': itemsOf(status.conditions, 'type'),
        },
      },
      subresource: 'status',
    },
  ];
}

function keysOf(value: object): Fields {
  return Object.fromEntries([['.', LEAF], ...Object.keys(value).map((key) => [`f:${key}`, LEAF])]) as Fields;
}

/** Items of a list that is a map by one of their fields. */
function itemsOf(items: readonly Readonly<Record<string, string>>[], key: string): Fields {
  const entries = items.map((item) => [`k:${JSON.stringify({ [key]: item[key] })}`, keysOf(item)]);
  return Object.fromEntries([['.', LEAF], ...entries]) as Fields;
}

import { admissionReview, conversionReview } from '../support/webhooks.ts';

const GROUP = 'multicluster.x-k8s.io';
/** With the ports of the largest import 3 MiB. */
const MAXIMAL_NOTE_BYTES = 1_050_000;
const NOTE = 'kubectl.kubernetes.io/last-applied-configuration';

/** An AdmissionReview of about so many bytes: half of what is added is one long annotation, half are many small fields. */
export function admissionOf(bytes: number): string {
  const bare = reviewOf('', 0).length;
  const left = Math.max(0, bytes - bare);
  const field = reviewOf('', 2).length - reviewOf('', 1).length;
  return reviewOf('x'.repeat(Math.floor(left / 2)), Math.floor(left / 2 / field));
}

function reviewOf(note: string, fields: number): string {
  const entries = Array.from({ length: fields }, (_, index): readonly [string, object] => [
    `f:field-${String(index).padStart(5, '0')}`,
    {},
  ]);
  return admissionReview({
    object: {
      apiVersion: `${GROUP}/v1beta1`,
      kind: 'ServiceExport',
      metadata: {
        name: 'api',
        namespace: 'prod',
        uid: '11111111-1111-4111-8111-111111111111',
        annotations: { [NOTE]: note },
        managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: Object.fromEntries(entries) }],
      },
      spec: { exportedLabels: { team: 'payments' }, exportedAnnotations: { 'example.com/contact': 'nobody' } },
    },
  });
}

/** The largest AdmissionReview there can be: an import of 3 MiB and the one before it, with a number that no double holds. */
export function largestAdmission(): string {
  const ports = Array.from({ length: 40_000 }, (_, index) => ({ name: `p${index}`, protocol: 'TCP', port: index + 1 }));
  const [object, oldObject] = ['new', 'old'].map((note) => ({
    apiVersion: `${GROUP}/v1beta1`,
    kind: 'ServiceImport',
    metadata: { name: 'api', namespace: 'prod', annotations: { note: note.padEnd(MAXIMAL_NOTE_BYTES, 'x') } },
    spec: { type: 'ClusterSetIP', ports },
  }));
  const kind = { group: GROUP, version: 'v1beta1', kind: 'ServiceImport' };
  const resource = { group: GROUP, version: 'v1beta1', resource: 'serviceimports' };
  const body = admissionReview({ kind, resource, operation: 'UPDATE', object, oldObject });
  return body.replace('"metadata":{', '"metadata":{"generation":1234567890123456789,');
}

/** A ConversionReview of stored ServiceImports, about 1 KiB each. */
export function conversionOf(version: string, objects: number): string {
  return conversionReview(
    version,
    Array.from({ length: objects }, (_, index) => importOf(index)),
  );
}

function importOf(index: number): object {
  const lastTransitionTime = '2026-01-05T10:00:00Z';
  return {
    apiVersion: `${GROUP}/v1beta1`,
    kind: 'ServiceImport',
    metadata: {
      name: `service-${index}`,
      namespace: `team-${index % 100}`,
      uid: '11111111-1111-4111-8111-111111111111',
      resourceVersion: String(100_000 + index),
      generation: 2,
      creationTimestamp: lastTransitionTime,
      labels: { 'app.kubernetes.io/name': `service-${index}`, team: `team-${index % 100}` },
      managedFields: [
        {
          manager: 'clusterset-apiserver',
          operation: 'Update',
          apiVersion: `${GROUP}/v1beta1`,
          time: lastTransitionTime,
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { '.': {}, 'f:ports': {}, 'f:type': {}, 'f:ipFamilies': {} } },
        },
      ],
    },
    spec: {
      type: 'ClusterSetIP',
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, appProtocol: 'http' },
        { name: 'metrics', protocol: 'TCP', port: 9090 },
      ],
      ips: ['10.0.0.1'],
      ipFamilies: ['IPv4'],
      sessionAffinity: 'None',
    },
    status: {
      clusters: [{ cluster: 'east' }, { cluster: 'west' }],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Ready', message: 'The service can be used.', lastTransitionTime },
      ],
    },
  };
}

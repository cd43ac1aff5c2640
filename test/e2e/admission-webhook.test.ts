import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customResourceDefinition, definitions } from '../../src/resources/index.ts';
import { WEBHOOK_PATHS } from '../../webhooks/index.ts';
import { admissionContext } from '../support/admission.ts';
import type { ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { createAll, rawRequest } from './support/http.ts';
import { namespace, serviceExport } from './support/objects.ts';
import type { WebhookProcess } from './support/webhook-process.ts';
import { startWebhookProcess } from './support/webhook-process.ts';

const GROUP = 'multicluster.x-k8s.io';
const SAFETY = 'safety.clusterset-apiserver.dev';
const WARNING = 'PortConflict expected: web is TCP/80 in east (oldest), TCP/8080 here';
const FAULT = 'metadata.name: Invalid value: "a.b": no Service can have this name: must not contain dots';
/** kubectl puts the causes of an invalid object into words of its own. */
const DENIAL = `The ServiceExport "a.b" is invalid: ${FAULT}`;

let controlPlane: ControlPlane;
let kubectl: Kubectl;
let webhooks: WebhookProcess;

async function configure(webhook: 'safety' | 'advice'): Promise<void> {
  await kubectl.apply({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: `clusterset-${webhook}` },
    webhooks: [
      {
        name: `${webhook}.clusterset-apiserver.dev`,
        clientConfig: { url: webhooks.url(WEBHOOK_PATHS[webhook]), caBundle: webhooks.caBundle },
        rules: [
          {
            apiGroups: [GROUP],
            apiVersions: ['v1beta1'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['serviceexports', 'serviceexports/status'],
          },
        ],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: webhook === 'safety' ? 'Fail' : 'Ignore',
        timeoutSeconds: 5,
      },
    ],
  });
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['member']);
  kubectl = controlPlane.kubectl('member');
  webhooks = await startWebhookProcess(admissionContext({ predict: () => [WARNING] }));
  for (const definition of definitions.filter(({ resource }) => resource === 'serviceexports')) {
    await kubectl.apply(customResourceDefinition(definition, { conversion: { type: 'None' } }));
  }
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  await kubectl.apply(namespace('prod'));
  await configure('safety');
  await configure('advice');
  await eventually('the configurations to be in force', async () => {
    const { stderr } = await kubectl.result(
      ['apply', '--dry-run=server', '-f', '-'],
      JSON.stringify(serviceExport('prod', 'a.b')),
    );
    expect(stderr).toContain(DENIAL);
    expect(stderr).toContain(WARNING);
  });
});

afterAll(async () => {
  webhooks.kill();
  await controlPlane.stop();
});

describe('kubectl in a member', () => {
  it('is told a fault as a denial, in every version and with its causes', async () => {
    for (const version of ['v1alpha1', 'v1beta1']) {
      const object = { ...serviceExport('prod', 'a.b'), apiVersion: `${GROUP}/${version}` };
      const { code, stderr } = await kubectl.result(['create', '-f', '-'], JSON.stringify(object));
      expect(code).toBe(1);
      expect(stderr).toContain(DENIAL);
    }
  });

  it('finds the webhook and all causes in the answer itself', async () => {
    const path = `/apis/${GROUP}/v1beta1/namespaces/prod/serviceexports`;
    const objects = [serviceExport('prod', 'a.b')];
    const [answer] = await createAll(controlPlane.cluster('member'), path, { objects, parallel: 1 });
    const [field, ...message] = FAULT.split(': ');
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: `admission webhook "${SAFETY}" denied the request: ServiceExport.${GROUP} "a.b" is invalid: ${FAULT}`,
      details: { causes: [{ field, reason: 'FieldValueInvalid', message: message.join(': ') }] },
    });
  });

  it('is told consequences as warnings, in a dry run too', async () => {
    for (const dryRun of ['server', 'none']) {
      const args = ['apply', `--dry-run=${dryRun}`, '-f', '-'];
      const { code, stderr } = await kubectl.result(args, JSON.stringify(serviceExport('prod', 'api')));
      expect([code, stderr]).toEqual([0, `Warning: ${WARNING}\n`]);
    }
  });

  it('writes a status, and deletes one export or all', async () => {
    const status = { conditions: [] };
    await kubectl(
      'patch',
      'serviceexport',
      'api',
      '-n',
      'prod',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    );
    await kubectl.apply(serviceExport('prod', 'db'));
    expect((await kubectl.result(['delete', 'serviceexport', 'db', '-n', 'prod'])).code).toBe(0);
    const path = `/apis/${GROUP}/v1beta1/namespaces/prod/serviceexports`;
    const asked = webhooks.calls(WEBHOOK_PATHS.safety);
    expect((await rawRequest(controlPlane.cluster('member'), path, 'DELETE')).status).toBe(200);
    expect(webhooks.calls(WEBHOOK_PATHS.safety)).toBeGreaterThan(asked);
    expect((await kubectl.json<{ items: readonly object[] }>('get', 'serviceexports', '-n', 'prod')).items).toEqual([]);
  });

  it('is refused by safety while we are away, and hears nothing of advice', async () => {
    webhooks.kill();
    const { code, stderr } = await kubectl.result(['apply', '-f', '-'], JSON.stringify(serviceExport('prod', 'api')));
    expect(code).toBe(1);
    expect(stderr).toContain(`failed calling webhook "${SAFETY}"`);
    await kubectl('delete', 'validatingwebhookconfiguration', 'clusterset-safety');
    await eventually('advice alone to be asked', () => kubectl.apply(serviceExport('prod', 'api')));
    await webhooks.start();
  });
});

import { loadConfiguration } from '../../config/index.ts';
import { MEMBER_POLICIES, memberPolicyManifests } from '../../resources/index.ts';
import type { PolicySettings } from '../../resources/index.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { withInstalledLabels } from './manifest.ts';
import { FIELD_MANAGER } from './names.ts';
import type { WebhooksOptions } from './webhooks-plan.ts';
import { servesPolicies } from './webhooks-preflight.ts';

const MANAGED_BY = `app.kubernetes.io/managed-by=${FIELD_MANAGER}`;
const API_VERSION = 'admissionregistration.k8s.io/v1';
const COLLECTIONS = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
} as const;

/** What the member enforces by itself. */
export function policyManifests(options: WebhooksOptions): readonly Manifest[] {
  return memberPolicyManifests(MEMBER_POLICIES, policySettings(options)).map(withInstalledLabels);
}

/** The defaults of the settings, but for what was said. */
function policySettings(options: WebhooksOptions): PolicySettings {
  const { controllers, administrators, forbiddenNamespaces, standardProperties, strictClusterSetNames } = options;
  const defaults = loadConfiguration('', {});
  if (!defaults.ok) throw new Error(`the defaults of the configuration are wrong: ${defaults.error}`);
  return {
    forbiddenNamespaces: forbiddenNamespaces ?? defaults.value['admission.forbiddenNamespaces'],
    standardProperties: standardProperties ?? defaults.value['admission.standardProperties'],
    strictClusterSetNames: strictClusterSetNames ?? defaults.value['admission.strictClusterSetNames'],
    controllers,
    administrators,
  };
}

/** Every policy and binding that install made, whatever it was called. */
export async function installedPolicies(client: ClusterClient): Promise<readonly Manifest[]> {
  if (!(await servesPolicies(client))) return [];
  const found = await Promise.all(
    Object.entries(COLLECTIONS).map(async ([kind, collection]) => {
      const names = await client.listNames(`/apis/${API_VERSION}/${collection}`, MANAGED_BY);
      return names.map((name): Manifest => ({ apiVersion: API_VERSION, kind, metadata: { name } }));
    }),
  );
  return found.flat();
}

import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { FIELD_MANAGER } from './names.ts';
import { servesPolicies } from './webhooks-preflight.ts';

const MANAGED_BY = `app.kubernetes.io/managed-by=${FIELD_MANAGER}`;
const API_VERSION = 'admissionregistration.k8s.io/v1';
const COLLECTIONS = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
} as const;

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

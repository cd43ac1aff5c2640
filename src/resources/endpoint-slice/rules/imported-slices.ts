import { isJsonObject, type KubeObject } from '../../../kube/object.ts';
import { type AdmissionRule, allow, forbid } from '../../admission.ts';
import { mayManage } from '../../managing-users.ts';

/** Of `service-name` and `source-cluster`, by which DNS and kube-proxy find imported endpoints. */
const PREFIX = 'multicluster.kubernetes.io/';

/** Who writes such slices sends the traffic of clients wherever they like (KEP-1645 §Using EndpointSlice objects). */
export const importedSlices: AdmissionRule = {
  name: 'imported-slices',
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  effects: ['deny'],
  ratchets: false,
  evaluate: ({ object, oldObject, user }, { policy }) =>
    mayManage(user, policy) || !(isImported(object) || isImported(oldObject))
      ? allow()
      : forbid(`EndpointSlices with labels ${PREFIX} are written by the MCS implementation only`),
};

function isImported(slice: KubeObject | undefined): boolean {
  const metadata: unknown = slice?.metadata;
  const labels = isJsonObject(metadata) ? metadata['labels'] : undefined;
  return isJsonObject(labels) && Object.keys(labels).some((key) => key.startsWith(PREFIX));
}

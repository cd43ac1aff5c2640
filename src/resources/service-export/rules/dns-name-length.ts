import { type AdmissionRule, allow, subjectKey } from '../../admission.ts';

/** Of a whole name in DNS (RFC 1035), dots included. */
const DNS_NAME_CHARACTERS_MAX = 253;
/** Of one label, such as a pod's host name. */
const HOST_NAME_CHARACTERS_MAX = 63;

/**
 * A headless import has a DNS name per pod: `<host>.<cluster>.<service>.<namespace>.svc.clusterset.local` (KEP-1645
 * §DNS). Pods are not read, so what can be said is how long their host names may be.
 */
export const dnsNameLength: AdmissionRule = {
  name: 'dns-name-length',
  operations: ['CREATE'],
  effects: ['warn'],
  evaluate: (request, { lookup }) => {
    const { namespace, name } = subjectKey(request);
    const service = lookup.serviceIn(request.cluster, { namespace, name });
    if (service.type !== 'present' || !service.headless) return allow();
    const suffix = `.${request.cluster}.${name}.${namespace}.svc.clusterset.local`;
    const hostMax = DNS_NAME_CHARACTERS_MAX - suffix.length;
    if (hostMax >= HOST_NAME_CHARACTERS_MAX) return allow();
    return allow(
      `DNS names in ${namespace}/${name} exceed ${DNS_NAME_CHARACTERS_MAX} characters ` +
        `for pods whose host name has more than ${hostMax}`,
    );
  },
};

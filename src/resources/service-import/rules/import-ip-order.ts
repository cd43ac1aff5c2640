import { type AdmissionRule, allow, subjectOf } from '../../admission.ts';
import { itemsOf, specOf } from './import-fields.ts';
import { familyOfIp } from './ip-text.ts';

/** IPs and families tell the same, in the same order, at least in the end (KEP-1645 §Exporting Services). */
export const importIpOrder: AdmissionRule = {
  name: 'import-ip-order',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: (request) => {
    const spec = specOf(subjectOf(request));
    const [ips, families] = [itemsOf(spec, 'ips'), itemsOf(spec, 'ipFamilies')];
    if (ips.length === 0 || families.length === 0) return allow();
    if (ips.length !== families.length) {
      return allow(`spec.ips has ${ips.length} and spec.ipFamilies ${families.length}: they should agree`);
    }
    const differing = ips.findIndex((ip, index) => {
      const family = familyOfIp(ip);
      return family !== undefined && family !== families[index];
    });
    return allow(
      differing === -1
        ? undefined
        : `spec.ips[${differing}] is ${familyOfIp(ips[differing]) ?? ''} but spec.ipFamilies[${differing}] is not`,
    );
  },
};

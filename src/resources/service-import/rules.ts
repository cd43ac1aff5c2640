import type { AdmissionRule } from '../admission.ts';
import { importAffinity, importAffinityConfig } from './rules/import-affinity.ts';
import { importExported } from './rules/import-exported.ts';
import { importFamilies } from './rules/import-families.ts';
import { importIpOrder } from './rules/import-ip-order.ts';
import { importIps } from './rules/import-ips.ts';
import { importPorts } from './rules/import-ports.ts';
import { importStatus } from './rules/import-status.ts';
import { importDistribution, importTraffic } from './rules/import-traffic.ts';
import { importType } from './rules/import-type.ts';
import { importWriters } from './rules/import-writers.ts';

/** Who writes, what there is at all, what is wrong with it. */
export const rules: readonly AdmissionRule[] = [
  importWriters,
  importExported,
  importType,
  importPorts,
  importFamilies,
  importIps,
  importIpOrder,
  importAffinity,
  importAffinityConfig,
  importTraffic,
  importDistribution,
  importStatus,
];

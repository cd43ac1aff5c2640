import type { AdmissionRule } from '../admission.ts';
import { allowedNamespace } from './rules/allowed-namespace.ts';
import { derivedService } from './rules/derived-service.ts';
import { dnsNameLength } from './rules/dns-name-length.ts';
import { exportedMetadata } from './rules/exported-metadata.ts';
import { internalTraffic } from './rules/internal-traffic.ts';
import { namespaceEverywhere } from './rules/namespace-everywhere.ts';
import { predictedConsequences } from './rules/predicted-consequences.ts';
import { metadataSupport } from './rules/metadata-support.ts';
import { reservedKeys } from './rules/reserved-keys.ts';
import { serviceExists } from './rules/service-exists.ts';
import { serviceName } from './rules/service-name.ts';
import { serviceType } from './rules/service-type.ts';
import { statusWriters } from './rules/status-writers.ts';
import { supersededVersion } from './rules/superseded-version.ts';

/** In the order of what they warn about: whether anything is exported at all, what follows, advice. */
export const rules: readonly AdmissionRule[] = [
  statusWriters,
  derivedService,
  serviceExists,
  serviceType,
  predictedConsequences,
  namespaceEverywhere,
  internalTraffic,
  dnsNameLength,
  serviceName,
  allowedNamespace,
  exportedMetadata,
  reservedKeys,
  metadataSupport,
  supersededVersion,
];

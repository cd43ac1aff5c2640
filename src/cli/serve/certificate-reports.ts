import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import { awaitedName, describeCertificates } from '../../../certs/index.ts';
import type { RotationProgress, ServingCertificate } from '../../../certs/index.ts';
import type { MembersLog } from '../../members/index.ts';

const PHASES: readonly RotationProgress['phase']['type'][] = ['steady', 'announced', 'settling', 'retiring'];

/** Expiries, for as long as the process runs; read when somebody looks. */
export function createCertificateMetrics(registry: Registry, certificate: ServingCertificate): void {
  new Gauge({
    name: 'clusterset_certificate_expiration_timestamp_seconds',
    help: 'When a certificate that we serve with, or one of the authorities to trust for it, expires.',
    labelNames: ['certificate', 'subject', 'fingerprint'],
    registers: [registry],
    collect() {
      this.reset();
      const { cert, caBundle } = certificate.current();
      const show = (name: string, pem: string): void => {
        for (const { subject, fingerprint, notAfterMs } of describeCertificates(pem)) {
          this.set({ certificate: name, subject, fingerprint }, notAfterMs / 1000);
        }
      };
      show('serving', cert);
      show('ca', caBundle ?? '');
    },
  });
  new Gauge({
    name: 'clusterset_certificate_problem',
    help: '1 while certificates cannot be read, kept or taken as they should be; the log says why.',
    registers: [registry],
    collect() {
      this.set(certificate.describe().problem === undefined ? 0 : 1);
    },
  });
}

/** Tells of a rotation of our CA in the log, once per change, and in metrics. */
export function createRotationReports(log: MembersLog, registry: Registry): (progress: RotationProgress) => void {
  const phases = new Gauge({
    name: 'clusterset_certificate_rotation_phase',
    help: '1 for the phase that the rotation of our CA is in.',
    labelNames: ['phase'],
    registers: [registry],
  });
  const awaitedTargets = new Gauge({
    name: 'clusterset_certificate_rotation_awaited_targets',
    help: 'Objects that lead a kube-apiserver to us and were not read back with our new CA yet.',
    registers: [registry],
  });
  let told = JSON.stringify(['steady', [], []]);
  return ({ phase, awaited, forced }) => {
    for (const name of PHASES) phases.set({ phase: name }, name === phase.type ? 1 : 0);
    awaitedTargets.set(awaited.length);
    const fields = {
      phase: phase.type,
      awaited: awaited.map((target) => `${awaitedName(target)}: ${target.reason ?? 'not compared yet'}`),
      forced: forced.map(awaitedName),
    };
    const now = JSON.stringify(Object.values(fields));
    if (now === told) return;
    told = now;
    if (awaited.length > 0) log.warn(fields, 'the rotation of our CA waits for others');
    else log.info(fields, PHASE_MESSAGES[phase.type]);
  };
}

const PHASE_MESSAGES: Readonly<Record<RotationProgress['phase']['type'], string>> = {
  steady: 'there is one CA of ours',
  announced: 'a new CA of ours is in the bundle, and signs nothing yet',
  settling: 'a new CA of ours was read back everywhere, and is about to sign',
  retiring: 'a new CA of ours signs; the old one is about to leave the bundle',
};

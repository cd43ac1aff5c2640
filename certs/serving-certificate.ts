import type { CertificateSource, ServingMaterial, SourceReading } from './source.ts';

/** Runs something later, once; the returned function cancels it. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

export interface ServingCertificateDeps {
  readonly source: CertificateSource;
  readonly clock: () => number;
  readonly schedule: Schedule;
}

export interface ServingCertificateDescription {
  readonly expiresAtMs: number;
  /** One sentence for health checks and logs; undefined while all is well. */
  readonly problem: string | undefined;
  /** Since when the place where the certificates are kept could not be read; undefined while it can. */
  readonly unreadSinceMs: number | undefined;
}

export type StartResult = { readonly type: 'started' } | { readonly type: 'failed'; readonly problem: string };

export interface ServingCertificate {
  /** Obtains the first material and begins to renew; a failure leaves nothing running. */
  start(): Promise<StartResult>;
  /** What to serve with now. Only after a successful start. */
  current(): ServingMaterial;
  /** Called after each change of the material, not for the first; the returned function ends it. */
  onChange(listener: (material: ServingMaterial) => void): () => void;
  describe(): ServingCertificateDescription;
  /** Reads the source now instead of at the next interval. */
  refresh(): Promise<void>;
  close(): void;
}

type Material = Extract<SourceReading, { type: 'material' }>;

/** A serving certificate that renews itself under a running server. */
export function createServingCertificate(deps: ServingCertificateDeps): ServingCertificate {
  const listeners = new Set<(material: ServingMaterial) => void>();
  let latest: Material | undefined;
  let unreadSinceMs: number | undefined;
  let cancel = (): void => undefined;
  let closed = false;
  let running: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    const reading = await deps.source.read();
    if (closed || latest === undefined) return;
    const before = latest.material;
    latest = reading.type === 'failed' ? { ...latest, problem: reading.problem, isCurrent: false } : reading;
    unreadSinceMs = latest.isCurrent ? undefined : (unreadSinceMs ?? deps.clock());
    if (isSame(before, latest.material)) return;
    for (const listener of listeners) listener(latest.material);
  };
  const refreshOnce = (): Promise<void> => {
    running ??= refresh().finally(() => (running = undefined));
    return running;
  };
  const scheduleNext = (): void => {
    if (closed) return;
    cancel = deps.schedule(() => void refreshOnce().finally(scheduleNext), deps.source.intervalMs);
  };
  const known = (): Material => {
    if (latest === undefined) throw new Error('the serving certificate was not started');
    return latest;
  };

  return {
    start: async () => {
      const reading = await deps.source.read();
      if (reading.type === 'failed') return reading;
      latest = reading;
      scheduleNext();
      return { type: 'started' };
    },
    current: () => known().material,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    describe: () => ({ ...describeMaterial(known(), deps.clock()), unreadSinceMs }),
    refresh: refreshOnce,
    close: () => {
      closed = true;
      cancel();
      listeners.clear();
    },
  };
}

function describeMaterial(material: Material, nowMs: number): Omit<ServingCertificateDescription, 'unreadSinceMs'> {
  const expired = nowMs >= material.expiresAtMs;
  const at = new Date(material.expiresAtMs).toISOString();
  const problem = expired ? `the serving certificate expired at ${at}` : undefined;
  return { expiresAtMs: material.expiresAtMs, problem: material.problem ?? problem };
}

function isSame(a: ServingMaterial, b: ServingMaterial): boolean {
  return a.key === b.key && a.cert === b.cert && a.caBundle === b.caBundle;
}

import { readFile } from 'node:fs/promises';
import type { AuthenticationTrust } from '../../../apiservice/index.ts';
import type { Config } from '../../config/index.ts';
import { createAuthenticationConfig } from '../../hub/index.ts';
import type { TrustNames } from '../../hub/index.ts';
import type { MembersLog } from '../../members/index.ts';
import { UsageError } from '../exit.ts';
import { schedule } from './clockwork.ts';
import type { Reviewers } from './hub-access.ts';

/** Whom we believe about identities, as it is now. */
export interface Trust {
  readonly current: () => AuthenticationTrust;
  readonly onChange: (listener: () => void) => void;
  readonly problem: () => string | undefined;
  readonly close: () => void;
}

export interface TrustDeps {
  readonly config: Config;
  readonly reviewers: Reviewers;
  /** PEM of the authority that signs our own administrator's certificate (stand-alone). */
  readonly ownClientCa: string | undefined;
  readonly log: MembersLog;
}

/** Refuses to start with one clear message when the hub's authentication configuration cannot be had or is unsafe. */
export async function openTrust({ config, reviewers, ownClientCa, log }: TrustDeps): Promise<Trust> {
  const source = createAuthenticationConfig({
    connection: reviewers.authentication,
    files: {
      ...defined('clientCaFile', config['serving.clientCaFile']),
      ...defined('requestHeaderClientCaFile', config['requestHeader.clientCaFile']),
    },
    settings: trustNames(config),
    readFile: (path) => readFile(path, 'utf8'),
    schedule,
  });
  const started = await source.start();
  if (!started.ok) throw new UsageError(`refusing to start: ${started.error}`);
  // The same object until something changes: verified certificates are remembered for its lifetime.
  let trust = withOwnAuthority(source.current(), ownClientCa);
  const listeners = new Set<() => void>();
  source.onChange((changed) => {
    trust = withOwnAuthority(changed, ownClientCa);
    log.info({}, 'the front-proxy and client authorities of the hub changed');
    for (const listener of listeners) listener();
  });
  return {
    current: () => trust,
    onChange: (listener) => void listeners.add(listener),
    problem: () => source.problem(),
    close: () => source.close(),
  };
}

function withOwnAuthority(trust: AuthenticationTrust, ownClientCa: string | undefined): AuthenticationTrust {
  if (ownClientCa === undefined) return trust;
  return { ...trust, clientCa: `${trust.clientCa ?? ''}\n${ownClientCa}` };
}

function trustNames(config: Config): TrustNames {
  return {
    ...defined('allowedNames', config['requestHeader.allowedNames']),
    ...defined('usernameHeaders', config['requestHeader.usernameHeaders']),
    ...defined('uidHeaders', config['requestHeader.uidHeaders']),
    ...defined('groupHeaders', config['requestHeader.groupHeaders']),
    ...defined('extraPrefixes', config['requestHeader.extraHeadersPrefix']),
  };
}

function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

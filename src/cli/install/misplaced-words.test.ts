import { expect, it } from 'vitest';
import type { InstallOptions, PreflightOptions, UninstallOptions } from '../program/install.ts';
import { createProgram } from '../program.ts';
import { install, preflight, uninstall } from './commands.ts';
import type { InstallDeps } from './target.ts';

const OPENED = 'a cluster was opened';

/** The command with these words, up to where it looks at a cluster for the first time. */
async function run(...words: readonly string[]): Promise<string> {
  const unused = (): never => {
    throw new Error('not used');
  };
  const deps: InstallDeps = {
    open: () => Promise.reject(new Error(OPENED)),
    ...{ openText: unused, writeFile: unused, writeProblem: unused, say: unused, monotonic: unused, sleep: unused },
  };
  const program = createProgram(
    {
      install: (options: InstallOptions) => install(deps, options),
      preflight: (options: PreflightOptions) => preflight(deps, options),
      uninstall: (options: UninstallOptions) => uninstall(deps, options),
      ...{ serve: unused, explain: unused, simulate: unused, testRules: unused, migrateStorage: unused },
      members: { list: unused, add: unused, remove: unused, check: unused },
      certs: { show: unused, rotate: unused },
    },
    'test',
  );
  const [command = '', ...more] = words;
  try {
    await program.parseAsync([command, '--kubeconfig', 'file', ...more], { from: 'user' });
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

it.each([
  ['install --controllers a --failure-policy Ignore', '--controllers needs --member NAME and --webhooks; --failure-'],
  ['install --hub-kubeconfig hub', '--hub-kubeconfig needs --member NAME'],
  ['install --standard-properties a', '--standard-properties needs --member NAME and --webhooks'],
  ['install --forbidden-namespaces=', '--forbidden-namespaces needs --member NAME and --webhooks'],
  ['install --strict-cluster-set-names', '--strict-cluster-set-names needs --member NAME and --webhooks'],
  ['preflight --member east --hub-kubeconfig hub', '--hub-kubeconfig needs --member NAME and --webhooks'],
  ['install --with-write-rights', '--with-write-rights needs --member NAME, and is not for --webhooks'],
  ['install --member east --webhooks --with-write-rights', '--with-write-rights needs --member NAME, and is not for'],
  ['install --member east --with-v1alpha2', '--with-v1alpha2 needs --member NAME and --webhooks'],
  ['install --member east --external-address h:1', '--external-address with --member needs --webhooks'],
  ['install --member east --aggregate all', '--aggregate is about the hub, and says nothing with --member'],
  ['preflight --controllers a', '--controllers needs --member NAME and --webhooks'],
  ['uninstall --delete-crds', '--delete-crds needs --member NAME and --webhooks'],
  ['uninstall --member east --delete-crds', '--delete-crds needs --member NAME and --webhooks'],
  ['install --member east --hub-context blue', '--hub-context needs --hub-kubeconfig FILE'],
  ['uninstall --hub-context blue', '--hub-context needs --member NAME'],
  ['uninstall --hub-kubeconfig hub', '--hub-kubeconfig needs --member NAME'],
])('refuses words that would change nothing: %s', async (words, message) => {
  expect(await run(...words.split(' '))).toContain(message);
});

it.each([
  'install --aggregate all --external-address h:1',
  'install --member east --with-write-rights --hub-kubeconfig hub',
  'install --member east --webhooks --controllers a --failure-policy Ignore --hub-kubeconfig hub',
  'preflight --member east --webhooks --controllers a',
  'uninstall --member east --webhooks --delete-crds --hub-kubeconfig hub',
  'uninstall --member east --hub-kubeconfig hub --hub-context blue',
])('takes them where they count: %s', async (words) => {
  expect(await run(...words.split(' '))).toBe(OPENED);
});

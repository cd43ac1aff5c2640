import { openCertificatePlace } from './cli/certs/certificate-place.ts';
import { rotateCertificates } from './cli/certs/rotate.ts';
import { showCertificates } from './cli/certs/show.ts';
import { describeFailure } from './cli/exit.ts';
import { explain } from './cli/explain/command.ts';
import { install, preflight, uninstall } from './cli/install/commands.ts';
import { createInstallDeps } from './cli/install/open-target.ts';
import type { InstallDeps } from './cli/install/target.ts';
import { runMigrateStorage } from './cli/migrate/command.ts';
import { createProgram } from './cli/program.ts';
import { addMember } from './cli/members/add.ts';
import { checkMembers } from './cli/members/check.ts';
import { createMembersDeps } from './cli/members/real-clusters.ts';
import { listMembers } from './cli/members/list.ts';
import { removeMember } from './cli/members/remove.ts';
import type { MembersDeps } from './cli/members/members-deps.ts';
import { serve } from './cli/serve/serve.ts';
import { createRulesTestDeps } from './cli/rules/terminal.ts';
import { testRules } from './cli/rules/rules-test.ts';
import { simulate } from './cli/simulate/simulate.ts';
import { createSimulateDeps } from './cli/simulate/terminal.ts';
import { sleep } from './cli/serve/clockwork.ts';
import { VERSION } from './cli/version.ts';

const print = (text: string): void => void process.stdout.write(text);

/** Runs one installer command and ends its connections afterwards, so that the process can end. */
function withClusters<T>(run: (deps: InstallDeps, options: T) => Promise<void>): (options: T) => Promise<void> {
  return async (options) => {
    const deps = createInstallDeps();
    try {
      await run(deps, options);
    } finally {
      deps.close();
    }
  };
}

/** The same for a command about members. */
function withMembers<T>(run: (deps: MembersDeps, options: T) => Promise<unknown>): (options: T) => Promise<void> {
  return async (options) => {
    const deps = createMembersDeps();
    try {
      const code = await run(deps, options);
      if (typeof code === 'number') process.exitCode = code;
    } finally {
      deps.close();
    }
  };
}

const program = createProgram(
  {
    serve,
    install: withClusters(install),
    uninstall: withClusters(uninstall),
    preflight: withClusters(preflight),
    members: {
      list: withMembers(listMembers),
      add: withMembers(addMember),
      remove: withMembers(removeMember),
      check: withMembers(checkMembers),
    },
    explain,
    testRules: async (options) => {
      process.exitCode = await testRules(createRulesTestDeps(), options);
    },
    migrateStorage: runMigrateStorage,
    simulate: async (options) => {
      process.exitCode = await simulate(createSimulateDeps(), options);
    },
    certs: {
      show: (options) => showCertificates({ open: openCertificatePlace, print, clock: Date.now }, options),
      rotate: (options) =>
        rotateCertificates(
          { open: openCertificatePlace, say: (line) => print(`${line}\n`), clock: Date.now, sleep },
          options,
        ),
    },
  },
  VERSION,
);
try {
  await program.parseAsync();
} catch (error) {
  const { code, message } = describeFailure(error);
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exitCode = code;
}

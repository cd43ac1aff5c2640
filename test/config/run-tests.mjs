// The README's test command: unit tests everywhere, and the end-to-end tests on a real control plane where one can be
// had. Ends with one line `N passed, N failed, N skipped`. What was left out is said loudly; with CI=true it fails.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const availability = spawnSync(process.execPath, ['--import', 'tsx', 'test/support/control-plane/availability.ts'], {
  cwd: root,
  encoding: 'utf8',
});
const missing = availability.status === 0 ? '' : (availability.stdout || availability.stderr).trim();
const projects = missing === '' ? ['unit', 'e2e'] : ['unit'];

const build = spawnSync(process.execPath, ['test/config/build.mjs'], { cwd: root, stdio: 'inherit' });
if (build.status !== 0) process.exit(1);

const directory = mkdtempSync(join(tmpdir(), 'clusterset-tests-'));
const report = join(directory, 'report.json');
const vitest = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/config/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...projects.flatMap((project) => ['--project', project]),
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);

const counts = readCounts();
rmSync(directory, { recursive: true, force: true });
if (missing !== '') {
  console.log(`\nSKIPPED: all end-to-end tests on a real control plane, because ${missing}.`);
  if (process.env.CI === 'true') console.log('With CI=true that is a failure.');
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
const leftOut = missing !== '' && process.env.CI === 'true';
process.exit(vitest.status === 0 && counts.failed === 0 && !leftOut ? 0 : 1);

function readCounts() {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    // A file that could not even be loaded has no tests of its own: count it as one failure.
    const broken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + broken.length,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

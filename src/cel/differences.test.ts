import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CEL_DIFFERENCES, ourOutcome } from '../../test/support/cel-cases.ts';
import { CEL_LIBRARY } from '../../test/support/cel-library-cases.ts';

test.each(CEL_DIFFERENCES)('$expression is $ours here', ({ expression, ours }) => {
  expect(ourOutcome(expression)).toBe(ours);
});

test.each(CEL_LIBRARY)('%s comes to %s', (expression, outcome) => {
  expect(ourOutcome(expression)).toBe(outcome);
});

test('the documentation lists exactly these differences', async () => {
  const text = await readFile(new URL('../../docs/cel.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## Differences from Kubernetes'));
  const rows = [...section.matchAll(/^\| `(.+)` \| (.+) \| (.+) \|$/gm)];
  expect(rows.map(([, expression, kubernetes, ours]) => ({ expression, kubernetes, ours }))).toEqual(CEL_DIFFERENCES);
});
